"""What `do=` can name: one function a verb, each taking the composed configuration."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from loop.build import build, build_oracles, open_oracles, opened
from loop.campaign import Campaign
from loop.current import current, report_now, setting
from loop.export import export_records
from loop.home import one_run, prepare
from loop.laboratory.importing import import_results
from loop.laboratory.suggesting import suggest
from loop.laboratory.withdrawing import withdraw
from loop.making import CampaignError, make
from loop.plan import plan
from loop.questions import answered, ask
from loop.report import write_report
from loop.screening.verb import screen
from loop.simulate import simulate
from loop.standing import Standing
from loop.tables import best_table, status_table
from loop.tracking import Tracking
from molecules import Failure, Label
from molecules.files import replace_file
from molecules.library import Library
from molecules.store import Store

log = logging.getLogger("loop")


def run(cfg: DictConfig) -> None:
    """Run the campaign to the end of its rounds or budget; again: resume."""
    home = Path(cfg.home)
    prepare(home)
    with one_run(home), opened(cfg) as store, make(cfg.workers, "workers") as workers:
        campaign = build(cfg, store, workers)
        _keep_configuration(cfg, home)
        tracking: Tracking = make(cfg.tracking, "tracking")
        tracking.start(cfg.name, home, parameters(cfg))
        try:
            _to_the_end(cfg, campaign, tracking, store)
        finally:
            where = current(cfg, store)
            report = write_report(where, home / "report", setting(cfg))
            tracking.finish(where, home / "report")
    print(best_table(where))
    print(f"report:  {report}")
    if link := tracking.link():
        print(f"mlflow:  {link}")


def _to_the_end(cfg: DictConfig, campaign: Campaign, tracking: Tracking, store: Store) -> None:
    """Run rounds until they or the budget are used up."""
    where = current(cfg, store)
    while len(where.progress) < cfg.rounds:
        log.info(f"\nround {len(where.progress) + 1} of {cfg.rounds}")
        if not campaign.round():
            log.info("nothing more to ask: the budget or the pool is used up")
            return
        began = time.monotonic()
        where = current(cfg, store)
        tracking.log_round(where, None)
        last = where.progress[-1]
        own_seconds = last.own_seconds + time.monotonic() - began
        store.note_round(last.round, {"own_seconds": own_seconds}, finished=False)
        log.info(progress_line(where))
    log.info(
        f"finished: {len(where.progress)} of {cfg.rounds} rounds are done; to go on, give "
        f"more: rounds={len(where.progress) + 5}"
    )


def status(cfg: DictConfig) -> None:
    """Print rounds, labels per tier and status, the best so far, and what was spent."""
    with opened(cfg, create=False) as store:
        print(status_table(current(cfg, store), store.records()))


def report(cfg: DictConfig) -> None:
    """Write the report of what is known now."""
    with opened(cfg, create=False) as store:
        print(f"report:  {report_now(cfg, current(cfg, store))}")


def ask_given(cfg: DictConfig) -> None:
    """Ask one tier about given molecules now; outcomes are remembered like any other."""
    molecules = Library.read(Path(cfg.do.molecules)).molecules
    oracles = build_oracles(cfg)
    if cfg.do.oracle not in oracles:
        raise CampaignError(f"got do.oracle={cfg.do.oracle}, expected one of {sorted(oracles)}")
    oracle = oracles[cfg.do.oracle]
    prepare(Path(cfg.home))
    # A folder of its own: a run of the same campaign may be using the other one at this moment.
    folder = str(Path(cfg.home) / "work-ask")
    with opened(cfg) as store, make(cfg.workers, "workers", folder=folder) as workers:
        open_oracles({oracle.name: oracle}, workers, store)
        done = answered(store.records(), oracle)
        waiting = [m for m in molecules if not done.get(m, False)]
        with tqdm(total=len(waiting), desc=f"asking {oracle.name}", unit="molecule") as bar:
            for outcome, is_last in ask(oracle, waiting):
                store.add(outcome, source="ask")
                bar.update(int(is_last))
        asked = set(molecules)
        for record in store.records():
            outcome = record.outcome
            if outcome.molecule in asked and outcome.oracle == oracle.name:
                match outcome:
                    case Label():
                        text = f"{outcome.value:.3f} +- {outcome.std:.3f} {outcome.quantity.unit}"
                        print(f"{outcome.molecule}  {outcome.quantity.name} = {text}")
                    case Failure():
                        print(
                            f"{outcome.molecule}  {outcome.quantity or 'all'}: {outcome.status}, "
                            f"{outcome.reason}"
                        )


def export(cfg: DictConfig) -> None:
    """Write every outcome as csv."""
    target = Path(cfg.do.file)
    with opened(cfg, create=False) as store, replace_file(target) as file:
        n = export_records(store, file)
    print(f"wrote {n} outcomes to {target}")


VERBS: dict[str, Callable[[DictConfig], None]] = {
    "run": run,
    "plan": plan,
    "status": status,
    "report": report,
    "ask": ask_given,
    "screen": screen,
    "suggest": suggest,
    "import": import_results,
    "withdraw": withdraw,
    "export": export,
    "simulate": simulate,
}


def parameters(cfg: DictConfig) -> dict[str, str]:
    """Every key of the configuration that holds a value, flat, for the dashboard."""

    def flat(node: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield from flat(value, f"{path}.{key}" if path else str(key))
        elif node is not None:
            yield path, str(node)

    return dict(flat(OmegaConf.to_container(cfg, resolve=True), ""))


def progress_line(where: Standing) -> str:
    """One sentence about the last round."""
    last = where.progress[-1]
    return (
        f"round {last.round}: best score {last.best_score:.3f}, "
        f"hypervolume {last.hypervolume:.3f}, {last.n_molecules} molecules, "
        f"oracles {last.oracle_seconds:.0f} s, own {last.own_seconds:.0f} s"
    )


def _keep_configuration(cfg: DictConfig, home: Path) -> None:
    """Keep the composed configuration in the home, beside those of earlier runs if it changed."""
    text = OmegaConf.to_yaml(cfg)
    kept = sorted(home.glob("config-*.yaml"))
    if not kept or kept[-1].read_text(encoding="utf-8") != text:
        with replace_file(home / f"config-{len(kept) + 1:03d}.yaml") as file:
            file.write_text(text, encoding="utf-8")
