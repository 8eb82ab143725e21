"""Double bonds that the harvest restores, against the geometries of the molecules themselves.

Run by `make test-data DATA=FOLDER`, on a thousand rows of PCQM4Mv2 with coordinates.
"""

import csv
import gzip
import re
from collections import defaultdict
from math import dist
from statistics import mean

import pytest
from rdkit import Chem

from molecules.sources.base import Entry
from molecules.standardise import RESTORED, standardise

pytestmark = pytest.mark.data

FILE = "pcqm4m/graphium_pcqm4mv2_1k.csv.gz"
ATOM = re.compile(r"\[[^]]*]|Cl|Br|[BCNOPSFI]")


@pytest.fixture(scope="module")
def geometries(data):
    """Molecules with every hydrogen an atom and radicals as given, and their atoms' positions."""
    if not (data / FILE).is_file():
        pytest.skip(f"{FILE} is not in {data}")
    with gzip.open(data / FILE, "rt", encoding="utf-8", newline="") as file:
        return [geometry(row["smiles"]) for row in csv.DictReader(file)]


def geometry(cxsmiles):
    smiles, _, rest = cxsmiles.partition(" |(")
    reading = Chem.SmilesParserParams()
    reading.removeHs = reading.sanitize = False
    mol = Chem.MolFromSmiles(
        ATOM.sub(lambda a: a[0] if a[0][0] == "[" else f"[{a[0]}]", smiles), reading
    )
    Chem.SanitizeMol(mol)
    atoms = rest.partition(")")[0].split(";")
    return mol, [tuple(float(x or 0) for x in atom.split(",")) for atom in atoms]


def orders(mol):
    """Order by bond, of bonds between atoms other than hydrogen that are not aromatic."""
    heavy = (b for b in mol.GetBonds() if not b.GetIsAromatic())
    return {
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx()): int(b.GetBondTypeAsDouble())
        for b in heavy
        if "H" not in elements(mol, b.GetBeginAtomIdx(), b.GetEndAtomIdx())
    }


def elements(mol, *atoms):
    return tuple(sorted(mol.GetAtomWithIdx(atom).GetSymbol() for atom in atoms))


def has_radicals(mol):
    return any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())


def single(mol):
    """The molecule with single bonds alone, its atoms in the same order."""
    plain = Chem.RWMol()
    for atom in mol.GetAtoms():
        plain.AddAtom(Chem.Atom(atom.GetAtomicNum()))
    for bond in mol.GetBonds():
        plain.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    return plain


def test_bonds_that_changed_have_the_length_of_their_new_order(geometries):
    lengths = defaultdict(list)
    for mol, positions in geometries:
        if not has_radicals(mol):
            for (a, b), order in orders(mol).items():
                lengths[elements(mol, a, b), order].append(dist(positions[a], positions[b]))
    usual = {bond: mean(known) for bond, known in lengths.items()}
    agrees = []
    for mol, positions in geometries:
        found = standardise(Entry("x", Chem.MolToSmiles(mol), is_closed_shell=True))
        if RESTORED not in found.remarks:
            continue
        whole = Chem.AddHs(found.molecule.rdkit)
        match = single(mol).GetSubstructMatch(single(whole))
        assert len(match) == mol.GetNumAtoms() == whole.GetNumAtoms()
        before = orders(mol)
        for bond, order in orders(whole).items():
            a, b = (match[atom] for atom in bond)
            old = before.get((a, b), before.get((b, a), order))
            kind, length = elements(mol, a, b), dist(positions[a], positions[b])
            if old != order:
                agrees.append(abs(length - usual[kind, order]) < abs(length - usual[kind, old]))
    assert len(agrees) > 200 and mean(agrees) > 0.95
