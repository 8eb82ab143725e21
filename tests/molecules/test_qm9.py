"""QM9 in every form of download, each written here in its native layout."""

import bz2
import gzip
import hashlib
import sys

import pytest
from small_downloads import (
    HYDROGENS,
    METHANE,
    METHANE_ATOMS,
    METHANE_BLOCK,
    QM9_HEADER,
    qm9_archive,
    qm9_block,
    qm9_line,
    qm9_xyz,
)

from molecules.sources.base import Entry, Rejected, SourceError
from molecules.sources.qm9 import Qm9
from molecules.standardise import Standardised, standardise

# Water of QM9 (gdb_3), in its units.
WATER = "799.58812 437.90386 282.94545 1.8511 6.31 -0.2928 0.0687 0.3615 19.0002 0.021375 -76.404702 -76.401867 -76.400922 -76.422349 6.002"
PACK_HEADER = "XYZ_file,Index,SMILES,N_atoms,Dipole_debye,Polarizability_bohr3,HOMO_au,LUMO_au,HOMO_LUMO_gap_au,R2_bohr2,ZPVE_au,InternalEnergy_0K_au,InternalEnergy_298K_au,Enthalphy_298K_au,GibbsFreeEnergy_298K_au,Heatcapacity_Cv_cal_mol_K"
PACK_METHANE = "dsgdb9nsd_000001.xyz,1,C,5,0.0,13.21,-0.3877,0.1171,0.5048,35.3641,0.044749,-40.47893,-40.476062,-40.475117,-40.498597,6.469"


METHANE_XYZ = qm9_xyz(1, METHANE, METHANE_ATOMS, ("C", "C"))


def archive(path, texts, mode="w:bz2"):
    path.write_bytes(qm9_archive(texts, mode))
    return path


def csv(path, *lines, header=QM9_HEADER):
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def entries(path, **files):
    return list(Qm9(path, **files).entries())


def values(entry):
    return {value.quantity: value.value for value in entry.values}


def test_units_of_methane_in_the_bzipped_archive(tmp_path):
    path = archive(tmp_path / "dsgdb9nsd.xyz.tar.bz2", {"dsgdb9nsd_000001.xyz": METHANE_XYZ})
    (methane,) = entries(path)
    assert (methane.identifier, methane.structure, methane.notation) == ("gdb_1", "C", "smiles")
    assert {value.method for value in methane.values} == {"B3LYP/6-31G(2df,p), gas"}
    # by hand: 27.211386 eV/Hartree and 4.184 J/cal; total energy = U0 - ZPVE
    assert values(methane) == pytest.approx(
        {
            "dipole": 0.0,
            "polarizability": 13.21,
            "homo": -10.549854,
            "lumo": 3.186453,
            "gap": 13.736308,
            "spatial_extent": 35.3641,
            "zero_point_energy": 1.217682,
            "total_energy": -1102.705472,
            "internal_energy": -1101.409748,
            "enthalpy": -1101.384033,
            "free_energy": -1102.022956,
            "heat_capacity": 27.066296,
        },
        abs=2e-5,
    )


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "folder"])
def test_an_archive_however_packed_and_a_folder_say_the_same(tmp_path, mode):
    water = qm9_xyz(3, WATER, "O 0 0 0 -0.6\nH 0 0 1 0.3\nH 0 1 0 0.3\n", ("O", "O"))
    texts = {"dsgdb9nsd_000001.xyz": METHANE_XYZ, "dsgdb9nsd_000003.xyz": water}
    if mode == "folder":
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "readme.txt").write_text("not a molecule")
        found = entries(tmp_path)
    else:
        inner = {"readme.txt": "not a molecule", "._dsgdb9nsd_000001.xyz": "a Mac's"}
        texts = {f"dsgdb9nsd.xyz/{name}": text for name, text in (inner | texts).items()}
        found = entries(archive(tmp_path / "a.tar", texts, mode))
    assert [(entry.identifier, entry.structure) for entry in found] == [
        ("gdb_1", "C"),
        ("gdb_3", "O"),
    ]


def test_numbers_as_mathematica_writes_them(tmp_path):
    text = qm9_xyz(
        1,
        METHANE.replace(" 0. ", " 1.*^-4 ").replace("6.469", "6.469*^0"),
        METHANE_ATOMS,
        ("C", "C"),
    )
    (methane,) = entries(archive(tmp_path / "a.tar", {"dsgdb9nsd_000001.xyz": text}, "w"))
    assert values(methane)["dipole"] == 1e-4
    assert values(methane)["heat_capacity"] == pytest.approx(27.066296)


def test_the_smiles_of_the_relaxed_geometry_is_taken_unless_it_is_no_molecule(tmp_path):
    propanol = "C 0 0 0 0\n" * 3 + "O 0 0 0 0\n" + "H 0 0 0 0\n" * 8
    amine = "C 0 0 0 0\n" * 2 + "N 0 0 0 0\n" + "O 0 0 0 0\n" * 2 + "H 0 0 0 0\n" * 5
    texts = {
        "dsgdb9nsd_000005.xyz": qm9_xyz(5, METHANE, propanol, ("CC(C)O", "CC(O)C")),
        "dsgdb9nsd_000006.xyz": qm9_xyz(6, METHANE, amine, ("[NH3+]CC([O-])=O", "[NH3]CC(=O)[O]")),
        "dsgdb9nsd_000007.xyz": qm9_xyz(7, METHANE, amine, ("[NH3+]CC([O-])=O", "[NH]CC(=O)O")),
    }
    path = archive(tmp_path / "a.tar", texts, "w")
    kept, *others = entries(path)
    assert kept.structure == "CC(O)C"
    reason = "structure has other atoms or charges than were calculated"
    assert others == [Rejected("gdb_6", reason), Rejected("gdb_7", reason)]
    listed = tmp_path / "uncharacterized.txt"
    listed.write_text("99\n")
    vouched = entries(path, uncharacterized=listed)
    assert [entry.structure for entry in vouched] == ["CC(O)C", *["[NH3+]CC([O-])=O"] * 2]


def test_a_smiles_of_10_000_characters_and_a_text_that_is_no_utf_8_cost_their_own_file(tmp_path):
    texts = {
        "dsgdb9nsd_000001.xyz": METHANE_XYZ,
        "dsgdb9nsd_000002.xyz": qm9_xyz(2, METHANE, METHANE_ATOMS, ("C", "C" * 10_000)),
        "dsgdb9nsd_000003.xyz": METHANE_XYZ,
    }
    packed = qm9_archive(texts)
    end = packed.rindex(b"InChI")
    (tmp_path / "a.tar").write_bytes(packed[:end] + b"\xe9" + packed[end + 1 :])
    methane, *others = entries(tmp_path / "a.tar")
    assert methane.identifier == "gdb_1"
    reason = "structure has other atoms or charges than were calculated"
    no_xyz = Rejected("dsgdb9nsd_000003.xyz", "not a QM9 xyz file")
    assert others == [Rejected("gdb_2", reason), no_xyz]


def test_the_uncharacterized_are_rejected_in_every_layout(tmp_path):
    listed = tmp_path / "uncharacterized.txt"
    listed.write_text(
        "\nList of molecules among the 133885 GDB9 molecules for which the geometries\n"
        "3 differ.\n\n=====\n#   Index   GDB17 SMILES   B3LYP   Corina   D_IJ\n=====\n"
        "      58      NC(=N)C#N     NC(=N)C#N    [NH]C(=[NH2])C#N     6.036217\n=====\n"
    )
    path = csv(tmp_path / "qm9.csv", qm9_line(1, "C"), qm9_line(58, "NC(=N)C#N"))
    reason = "uncharacterized: the calculation ended in another molecule"
    first, second = entries(path, uncharacterized=listed)
    assert isinstance(first, Entry) and second == Rejected("gdb_58", reason)
    folder = tmp_path / "xyz"
    folder.mkdir()
    (folder / "dsgdb9nsd_000058.xyz").write_text(METHANE_XYZ.replace("gdb 1\t", "gdb 58\t"))
    assert entries(folder, uncharacterized=listed) == [Rejected("gdb_58", reason)]


def test_all_forms_agree_about_methane(tmp_path):
    (from_csv,) = entries(csv(tmp_path / "qm9.csv", qm9_line(1, "C")))
    (from_pack,) = entries(csv(tmp_path / "pack.csv", PACK_METHANE, header=PACK_HEADER))
    (from_xyz,) = entries(archive(tmp_path / "a.tar", {"dsgdb9nsd_000001.xyz": METHANE_XYZ}, "w"))
    (tmp_path / "gdb9.sdf").write_text(METHANE_BLOCK)
    table = csv(tmp_path / "gdb9.sdf.csv", qm9_line(1, "C"))
    table.write_text(table.read_text().replace("smiles,", "").replace("gdb_1,C,", "gdb_1,"))
    (from_sdf,) = entries(tmp_path / "gdb9.sdf", table=str(table))
    assert from_csv == from_pack == from_xyz
    assert from_sdf.values == from_csv.values and from_sdf.notation == "molblock"
    assert {from_csv.identifier, from_sdf.identifier} == {"gdb_1"}
    standard = standardise(from_sdf)
    assert isinstance(standard, Standardised) and standard.molecule.smiles == "C"


def test_a_block_with_false_charges_or_hydrogens_is_rejected(tmp_path):
    blocks = [
        METHANE_BLOCK,
        qm9_block(2, "NHHH", HYDROGENS, charges="M  CHG  1   1   1"),
        qm9_block(3, "CHHH", HYDROGENS),
        "gdb_4\n$$$$\n",
        METHANE_BLOCK.replace("gdb_1", "gdb_5").replace("0.0000 C", "0.0 C"),
    ]
    path = tmp_path / "gdb9.sdf.gz"
    path.write_bytes(gzip.compress("".join(blocks).encode()))
    header = QM9_HEADER.replace("smiles,", "")
    lines = [qm9_line(n, "-").replace(",-,", ",") for n in (1, 2, 3, 4, 5)]
    table = csv(tmp_path / "gdb9.sdf.csv", *lines, header=header)
    reason = "structure has other atoms or charges than were calculated"
    methane, *others = entries(path, table=table)
    assert methane.identifier == "gdb_1"
    assert others == [Rejected(f"gdb_{n}", reason) for n in (2, 3, 4, 5)]
    lines = [qm9_line(n + 1, smiles) for n, smiles in enumerate(["C", "N", "C=C", "O", "CC"])]
    found = entries(path, table=csv(tmp_path / "qm9.csv", *lines))
    assert [entry.structure for entry in found] == ["C", "N", "C=C", "O", "CC"]


def test_a_subset_of_qm9pack_keeps_what_it_has(tmp_path):
    header = (
        "XYZ_file,Index,SMILES,N_atoms,Elements,XYZ_Ang,Dipole_debye,HOMO_au,InternalEnergy_0K_au"
    )
    line = "dsgdb9nsd_000003.xyz,3,O,3,\"['O','H','H']\",\"[[0,0,0]]\",1.8511,,-76.404702"
    (water,) = entries(csv(tmp_path / "3d.csv", line, header=header))
    assert water.identifier == "gdb_3"
    assert values(water) == {"dipole": 1.8511}  # no zero-point energy, so no electronic energy


def test_rows_without_a_number_or_an_identifier_are_rejected(tmp_path):
    lines = [
        qm9_line(1, "C", METHANE.replace("13.21", "n/a")),
        qm9_line(2, "N", METHANE.replace("13.21", "nan")),
        qm9_line("x", "O"),
    ]
    first, second, third = entries(csv(tmp_path / "qm9.csv", *lines))
    assert first == Rejected("gdb_1", "a number does not parse")
    assert second.structure == "N" and "polarizability" not in values(second)
    assert third == Rejected("row 4", "no QM9 identifier")


@pytest.mark.parametrize("text", ["", "5\ngdb 1\t1.0\nC 0 0 0\n", METHANE_XYZ.split("1341.3")[0]])
def test_a_file_of_the_archive_that_is_cut_off_is_rejected(tmp_path, text):
    texts = {"dsgdb9nsd_000001.xyz": METHANE_XYZ, "dsgdb9nsd_000002.xyz": text}
    found = entries(archive(tmp_path / "a.tar", texts, "w"))
    assert found[1] == Rejected("dsgdb9nsd_000002.xyz", "not a QM9 xyz file")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2"])
def test_an_archive_that_breaks_off_is_an_error(tmp_path, mode):
    texts = {
        f"dsgdb9nsd_{n:06d}.xyz": METHANE_XYZ + hashlib.sha256(bytes([n])).hexdigest()
        for n in range(250)
    }
    path = archive(tmp_path / "a.tar", texts, mode)
    packed = path.read_bytes()
    for length in (3 * len(packed) // 4, len(packed) - 20):
        path.write_bytes(packed[:length])
        with pytest.raises(SourceError, match="download it again"):
            entries(path)


def test_a_damaged_archive_is_an_error(tmp_path):
    packed = bytearray(archive(tmp_path / "a", {"dsgdb9nsd_000001.xyz": METHANE_XYZ}).read_bytes())
    packed[40:60] = bytes(20)
    (tmp_path / "a").write_bytes(packed)
    with pytest.raises(SourceError, match="download it again"):
        entries(tmp_path / "a")
    (tmp_path / "b").write_bytes(bz2.compress(b"mol_id,smiles\n" * 100))
    with pytest.raises(SourceError, match="damaged archive"):
        entries(tmp_path / "b")


@pytest.mark.parametrize(
    "text",
    [
        "idx,smiles,homolumogap\n0,CCO,5.0\n",
        "smiles,logP,qed,SAS\nCCO,1,1,1\n",
        "CCO ZINC000000895048\n",
        "mol_id,A,B,C,mu,alpha,homo,lumo,gap,r2,zpve,u0\ngdb_1,1,1,1,1,1,1,1,1,1,1,1\n",
        "XYZ_file,A_xx,A_xy\ndsgdb9nsd_000001.xyz,13.2,0\n",
        METHANE_BLOCK,
        "\n",
    ],
)
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "other").write_text(text)
    with pytest.raises(SourceError, match=r"expected|source\.table"):
        entries(tmp_path / "other")


def test_an_empty_missing_or_foreign_container_is_refused(tmp_path):
    isomers = archive(tmp_path / "a.tar.bz2", {"dsC7O2H10nsd_0001.xyz": METHANE_XYZ})
    (tmp_path / "empty").write_bytes(b"")
    for path in (isomers, tmp_path, tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(SourceError, match="expected"):
            entries(path)
    with pytest.raises(SourceError, match="indices of uncharacterized"):
        entries(csv(tmp_path / "qm9.csv", qm9_line(1, "C")), uncharacterized=tmp_path / "qm9.csv")


def test_structures_and_table_must_be_of_the_same_molecules(tmp_path):
    sdf = tmp_path / "gdb9.sdf"
    sdf.write_text(METHANE_BLOCK)
    for lines in ([qm9_line(2, "N")], [], [qm9_line(1, "C"), qm9_line(2, "N")]):
        with pytest.raises(SourceError, match="same molecules"):
            entries(sdf, table=csv(tmp_path / "qm9.csv", *lines))
    table = csv(tmp_path / "qm9.csv", qm9_line(1, "C"))
    with pytest.raises(SourceError, match=r"expected gdb9\.sdf"):
        entries(table, table=table)
    sdf.write_text(METHANE_BLOCK + METHANE_BLOCK.replace("$$$$", ""))
    with pytest.raises(SourceError, match="breaks off inside gdb_1"):
        entries(sdf, table=table)


def test_the_installed_package_is_read_without_importing_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "site" / "qm9pack" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise ImportError")
    csv(data / "qm9_part1.csv", PACK_METHANE, header=PACK_HEADER)
    csv(data / "qm9_part2.csv", PACK_METHANE.replace(",1,C", ",2,N"), header=PACK_HEADER)
    csv(data / "qm9_polarizability.csv", header="XYZ_file,A_xx")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    assert [entry.identifier for entry in entries("qm9pack")] == ["gdb_1", "gdb_2"]


def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(SourceError, match="pip install qm9pack"):
        entries("qm9pack")
