"""Span: the part of a standing that belongs to some of its rounds."""

from __future__ import annotations

from dataclasses import replace

from loop.entry import Entry
from loop.standing import Standing


def until(standing: Standing, number: int) -> Standing:
    """What was asked by the end of round `number`; scores are today's, as everywhere."""
    entries = [e for e in standing.entries if e.round is None or e.round <= number]
    return replace(
        standing,
        entries=tuple(_chosen(entry, 1, number) for entry in entries),
        progress=tuple(row for row in standing.progress if row.round <= number),
    )


def latest(standing: Standing, n: int) -> Standing:
    """The same molecules, of which only what the last `n` rounds believed is kept."""
    last = standing.progress[-1].round if standing.progress else 0
    entries = tuple(_chosen(entry, last - n + 1, last) for entry in standing.entries)
    return replace(standing, entries=entries, progress=standing.progress[-n:])


def _chosen(entry: Entry, first: int, last: int) -> Entry:
    """The entry with the beliefs of these rounds alone."""
    kept = [
        (candidate, number)
        for candidate, number in zip(entry.candidates, entry.chosen_in, strict=True)
        if first <= number <= last
    ]
    return replace(
        entry,
        candidates=tuple(candidate for candidate, _ in kept),
        chosen_in=tuple(number for _, number in kept),
    )
