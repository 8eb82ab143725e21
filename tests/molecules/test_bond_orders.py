"""Lewis structures from bonds without orders, a charge and a spin."""

import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from molecules.sources.bond_orders import Geometry, lewis_smiles


def geometry(smiles, **fields):
    """Of a molecule whose bond orders are then forgotten."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=1)
    return Geometry(
        **{
            "elements": [atom.GetSymbol() for atom in mol.GetAtoms()],
            "positions": mol.GetConformer().GetPositions().tolist(),
            "bonds": [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()],
            "charge": Chem.GetFormalCharge(mol),
            "multiplicity": 1,
        }
        | fields
    )


@pytest.mark.parametrize(
    "smiles",
    [
        *("O=C1OCCO1", "CS(C)=O", "COP(=O)(OC)OC", "C[N+](=O)[O-]", "N#CC#N", "[C-]#[O+]"),
        *("F[P-](F)(F)(F)(F)F", "F[B-](F)(F)F", "[O-][Cl+3]([O-])([O-])[O-]", "N#C[S-]"),
        *("O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", "O=S(=O)([O-])C(F)(F)F", "S=C=S"),
        *("C[n+]1ccsc1", "C[N+](C)(C)C", "c1ccc2[nH]ccc2c1", "C=C(C)[O-]", "CC(=O)[O-]"),
        *("[Li+].[F-]", "O=C([O-])C(=O)[O-].[Li+].[Li+]", "O=S(=O)([O-])[O-].[Zn+2]"),
        *("C[C@H](O)C(=O)O", "F/C=C/F"),
    ],
)
def test_molecules_and_salts_come_back_as_chemists_draw_them(smiles):
    assert lewis_smiles(geometry(smiles)) == Chem.CanonSmiles(smiles)


def test_unpaired_electrons_sit_where_the_spin_is():
    radical = geometry("C[CH]OC", multiplicity=2, spins=[0, 0.9, 0.1, *[0] * 8])
    assert lewis_smiles(radical) == "C[CH]OC"
    anion = geometry("C[CH]OC(=O)[O-]", multiplicity=2, spins=[0, 0.9, 0.1, 0, 0, 0, *[0] * 4])
    assert lewis_smiles(anion) == "C[CH]OC(=O)[O-]"
    oxygen = Geometry("OO", [(0, 0, 0), (0, 0, 1.2)], [(0, 1)], 0, 3, spins=[1, 1])
    assert lewis_smiles(oxygen) == "[O][O]"
    assert lewis_smiles(Geometry("O", [(0, 0, 0)], [], 0, 3)) == "[O]"


def test_a_radical_without_spins_has_no_answer():
    assert lewis_smiles(geometry("C[CH]OC", multiplicity=2)) is None


@pytest.mark.parametrize(
    ("charge", "spins", "natural", "expected"),
    [
        (1, (), 1.7, "CO.[Mg+2].[OH-]"),
        (0, (0.0, 0.1, 0.9, 0.0), 0.9, "CO.[Mg+].[OH-]"),
        (-1, (), 0.1, "CO.[Mg].[OH-]"),
    ],
)
def test_a_metal_is_an_ion_of_the_charge_that_the_calculation_says(
    charge, spins, natural, expected
):
    both = geometry("CO.[OH-].[Mg+2]")
    n_atoms, metal = len(both.elements), both.elements.index("Mg")
    charges = [natural if atom == metal else -0.5 for atom in range(n_atoms)]
    spin = [0.9 if atom == metal and spins else 0.0 for atom in range(n_atoms)]
    found = Geometry(
        both.elements,
        both.positions,
        [*both.bonds, (1, metal)],  # a coordinated oxygen, which is no covalent bond
        charge,
        2 if spins else 1,
        spin if spins else (),
        charges,
    )
    assert lewis_smiles(found) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"charge": 1},
        {"bonds": [(0, 1), (0, 9)]},
        {"positions": [(0, 0, 0), (0, 0, 5), (0, 1, 0)]},
        {"elements": ["O", "H", "Xx"]},
        {"elements": ["O", "H", "Fe"]},
        {"bonds": []},
        {"bonds": [], "charges": [-0.9, 0.45, 0.45]},
    ],
)
def test_what_fits_no_lewis_structure_has_no_answer(fields):
    water = {
        "elements": ["O", "H", "H"],
        "positions": [(0, 0, 0), (0, 0, 0.96), (0, 0.93, -0.24)],
        "bonds": [(0, 1), (0, 2)],
        "charge": 0,
        "multiplicity": 1,
    }
    assert lewis_smiles(Geometry(**water)) == "O"
    assert lewis_smiles(Geometry(**water | fields)) is None


def test_a_geometry_refuses_lists_of_another_length_and_numbers_that_are_none():
    with pytest.raises(ValueError, match="another number of atoms"):
        Geometry("HH", [(0, 0, 0)], [], 0, 1)
    with pytest.raises(ValueError, match="no finite numbers"):
        Geometry("H", [(0, 0, float("nan"))], [], 1, 1)
