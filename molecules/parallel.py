"""Batches through worker processes: in order, reading ahead no further than they need."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

IN_FLIGHT = 4
"""Batches a worker that are read ahead."""
Entry = TypeVar("Entry")
Answer = TypeVar("Answer")


def batched(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    """Lists of `size` entries; the last may be shorter."""
    waiting = iter(entries)
    while batch := list(islice(waiting, size)):
        yield batch


def in_batches(
    function: Callable[[list[Entry]], Answer],
    batches: Iterable[Sequence[Entry]],
    processes: int,
    timeout: float,
    initializer: Callable[..., None] | None = None,
    initargs: Sequence[object] = (),
) -> Iterator[list[tuple[list[Entry], Answer | None]]]:
    """For each batch, in order, its answers: one, or those of its halves where it crashed.

    A batch whose worker crashes or takes too long is halved until the entry that does it is alone:
    its answer is None, and it costs nothing else.

    Args:
        function: of a batch; importable, as are `initializer` and all arguments picklable.
        batches: read lazily.
        processes: that work, spawned.
        timeout: seconds a batch.
        initializer: run once in every process.
        initargs: its arguments.
    """
    with ProcessPool(
        processes,
        initializer=initializer,
        initargs=tuple(initargs),
        context=get_context("spawn"),
    ) as pool:

        def schedule(batch: Sequence[Entry]) -> Future[Answer]:
            future: Future[Answer] = pool.schedule(function, (list(batch),), timeout=timeout)
            return future

        def answers(
            batch: list[Entry], future: Future[Answer]
        ) -> Iterator[tuple[list[Entry], Answer | None]]:
            try:
                yield batch, future.result()
            except (ProcessExpired, TimeoutError):
                if len(batch) == 1:
                    yield batch, None
                    return
                middle = len(batch) // 2
                for half in (batch[:middle], batch[middle:]):
                    yield from answers(half, schedule(half))

        waiting: deque[tuple[list[Entry], Future[Answer]]] = deque()
        try:
            for batch in batches:
                waiting.append((list(batch), schedule(batch)))
                if len(waiting) > IN_FLIGHT * processes:
                    yield list(answers(*waiting.popleft()))
            while waiting:
                yield list(answers(*waiting.popleft()))
        finally:
            pool.stop()  # at the end nothing runs; before it, nobody wants the rest
