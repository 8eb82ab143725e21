"""Calibration: a versioned straight line from a computed number to the scale of experiment.

value = slope * x + intercept + sum over groups g of increment_g * n_g,
std^2 = residual_std^2 + (slope * std_x)^2;  n_g: how often group g occurs, most lines have none.
The line knows the chemistry it was fitted on: elsewhere its error is that of molecules outside.
"""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molecules import Molecule
from molecules.protonation import deprotonated_ligand
from oracles.base import Json

Array = NDArray[np.float64]


OUTSIDE = "outside the calibration's chemistry"
"""In the record of a label whose number is extrapolated."""


@dataclass(frozen=True)
class Chemistry:
    """The kinds of molecules that a calibration was fitted on."""

    groups: Mapping[str, str]
    """Name -> SMARTS, of which a molecule must carry one; empty where any will do."""
    charge_classes: tuple[str, ...]
    elements: tuple[str, ...]
    most_heavy_atoms: int
    is_complete: bool = False
    """Whether every heavy atom must belong to one of the groups; else one group is enough."""
    one_of: tuple[str, ...] = ()
    """Names of the groups of which one is enough; empty: any."""
    is_deprotonated: bool = False
    """Whether the molecule must have lost every proton that a ligand loses (protonation)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "charge_classes", tuple(self.charge_classes))
        object.__setattr__(self, "elements", tuple(self.elements))
        object.__setattr__(self, "one_of", tuple(self.one_of))
        if set(self.one_of) - set(self.groups):
            raise ValueError(f"got one_of={self.one_of}, expected names of {list(self.groups)}")
        for name, smarts in self.groups.items():
            if _pattern(smarts) is None:
                raise ValueError(f"got {smarts!r} for group {name}, expected a SMARTS pattern")

    def objection(self, molecule: Molecule) -> str:
        """Why `molecule` is outside; empty where it is inside."""
        mol = molecule.rdkit
        strange = {atom.GetSymbol() for atom in mol.GetAtoms()} - set(self.elements)
        if strange:
            return f"holds {', '.join(sorted(strange))}"
        if molecule.charge_class not in self.charge_classes:
            return f"is {molecule.charge_class}"
        if molecule.n_heavy > self.most_heavy_atoms:
            return f"has {molecule.n_heavy} heavy atoms"
        if self.is_deprotonated and deprotonated_ligand(molecule) != molecule:
            return "holds a proton that the fitted ligands had lost"
        return self._strange_groups(mol)

    def _strange_groups(self, mol: Chem.Mol) -> str:
        found = {name: mol.GetSubstructMatches(_pattern(s)) for name, s in self.groups.items()}
        if self.is_complete:
            known = {index for matches in found.values() for match in matches for index in match}
            atoms = [a.GetSymbol() for a in mol.GetAtoms() if a.GetIdx() not in known]
            return f"has {', '.join(sorted(set(atoms)))} in no known group" if atoms else ""
        enough = self.one_of or tuple(self.groups)
        is_enough = not enough or any(found[name] for name in enough)
        return "" if is_enough else f"has no {' or '.join(enough)}"

    def counts(self, molecule: Molecule) -> dict[str, int]:
        """How often each group occurs in `molecule`."""
        mol = molecule.rdkit
        return {k: len(mol.GetSubstructMatches(_pattern(s))) for k, s in self.groups.items()}

    def __str__(self) -> str:
        groups = ", ".join(self.groups) or "any group"
        groups += " and nothing else" if self.is_complete else ""
        groups += f", of them {' or '.join(self.one_of)}" if self.one_of else ""
        groups += ", without their acid protons" if self.is_deprotonated else ""
        return f"{groups}; {', '.join(self.charge_classes)}; {' '.join(self.elements)}"


@dataclass(frozen=True)
class Calibrated:
    """A number on the scale of experiment, and by what right."""

    value: float
    std: float
    calibration: str
    """Version and domain, for the record of the label."""
    objection: str = ""
    """Why the molecule is outside the calibration's chemistry; empty where it is inside."""


@dataclass(frozen=True)
class LinearCalibration:
    """quantity = slope * predictor + intercept, fitted once on experiment and never changed.

    A new fit is a new version.
    """

    version: str
    quantity: str
    predictor: str
    """The computed quantity that it maps, in its own unit."""
    engine: Json
    """The settings of the engine that computed the predictor; another engine is refused."""
    slope: float
    intercept: float
    residual_std: float
    """Scatter about the line, n - 2 degrees of freedom, in the unit of `quantity`."""
    outside_std: float
    """Standard error of molecules outside the chemistry, in the unit of `quantity`."""
    low: float
    """Smallest and largest predictor of the fit."""
    high: float
    n: int
    mae_left_out: float
    """Mean absolute error of each molecule when the line is fitted on all the others."""
    mae_class_left_out: float
    """The same when all molecules of its class are left out with it."""
    reference: str
    """The data it was fitted on."""
    chemistry: Chemistry
    increments: Mapping[str, float] = field(default_factory=dict)
    """Group of the chemistry -> what each occurrence adds, in the unit of `quantity`."""

    def __post_init__(self) -> None:
        strange = set(self.increments) - set(self.chemistry.groups)
        if strange:
            raise ValueError(f"got increments of {sorted(strange)}, expected names of the groups")
        numbers = (self.slope, self.intercept, self.residual_std, self.low, self.high)
        if not all(map(math.isfinite, (*numbers, *self.increments.values()))) or self.slope == 0:
            raise ValueError(f"got coefficients {numbers}, expected finite numbers and a slope")
        if not 0 < self.residual_std <= self.outside_std or self.low > self.high:
            raise ValueError(
                f"got errors {self.residual_std} inside and {self.outside_std} outside over "
                f"{self.low} .. {self.high}, expected 0 < inside <= outside and low <= high"
            )

    def covers(self, molecule: Molecule) -> bool:
        """Whether the molecule is of the kinds that the line was fitted on."""
        return not self.chemistry.objection(molecule)

    def of(self, molecule: Molecule, x: float, std: float = 0.0) -> Calibrated:
        """The mapped value of `molecule`, its error widened where the line is not at home."""
        counts = self.chemistry.counts(molecule)
        added = sum(increment * counts[name] for name, increment in self.increments.items())
        value = self.slope * x + self.intercept + added
        objection = self.chemistry.objection(molecule)
        if not objection and not self.low <= x <= self.high:
            objection = f"{self.predictor} = {x:.2f} is not in {self.low:.2f} .. {self.high:.2f}"
        if not objection:
            inside_std = math.hypot(self.residual_std, self.slope * std)
            return Calibrated(value, inside_std, f"{self.version}: {self.chemistry}")
        outside_std = math.hypot(self.outside_std, self.slope * std)
        record = f"{self.version}: {OUTSIDE} ({self.chemistry})"
        return Calibrated(value, outside_std, record, objection)

    def check_maps(self, predictor: str, quantity: str) -> None:
        """Refuse to be used for anything else; raises ValueError."""
        if (self.predictor, self.quantity) != (predictor, quantity):
            raise ValueError(
                f"got a calibration from {self.predictor} to {self.quantity}, expected one "
                f"from {predictor} to {quantity}"
            )

    def check_engine(self, settings: Json) -> None:
        """Refuse an engine other than the one it was fitted with.

        Raises:
            ValueError: a setting differs.
        """
        other = {k: settings.get(k) for k, v in self.engine.items() if settings.get(k) != v}
        if other:
            raise ValueError(
                f"got an engine with {other}, expected {dict(self.engine)}: calibration "
                f"{self.version} belongs to that engine; fit another one or change the engine"
            )

    def write(self, path: Path) -> None:
        """Write coefficients and domain as JSON."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def read(path: Path | Traversable) -> LinearCalibration:
    """What `LinearCalibration.write` has written."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return LinearCalibration(**{**content, "chemistry": Chemistry(**content["chemistry"])})


def shipped(name: str) -> LinearCalibration:
    """The calibration of this name that comes with the package.

    Raises:
        ValueError: there is none.
    """
    file = resources.files("oracles") / "data" / f"{name}.json"
    if not file.is_file():
        raise ValueError(f"got calibration {name!r}, expected the name of a file in oracles/data")
    return read(file)


def fit_line(x: Array, y: Array) -> tuple[float, float, float]:
    """Least-squares slope, intercept and residual standard deviation (n - 2)."""
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - slope * x - intercept
    return float(slope), float(intercept), float(np.sqrt(residuals @ residuals / (len(x) - 2)))


def left_out_errors(x: Array, y: Array, groups: Sequence[Hashable]) -> Array:
    """Predicted minus measured, each by a line fitted without any member of its group, `n`."""
    errors = np.empty(len(x))
    for group in set(groups):
        is_out = np.array([g == group for g in groups])
        slope, intercept, _ = fit_line(x[~is_out], y[~is_out])
        errors[is_out] = slope * x[is_out] + intercept - y[is_out]
    return errors


@cache
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)
