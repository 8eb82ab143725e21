"""Consensus: one number a molecule from the answers of all its tiers, on the scale of the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from molecules import Label, Molecule
from surrogates.climbing import cokrige
from surrogates.cokriging import Cokriging
from surrogates.ladder import Ladder, Ladders, Link
from surrogates.observation import observe_each
from surrogates.registry import Registry


@dataclass(frozen=True)
class Consensus:
    """What the rungs of every ladder say together."""

    quantities: frozenset[str] = frozenset()
    """Those with a ladder."""
    labels: Mapping[tuple[Molecule, str], Label] = field(default_factory=dict)
    """By molecule and quantity, under the name of the highest oracle that answered."""
    links: tuple[Link, ...] = ()
    """How neighbouring rungs compare."""


def agree(ladders: Ladders, labels: Sequence[Label]) -> Consensus:
    """Map the labels of every quantity with a ladder to the scale of the goals.

    The highest label of a molecule counts, plus what the molecules with higher labels have taught
    about the deviations above it. As long as only the oracle of that scale has answered, its
    labels are what they are; where it has not answered at all, nothing can be mapped.
    """
    agreed: dict[tuple[Molecule, str], Label] = {}
    links: list[Link] = []
    for quantity, ladder in ladders.by_quantity.items():
        mine = [n for n in labels if n.quantity.name == quantity and not n.censored]
        heard = {label.oracle for label in mine} & set(ladder.rungs)
        if ladder.scale not in heard:
            continue
        highest = _highest(mine, ladder)
        if heard != {ladder.scale}:
            highest, learned = _settle(quantity, ladder.only(heard), mine)
            links.extend(learned)
        agreed |= {(molecule, quantity): label for molecule, label in highest.items()}
    return Consensus(frozenset(ladders.by_quantity), agreed, tuple(links))


def _highest(labels: Sequence[Label], ladder: Ladder) -> dict[Molecule, Label]:
    """The label of the highest rung of each molecule, the latest where it has several."""
    found: dict[Molecule, Label] = {}
    for oracle in ladder.rungs:
        found |= {label.molecule: label for label in labels if label.oracle == oracle}
    return found


def _settle(
    quantity: str, ladder: Ladder, labels: Sequence[Label]
) -> tuple[dict[Molecule, Label], tuple[Link, ...]]:
    registry = Registry()
    known = cokrige(quantity, ladder, observe_each(labels, quantity), registry)
    joined = Ladder(tuple(rung.oracle for rung in known.rungs), ladder.scale)
    highest = _highest(labels, joined).values()
    settled: dict[Molecule, Label] = {}
    for rung in known.rungs:
        mine = [label for label in highest if label.oracle == rung.oracle]
        settled |= _settled(known, registry, mine)
    return settled, known.links


def _settled(
    known: Cokriging, registry: Registry, labels: Sequence[Label]
) -> dict[Molecule, Label]:
    """Those of one oracle."""
    if not labels:
        return {}
    rows = registry.encode([label.molecule for label in labels])[:, 0].long()
    values = torch.tensor([label.value for label in labels], dtype=torch.float64)
    errors = torch.tensor([label.std for label in labels], dtype=torch.float64)
    pairs = registry.compare(rows, known.rows)
    means, stds = known.settle(pairs, labels[0].oracle, values, errors)
    return {
        label.molecule: replace(label, value=value, std=std)
        for label, value, std in zip(labels, means.tolist(), stds.tolist(), strict=True)
    }
