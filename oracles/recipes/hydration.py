"""Hydration: the free energy of bringing a molecule from the gas into water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.units import kcal, mol
from numpy.typing import NDArray

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json, OracleError
from oracles.calibration import LinearCalibration
from oracles.engines.base import Engine, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.ensemble import spread

RAW, CORRECTED = "hydration_free_energy", "hydration_free_energy_corrected"


@dataclass(frozen=True)
class Hydration:
    """G(solution) - G(gas) at one geometry, 1 M to 1 M, kcal/mol.

    Neutral molecules only. A zwitterion has no net charge, but no gas phase either: its number
    would be that of a species that does not exist, so it is `not_applicable` like an ion.
    With a calibration the corrected value is answered beside the computed one.
    """

    solution: Engine
    gas: Engine
    n_conformers: int = 3
    """Over which the std is taken; 1 gives 0."""
    calibration: LinearCalibration | None = None
    """Of the computed value by experiment; it belongs to the engine of the solution."""

    def __post_init__(self) -> None:
        if self.calibration is None:
            return
        self.calibration.check_maps(RAW, CORRECTED)
        self.calibration.check_engine(self.solution.settings)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """hydration_free_energy, in all and per heavy atom; corrected where calibrated."""
        names = [RAW, "hydration_per_heavy_atom", *([CORRECTED] if self.calibration else [])]
        return tuple(VOCABULARY[name] for name in names)

    @property
    def method(self) -> str:
        """Both levels of theory and the calibration."""
        by = f", {self.calibration.version}" if self.calibration else ""
        return f"{self.solution.name} minus {self.gas.name}, same geometry{by}"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.solution.version

    def reference(self, seed: int) -> None:
        """Nothing to compare with."""

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError; `not_applicable` for ions and zwitterions."""
        kind = subject.molecule.charge_class
        if kind != "neutral":
            raise OracleError(
                Status.NOT_APPLICABLE, f"hydration of a neutral molecule, got: {kind}"
            )
        found = self._of(subject.ground.species)
        error = spread(subject, self.n_conformers, self._of, found)
        hydration, std = float(found[0]), float(error[0])
        raw = self._per_heavy(subject, hydration, std)
        if self.calibration is None:
            return raw
        corrected = self.calibration.of(subject.molecule, hydration, std)
        return Answered(
            {**raw.values, CORRECTED: (corrected.value, corrected.std)},
            {"objection": corrected.objection},
            raw.refused,
            {CORRECTED: corrected.calibration},
        )

    def _per_heavy(self, subject: Subject, hydration: float, std: float) -> Answered:
        """The computed value, in all and per heavy atom."""
        values = {RAW: (hydration, std)}
        n_heavy = subject.molecule.n_heavy
        if not n_heavy:
            none = (str(Status.NOT_APPLICABLE), "a molecule of hydrogen alone has no heavy atom")
            return Answered(values, refused={"hydration_per_heavy_atom": none})
        return Answered(
            {**values, "hydration_per_heavy_atom": (hydration / n_heavy, std / n_heavy)}
        )

    def _of(self, species: Species) -> NDArray[np.float64]:
        """The free energy of hydration, kcal/mol, `1`."""
        difference_ev = self.solution.energy(species) - self.gas.energy(species)
        return np.array([difference_ev * mol / kcal])
