"""Export: every outcome of a campaign as csv."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from molecules import Failure, Label, Pending
from molecules.rows import quantity_name
from molecules.safe_cells import escape
from molecules.store import Store

EXPORT_COLUMNS = (
    "smiles", "inchikey", "quantity", "value", "std", "unit", "oracle", "status", "reason", "round",
    "source", "started", "seconds", "conditions",
)  # fmt: skip


def export_records(store: Store, path: Path) -> int:
    """Write every outcome of `store` to `path`; return their number."""
    records = store.records()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(EXPORT_COLUMNS)
        for r in records:
            o = r.outcome
            label = o if isinstance(o, Label) else None
            match o:
                case Label():
                    status, reason = "ok", ""
                case Failure():
                    status, reason = o.status, o.reason
                case Pending():
                    status, reason = "pending", o.request
            quantity = quantity_name(o) or ""
            table.writerow(map(escape, [
                o.molecule.smiles, o.molecule.inchikey, quantity,
                repr(label.value) if label else "", repr(label.std) if label else "",
                label.quantity.unit if label else "", o.oracle, status, reason,
                "" if r.round is None else r.round, r.source, r.started, f"{r.seconds:.3f}",
                json.dumps(dict(label.conditions)) if label and label.conditions else "",
            ]))  # fmt: skip
    return len(records)
