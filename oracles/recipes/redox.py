"""Redox: what it costs or gains a molecule in water to take up or to give away an electron.

reduction  L + e- -> L-,  dE = E(N+1) - E(N);   oxidation  L -> L+ + e-,  dE = E(N-1) - E(N)
vertical at the geometry of L, adiabatic at that of the ion. No absolute potential of an electrode
enters: semi-empirical levels are off by volts, so potentials exist only by a calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from molecules import VOCABULARY, Quantity, Status
from oracles.base import Json, OracleError
from oracles.calibration import LinearCalibration
from oracles.engines.base import Engine, Optimised, Species
from oracles.recipes.base import Answered, Subject
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.ensemble import spread
from oracles.recipes.ground import to_json

ZINC_VOLT = -0.762
"""Standard potential of Zn2+/Zn, V vs SHE."""
ORBITALS = ("homo", "lumo")


@dataclass(frozen=True)
class Redox:
    """Vertical and adiabatic energy (eV) of one direction; with a calibration the potential (V).

    N is the number of electrons of the molecule as it is drawn, so an anion is oxidised to its
    radical and a dication reduced to its radical cation. A closed shell turns into a doublet; of a
    molecule with u unpaired electrons the lower of u - 1 and u + 1 is taken, and because triplets
    enter there the engine should have spin_polarization 1.
    A bond that breaks or forms in the relaxation makes it `irreversible`. Only what happens
    without a barrier is found: 0 does not promise that the ion lives long.

    The std of the vertical energy is its spread over low conformers; the adiabatic energy is given
    the same, because the ions of the other conformers are not relaxed. A potential has that of its
    predictor and the scatter of the calibration.
    """

    direction: Literal["reduction", "oxidation"]
    engine: Engine
    calibration: LinearCalibration | None = None
    fmax: float = 0.05
    """eV/angstrom."""
    steps: int = 300
    n_conformers: int = 3
    """Over which the std is taken; 1 gives 0."""

    def __post_init__(self) -> None:
        if self.direction not in ("reduction", "oxidation"):
            raise ValueError(f"got direction {self.direction!r}, expected reduction or oxidation")
        if self.calibration is None:
            return
        if self.calibration.quantity != self._potential:
            raise ValueError(
                f"got a calibration of {self.calibration.quantity}, expected {self._potential}"
            )
        if self.calibration.predictor not in (*ORBITALS, self._vertical, self._adiabatic):
            raise ValueError(
                f"got a calibration by {self.calibration.predictor}, expected one by "
                f"{self._vertical}, {self._adiabatic}, homo or lumo"
            )
        self.calibration.check_engine(self.engine.settings)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Energies and irreversibility; potentials only where there is a calibration."""
        names = [self._vertical, self._adiabatic, self._irreversible]
        if self.calibration is not None:
            names += [self._potential, f"{self._potential}_vs_zn"]
        return tuple(VOCABULARY[name] for name in names)

    @property
    def method(self) -> str:
        """Level of theory and calibration."""
        by = f", {self.calibration.version}" if self.calibration else ""
        return f"{self.engine.name} delta-SCF, {self.direction}{by}"

    @property
    def version(self) -> str:
        """Program and version."""
        return self.engine.version

    def reference(self, seed: int) -> None:
        """Nothing to compare with."""

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError where the molecule or its ion has no energy."""
        ground = subject.ground.species
        ground_ev = self.engine.energy(ground)
        ions = self._ions(ground)
        vertical = np.array(min(ions.values()) - ground_ev)
        std = float(spread(subject, self.n_conformers, self._vertical_energy, vertical))
        values = {self._vertical: (float(vertical), std)}
        refused: dict[str, tuple[str, str]] = {}
        details: Json = {}
        try:
            relaxed = self._relaxed([Species(ground.atoms, *state) for state in ions])
        except OracleError as error:
            refused = dict.fromkeys(
                (self._adiabatic, self._irreversible), (error.status, error.reason)
            )
        else:
            is_same = has_same_bonds(ground.atoms, relaxed.species.atoms)
            values[self._adiabatic] = (relaxed.energy_ev - ground_ev, std)
            values[self._irreversible] = (float(not is_same), 0.0)
            details = {"relaxed": to_json([relaxed]), "irreversible": not is_same}
        energies = Answered(values, details, refused)
        return self._with_potential(self.calibration, subject, energies)

    def _with_potential(
        self, calibration: LinearCalibration | None, subject: Subject, energies: Answered
    ) -> Answered:
        """The same and the potential, which is refused where its predictor is."""
        if calibration is None:
            return energies
        names = (self._potential, f"{self._potential}_vs_zn")
        try:
            x, std = self._predictor(calibration.predictor, subject, energies)
        except OracleError as error:
            refusals = dict.fromkeys(names, (str(error.status), error.reason))
            return Answered(energies.values, energies.details, {**energies.refused, **refusals})
        found = calibration.of(subject.molecule, x, std)
        volts = (found.value, found.value - ZINC_VOLT)
        return Answered(
            {**energies.values, **{n: (v, found.std) for n, v in zip(names, volts, strict=True)}},
            {**energies.details, "predictor": x, "objection": found.objection},
            energies.refused,
            dict.fromkeys(names, found.calibration),
        )

    def _predictor(self, name: str, subject: Subject, energies: Answered) -> tuple[float, float]:
        if name in energies.refused:
            status, reason = energies.refused[name]
            raise OracleError(Status(status), reason)
        if name not in ORBITALS:
            return energies.values[name]
        if subject.ground.species.unpaired:
            raise OracleError(Status.NOT_APPLICABLE, f"the {name} of a radical predicts nothing")

        def level(species: Species) -> NDArray[np.float64]:
            point = self.engine.single_point(species)
            return np.array(point.homo_ev if name == "homo" else point.lumo_ev)

        lowest = level(subject.ground.species)
        if not np.isfinite(lowest):
            raise OracleError(Status.UNSUPPORTED, f"the method's basis has no {name} of this ion")
        return float(lowest), float(spread(subject, self.n_conformers, level, lowest))

    def _vertical_energy(self, species: Species) -> NDArray[np.float64]:
        """Of adding or taking an electron without a move of the nuclei, eV, a scalar."""
        return np.array(min(self._ions(species).values()) - self.engine.energy(species))

    def _ions(self, ground: Species) -> dict[tuple[int, int], float]:
        """(charge, unpaired electrons) of each spin state of the ion -> energy (eV) in this place.

        Raises:
            OracleError: a state has no energy, or the method has none of the states.
        """
        charge = ground.charge + (-1 if self.direction == "reduction" else 1)
        found, refusals = {}, []
        for unpaired in sorted({abs(ground.unpaired - 1), ground.unpaired + 1}):
            try:
                ion = Species(ground.atoms, charge, unpaired)
                found[charge, unpaired] = self.engine.energy(ion)
            except OracleError as error:
                if error.status is not Status.UNSUPPORTED:
                    raise
                refusals.append(error)  # as of triplet H-, for which there is no orbital
        if not found:
            raise refusals[0]
        return found

    def _relaxed(self, ions: list[Species]) -> Optimised:
        found = [self.engine.optimise(ion, self.fmax, self.steps) for ion in ions]
        lowest = min(found, key=lambda o: o.energy_ev)
        if not lowest.has_converged:
            raise OracleError(
                Status.NOT_CONVERGED,
                f"forces of {lowest.largest_force:.3f} eV/angstrom after {self.steps} steps of the "
                f"ion, expected below {self.fmax}",
            )
        return lowest

    @property
    def _vertical(self) -> str:
        return f"vertical_{self.direction}_energy"

    @property
    def _adiabatic(self) -> str:
        return f"adiabatic_{self.direction}_energy"

    @property
    def _irreversible(self) -> str:
        return f"{self.direction}_irreversible"

    @property
    def _potential(self) -> str:
        return f"{self.direction}_potential"
