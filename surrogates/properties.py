"""Property models: fast predictions of what a library knows of other molecules, with their errors.

For screening millions: boosted trees on RDKit's descriptors, a millisecond a molecule. They loosely
rank; a surrogate of the campaign judges what they let through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem import rdMolDescriptors
from scipy.stats import spearmanr

from molecules import Molecule

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

FEWEST = 200
"""Molecules to learn from."""
Floats = NDArray[np.float64]


class TooFewError(ValueError):
    """Too few known values to learn from."""


@dataclass(frozen=True)
class Quality:
    """How well a property model predicts the molecules that it has not seen."""

    n_molecules: int
    mean_absolute_error: float
    spearman: float


@dataclass(frozen=True)
class PropertyModel:
    """One quantity by one method, learned from a library: the mean of a cross-validated ensemble.

    Each of `n_folds` members has not seen one fold of the molecules. The squared error of a
    prediction is that of the left-out molecules plus the spread of the members, so that it grows
    where the members disagree: on what the library does not hold.
    """

    quantity: str
    method: str
    members: tuple[HistGradientBoostingRegressor, ...] = field(repr=False)
    error: float
    """Root mean square error of the molecules left out, in the quantity's unit."""
    quality: Quality

    @classmethod
    def learn(
        cls,
        quantity: str,
        method: str,
        molecules: Sequence[Molecule],
        values: Sequence[float],
        seed: int = 0,
        n_folds: int = 5,
    ) -> PropertyModel:
        """Learn from molecules and their values.

        Raises:
            TooFewError: fewer than `FEWEST` molecules.
        """
        if len(molecules) < FEWEST:
            raise TooFewError(
                f"got {len(molecules)} values of {quantity} by {method}, expected {FEWEST} or more"
            )
        # Here and not above: every command of the loop would wait 0.7 s for it.
        from sklearn.ensemble import HistGradientBoostingRegressor

        X, y = np.stack([features(m) for m in molecules]), np.asarray(values, dtype=float)
        folds = np.random.default_rng(seed).permutation(len(y)) % n_folds
        left_out = np.empty_like(y)
        members = []
        for fold in range(n_folds):
            is_out = folds == fold
            member = HistGradientBoostingRegressor(max_iter=300, random_state=seed)
            member.fit(X[~is_out], y[~is_out])
            left_out[is_out] = member.predict(X[is_out])
            members.append(member)
        errors = left_out - y
        quality = Quality(
            len(y), float(np.abs(errors).mean()), float(spearmanr(left_out, y).statistic)
        )
        return cls(quantity, method, tuple(members), float(np.sqrt((errors**2).mean())), quality)

    def predict(self, molecules: Sequence[Molecule]) -> tuple[Floats, Floats]:
        """Mean and standard error of each molecule, `n` and `n`, in the quantity's unit."""
        X = np.stack([features(m) for m in molecules])
        each = np.stack([member.predict(X) for member in self.members])
        return each.mean(axis=0), np.sqrt(self.error**2 + each.var(axis=0))


def features(molecule: Molecule) -> Floats:
    """RDKit's standard descriptors (counts, surfaces, connectivity indices), `43`."""
    return np.array(list(_DESCRIPTORS.ComputeProperties(molecule.rdkit)), dtype=float)


_DESCRIPTORS = rdMolDescriptors.Properties(
    list(rdMolDescriptors.Properties.GetAvailableProperties())
)
