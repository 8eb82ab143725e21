"""PCQM4M: HOMO-LUMO gaps of PubChemQC molecules, the first release of OGB-LSC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molecules.sources.base import NO_NUMBER, Entry, Rejected, SourceError, Value, hold_paths
from molecules.sources.text import expect_columns, header, number, rows

METHOD = "B3LYP/6-31G*, gas"
"""Geometry and orbitals alike, of both releases (PubChemQC, 10.1021/acs.jcim.7b00083)."""
MISSING = {"", "nan"}
"""How the gaps of the test parts are written, which only the makers know."""
MOST_ROWS = 100_000_000
"""Either release has 3.8 million."""
INDEX_TYPE = type(np.dtype("int64"))
OTHER_PART = "in another part of the split"
NO_INDEX = "no idx"
SPLIT = "split_dict.pt; give that file as source.split"


@dataclass(frozen=True)
class Pcqm4m:
    """`raw/data.csv.gz` of PCQM4M-LSC (KDD Cup 2021): SMILES and gap, eV.

    Its makers withdrew it for PCQM4Mv2, so prefer that one. Its artificial radicals are those of
    PCQM4Mv2, which see. A molecule of a test part is kept
    without a gap. The identifier is idx, the position of the row from 0.
    """

    path: Path
    split: Path | None = None
    """split_dict.pt; with it, only the rows of `part` are read."""
    part: str = "train"
    name: str = "pcqm4m"
    licence: str = "PCQM4M: CC BY 4.0"
    citation: str = "10.48550/arXiv.2103.09430, 10.1021/acs.jcim.7b00083"

    def __post_init__(self) -> None:
        hold_paths(self, "path", "split")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        what = "raw/data.csv.gz of PCQM4M with the columns smiles,homolumogap"
        return gaps(self.path, what, self.split, self.part)


def gaps(path: Path, what: str, split: Path | None, part: str) -> Iterator[Entry | Rejected]:
    """The rows of data.csv.gz of either release, those of one part of the split if there is one.

    Raises:
        SourceError: a file is missing, damaged, or something else than `what`.
    """
    expect_columns(path, header(path), ["smiles", "homolumogap"], what)
    chosen = None if split is None else _chosen(split, part)
    for row_number, row in rows(path):
        index = row.get("idx", str(row_number - 2))
        if not index.isdecimal():
            yield Rejected(f"row {row_number}", NO_INDEX)
        elif chosen is not None and not (int(index) < len(chosen) and chosen[int(index)]):
            yield Rejected(index, OTHER_PART)
        else:
            yield with_gap(index, row["smiles"], row["homolumogap"])


def with_gap(identifier: str, smiles: str, text: str) -> Entry | Rejected:
    """A molecule with its gap, eV, or without one where the field is empty."""
    gap = number(text)
    if gap is None and text.lower() not in MISSING:
        return Rejected(identifier, NO_NUMBER)
    values = () if gap is None else (Value("gap", gap, METHOD),)
    return Entry(identifier, smiles, values=values, is_closed_shell=True)


def _chosen(split: Path, part: str) -> np.ndarray:
    """Whether the molecule of each idx is in `part` of split_dict.pt, up to the last that is."""
    parts = _load(split)
    if part not in parts:
        raise SourceError(
            f"got the part {part!r} for {split}, expected one of {', '.join(map(str, parts))}; "
            "give source.part=PART"
        )
    indices = np.asarray(parts[part])
    is_plain = indices.ndim == 1 and indices.dtype.kind in "iu"
    if not is_plain or indices.min(initial=0) < 0 or indices.max(initial=0) >= MOST_ROWS:
        raise SourceError(f"got {split} whose {part} holds no indices, expected {SPLIT}")
    is_in = np.zeros(indices.max(initial=-1) + 1, dtype=bool)
    is_in[indices] = True
    return is_in


def _load(split: Path) -> dict[str, object]:
    """The arrays of split_dict.pt; nothing but arrays and tensors can come out of it."""
    import torch

    if not split.is_file():
        raise SourceError(f"got {split}, expected a file; give source.split=split_dict.pt")
    reconstruct: Any = np.empty(0).__reduce__()[0]  # which numpy 1 and 2 name differently
    named = [(reconstruct, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")]
    try:
        with torch.serialization.safe_globals([*named, np.ndarray, np.dtype, INDEX_TYPE]):
            parts = torch.load(split, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged file raises depends on the byte that is wrong
        name = type(error).__name__
        raise SourceError(
            f"got {split}, which is no split_dict.pt ({name}); expected {SPLIT}"
        ) from error
    if not isinstance(parts, dict):
        raise SourceError(f"got {split} with a {type(parts).__name__}, expected {SPLIT}")
    return parts
