"""Turns: one command at a time changes the laboratory's part of a campaign's record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from loop.home import HomeError


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Hold the laboratory's part of the record; a run of the campaign may go on beside it.

    Raises:
        HomeError: another request, import or withdrawal is at work.
    """
    lock = FileLock(home / "import.lock")
    try:
        lock.acquire(timeout=10)
    except Timeout as error:
        raise HomeError(
            f"another do=suggest, import or withdrawal in {home} is at work; expected one at a "
            "time; try again"
        ) from error
    try:
        yield
    finally:
        lock.release()
