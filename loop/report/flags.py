"""Flags: what a reader should know of a structure before it is bought; no ground to reject it."""

from __future__ import annotations

from functools import cache

from loop.entry import Entry
from molecules.dossier import reported
from molecules.filters.alerts import Alerts


def flags(entry: Entry) -> tuple[str, ...]:
    """One sentence a flag: reported additive, structural alerts, questions without an answer."""
    found = [
        f"{told[0].upper()}{told[1:].replace('https://', '')}." for told in reported(entry.molecule)
    ]
    if alerts := (_catalogues().reason(entry.molecule) or "").removeprefix("alerts: "):
        found.append(f"Structural alerts of medicinal chemistry (BRENK, NIH): {alerts}.")
    failed = {f.reason or f.status for f in entry.failures.values() if f.is_applicable}
    found += [f"An oracle gave no number: {reason}." for reason in sorted(failed)]
    return tuple(found)


@cache
def _catalogues() -> Alerts:
    # Compiling the catalogues takes about half a second.
    return Alerts()
