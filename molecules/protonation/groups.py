"""Acid and base groups of water by SMARTS, with the pKa that the group has on its own.

A group's pKa is a class mean plus increments of its neighbours, additive as in the manner of
Perrin, Dempsey and Serjeant's book (recalled): a beta hydroxyl takes 1.0 off an amine, and so on.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rdkit import Chem

from molecules.atoms import AtomKind
from molecules.calculation import content_hash
from molecules.patterns import Patterns
from molecules.protonation.site import Kind, PKa

INCREMENT_ERROR = 0.25
"""Standard deviation that each increment adds, pKa units [P]."""


@dataclass(frozen=True, eq=False)
class Group:
    """One kind of acid or base, drawn as in the neutral parent."""

    name: str
    kind: Kind
    pattern: Chem.Mol
    """Its first atom gives or takes the proton."""
    pka: PKa
    family: str
    """Name of the increments that apply, or empty."""
    is_free_in_ligand: bool


@dataclass(frozen=True, eq=False)
class Increment:
    """What one neighbour adds to the pKa of every group of a family."""

    family: str
    pattern: Chem.Mol
    shift: float


@cache
def groups() -> tuple[Group, ...]:
    """Every group, the more special before the more general."""
    return tuple(
        Group(
            name=row["group"],
            kind="acid" if row["kind"] == "acid" else "base",
            pattern=_pattern(row["smarts"]),
            pka=PKa(float(row["pka"]), float(row["error"]), row["source"]),
            family=row["family"],
            is_free_in_ligand=row["ligand"] == "free",
        )
        for row in read_table("pka_groups.csv")
    )


@cache
def increments() -> tuple[Increment, ...]:
    """Every increment."""
    return tuple(
        Increment(row["family"], _pattern(row["smarts"]), float(row["shift"]))
        for row in read_table("pka_increments.csv")
    )


def find_groups(parent: Chem.Mol, kinds: frozenset[AtomKind]) -> dict[int, Group]:
    """The group of each atom that can give or take a proton; the first that fits is taken.

    Args:
        parent: a neutral parent.
        kinds: of its atoms.
    """
    found: dict[int, Group] = {}
    for k in _group_patterns().possible(kinds):
        group = groups()[k]
        for match in parent.GetSubstructMatches(group.pattern, uniquify=False):
            found.setdefault(match[0], group)
    return {atom: found[atom] for atom in sorted(found)}


@cache
def _group_patterns() -> Patterns:
    return Patterns([group.pattern for group in groups()])


def own_pka(parent: Chem.Mol, kinds: frozenset[AtomKind], atom: int, group: Group) -> PKa:
    """The pKa of a group, its charged neighbours left out of account."""
    shifts = list(_shifts(parent, kinds, atom, group.family))
    error = math.hypot(group.pka.error, INCREMENT_ERROR * math.sqrt(len(shifts)))
    source = group.pka.source + (f", {len(shifts)} increments" if shifts else "")
    return PKa(group.pka.value + sum(shifts), error, source)


def _shifts(
    parent: Chem.Mol, kinds: frozenset[AtomKind], atom: int, family: str
) -> Iterator[float]:
    known, patterns = _family(family)
    for k in patterns.possible(kinds):
        matches = parent.GetSubstructMatches(known[k].pattern, uniquify=False)
        # once a neighbour and first bond: both arms of morpholine count, sharing an oxygen
        arms = {(m[1 % len(m)], m[-1]) for m in matches if m[0] == atom}
        yield from (known[k].shift for _ in arms)


@cache
def _family(name: str) -> tuple[Sequence[Increment], Patterns]:
    known = [increment for increment in increments() if increment.family == name]
    return known, Patterns([increment.pattern for increment in known])


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of a table among the package's data."""
    path = resources.files("molecules") / "data" / name
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def tables_version() -> str:
    """12 hexadecimal digits that change with any row of the pKa tables."""
    names = ("pka.csv", "pka_groups.csv", "pka_increments.csv")
    return content_hash({name: read_table(name) for name in names})[:12]


def _pattern(smarts: str) -> Chem.Mol:
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise ValueError(f"got the SMARTS {smarts!r}, which RDKit cannot read")
    return pattern
