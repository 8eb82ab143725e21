"""report.md: the report as text, short enough to commit beside the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loop.entry import Entry
from loop.health import Health, measure
from loop.report import bench, wording
from loop.report.advice import next_steps
from loop.report.cards import Card, card, failures, finalists
from loop.report.funnel import Stage, read_funnel
from loop.report.method import meaning, methods
from loop.report.readings import quantities, reading
from loop.report.setting import Setting
from loop.standing import Standing

N_TOP = 20


def markdown(standing: Standing, setting: Setting | None = None) -> str:
    """The whole report, ending in a newline."""
    setting = setting or Setting()
    health = measure(standing)
    cards = [card(entry, standing, setting.ph) for entry in finalists(standing)]
    steps = next_steps(cards, health, standing.requests.values())
    parts = [
        f"# {_text(standing.name)}",
        _text(wording.headline(standing)),
        _text(bench.outcome(standing)),
        _section("What to do next", "\n".join(f"- {_text(step)}" for step in steps)),
        _section("Best candidates", top_table(standing, standing.entries[:N_TOP])),
        _section("Goals", _goals(standing)),
        _section("Progress", _progress(standing)),
        _section("Health", _health(health)),
        _section("The library's funnel", _stages(read_funnel(setting.screening))),
        _section("In water", _forms(cards)),
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


def _health(health: Health) -> str:
    rows = ((c.name, str(c.state), _text(c.found), _text(c.advice)) for c in health.checks)
    return _table(("question", "state", "found", "what to do"), rows)


def _stages(stages: Sequence[Stage]) -> str:
    rows = (
        (s.name, s.entered, s.passed, _text("; ".join(f"{why} ({n})" for why, n in s.reasons)))
        for s in stages
    )
    return _table(("stage", "entered", "passed", "most frequent reasons"), rows)


def _forms(cards: Sequence[Card]) -> str:
    rows = (
        (c.entry.rank, f"`{c.entry.molecule}`", f"`{c.water.form}`", f"`{c.water.parent}`")
        + ("yes" if c.water.is_asked else "no",)
        for c in cards
    )
    ph = f"{cards[0].water.ph:g}" if cards else ""
    header = ("rank", "asked about", f"most abundant at pH {ph}", "neutral parent", "the same")
    return _table(header, rows)


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
