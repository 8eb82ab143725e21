"""Conditional exchange: the arithmetic of forms and pH, and what it does to real ligands."""

import json
import math

import pytest

from molecules import VOCABULARY, Molecule, Status
from molecules.protonation import binding_forms
from oracles.base import OracleError
from oracles.engines.tblite import Tblite
from oracles.recipes.base import Answered, Subject
from oracles.recipes.conditional import ConditionalExchange
from oracles.recipes.exchange import Exchange
from oracles.recipes.ground import GroundState
from oracles.recipes.packing import pack, unpack
from oracles.recipes.shell_search import ShellSearch

RAW, CONDITIONAL = "zn_exchange_energy", "zn_exchange_energy_conditional"
FREE = "zn_exchange_free_energy"
AMINE, AMMONIUM = "CCN", "CC[NH3+]"
GFN2 = Tblite()
REAL = ConditionalExchange(
    Exchange(GFN2, ShellSearch(Tblite(accuracy=10.0))), GroundState(GFN2), ph=4.5
)


class Known:
    """An exchange whose energies are known; what is not known has no donor."""

    quantities = (VOCABULARY[RAW],)

    def __init__(self, **energies: float) -> None:
        self.energies = {Molecule.from_smiles(s).smiles: e for s, e in energies.items()}
        self.asked: list[str] = []

    def answer(self, subject, reference):
        smiles = subject.molecule.smiles
        self.asked.append(smiles)
        if smiles not in self.energies:
            raise OracleError(Status.NOT_APPLICABLE, "no donor")
        return Answered({RAW: (self.energies[smiles], 0.5)}, {"complex": {}})


class Still:
    """A ground state without a structure."""

    def relax(self, molecule, seed):
        return ()


def answer(smiles, ph=4.5, **energies):
    known = Known(**energies)
    recipe = ConditionalExchange(known, Still(), ph)
    return recipe.answer(Subject(Molecule.from_smiles(smiles), (), 0), {}), known.asked


def cost_of(smiles, ph=4.5):
    """Cost of the form without its proton, and the error."""
    free = binding_forms(Molecule.from_smiles(smiles), ph)[1]
    return free.cost_kcal, free.cost_error_kcal


@pytest.mark.parametrize("drawn", [AMINE, AMMONIUM])
def test_an_amine_pays_for_its_proton_however_it_is_drawn(drawn):
    answered, _ = answer(drawn, **{AMINE: -7.0})
    cost, error = cost_of(drawn)
    value, std = answered.values[CONDITIONAL]
    assert cost == pytest.approx(1.364 * (10.7 - 4.5), abs=0.3)
    assert value == pytest.approx(-7.0 + cost)
    assert std == pytest.approx(math.hypot(0.5, error))
    assert (RAW in answered.values) is (drawn == AMINE)
    assert (RAW in answered.refused) is (drawn == AMMONIUM)


def test_in_base_nothing_is_paid():
    answered, _ = answer(AMINE, ph=13.0, **{AMINE: -7.0})
    assert answered.values[CONDITIONAL] == answered.values[RAW] == (-7.0, 0.5)


def test_the_best_form_counts_and_every_form_is_recorded():
    glycine, glycinate = "[NH3+]CC(=O)[O-]", "NCC(=O)[O-]"
    answered, asked = answer(glycine, **{glycine: -6.3, glycinate: -7.8})
    assert answered.values[CONDITIONAL][0] == pytest.approx(-6.3)  # the proton is worth more
    forms = {form["smiles"]: form for form in answered.details["forms"]}
    assert forms[Molecule.from_smiles(glycinate).smiles]["energy"] == -7.8
    assert len(asked) == len(set(asked))  # the form as drawn once for both quantities


class Free(Known):
    """Free energies 2 kcal/mol below; a ligand may have an energy and no free energy."""

    quantities = (VOCABULARY[RAW], VOCABULARY[FREE])

    def __init__(self, without=(), **energies):
        super().__init__(**energies)
        self.without = without

    def answer(self, subject, reference):
        raw = super().answer(subject, reference).values[RAW]
        if subject.molecule.smiles in self.without:
            failed = {FREE: (str(Status.REARRANGED), "a bond changed")}
            return Answered({RAW: raw}, {}, failed)
        return Answered({RAW: raw, FREE: (raw[0] - 2.0, 1.5)})


def test_a_free_energy_is_made_conditional_in_the_same_way():
    recipe = ConditionalExchange(Free(**{AMINE: -7.0}), Still(), 4.5, raw=FREE)
    assert [q.name for q in recipe.quantities] == [RAW, FREE, f"{FREE}_conditional"]
    drawn = recipe.answer(Subject(Molecule.from_smiles(AMINE), (), 0), {})
    cost, error = cost_of(AMINE)
    assert drawn.values[f"{FREE}_conditional"] == pytest.approx(
        (-9.0 + cost, math.hypot(1.5, error))
    )
    charged = recipe.answer(Subject(Molecule.from_smiles(AMMONIUM), (), 0), {})
    assert set(charged.values) == {f"{FREE}_conditional"} and set(charged.refused) == {RAW, FREE}


def test_a_ligand_without_the_free_energy_keeps_the_others_and_says_why():
    recipe = ConditionalExchange(Free([AMINE], **{AMINE: -7.0}), Still(), 13.0, raw=FREE)
    answered = recipe.answer(Subject(Molecule.from_smiles(AMINE), (), 0), {})
    assert set(answered.values) == {RAW}
    assert answered.refused[f"{FREE}_conditional"] == answered.refused[FREE]
    assert answered.details["forms"][0]["reason"] == "a bond changed"


def test_the_lowest_form_is_not_known_where_the_calculation_of_one_failed():
    glycine, glycinate = "[NH3+]CC(=O)[O-]", "NCC(=O)[O-]"
    energies = {glycine: -6.3, glycinate: -7.8}
    recipe = ConditionalExchange(Free([glycinate], **energies), Still(), 4.5, raw=FREE)
    answered = recipe.answer(Subject(Molecule.from_smiles(glycine), (), 0), {})
    assert set(answered.values) == {RAW, FREE}
    assert answered.refused[f"{FREE}_conditional"] == (str(Status.REARRANGED), "a bond changed")


def test_a_molecule_no_form_of_which_binds_does_not_apply():
    with pytest.raises(OracleError, match="no donor") as error:
        answer("C[N+](C)(C)C")
    assert error.value.status is Status.NOT_APPLICABLE


def test_it_survives_json():
    assert unpack(json.loads(json.dumps(pack(REAL)))) == REAL


@pytest.mark.slow
def test_imidazole_still_binds_at_ph_4_5_and_less_than_in_base():
    molecule = Molecule.from_smiles("c1c[nH]cn1")
    subject = Subject(molecule, REAL.ground.relax(molecule, 0), 0)
    values = REAL.answer(subject, REAL.reference(0)).values
    assert values[RAW][0] == pytest.approx(-7.4, abs=1.0)  # reference value of the same method
    assert values[CONDITIONAL][0] - values[RAW][0] == pytest.approx(3.34, abs=0.01)
