"""Wording: how numbers, goals and the outcome of a campaign are said in plain English."""

from __future__ import annotations

import math

from loop.objective import Goal
from loop.report.readings import Reading
from loop.standing import Entry, Standing

UNITS = {"1": "", "angstrom^2": "Å²", "log10(mol/L)": "log₁₀(mol/L)"}


def number(value: float, std: float = 0.0) -> str:
    """Round to the second digit of `std`, or to four significant digits where the value is exact."""
    if not math.isfinite(value):
        return "–"
    if std > 0:
        decimals = 1 - math.floor(math.log10(std))
    else:
        decimals = 3 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:.{min(max(decimals, 0), 6)}f}"
    if std == 0 and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def unit(name: str) -> str:
    """The unit as it is printed; a pure number has none."""
    return UNITS.get(name, name)


def measured(reading: Reading) -> str:
    """A value with its standard error and unit, such as '−11.10 ± 0.05 eV'."""
    bound = "≥ " if reading.censored else ""
    text = bound + number(reading.value, reading.std)
    if reading.std > 0:
        text += f" ± {number(reading.std, reading.std)}"
    return f"{text} {unit(reading.quantity.unit)}".rstrip()


def spoken(name: str) -> str:
    """A name of the vocabulary as words."""
    return name.replace("_", " ")


def wish(goal: Goal, unit_name: str) -> str:
    """What a goal asks for, such as 'at least 2.8 eV'."""
    low = "" if goal.low is None else number(goal.low)
    high = "" if goal.high is None else number(goal.high)
    match goal.kind:
        case "window":
            text = f"between {low} and {high}"
        case "at_least":
            text = f"at least {low}"
        case "at_most":
            text = f"at most {high}"
        case "maximize":
            text = f"as high as possible, from {low} (worthless) to {high} (ideal)"
        case _:
            text = f"as low as possible, from {high} (worthless) to {low} (ideal)"
    return f"{text} {unit(unit_name)}".rstrip()


def seconds(duration: float) -> str:
    """A duration in the unit a person would choose."""
    for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if duration >= 2 * size:
            return f"{duration / size:.1f} {name}"
    return f"{duration:.1f} s"


def called(entry: Entry) -> str:
    """The molecule's name with its SMILES, or its SMILES alone."""
    smiles = entry.molecule.smiles
    return f"{entry.name} ({smiles})" if entry.name else smiles


def headline(standing: Standing) -> str:
    """What the campaign has found, in a sentence or two."""
    best = standing.best
    if best is None:
        asked = len(standing.entries)
        if not asked:
            return "No molecule has been asked about yet: run the campaign, then look again."
        return (
            f"{_count(asked, 'molecule')} asked about, but none has an answer to every goal yet, "
            "so nothing can be ranked."
        )
    scored = [entry for entry in standing.entries if entry.score is not None]
    front = sum(entry.is_pareto for entry in scored)
    where = f"found in round {best.round}" if best.round is not None else "given by hand"
    text = (
        f"The best of {_count(len(scored), 'scored molecule')} is {called(best)}, {where} by "
        f"{best.source or 'an unknown source'}, with a score of {best.score:.2f} out of 1. "
    )
    text += (
        f"{_count(front, 'molecule')} cannot be improved in one goal without losing in another "
        "(the Pareto front)."
    )
    return text + _climb(standing)


def _climb(standing: Standing) -> str:
    if len(standing.progress) < 2:
        return ""
    first, last = standing.progress[0], standing.progress[-1]
    if last.best_score <= first.best_score:
        return f" The best score has not risen since round {first.round}."
    return (
        f" From round {first.round} to round {last.round} the best score rose from "
        f"{first.best_score:.2f} to {last.best_score:.2f}."
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
