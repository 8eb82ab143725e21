from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from generators.base import LOG_REWARD_FLOOR
from molecules import Molecule
from molecules.filters import Filters, HeavyAtoms, NetCharge, SingleFragment

torch.set_num_threads(1)


@dataclass(frozen=True)
class Composition:
    """A cheap reward with two opposed objectives: oxygen, and nitrogen, a heavy atom."""

    filters: Filters
    known: Sequence[Molecule] = ()
    n_objectives: int = 2

    def objectives(self, molecules: Sequence[Molecule]) -> Tensor:
        atoms = [[a.GetSymbol() for a in m.rdkit.GetAtoms()] for m in molecules]
        shares = [[s.count("O") / len(s), s.count("N") / len(s)] for s in atoms]
        values = torch.tensor(shares, dtype=torch.float64).reshape(-1, 2)
        return (2 * values).clamp(0.02, 1)[:, : self.n_objectives]

    def log_reward(self, molecules: Sequence[Molecule], preference: Tensor, beta: Tensor) -> Tensor:
        allowed = torch.tensor([self.filters.allows(m) for m in molecules])
        log_R = self.scalarise(self.objectives(molecules), preference, beta)
        return torch.where(allowed, log_R, LOG_REWARD_FLOOR)

    def scalarise(self, objectives: Tensor, preference: Tensor, beta: Tensor) -> Tensor:
        return beta * (preference * objectives.log()).sum(-1).exp()


@pytest.fixture(scope="session")
def filters() -> Filters:
    return Filters(
        {"fragments": SingleFragment(), "size": HeavyAtoms(3, 16), "charge": NetCharge(-2, 2)}
    )


@pytest.fixture
def reward(filters: Filters) -> Composition:
    known = ("OCC(O)CO", "NC(N)=O", "CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]", "CCO", "CCOC", "NCCN")
    return Composition(filters, tuple(Molecule.from_smiles(s) for s in known))
