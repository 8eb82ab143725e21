"""What a library holds, in words and tables."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from molecules.harvest import Tally
from molecules.text_table import columns

SHOWN = 48
"""Characters of an example."""


def tally_text(tallies: Sequence[Tally]) -> str:
    """Rows read, kept, merged and rejected a source, then the reasons with an example of each."""
    header = ["source", "read", "kept", "merged", "rejected", "harvested"]
    counted = [
        [t.source, *(f"{n:,}" for n in (t.read, t.kept, t.merged, t.rejected.total())), t.harvested]
        for t in tallies
    ]
    reasons = [
        [t.source, "rejected", f"{n:,}", reason, t.examples.get(reason, "")[:SHOWN]]
        for t in tallies
        for reason, n in t.rejected.most_common()
    ]
    remarks = [
        [t.source, "remark", f"{n:,}", remark, ""]
        for t in tallies
        for remark, n in t.remarks.most_common()
    ]
    text = columns(header, counted)
    if reasons or remarks:
        text += "\n\n" + columns(["source", "", "rows", "why", "first"], reasons + remarks)
    return text


def status_text(tallies: Sequence[Tally], counts: pl.DataFrame) -> str:
    """The tallies, and how many values there are by source, quantity and method."""
    header = ["source", "quantity", "unit", "method", "values", "molecules"]
    rows = [
        [source, quantity or "(no value)", unit or "", method or "", f"{n:,}", f"{molecules:,}"]
        for source, quantity, unit, method, n, molecules in counts.iter_rows()
    ]
    return f"{tally_text(tallies)}\n\n{columns(header, rows)}"
