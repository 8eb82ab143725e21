"""What runs inside a worker process: one task at a time, a watch on the driver, a memory limit."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from molecules import Status
from oracles.base import Json, OracleError
from oracles.workers.files import TaskFolder

TaskFunction = Callable[[Json], Iterator[Json]]

OUT_OF_MEMORY = (Status.CRASHED, "out of memory: a worker may take workers.memory_gb; give more")
"""Made beforehand, because where memory is out a reason cannot be put together."""


def prepare(driver: int, memory_bytes: int) -> None:
    """What a worker process does first: watch the driver, limit its own memory."""
    die_with_driver(driver)
    limit_memory(memory_bytes)


def limit_memory(n_bytes: int) -> None:
    """Let allocations beyond `n_bytes` of this process's own data fail, on Linux.

    The library that asked then raises a MemoryError or ends the process, and either is recorded,
    where the system would have gone on until it killed somebody. RLIMIT_DATA counts what a process
    may write to, and not the libraries that it maps, which RLIMIT_AS would. A stricter limit that
    is already there stays.
    """
    if sys.platform != "linux":
        return  # macOS does not enforce it; the driver has said so
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def die_with_driver(driver: int, interval_s: float = 0.5) -> None:
    """Start a thread that ends this process when its parent is no longer `driver`.

    A driver that was killed with SIGKILL cannot stop its workers; the tblite calls release the
    interpreter lock, so the thread also runs during a long calculation.
    """

    def watch() -> None:
        while os.getppid() == driver:
            time.sleep(interval_s)
        os._exit(1)

    threading.Thread(target=watch, name="die-with-driver", daemon=True).start()


def perform(root: str, key: str, function: str, payload: Json) -> None:
    """Run one task and write each part, then the end, to its folder.

    Trouble of the task's function becomes the task's status; trouble with the files is the
    machine's (a full disk) and is raised.
    """
    folder = TaskFolder(Path(root), key)
    folder.begin()
    number = 0
    parts = _parts(function, payload)
    while isinstance(step := _step(parts), str):
        number += 1
        folder.add_part(number, step)
    folder.finish(*step)


def _step(parts: Iterator[str]) -> str | tuple[Status, str]:
    """The next part, or how the task ended; what an error held in memory is free again then."""
    try:
        part = next(parts, None)
    except OracleError as error:
        return error.status, error.reason
    except MemoryError:
        return OUT_OF_MEMORY
    except (Exception, SystemExit) as error:
        return Status.CRASHED, f"{type(error).__name__}: {error}"
    return (Status.OK, "") if part is None else part


def _parts(function: str, payload: Json) -> Iterator[str]:
    module, _, name = function.partition(":")
    run: TaskFunction = getattr(importlib.import_module(module), name)
    for part in run(payload):
        yield json.dumps(part, allow_nan=False)
