import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molecules import VOCABULARY, Molecule
from molecules.descriptors import CHEAP, describe, neutral_parent
from molecules.library import Library


def of(smiles: str) -> dict[str, float]:
    return dict(describe(Molecule.from_smiles(smiles)))


def test_every_cheap_quantity_is_in_the_vocabulary_and_answered():
    answered = of("OCC(O)CO")
    assert tuple(answered) == tuple(q.name for q in CHEAP)
    assert all(VOCABULARY[q.name] == q for q in CHEAP)


@given(st.integers(min_value=0))
@settings(max_examples=40, deadline=None)
def test_descriptors_of_any_library_molecule_are_finite_and_in_range(i):
    molecules = Library.starter().molecules
    answered = describe(molecules[i % len(molecules)])
    assert all(math.isfinite(value) for value in answered.values())
    assert 1 <= answered["sa_score"] <= 10
    assert answered["heavy_atoms"] >= 2
    assert answered["molar_mass"] > 6 * answered["heavy_atoms"]


@pytest.mark.parametrize(
    ("neutral", "charged"),
    [("CC(=O)O", "CC(=O)[O-]"), ("NCCO", "[NH3+]CCO"), ("NCC(=O)O", "[NH3+]CC(=O)[O-]")],
)
def test_partition_and_synthesis_do_not_depend_on_protonation(neutral, charged):
    for name in ("clogp", "log_solubility", "sa_score"):
        assert of(neutral)[name] == pytest.approx(of(charged)[name])


def test_quaternary_nitrogen_keeps_its_charge():
    parent = neutral_parent(Molecule.from_smiles("C[N+](C)(C)CC(=O)[O-]"))
    charges = sorted(atom.GetFormalCharge() for atom in parent.GetAtoms())
    assert charges[-1] == 1


def test_golden_values():
    # Glycerol: Ertl TPSA 60.69 A2 / 6 atoms; Crippen -1.6681 (RDKit documentation's model);
    # molar mass from IUPAC atomic weights. Urea's ESOL by hand from its formula.
    glycerol = of("OCC(O)CO")
    assert glycerol["tpsa_per_heavy_atom"] == pytest.approx(60.69 / 6, abs=0.01)
    assert glycerol["hydrogen_bonding"] == 6
    assert glycerol["molar_mass"] == pytest.approx(92.094, abs=0.01)
    urea = of("NC(N)=O")
    by_hand = 0.16 - 0.63 * urea["clogp"] - 0.0062 * 60.056
    assert urea["log_solubility"] == pytest.approx(by_hand, abs=1e-3)


def test_solubility_falls_along_a_homologous_series():
    series = [of("C" * n + "O")["log_solubility"] for n in range(2, 10)]
    assert series == sorted(series, reverse=True)
