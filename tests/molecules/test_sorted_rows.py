"""Sorting in pieces gives what sorting in memory gives, of pieces that are small."""

from hashlib import sha256
from random import Random

import polars as pl
import pytest

from molecules import sorted_rows
from molecules.harvest import SCHEMA
from molecules.sorted_rows import ORDER, join_pieces, sort_in_pieces, write_part

KEYLESS = {"keyless a": "", "keyless b": "", "keyless c": None}
"""Molecules of which InChI has no key."""


def key(smiles):
    """A hash in capital letters, as an InChIKey is one."""
    return "".join(chr(ord("A") + byte % 26) for byte in sha256(smiles.encode()).digest()[:27])


def table(n, seed):
    random = Random(seed)
    smiles = [f"molecule {random.randrange(n // 2)}" for _ in range(n)] + 2 * list(KEYLESS)
    random.shuffle(smiles)
    columns = dict.fromkeys(SCHEMA, "same") | {
        "smiles": smiles,
        "inchikey": [KEYLESS[s] if s in KEYLESS else key(s) for s in smiles],
        "n_heavy": 1,
        "value": [float(random.randrange(2)) for _ in smiles],
    }
    return pl.DataFrame(columns, SCHEMA)


def parts_of(frame, folder, size):
    folder.mkdir()
    for start in range(0, frame.height, size):
        write_part(frame[start : start + size], folder / f"{start:06d}.parquet")
    return sorted(folder.iterdir())


@pytest.mark.parametrize("piece", [30, 1_000, 10_000])
def test_pieces_are_the_distinct_rows_of_the_table_in_order(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(sorted_rows, "PIECE", piece)
    monkeypatch.setattr(sorted_rows, "PART_ROW_GROUP", 100)
    frame = table(3_000, seed=1)
    (pieces := tmp_path / "pieces [1]").mkdir()
    n_molecules = sort_in_pieces(parts_of(frame, tmp_path / "parts", 700), pieces)
    join_pieces(pieces, tmp_path / "whole.parquet", {"tally": "7"})
    expected = frame.unique(maintain_order=True).sort(ORDER, maintain_order=True)
    found = pl.read_parquet(tmp_path / "whole.parquet")
    assert found.select(ORDER).equals(expected.select(ORDER))
    assert set(found.iter_rows()) == set(expected.iter_rows())
    assert n_molecules == frame["smiles"].n_unique()
    assert pl.read_parquet_metadata(tmp_path / "whole.parquet")["tally"] == "7"


def test_pieces_are_about_equal_however_many_files_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(sorted_rows, "PIECE", 500)
    (pieces := tmp_path / "pieces").mkdir()
    sort_in_pieces(parts_of(table(5_000, seed=2), tmp_path / "parts", 100), pieces)
    heights = [pl.scan_parquet(file).select(pl.len()).collect().item() for file in pieces.iterdir()]
    assert len(heights) == 11 and max(heights) < 1.5 * 500
