"""do=import: results of the bench become labels; a dry run shows what would change."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from loop.build import opened
from loop.current import current, report_now
from loop.home import prepare
from loop.laboratory.intake import described, take_in, told
from loop.laboratory.literature import LITERATURE, read_literature
from loop.laboratory.suggesting import form_of, require_bench
from loop.laboratory.turns import one_at_a_time
from loop.making import CampaignError
from loop.standing import Standing
from molecules import Label
from molecules.bench import BenchChange
from molecules.store import Store
from molecules.text_table import columns
from oracles.lab import read_sheet, write_template

MOVED = 8
"""Molecules of which the change of rank is printed."""


def import_results(cfg: DictConfig) -> None:
    """Read a results sheet, say what is wrong with it and what would change; commit if told to."""
    laboratory = require_bench(cfg).laboratory
    if cfg.do.template:
        write_template(Path(cfg.do.template))
        print(f"template:  {cfg.do.template}")
        return
    if not cfg.do.file:
        raise CampaignError(
            "got no sheet, expected do.file=FILE (csv or xlsx); do.template=FILE writes an empty "
            "one with explanations"
        )
    home = Path(cfg.home)
    prepare(home)
    if cfg.do.literature:
        _import_literature(cfg, home)
        return
    sheet, free = read_sheet(Path(cfg.do.file)), bool(cfg.do.without_control)
    why = str(cfg.do.replace or "").strip()
    with one_at_a_time(home), opened(cfg) as store:
        intake = take_in(
            sheet, store, laboratory, form_of(cfg), without_control=free, replace_why=why
        )
        print(told(intake))
        if not intake.checked.cells and not intake.checked.unchanged:
            raise CampaignError(
                f"{sheet.path.name}: got no row that can be imported, expected at least one; mend "
                "the rows named above and import the sheet again"
            )
        if intake.change.is_empty:
            what = "its other rows" if intake.checked.faults else "all of this"
            print(f"\nno change: the record has {what} already")
        _commit(cfg, store, intake.change, sheet.path.name)


def _commit(cfg: DictConfig, store: Store, change: BenchChange, source: str) -> None:
    """Write a change, where it is told to and there is one; say how the ranking moved."""
    if change.is_empty:
        return
    if not cfg.do.commit:
        print("\ndry run: nothing was written; do.commit=true imports it")
        return
    before = current(cfg, store)
    store.bench.commit(change, source)
    print(f"\ncommitted: {len(change.cells)} cells, {len(change.labels)} labels")
    where = current(cfg, store)
    print(moved(before, where))
    print(f"report:  {report_now(cfg, where)}")


def _import_literature(cfg: DictConfig, home: Path) -> None:
    """Reported ratios as labels of a source of their own; those that are known are passed over."""
    reported = read_literature(Path(cfg.do.file), cfg.pool.ph)
    with one_at_a_time(home), opened(cfg) as store:
        records = [*store.records(), *(record for record, _ in store.withdrawn())]
        known = {record.outcome for record in records}
        new = [label for label in reported.labels if label not in known]
        earlier = {
            dict(record.outcome.conditions).get("row"): record.id
            for record in store.records()
            if isinstance(record.outcome, Label) and record.outcome.oracle == LITERATURE
        }
        changed = [label for label in new if dict(label.conditions)["row"] in earlier]
        new = [label for label in new if label not in changed]
        rows = [str(dict(label.conditions)["row"]) for label in changed]
        other = [f"{row}: other than label {earlier[row]}; withdraw that one first" for row in rows]
        for remark in (*reported.remarks, *other):
            print(f"note      {remark}")
        for label in new:
            print(f"+ {described(label)}")
        if not new and not changed:
            print("no change: the record has all of this already")
        _commit(cfg, store, BenchChange(labels=new), Path(cfg.do.file).name)


def moved(before: Standing, after: Standing) -> str:
    """How ranks and scores of the best molecules changed."""
    old = {e.molecule: e for e in before.entries if e.score is not None}
    rows = []
    for entry in [e for e in after.entries if e.score is not None]:
        was = old.get(entry.molecule)
        if was is not None and (was.rank != entry.rank or was.score != entry.score):
            trust = f"{entry.tested.trust:.0%}" if entry.tested else ""
            rows.append(
                [f"{was.rank} -> {entry.rank}", f"{was.score:.3f} -> {entry.score:.3f}", trust,
                 entry.name or entry.molecule.smiles]
            )  # fmt: skip
    if not rows:
        return "the ranking is as before"
    header = ["rank", "score", "laboratory's share", "molecule"]
    more = f"\nand {len(rows) - MOVED} more" if len(rows) > MOVED else ""
    return columns(header, rows[:MOVED]) + more
