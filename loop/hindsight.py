"""Hindsight: what a round's beliefs were worth, once its answers are known."""

from __future__ import annotations

from collections.abc import Sequence

from loop.pool import LIBRARY
from molecules import Candidate, Label
from molecules.rows import Record
from surrogates.calibration import Forecast, calibrate_by_origin


def coverage(candidates: Sequence[Candidate], records: Sequence[Record]) -> dict[str, float]:
    """Share of answers inside the 90 % intervals, library and generated molecules apart.

    All quantities count together: 0.9 is right, less is overconfident.
    """
    answers = {
        (r.outcome.molecule, r.outcome.quantity.name): r.outcome
        for r in records
        if isinstance(r.outcome, Label)
    }
    forecasts = []
    for candidate in candidates:
        origin = LIBRARY if candidate.source == LIBRARY else "generated"
        for name, mean in candidate.mean.items():
            label = answers.get((candidate.molecule, name))
            if label is not None and label.oracle == candidate.oracle and candidate.std[name] > 0:
                forecast = Forecast(mean, candidate.std[name], label.value, label.std)
                forecasts.append((origin, forecast))
    found = calibrate_by_origin(forecasts)
    return {f"surrogate/coverage_90/{origin}": c.coverage_90 for origin, c in found.items()}
