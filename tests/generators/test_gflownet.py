import json
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from generators.agent import Agent
from generators.condition import Condition
from generators.gflownet import GFlowNet, scaffold
from generators.lesson import Course, Lesson
from generators.prior import Prior
from generators.screening import Screen
from molecules import Molecule
from molecules.filters import Filters

FEW: dict[str, int] = {"steps": 3, "batch": 16, "replayed": 16, "children": 4}


def test_without_an_update_the_prior_speaks(filters: Filters) -> None:
    proposals = GFlowNet(filters).propose(100)
    molecules = [p.molecule for p in proposals]
    assert len(set(molecules)) == len(molecules) == 100
    assert all(map(filters.allows, molecules))
    assert sum(m.charge_class != "neutral" for m in molecules) >= 10
    assert {(p.source, p.parents) for p in proposals} == {("gflownet", ())}


def test_an_update_raises_the_reward_of_what_is_written(filters: Filters, reward: Any) -> None:
    def mean(generator: GFlowNet) -> float:
        molecules = [p.molecule for p in generator.propose(150)]
        half = torch.tensor([0.5, 0.5])
        return float(reward.scalarise(reward.objectives(molecules), half, torch.ones(())).mean())

    generator = GFlowNet(filters, steps=30)
    before = mean(generator)
    metrics = generator.update(reward)
    assert mean(generator) > before + 0.1
    assert metrics["valid"] > 0.85
    assert set(metrics) >= {"loss", "valid", "unique", "log_Z", "reward_mean", "reset"}


def test_the_agent_follows_the_preference_it_is_told(filters: Filters, reward: Any) -> None:
    prior = Prior.shipped()
    agent = Agent.from_prior(prior, 2, (8.0, 48.0), seed=0)
    lesson = Lesson(agent, prior, Screen(filters, reward), Course(steps=50), seed=0)
    lesson.start_log_Z()
    lesson.seed(reward.known)
    lesson.run()
    shares = []
    for preference in ([1.0, 0.0], [0.0, 1.0]):
        condition = Condition(torch.tensor([preference]).expand(128, -1), torch.full((128,), 30.0))
        texts = prior.vocabulary.read(agent.write(condition, torch.Generator().manual_seed(0)))
        letters = Counter("".join(texts).upper())
        shares.append(letters["O"] / (letters["O"] + letters["N"]))
    assert shares[0] > shares[1] + 0.1


def test_log_Z_starts_at_the_mean_reward_under_the_prior(filters: Filters, reward: Any) -> None:
    prior = Prior.shipped()
    agent = Agent.from_prior(prior, 2, (8.0, 48.0), seed=0)
    screen = Screen(filters, reward)
    lesson = Lesson(agent, prior, screen, Course(first=256), seed=0)
    lesson.start_log_Z()
    condition = Condition(torch.tensor([[0.5, 0.5]]).expand(512, -1), torch.full((512,), 20.0))
    walks = agent.write(condition, torch.Generator().manual_seed(1))
    texts = prior.vocabulary.read(walks)
    parsed = [Molecule.from_smiles(t) if _parses(t) else None for t in texts]
    log_R = screen.log_reward(screen.allowed(parsed), condition)
    expected = float(log_R.logsumexp(0) - torch.tensor(512.0).log())
    log_Z = float(agent.log_partition(condition.encode(agent.betas))[0].detach())
    assert log_Z == pytest.approx(expected, abs=2.0)


def _parses(text: str) -> bool:
    try:
        Molecule.from_smiles(text)
    except ValueError:
        return False
    return True


def test_the_same_seed_gives_the_same_proposals(filters: Filters, reward: Any) -> None:
    def run(seed: int) -> list[Any]:
        generator = GFlowNet(filters, seed, **FEW)
        generator.update(reward)
        return generator.propose(40)

    assert run(0) == run(0)
    assert run(0) != run(1)


def test_a_resumed_run_equals_an_uninterrupted_one(
    filters: Filters, reward: Any, tmp_path: Path
) -> None:
    richer = replace(reward, known=(*reward.known, Molecule.from_smiles("OCCO")))
    whole = GFlowNet(filters, folder=None, **FEW)
    whole.update(reward)
    whole.update(richer)
    GFlowNet(filters, folder=tmp_path, **FEW).update(reward)
    resumed = GFlowNet(filters, folder=str(tmp_path), **FEW)
    resumed.update(richer)
    assert resumed.propose(40) == whole.propose(40)
    assert GFlowNet(filters, folder=tmp_path, **FEW).propose(40) == whole.propose(40)


def test_a_kill_while_saving_leaves_the_last_checkpoint(
    filters: Filters, reward: Any, tmp_path: Path
) -> None:
    generator = GFlowNet(filters, folder=tmp_path, **FEW)
    generator.update(reward)
    expected = generator.propose(20)
    # As a kill between the two writes of the next save would leave it.
    (tmp_path / "weights-2.safetensors").write_bytes(b"whole or not, the state does not name it")
    (tmp_path / "state.tmp").write_text("{")
    assert GFlowNet(filters, folder=tmp_path, **FEW).propose(20) == expected


def test_it_starts_again_from_the_prior_after_its_rounds(filters: Filters, reward: Any) -> None:
    generator = GFlowNet(filters, reset_every=1, **FEW)
    assert [generator.update(reward)["reset"] for _ in range(3)] == [1, 1, 1]


def test_another_number_of_objectives_starts_again_and_says_so(
    filters: Filters, reward: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    GFlowNet(filters, folder=tmp_path, **FEW).update(reward)
    generator = GFlowNet(filters, folder=tmp_path, **FEW)
    with caplog.at_level(logging.WARNING):
        metrics = generator.update(replace(reward, n_objectives=1))
    assert metrics["reset"] == 1
    assert "starting again from the prior" in caplog.text


def test_a_checkpoint_of_another_prior_is_not_used(
    filters: Filters, reward: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    GFlowNet(filters, folder=tmp_path, **FEW).update(reward)
    state = json.loads((tmp_path / "state.json").read_text())
    (tmp_path / "state.json").write_text(json.dumps(state | {"prior": "another"}))
    generator = GFlowNet(filters, folder=tmp_path, **FEW)
    with caplog.at_level(logging.WARNING):
        assert generator.update(reward)["reset"] == 1
    assert "another prior" in caplog.text


def test_a_checkpoint_that_cannot_be_read_is_said_and_not_used(
    filters: Filters, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state.json").write_text("{}")
    with caplog.at_level(logging.WARNING):
        proposals = GFlowNet(filters, folder=tmp_path).propose(20)
    assert proposals == GFlowNet(filters).propose(20)
    assert "cannot be read" in caplog.text


def test_an_agent_that_writes_well_goes_on_where_it_was(filters: Filters, reward: Any) -> None:
    generator = GFlowNet(filters, **FEW)
    assert [generator.update(reward)["reset"] for _ in range(2)] == [1, 0]


def test_no_scaffold_is_offered_too_often(filters: Filters) -> None:
    proposals = GFlowNet(filters, per_scaffold=1).propose(150)
    assert max(Counter(scaffold(p.molecule) for p in proposals).values()) == 1


def test_acyclic_molecules_are_told_apart_by_their_elements() -> None:
    glycerol, diol, ether, ring, substituted = (
        scaffold(Molecule.from_smiles(t))
        for t in ("OCC(O)CO", "OCCO", "COC", "C1CCOC1", "OC1CCOC1")
    )
    assert len({glycerol, diol, ether, ring}) == 4
    assert ring == substituted


@pytest.mark.parametrize("betas", [(0.0, 5.0), (9.0, 8.0)])
def test_a_range_of_betas_must_be_one(filters: Filters, betas: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected 0 < low <= high"):
        GFlowNet(filters, betas=betas)


def test_an_empty_course_is_refused(filters: Filters) -> None:
    with pytest.raises(ValueError, match="steps=0"):
        GFlowNet(filters, steps=0)
