"""Flags: what a reader should know of a structure before it is bought; no ground to reject it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from loop.entry import Entry
from loop.report.wording import spoken
from molecules.dossier import reported
from molecules.filters.alerts import Alerts
from oracles.calibration import OUTSIDE


def flags(entry: Entry, scored: Collection[str] = ()) -> tuple[str, ...]:
    """One sentence a flag; `scored` are the names of the quantities that goals are about."""
    found = [
        f"{told[0].upper()}{told[1:].replace('https://', '')}." for told in reported(entry.molecule)
    ]
    if alerts := (_catalogues().reason(entry.molecule) or "").removeprefix("alerts: "):
        found.append(f"Structural alerts of medicinal chemistry (BRENK, NIH): {alerts}.")
    failed = {f.reason or f.status for f in entry.failures.values() if f.is_applicable}
    found += [f"An oracle gave no number: {reason}." for reason in sorted(failed)]
    extrapolated = {
        label.quantity.name
        for label in entry.answers
        if label.quantity.name in scored and OUTSIDE in label.provenance.calibration
    }
    if extrapolated:
        names = ", ".join(spoken(name) for name in sorted(extrapolated))
        found.append(f"Extrapolated, no molecule of its kind was in the calibration: {names}.")
    return tuple(found)


@cache
def _catalogues() -> Alerts:
    # Compiling the catalogues takes about half a second.
    return Alerts()
