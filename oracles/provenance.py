"""Where a number comes from: clocks, and the record made of what they read."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime

from molecules import Provenance
from oracles.base import Json


class Stopwatch:
    """Wall and CPU seconds of this process since it was built or last read."""

    def __init__(self) -> None:
        self._start()

    def read(self) -> dict[str, str | float]:
        """Host, start (UTC, ISO 8601), wall seconds and CPU seconds; then start again."""
        spent: dict[str, str | float] = {
            "host": platform.node(),
            "started": self._started,
            "seconds": time.perf_counter() - self._wall,
            "cpu_seconds": time.process_time() - self._cpu,
        }
        self._start()
        return spent

    def _start(self) -> None:
        self._started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._wall = time.perf_counter()
        self._cpu = time.process_time()


def provenance(
    spent: Json,
    *,
    method: str,
    settings_hash: str,
    versions: str = "",
    seed: int | None = None,
) -> Provenance:
    """The record of one evaluation.

    Args:
        spent: what `Stopwatch.read` gave, or a mapping that contains it.
        method: how the number was computed, in words.
        settings_hash: content hash of every setting.
        versions: programs and their versions.
        seed: of every random choice, None where there is none.
    """
    return Provenance(
        method=method,
        settings_hash=settings_hash,
        versions=versions,
        seed=seed,
        host=str(spent.get("host", "")),
        started=str(spent.get("started", "")),
        seconds=float(spent.get("seconds", 0.0)),
        cpu_seconds=float(spent.get("cpu_seconds", 0.0)),
    )
