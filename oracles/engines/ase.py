"""AseCalculator: any calculator of ASE as an engine, named in the configuration."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import packages_distributions, version
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from ase.calculators.calculator import (
    BaseCalculator,
    Calculator,
    CalculatorError,
    CalculatorSetupError,
    EnvironmentError,
    FileIOCalculator,
    InputError,
    SCFError,
)
from ase.calculators.genericfileio import GenericFileIOCalculator
from numpy.typing import NDArray

from molecules import Status
from oracles.base import Json, OracleError
from oracles.engines.base import Optimised, SinglePoint, Species, check
from oracles.engines.relaxation import relax


@dataclass(frozen=True)
class AseCalculator:
    """Energies and forces of an ASE calculator; no orbitals, which ASE has no contract for.

    ASE has no common way to give a charge or unpaired electrons to a calculator, so the argument
    that takes them is named here. Where it is not, a charged or open-shell species is refused: a
    calculator that never heard of the charge would answer for another species.

    In a configuration the engine needs `_recursive_: false` beside its `_target_`, because the
    calculator is built in the worker, once a species.
    """

    calculator: Json
    """`_target_` (the class, `package.module.Class`) and its arguments, all of them JSON."""
    charge_argument: str | None = None
    """Name of the calculator's argument that takes the charge, e; such as `charge`."""
    multiplicity_argument: str | None = None
    """Name of its argument that takes the multiplicity, unpaired electrons + 1."""
    heaviest: int = 118
    """Largest atomic number that the method has parameters for."""

    def __post_init__(self) -> None:
        target = self.calculator.get("_target_") if isinstance(self.calculator, dict) else None
        if not isinstance(target, str) or "." not in target:
            raise ValueError(
                f"got calculator={self.calculator!r}, expected _target_ (package.module.Class) "
                "and arguments; set `_recursive_: false` beside it"
            )

    @property
    def name(self) -> str:
        """Class of the calculator and its arguments."""
        given = [f"{k}={v}" for k, v in self.calculator.items() if k != "_target_"]
        return f"{self.calculator['_target_'].rpartition('.')[2]}({', '.join(given)})"

    @property
    def version(self) -> str:
        """ASE, and the package of the calculator where it has a version."""
        packages = {"ase", *_packages().get(self.calculator["_target_"].split(".")[0], [])}
        return ", ".join(f"{p} {version(p)}" for p in sorted(packages))

    @property
    def settings(self) -> Json:
        """Every field, for content hashes."""
        return asdict(self)

    def energy(self, species: Species) -> float:
        """Energy, eV; raises OracleError."""
        with self._calculator(species) as calculator:
            return _compute(calculator, species, self.heaviest, ["energy"])[0]

    def single_point(self, species: Species) -> SinglePoint:
        """Raises OracleError: `unsupported`, ASE has no contract for orbitals."""
        raise OracleError(Status.UNSUPPORTED, f"{self.name} gives no orbitals through ASE")

    def optimise(self, species: Species, fmax: float = 0.02, steps: int = 400) -> Optimised:
        """Relax in Cartesian coordinates, with one calculator from step to step."""
        with self._calculator(species) as calculator:

            def surface(
                positions: NDArray[np.float64],
            ) -> tuple[float, NDArray[np.float64]]:
                there = species.moved(positions)
                return _compute(calculator, there, self.heaviest, ["energy", "forces"])

            return relax(surface, species, fmax, steps)

    @contextmanager
    def _calculator(self, species: Species) -> Iterator[BaseCalculator]:
        """A calculator for this species, writing its files to a folder that goes with it.

        Raises:
            OracleError: impossible species, a charge or spin that the calculator cannot take, or an
                option that it does not know.
        """
        check(species, self.heaviest)
        arguments = {k: v for k, v in self.calculator.items() if k != "_target_"}
        for what, given, keyword, usual in (
            ("charge", species.charge, self.charge_argument, 0),
            ("multiplicity", species.unpaired + 1, self.multiplicity_argument, 1),
        ):
            if keyword is not None:
                arguments[keyword] = given
            elif given != usual:
                raise OracleError(
                    Status.UNSUPPORTED,
                    f"got {what} {given}, expected {usual}, or {what}_argument to say how "
                    f"{self.name} takes it",
                )
        module, _, name = self.calculator["_target_"].rpartition(".")
        kind: Any = getattr(importlib.import_module(module), name)
        with TemporaryDirectory(prefix="ase-") as folder:
            with _translated(self.name):
                calculator: BaseCalculator = kind(**arguments)
            _refuse_what_it_ignores(calculator)
            if isinstance(calculator, Calculator | GenericFileIOCalculator):
                calculator.directory = folder
            yield calculator


def _refuse_what_it_ignores(calculator: BaseCalculator) -> None:
    """Refuse an option that is not among those listed by the calculator's class.

    ASE takes every keyword: a misspelt solvent is an energy in the gas phase. Only calculators in
    memory list all they know; one that writes an input hands the rest on to a program, which says
    what it does not understand.
    """
    if isinstance(calculator, FileIOCalculator) or not isinstance(calculator, Calculator):
        return
    listed = set(calculator.default_parameters)
    unknown = set(calculator.parameters) - listed if listed else set()
    if unknown:
        raise OracleError(
            Status.UNSUPPORTED,
            f"{type(calculator).__name__}: got {sorted(unknown)}, expected some of "
            f"{sorted(listed)}",
        )


def _compute(
    calculator: BaseCalculator, species: Species, heaviest: int, properties: list[str]
) -> tuple[float, NDArray[np.float64]]:
    """Energy (eV) and, where it is among the properties, forces (`n x 3`, eV/angstrom)."""
    check(species, heaviest)
    atoms = species.atoms.copy()
    with _translated(type(calculator).__name__):
        forces = np.zeros((len(atoms), 3))
        if "forces" in properties:
            forces = np.asarray(calculator.get_property("forces", atoms), dtype=float)
        energy = float(calculator.get_property("energy", atoms))
    if not (np.isfinite(energy) and np.isfinite(forces).all()):
        raise OracleError(Status.SCF_FAILED, f"got energy {energy} eV or forces not finite")
    return energy, forces


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """ASE's taxonomy of errors in ours."""
    try:
        yield
    except SCFError as error:
        raise OracleError(Status.SCF_FAILED, f"{name}: {error}") from error
    except (CalculatorSetupError, EnvironmentError, InputError, NotImplementedError) as error:
        raise OracleError(Status.UNSUPPORTED, f"{name}: {error}") from error
    except CalculatorError as error:
        raise OracleError(Status.CRASHED, f"{name}: {error}") from error


@cache
def _packages() -> dict[str, list[str]]:
    """Installed packages by the modules that they bring."""
    return {module: list(names) for module, names in packages_distributions().items()}
