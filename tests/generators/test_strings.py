"""Strings are not molecules: which losses draw molecules in proportion to their reward.

The space is all strings of up to five tokens over four letters: 1,364 strings, 90 of them
sensible, which name 41 molecules, each in one to eight ways.
"""

import itertools
from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from generators.base import LOG_REWARD_FLOOR
from generators.exact import total_variation
from generators.policy import SequencePolicy
from generators.prior import Prior
from generators.screening import parse
from generators.tokens import Vocabulary
from generators.trainer import LogPartition, Trainer
from generators.trajectory import concatenate
from molecules import Molecule

VOCABULARY = Vocabulary(("(", ")", "C", "O"), max_tokens=5)
TEXTS = [
    "".join(letters)
    for n in range(1, 6)
    for letters in itertools.product(VOCABULARY.letters, repeat=n)
]
WALKS = VOCABULARY.write(TEXTS)
NOTHING = torch.zeros(len(TEXTS), 0)


@pytest.fixture(scope="module")
def molecules() -> list[Molecule | None]:
    return [parse(text) for text in TEXTS]


@pytest.fixture(scope="module")
def log_reward(molecules: list[Molecule | None]) -> Tensor:
    """Oxygen is wanted; what is no molecule has the floor."""
    return torch.tensor(
        [LOG_REWARD_FLOOR if m is None else 0.8 * m.smiles.count("O") for m in molecules]
    )


def by_molecule(p: Tensor, molecules: list[Molecule | None]) -> Tensor:
    """Sum over the strings of each molecule, normalised over molecules."""
    names = sorted({m.smiles for m in molecules if m})
    total = torch.zeros(len(names), dtype=torch.float64)
    for k, m in enumerate(molecules):
        if m:
            total[names.index(m.smiles)] += p[k]
    return total / total.sum()


def trained(log_target: Callable[[Tensor], Tensor], start: SequencePolicy | None = None) -> Tensor:
    """Probabilities of all strings after training towards exp(log_target(rows))."""
    torch.manual_seed(0)
    policy = SequencePolicy(VOCABULARY.environment, n_hidden=64, n_embedding=16)
    if start is not None:
        policy.load_state_dict(start.state_dict())
    trainer = Trainer(policy, LogPartition(), learning_rate=1e-2, learning_rate_Z=0.1)
    generator = torch.Generator().manual_seed(0)
    row_of = {text: k for k, text in enumerate(TEXTS)}
    valid = torch.tensor([k for k, text in enumerate(TEXTS) if parse(text)])
    for step in range(400):
        for group in trainer.optimizer.param_groups:
            group["lr"] *= 0.995 if step > 150 else 1.0
        walks = policy.sample(torch.zeros(96, 0), generator)
        rows = torch.tensor([row_of[text] for text in VOCABULARY.read(walks)])
        # Half of a batch comes from outside the policy, as replayed walks do in a campaign.
        others = valid[torch.randint(len(valid), (96,), generator=generator)]
        both = concatenate([walks, WALKS.rows(others)])
        trainer.step(both, torch.zeros(192, 0), log_target(torch.cat([rows, others])))
    with torch.no_grad():
        return policy.flows(WALKS, NOTHING).log_forward.exp().double()


def wanted(log_reward: Tensor, molecules: list[Molecule | None]) -> Tensor:
    """The reward of each molecule, normalised."""
    n = Counter(m for m in molecules if m)
    share = torch.tensor([1 / n[m] if m else 0.0 for m in molecules], dtype=torch.float64)
    return by_molecule(log_reward.double().exp() * share, molecules)


def test_plain_balance_draws_molecules_with_many_strings_too_often(
    molecules: list[Molecule | None], log_reward: Tensor
) -> None:
    p = by_molecule(trained(lambda rows: log_reward[rows]), molecules)
    assert total_variation(p, wanted(log_reward, molecules)) > 0.15


def test_counting_strings_makes_plain_balance_exact(
    molecules: list[Molecule | None], log_reward: Tensor
) -> None:
    n = Counter(m for m in molecules if m)
    log_n = torch.tensor([n[m] if m else 1 for m in molecules]).log()
    p = by_molecule(trained(lambda rows: log_reward[rows] - log_n[rows]), molecules)
    assert total_variation(p, wanted(log_reward, molecules)) < 0.06


def test_relative_balance_draws_prior_times_reward(
    molecules: list[Molecule | None], log_reward: Tensor
) -> None:
    torch.manual_seed(1)
    prior = Prior(VOCABULARY, SequencePolicy(VOCABULARY.environment, 0, 64, 16))
    with torch.no_grad():
        prior.policy.logits.weight.mul_(4)  # a prior with opinions
    log_prior = prior.log_probabilities(TEXTS)
    p = trained(lambda rows: log_reward[rows] + log_prior[rows], prior.policy)
    tilted = log_prior.double() + log_reward
    assert total_variation(by_molecule(p, molecules), by_molecule(tilted.exp(), molecules)) < 0.04
    naive = by_molecule(log_prior.double().exp(), molecules)
    assert total_variation(naive, by_molecule(tilted.exp(), molecules)) > 0.1
