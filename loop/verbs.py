"""What `do=` can name: one function a verb, each taking the composed configuration."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from loop.build import (
    CampaignError,
    announce,
    build,
    build_objective,
    build_oracles,
    make,
    open_oracles,
)
from loop.home import one_run, prepare
from loop.plan import plan
from loop.questions import answered, ask
from loop.report import write_report
from loop.simulate import simulate
from loop.standing import Standing, standing
from loop.tables import best_table, status_table
from loop.tracking import Tracking
from molecules import Failure, InvalidMoleculeError, Label, Molecule
from molecules.files import replace_file
from molecules.library import Library
from molecules.store import Store

log = logging.getLogger("loop")


def run(cfg: DictConfig) -> None:
    """Run the campaign to the end of its rounds or budget; again: resume."""
    home = Path(cfg.home)
    prepare(home)
    announce(cfg)
    with one_run(home), opened(cfg) as store, make(cfg.workers, "workers") as workers:
        campaign = build(cfg, store, workers)
        _keep_configuration(cfg, home)
        tracking: Tracking = make(cfg.tracking, "tracking")
        tracking.start(cfg.name, home, {"seed": str(cfg.seed), "batch": str(cfg.batch)})
        where = _standing(cfg, store)
        while len(where.progress) < cfg.rounds:
            log.info(f"\nround {len(where.progress) + 1} of {cfg.rounds}")
            if not campaign.round():
                log.info("nothing more to ask: the budget or the pool is used up")
                break
            where = _standing(cfg, store)
            tracking.log_round(where, None)
            log.info(progress_line(where))
        else:
            log.info(
                f"finished: {len(where.progress)} of {cfg.rounds} rounds are done; to go on, give "
                f"more: rounds={cfg.rounds + 5}"
            )
        report = write_report(where, home / "report")
        tracking.finish(where, home / "report")
    print(best_table(where))
    print(f"report:  {report}")
    print(f"mlflow:  {tracking.link()}")


def status(cfg: DictConfig) -> None:
    """Print rounds, labels per tier and status, the best so far, and what was spent."""
    with opened(cfg, create=False) as store:
        print(status_table(_standing(cfg, store), store.records()))


def report(cfg: DictConfig) -> None:
    """Write the report of what is known now."""
    with opened(cfg, create=False) as store:
        print(f"report:  {write_report(_standing(cfg, store), Path(cfg.home) / 'report')}")


def ask_given(cfg: DictConfig) -> None:
    """Ask one tier about given molecules now; outcomes are remembered like any other."""
    molecules = read_molecules(Path(cfg.do.molecules))
    oracles = build_oracles(cfg)
    if cfg.do.oracle not in oracles:
        raise CampaignError(f"got do.oracle={cfg.do.oracle}, expected one of {sorted(oracles)}")
    oracle = oracles[cfg.do.oracle]
    prepare(Path(cfg.home))
    announce(cfg)
    # A folder of its own: a run of the same campaign may be using the other one at this moment.
    workers_choice = OmegaConf.merge(cfg.workers, {"folder": str(Path(cfg.home) / "work-ask")})
    with opened(cfg) as store, make(workers_choice, "workers") as workers:
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


EXPORT_COLUMNS = (
    "smiles", "inchikey", "quantity", "value", "std", "unit", "oracle", "status", "reason", "round",
    "source", "started", "seconds", "conditions",
)  # fmt: skip


def export(cfg: DictConfig) -> None:
    """Write every outcome as csv."""
    target = Path(cfg.do.file)
    with opened(cfg, create=False) as store, replace_file(target) as file:
        n = export_records(store, file)
    print(f"wrote {n} outcomes to {target}")


def export_records(store: Store, path: Path) -> int:
    """Write every outcome of `store` to `path`; return their number."""
    records = store.records()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(EXPORT_COLUMNS)
        for r in records:
            o = r.outcome
            label = o if isinstance(o, Label) else None
            status = "ok" if label else o.status if isinstance(o, Failure) else "pending"
            reason = "" if label else o.reason if isinstance(o, Failure) else o.request
            quantity = label.quantity.name if label else o.quantity or ""
            table.writerow([
                o.molecule.smiles, o.molecule.inchikey, quantity,
                repr(label.value) if label else "", repr(label.std) if label else "",
                label.quantity.unit if label else "", o.oracle, status, reason,
                "" if r.round is None else r.round, r.source, r.started, f"{r.seconds:.3f}",
                json.dumps(dict(label.conditions)) if label and label.conditions else "",
            ])  # fmt: skip
    return len(records)


VERBS: dict[str, Callable[[DictConfig], None]] = {
    "run": run,
    "plan": plan,
    "status": status,
    "report": report,
    "ask": ask_given,
    "export": export,
    "simulate": simulate,
}


@contextmanager
def opened(cfg: DictConfig, create: bool = True) -> Iterator[Store]:
    """The campaign's record, closed at the end."""
    store = Store.open(cfg.store.location, create)
    try:
        yield store
    finally:
        store.close()


def read_molecules(path: Path) -> list[Molecule]:
    """Read a csv with a smiles column or a .smi file; all rows are checked before any is used.

    Raises:
        CampaignError: the file is missing, has no smiles column, or a row does not parse.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CampaignError(
            f"cannot read {path}: {error}; expected a UTF-8 csv or smi file"
        ) from error
    rows = _csv_smiles(path, text) if path.suffix.lower() == ".csv" else _smi_smiles(text)
    molecules, faults = [], []
    for number, smiles in rows:
        try:
            molecules.append(Molecule.from_smiles(smiles))
        except InvalidMoleculeError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        more = f" (and {len(faults) - 3} more rows)" if len(faults) > 3 else ""
        raise CampaignError(f"{path}: {'; '.join(faults[:3])}{more}; nothing was asked")
    return list(dict.fromkeys(molecules))


def _csv_smiles(path: Path, text: str) -> Sequence[tuple[int, str]]:
    table = csv.DictReader(text.splitlines())
    columns = table.fieldnames or []
    if "smiles" not in columns:
        raise CampaignError(f"{path}: got columns {', '.join(columns)}, expected one named smiles")
    return [(table.line_num, row["smiles"] or "") for row in table]


def _smi_smiles(text: str) -> Sequence[tuple[int, str]]:
    return [(n, line.split()[0]) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def progress_line(where: Standing) -> str:
    """One sentence about the last round."""
    last = where.progress[-1]
    return (
        f"round {last.round}: best score {last.best_score:.3f}, "
        f"hypervolume {last.hypervolume:.3f}, {last.n_molecules} molecules, "
        f"oracles {last.oracle_seconds:.0f} s, own {last.own_seconds:.0f} s"
    )


def _standing(cfg: DictConfig, store: Store) -> Standing:
    library = Library.starter() if cfg.library is None else Library.read(Path(cfg.library))
    return standing(cfg.name, build_objective(cfg), store, library.names)


def _keep_configuration(cfg: DictConfig, home: Path) -> None:
    """Keep the composed configuration in the home, beside those of earlier runs if it changed."""
    text = OmegaConf.to_yaml(cfg)
    kept = sorted(home.glob("config-*.yaml"))
    if not kept or kept[-1].read_text(encoding="utf-8") != text:
        with replace_file(home / f"config-{len(kept) + 1:03d}.yaml") as file:
            file.write_text(text, encoding="utf-8")
