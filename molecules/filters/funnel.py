"""The funnel: how many molecules each stage lets through, and why the others fell."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from molecules.filters.base import Filter
from molecules.molecule import InvalidMoleculeError, Molecule
from molecules.protonation import ProtonationError, form_at, split_salt

_NUMBERS = re.compile(r" [-+]?\d+(?:\.\d+)?(?=\s|$)")
"""Measured ones; that of `2-fluoroethanol` belongs to a name, and `3..20` is the rule."""


class Change(ABC):
    """A stage after which another species is looked at: that which is there in the electrolyte.

    A class and no protocol, since every stage asks of every molecule which of the two it is.
    """

    name: str
    """The key of counts in reports."""

    @abstractmethod
    def becomes(self, molecule: Molecule) -> tuple[Molecule, str]:
        """The species to look at from here on, and what changed in one phrase, or "".

        Raises:
            ProtonationError, InvalidMoleculeError: there is no such species.
        """


@dataclass(frozen=True)
class OrganicSpecies(Change):
    """Of a salt or a mixture its largest organic species; what came with it is remembered."""

    name: str = "salts"

    def becomes(self, molecule: Molecule) -> tuple[Molecule, str]:
        """See Change."""
        if "." not in molecule.smiles:
            return molecule, ""
        salt = split_salt(molecule.smiles)
        others = " + ".join(f"{one.count} {one.molecule}" for one in salt.others)
        return salt.main.molecule, f"came with {others}" if others else ""


@dataclass(frozen=True)
class FormAt(Change):
    """The form that the molecule has in water of a pH."""

    ph: float
    name: str = "protonation"

    def becomes(self, molecule: Molecule) -> tuple[Molecule, str]:
        """See Change."""
        form = form_at(molecule, self.ph)
        return form.molecule, "; ".join(map(str, form.steps))


Stage = Filter | Change


@dataclass(frozen=True)
class Survivor:
    """A molecule that passed every stage, and how it changed on the way."""

    drawn: Molecule
    molecule: Molecule
    changes: tuple[str, ...] = ()


@dataclass
class Count:
    """One stage of the funnel: who came in, who passed, and the reasons against the others."""

    stage: str
    entered: int = 0
    changed: int = 0
    """Molecules of which the stage made another species."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Rejections by reason without its numbers."""
    examples: dict[str, str] = field(default_factory=dict)
    """The first rejected molecule with its full reason, by reason without its numbers."""

    @property
    def passed(self) -> int:
        """Molecules that the next stage looks at."""
        return self.entered - self.reasons.total()

    def add(self, other: Count) -> None:
        """Add what another worker counted at this stage."""
        self.entered += other.entered
        self.changed += other.changed
        self.reasons.update(other.reasons)
        self.examples = other.examples | self.examples

    def reject(self, molecule: Molecule, reason: str) -> None:
        """Count one rejection."""
        kind = _NUMBERS.sub("", reason)
        self.reasons[kind] += 1
        self.examples.setdefault(kind, f"{molecule}: {reason}")


@dataclass(frozen=True)
class Funnel:
    """Stages in their order: the first that rejects a molecule ends its way. Cheap ones first."""

    stages: Mapping[str, Stage]

    def sift(self, molecules: Iterable[Molecule]) -> tuple[list[Survivor], list[Count]]:
        """Those that pass, in their order, and one count a stage."""
        counts = {name: Count(name) for name in self.stages}
        survivors = []
        for molecule in molecules:
            survivor = self._sift(molecule, counts)
            if survivor is not None:
                survivors.append(survivor)
        return survivors, list(counts.values())

    def _sift(self, drawn: Molecule, counts: Mapping[str, Count]) -> Survivor | None:
        molecule, changes = drawn, []
        for name, stage in self.stages.items():
            count = counts[name]
            count.entered += 1
            if isinstance(stage, Change):
                try:
                    molecule, change = stage.becomes(molecule)
                except (ProtonationError, InvalidMoleculeError) as error:
                    count.reject(molecule, f"{name}: {error}")
                    return None
                if change:
                    count.changed += 1
                    changes.append(change)
            elif (reason := stage.reason(molecule)) is not None:
                count.reject(molecule, reason)
                return None
        return Survivor(drawn, molecule, tuple(changes))
