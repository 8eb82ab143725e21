import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from loop.objective import NEUTRAL, Goal, Objective, ObjectiveError
from molecules import Molecule

GLYCEROL = Molecule.from_smiles("OCC(O)CO")
ACETATE = Molecule.from_smiles("CC(=O)[O-]")
BOTH = [GLYCEROL, ACETATE]
numbers = st.floats(-50, 50)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


@given(numbers, numbers)
def test_maximize_is_minimize_of_the_negative(value, other):
    low, high = min(value, other) - 1, max(value, other) + 1
    up = Goal("x", "maximize", low, high).desirability(tensor(value))
    down = Goal("x", "minimize", -high, -low).desirability(tensor(-value))
    assert torch.allclose(up, down)


@given(st.lists(numbers, min_size=2, max_size=8), st.sampled_from(["maximize", "at_least"]))
def test_more_is_never_worse_for_maximize_and_at_least(values, kind):
    d = Goal("x", kind, -10, 10, softness=2.0).desirability(tensor(*sorted(values)))
    assert (d.diff() >= 0).all()
    assert ((d >= 0) & (d <= 1)).all()


@given(st.floats(-3, 3))
def test_a_window_is_one_inside_and_falls_alike_on_both_sides(distance):
    goal = Goal("x", "window", -2.0, 2.0, softness=1.0)
    assert goal.desirability(tensor(0.5)) == 1
    d = goal.desirability(tensor(2 + abs(distance), -2 - abs(distance)))
    assert torch.allclose(d[0], d[1])
    assert d[0] == pytest.approx(math.exp(-0.5 * distance**2))


def test_a_softness_of_zero_is_a_hard_edge():
    assert Goal("x", "at_most", high=1.0).desirability(tensor(1.0, 1.0001)).tolist() == [1.0, 0.0]


def test_a_goal_that_does_not_apply_leaves_the_mean_and_is_neutral_in_the_vector():
    objective = Objective(
        {
            "a": Goal("a", "maximize", 0, 1),
            "b": Goal("b", "maximize", 0, 1, applies_to=("neutral",)),
        }
    )
    values = tensor([0.25, 1.0], [0.25, 1.0])
    traits = objective.traits(BOTH)
    assert objective.objectives(values, traits).tolist() == [[0.25, 1.0], [0.25, NEUTRAL]]
    assert objective.score(values, traits).tolist() == pytest.approx([0.5, 0.25])


def test_a_quantity_that_an_oracle_declined_drops_out_like_one_that_does_not_apply():
    objective = Objective({"a": Goal("a", "maximize", 0, 1), "b": Goal("b", "maximize", 0, 1)})
    traits = objective.traits([GLYCEROL], {(GLYCEROL, "b")})
    assert objective.score(tensor([0.3, 0.0]), traits) == pytest.approx(0.3)


def test_weights_are_the_exponents_of_the_geometric_mean():
    objective = Objective(
        {"a": Goal("a", "maximize", 0, 1, weight=3), "b": Goal("b", "maximize", 0, 1)}
    )
    score = objective.score(tensor([0.5, 0.8]), objective.traits([GLYCEROL]))
    assert score.item() == pytest.approx((0.5**3 * 0.8) ** 0.25)


def test_constraints_multiply_the_score_and_are_no_objective():
    objective = Objective(
        {
            "a": Goal("a", "maximize", 0, 1),
            "gap": Goal("gap", "at_least", low=3, softness=1, role="constraint"),
        }
    )
    traits = objective.traits([GLYCEROL])
    assert objective.n_objectives == 1
    assert objective.quantities == ("a", "gap")
    assert objective.score(tensor([0.8, 3.5]), traits).item() == pytest.approx(0.8)
    assert objective.score(tensor([0.8, 2.0]), traits).item() == pytest.approx(0.8 * math.exp(-0.5))


def test_cheap_quantities_are_scored_without_being_learned():
    objective = Objective({"heavy_atoms": Goal("heavy_atoms", "minimize", 0, 10)})
    assert objective.quantities == ()
    values = torch.zeros(2, 0, dtype=torch.float64)
    assert objective.score(values, objective.traits(BOTH)).tolist() == pytest.approx([0.4, 0.6])


def test_samples_pass_through_with_any_leading_shape():
    objective = Objective({"a": Goal("a", "maximize", 0, 1), "b": Goal("b", "minimize", 0, 1)})
    values = torch.rand(5, 3, 2, 2, dtype=torch.float64)
    traits = objective.traits(BOTH)
    assert objective.objectives(values, traits).shape == (5, 3, 2, 2)
    assert torch.allclose(
        objective.score(values, traits)[1, 2], objective.score(values[1, 2], traits)
    )


def test_either_mode_takes_the_better_score_never_the_mean():
    goals = {
        "survives": Goal("survives", "minimize", 0, 1, mode="inert", quantity="e"),
        "reacts": Goal("reacts", "maximize", 0, 1, mode="sacrificial", quantity="e"),
        "a": Goal("a", "maximize", 0, 1),
    }
    either = Objective(goals, "either")
    traits = either.traits([GLYCEROL])
    assert either.n_objectives == 2
    assert either.objectives(tensor([0.4, 0.9]), traits)[0, 1].item() == pytest.approx(0.9)
    assert either.objectives(tensor([0.4, 0.1]), traits)[0, 1].item() == pytest.approx(0.9)
    assert [g.name for g in Objective(goals, "inert").goals] == ["survives", "a"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "biggest", "low": 0, "high": 1},
        {"kind": "window", "low": 0},
        {"kind": "at_most", "low": 0},
        {"kind": "window", "low": 2, "high": 1},
        {"kind": "maximize", "low": 1, "high": 1},
        {"kind": "at_least", "low": 1, "weight": 0},
        {"kind": "at_least", "low": 1, "role": "wish"},
        {"kind": "at_least", "low": 1, "applies_to": ("salt",)},
        {"kind": "at_least", "low": 1, "mode": "both"},
    ],
)
def test_a_goal_that_makes_no_sense_is_refused_by_name(arguments):
    with pytest.raises(ObjectiveError, match="goal x"):
        Goal("x", **arguments)


def test_an_objective_without_an_objective_goal_is_refused():
    with pytest.raises(ObjectiveError, match="no goal with role objective"):
        Objective({"gap": Goal("gap", "at_least", low=3, role="constraint")})


def test_a_generator_neither_gains_nor_loses_by_a_goal_that_does_not_apply():
    objective = Objective(
        {
            "a": Goal("a", "maximize", 0, 1, weight=2),
            "b": Goal("b", "maximize", 0, 1, applies_to=("neutral",)),
        }
    )
    vector = objective.imputed(tensor([0.3, 0.9]), objective.traits([ACETATE]))
    assert vector.tolist()[0] == pytest.approx([0.3, 0.3])
    for preference in (tensor(1.0, 0.0), tensor(0.2, 0.8)):
        assert objective.scalarise(vector, preference).item() == pytest.approx(0.3)


def test_uniform_preferences_give_the_goals_own_weights():
    objective = Objective(
        {"a": Goal("a", "maximize", 0, 1, weight=3), "b": Goal("b", "maximize", 0, 1)}
    )
    values = tensor([0.5, 0.8])
    traits = objective.traits([GLYCEROL])
    vector = objective.objectives(values, traits)
    uniform = objective.scalarise(vector, tensor(0.5, 0.5))
    assert uniform.item() == pytest.approx(objective.score(values, traits).item())


def test_either_mode_leaves_out_a_mode_that_does_not_apply_and_keeps_its_conditions():
    goals = {
        "survives": Goal("survives", "maximize", 0, 1, mode="inert", quantity="e"),
        "reacts": Goal(
            "reacts", "minimize", 0, 1, mode="sacrificial", quantity="e", applies_to=("neutral",)
        ),
        "gap": Goal("gap", "at_least", low=3, softness=1, mode="inert", role="constraint"),
    }
    either = Objective(goals, "either")
    traits = either.traits(BOTH)
    fine, narrow = tensor([0.2, 5.0], [0.2, 5.0]), tensor([0.2, 0.0], [0.2, 0.0])
    assert either.score(fine, traits).tolist() == pytest.approx([0.8, 0.2])
    assert either.score(narrow, traits)[1].item() < 0.01
    assert either.imputed(fine, traits).shape == (2, 1)


def test_a_generator_is_paid_the_neutral_value_where_no_goal_applies():
    objective = Objective({"a": Goal("a", "maximize", 0, 1, applies_to=("neutral",))})
    assert objective.imputed(tensor([0.9]), objective.traits([ACETATE])).item() == NEUTRAL
