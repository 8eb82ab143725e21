"""The correction of computed hydration free energies: a line and what each group adds to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut, LeaveOneOut, cross_val_predict

from molecules import Molecule
from oracles.calibration import Chemistry, LinearCalibration
from oracles.engines.tblite import Tblite

QUANTITY = "hydration_free_energy"
MOST_HEAVY = 20
ELEMENTS = {"H", "C", "N", "O", "F", "S", "P", "Cl", "Br"}
ALPHAS = tuple(np.logspace(-2, 2, 9))
FEWEST_OF_A_GROUP = 5
GROUPS = {
    "alcohol": "[OX2H][CX4]",
    "phenol": "[OX2H]c",
    "carboxylic acid": "[CX3](=O)[OX2H]",
    "ester": "[CX3](=O)[OX2][#6]",
    "aldehyde": "[CX3H1](=O)[#6]",
    "ketone": "[#6][CX3](=O)[#6]",
    "ether": "[OX2]([#6;!$(C=O)])[#6;!$(C=O)]",
    "primary amine": "[NX3H2][#6;!$(C=[O,S,N])]",
    "secondary amine": "[NX3H1]([#6;!$(C=[O,S,N])])[#6;!$(C=[O,S,N])]",
    "tertiary amine": "[NX3H0]([CX4])([CX4])[CX4]",
    "aromatic nitrogen": "[nX2]",
    "amide": "[NX3][CX3]=[O,S]",
    "nitrile": "C#N",
    "nitro": "[NX3+](=O)[O-]",
    "thiol": "[SX2H]",
    "sulfide": "[SX2]([#6])[#6]",
    "sulfoxide, sulfone": "[SX3,SX4]=O",
    "phosphorus": "[#15]~[#8]",
    "fluorine": "[F]",
    "chlorine": "[Cl]",
    "bromine": "[Br]",
    "aromatic carbon": "c",
    "unsaturated carbon": "[CX3,CX2;!$(C=[O,S,N]);!$(C#N)]",
    "saturated carbon": "[CX4]",
}


def calibrate(
    fitted: Mapping[Molecule, float], computed: Mapping[Molecule, float]
) -> LinearCalibration:
    """Line and group counts, fitted on the molecules that frequent groups make up completely."""
    known = [m for m in fitted if m in computed]
    home = chemistry(list(GROUPS))
    inside = [m for m in known if not home.objection(m)]
    while rare := rare_groups(home, inside):
        home = chemistry([name for name in home.groups if name not in rare])
        inside = [m for m in known if not home.objection(m)]
    outside = [m for m in known if home.objection(m)]

    def columns(molecules: list[Molecule]) -> np.ndarray:
        return np.array([[computed[m], *home.counts(m).values()] for m in molecules])

    X, y = columns(inside), np.array([fitted[m] for m in inside])
    model = RidgeCV(alphas=ALPHAS).fit(X, y)
    residuals = y - model.predict(X)
    std = float(np.sqrt(residuals @ residuals / (len(y) - X.shape[1] - 1)))
    strangers = model.predict(columns(outside)) - np.array([fitted[m] for m in outside])
    ridge, classes = (
        Ridge(alpha=model.alpha_),
        [str(sorted(home.counts(m).items())) for m in inside],
    )
    one = cross_val_predict(ridge, X, y, cv=LeaveOneOut())
    many = cross_val_predict(ridge, X, y, groups=classes, cv=LeaveOneGroupOut())
    slope, *increments = model.coef_
    return LinearCalibration(
        version="hydration-gfn1-1",
        quantity="hydration_free_energy_corrected",
        predictor=QUANTITY,
        engine=Tblite(method="GFN1-xTB").settings,
        slope=round(float(slope), 4),
        intercept=round(float(model.intercept_), 4),
        residual_std=round(std, 2),
        outside_std=round(max(std, float(np.sqrt((strangers**2).mean()))), 2),
        low=round(float(X[:, 0].min()), 1),
        high=round(float(X[:, 0].max()), 1),
        n=len(y),
        mae_left_out=round(float(abs(one - y).mean()), 2),
        mae_class_left_out=round(float(abs(many - y).mean()), 2),
        reference="Henry's law constants as free energies, 10.5194/acp-23-10901-2023, no FreeSolv",
        chemistry=home,
        increments={
            name: round(float(v), 3) for name, v in zip(home.groups, increments, strict=True)
        },
    )


def rare_groups(home: Chemistry, molecules: list[Molecule]) -> set[str]:
    """Groups of `home` in too few of the molecules to be fitted."""
    numbers = Counter(name for m in molecules for name, n in home.counts(m).items() if n)
    return {name for name in home.groups if numbers[name] < FEWEST_OF_A_GROUP}


def chemistry(groups: list[str]) -> Chemistry:
    """Neutral molecules that consist of these groups."""
    patterns = {name: GROUPS[name] for name in groups}
    elements = tuple(sorted(ELEMENTS - {"H"}))
    return Chemistry(patterns, ("neutral",), elements, MOST_HEAVY, is_complete=True)
