"""The harvest: every row accounted for, whole or not at all, and a library that survives a kill."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from molecules import Molecule, sorted_rows
from molecules.database import Database
from molecules.harvest import SCHEMA, Tally
from molecules.library import LibraryError
from molecules.sources.base import Entry, Rejected, SourceError, Value
from molecules.standardise import standardise

GAP = "B3LYP/6-31G*, gas"


@dataclass(frozen=True)
class Rows:
    """A source that has its rows already."""

    rows: tuple
    name: str = "rows"
    licence: str = "none"
    citation: str = ""

    def entries(self):
        for row in self.rows:
            if isinstance(row, Exception):
                raise row
            yield row


GLYCOL = Entry("1", "OCCO", values=(Value("gap", 9.0, GAP), Value("dipole", 2.3, GAP)))
AGAIN = Entry("2", "C(O)CO", values=(Value("gap", 8.9, "another"),))
ACETATE = Entry("3", "CC(=O)[O-].[Na+]", name="sodium acetate", cas="127-09-3")
RADICAL = Entry("4", "C[CH]C", inchikey="LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
BROKEN = Entry("5", "C1CC")
ENTRIES = (GLYCOL, AGAIN, ACETATE, RADICAL, BROKEN, Rejected("row 6", "no smiles"))


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("library"))
    database.add(Rows(ENTRIES), 1)
    return database


def test_every_row_is_accounted_for(database):
    (tally,) = database.tallies()
    assert (tally.read, tally.kept, tally.merged) == (6, 3, 1)
    assert tally.rejected == Counter({"smiles does not parse": 1, "no smiles": 1})
    assert tally.read == tally.kept + tally.merged + tally.rejected.total()
    assert tally.remarks["several fragments"] == tally.remarks["unpaired electrons"] == 1
    assert tally.remarks["another InChIKey than the database gives"] == 1
    assert tally.examples["no smiles"] == "row 6"


def test_values_that_disagree_stand_side_by_side_with_their_methods(database):
    rows = database.about(Molecule.from_smiles("OCCO")).filter(pl.col("quantity") == "gap")
    assert set(rows.select("value", "method", "unit").iter_rows()) == {
        (9.0, GAP, "eV"),
        (8.9, "another", "eV"),
    }


def test_a_salt_keeps_its_counter_ion_and_a_molecule_without_a_value_its_row(database):
    rows = database.named("127-09-3")
    assert rows["smiles"].to_list() == ["CC(=O)[O-].[Na+]"]
    assert rows["quantity"].to_list() == [None] and rows["source"].to_list() == ["rows"]
    assert database.named("Sodium Acetate").height == 1


def test_the_merged_table_is_sorted_and_has_the_columns_of_the_schema(database):
    rows = database.rows().collect()
    assert rows.schema == pl.Schema(SCHEMA)
    assert rows["inchikey"].is_sorted()
    assert database.counts().filter(pl.col("quantity") == "gap").height == 2


def test_counts_are_the_same_however_small_the_pieces(database, monkeypatch):
    whole = database.counts()
    monkeypatch.setattr(sorted_rows, "PIECE", 1)
    assert database.counts().equals(whole) and whole["molecules"].max() > 0


def test_harvesting_again_changes_nothing_and_a_second_source_is_added(tmp_path):
    database = Database(tmp_path)
    database.add(Rows(ENTRIES), 1)
    before = database.rows().collect()
    database.add(Rows(ENTRIES), 1)
    assert database.rows().collect().equals(before)
    database.add(Rows((GLYCOL,), name="others"), 1)
    assert database.rows().collect().height == before.height + 2
    sources = database.molecules().filter(pl.col("smiles") == "OCCO").collect()["source"]
    assert sources.to_list() == ["others rows"]


@pytest.mark.parametrize("rows", [(BROKEN,), (), (GLYCOL, SourceError("got half a file"))])
def test_a_source_that_fails_leaves_the_library_as_it_was(tmp_path, rows):
    database = Database(tmp_path)
    database.add(Rows(ENTRIES), 1)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.parquet")}
    with pytest.raises(SourceError, match="expected|half a file"):
        database.add(Rows(rows), 1)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.parquet")} == before
    assert not [p for p in (tmp_path / "sources").iterdir() if p.is_dir()]


def test_a_kill_between_the_two_files_is_mended_at_the_next_look(tmp_path):
    database = Database(tmp_path)
    database.add(Rows(ENTRIES), 1)
    old = database.merged.read_bytes()
    database.add(Rows((GLYCOL,), name="others"), 1)
    database.merged.write_bytes(old)  # as if the kill had come before the second file
    stale = tmp_path / "sources" / ".others-killed"
    stale.mkdir()
    assert set(database.rows().collect()["source"]) == {"rows", "others"}
    database.add(Rows((GLYCOL,), name="others"), 1)
    assert not stale.exists()


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(LibraryError, match="do=harvest"):
        Database(tmp_path).rows()


def test_a_tally_survives_its_json():
    tally = Tally("x", 3, 1, 1, Counter({"no smiles": 1}), Counter({"several fragments": 2}))
    assert Tally.from_json(tally.as_json()) == tally


@pytest.mark.parametrize(
    ("drawn", "written"),
    [
        ("C[S+](C)[O-]", "CS(C)=O"),
        ("C[S+2]([O-])([O-])C", "CS(C)(=O)=O"),
        ("CP(=O)(O)O", "CP(=O)(O)O"),
        ("C[P+](C)(C)[O-]", "CP(C)(C)=O"),
        ("C[N+](=O)[O-]", "C[N+](=O)[O-]"),
        ("CN(=O)=O", "C[N+](=O)[O-]"),
        ("[NH3+]CC(=O)[O-]", "[NH3+]CC(=O)[O-]"),
        ("C[C@H](N)C(=O)O", "C[C@H](N)C(=O)O"),
        ("[2H]OC", "[2H]OC"),
    ],
)
def test_one_way_of_drawing_and_no_form_is_changed(drawn, written):
    found = standardise(Entry("x", drawn))
    assert found.molecule == Molecule.from_smiles(written)


def test_inchi_and_molblock_are_read():
    inchi = standardise(Entry("x", "InChI=1S/C2H6O2/c3-1-2-4/h3-4H,1-2H2", "inchi"))
    assert inchi.molecule.smiles == "OCCO"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("C" * 10_000, "longer than"), ("", "no smiles"), ("not a molecule", "does not parse")],
)
def test_what_is_no_structure_is_rejected_with_a_reason(text, reason):
    found = standardise(Entry("row 7", text))
    assert isinstance(found, Rejected) and reason in found.reason and found.where == "row 7"


def test_only_sources_of_the_folder_are_read(tmp_path: Path):
    assert Database(tmp_path).sources == ()
