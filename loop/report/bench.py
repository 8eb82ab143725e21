"""Bench: what the laboratory has measured of a molecule, as its dossier tells it."""

from __future__ import annotations

from loop.standing import Entry


def bench(entry: Entry) -> tuple[str, ...]:
    """One sentence a laboratory result of this entry; empty where nothing was measured.

    No oracle of the laboratory answers yet, so that no dossier has results.
    """
    return ()
