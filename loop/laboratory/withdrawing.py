"""do=withdraw: a label or a cell stops counting; its row stays, with the reason."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from loop.build import opened
from loop.current import current, report_now
from loop.laboratory.importing import moved
from loop.laboratory.intake import described, known_cells, labels_of, listed
from loop.laboratory.revision import revise
from loop.laboratory.suggesting import form_of, require_bench
from loop.laboratory.turns import one_at_a_time
from loop.making import CampaignError
from molecules import Label
from molecules.bench import BenchChange
from molecules.quantity import BENCH
from molecules.store import Store


def withdraw(cfg: DictConfig) -> None:
    """Withdraw `do.label` or `do.cell`; without either, list the laboratory's labels."""
    if cfg.do.label is not None and cfg.do.cell is not None:
        raise CampaignError("got do.label and do.cell, expected one of them")
    reason = str(cfg.do.reason or "").strip()
    with one_at_a_time(Path(cfg.home)), opened(cfg, create=False) as store:
        if cfg.do.label is None and cfg.do.cell is None:
            print(listed(store, BENCH))
            print("\ngive do.label=NUMBER or do.cell=NAME, and do.reason='...'")
            return
        if not reason:
            raise CampaignError("got no reason, expected do.reason='...': it stays in the record")
        before = current(cfg, store)
        if cfg.do.cell is not None:
            _withdraw_cell(cfg, store, str(cfg.do.cell), reason)
        else:
            number, label = _label(cfg, store)
            store.withdraw(number, reason)
            print(f"- {described(label)}")
        print(f"withdrawn: {cfg.do.label if cfg.do.cell is None else cfg.do.cell} ({reason})")
        where = current(cfg, store)
        print(moved(before, where))
        print(f"report:  {report_now(cfg, where)}")


def _label(cfg: DictConfig, store: Store) -> tuple[int, Label]:
    """The label of the laboratory that is meant: a slip must not take a computed one."""
    for record in store.records():
        outcome = record.outcome
        if str(record.id) == str(cfg.do.label) and isinstance(outcome, Label):
            if outcome.quantity.name in BENCH:
                return record.id, outcome
    raise CampaignError(
        f"got do.label={cfg.do.label}, expected the number of a label of the laboratory that "
        "counts; do=withdraw without it lists them"
    )


def _withdraw_cell(cfg: DictConfig, store: Store, name: str, reason: str) -> None:
    """Take a cell out of the record, and with it all that follows from it."""
    laboratory = require_bench(cfg).laboratory
    cells = known_cells(store)
    if name not in cells:
        raise CampaignError(
            f"got do.cell={name}, expected a cell that was imported: {', '.join(cells) or 'none'}"
        )
    left = {key: cell for key, cell in cells.items() if key != name}
    wanted = labels_of(left, laboratory, form_of(cfg)).labels
    revision = revise(store, laboratory.name, wanted)
    change = BenchChange(
        withdrawn_cells={name: reason},
        withdrawn_labels=revision.withdrawn(f"cell {name} was withdrawn: {reason}"),
        labels=revision.labels(),
    )
    store.bench.commit(change, f"withdrawal of {name}")
