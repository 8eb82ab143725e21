"""do=simulate: a backtest of the loop on known labels, against random order."""

from __future__ import annotations

import csv
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from loop.build import build, build_objective, build_oracles, opened
from loop.export import export_records
from loop.knowledge import gather
from loop.making import CampaignError, make
from loop.scores import evaluate
from loop.standing import standing
from loop.tiers import Tiers
from molecules.files import replace_file
from molecules.store import Store
from oracles.table import TableOracle
from surrogates.consensus import Consensus

log = logging.getLogger("loop")


def simulate(cfg: DictConfig) -> None:
    """Run the campaign's loop over a table of its own labels, in a fresh home of this job."""
    home = Path(cfg.home) / "simulate" / job_name()
    home.mkdir(parents=True, exist_ok=True)
    labels = home / "labels.csv"
    if cfg.do.file is None:
        with opened(cfg, create=False) as known, replace_file(labels) as file:
            export_records(known, file)
    else:
        source = Path(cfg.do.file)
        if not source.is_file():
            raise CampaignError(f"got do.file={source}, expected an exported csv of labels")
        labels.write_bytes(source.read_bytes())
    backtest(cfg, home, labels)


def backtest(cfg: DictConfig, home: Path, labels: Path) -> None:
    """Choose among the molecules of `labels` round by round; print and write the comparison."""
    job = _on_table(cfg, home, labels)
    (home / "store.db").unlink(missing_ok=True)
    store = Store.open(home / "store.db")
    objective = build_objective(job)
    with make(job.workers, "workers") as workers:
        campaign = build(job, store, workers)
        everything, consensus = _all_known(cfg, job)
        if len(everything) < 2 * job.batch:
            raise CampaignError(
                f"got {len(everything)} scored molecules, expected at least {2 * job.batch} (two "
                "batches) for a backtest; run more rounds first, or give do.file"
            )
        for _ in range(job.rounds):
            if not campaign.round():
                break
    # On one scale with the best known and with random order, which know all labels of all tiers.
    where = standing(job.name, objective, store, tiers=campaign.tiers, consensus=consensus)
    store.close()
    if not where.progress:
        raise CampaignError(
            f"got no round: rounds={job.rounds}, or the filters reject every molecule; "
            "expected at least one round; try filters=open"
        )
    medians = random_medians(everything, [p.n_molecules for p in where.progress], cfg)
    with replace_file(home / "simulation.csv") as target:
        with target.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["round", "n_molecules", "best_score", "random_median", "hypervolume"])
            for p, median in zip(where.progress, medians, strict=True):
                table.writerow([p.round, p.n_molecules, p.best_score, median, p.hypervolume])
    last, ceiling = where.progress[-1], float(everything.max())
    print(
        f"backtest {home.name}: best score {last.best_score:.3f} after {last.n_molecules} of "
        f"{len(everything)} molecules; random order {medians[-1]:.3f} (median); best known "
        f"{ceiling:.3f}; table {home / 'simulation.csv'}"
    )


def random_medians(scores: torch.Tensor, counts: list[int], cfg: DictConfig) -> list[float]:
    """Median over shuffles of the best of the first n scores, for each n of `counts`."""
    generator = torch.Generator().manual_seed(cfg.seed)
    orders = torch.stack(
        [torch.randperm(len(scores), generator=generator) for _ in range(cfg.do.shuffles)]
    )
    best = scores[orders].cummax(dim=1).values
    return [float(best[:, min(n, len(scores)) - 1].median()) for n in counts]


def job_name() -> str:
    """A folder name of this job's own: its overrides, less what all jobs share."""
    overrides = [
        o for o in HydraConfig.get().overrides.task
        if not o.lstrip("+").startswith(("campaign=", "do=", "home=", "do.file="))
    ]  # fmt: skip
    text = ",".join(sorted(overrides)) or "default"
    return "".join(c if c.isalnum() or c in "=,.-_" else "-" for c in text)[:120]


def _on_table(cfg: DictConfig, home: Path, labels: Path) -> DictConfig:
    """The campaign with its oracles replaced by the table, and the table as its only library."""
    job = OmegaConf.create(OmegaConf.to_container(cfg, resolve=False))
    tables: dict[str, dict[str, Any] | None] = {}
    oracles = build_oracles(cfg)
    upper = Tiers.of(build_objective(cfg), oracles).upper
    heard = _oracles_heard(labels)
    for name, oracle in oracles.items():
        if name in upper and name not in heard:
            tables[name] = None  # nobody was ever promoted to it
            continue
        tables[name] = {
            "_target_": "oracles.table.TableOracle",
            "file": str(labels),
            "quantities": {q.name: q.unit for q in oracle.quantities},
            "name": name,
            "tier": oracle.tier,
            "cost": {"_target_": "oracles.base.Cost", **asdict(oracle.cost)},
            "rows_of": name,
        }
    with open_dict(job):
        job.oracles = tables
        job.home = str(home)
        job.generators = {
            "library": {
                "_target_": "generators.library.LibraryProposer",
                "filters": "${filters}",
                "seed": "${seed}",
                "path": str(_unique_molecules(labels, home / "molecules.csv")),
            }
        }
    assert isinstance(job, DictConfig)
    return job


def _oracles_heard(labels: Path) -> set[str]:
    with labels.open(encoding="utf-8-sig", newline="") as file:
        return {row.get("oracle", "") for row in csv.DictReader(file)}


def _unique_molecules(labels: Path, target: Path) -> Path:
    with labels.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "smiles" not in (rows.fieldnames or ()):
            raise CampaignError(
                f"{labels}: got columns {rows.fieldnames}, expected one named smiles"
            )
        unique = dict.fromkeys(row["smiles"] for row in rows)
    target.write_text("smiles\n" + "\n".join(unique) + "\n", encoding="utf-8")
    return target


def _all_known(cfg: DictConfig, job: DictConfig) -> tuple[torch.Tensor, Consensus]:
    """Scores of all that the table knows, and what its tiers say together."""
    known = Path(job.home) / "known.db"
    known.unlink(missing_ok=True)
    store = Store.open(known)
    for oracle in build_oracles(job).values():
        assert isinstance(oracle, TableOracle)
        for outcome in oracle.query(oracle.molecules):
            store.add(outcome)
    objective, records = build_objective(cfg), store.records()
    tiers = Tiers.of(objective, build_oracles(job))
    consensus = tiers.agree(records)
    scores = evaluate(objective, gather(records, consensus, tiers.order))[2]
    store.close()
    return scores[~scores.isnan()], consensus
