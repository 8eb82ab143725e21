"""LocalWorkers: oracle tasks on the cores of this machine, each isolated and resumable."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import cache
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any

from pebble import ProcessExpired, ProcessPool

from molecules import Status
from oracles.base import Answer, OracleUnavailableError, Task
from oracles.workers.files import TaskFolder
from oracles.workers.memory import shared_memory
from oracles.workers.process import OUT_OF_MEMORY, perform, prepare

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
BREAKS_ALLOWED = 3
POLL_S = 1.0
SHARED_FRACTION = 0.9
"""Of the memory there is, that all workers may take together where nothing else is said."""

log = logging.getLogger(__name__)


class OwnProcesses(SpawnContext):
    """Spawns processes and remembers them, so that all can be ended at once."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[SpawnProcess] = []

    def Process(self, *args: Any, **more: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802
        """A process of this context; those that have ended are forgotten."""
        self._started = [process for process in self._started if process.exitcode is None]
        process = SpawnProcess(*args, **more)
        self._started.append(process)
        return process

    def terminate(self) -> None:
        """End every process that lives."""
        for process in self._started:
            if process.is_alive():
                process.terminate()


class LocalWorkers:
    """A pool of spawned processes, one task and one thread each.

    What a task yields lies in `folder/<key>/` until the caller has asked for the next answer,
    that is, until it has committed this one: a driver that was killed finds finished tasks there
    and does not repeat them. The processes live until `close`, so rounds share them.

    Starting the pool sets the thread variables of numpy and tblite to 1 in this process's
    environment, because spawned processes inherit it and read it before anything of ours runs.
    """

    def __init__(
        self,
        count: int = 2,
        folder: Path | str | None = None,
        attempts: int = 5,
        memory_gb: float | None = None,
    ) -> None:
        """Store the size of the pool; nothing starts before the first task.

        Args:
            count: processes, one core each.
            folder: where outcome files lie; None takes a temporary folder, which cannot resume.
            attempts: a task begun this often without an end (it took the driver down with it)
                is answered as crashed instead of begun again.
            memory_gb: what one process may take, 10^9 bytes; a task that wants more is answered
                as crashed. None: an equal share of 90 % of the memory of the machine, or
                of the container where that has less.
        """
        if count < 1 or attempts < 1:
            raise ValueError(f"got count={count}, attempts={attempts}; expected both at least 1")
        if memory_gb is not None and memory_gb <= 0:
            raise ValueError(f"got memory_gb={memory_gb}, expected above 0, or null for a share")
        self.count = count
        self.memory_gb = memory_gb
        self.attempts = attempts
        self._folder = None if folder is None else Path(folder)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._pool: ProcessPool | None = None
        self._context = OwnProcesses()

    def run(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        """Yield one Answer a task, as known; finished tasks of an earlier run are not repeated.

        The files of a task go when the next answer is asked for. Leaving early, by an exception,
        Ctrl-C or `close()` of this iterator, stops the pool and drops what was unfinished.
        """
        waiting = deque(tasks)
        if len({task.key for task in waiting}) < len(waiting):
            raise ValueError("got two tasks of the same key, expected distinct tasks")
        self._make_root()
        running: dict[Future[None], Task] = {}
        breaks = 0
        try:
            while waiting or running:
                while waiting and len(running) < 2 * self.count:
                    task = waiting.popleft()
                    known = self._known(task)
                    if known is None:
                        running[self._submit(task)] = task
                    else:
                        yield from self._deliver(known)
                ended = wait(running, POLL_S, return_when=FIRST_COMPLETED).done
                if self._pool is not None and not self._pool.active:
                    breaks += 1
                    waiting.extendleft(running.values())
                    running.clear()
                    self._recover(breaks)
                    continue
                for future in ended:
                    yield from self._deliver(self._ended(running.pop(future), future))
        finally:
            if running:
                self._abandon(running.values())

    def close(self) -> None:
        """Stop the processes and whatever they are doing; a later `run` starts new ones."""
        self._stop()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _root(self) -> Path:
        if self._folder is not None:
            return self._folder
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="oracle-tasks-")
        return Path(self._temporary.name)

    def _make_root(self) -> None:
        try:
            self._root().mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OracleUnavailableError(
                f"got {self._folder} for outcome files, which cannot be made ({error}); "
                "choose a folder that can be written"
            ) from error

    def _files(self, key: str) -> TaskFolder:
        return TaskFolder(self._root().absolute(), key)

    def _known(self, task: Task) -> Answer | None:
        """The answer that an earlier run left, or that has to be given up on."""
        files = self._files(task.key)
        if files.answer() is None and files.attempts >= self.attempts:
            reason = f"begun {files.attempts} times without an end; not begun again"
            files.finish(Status.CRASHED, reason)
        return files.answer()

    def _submit(self, task: Task) -> Future[None]:
        if self._pool is not None and not self._pool.active:
            self._stop()
        if self._pool is None:
            os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
            _say_where_memory_has_no_limit()
            self._pool = ProcessPool(
                max_workers=self.count,
                initializer=prepare,
                initargs=(os.getpid(), self._memory_bytes()),
                context=self._context,
            )
        arguments = (str(self._root().absolute()), task.key, task.function, dict(task.payload))
        future: Future[None] = self._pool.schedule(perform, args=arguments, timeout=task.timeout_s)
        return future

    def _ended(self, task: Task, future: Future[None]) -> Answer:
        files = self._files(task.key)
        if files.answer() is None:
            files.finish(*_unfinished(task, future.exception()))
        answer = files.answer()
        assert answer is not None
        return answer

    def _deliver(self, answer: Answer) -> Iterator[Answer]:
        yield answer
        self._files(answer.key).forget()

    def _recover(self, breaks: int) -> None:
        """A process died while it held no task (killed from outside): begin a new pool."""
        if breaks > BREAKS_ALLOWED:
            raise OracleUnavailableError(
                f"got {breaks} broken pools in a row, expected worker processes that start; "
                "run `python -c 'import oracles.workers.process'` to see why they end"
            )
        self._stop()

    def _memory_bytes(self) -> int:
        if self.memory_gb is not None:
            return int(self.memory_gb * 1e9)
        return int(SHARED_FRACTION * shared_memory() / self.count)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            # Before join: it takes the names of the pool's locks away and then ends one process
            # after the other, so that one that just starts would not find them, and say so.
            self._context.terminate()
            self._pool.join()
            self._pool = None

    def _abandon(self, tasks: Iterable[Task]) -> None:
        """Stop at once; an orderly stop is no attempt, so the unfinished leave no trace."""
        files = [self._files(task.key) for task in tasks]
        self._stop()
        for file in files:
            if file.answer() is None:
                file.forget()


@cache
def _say_where_memory_has_no_limit() -> None:
    if sys.platform != "linux":
        log.warning(f"{sys.platform} limits no memory: workers.memory_gb has no effect here")


def _unfinished(task: Task, error: BaseException | None) -> tuple[Status, str]:
    """Status and reason of a task that wrote no end itself."""
    if isinstance(error, TimeoutError):
        return Status.TIMEOUT, f"no end within {task.timeout_s:g} s"
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    if isinstance(error, ProcessExpired):
        code = error.exitcode
        ending = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return Status.CRASHED, f"the worker process ended with {ending}"
    raise OracleUnavailableError(
        f"a worker could not keep the outcome of {task.function} "
        f"({type(error).__name__}: {error}); make room on the disk, or choose a folder that can "
        "be written"
    ) from error
