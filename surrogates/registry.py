"""Registry: molecules numbered in order of arrival, and how alike any of them are.

Models take a molecule's number instead of its features: BoTorch copies inputs for every
candidate set, and 2,060 numbers a molecule would fill gigabytes. Numbers live in memory, only
until the next fit; they are never stored.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molecules import Molecule
from surrogates.features import Features, featurise, squared_distance, tanimoto

N_RECENT = 4
"""Comparisons kept: the models of several quantities ask for the same ones in turn."""


@dataclass(frozen=True)
class Comparison:
    """How alike `n` molecules are to `m` others, each `n x m`, float64."""

    tanimoto: Tensor
    """Count Tanimoto similarity of substructures, in [0, 1]."""
    distance: Tensor
    """Squared distance of scaled descriptors."""
    is_same: Tensor
    """1 where it is one molecule, else 0."""

    def columns(self, index: Tensor) -> Comparison:
        """Keep the columns `index`, `m'`."""
        return Comparison(self.tanimoto[:, index], self.distance[:, index], self.is_same[:, index])

    @classmethod
    def of(cls, a: Features, b: Features, is_same: Tensor) -> Comparison:
        """Compare features; which of them are one molecule must be said, equal ones need not be."""
        distance = torch.from_numpy(squared_distance(a, b))
        return cls(torch.from_numpy(tanimoto(a, b)), distance, is_same)


class Registry:
    """Molecules by number."""

    def __init__(self) -> None:
        self._rows: dict[Molecule, int] = {}
        self._molecules: list[Molecule] = []
        self._recent: OrderedDict[tuple[bytes, bytes], Comparison] = OrderedDict()

    def encode(self, molecules: Sequence[Molecule]) -> Tensor:
        """Numbers of `molecules`, `n x 1`, float64; unseen ones are appended."""
        for molecule in molecules:
            if molecule not in self._rows:
                self._rows[molecule] = len(self._molecules)
                self._molecules.append(molecule)
        rows = [float(self._rows[molecule]) for molecule in molecules]
        return torch.tensor(rows, dtype=torch.float64).reshape(-1, 1)

    def compare(self, rows: Tensor, columns: Tensor) -> Comparison:
        """Compare the molecules of two vectors of numbers, `n` and `m`, integer."""
        key = (rows.numpy().tobytes(), columns.numpy().tobytes())
        if key not in self._recent:
            a, b = (featurise([self._molecules[i] for i in x.tolist()]) for x in (rows, columns))
            is_same = (rows.unsqueeze(-1) == columns).double()
            self._recent[key] = Comparison.of(a, b, is_same)
            while len(self._recent) > N_RECENT:
                self._recent.popitem(last=False)
        return self._recent[key]
