"""Binding: the free energy of a metal ion's change from water to a ligand, by any denticity.

M(H2O)6 + L(H2O)m -> M(H2O)(6-n) L + (n + m) H2O,
dG = E[M(H2O)(6-n) L] + (n + m) w - E[M(H2O)6] - E[L(H2O)m], with the thermal parts G - E of all
but the m waters, in solution (1 M, the released water 55.5 M), the lowest over n = 1 and the bites.

Four things that an energy in a continuum alone misses, none of them fitted. Of n waters that
leave for one ligand, n - 1 gain the freedom of a particle: thermal parts say how much, for this
ligand. A free ligand, an anion most of all, has hydrogen bonds that the continuum lacks: it gets m
explicit waters. And w, the energy of a water that is released or taken up, is that of a water in
a cluster, for the same reason. Other ions screen what an anion gains by the metal's charge
(Davies: Ion Association, 1962).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ase.data import atomic_numbers
from ase.units import kcal, mol

from molecules import VOCABULARY, Quantity, Status
from molecules.protonation import KCAL_PER_PK
from oracles.base import Json, OracleError
from oracles.calibration import LinearCalibration
from oracles.engines.base import HessianEngine, Species
from oracles.recipes.base import CANNOT_BIND, Answered, Subject
from oracles.recipes.bonds import has_same_bonds
from oracles.recipes.chelation import Chelation
from oracles.recipes.donors import partial_charges
from oracles.recipes.exchange import WATER, Balance
from oracles.recipes.microsolvation import Microsolvation
from oracles.recipes.shell import Shell
from oracles.recipes.thermal import thermal_energy

EXCHANGE, CHELATE, FREE = "zn_exchange_energy", "zn_chelate_energy", "zn_exchange_free_energy"
CORRECTED = "zn_exchange_energy_corrected"
LIQUID_WATER_MOLAR = 55.5
DEBYE_HUECKEL = 0.509
"""Of log10 of an activity coefficient in water at 298 K."""
BULK_EFFORT = 3
"""The water cluster is searched with this many times the starts of a molecule, once."""
GAIN_PER_WATER = 11.0
"""kcal/mol; about what a further released water adds [M], to tell which complexes may be lowest."""


@dataclass(frozen=True)
class Binding:
    """Exchange energy, chelate energy and exchange free energy of one search, kcal/mol."""

    PROTOCOL: ClassVar[int] = 2
    """2: no free energy where the search for chelates failed; relaxed structures alone."""
    chelation: Chelation
    """Searches and balances complexes, with one donor (its exchange) and with several."""
    stiff: HessianEngine
    """Gives the vibrations: the engine of the search, more tightly converged."""
    microsolvation: Microsolvation
    ionic_strength: float = 0.1
    """mol/l, up to about 0.5; 0.1 is that of most measured constants."""
    n_free: int = 2
    """Complexes whose free energy is computed."""
    fmax: float = 0.01
    """eV/angstrom, where the relaxation before a Hessian ends."""
    largest_force: float = 0.03
    """eV/angstrom; a structure with larger ones after all steps has no vibrations."""
    steps: int = 300
    free_std: float = 1.5
    """kcal/mol; standard error of the thermal parts and of the waters on the ligand [P]."""
    calibration: LinearCalibration | None = None
    """Of the free energy by measured constants; it belongs to the engine of the search."""

    def __post_init__(self) -> None:
        if self.n_free < 1 or not 0.0 <= self.ionic_strength <= 1.0:
            raise ValueError(
                f"got n_free={self.n_free}, ionic_strength={self.ionic_strength}, expected at "
                "least 1, and 0 to 1 mol/l"
            )
        if self.calibration is not None:
            self.calibration.check_maps(FREE, CORRECTED)
            self.calibration.check_engine(self.settings)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Two energies and the free energy; corrected where calibrated."""
        names = [EXCHANGE, CHELATE, FREE, *([CORRECTED] if self.calibration else [])]
        return tuple(VOCABULARY[name] for name in names)

    @property
    def settings(self) -> Json:
        """What the free energy depends on, for a calibration of it."""
        exchange = self.chelation.exchange
        return {
            **exchange.engine.settings,
            "refiner": exchange.refiner and exchange.refiner.name,
            "vibrations": self.stiff.name,
            "n_waters": self.microsolvation.n_waters,
            "n_bites": self.chelation.n_bites,
            "n_free": self.n_free,
            "ionic_strength": self.ionic_strength,
            "protocol": self.PROTOCOL,
        }

    @property
    def method(self) -> str:
        """Levels of theory and search."""
        by = f", {self.calibration.version}" if self.calibration else ""
        return (
            f"{self.chelation.exchange.method}; {self.chelation.method}; free energy: mRRHO by "
            f"{self.stiff.name}, {self.microsolvation.n_waters} waters on the free ligand{by}"
        )

    @property
    def version(self) -> str:
        """Programs and versions."""
        return self.chelation.version

    def reference(self, seed: int) -> Json:
        """Energies (eV) and thermal parts (eV) of the aqua ion and of water, alone and in bulk.

        `aqua_ev` and `water_ev` are those of the refiner, where there is one, all others of the
        engine: `condensation_ev` is what a lone water gains in the bulk.
        """
        exchange = self.chelation.exchange
        water, aqua = exchange.aqua_ion(seed)
        n_bulk = self.microsolvation.n_bulk
        bulk = self.microsolvation.clusters(
            [water.species], partial_charges(WATER), n_bulk - 1, seed, BULK_EFFORT
        )
        bulk_ev = exchange.engine.energy(bulk[0].species) / n_bulk
        return {
            **exchange.reference_of(water, aqua),
            "bulk_ev": bulk_ev,
            "condensation_ev": bulk_ev - water.energy_ev,
            "aqua_thermal_ev": self._thermal(aqua[0], 1.0),
            "water_thermal_ev": self._thermal(water.species, LIQUID_WATER_MOLAR),
        }

    def answer(self, subject: Subject, reference: Json | None) -> Answered:
        """Raises OracleError where no complex at all was accepted.

        The free energy is refused where the ligand has bites and their search failed: the lowest
        over denticities is then not known. A bite that opens is an answer, and no failure.
        """
        assert reference is not None
        values: dict[str, tuple[float, float]] = {}
        refused: dict[str, tuple[str, str]] = {}
        details: dict[str, Json] = {}
        balances: list[Balance] = []
        for name, search in ((EXCHANGE, self._single), (CHELATE, self._several)):
            try:
                found, answered = search(subject, reference)
            except OracleError as error:
                refused[name] = (str(error.status), error.reason)
                continue
            balances += found
            values |= answered.values
            details[name] = answered.details
        if not balances:
            status, reason = refused[EXCHANGE]
            raise OracleError(Status(status), reason)
        try:
            if CHELATE in refused and refused[CHELATE][0] not in CANNOT_BIND:
                status, reason = refused[CHELATE]
                raise OracleError(Status(status), f"chelates: {reason}")
            free = self._free(subject, balances, reference)
        except OracleError as error:
            failed = (str(error.status), error.reason)
            refused |= {q.name: failed for q in self.quantities if q.name in (FREE, CORRECTED)}
            return Answered(values, details, refused)
        best = min(free, key=lambda one: float(one["value"]))
        values[FREE] = (best["value"], best["std"])
        details[FREE] = {**best, "all": free}
        if self.calibration is None:
            return Answered(values, details, refused)
        corrected = self.calibration.of(subject.molecule, *values[FREE])
        values[CORRECTED] = (corrected.value, corrected.std)
        details[CORRECTED] = {"objection": corrected.objection}
        return Answered(values, details, refused, {CORRECTED: corrected.calibration})

    def _single(self, subject: Subject, reference: Json) -> tuple[list[Balance], Answered]:
        found, rejected = self.chelation.exchange.lowest(subject, reference)
        return [found], self.chelation.exchange.answered(found, rejected)

    def _several(self, subject: Subject, reference: Json) -> tuple[list[Balance], Answered]:
        found, rejected = self.chelation.found(subject, reference)
        return found, self.chelation.answered(found, rejected)

    def _free(self, subject: Subject, balances: Sequence[Balance], reference: Json) -> list[Json]:
        """Free energy of each complex that may be the lowest; raises OracleError."""
        # One ligand for all: what was found of it under one complex counts for the others too.
        ligand = min((balance.ligand for balance in balances), key=lambda o: o.energy_ev)
        hydration_ev = self._hydration(subject, balances, ligand.species, reference)
        ligand_ev = ligand.energy_ev + hydration_ev + self._thermal(ligand.species, 1.0)
        water_ev = reference["condensation_ev"] + reference["water_thermal_ev"]
        charge = ligand.species.charge + self.chelation.exchange.search.metal_charge
        screening = self._screening(ligand.species.charge)
        free: list[Json] = []
        for balance in sorted(balances, key=_expected)[: self.n_free]:
            shell = balance.best
            complex_ = Species(shell.atoms, charge, ligand.species.unpaired)
            gain_ev = (
                self._thermal(complex_, 1.0, shell)
                + len(shell.donors) * water_ev
                - reference["aqua_thermal_ev"]
                - (ligand_ev - balance.ligand.energy_ev)
            )
            free.append(
                {
                    "donors": list(shell.donors),
                    "value": balance.energy + float(gain_ev) * mol / kcal + screening,
                    "std": math.hypot(balance.std, self.free_std),
                    "hydration": float(hydration_ev) * mol / kcal,
                }
            )
        return free

    def _hydration(
        self, subject: Subject, balances: Sequence[Balance], ligand: Species, reference: Json
    ) -> float:
        """E[L(H2O)m] - E[L] - m w, eV: negative where L holds its waters better than water does."""
        n = self.microsolvation.n_waters
        bound = [ligand.moved(balance.best.ligand.positions) for balance in balances[:1]]
        shapes = [ligand, *(o.species for o in subject.conformers[:2]), *bound]
        charges = partial_charges(subject.molecule)
        cluster = self.microsolvation.clusters(shapes, charges, n, subject.seed)[0]
        engine = self.chelation.exchange.engine
        return (
            engine.energy(cluster.species) - engine.energy(ligand) - n * float(reference["bulk_ev"])
        )

    def _screening(self, charge: int) -> float:
        """What the ions around change, kcal/mol: above 0 for an anion."""
        root = math.sqrt(self.ionic_strength)
        per_square = DEBYE_HUECKEL * (root / (1.0 + root) - 0.3 * self.ionic_strength)
        metal = self.chelation.exchange.search.metal_charge
        squares = metal**2 + charge**2 - (metal + charge) ** 2
        return KCAL_PER_PK * per_square * squares

    def _thermal(self, species: Species, molar: float, shell: Shell | None = None) -> float:
        """G - E of a structure that is relaxed to the end first, eV; raises OracleError.

        Args:
            species: the structure.
            molar: concentration of its standard state, mol/l.
            shell: the same structure as a complex, whose donors must stay where they are.
        """
        found = self.stiff.optimise(species, self.fmax, self.steps)
        if found.largest_force > self.largest_force:
            raise OracleError(
                Status.NOT_CONVERGED, f"forces of {found.largest_force:.3f} before the vibrations"
            )
        if shell and not shell.relaxed(found.species.atoms.positions).has_bound_donors():
            raise OracleError(Status.DONOR_LOST, "a donor left on the way to the vibrations")
        # without the metal: a water may leave its shell, but not one of its own hydrogens
        metal = atomic_numbers[self.chelation.exchange.search.metal]
        before, after = (s.atoms[s.atoms.numbers != metal] for s in (species, found.species))
        if not has_same_bonds(before, after):
            raise OracleError(Status.REARRANGED, "a bond changed on the way to the vibrations")
        return thermal_energy(self.stiff, found.species, molar)


def _expected(balance: Balance) -> float:
    return balance.energy - GAIN_PER_WATER * (len(balance.best.donors) - 1)
