"""Hindsight: what a round's beliefs were worth, once its answers are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from generators.base import LIBRARY
from molecules import Candidate, Label
from molecules.rows import Record
from surrogates.calibration import Forecast, calibrate_by_origin


def coverage(
    candidates: Sequence[Candidate], records: Sequence[Record], upper: Collection[str] = ()
) -> dict[str, float]:
    """Share of answers inside the 90 % intervals: library, generated and promoted molecules apart.

    All quantities count together: 0.9 is right, less is overconfident. Promoted ones, whose answer
    is by an `upper` oracle, stand under its name.
    """
    answers = {
        (r.outcome.molecule, r.outcome.quantity.name, r.outcome.oracle): r.outcome
        for r in records
        if isinstance(r.outcome, Label)
    }
    forecasts = []
    for candidate in candidates:
        origin = LIBRARY if candidate.source == LIBRARY else "generated"
        origin = candidate.oracle if candidate.oracle in upper else origin
        for name, mean in candidate.mean.items():
            label = answers.get((candidate.molecule, name, candidate.oracle))
            if label is not None and candidate.std[name] > 0:
                forecast = Forecast(mean, candidate.std[name], label.value, label.std)
                forecasts.append((origin, forecast))
    found = calibrate_by_origin(forecasts)
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
