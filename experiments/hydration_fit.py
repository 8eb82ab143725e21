"""The correction of computed hydration free energies: a line and what each group adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from group_line import fit_group_line, frequent

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
    while len(groups := frequent(home, inside, FEWEST_OF_A_GROUP)) < len(home.groups):
        home = chemistry(list(groups))
        inside = [m for m in known if not home.objection(m)]
    measured = {m: fitted[m] for m in inside}
    classes = [str(sorted(home.counts(m).items())) for m in inside]
    line = LinearCalibration(
        version="hydration-gfn1-2",
        quantity="hydration_free_energy_corrected",
        predictor=QUANTITY,
        engine=Tblite(method="GFN1-xTB").settings,
        reference="Henry's law constants as free energies, 10.5194/acp-23-10901-2023, no FreeSolv",
        **fit_group_line(home, computed, measured, classes, ALPHAS),
    )
    strangers = [line.of(m, computed[m]).value - fitted[m] for m in known if home.objection(m)]
    outside_std = float(np.sqrt(np.mean(np.square(strangers))))
    return replace(line, outside_std=round(max(line.residual_std, outside_std), 2))


def chemistry(groups: list[str]) -> Chemistry:
    """Neutral molecules that consist of these groups."""
    patterns = {name: GROUPS[name] for name in groups}
    elements = tuple(sorted(ELEMENTS - {"H"}))
    return Chemistry(patterns, ("neutral",), elements, MOST_HEAVY, is_complete=True)
