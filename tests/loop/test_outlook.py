import pytest
import torch

from generators.base import Proposal
from loop.objective import Goal, Objective
from loop.outlook import look
from molecules import Label, Molecule, Quantity
from surrogates.gp import GaussianProcess

MOLECULES = [Molecule.from_smiles(s) for s in ("CCO", "CCCO", "CCN", "CCCN", "CC#N", "c1ccccc1")]
WINDOW = Objective({"score": Goal("score", "window", 4.0, 5.0, softness=0.5)})


def surrogate(n_labels: int) -> GaussianProcess:
    model = GaussianProcess(("score",))
    quantity = Quantity("score", "1")
    model.fit([Label(m, quantity, float(m.n_heavy), 0.0, "t") for m in MOLECULES[:n_labels]], [])
    return model


def proposals() -> list[Proposal]:
    return [Proposal(m, "library" if i % 2 else "genetic") for i, m in enumerate(MOLECULES)]


def test_a_known_molecule_has_the_score_of_its_label():
    outlook = look(WINDOW, surrogate(6), proposals(), 256)
    values = torch.tensor([[float(m.n_heavy)] for m in MOLECULES], dtype=torch.float64)
    exact = WINDOW.score(values, WINDOW.traits(MOLECULES))
    assert torch.allclose(outlook.score, exact, atol=0.02)
    assert outlook.score_std.max() < 0.03


def test_the_score_is_the_mean_over_the_posterior_and_not_the_score_of_its_mean():
    outlook = look(WINDOW, surrogate(2), proposals(), 4096)
    z = torch.randn(100_000, 1, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scores = WINDOW.score(outlook.mean + outlook.std * z, outlook.traits)
    assert torch.allclose(outlook.score, scores.mean(0), atol=0.02)
    assert torch.allclose(outlook.score_std, scores.std(0), atol=0.02)


def test_cheap_goals_alone_are_certain():
    objective = Objective({"heavy_atoms": Goal("heavy_atoms", "maximize", 0.0, 10.0)})
    model = GaussianProcess(objective.quantities)
    model.fit([], [])
    outlook = look(objective, model, proposals(), 64)
    assert outlook.score.tolist() == pytest.approx([m.n_heavy / 10 for m in MOLECULES])
    assert torch.equal(outlook.score_std, torch.zeros_like(outlook.score))


def test_rows_keep_what_belongs_together():
    outlook = look(WINDOW, surrogate(3), proposals(), 64)
    part = outlook.rows(torch.tensor([4, 1]))
    assert [p.molecule for p in part.proposals] == [MOLECULES[4], MOLECULES[1]]
    assert part.is_generated.tolist() == [True, False]
    assert torch.equal(part.score, outlook.score[[4, 1]])
    assert torch.equal(part.traits.applies, outlook.traits.applies[[4, 1]])
