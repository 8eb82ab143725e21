"""Plain-text tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from loop.budget import Spend
from loop.entry import Entry
from loop.standing import Standing
from molecules.rows import Record
from molecules.text_table import columns


def best_table(where: Standing, n: int = 10) -> str:
    """The best candidates with their scores and labels."""
    scored = [e for e in where.entries if e.score is not None][:n]
    if not scored:
        return (
            "no molecule has a score yet: none has an answer for every goal (do=status shows why)"
        )
    quantities = sorted({q for e in scored for q in e.labels})
    units = {q: e.labels[q].quantity.unit for e in scored for q in e.labels}
    header = [
        "rank",
        "score",
        "smiles",
        "name",
        "source",
        *(f"{q} / {units[q]}" for q in quantities),
    ]
    return columns(header, [_best_row(e, quantities) for e in scored])


def _best_row(entry: Entry, quantities: Sequence[str]) -> list[str]:
    values = [f"{entry.labels[q].value:.2f}" if q in entry.labels else "-" for q in quantities]
    name = entry.name[:28]
    return [
        str(entry.rank),
        f"{entry.score:.3f}",
        entry.molecule.smiles,
        name,
        entry.source,
        *values,
    ]


def status_table(where: Standing, records: Sequence[Record]) -> str:
    """Rounds, outcomes per tier and status, best so far, pending requests, spend."""
    spend = Spend.of(records)
    statuses = sorted({s for counts in where.statuses.values() for s in counts})
    rows = [
        [oracle, str(spend.calls.get(oracle, 0)), f"{spend.seconds.get(oracle, 0.0):.0f}",
         *(str(counts.get(s, 0)) for s in statuses)]
        for oracle, counts in sorted(where.statuses.items())
    ]  # fmt: skip
    lines = [
        f"campaign {where.name}: {len(where.progress)} finished rounds, "
        f"{len(where.requests)} pending requests"
    ]
    lines.append(
        columns(["tier", "molecules", "seconds", *statuses], rows) if rows else "no outcome yet"
    )
    if where.progress:
        rounds = [
            [str(p.round), str(p.n_molecules), f"{p.best_score:.3f}", f"{p.hypervolume:.3f}",
             f"{p.oracle_seconds:.0f}", f"{p.own_seconds:.0f}"]
            for p in where.progress
        ]  # fmt: skip
        header = ["round", "molecules", "best score", "hypervolume", "oracle s", "own s"]
        lines.append(columns(header, rounds))
    if where.links:
        lines.append("\n".join(f"tiers of {link}" for link in where.links))
    if where.requests:
        waiting = [f"{text.partition(':')[0]}  {m}" for m, text in where.requests.items()]
        lines.append("waiting for the laboratory (do=import):\n" + "\n".join(waiting))
    return "\n\n".join([*lines, best_table(where, 5)])
