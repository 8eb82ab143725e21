"""Consistency: what the columns of one row say together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath, PureWindowsPath

from oracles.lab.columns import Need, columns
from oracles.lab.rows import Finding, Row
from oracles.lab.values import is_serial

FULL_CE = 100.0
FRACTION_CE = 1.5
"""%; a value up to here is a fraction of 1 in the wrong unit, for no such cell is worth a row."""
CYCLE_TOLERANCE = 0.05
HOTTEST = 65.0
"""degC; above it a number is more often of another column, or in kelvin."""
EARLIEST = date(2000, 1, 1)
FAILURES = ("soft_short", "hard_short", "overpotential", "gas")
EXAMPLE = "EXAMPLE"
"""How the cells of the template begin."""


def findings(row: Row, today: date) -> Iterator[Finding]:
    """Contradictions (faults) and doubts (cautions) within a row."""
    yield from _roles(row)
    yield from _ends(row)
    yield from _efficiency(row)
    yield from _cycling(row)
    yield from _record(row, today)


def _roles(row: Row) -> Iterator[Finding]:
    """A control has no additive; everything else has one."""
    dose, unit = row.number_of("additive_conc"), row.text("conc_unit")
    if row.flag("is_control"):
        for name in ("smiles", "candidate_id", "counterion", "inchikey"):
            if row.text(name):
                yield row.fault(name, "nothing for a control", "empty it, or set is_control = 0")
        if dose:
            yield row.fault("additive_conc", "0 or nothing for a control", "empty it")
        other = row.text("control_batch_id")
        if other and other != row.text("batch_id"):
            expected = "nothing or its own batch for a control"
            yield row.fault("control_batch_id", expected, "empty it")
    elif dose == 0:
        yield row.fault("additive_conc", "a dose above 0", "give it, or set is_control = 1")
    elif dose and dose > 100 and unit in ("wt%", "vol%"):
        yield row.fault("additive_conc", "at most 100 %", "check the dose and its unit")


def _ends(row: Row) -> Iterator[Finding]:
    """How a test ended, without which a lifetime is neither a failure nor a lower bound."""
    lifetime, onset = row.number_of("lifetime_h"), row.number_of("soft_short_onset_h")
    reason, censored = row.text("end_reason"), row.flag("censored")
    if lifetime is not None and onset is None and censored is None and not reason:
        expected = "0, 1, or an end_reason: a lifetime without its end says nothing"
        yield row.fault("censored", expected, "write 0 if the cell failed, 1 if it still ran")
    if censored and reason in FAILURES:
        expected = "0 beside a failure, or end_reason stopped or running"
        yield row.fault("censored", expected, "correct one of the two")
    if censored is False and reason in ("stopped", "running"):
        expected = f"1 beside end_reason {reason}"
        yield row.fault("censored", expected, "correct one of the two")
    if lifetime is None and onset is None and (reason or censored is not None):
        column = "end_reason" if reason else "censored"
        yield row.caution(column, "an end without lifetime_h: no label", "give the hours")
    if lifetime is not None and onset is not None and onset > lifetime:
        expected = f"at most lifetime_h = {lifetime:g}"
        yield row.fault("soft_short_onset_h", expected, "correct one of the two")
    confirmed = row.flag("soft_short_confirmed")
    if confirmed is not None and reason != "soft_short" and onset is None:
        expected = "nothing, or end_reason = soft_short"
        yield row.fault("soft_short_confirmed", expected, "correct one of the two")
    if reason == "soft_short" and onset is None and not confirmed:
        why = (
            "a soft short without onset: counted as a failure some time before lifetime_h, flagged"
        )
        mend = "give soft_short_onset_h, or look at the curve and set soft_short_confirmed = 1"
        yield row.caution("end_reason", why, mend)


def _efficiency(row: Row) -> Iterator[Finding]:
    efficiency = row.number_of("ce_avg_pct")
    first, last = row.number_of("ce_from_cycle"), row.number_of("ce_to_cycle")
    if first is not None and last is not None and first > last:
        yield row.fault("ce_from_cycle", f"at most ce_to_cycle = {last:g}", "exchange the two")
    if efficiency is None:
        return
    if 0 < efficiency <= FRACTION_CE:
        expected = "percent; this looks like a fraction"
        yield row.fault("ce_avg_pct", expected, "multiply by 100: 99.5, not 0.995")
    if efficiency > FULL_CE:
        why = "more than 100 %: read as 100 %"
        yield row.caution("ce_avg_pct", why, "check the balance of charge")
    if first is None or last is None:
        why = "no window of cycles: compared only with controls that have none either"
        yield row.caution("ce_avg_pct", why, "give ce_from_cycle and ce_to_cycle")
    if row.text("cell_type") == "Zn||Zn":
        why = "a symmetric cell has no Coulombic efficiency"
        yield row.caution("ce_avg_pct", why, "check cell_type")


def _cycling(row: Row) -> Iterator[Finding]:
    """Hours against cycles; nothing lives or cycles without a current."""
    current, capacity = row.number_of("current_mA_cm2"), row.number_of("capacity_mAh_cm2")
    hours, cycles = row.number_of("lifetime_h"), row.number_of("cycles")
    is_cycled = any(row.number_of(c) for c in ("lifetime_h", "cycles", "ce_avg_pct"))
    if (row.number_of("temperature_C") or 0) > HOTTEST:
        yield row.caution("temperature_C", "hot for a cell with water", "check the column and unit")
    for name, value in (("current_mA_cm2", current), ("capacity_mAh_cm2", capacity)):
        if value == 0 and is_cycled:
            yield row.fault(name, "above 0 for a cell that is cycled", "give it")
    if current and capacity and hours and cycles:
        expected = cycles * 2 * capacity / current
        if abs(hours - expected) > CYCLE_TOLERANCE * max(hours, expected):
            why = f"{cycles:g} cycles of 2 x capacity / current take {expected:.4g} h"
            yield row.caution("lifetime_h", why, "check hours, cycles, current and capacity")


def _record(row: Row, today: date) -> Iterator[Finding]:
    """Dates, files, and rows that say nothing."""
    day = row.day("date")
    if day and day > today:
        yield row.fault("date", f"a day up to {today.isoformat()}", "correct the date")
    elif day and day < EARLIEST:
        yield row.fault("date", f"a day from {EARLIEST.isoformat()} on", "correct the date")
    elif day and is_serial(row.texts["date"]):
        why = f"a spreadsheet's serial number: read as {day.isoformat()}"
        yield row.caution("date", why, "see that this is the day")
    if (given := row.text("sha256")) and not re.fullmatch(r"[0-9a-fA-F]{64}", given):
        yield row.fault("sha256", "64 hexadecimal digits", "copy it again, or empty it")
    if (name := row.text("raw_file")) and _leaves_its_folder(name):
        mend = "give the name of the file alone"
        yield row.fault("raw_file", "a name inside the folder of the sheet", mend)
    for name in ("h2_umol_cm2_h", "corrosion_uA_cm2"):
        if row.number_of(name) == 0:
            why = "0 has no logarithm: no label, and as a control it is left out"
            mend = "write the limit of detection in its place; it counts as the value"
            yield row.caution(name, why, mend)
    if is_blank(row):
        why = "no result in this row: not imported"
        yield row.caution("lifetime_h", why, "fill it when the cell is done, and import it then")
    if row.text("cell_id").startswith(EXAMPLE):
        yield row.caution("cell_id", "a row of the template", "delete it")


def is_blank(row: Row) -> bool:
    """Whether nothing was measured yet: such a cell must not stand in the way of its results."""
    results = [c.name for c in columns().values() if c.need is Need.RESULT]
    return all(not row.texts[name] for name in results)


def _leaves_its_folder(name: str) -> bool:
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    return bool(windows.anchor) or posix.is_absolute() or ".." in (*windows.parts, *posix.parts)
