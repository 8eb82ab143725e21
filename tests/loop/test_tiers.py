import pytest

from loop.objective import Goal, Objective
from loop.tiers import TierError, Tiers
from molecules import Label, Molecule, Quantity
from molecules.rows import Record
from oracles.function import FunctionOracle
from surrogates.ladder import Ladder

GAP = {"gap": Goal("gap", "maximize", 3.0, 12.0)}


def oracle(name, tier, quantity="gap"):
    return FunctionOracle("m:f", quantity=quantity, unit="eV", cost=1.0, name=name, tier=tier)


def tiers(*oracles, goals=GAP):
    return Tiers.of(Objective(goals), {o.name: o for o in oracles})


def test_rungs_are_in_order_of_tier_whatever_the_configuration_says():
    found = tiers(oracle("best", 3), oracle("quick", 1), oracle("good", 2))
    assert found.ladders.by_quantity == {"gap": Ladder(("quick", "good", "best"), "quick")}
    assert (found.base, found.upper) == (("quick",), ("good", "best"))
    assert found.order == ("quick", "good", "best")
    assert found.below == {"good": {"gap": "quick"}, "best": {"gap": "good"}}


def test_one_oracle_a_quantity_is_no_ladder():
    found = tiers(oracle("a", 1), oracle("b", 2, "homo"))
    assert (found.base, found.upper) == (("a", "b"), ()) and not found.ladders.by_quantity


def test_an_oracle_that_alone_answers_a_goal_meets_every_molecule():
    goals = {**GAP, "homo": Goal("homo", "maximize", -12.0, -6.0)}
    both = oracle("both", 2)
    both.quantities = (*both.quantities, Quantity("homo", "eV"))
    found = tiers(oracle("quick", 1), both, goals=goals)
    assert found.base == ("both", "quick") and found.upper == ()
    assert list(found.ladders.by_quantity) == ["gap"]


def test_a_goals_tier_is_the_scale_of_its_ladder():
    goals = {"gap": Goal("gap", "maximize", 3.0, 12.0, tier="good")}
    found = tiers(oracle("quick", 1), oracle("good", 2), goals=goals)
    assert found.ladders.by_quantity["gap"].scale == "good"


def test_every_learned_quantity_has_a_scale():
    goals = {
        "gap": Goal("gap", "maximize", 3.0, 12.0, tier="good"),
        "homo": Goal("homo", "maximize", -12.0, -6.0),
        "size": Goal("size", "minimize", 3.0, 24.0, quantity="heavy_atoms"),
    }
    both = oracle("quick", 1)
    both.quantities = (*both.quantities, Quantity("homo", "eV"))
    assert tiers(both, oracle("good", 2), goals=goals).scales == {"gap": "good", "homo": "quick"}
    assert Tiers().scales == {}


def test_what_does_not_fit_is_refused_with_what_to_do():
    with pytest.raises(TierError, match=r"both of tier 1; .*oracles.b.tier=2"):
        tiers(oracle("a", 1), oracle("b", 1))
    with pytest.raises(TierError, match="which no oracle answers"):
        tiers(oracle("a", 1, "homo"))
    wrong = {"gap": Goal("gap", "maximize", 3.0, 12.0, tier="c")}
    with pytest.raises(TierError, match="got tier 'c'.*one of a, b"):
        tiers(oracle("a", 1), oracle("b", 2), goals=wrong)
    two = {
        "high": Goal("high", "maximize", 3.0, 12.0, quantity="gap", tier="a"),
        "low": Goal("low", "at_least", 3.0, quantity="gap", tier="b"),
    }
    with pytest.raises(TierError, match="on one scale"):
        tiers(oracle("a", 1), oracle("b", 2), goals=two)


def test_numbers_of_a_tier_that_was_switched_off_do_not_count():
    molecule = Molecule.from_smiles("CCO")
    records = [
        Record(
            i, Label(molecule, Quantity(q, "eV"), 1.0, 0.0, o), 1, "", "", "", "", "", None, "", "",
            0.0, 0.0,
        )
        for i, (q, o) in enumerate([("gap", "a"), ("gap", "dft"), ("dipole", "dft")])
    ]  # fmt: skip
    assert [r.id for r in tiers(oracle("a", 1)).counted(records)] == [0, 2]
    assert Tiers().counted(records) == records
