"""The funnel: how many molecules each rule lets through, and why the others fell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from molecules.filters.base import Filters
from molecules.molecule import Molecule

_NUMBERS = re.compile(r" [-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Stage:
    """One rule of the funnel: who came in, who passed, and the reasons against the others."""

    rule: str
    entered: int
    passed: int
    reasons: Mapping[str, int]
    """Rejections by reason without its numbers, most frequent first."""
    example: str
    """The first rejected molecule with its full reason, or an empty string."""


def funnel(filters: Filters, molecules: Iterable[Molecule]) -> tuple[Stage, ...]:
    """Pass the molecules through the rules in order and count; one stage a rule."""
    rejected: dict[str, list[tuple[Molecule, str]]] = {key: [] for key in filters.rules}
    remaining = 0
    for molecule in molecules:
        remaining += 1
        key, reason = filters.rule(molecule), filters.reason(molecule)
        if key is not None and reason is not None:
            rejected[key].append((molecule, reason))
    stages = []
    for key, fallen in rejected.items():
        passed = remaining - len(fallen)
        stages.append(_stage(key, remaining, passed, fallen))
        remaining = passed
    return tuple(stages)


def _stage(rule: str, entered: int, passed: int, fallen: list[tuple[Molecule, str]]) -> Stage:
    reasons = Counter(_NUMBERS.sub("", reason) for _, reason in fallen)
    example = f"{fallen[0][0]}: {fallen[0][1]}" if fallen else ""
    return Stage(rule, entered, passed, dict(reasons.most_common()), example)
