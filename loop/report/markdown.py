"""report.md: the report as text, short enough to commit beside the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loop.report import wording
from loop.report.cards import failures
from loop.report.method import meaning, methods
from loop.report.readings import quantities, reading
from loop.standing import Entry, Standing

N_TOP = 20


def markdown(standing: Standing) -> str:
    """The whole report, ending in a newline."""
    parts = [
        f"# {_text(standing.name)}",
        _text(wording.headline(standing)),
        _section("Best candidates", top_table(standing, standing.entries[:N_TOP])),
        _section("Goals", _goals(standing)),
        _section("Progress", _progress(standing)),
        _section("Answers by oracle", _statuses(standing)),
        _section("Kept out of the last pool", _funnel(standing)),
        _section("Failures", _failures(standing)),
        _section("Tiers", "\n".join(f"- {_text(str(link))}" for link in standing.links)),
        _section("Method", _methods(standing)),
        _section("Quantities", _glossary(standing)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def top_table(standing: Standing, entries: Sequence[Entry]) -> str:
    """A table of these entries with every quantity that a goal names."""
    goals = {goal.quantity for goal in standing.goals}
    asked = [quantity for quantity in quantities(standing) if quantity.name in goals]
    header = ["rank", "molecule", "score", "front", "source", "round"]
    header += [wording.heading(quantity) for quantity in asked]
    rows = []
    for entry in entries:
        name = f"{_text(entry.name)} " if entry.name else ""
        rows.append(
            [
                str(entry.rank),
                f"{name}`{entry.molecule.smiles}`",
                "–" if entry.score is None else f"{entry.score:.3f}",
                "yes" if entry.is_pareto else "",
                _text(entry.source),
                "" if entry.round is None else str(entry.round),
                *(wording.amount(reading(entry, quantity)) for quantity in asked),
            ]
        )
    return _table(header, rows)


def _goals(standing: Standing) -> str:
    units = {quantity.name: quantity.unit for quantity in quantities(standing)}
    rows = (
        (wording.spoken(g.name), wording.wish(g, units[g.quantity]), g.role, f"{g.weight:g}")
        for g in standing.goals
    )
    return _table(("goal", "wanted", "role", "weight"), rows)


def _progress(standing: Standing) -> str:
    rows = (
        (p.round, p.n_molecules, sum(p.n_labels.values()), p.n_failures)
        + (f"{p.best_score:.3f}", f"{p.hypervolume:.4f}")
        + (wording.seconds(p.oracle_seconds), wording.seconds(p.own_seconds))
        for p in standing.progress
    )
    header = ("round", "molecules", "labels", "failures", "best score", "hypervolume")
    return _table((*header, "oracle time", "own time"), rows)


def _statuses(standing: Standing) -> str:
    rows = (
        (_text(oracle), wording.spoken(status), count)
        for oracle, counts in sorted(standing.statuses.items())
        for status, count in sorted(counts.items())
    )
    return _table(("oracle", "status", "answers"), rows)


def _funnel(standing: Standing) -> str:
    rows = ((_text(wording.spoken(reason)), count) for reason, count in standing.funnel)
    return _table(("reason", "molecules"), rows)


def _failures(standing: Standing) -> str:
    rows = (
        (f"`{entry.molecule}`", what, wording.spoken(f.status), _text(f.reason))
        for entry, what, f in failures(standing.entries)[:N_TOP]
    )
    return _table(("molecule", "of", "status", "reason"), rows)


def _methods(standing: Standing) -> str:
    rows = (
        (_text(m.oracle), _text(m.method), _text(m.versions), m.n_answers)
        for m in methods(standing)
    )
    return _table(("oracle", "method", "versions", "answers"), rows)


def _glossary(standing: Standing) -> str:
    rows = (
        (wording.spoken(q.name), wording.unit(q.unit), _text(meaning(q)))
        for q in quantities(standing)
    )
    return _table(("quantity", "unit", "meaning"), rows)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, or nothing where it has no rows."""
    lines = [
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows
    ]
    if not lines:
        return ""
    rule = "|" + " --- |" * len(header)
    return "\n".join(["| " + " | ".join(header) + " |", rule, *lines])


def _text(words: str) -> str:
    """Words that markdown will not take for markup, on one line."""
    one_line = " ".join(words.split())
    for mark in "\\`*_<[":
        one_line = one_line.replace(mark, f"\\{mark}")
    return one_line
