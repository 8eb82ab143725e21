"""The contract of every recipe: from a relaxed molecule to quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from molecules import Molecule, Quantity, Status
from oracles.base import Json
from oracles.engines.base import Optimised

CANNOT_BIND = (Status.NOT_APPLICABLE, Status.DONOR_LOST)
"""Ends of a search that say something of the ligand; all others say that it could not be done."""


@dataclass(frozen=True)
class Subject:
    """A molecule that a recipe is asked about."""

    molecule: Molecule
    conformers: tuple[Optimised, ...]
    """Relaxed at the level of the ground state, lowest energy first; never empty."""
    seed: int

    @property
    def ground(self) -> Optimised:
        """The conformer of lowest energy: the one geometry that serves every recipe."""
        return self.conformers[0]


@dataclass(frozen=True)
class Answered:
    """What a recipe found out about one molecule."""

    values: Mapping[str, tuple[float, float]]
    """Quantity -> value and its standard error, in the quantity's unit."""
    details: Json = field(default_factory=dict)
    """Geometries and energies worth remembering; empty where there are none."""
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Quantity -> status and reason, where the others have a value and this one has none."""
    calibrations: Mapping[str, str] = field(default_factory=dict)
    """Quantity -> version and domain of the calibration that was applied."""


class Recipe(Protocol):
    """A way to compute quantities; a frozen dataclass whose fields are all its knobs."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What it answers."""

    @property
    def method(self) -> str:
        """Levels of theory and protocol, in words."""

    @property
    def version(self) -> str:
        """Programs and versions."""

    def reference(self, seed: int) -> Json | None:
        """What every molecule is compared with, computed once; None where there is nothing.

        Raises:
            OracleError: it could not be computed.
        """

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Compute all quantities of one molecule.

        Raises:
            OracleError: no number, with its status: not_applicable, scf_failed, not_converged,
                rearranged, donor_lost, unsupported.
        """
