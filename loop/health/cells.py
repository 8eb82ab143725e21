"""Cells: the laboratory's results beside what its others say of them, without looking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import truncnorm

from loop.health.trust import ALL
from loop.hindsight import Prediction
from loop.laboratory.batches import Batches
from molecules import Label
from surrogates.calibration import Forecast
from surrogates.conditions import side
from surrogates.laboratory import LaboratoryModel

FEWEST = 5
"""Molecules below which no error of leaving them out is told."""
PARTS = 10
"""In which molecules are left out: each costs a fit."""


def judged(batches: Batches, i: int) -> list[Label]:
    """Labels of batch `i`, from 0, of quantities that a batch before it has measured as well."""
    before = {label.quantity.name for batch in batches.labels[:i] for label in batch}
    return [label for label in batches.labels[i] if label.quantity.name in before]


def foretold(batches: Batches, i: int) -> list[Prediction]:
    """What the batches before batch `i` say of it."""
    told = judged(batches, i)
    names = {label.quantity.name for label in told}
    before = [label for batch in batches.labels[:i] for label in batch]
    model = batches.blank()
    model.fit([label for label in before if label.quantity.name in names])
    return list(predictions(model, told, np.random.default_rng(i)))


def predictions(
    model: LaboratoryModel, labels: Sequence[Label], draw: np.random.Generator
) -> Iterator[Prediction]:
    """What `model` says of cells of a batch that it does not know, and what came.

    For a bound stands a value drawn from the part of the prediction that it leaves: if the
    prediction is right, values and draws together are distributed as it says (randomised quantile
    residuals, 10.1080/10618600.1996.10474708). Were bounds passed over, the cells that lasted
    would be missing, and the others look worse than predicted.
    """
    for quantity in sorted({label.quantity.name for label in labels}):
        mine = [label for label in labels if label.quantity.name == quantity]
        means, stds = (x.tolist() for x in model.foresee(mine))
        for label, mean, std in zip(mine, means, stds, strict=True):
            value, sign = label.value, side(label)
            if sign:
                width = math.hypot(std, label.std)
                low = sign * (value - mean) / width
                value = mean + sign * width * float(truncnorm.ppf(draw.uniform(), low, math.inf))
            forecast = Forecast(mean, std, value, label.std)
            yield Prediction(quantity, label.oracle, ALL, label.molecule, forecast)


def left_out(batches: Batches) -> dict[str, float]:
    """Error of predicting molecules from the others over that of the others' mean, by quantity.

    Molecules are left out one by one, many of them in `PARTS` parts.
    """
    labels = [label for batch in batches.labels for label in batch]
    errors = {}
    for quantity in sorted({label.quantity.name for label in labels}):
        mine = [label for label in labels if label.quantity.name == quantity]
        molecules = list(dict.fromkeys(label.molecule for label in mine))
        if len(molecules) < FEWEST:
            continue
        parts = []
        for i in range(min(PARTS, len(molecules))):
            out = set(molecules[i::PARTS])
            model = batches.blank()
            model.fit([label for label in mine if label.molecule not in out])
            told = [label for label in mine if label.molecule in out]
            found = predictions(model, told, np.random.default_rng(i))
            parts.append(np.array([(p.forecast.mean, p.forecast.value) for p in found]))
        error = _relative(parts)
        if error is not None:
            errors[quantity] = error
    return errors


def _relative(parts: Sequence[NDArray[np.float64]]) -> float | None:
    """Root mean square error of `mean, value` rows, over that of the mean of all other parts.

    None where all values are alike.
    """
    every = np.concatenate(parts)
    if np.ptp(every[:, 1]) == 0:
        return None
    rest = [(every[:, 1].sum() - p[:, 1].sum()) / (len(every) - len(p)) for p in parts]
    plain = np.concatenate([p[:, 1] - mean for p, mean in zip(parts, rest, strict=True)])
    return float(np.sqrt(np.square(every[:, 1] - every[:, 0]).mean() / np.square(plain).mean()))
