"""Climbing: how the belief about a ladder is learned, from its lowest rung upwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from molecules import Molecule
from surrogates.belief import (
    LARGEST_EVIDENCE,
    NOISE_FLOOR,
    believe,
    left_out,
    tensors,
    whiten,
)
from surrogates.cokriging import Cokriging, Rung
from surrogates.evidence import hyperparameters, most_probable
from surrogates.kernels import covariance
from surrogates.ladder import FLATTEST, Ladder, Link, regress
from surrogates.observation import Observation
from surrogates.registry import Registry

LEVEL_STD = 3.0
"""Prior standard deviation of a link's level, in widths of the quantity."""
JUDGED = 10
"""Labels of the upper rung from which on leave-one-out may switch a link off."""
Labelled = Mapping[Molecule, Observation]


def cokrige(
    quantity: str, ladder: Ladder, labelled: Mapping[str, Labelled], registry: Registry
) -> Cokriging:
    """Learn a ladder from the labels of each oracle, from its lowest rung upwards.

    A link that is off cuts the ladder, and the part with the scale of the goals remains: of two
    rungs that know nothing of each other, only one can be what the goals judge.
    """
    known = ground(quantity, ladder.rungs[0], ladder.scale, labelled, registry)
    for place, upper in enumerate(ladder.rungs[1:], 1):
        climbed = climb(known, upper, labelled.get(upper, {}), registry)
        if climbed.links[-1].is_on:
            known = climbed
            continue
        if place <= ladder.rungs.index(ladder.scale):
            known = ground(quantity, upper, ladder.scale, labelled, registry)
            lost = ladder.rungs[:place]
        else:
            lost = (upper,)
        alone = {o: believe(f"{quantity} by {o}", labelled.get(o, {}), registry) for o in lost}
        known = replace(known, links=climbed.links, detached={**climbed.detached, **alone})
    return known


def climb(known: Cokriging, upper: str, labelled: Labelled, registry: Registry) -> Cokriging:
    """The belief with one more rung, whose link may be off."""
    rows, y, stds = tensors(labelled, registry)
    below, last = known.answer(len(known.rungs) - 1), known.rungs[-1]
    mean, std = known.posterior(registry.compare(rows, known.rows), below)
    x = last.offset + last.slope * (known.centre + mean)
    y_noise = stds.clamp(min=NOISE_FLOOR * known.width * last.slope).square()
    noise = y_noise + (last.slope * std).square()
    slope, offset, spread = regress(x, y, noise, known.width * last.slope)
    link = Link(known.quantity, last.oracle, upper, slope, offset, spread, len(rows))
    if slope < FLATTEST:
        return replace(known, links=(*known.links, link))
    rung = Rung(upper, slope * last.slope, offset + slope * last.offset)
    z, variance = (y - rung.offset) / rung.slope - known.centre, y_noise / rung.slope**2
    width = spread / rung.slope
    some = torch.arange(0, len(rows), 1 + len(rows) // (LARGEST_EVIDENCE + 1))
    theta = most_probable(
        registry.compare(rows[some], rows[some]),
        (z - mean)[some] / width,
        (variance + std.square())[some] / width**2,
    )
    level = torch.tensor((LEVEL_STD * known.width) ** 2, dtype=torch.float64)
    joint = condition(
        replace(
            known,
            rungs=(*known.rungs, rung),
            parts=(*known.parts, replace(hyperparameters(theta, width), offset=level)),
            rows=torch.cat([known.rows, rows]),
            height=torch.cat([known.height, torch.full_like(rows, len(known.rungs))]),
            values=torch.cat([known.values, z + known.centre]),
            noise=torch.cat([known.noise, variance]),
        ),
        registry,
    )
    if len(rows) >= JUDGED:
        alone = believe(f"{known.quantity} by {upper}", labelled, registry)
        with_lower = left_out(joint.whitening, joint.precision)[-len(rows) :]
        gain = with_lower.mean() - alone.leave_one_out().mean()
        link = replace(link, advantage=float(gain - torch.tensor(rung.slope).log()))
    return replace(joint, links=(*known.links, link))


def ground(
    quantity: str, oracle: str, scale: str, labelled: Mapping[str, Labelled], registry: Registry
) -> Cokriging:
    """A ladder of one rung: the belief that its labels alone give."""
    belief = believe(quantity, labelled.get(oracle, {}), registry)
    return Cokriging(
        quantity,
        scale,
        belief.level.width,
        belief.level.centre,
        (Rung(oracle),),
        (belief.hyperparameters,),
        belief.rows,
        torch.zeros_like(belief.rows),
        belief.values,
        belief.noise,
        belief.precision,
        belief.whitening,
    )


def condition(known: Cokriging, registry: Registry) -> Cokriging:
    """The same belief with `precision` and `whitening` of all its labels together."""
    pairs = registry.compare(known.rows, known.rows)
    K = torch.diag(known.noise)
    for t, part in enumerate(known.parts):
        has = (known.height >= t).double()
        K = K + torch.outer(has, has) * covariance(pairs, part)
    whitening = whiten(K)
    precision = whitening.T @ (whitening @ (known.values - known.centre))
    return replace(known, precision=precision, whitening=whitening)
