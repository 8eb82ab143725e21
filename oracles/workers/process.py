"""What runs inside a worker process: one task at a time, and a watch on the driver."""

from __future__ import annotations

import importlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from molecules import Status
from oracles.base import Json, OracleError
from oracles.workers.files import TaskFolder

TaskFunction = Callable[[Json], Iterator[Json]]


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
    while True:
        try:
            text = next(parts, None)
        except OracleError as error:
            return folder.finish(error.status, error.reason)
        except (Exception, SystemExit) as error:
            return folder.finish(Status.CRASHED, f"{type(error).__name__}: {error}")
        if text is None:
            return folder.finish(Status.OK, "")
        number += 1
        folder.add_part(number, text)


def _parts(function: str, payload: Json) -> Iterator[str]:
    module, _, name = function.partition(":")
    run: TaskFunction = getattr(importlib.import_module(module), name)
    for part in run(payload):
        yield json.dumps(part, allow_nan=False)
