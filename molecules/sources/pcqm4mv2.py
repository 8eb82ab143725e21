"""PCQM4Mv2: HOMO-LUMO gaps of PubChemQC molecules, the second release of OGB-LSC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from molecules.sources.base import GIVE, Entry, Rejected, SourceError, hold_paths
from molecules.sources.pcqm4m import gaps, with_gap
from molecules.sources.text import header, printable, rows

ATOM = re.compile(r"\[[^]]*]|Cl|Br|[BCNOPSFI]|[bcnops]")
WHAT = "raw/data.csv.gz of PCQM4Mv2 (idx,smiles,homolumogap) or graphium's CXSMILES (smiles,homo)"
ATOMS_DIFFER = "coordinates of other atoms than the SMILES has"


@dataclass(frozen=True)
class Pcqm4mv2:
    """`raw/data.csv.gz` of PCQM4Mv2, or graphium's csv of CXSMILES, whose `homo` is the gap; eV.

    About one SMILES in ten has two or four radicals that are none, such as `[N]` and `[CH]`: it
    looks read back from the relaxed geometry, and where the double bonds of a conjugated or
    charge-separated molecule were not found, single bonds and radicals are left. Of nine such
    molecules in ten there is one way alone to put the double bonds back, with the same hydrogens
    and charges: `O=C1[N]c2ccncc2[CH]C1` is O=C1N=C2C=CN=CC2=CC1 (`molecules.double_bonds`). The
    others, nitrones and diazo compounds most of them, which need charges, are kept as the file has
    them. The harvest counts both.

    In CXSMILES every hydrogen is an atom with coordinates, and the brackets around the radicals are
    lost. Read as they stand, they gain hydrogens that were not calculated. So every atom gets its
    brackets back, which gives the SMILES of data.csv.gz. The SDF of the training part has the same
    flaw and no gaps: it is not read.

    A molecule of a test part is kept without a gap. The identifier is idx; CXSMILES have none.
    """

    path: Path
    split: Path | None = None
    """split_dict.pt; with it, only the rows of `part` are read."""
    part: str = "train"
    name: str = "pcqm4mv2"
    licence: str = "PCQM4Mv2: CC BY 4.0"
    citation: str = "10.48550/arXiv.2103.09430, 10.1021/acs.jcim.7b00083"

    def __post_init__(self) -> None:
        hold_paths(self, "path", "split")

    def entries(self) -> Iterator[Entry | Rejected]:
        """See Source."""
        if header(self.path) != ["smiles", "homo"]:
            return gaps(self.path, WHAT, self.split, self.part)
        if self.split is not None:
            raise SourceError(f"got {self.path}, rows without idx; leave out source.split")
        return _of_cxsmiles(self.path)


def _of_cxsmiles(path: Path) -> Iterator[Entry | Rejected]:
    for row_number, row in rows(path):
        smiles, _, rest = row["smiles"].partition(" |(")
        atoms, coordinates = ATOM.findall(smiles), rest.partition(")")[0]
        if row_number == 2 and not rest:
            raise SourceError(
                f"got {path} with the SMILES {printable(smiles)[:60]}; expected {WHAT}; {GIVE}"
            )
        if len(atoms) != len(coordinates.split(";")):
            yield Rejected(f"row {row_number}", ATOMS_DIFFER)
        else:
            yield with_gap(f"row {row_number}", ATOM.sub(_in_brackets, smiles), row["homo"])


def _in_brackets(atom: re.Match[str]) -> str:
    return atom[0] if atom[0].startswith("[") else f"[{atom[0]}]"
