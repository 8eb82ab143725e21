"""Do the funnel and the campaign's score rank known additives above other molecules?

    python experiments/known_additives.py --data FOLDER [--home HOME]

Known: the sourced additives within the size limit, in the form of pH 4.5. Others, in their forms:
random molecules of PCQM4M (`pcqm4m/data_reconstructed_layout.csv.gz`), small ones of QM9, and
decoys matched one by one to the known (clogP within 1, heavy atoms within 4) out of PubChem
(`pubchem/pubchem_identifiers_sample.csv.gz`), PCQM4M and QM9. FOLDER holds these files; they are no
part of this repository, and only aggregate figures are written.

Scores: that of the funnel (a molecule that fell ranks below those that passed, by its stage), that
of the campaign in HOME (the surrogate's, learned without its labels of known additives), and the
trivial ones that both must beat: the gap predicted by a model learned from QM9, -clogP, polar
surface per heavy atom, and small size. AUC with its 95 % interval over resampled molecules.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from sklearn.metrics import roc_auc_score

from loop.build import build
from loop.reward import PosteriorReward
from loop.schema import register
from loop.screening.screen import Screen
from loop.screening.sift import PropertyLimit, Sieve
from molecules import InvalidMoleculeError, Label, Molecule
from molecules.descriptors import clogp, describe
from molecules.filters import Filters, Funnel
from molecules.library import known_additives
from molecules.protonation import form_at, split_salt
from molecules.store import Store
from oracles.workers.local import LocalWorkers
from surrogates.properties import PropertyModel

HERE = Path(__file__).parent
TABLE = HERE / "known_additives.md"
PH, LARGEST = 4.5, 20
N_RANDOM, N_SMALL, PER_KNOWN, N_LEARNED = 1000, 1000, 20, 20_000
RESAMPLES = 1000
Scorer = Callable[[Sequence[Molecule]], NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, help="of a campaign with labels")
    arguments = parser.parse_args()
    register()
    with initialize_config_module("conf", version_base="1.3"):
        cfg = compose("loop", ["+campaign=zn_anode", "oracles.dft=null"])
    known = [m for m in known_additives() if m.n_heavy <= LARGEST]
    others = decoys(arguments.data, known)
    gap = learned_gap(arguments.data, {m.smiles for m in known})
    scorers: dict[str, Scorer] = {
        "funnel": funnel_score(cfg, gap),
        "predicted gap": lambda ms: gap.predict(ms)[0],
        "-clogP": lambda ms: np.array([-clogp(m) for m in ms]),
        "polar surface per heavy atom": cheap("tpsa_per_heavy_atom", 1.0),
        "small size": cheap("heavy_atoms", -1.0),
    }
    if arguments.home:
        with closing(Store.open(arguments.home / "store.db", create=False)) as store:
            scorers["campaign"] = campaign_score(cfg, store, set(known))
    write_table(known, others, scorers)


def cheap(name: str, sign: float) -> Scorer:
    return lambda ms: np.array([sign * describe(m)[name] for m in ms])


def read(path: Path, column: str) -> list[Molecule]:
    """Distinct closed-shell species within the size limit, in the form of pH 4.5."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row[column] for row in csv.DictReader(file)]
    random.Random(0).shuffle(rows)
    found: dict[Molecule, None] = {}
    for text in rows[:8000]:
        try:
            molecule = split_salt(text).main.molecule
        except InvalidMoleculeError:
            continue
        radicals = any(a.GetNumRadicalElectrons() for a in molecule.rdkit.GetAtoms())
        if not radicals and 3 <= molecule.n_heavy <= LARGEST:
            found[form_at(molecule, PH).molecule] = None
    return list(found)


def decoys(data: Path, known: Sequence[Molecule]) -> dict[str, list[Molecule]]:
    """Each set of others by its name, without the known."""
    files = {
        "PCQM4M": ("pcqm4m/data_reconstructed_layout.csv.gz", "smiles"),
        "QM9": ("qm9/qm9_scalars.csv.gz", "SMILES"),
        "PubChem": ("pubchem/pubchem_identifiers_sample.csv.gz", "SMILES"),
    }
    mine = set(known)
    pools = {
        name: [m for m in read(data / path, column) if m not in mine]
        for name, (path, column) in files.items()
    }
    everything = sorted({m for pool in pools.values() for m in pool})
    random.Random(1).shuffle(everything)
    size = np.array([m.n_heavy for m in everything])
    logp = np.array([clogp(m) for m in everything])
    matched: dict[Molecule, None] = {}
    for one in known:
        near = (abs(logp - clogp(one)) <= 1.0) & (abs(size - one.n_heavy) <= 4)
        free = [everything[k] for k in np.flatnonzero(near) if everything[k] not in matched]
        matched |= dict.fromkeys(free[:PER_KNOWN])
    return {
        "random (PCQM4M)": pools["PCQM4M"][:N_RANDOM],
        "small (QM9)": pools["QM9"][:N_SMALL],
        "matched": list(matched),
    }


def learned_gap(data: Path, excluded: set[str]) -> PropertyModel:
    """The gap of QM9, B3LYP/6-31G(2df,p) in the gas phase, eV, by a model of the library's kind."""
    with gzip.open(data / "qm9/qm9_scalars.csv.gz", "rb") as file:
        table = pl.read_csv(file.read()).sample(N_LEARNED, seed=0)
    rows = table.select("SMILES", "HOMO_LUMO_gap_au").iter_rows()
    pairs = [(Molecule.from_smiles(text), 27.211386 * gap) for text, gap in rows]
    pairs = [(m, gap) for m, gap in pairs if m.smiles not in excluded]
    molecules, gaps = zip(*pairs, strict=True)
    return PropertyModel.learn("gap", "B3LYP/6-31G(2df,p), gas", molecules, gaps)


def funnel_score(cfg: DictConfig, gap: PropertyModel) -> Scorer:
    """The score of the shortlist where a molecule passes, else minus the stages still to come."""
    screen: Screen = instantiate(cfg.screen)
    filters: Filters = instantiate(cfg.filters)
    bounds = {k: v for k, v in screen.predicted["gap"].items() if k != "method"}
    limits = {"gap": PropertyLimit(gap, **bounds)}
    sieve = Sieve(Funnel(screen.stages(filters)), limits)
    shortlist = screen.shortlister(limits)

    def score(molecules: Sequence[Molecule]) -> NDArray[np.float64]:
        scores = []
        for molecule in molecules:
            answer = sieve.sift([molecule.smiles])
            survivors = answer["survivors"]
            if not survivors:
                counts = answer["counts"]
                fell = next(k for k, c in enumerate(counts) if c["reasons"])
                scores.append(float(fell - len(counts)))
                continue
            row = {"smiles": survivors[0]["smiles"], "gap": survivors[0]["predicted"]["gap"][0]}
            scores.append(float(shortlist.scores(pl.DataFrame([row]))[0]))
        return np.array(scores)

    return score


def campaign_score(cfg: DictConfig, store: Store, known: set[Molecule]) -> Scorer:
    """What the campaign would expect of molecules, had it never asked about the known."""
    with tempfile.TemporaryDirectory() as folder, LocalWorkers(1, Path(folder)) as workers:
        campaign = build(cfg, store, workers)
        outcomes = [r.outcome for r in store.records() if r.outcome.molecule not in known]
        wanted = set(campaign.objective.quantities)
        labels = [o for o in outcomes if isinstance(o, Label) and o.quantity.name in wanted]
        campaign.surrogate.fit(labels, [])
    reward = PosteriorReward(campaign.objective, campaign.surrogate, campaign.filters)
    uniform = torch.full((reward.n_objectives,), 1.0 / reward.n_objectives, dtype=torch.float64)
    beta = torch.tensor(1.0, dtype=torch.float64)

    def score(molecules: Sequence[Molecule]) -> NDArray[np.float64]:
        values = reward.scalarise(reward.objectives(molecules), uniform, beta)
        return np.asarray(values.detach().numpy(), dtype=float)

    return score


def auc(known: NDArray[np.float64], others: NDArray[np.float64]) -> str:
    """Area under the receiver operating characteristic, and its 95 % interval."""
    generator = np.random.default_rng(0)

    def area(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
        truth = np.r_[np.ones(len(first)), np.zeros(len(second))]
        return float(roc_auc_score(truth, np.r_[first, second]))

    areas = [
        area(generator.choice(known, len(known)), generator.choice(others, len(others)))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(areas, (2.5, 97.5))
    return f"{area(known, others):.2f} ({low:.2f} to {high:.2f})"


def write_table(
    known: Sequence[Molecule],
    others: Mapping[str, Sequence[Molecule]],
    scorers: Mapping[str, Scorer],
) -> None:
    sizes = ", ".join(f"{len(ms)} {name}" for name, ms in others.items())
    lines = [
        "# Known additives among other molecules",
        "",
        "Made by `python experiments/known_additives.py --data FOLDER --home HOME`. AUC with its "
        f"95 % interval: {len(known)} sourced additives of at most {LARGEST} heavy atoms against "
        f"{sizes}. The funnel's rules were drawn up with these additives in sight (95 % of them "
        "were to pass), so its column is what was built in and no prediction; the campaign's "
        "surrogate has seen none of them, but its goals were set beside them as well.",
        "",
        f"| score | {' | '.join(others)} |",
        "|---|" + "---|" * len(others),
    ]
    for name, scorer in scorers.items():
        first = scorer(known)
        cells = [auc(first, scorer(ms)) for ms in others.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
