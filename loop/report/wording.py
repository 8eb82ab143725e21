"""Wording: how numbers, goals and the outcome of a campaign are said in plain English."""

from __future__ import annotations

import math

from loop.entry import Entry
from loop.objective import Goal
from loop.report.readings import COUNTED, Reading
from loop.standing import Standing
from molecules import Quantity

TWO_DECIMALS = 0.1
"""A standard error that is rounded to two decimals."""
UNITS = {"1": "", "angstrom^2": "Å²", "log10(mol/L)": "log₁₀(mol/L)"}


def number(value: float, std: float = 0.0) -> str:
    """Round to the second digit of `std`, or to two decimals where the value is exact."""
    if not math.isfinite(value):
        return "–"
    size = std or abs(value)
    if size and not 1e-5 <= size < 1e6:
        return f"{value:.1e}".replace("-", "−")
    decimals = 1 - math.floor(math.log10(size)) if size else 0
    if std == 0:
        text = f"{value:.{max(decimals, 2) if size < 1000 else 0}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:.{max(decimals, 0)}f}"
    return text.replace("-", "−")


def unit(name: str) -> str:
    """The unit as it is printed; a pure number has none."""
    return UNITS.get(name, name)


def amount(reading: Reading | None) -> str:
    """A value with its standard error, such as '−11.10 ± 0.05'; a dash where there is none."""
    if reading is None:
        return "–"
    bound = "≥ " if reading.censored else ""
    # Exact answers of an oracle keep two decimals, so that a column of them can be compared.
    is_plain = reading.std > 0 or reading.oracle == COUNTED or abs(reading.value) < 0.1
    text = bound + number(reading.value, reading.std if is_plain else TWO_DECIMALS)
    return f"{text} ± {number(reading.std, reading.std)}" if reading.std > 0 else text


def measured(reading: Reading) -> str:
    """A value with its standard error and unit, such as '−11.10 ± 0.05 eV'."""
    return f"{amount(reading)} {unit(reading.quantity.unit)}".rstrip()


def heading(quantity: Quantity) -> str:
    """A quantity over its column, such as 'gap / eV'."""
    return " / ".join(part for part in (spoken(quantity.name), unit(quantity.unit)) if part)


def spoken(name: str) -> str:
    """A name of the vocabulary as words."""
    return name.replace("_", " ")


def wish(goal: Goal, unit_name: str) -> str:
    """What a goal asks for: 'at least 2.8 eV', or from worthless to ideal 'high, −9 to 3 eV'."""
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
            text = f"high, {low} to {high}"
        case _:
            text = f"low, {high} to {low}"
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
    where = f"found in round {best.round}" if best.round is not None else "asked outside the rounds"
    text = (
        f"The best of {_count(len(scored), 'scored molecule')} is {called(best)}, {where}, "
        f"with a score of {best.score:.2f} out of 1."
    )
    if sum(goal.role == "objective" for goal in standing.goals) > 1:
        front = sum(entry.is_pareto for entry in scored)
        text += (
            f" {_count(front, 'molecule')} cannot be improved in one objective without losing in "
            "another (the Pareto front)."
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


def moment(started: str) -> str:
    """A UTC time stamp to the minute."""
    return f"{started[:16].replace('T', ' ')} UTC" if started else ""
