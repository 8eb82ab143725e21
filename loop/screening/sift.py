"""Sift: one chunk of a library through the funnel, in a worker process that loads no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from molecules import Molecule
from molecules.filters import Count, Funnel, Survivor
from molecules.memory import forget_molecules
from surrogates.properties import PropertyModel


@dataclass(frozen=True)
class PropertyLimit:
    """A predicted quantity within limits, where the prediction is sure enough to say otherwise."""

    model: PropertyModel
    low: float | None = None
    high: float | None = None
    n_std: float = 1.0
    """Standard errors by which a prediction must miss a limit before it rejects."""

    def reason(self, mean: float, std: float) -> str | None:
        """Why a molecule with this prediction is rejected, or None."""
        name, margin = self.model.quantity, self.n_std * std
        if self.low is not None and mean + margin < self.low:
            return f"predicted {name} {mean:.2f} +- {std:.2f} < {self.low:.2f}"
        if self.high is not None and mean - margin > self.high:
            return f"predicted {name} {mean:.2f} +- {std:.2f} > {self.high:.2f}"
        return None


@dataclass(frozen=True)
class Sieve:
    """The stages that look at one molecule after the other; sent once to every worker."""

    funnel: Funnel
    limits: Mapping[str, PropertyLimit] = field(default_factory=dict)

    @property
    def stages(self) -> tuple[str, ...]:
        """Their names, in order."""
        return (*self.funnel.stages, *(f"predicted {name}" for name in self.limits))

    def sift(self, smiles: Sequence[str]) -> dict[str, object]:
        """Survivors and counts of molecules in canonical SMILES, as JSON."""
        survivors, counts = self.funnel.sift(map(Molecule, smiles))
        predicted: dict[str, dict[str, tuple[float, float]]] = {}
        for name, limit in self.limits.items():
            survivors, count = _limited(survivors, name, limit, predicted)
            counts.append(count)
        return {
            "survivors": [
                {
                    "smiles": one.molecule.smiles,
                    "drawn": one.drawn.smiles,
                    "changes": "; ".join(one.changes),
                    "predicted": predicted.get(one.molecule.smiles, {}),
                }
                for one in survivors
            ],
            "counts": [dict(vars(count)) for count in counts],
        }


def _limited(
    survivors: list[Survivor],
    name: str,
    limit: PropertyLimit,
    predicted: dict[str, dict[str, tuple[float, float]]],
) -> tuple[list[Survivor], Count]:
    """Those within a limit, and the count; every prediction is added to `predicted`."""
    count = Count(f"predicted {name}", entered=len(survivors))
    if not survivors:
        return [], count
    passed = []
    means, stds = limit.model.predict([one.molecule for one in survivors])
    for one, mean, std in zip(survivors, means.tolist(), stds.tolist(), strict=True):
        predicted.setdefault(one.molecule.smiles, {})[name] = (mean, std)
        reason = limit.reason(mean, std) if np.isfinite(mean) else "no prediction"
        if reason is None:
            passed.append(one)
        else:
            count.reject(one.molecule, reason)
    return passed, count


_sieve: list[Sieve] = []
"""Of this worker process."""


def take(sieve: Sieve) -> None:
    """Keep the sieve for the chunks that this worker process will get."""
    _sieve[:] = [sieve]


def sift_chunk(smiles: Sequence[str]) -> dict[str, object]:
    """One chunk through the sieve of this worker process."""
    answer = _sieve[0].sift(smiles)
    forget_molecules()
    return answer
