"""What ranks ligands by log K1 without computing anything, and what computed energies add.

Used by experiments/zn_binding.py. Everything is cross-validated over Murcko scaffolds, and over
Butina clusters where there is no ring.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from group_line import fit_group_line, frequent
from numpy.typing import NDArray
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from rdkit.DataStructs import BulkTanimotoSimilarity
from rdkit.ML.Cluster import Butina
from scipy.stats import spearmanr
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from molecules import Molecule
from molecules.protonation import KCAL_PER_PK
from oracles.base import Json
from oracles.calibration import Chemistry, LinearCalibration
from oracles.recipes.bites import find_bites
from oracles.recipes.donors import CLASSES, Donor, find_donors

KINDS = tuple(kind for kind in CLASSES if kind != "halide")
REPEATS = 5
FOLDS = 10
RESAMPLES = 2000
ALPHAS = tuple(np.logspace(-2, 3, 12))
FEWEST_OF_A_KIND = 5
"""Ligands with a kind of donor, for its increment to be fitted."""
Array = NDArray[np.float64]


def forest(seed: int) -> RandomForestRegressor:
    return RandomForestRegressor(500, min_samples_leaf=2, random_state=seed, n_jobs=1)


def ridge(seed: int) -> RidgeCV:
    return make_pipeline(StandardScaler(), RidgeCV(ALPHAS))


def process(seed: int) -> GaussianProcessRegressor:
    kernel = ConstantKernel(1.0) * RBF(3.0, (1.0, 30.0)) + WhiteKernel(0.1, (1e-3, 10.0))
    regressor = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    return make_pipeline(StandardScaler(), regressor)


MODELS: dict[str, Callable[[int], RandomForestRegressor]] = {
    "random forest": forest,
    "ridge regression": ridge,
    "Gaussian process": process,
}


def calibrate(
    log_k: Mapping[Molecule, float], free: Mapping[Molecule, float], engine: Json
) -> LinearCalibration:
    """From computed to measured free energies: a line and what each donor adds, kcal/mol.

    It is at home where the strongest donor is of a class that enough of the ligands lead with. To
    see what it is worth elsewhere, all ligands with the same strongest donor are left out together.
    """
    known = sorted(free)
    groups = {kind: CLASSES[kind] for kind in KINDS}
    elements = tuple(sorted({a.GetSymbol() for m in known for a in m.rdkit.GetAtoms()}))
    classes = tuple(sorted({m.charge_class for m in known}))
    home = Chemistry(groups, classes, elements, max(m.n_heavy for m in known), is_deprotonated=True)
    leads = Counter(strongest(m) for m in known)
    one_of = tuple(name for name in groups if leads[name] >= FEWEST_OF_A_KIND)
    home = replace(home, groups=frequent(home, known, FEWEST_OF_A_KIND), one_of=one_of)
    measured = {m: -KCAL_PER_PK * log_k[m] for m in known if not home.objection(m)}
    classes = [strongest(m) for m in measured]
    return LinearCalibration(
        version="binding-gfn2-2",
        quantity="zn_exchange_energy_corrected",
        predictor="zn_exchange_free_energy",
        engine=engine,
        reference="log K1 at 25 C and 0.1 mol/l, NIST SRD 46 through GNN-MetalChelators",
        **fit_group_line(home, free, measured, classes, ALPHAS),
    )


def counts(molecule: Molecule) -> list[float]:
    """Donors by kind, charge, and the most donors that can hold the metal at once."""
    donors = find_donors(molecule, most=20, distinct=False)
    bites = find_bites(molecule)
    by_kind = [float(sum(d.kind == kind for d in donors)) for kind in KINDS]
    return [*by_kind, float(molecule.charge), float(max(map(len, bites), default=1))]


def strongest(molecule: Molecule) -> str:
    """The class of the strongest donor."""
    donors = find_donors(molecule, 1)
    return donors[0].kind if donors else "none"


def kind(molecule: Molecule) -> str:
    """The class of the strongest donor, carboxylates and azoles apart from the rest."""
    donors: list[Donor] = find_donors(molecule)
    if not donors:
        return "none"
    first = donors[0]
    atom = molecule.rdkit.GetAtomWithIdx(first.atom)
    if first.kind == "aromatic N":
        return "azole" if atom.IsInRingSize(5) else "azine"
    is_carboxylate = first.kind == "anion" and any(
        n.GetSymbol() == "C" and len([o for o in n.GetNeighbors() if o.GetSymbol() == "O"]) == 2
        for n in atom.GetNeighbors()
    )
    return "carboxylate" if is_carboxylate else first.kind


def clusters(molecules: Sequence[Molecule]) -> list[str]:
    """One name a molecule: its Murcko scaffold, or its Butina cluster among those without rings."""
    names = [MurckoScaffold.MurckoScaffoldSmiles(mol=m.rdkit) for m in molecules]
    acyclic = [i for i, name in enumerate(names) if not name]
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [make.GetCountFingerprint(molecules[i].rdkit) for i in acyclic]
    distances = [
        1.0 - s
        for k in range(1, len(prints))
        for s in BulkTanimotoSimilarity(prints[k], prints[:k])
    ]
    for number, members in enumerate(
        Butina.ClusterData(distances, len(prints), 0.5, isDistData=True)
    ):
        for member in members:
            names[acyclic[member]] = f"acyclic {number}"
    return names


def predicted(name: str, X: Array, y: Array, groups: Sequence[str], failed: Array) -> Array:
    """Cross-validated predictions, mean over repeats; failed ligands get less than any other."""
    total = np.zeros(len(y))
    for seed in range(REPEATS):
        folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(X, y, groups):
            model = MODELS[name](seed)
            total[test] += model.fit(X[train], y[train]).predict(X[test]) / REPEATS
    return np.where(failed, y.min() - 100.0, total)


def paired_bootstrap(y: Array, first: Array, second: Array, groups: Sequence[str]) -> str:
    """Difference of the rank correlations with its 90 % interval, resampling whole groups."""
    random = np.random.default_rng(0)
    names = np.array(groups)
    members = [np.flatnonzero(names == name) for name in sorted(set(groups))]
    differences = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(members), size=len(members))
        pick = np.concatenate([members[k] for k in drawn])
        differences.append(
            spearmanr(y[pick], second[pick]).statistic - spearmanr(y[pick], first[pick]).statistic
        )
    low, middle, high = np.quantile(differences, (0.05, 0.5, 0.95))
    return f"{middle:+.3f} ({low:+.3f} to {high:+.3f})"
