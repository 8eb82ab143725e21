"""Simulated cells: a hidden effect of structure, computed quantities and dose, with noise.

None of it is made of the belief that is put to the test: structure acts through functional groups
and a random network of descriptors, doses rise and fall by Hill's law, computed quantities are
topological indices that no feature of the surrogate holds, and a tenth of the variance is each
molecule's own.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import EState, GraphDescriptors
from rdkit.Chem.rdMolDescriptors import CalcHallKierAlpha
from scipy.stats import norm, rankdata

from molecules import Label, Molecule
from molecules.descriptors import DESCRIPTORS, describe
from molecules.library import Library, known_additives
from molecules.quantity import VOCABULARY

Floats = NDArray[np.float64]
POOL, LARGEST = 2000, 20
LOW, HIGH, REFERENCE = 0.005, 0.5, 0.05
"""Doses, mol/L."""
CELL_STD, BATCH_STD, CENSORED = 0.12, 0.06, 0.3
LIFETIME = VOCABULARY["lifetime_ratio"]
LEVEL, SPREAD = 0.1, 0.4
"""Mean and standard deviation over the pool of log10 lifetime ratio at the best dose."""
OWN = 0.1
"""Share of the variance that no feature tells."""
GROUPS = (
    "[OX2H]", "[CX3](=O)[O-,OH]", "C(=O)[NX3]", "[NX4+]", "[NX3;H2,H1;!$(NC=O)]", "[nX2]", "C#N",
    "[SX4](=O)=O", "[SX2]", "[OX2]([#6])[#6]", "[F,Cl,Br]", "[P,p]", "c1ccccc1", "[#6]=[#6]",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """How what is computed and what a cell does are related."""

    name: str
    correlation: float
    """Over the pool, of the computed score (as normal scores of its ranks) with the effect."""
    nonlinear: float
    """Weight of a computed quantity that the score leaves out, against structure."""


@dataclass(frozen=True, eq=False)
class Bench:
    """One hidden function over one pool of molecules."""

    task: Task
    seed: int

    @cached_property
    def molecules(self) -> tuple[Molecule, ...]:
        """The known additives, filled up with random molecules of the starter library."""
        known = sorted({m for m in known_additives() if m.n_heavy <= LARGEST})
        others = sorted(set(Library.starter().molecules) - set(known))
        return (*known, *random.Random(self.seed).sample(others, POOL - len(known)))

    @cached_property
    def computed(self) -> Floats:
        """Stand-ins of computed quantities, `n x 4`, scaled by their ranks in the pool."""
        return np.stack(
            [_normal(column) for column in np.array(list(map(indices, self.molecules))).T], axis=1
        )

    @cached_property
    def score(self) -> Floats:
        """D_computed, `n`: a window in the first quantity, the more the better in the second."""
        outside = np.clip(np.abs(self.computed[:, 0] - 0.5) - 0.5, 0.0, None)
        window = np.exp(-0.5 * (outside / 0.7) ** 2)
        rising = 1.0 / (1.0 + np.exp(-self.computed[:, 1]))
        return np.clip(np.sqrt(window * rising), 0.02, 0.98)

    @cached_property
    def peak(self) -> Floats:
        """Effect at the best of all doses, log10, `n`."""
        draw = np.random.default_rng([self.seed, 1])
        groups = np.array([[has(m, g) for g in GROUPS] for m in self.molecules], dtype=np.float64)
        structure = _unit(groups @ draw.normal(size=len(GROUPS))) + _unit(self._network(draw))
        curve = _unit(np.tanh(2.0 * self.computed[:, 2] * draw.choice([-1.0, 1.0])))
        weight = self.task.nonlinear
        hidden = np.sqrt(1 - weight) * _unit(structure) + np.sqrt(weight) * curve
        hidden = np.sqrt(1 - OWN) * _unit(hidden) + np.sqrt(OWN) * draw.normal(size=len(hidden))
        told = _unit(_normal(self.score))
        hidden = _unit(hidden - told * (told @ hidden) / len(told))
        rho = self.task.correlation
        effect: Floats = LEVEL + SPREAD * (rho * told + np.sqrt(1 - rho**2) * hidden)
        return effect

    @cached_property
    def optimum(self) -> Floats:
        """log10 of the best dose in mol/L, `n`: -1.3 on average, mostly within the bounds."""
        draw = np.random.default_rng([self.seed, 2])
        best: Floats = -1.3 + 0.5 * _unit(self._network(draw))
        return best

    @cached_property
    def truth(self) -> Floats:
        """Effect of each molecule at its best dose within the bounds, without noise, `n`."""
        doses = np.geomspace(LOW, HIGH, 41)
        best: Floats = self.effect(np.arange(POOL)[:, None], doses[None, :]).max(-1)
        return best

    def effect(self, index: NDArray[np.int64], dose: Floats) -> Floats:
        """Effect of molecules, by number, at `dose` in mol/L: Hill up and down, without noise."""
        x = dose / 10.0 ** self.optimum[index]
        bell = 1.0 / (1.0 + 0.4 / x) / (1.0 + 0.2 * x**2)
        found: Floats = self.peak[index] * bell / BELL
        return found

    @cached_property
    def limit(self) -> float:
        """Where tests are stopped on average, log10: 30 % of random cells still run then."""
        draw = np.random.default_rng([self.seed, 3])
        index = draw.integers(POOL, size=4000)
        dose = np.exp(draw.uniform(np.log(LOW), np.log(HIGH), size=4000))
        noisy = self.effect(index, dose) + draw.normal(size=4000) * CELL_STD
        return float(np.quantile(noisy - STOP_STD * draw.normal(size=4000), 1 - CENSORED))

    def test(self, index: int, dose: float, batch: int) -> Label:
        """Build and cycle one cell; the same cell of the same seed ends the same in every arm."""
        content = f"{self.seed} {index} {batch}".encode()
        draw = np.random.default_rng(int.from_bytes(hashlib.sha256(content).digest()[:8], "big"))
        shared = np.random.default_rng([self.seed, 4, batch])
        value = float(self.effect(np.array(index), np.array(dose)))
        value += CELL_STD * draw.normal() + BATCH_STD * shared.normal()
        stop = self.limit + STOP_STD * draw.normal()
        conditions = (("batch", f"{batch}"), ("additive_molar", dose))
        runs = value > stop
        return Label(
            self.molecules[index],
            LIFETIME,
            min(value, stop),
            CELL_STD,
            "lab",
            runs,
            conditions,
        )

    def _network(self, draw: np.random.Generator) -> Floats:
        """A random smooth function of the descriptors: eight tanh units."""
        X = np.array([[describe(m)[name] for name in DESCRIPTORS] for m in self.molecules])
        X = (X - X.mean(0)) / X.std(0)
        units = np.tanh(X @ draw.normal(size=(X.shape[1], 8)) / 2.0 + draw.normal(size=8))
        total: Floats = units @ draw.normal(size=8)
        return total


STOP_STD = 0.25
BELL = float(max(1.0 / (1.0 + 0.4 / x) / (1.0 + 0.2 * x**2) for x in np.geomspace(0.1, 10, 999)))


@cache
def indices(molecule: Molecule) -> tuple[float, ...]:
    """Topological and electrotopological indices that no feature of the surrogates holds."""
    mol = molecule.rdkit
    states = EState.EStateIndices(mol)  # type: ignore[no-untyped-call]  # rdkit
    return (
        float(states.min()),
        float(states.max()),
        float(CalcHallKierAlpha(mol)) / molecule.n_heavy,
        float(GraphDescriptors.BertzCT(mol)) / molecule.n_heavy,  # type: ignore[no-untyped-call]
    )


@cache
def has(molecule: Molecule, smarts: str) -> bool:
    return bool(molecule.rdkit.HasSubstructMatch(_pattern(smarts)))


@cache
def _pattern(smarts: str) -> Chem.Mol:
    return Chem.MolFromSmarts(smarts)


def _unit(x: Floats) -> Floats:
    """`x` with mean 0 and standard deviation 1."""
    scaled: Floats = (x - x.mean()) / x.std()
    return scaled


def _normal(x: Floats) -> Floats:
    """Normal scores of the ranks of `x`."""
    scores: Floats = norm.ppf((rankdata(x) - 0.5) / len(x))
    return scores


def percentiles(x: Floats) -> Floats:
    """Share of the others that each value exceeds."""
    ranks: Floats = (rankdata(x) - 1) / (len(x) - 1)
    return ranks
