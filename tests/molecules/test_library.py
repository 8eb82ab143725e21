import subprocess
import sys
import time

import polars as pl
import pytest
from rdkit import Chem

from molecules import Molecule
from molecules.library import Library, LibraryError, additive_table, known_additives


@pytest.fixture(scope="module")
def starter() -> Library:
    return Library.starter()


def test_starter_smiles_are_canonical_and_distinct(starter):
    smiles = starter.frame["smiles"].to_list()
    assert len(set(smiles)) == len(smiles)
    assert [s for s in smiles[::10] if Molecule.from_smiles(s).smiles != s] == []


def test_starter_has_about_ten_thousand_molecules_half_from_each_database(starter):
    assert 9_500 <= len(starter) <= 10_500
    origins = starter.frame["source"].str.split("-").list.first().value_counts()
    counts = dict(origins.iter_rows())
    assert counts["qm9"] == pytest.approx(counts["pubchem"], rel=0.1)
    assert counts["additive"] >= 60


def test_starter_is_blind_to_no_element_and_no_charge_class(starter):
    column = starter.frame["smiles"]
    assert column.str.contains("S|s").sum() >= 300
    assert column.str.contains("P|p").sum() >= 300
    classes = dict(starter.frame["charge_class"].value_counts().iter_rows())
    assert min(classes[c] for c in ("anion", "cation", "zwitterion")) >= 300
    quaternary = Chem.MolFromSmarts("[NX4+]([#6])([#6])([#6])[#6]")
    assert sum(m.rdkit.HasSubstructMatch(quaternary) for m in starter if "[N" in m.smiles) >= 300


def test_starter_carries_provenance_for_every_row(starter):
    frame = starter.frame
    assert frame.filter((pl.col("licence") == "") | (pl.col("source") == "")).is_empty()
    real = frame.filter(pl.col("source").str.starts_with("pubchem"))
    assert real.filter(pl.col("name") == "").is_empty()
    assert real.filter(pl.col("source") == "pubchem").filter(pl.col("cas") == "").is_empty()
    assert frame["inchikey"].str.len_chars().is_in([27]).mean() > 0.999


def test_starter_columns_agree_with_the_molecules(starter):
    for row in starter.frame[::500].iter_rows(named=True):
        molecule = Molecule(row["smiles"])
        assert row["charge_class"] == molecule.charge_class
        assert row["n_heavy"] == molecule.n_heavy
        assert row["inchikey"] == molecule.inchikey


def test_starter_loads_within_half_a_second():
    Library.starter()
    started = time.perf_counter()
    assert len(Library.starter().molecules) > 9_000
    assert time.perf_counter() - started < 0.5


def test_importing_the_library_loads_no_torch():
    code = "import sys, molecules.library, molecules.filters; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_known_additives_are_distinct_parsable_and_include_the_classics():
    additives = known_additives()
    assert len(set(additives)) == len(additives) >= 65
    for smiles in ("C[N+](C)(C)C", "NC(N)=O", "[NH3+]CCS(=O)(=O)[O-]"):
        assert Molecule.from_smiles(smiles) in additives
    assert [m for m in additives if Molecule.from_smiles(m.smiles) != m] == []
    assert Molecule.from_smiles("NCCS(=O)(=O)O") in known_additives(drawn=True)
    assert {"name", "smiles", "drawn", "chem_class", "doi", "source_status"} <= set(
        additive_table().columns
    )


@pytest.mark.parametrize("suffix", [".csv", ".smi", ".parquet"])
def test_a_library_reads_back_what_a_user_wrote(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    if suffix == ".csv":
        path.write_text(
            "\ufeffname,SMILES\n글리세롤,C(O)C(O)CO\nglycerol,OCC(O)CO\nurea,NC(N)=O\n", "utf-8"
        )
    elif suffix == ".smi":
        path.write_text("C(O)C(O)CO 글리세롤\n\nOCC(O)CO\nNC(N)=O\turea\n", "utf-8")
    else:
        frame = {"smiles": ["C(O)C(O)CO", "NC(N)=O"], "name": ["글리세롤", "urea"]}
        pl.DataFrame(frame).write_parquet(path)
    library = Library.read(path)
    assert [m.smiles for m in library] == ["OCC(O)CO", "NC(N)=O"]
    assert library.names == {"OCC(O)CO": "글리세롤", "NC(N)=O": "urea"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "molecule,name\nCCO,ethanol\n", "expected one named smiles"),
        ("b.csv", "smiles\nCCO\nC1CC\n", "b.csv: row 3: got 'C1CC'"),
        ("b.csv", "smiles\n" + "C1CC\n" * 5, "row 2: .*row 4: .*and 2 more rows"),
        ("c.csv", "smiles\n", "got no row"),
        ("d.smi", "CCO\nnot-a-smiles\n", "row 2: got"),
        ("e.xlsx", "", "expected a file that ends in .parquet, .csv, .smi"),
        ("f.parquet", "not parquet", "expected a readable table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_row_or_columns(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(LibraryError, match=message):
        Library.read(path)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    with pytest.raises(LibraryError, match="No such file"):
        Library.read(tmp_path / "nothing.csv")
