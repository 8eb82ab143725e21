import pytest
import torch

from loop.objective import Goal, Objective
from loop.verdict import Verdict
from molecules import Molecule
from surrogates.opinion import combine


@pytest.mark.parametrize("missed", [0.0, 1e-4, 0.5])
@pytest.mark.parametrize(("trust", "desirability"), [(0.0, 0.3), (0.3, 1.0), (0.8, 0.1)])
def test_the_score_is_the_computed_one_and_the_laboratorys_also_where_a_goal_is_missed(
    missed, trust, desirability
):
    goals = {"x": Goal("x", "maximize", 0.0, 1.0), "y": Goal("y", "maximize", 0.0, 1.0, weight=3.0)}
    objective = Objective(goals)
    molecules = [Molecule.from_smiles("CCO")]
    values = torch.tensor([[missed, 0.8]], dtype=torch.float64)
    computed = objective.score(values, objective.traits(molecules))
    a, laboratory = (torch.tensor([x], dtype=torch.float64) for x in (trust, desirability))
    objective.adviser = lambda _: Verdict(a, laboratory)
    found = objective.score(values, objective.traits(molecules))
    assert float(found) == pytest.approx(float(combine(computed, laboratory, a)), abs=2e-3)
