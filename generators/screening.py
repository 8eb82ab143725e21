"""Screening: from strings to molecules worth asking about, and what the reward says of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from generators.base import LOG_REWARD_FLOOR, Reward
from generators.condition import Condition
from molecules import InvalidMoleculeError, Molecule
from molecules.filters import Filters


def parse(text: str) -> Molecule | None:
    """The molecule a string names, or None."""
    try:
        return Molecule.from_smiles(text)
    except InvalidMoleculeError:
        return None


class Screen:
    """One reward behind the hard filters; asks once about each molecule."""

    def __init__(self, filters: Filters, reward: Reward, chunk: int = 500) -> None:
        self.filters = filters
        self.reward = reward
        self.chunk = chunk
        self._known: dict[str, Tensor] = {}

    def allowed(self, molecules: Sequence[Molecule | None]) -> list[Molecule | None]:
        """The same, None where a molecule fails a filter."""
        return [m if m is not None and self.filters.allows(m) else None for m in molecules]

    def objectives(self, molecules: Sequence[Molecule]) -> Tensor:
        """Objective vectors, `n x m`, float64."""
        new = list({m.smiles: m for m in molecules if m.smiles not in self._known}.values())
        for k in range(0, len(new), self.chunk):
            part = new[k : k + self.chunk]
            values = self.reward.objectives(part).detach().double()
            self._known |= {m.smiles: row for m, row in zip(part, values, strict=True)}
        if not molecules:
            return torch.zeros(0, self.reward.n_objectives, dtype=torch.float64)
        return torch.stack([self._known[m.smiles] for m in molecules])

    def log_reward(self, molecules: Sequence[Molecule | None], condition: Condition) -> Tensor:
        """Log R, `n`; the floor where there is no molecule."""
        rows = torch.tensor([k for k, m in enumerate(molecules) if m is not None], dtype=torch.long)
        found = self.objectives([m for m in molecules if m is not None])
        log_R = torch.full((len(molecules),), LOG_REWARD_FLOOR)
        log_R[rows] = self.scalarise(found, condition.preference[rows], condition.beta[rows])
        return log_R

    def scalarise(self, objectives: Tensor, preference: Tensor, beta: Tensor) -> Tensor:
        """Log R of objective vectors `n x m` already known, `n`, float32."""
        return self.reward.scalarise(objectives, preference.double(), beta.double()).float()
