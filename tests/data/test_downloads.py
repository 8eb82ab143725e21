"""Readers on the files people download, against a reading of the same files by other means.

Run by `make test-data DATA=FOLDER`. Everything that a reader knows of a layout is typed again here:
the columns, the units and the methods. Files of over 10,000 rows are harvested in part.
"""

import csv
import gzip
import json
import re
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from math import isclose
from pathlib import Path
from random import Random
from typing import TextIO

import polars as pl
import pytest
from rdkit import Chem

from molecules.harvest import Tally, harvest
from molecules.sources.base import Entry, Source, SourceError
from molecules.sources.chembl import ChEMBL
from molecules.sources.electrolyte_genome import ElectrolyteGenome
from molecules.sources.materials_project import MaterialsProject
from molecules.sources.nist import Nist
from molecules.sources.pcqm4m import Pcqm4m
from molecules.sources.pcqm4mv2 import Pcqm4mv2
from molecules.sources.pubchem import PubChem
from molecules.sources.qm9 import Qm9
from molecules.sources.table import Table
from molecules.sources.zinc import Zinc

pytestmark = pytest.mark.data

EV = 27.211386
"""A hartree."""
CALORIE = 4.184
"""J."""
METALS = {"Li", "Mg"}
LARGE, PART = 10_000, 1_500
"""Rows of a file from which on a random part is harvested, and how many rows that is."""


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a file as this test reads it."""

    identifier: str
    structure: str | tuple[str, int, int]
    """SMILES or InChI; or the skeleton, charge and number of unpaired electrons."""
    values: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """By quantity, unit and method."""
    name: str = ""
    cas: str = ""
    inchikey: str = ""


def text(path: Path) -> TextIO:
    opened = gzip.open if path.suffix == ".gz" else open
    return opened(path, "rt", encoding="utf-8", newline="")


def content(path: Path) -> str:
    with text(path) as file:
        return file.read()


def cells(path: Path, delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    with text(path) as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=delimiter), 2):
            yield number, {k: (v or "").strip() for k, v in row.items() if k}


def numbers(row: dict[str, str], meaning: dict[str, tuple]) -> dict[tuple[str, str, str], float]:
    """`meaning` has quantity, unit, method and the factor of a column."""
    return {
        (quantity, unit, method): float(row[column]) * factor
        for column, (quantity, unit, method, factor) in meaning.items()
        if row.get(column, "").lower() not in ("", "nan", "none")
    }


QM9 = "B3LYP/6-31G(2df,p), gas"
QM9_COLUMNS = {
    ("mu", "Dipole_debye"): ("dipole", "D", QM9, 1),
    ("alpha", "Polarizability_bohr3"): ("polarizability", "bohr^3", QM9, 1),
    ("homo", "HOMO_au"): ("homo", "eV", QM9, EV),
    ("lumo", "LUMO_au"): ("lumo", "eV", QM9, EV),
    ("gap", "HOMO_LUMO_gap_au"): ("gap", "eV", QM9, EV),
    ("r2", "R2_bohr2"): ("spatial_extent", "bohr^2", QM9, 1),
    ("zpve", "ZPVE_au"): ("zero_point_energy", "eV", QM9, EV),
    ("u0", "InternalEnergy_0K_au"): ("total_energy", "eV", QM9, EV),
    ("u298", "InternalEnergy_298K_au"): ("internal_energy", "eV", QM9, EV),
    ("h298", "Enthalphy_298K_au"): ("enthalpy", "eV", QM9, EV),
    ("g298", "GibbsFreeEnergy_298K_au"): ("free_energy", "eV", QM9, EV),
    ("cv", "Heatcapacity_Cv_cal_mol_K"): ("heat_capacity", "J/(mol K)", QM9, CALORIE),
}


def qm9_numbers(row: dict[str, str], spelling: int) -> dict[tuple[str, str, str], float]:
    """The electronic energy is U0 - ZPVE."""
    found = numbers(row, {names[spelling]: meaning for names, meaning in QM9_COLUMNS.items()})
    at_0_k = found.pop(("total_energy", "eV", QM9))
    if zero_point := found.get(("zero_point_energy", "eV", QM9)):
        found["total_energy", "eV", QM9] = at_0_k - zero_point
    return found


def qm9pack(path: Path) -> Iterator[Row]:
    for _, row in cells(path):
        number = int(re.search(r"_(\d+)\.xyz", row["XYZ_file"])[1])
        yield Row(f"gdb_{number}", row["SMILES"], qm9_numbers(row, 1))


def moleculenet(path: Path) -> Iterator[Row]:
    for _, row in cells(path):
        yield Row(row["mol_id"], row["smiles"], qm9_numbers(row, 0))


def qm9_xyz(path: Path) -> Iterator[Row]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                lines = archive.extractfile(member).read().decode().replace("*^", "e").split("\n")
                _, number, *properties = lines[1].split()
                row = dict(zip([names[0] for names in QM9_COLUMNS], properties[3:], strict=True))
                smiles = lines[int(lines[0]) + 3].split("\t")[1]
                yield Row(f"gdb_{number}", smiles, qm9_numbers(row, 0))


GAP = ("gap", "eV", "B3LYP/6-31G*, gas", 1)


def pcqm4m(path: Path) -> Iterator[Row]:
    for _, row in cells(path):
        yield Row(row["idx"], row["smiles"], numbers(row, {"homolumogap": GAP}))


def graphium(path: Path) -> Iterator[Row]:
    """All hydrogens are atoms, so that no atom has hydrogens besides."""
    reading = Chem.SmilesParserParams()
    reading.removeHs = reading.sanitize = False
    for number, row in cells(path):
        mol = Chem.MolFromSmiles(row["smiles"].split(" |")[0], reading)
        for atom in mol.GetAtoms():
            atom.SetNoImplicit(True)
        Chem.SanitizeMol(mol)
        yield Row(f"row {number}", Chem.MolToSmiles(mol), numbers(row, {"homo": GAP}))


def zinc_csv(path: Path) -> Iterator[Row]:
    meaning = {"logP": ("logp", "1", "Crippen, by RDKit", 1)}
    for number, row in cells(path):
        yield Row(f"row {number}", row["smiles"], numbers(row, meaning))


def zinc_smi(path: Path) -> Iterator[Row]:
    for smiles, identifier in re.findall(r"^(\S+)\s+(ZINC\S+)", content(path), re.MULTILINE):
        yield Row(identifier, smiles)


def chembl_activities(path: Path) -> Iterator[Row]:
    meaning = {"AlogP": ("logp", "1", "ALogP, ChEMBL", 1)}
    for _, row in cells(path, ";"):
        name = "" if row["Molecule Name"] == "None" else row["Molecule Name"]
        smiles = "" if row["Smiles"] == "None" else row["Smiles"]
        yield Row(row["Molecule ChEMBL ID"], smiles, numbers(row, meaning), name)


def chemreps(path: Path) -> Iterator[Row]:
    for line in content(path).splitlines()[1:]:
        identifier, smiles, _, key = line.split("\t")
        yield Row(identifier, smiles, inchikey=key)


def pubchem_sdf(path: Path) -> Iterator[Row]:
    meaning = {
        "PUBCHEM_XLOGP3": ("logp", "1", "XLogP3", 1),
        "PUBCHEM_XLOGP3_AA": ("logp", "1", "XLogP3-AA", 1),
        "PUBCHEM_CACTVS_TPSA": ("tpsa", "angstrom^2", "Cactvs", 1),
    }
    for record in content(path).split("$$$$\n")[:-1]:
        tags = dict(re.findall(r"^> <(PUBCHEM_\w+)>\n(.*)\n", record, re.MULTILINE))
        yield Row(
            f"CID{tags['PUBCHEM_COMPOUND_CID']}",
            tags["PUBCHEM_OPENEYE_ISO_SMILES"],
            numbers(tags, meaning),
            tags.get("PUBCHEM_IUPAC_TRADITIONAL_NAME", ""),
            inchikey=tags.get("PUBCHEM_IUPAC_INCHIKEY") or tags.get("PUBCHEM_NIST_INCHIKEY", ""),
        )


def cid_smiles(path: Path) -> Iterator[Row]:
    for cid, smiles in re.findall(r"^(\d+)\t(.*)$", content(path), re.MULTILINE):
        yield Row(f"CID{cid}", smiles)


def pubchem_identifiers(path: Path) -> Iterator[Row]:
    for _, row in cells(path):
        name = row["Title"] or row["IUPACName"]
        yield Row(f"CID{row['CID']}", row["SMILES"], {}, name, row["CAS"], row["InChIKey"])


def pug_rest(path: Path) -> Iterator[Row]:
    for _, row in cells(path):
        yield Row(f"CID{row['CID']}", row["CanonicalSMILES"])


def webbook(path: Path) -> Iterator[Row]:
    meaning = {
        "Tt": ("triple_point_temperature", "K", "experiment", 1),
        "Tm": ("melting_point", "K", "experiment", 1),
        "Tb": ("boiling_point", "K", "experiment", 1),
        "Tc": ("critical_temperature", "K", "experiment", 1),
        "Pt": ("triple_point_pressure", "Pa", "experiment", 1),
        "Pc": ("critical_pressure", "Pa", "experiment", 1),
        "Vc": ("critical_volume", "m^3/mol", "experiment", 1),
        "Hfs": ("formation_enthalpy", "kJ/mol", "experiment, solid", 1e-3),
        "Hfl": ("formation_enthalpy", "kJ/mol", "experiment, liquid", 1e-3),
        "Hfg": ("formation_enthalpy", "kJ/mol", "experiment, gas", 1e-3),
        "S0s": ("standard_entropy", "J/(mol K)", "experiment, solid", 1),
        "S0l": ("standard_entropy", "J/(mol K)", "experiment, liquid", 1),
        "S0g": ("standard_entropy", "J/(mol K)", "experiment, gas", 1),
        "Hsub": ("sublimation_enthalpy", "kJ/mol", "experiment", 1e-3),
        "Hfus": ("fusion_enthalpy", "kJ/mol", "experiment", 1e-3),
        "Hvap": ("vaporization_enthalpy", "kJ/mol", "experiment", 1e-3),
    }
    for _, row in cells(path):
        yield Row(row["CAS"], row["SMILES"], numbers(row, meaning), cas=row["CAS"])


def skeleton(elements: list[str], bonds: list) -> str:
    """Atoms and bonds without orders and charges; metals are ions in some texts, bound in others."""
    mol = Chem.RWMol()
    for element in elements:
        mol.GetAtomWithIdx(mol.AddAtom(Chem.Atom(element))).SetNoImplicit(True)
    for a, b in bonds:
        if METALS.isdisjoint((elements[a], elements[b])):
            mol.AddBond(a, b, Chem.BondType.SINGLE)
    return Chem.MolToSmiles(mol)


def species(document: dict, bonds: list) -> tuple[str, int, int]:
    molecule = document["molecule"]
    elements = [site["name"] for site in molecule["sites"]]
    return skeleton(elements, bonds), molecule["charge"], molecule["spin_multiplicity"] - 1


def thermochemistry(given: dict, energy: str, enthalpy: str, level: str) -> dict:
    return {
        ("total_energy", "eV", level): given[energy],
        ("enthalpy", "eV", level): given[energy] + given[enthalpy],
        ("free_energy", "eV", level): given["free_energy"],
    }


def libe(path: Path) -> Iterator[Row]:
    document = json.loads(content(path))
    level = "wB97X-V/def2-TZVPPD/SMD(3:7 EC:EMC)"
    values = thermochemistry(document["thermo"]["eV"], "electronic_energy", "total_enthalpy", level)
    yield Row(document["molecule_id"], species(document, document["bonds"]), values)


def madeira(path: Path) -> Iterator[Row]:
    """Its electron affinity is E(L-) - E(L)."""
    level = "wB97X-V/def2-TZVPPD/SMD(diglyme)"
    for document in json.loads(content(path)):
        values = thermochemistry(
            document["thermo"]["eV"], "electronic_energy", "total_enthalpy", level
        )
        redox = document["redox"]
        vertical = f"{level}, vertical"
        values["ionization_energy", "eV", vertical] = redox["ionization_energy_eV"]
        values["electron_affinity", "eV", vertical] = -redox["electron_affinity_eV"]
        yield Row(document["molecule_id"], species(document, document["bonds"]["nbo"]), values)


def old_document(path: Path) -> Iterator[Row]:
    document = json.loads(content(path))
    level = "wb97xv/def2-tzvppd, smd_18.5,1.378,0.00,0.749,18.0,0.00,0.00"
    values = thermochemistry(document, "energy", "enthalpy", level)
    yield Row(str(document["task_id"]), species(document, document["bonds"]), values)


def summary(path: Path) -> Iterator[Row]:
    (document,) = json.loads(content(path))["data"]
    water = "wB97M-V/def2-TZVPPD/SMD(SOLVENT=WATER)"
    thermal = f"{water}, vibrations wB97M-V/def2-SVPD/VACUUM, gas"
    adiabatic = "wB97M-V/def2-TZVPPD/VACUUM, gas, adiabatic G, SHE 4.44 V"
    thermo, redox = document["thermo"]["SOLVENT=WATER"], document["redox"]["NONE"]
    values = {
        ("total_energy", "eV", water): thermo["electronic_energy"],
        ("enthalpy", "eV", thermal): thermo["electronic_energy"] + thermo["total_enthalpy"],
        ("free_energy", "eV", thermal): thermo["free_energy"],
        ("zero_point_energy", "eV", thermal): thermo["zero_point_energy"],
        ("oxidation_potential", "V", adiabatic): redox["oxidation_free_energy"] - 4.44,
        ("reduction_potential", "V", adiabatic): -redox["reduction_free_energy"] - 4.44,
        ("dipole", "D", water): document["multipole_moments"]["SOLVENT=WATER"]["total_dipole"],
    }
    key = document["inchi_key"]
    yield Row(document["molecule_id"], document["inchi"], values, inchikey=key)


def own_table(
    path: Path, smiles: str, identifier: str = "", values: dict[str, tuple] | None = None
) -> Iterator[Row]:
    for number, row in cells(path):
        yield Row(row.get(identifier) or f"row {number}", row[smiles], numbers(row, values or {}))


SOLUBILITY = ("log_solubility", "log10(mol/L)", "experiment", 1)


def own(
    file: str, smiles: str, identifier: str | None = None, **values: tuple
) -> tuple[str, Callable[[Path], Source], Callable[[Path], Iterator[Row]]]:
    """A download that is read by source=table, from the same description of its columns."""
    described = {c: {"quantity": v[0], "method": v[2], "factor": v[3]} for c, v in values.items()}
    make = partial(Table, name="own", smiles=smiles, identifier=identifier, values=described)
    return file, make, partial(own_table, smiles=smiles, identifier=identifier or "", values=values)


DOWNLOADS = (
    ("qm9/qm9_scalars.csv.gz", Qm9, qm9pack),
    ("qm9/qm9_3d.csv.gz", Qm9, qm9pack),
    ("qm9/dsgdb9nsd_xyz.tar.gz", Qm9, qm9_xyz),
    ("qm9/moleculenet_micro_qm9_1005.csv", Qm9, moleculenet),
    ("pcqm4m/data_reconstructed_layout.csv.gz", Pcqm4m, pcqm4m),
    ("pcqm4m/data_reconstructed_layout.csv.gz", Pcqm4mv2, pcqm4m),
    ("pcqm4m/graphium_pcqm4mv2_1k.csv.gz", Pcqm4mv2, graphium),
    ("zinc/zinc250k_smiles.csv.gz", Zinc, zinc_csv),
    ("zinc/250k_rndm_zinc_drugs_clean_3_sample.csv", Zinc, zinc_csv),
    ("zinc/zinc.leads.500.q.smi", Zinc, zinc_smi),
    ("chembl/chembl_web_activity_export.csv", ChEMBL, chembl_activities),
    ("chembl/chembl_NN_chemreps_reconstructed.txt.gz", ChEMBL, chemreps),
    ("pubchem/Compound_sample.sdf.gz", PubChem, pubchem_sdf),
    ("pubchem/CID-SMILES.gz", PubChem, cid_smiles),
    ("pubchem/pubchem_identifiers_sample.csv.gz", PubChem, pubchem_identifiers),
    ("pubchem/pug_rest_CanonicalSMILES.csv", PubChem, pug_rest),
    ("nist/webbook_constants_sample20.csv", Nist, webbook),
    ("mp_molecules/libe_entry_libe-120825.json", MaterialsProject, libe),
    ("mp_molecules/madeira_100.json.gz", MaterialsProject, madeira),
    ("mp_molecules/mp_mol_doc_legacy_C1H1O2.json", MaterialsProject, old_document),
    ("mp_molecules/mp_api_MoleculeSummaryDoc_from_radqm9.json", MaterialsProject, summary),
    own("moses/test.csv.gz", "SMILES"),
    own("moses/test_scaffolds.csv.gz", "SMILES"),
    own(
        "solubility/aqsoldb_data_curated.csv.gz",
        "SMILES",
        "ID",
        Solubility=SOLUBILITY,
    ),
    own(
        "solubility/delaney-processed.csv",
        "smiles",
        "Compound ID",
        **{
            "measured log solubility in mols per litre": SOLUBILITY,
        },
    ),
    own("logp/syrres_logP.csv", "SMILES", "CAS", logP=("logp", "1", "experiment", 1)),
    own(
        "qm_dipole_polar/electrolyte65k_test4000.csv.gz",
        "canonical_smiles",
        "locked_row_id",
        D=("dipole", "D", "B3LYP/TZVP", 1),
        P=("polarizability", "bohr^3", "B3LYP/TZVP", 1),
    ),
)
"""File, its reader, and how this test reads it."""
REJECTED = {"mp_molecules/madeira_100.json.gz": {"bond orders cannot be assigned": 13}}
"""Beside structures that do not parse. Seen one by one: an electron or two more than the valences
hold (H2O-, C2H6-, CH3 2-), OH+, a singlet carbene, half-broken and bridged C2H5+ and C2H6+."""
READERS = {make for _, make, _ in DOWNLOADS if isinstance(make, type)} | {ElectrolyteGenome}
ALSO = {(PubChem, "battery/combat_LiS_solvents_56.csv")}
"""Files of another database that a reader takes, and rightly: made with PubChem's columns. A table
of one's own is no reader of this test, because it takes whatever has the columns it is told of."""


@dataclass(frozen=True)
class Part:
    """A random share of the rows of a source."""

    source: Source
    share: float
    name: str
    licence: str
    citation: str = ""

    def entries(self):
        return chosen(self.source.entries(), self.share)


def chosen(rows, share: float):
    random = Random(0)
    return (row for row in rows if random.random() < share)


@dataclass(frozen=True)
class Harvested:
    """What the harvest and this test make of one file."""

    file: str
    licence: str
    rows: list[Row]
    tally: Tally
    table: pl.DataFrame

    @cached_property
    def accepted(self) -> list[tuple[Row, str | None]]:
        """Every row that must be in the table, and its SMILES there."""
        found = defaultdict(set)
        for identifier, smiles in self.table.select("identifier", "smiles").iter_rows():
            found[identifier].add(smiles)
        return [
            (row, harvested_smiles(row, found[row.identifier]))
            for row in self.rows
            if not reason(row) and not (self.file in REJECTED and row.identifier not in found)
        ]


@pytest.fixture(scope="module", params=DOWNLOADS, ids=lambda download: download[0])
def harvested(request, data, tmp_path_factory):
    file, make, read = request.param
    if not (data / file).is_file():
        pytest.skip(f"{file} is not in {data}")
    n_rows = sum(1 for _ in read(data / file))
    share = 1.0 if n_rows <= LARGE else PART / n_rows
    source = make(data / file)
    target = tmp_path_factory.mktemp("harvested") / "source.parquet"
    tally = harvest(Part(source, share, source.name, source.licence), target, 1)
    rows = list(chosen(read(data / file), share))
    return Harvested(file, source.licence, rows, tally, pl.read_parquet(target))


def reason(row: Row) -> str | None:
    """Why a structure is none."""
    if not row.structure:
        return "no smiles"
    return None if written(row) else "smiles does not parse"


def mol_of(structure: str) -> Chem.Mol | None:
    is_inchi = structure.startswith("InChI=")
    return Chem.MolFromInchi(structure) if is_inchi else Chem.MolFromSmiles(structure)


@cache
def written(row: Row) -> str | None:
    """Canonical SMILES, or the skeleton."""
    if isinstance(row.structure, tuple):
        return row.structure[0]
    mol = mol_of(row.structure)
    return Chem.CanonSmiles(Chem.MolToSmiles(mol)) if mol and mol.GetNumAtoms() else None


def harvested_smiles(row: Row, found: set[str]) -> str | None:
    """Which of the SMILES of an identifier is that of a row."""
    if isinstance(row.structure, tuple):
        return next((smiles for smiles in found if described(smiles) == row.structure), None)
    if written(row) in found:
        return written(row)
    if restored := next((smiles for smiles in found if is_restored(row.structure, smiles)), None):
        return restored
    return next((smiles for smiles in found if is_redrawn(row.structure, smiles)), None)


def is_restored(structure: str, smiles: str) -> bool:
    """Whether the harvest put double bonds between radicals, with the same bonds and hydrogens."""
    *atoms, electrons = described(structure)
    return electrons > 0 and described(smiles) == (*atoms, 0)


def is_redrawn(structure: str, smiles: str) -> bool:
    """Whether the harvest drew S=O or P=O for separated charges (and InChI may see two species)."""
    if re.search(r"\[[SP]H?\+", structure) and described(structure) == described(smiles):
        return True
    return Chem.MolToInchiKey(mol_of(structure)) == inchikey(smiles)


def inchikey(smiles: str) -> str:
    return Chem.MolToInchiKey(Chem.MolFromSmiles(smiles))


def described(smiles: str) -> tuple[str, int, int]:
    """As `species`; the two electrons of a magnesium atom are paired, whatever RDKit says."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    elements = [atom.GetSymbol() for atom in mol.GetAtoms()]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    electrons = unpaired(mol) - 2 * sum(atom.GetSmarts() == "[Mg]" for atom in mol.GetAtoms())
    return skeleton(elements, bonds), Chem.GetFormalCharge(mol), electrons


def unpaired(mol: Chem.Mol) -> int:
    return sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())


def test_every_row_is_kept_or_merged_or_rejected_for_its_reason(harvested):
    tally = harvested.tally
    expected = Counter(why for row in harvested.rows if (why := reason(row)))
    assert tally.rejected == expected + Counter(REJECTED.get(harvested.file))
    assert tally.read == len(harvested.rows)
    assert tally.read == tally.kept + tally.merged + tally.rejected.total()
    assert tally.kept == len({smiles for _, smiles in harvested.accepted})


def test_structures_values_units_methods_and_names_are_those_of_the_file(harvested):
    expected, actual = defaultdict(set), defaultdict(set)
    for row, smiles in harvested.accepted:
        for meaning, value in (row.values or {(None, None, None): None}).items():
            expected[row.identifier, smiles, row.name, row.cas, *meaning].add(value)
    columns = ("identifier", "smiles", "name", "cas", "quantity", "unit", "method", "value")
    for *key, value in harvested.table.select(columns).iter_rows():
        actual[tuple(key)].add(value)
    assert not sorted(actual.keys() ^ expected.keys(), key=str)[:6]
    assert not [key for key in expected if not same(expected[key], actual[key])][:3]
    assert harvested.table["licence"].unique().to_list() == [harvested.licence]


def same(expected: set, actual: set) -> bool:
    """Equal to the accuracy of the constants that are typed here."""
    if None in expected or len(expected) != len(actual):
        return expected == actual
    return all(map(partial(isclose, rel_tol=1e-8), sorted(expected), sorted(actual)))


def test_double_bonds_unpaired_electrons_fragments_and_other_inchikeys_are_counted(harvested):
    counts = Counter()
    for row, smiles in harvested.accepted:
        has_radicals = unpaired(Chem.MolFromSmiles(smiles)) > 0
        counts["unpaired electrons"] += has_radicals
        if harvested.file.startswith("pcqm4m/") and not has_radicals:
            lost = unpaired(mol_of(row.structure)) > 0
            counts["double bonds restored between radicals"] += lost
        counts["several fragments"] += "." in smiles
        other = bool(row.inchikey) and row.inchikey != inchikey(smiles)
        counts["another InChIKey than the database gives"] += other
    assert harvested.tally.remarks == +counts
    if harvested.file.startswith("pcqm4m/"):
        assert counts["double bonds restored between radicals"] > 6 * counts["unpaired electrons"]


@pytest.mark.parametrize("reader", sorted(READERS, key=lambda reader: reader.__name__))
def test_a_reader_refuses_the_files_of_all_other_databases(data, reader):
    own = {file for file, make, _ in DOWNLOADS if make is reader}
    files = {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()} - own
    taken = {(reader, file) for file in files if gives_a_molecule(reader(data / file))}
    assert taken == {pair for pair in ALSO if pair[0] is reader}


def gives_a_molecule(source: Source) -> bool:
    """A source without a molecule is refused by the harvest: see test_harvest.py."""
    try:
        return any(isinstance(entry, Entry) for entry in source.entries())
    except SourceError:
        return False
