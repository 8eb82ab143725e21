from pathlib import Path

import pytest
import torch

from generators.agent import Agent
from generators.condition import draw_conditions
from generators.prior import Prior
from generators.screening import parse
from generators.tokens import UnknownTokenError
from molecules import Molecule

BETAS = (8.0, 48.0)


@pytest.fixture(scope="module")
def prior() -> Prior:
    return Prior.shipped()


@pytest.fixture(scope="module")
def drawn(prior: Prior) -> list[Molecule]:
    """The valid ones of 1,000 draws."""
    return [m for m in map(parse, prior.sample(1000, seed=5)) if m is not None]


def test_most_draws_are_molecules(drawn: list[Molecule]) -> None:
    assert len(drawn) >= 850


def test_draws_are_diverse(drawn: list[Molecule]) -> None:
    assert len(set(drawn)) >= 0.95 * len(drawn)


def test_ions_and_zwitterions_are_ordinary(drawn: list[Molecule]) -> None:
    classes = [m.charge_class for m in drawn]
    assert sum(c != "neutral" for c in classes) >= 0.1 * len(drawn)
    assert {"anion", "cation", "zwitterion"} <= set(classes)


@pytest.mark.parametrize(("element", "least"), [("S", 0.1), ("P", 0.03), ("F", 0.01)])
def test_elements_that_qm9_lacks_are_there(
    drawn: list[Molecule], element: str, least: float
) -> None:
    having = sum(any(a.GetSymbol() == element for a in m.rdkit.GetAtoms()) for m in drawn)
    assert having >= least * len(drawn)


def test_sizes_are_those_of_additives(drawn: list[Molecule]) -> None:
    assert sum(3 <= m.n_heavy <= 20 for m in drawn) >= 0.95 * len(drawn)


def test_real_molecules_are_likelier_than_their_scrambled_strings(prior: Prior) -> None:
    real = ["OCC(O)CO", "C[N+](C)(C)CC(=O)[O-]", "NC(N)=O", "CS(C)=O", "O=S(=O)([O-])CCO"]
    scrambled = ["C(OC)OCO", "[O-]C)=O(C(C)C[N+](C)", "=NC(N)O", ")=OCS(C", "CCO[O-])=O(O=S("]
    assert (prior.log_probabilities(real) > prior.log_probabilities(scrambled)).all()


def test_an_unknown_token_is_named(prior: Prior) -> None:
    with pytest.raises(UnknownTokenError, match=r"\[U\]"):
        prior.log_probabilities(["C[U]"])


def test_the_agent_starts_as_the_prior_under_every_condition(prior: Prior) -> None:
    agent = Agent.from_prior(prior, 3, BETAS, seed=0)
    walks = prior.vocabulary.write(prior.sample(64, seed=2))
    condition = draw_conditions(64, 3, BETAS, torch.Generator().manual_seed(0))
    log_P = agent.policy.flows(walks, condition.encode(BETAS)).log_forward
    torch.testing.assert_close(log_P.detach(), prior.log_probability(walks))


def test_an_agent_and_the_prior_draw_the_same_strings_from_one_seed(prior: Prior) -> None:
    agent = Agent.from_prior(prior, 2, BETAS, seed=0)
    condition = draw_conditions(32, 2, BETAS, torch.Generator().manual_seed(0))
    walks = agent.write(condition, torch.Generator().manual_seed(7))
    assert prior.vocabulary.read(walks) == prior.sample(32, seed=7)


def test_making_an_agent_leaves_the_global_random_state_alone(prior: Prior) -> None:
    before = torch.random.get_rng_state()
    Agent.from_prior(prior, 2, BETAS, seed=0)
    assert torch.random.get_rng_state().equal(before)


def test_weights_survive_their_files(prior: Prior, tmp_path: Path) -> None:
    prior.save(tmp_path)
    vocabulary, weights = tmp_path / "vocabulary.json", tmp_path / "prior.safetensors"
    again = Prior.of(vocabulary.read_text(), weights.read_bytes())
    assert again.sample(20, seed=3) == prior.sample(20, seed=3)
    assert weights.stat().st_size < 3_000_000
