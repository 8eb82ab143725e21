from typing import Any

import pytest
import torch

from generators.prior import Prior
from generators.replay import Replay
from molecules import Molecule

BETAS = (8.0, 48.0)
TEXTS = ["CCCC", "CCCO", "CCOO", "OCCO", "CCCN", "NCCN", "NCCO", "CCC", "CCCCC", "CCCCO"]


@pytest.fixture(scope="module")
def prior() -> Prior:
    return Prior.shipped()


def filled(reward: Any, prior: Prior, capacity: int = 100) -> Replay:
    replay = Replay(reward, capacity, torch.Generator().manual_seed(0))
    molecules = [Molecule.from_smiles(text) for text in TEXTS]
    walks = prior.vocabulary.write([m.smiles for m in molecules])
    replay.add(molecules, walks, reward.objectives(molecules), prior.log_probability(walks))
    return replay


def test_drawn_walks_belong_to_their_objectives_and_priors(reward: Any, prior: Prior) -> None:
    past = filled(reward, prior).draw(64, BETAS)
    molecules = [Molecule.from_smiles(text) for text in prior.vocabulary.read(past.walks)]
    torch.testing.assert_close(past.objectives, reward.objectives(molecules))
    torch.testing.assert_close(past.log_prior, prior.log_probability(past.walks))
    assert len(past.condition) == 64
    assert past.condition.beta.min() >= BETAS[0]


def test_a_preference_draws_its_own_best_most_often(reward: Any, prior: Prior) -> None:
    replay = filled(reward, prior)
    for preference, wanted in (([1.0, 0.0], "O"), ([0.0, 1.0], "N")):
        rows = replay.ranked(torch.tensor(preference), 2000).tolist()
        counts = torch.tensor(rows).bincount(minlength=len(TEXTS))
        assert replay.molecules[int(counts.argmax())].smiles.count(wanted) == 2
        assert (counts > 0).all()


def test_only_the_top_can_be_asked_for(reward: Any, prior: Prior) -> None:
    rows = filled(reward, prior).ranked(torch.tensor([1.0, 0.0]), 500, top=2)
    assert len(rows.unique()) == 2


def test_a_full_replay_forgets_the_worst(reward: Any, prior: Prior) -> None:
    replay = filled(reward, prior, capacity=4)
    assert len(replay) == 4
    kept = {m.smiles for m in replay.molecules}
    assert "NCCO" in kept
    assert not kept & {"CCC", "CCCC", "CCCCC"}
    assert Molecule("NCCO") in replay
    assert Molecule("CCC") not in replay
