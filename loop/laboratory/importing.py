"""do=import: results of the bench become labels; a dry run shows what would change."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from omegaconf import DictConfig

from loop.build import opened
from loop.current import current
from loop.home import HomeError, prepare
from loop.laboratory.literature import LITERATURE, read_literature
from loop.laboratory.request import molecule_of
from loop.laboratory.revision import Revision, revise
from loop.laboratory.suggesting import require_bench
from loop.making import CampaignError
from loop.standing import Standing
from molecules import Label
from molecules.bench import BenchChange, Sheet
from molecules.store import Store
from molecules.text_table import columns
from oracles.lab.cells import Cell
from oracles.lab.checks import Checked, check
from oracles.lab.faults import Caution
from oracles.lab.labels import Labelled, LabelSettings, labels
from oracles.lab.laboratory import Laboratory
from oracles.lab.reading import RawSheet, read_sheet
from oracles.lab.template import write_template

log = logging.getLogger("loop")
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
    sheet = read_sheet(Path(cfg.do.file))
    with one_import(home), opened(cfg) as store:
        records = store.records()
        known = known_cells(store)
        checked = check(
            sheet,
            resolve=lambda name: molecule_of(name, records),
            known_cells=known,
            without_control=bool(cfg.do.without_control),
            today=datetime.now(UTC).astimezone().date(),
        )
        everything = {**known, **{cell.cell_id: cell for cell in checked.cells}}
        labelled = labels_of(everything, laboratory)
        revision = revise(store, laboratory.name, labelled.labels)
        change = BenchChange(
            Sheet(sheet.sha256, sheet.path.name, sheet.encoding),
            {cell.cell_id: cell.to_json() for cell in checked.cells},
            withdrawn_labels=revision.withdrawn(f"import of {sheet.path.name}"),
            labels=revision.labels(),
        )
        print(_told(sheet, checked, labelled, revision))
        if not checked.cells and not checked.unchanged:
            raise CampaignError(
                f"{sheet.path.name}: got no row that can be imported, expected at least one; mend "
                "the rows named above and import the sheet again"
            )
        is_new = sheet.sha256 not in {one.sha256 for one in store.bench.sheets()}
        if change.is_empty:
            print("\nno change: the record has all of this already")
        elif not cfg.do.commit:
            print("\ndry run: nothing was written; do.commit=true imports it")
            return
        if cfg.do.commit and (is_new or not change.is_empty):
            before = current(cfg, store)
            store.bench.commit(change, sheet.path.name)
            print(f"\ncommitted: {len(checked.cells)} cells, {len(change.labels)} labels")
            print(moved(before, current(cfg, store)))


def _import_literature(cfg: DictConfig, home: Path) -> None:
    """Reported ratios as labels of a source of their own; those that are known are passed over."""
    reported = read_literature(Path(cfg.do.file))
    with one_import(home), opened(cfg) as store:
        records = [*store.records(), *(record for record, _ in store.withdrawn())]
        known = {record.outcome for record in records}
        new = [label for label in reported.labels if label not in known]
        for remark in reported.remarks:
            print(f"note      {remark}")
        for label in new:
            print(f"+ {described(label)}")
        if not new:
            print("no change: the record has all of this already")
        elif not cfg.do.commit:
            print("dry run: nothing was written; do.commit=true imports it")
        else:
            before = current(cfg, store)
            store.bench.commit(BenchChange(labels=new), Path(cfg.do.file).name)
            print(f"committed: {len(new)} labels of the source {LITERATURE}")
            print(moved(before, current(cfg, store)))


@contextmanager
def one_import(home: Path) -> Iterator[None]:
    """Hold the laboratory's part of the record; a run of the campaign may go on beside it.

    Raises:
        HomeError: another import or withdrawal is at work.
    """
    lock = FileLock(home / "import.lock")
    try:
        lock.acquire(timeout=10)
    except Timeout as error:
        raise HomeError(
            f"another import into {home} is at work; expected one at a time; try again"
        ) from error
    try:
        yield
    finally:
        lock.release()


def known_cells(store: Store) -> dict[str, Cell]:
    """Every cell of the record that counts, by name."""
    return {name: Cell.from_json(content) for name, content in store.bench.cells().items()}


def labels_of(cells: Mapping[str, Cell], laboratory: Laboratory) -> Labelled:
    """The labels that follow from all cells."""
    settings = LabelSettings(laboratory.smallest_inefficiency, laboratory.noise_floor)
    return labels(cells.values(), laboratory.name, settings)


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


def _told(sheet: RawSheet, checked: Checked, labelled: Labelled, revision: Revision) -> str:
    lines = [
        f"{sheet.path.name}: read as {sheet.encoding}; {len(checked.cells)} new cells, "
        f"{len(checked.unchanged)} known already, {len({f.row for f in checked.faults})} rows "
        "rejected"
    ]
    lines += [f"rejected  {fault}" for fault in checked.faults]
    lines += [f"warning   {text}" for text in _warnings(checked.warnings)]
    lines += [f"note      {text}" for text in (*checked.remarks, *labelled.remarks)]
    for label in revision.new:
        lines.append(f"+ {described(label)}")
    for record, label in revision.changed:
        old = record.outcome
        assert isinstance(old, Label)
        lines.append(f"~ {described(label)}, was {old.value:+.3f} (label {record.id})")
    for record in revision.gone:
        assert isinstance(record.outcome, Label)
        lines.append(f"- label {record.id}: {described(record.outcome)}")
    return "\n".join(lines)


def _warnings(cautions: Sequence[Caution]) -> list[str]:
    """Cautions in words, those of several rows that say the same together."""
    rows: dict[Caution, list[int]] = {}
    for caution in cautions:
        rows.setdefault(replace(caution, row=0), []).append(caution.row)
    return [
        str(replace(caution, row=numbers[0])).replace(
            f"row {numbers[0]}", f"rows {', '.join(map(str, numbers))}", 1
        )
        if len(numbers) > 1
        else str(replace(caution, row=numbers[0]))
        for caution, numbers in rows.items()
    ]


def described(label: Label) -> str:
    """A label in one line: cell, molecule, quantity, value."""
    told = dict(label.conditions)
    bound = ("at most " if told.get("bound") else "at least ") if label.censored else ""
    dose = told.get("additive_molar", told.get("additive_dose", ""))
    unit = " M" if isinstance(dose, float) else ""
    shown = f"{dose:g}" if isinstance(dose, float) else dose
    name = told.get("cell") or told.get("row", "")
    return (
        f"{name}  {label.molecule}  {shown}{unit}  {label.quantity.name} = "
        f"{bound}{label.value:+.3f} +- {label.std:.2f}"
    )


def listed(store: Store, names: Sequence[str]) -> str:
    """The labels of the laboratory with their numbers, for do=withdraw."""
    rows = [
        f"{record.id}  {described(record.outcome)}  ({record.source})"
        for record in store.records()
        if isinstance(record.outcome, Label) and record.outcome.quantity.name in names
    ]
    return "\n".join(rows) or "no label of the laboratory yet"
