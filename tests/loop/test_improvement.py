import pytest
import torch

from loop.improvement import Improvement, chebyshev
from loop.objective import Goal, Objective
from molecules import Label, Molecule, Quantity
from surrogates.gp import GaussianProcess

KNOWN = [Molecule.from_smiles(s) for s in ("CCO", "CCN", "CCCCO", "CCCCN", "CC#N", "CC(=O)O")]
OFFERED = [Molecule.from_smiles(s) for s in ("CCCO", "CCCN", "CCC#N", "c1ccccc1O", "CCCCCO")]
WANTED = Objective({"score": Goal("score", "maximize", 0.0, 10.0)})
SCORE = Quantity("score", "1")


@pytest.fixture(scope="module")
def surrogate() -> GaussianProcess:
    model = GaussianProcess(("score",))
    labels = [Label(m, SCORE, float(m.n_heavy), 0.0, "table") for m in KNOWN]
    model.fit(labels, [])
    return model


def improvement(surrogate, pending=(), objective=WANTED, n_samples=512) -> Improvement:
    return Improvement.over(objective, surrogate, OFFERED, KNOWN, list(pending), n_samples)


def test_the_value_is_the_logarithm_of_the_expected_improvement(surrogate):
    found = improvement(surrogate, n_samples=4096).values([], None, 0).exp()
    mean, std = surrogate.predict(OFFERED)
    z = torch.randn(200_000, 1, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    score = ((mean + std * z)[..., 0] / 10).clamp(0, 1)
    expected = (score - max(m.n_heavy for m in KNOWN) / 10).clamp(min=0).mean(0)
    assert torch.allclose(found, expected, rtol=0.1, atol=2e-4)


def test_a_pending_molecule_discourages_its_neighbours(surrogate):
    pending = Molecule.from_smiles("CCCCCCO")
    drop = improvement(surrogate).values([], None, 0) - improvement(surrogate, [pending]).values(
        [], None, 0
    )
    names = [m.smiles for m in OFFERED]
    assert drop[names.index("CCCCCO")] == drop.max()
    assert drop[names.index("CCCCCO")] > 0.1


def test_a_pick_discourages_its_neighbours_and_is_not_picked_again(surrogate):
    first = improvement(surrogate)
    before, after = first.values([], None, 0), first.values([4], None, 0)
    assert after[4] == -torch.inf
    assert (before[:4] - after[:4] > -0.05).all()


def test_the_same_seed_gives_the_same_values_and_nothing_random_is_left(surrogate):
    torch.manual_seed(0)
    one = improvement(surrogate).values([1], None, 7)
    torch.manual_seed(1)
    assert torch.equal(one, improvement(surrogate).values([1], None, 7))


def test_a_goal_that_an_oracle_declined_counts_no_guess():
    score = Goal("score", "maximize", 0.0, 10.0)
    other = Goal("other", "maximize", 0.0, 1.0)
    both = Objective({"score": score, "other": other})
    model = GaussianProcess(("other", "score"))
    rest = KNOWN[1:]
    labels = [Label(m, SCORE, 8.0 if m is KNOWN[0] else 2.0, 0.0, "table") for m in KNOWN]
    labels += [Label(m, Quantity("other", "1"), 0.1, 0.0, "table") for m in rest]
    model.fit(labels, [])
    guessed = Improvement.over(both, model, OFFERED, KNOWN, [], 256)
    told = Improvement.over(both, model, OFFERED, KNOWN, [], 256, {(KNOWN[0], "other")})
    # Its score is 0.8 by the one goal it has, not the mean with a guess of 0.1: harder to beat.
    assert (told.values([], None, 0) < guessed.values([], None, 0)).all()


def test_a_constraint_that_cannot_hold_takes_the_improvement_away(surrogate):
    hopeless = Goal(
        "limit", "at_least", low=60.0, softness=1.0, role="constraint", quantity="score"
    )
    objective = Objective({"score": Goal("score", "maximize", 0.0, 10.0), "limit": hopeless})
    free, bound = (improvement(surrogate, objective=o) for o in (WANTED, objective))
    assert (bound.values([], None, 0) < free.values([], None, 0)).all()


def test_the_scalarisation_is_one_at_the_ideal_and_zero_at_the_worst_corner():
    for preference in (
        torch.tensor([0.5, 0.5]),
        torch.tensor([0.9, 0.1]),
        torch.tensor([1.0, 0.0]),
    ):
        assert chebyshev(torch.ones(2), preference) == 1.0
        assert float(chebyshev(torch.zeros(2), preference)) == pytest.approx(0.0, abs=1e-6)


def test_the_scalarisation_rises_with_every_objective():
    generator = torch.Generator().manual_seed(0)
    vector = torch.rand(500, 3, generator=generator, dtype=torch.float64)
    better = vector + torch.rand(500, 3, generator=generator, dtype=torch.float64) * (1 - vector)
    preference = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    assert (chebyshev(better, preference) > chebyshev(vector, preference)).all()


def test_every_point_of_a_hollow_front_is_best_for_some_preference():
    t = torch.linspace(0, 1, 5, dtype=torch.float64)
    front = torch.stack([t, 1 - t.sqrt()], dim=-1)  # below the straight line: no plain sum finds it
    shares = torch.linspace(0.001, 0.999, 400, dtype=torch.float64)
    best = {int(chebyshev(front, torch.stack([w, 1 - w])).argmax()) for w in shares}
    assert best == set(range(5))
