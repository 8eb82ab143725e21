"""Cells of a simulated laboratory, and beliefs learned of them."""

import numpy as np
import torch

from molecules import Label
from molecules.quantity import VOCABULARY
from surrogates.features import featurise
from surrogates.laboratory import LaboratoryModel

LIFETIME = VOCABULARY["lifetime_ratio"]
HYDROGEN = VOCABULARY["hydrogen_rate"]
NAME = LIFETIME.name
DOSE = 0.05


def cell(molecule, value, *, dose=DOSE, batch="b1", std=0.12, side=0, quantity=LIFETIME, **more):
    conditions = (("cell", "c"), ("batch", batch), ("additive_molar", dose), *more.items())
    if side < 0:
        conditions += (("bound", "upper"),)
    return Label(molecule, quantity, value, std, "lab", side != 0, conditions)


def fitted(labels, quantities=(NAME,), computed=None) -> LaboratoryModel:
    model = LaboratoryModel(quantities, computed, {"additive_molar": DOSE})
    model.fit(labels)
    return model


def believed(model, molecules, dose=DOSE, quantity=NAME):
    mean, std = model.predict(quantity, molecules, torch.full((len(molecules), 1), dose).double())
    return mean[:, 0], std[:, 0]


def effects(molecules, seed):
    """Hidden effects, log10: a random network of the descriptors, plus the molecule's own part."""
    draw = np.random.default_rng(seed)
    X = featurise(molecules).descriptors
    y = np.tanh((X - X.mean(0)) @ draw.normal(size=(X.shape[1], 6)) / 2) @ draw.normal(size=6)
    y = 0.95 * (y - y.mean()) / y.std() + 0.3 * draw.normal(size=len(y))
    return 0.1 + 0.35 * y


def simulated(molecules, seed, n):
    """`n` cells in batches of five, noise 0.12 and 0.05 a batch, stopped at 0.35: those above are
    bounds."""
    draw = np.random.default_rng([seed, n])
    y = effects(molecules, seed)
    order = draw.permutation(len(molecules))[:n].tolist()
    labels = []
    for k, i in enumerate(order):
        shared = np.random.default_rng([seed, k // 5]).normal() * 0.05
        value = y[i] + shared + 0.12 * draw.normal()
        bound = 1 if value > 0.35 else 0
        labels.append(cell(molecules[i], min(value, 0.35), batch=f"b{k // 5}", side=bound))
    unseen = [i for i in range(len(molecules)) if i not in order]
    return labels, [molecules[i] for i in unseen], y[unseen]
