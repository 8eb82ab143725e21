"""Hindsight: what a round's beliefs were worth, once its answers are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from generators.base import LIBRARY
from molecules import Candidate, Label, Molecule
from molecules.rows import Record
from surrogates.calibration import Forecast, calibrate_by_origin

GENERATED = "generated"
"""Origin of the molecules of every source but the library."""


@dataclass(frozen=True)
class Prediction:
    """What was expected of one quantity of a candidate, and what its oracle then said."""

    quantity: str
    oracle: str
    origin: str
    """`library` or `generated`: models fail differently on what they have not seen; `all` where
    that is not told apart."""
    molecule: Molecule
    forecast: Forecast
    """Both numbers, on the scale of that oracle."""
    name: str = ""
    """The library's name of the molecule, or empty."""


def checked(candidates: Sequence[Candidate], labels: Sequence[Label]) -> Iterator[Prediction]:
    """Every prediction that has its answer: the latest label by the oracle that was to be asked.

    Another oracle's label says nothing of a prediction, since it lies on another scale.
    """
    answers = {(label.molecule, label.quantity.name, label.oracle): label for label in labels}
    for candidate in candidates:
        origin = LIBRARY if candidate.source == LIBRARY else GENERATED
        for name, mean in candidate.mean.items():
            label = answers.get((candidate.molecule, name, candidate.oracle))
            if label is not None:
                std = candidate.std.get(name, 0.0)
                forecast = Forecast(mean, std, label.value, label.std)
                yield Prediction(name, label.oracle, origin, label.molecule, forecast)


def coverage(
    candidates: Sequence[Candidate], records: Sequence[Record], upper: Collection[str] = ()
) -> dict[str, float]:
    """Share of answers inside the 90 % intervals: library, generated and promoted molecules apart.

    All quantities count together: 0.9 is right, less is overconfident. Promoted ones, whose answer
    is by an `upper` oracle, stand under its name.
    """
    labels = [r.outcome for r in records if isinstance(r.outcome, Label)]
    found = calibrate_by_origin(
        [
            (p.oracle if p.oracle in upper else p.origin, p.forecast)
            for p in checked(candidates, labels)
            if p.forecast.std > 0
        ]
    )
    return {f"surrogate/coverage_90/{origin}": c.coverage_90 for origin, c in found.items()}


def mixed_settings(records: Sequence[Record]) -> Iterator[str]:
    """One warning for each oracle whose labels of one quantity come from different settings.

    A label stays what it was when settings change (starts, engine, the text of a function), and
    a surrogate that learns from both learns their difference as noise.
    """
    settings: dict[str, dict[str, set[str]]] = {}
    for record in records:
        if isinstance(record.outcome, Label) and record.settings_hash:
            label = record.outcome
            of_oracle = settings.setdefault(label.oracle, {})
            of_oracle.setdefault(label.quantity.name, set()).add(record.settings_hash)
    for oracle, quantities in sorted(settings.items()):
        mixed = [f"{name} ({len(found)})" for name, found in quantities.items() if len(found) > 1]
        if mixed:
            yield (
                f"warning: labels of oracle {oracle} come from different settings: "
                f"{', '.join(sorted(mixed))}; the report lists them under methods. To compare "
                "like with like, begin a fresh home: home=FOLDER"
            )
