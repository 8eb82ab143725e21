"""Ranking: the best molecules under many preferences at once."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import torch
from torch import Tensor

from generators.base import Reward
from molecules import Molecule

N_PREFERENCES = 8


def seed_of(seed: int, molecules: Sequence[Molecule]) -> int:
    """A seed that follows what is known, so that a resumed run draws what it would have drawn."""
    return seed * 2**32 + zlib.crc32("\n".join(m.smiles for m in molecules).encode())


def spread_preferences(n_objectives: int, generator: torch.Generator) -> Tensor:
    """Equal weights first, then Dirichlet(1) draws, `p x m`; one objective has one preference."""
    equal = torch.full((1, n_objectives), 1 / n_objectives)
    if n_objectives == 1:
        return equal
    draws = torch.rand(N_PREFERENCES - 1, n_objectives, generator=generator)
    draws = -draws.clamp(min=1e-12).log()
    return torch.cat([equal, draws / draws.sum(-1, keepdim=True)])


def scores(reward: Reward, objectives: Tensor, preferences: Tensor) -> Tensor:
    """D of `n x m` objective vectors under each of `p x m` preferences, `p x n`."""
    one = torch.ones((), dtype=objectives.dtype)
    return torch.stack([reward.scalarise(objectives, w.to(objectives), one) for w in preferences])


def best_in_turn(scores: Tensor, n: int) -> list[int]:
    """Up to n distinct columns of `p x N` scores, each row naming its next best in turn."""
    orders = scores.argsort(dim=-1, descending=True, stable=True)
    turns = orders[:, :n].T.flatten().tolist()
    return list(dict.fromkeys(turns))[:n]
