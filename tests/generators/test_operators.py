from random import Random

import pytest

from generators import operators
from generators.operators import CHARGED_GROUPS, charge, crossover, mutate
from molecules import Molecule

PARENTS = [
    Molecule.from_smiles(text)
    for text in (
        "OCC(O)CO",
        "NC(N)=O",
        "CC(=O)O",
        "CC(=O)[O-]",
        "C[N+](C)(C)CC(=O)[O-]",
        "[NH3+]CC(=O)[O-]",
        "O=S1(=O)CCCC1",
        "c1c[nH]cn1",
        "Cc1ccccc1S(=O)(=O)[O-]",
        "CCOP(=O)(OCC)OCC",
        "OC[C@H](O)[C@@H](O)CO",
        "CCCC[N+](CCCC)(CCCC)CCCC",
        "B(O)(O)c1ccccc1",
        "N#CCCC#N",
    )
]


def test_every_child_is_another_valid_molecule() -> None:
    random = Random(0)
    for parent in PARENTS:
        children = [mutate(parent, random) for _ in range(60)]
        made = [child for child in children if child is not None]
        assert len(made) >= 10, parent
        for child in made:
            assert child != parent
            assert Molecule.from_smiles(child.smiles) == child
            assert "." not in child.smiles
            assert not any(a.GetNumRadicalElectrons() for a in child.rdkit.GetAtoms())


@pytest.mark.parametrize("name", [*operators.EDITS, *operators.CHARGES])
def test_every_edit_makes_children_of_some_parent(name: str) -> None:
    edits = operators.EDITS | operators.CHARGES
    parents = [*PARENTS, *map(Molecule.from_smiles, ("C=CC#C", "OCC(=O)O", "CN(C)CCN", "FCCl"))]
    random = Random(0)
    made = [
        operators.edited(parent, {name: edits[name]}, random)
        for parent in parents
        for _ in range(15)
    ]
    assert any(made)


def test_edits_of_charge_reach_every_charge_class_from_a_neutral_molecule() -> None:
    random = Random(0)
    classes = set()
    for _ in range(200):
        child = charge(Molecule.from_smiles("CN(C)CCO"), random)
        if child:
            classes.add(child.charge_class)
    assert {"anion", "cation", "zwitterion"} <= classes


@pytest.mark.parametrize("group", CHARGED_GROUPS.values(), ids=list(CHARGED_GROUPS))
def test_every_charged_group_can_be_attached(group: str) -> None:
    random = Random(0)
    reaction = (f"[C;!H0;+0:1]>>[*:1]{group}",)
    child = operators.edited(Molecule.from_smiles("CCOCC"), {"attach": (1, reaction)}, random)
    assert child is not None
    assert child.charge in (-1, 1)


def test_a_charge_can_also_be_removed() -> None:
    random = Random(0)
    children = [charge(Molecule.from_smiles("CCC(=O)[O-]"), random) for _ in range(100)]
    assert Molecule.from_smiles("CCC(=O)O") in children


def test_crossover_takes_atoms_of_both_parents() -> None:
    random = Random(0)
    fluorinated, sulfonated = map(Molecule.from_smiles, ("FC(F)(F)CO", "CCS(=O)(=O)[O-]"))
    children = [crossover(fluorinated, sulfonated, random) for _ in range(60)]
    texts = [child.smiles for child in children if child]
    assert any("F" in text and "S" in text for text in texts)


def test_molecules_without_a_bond_to_cut_have_no_children_by_crossover() -> None:
    ring, chain = map(Molecule.from_smiles, ("c1ccccc1", "CCO"))
    assert crossover(ring, chain, Random(0)) is None


def test_the_same_seed_makes_the_same_children() -> None:
    def family(seed: int) -> list[Molecule | None]:
        random = Random(seed)
        return [mutate(parent, random) for parent in PARENTS for _ in range(5)]

    assert family(3) == family(3)
    assert family(3) != family(4)
