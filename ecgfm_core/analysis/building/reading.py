"""Recordings -> prepared recordings, in order: worker processes read ahead while the encoder works."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import connection

from threadpoolctl import threadpool_limits

from ecgfm_core.analysis.building.preparing import Plan, Result, Task, prepare
from ecgfm_core.analysis.cohort import Failure
from ecgfm_core.errors import ReadingCrashed

FEW = 48
"""Recordings up to which starting a process takes longer than reading them."""
_ERRAND, _AHEAD = 4, 3
"""Recordings that are sent for together, and errands that wait for each process: memory does not grow with either."""
_MOST = 16
_plan: Plan


def read_ahead(tasks: Iterable[Task], total: int, plan: Plan, *, processor_free: bool) -> Iterator[Result]:
    """Prepare all tasks, in order; one that takes its process down is a failure and no more.

    Args:
        tasks: taken as they are needed.
        total: how many there are.
        plan: what holds for all of them.
        processor_free: whether the encoder works elsewhere; else the processes leave it most of the processor.
    """
    if total > FEW:
        count = os.cpu_count() or 2
        with _Crew(plan, max(1, min(_MOST, count - 1 if processor_free else count // 4))) as crew:
            if crew.works():
                yield from crew.results(iter(tasks))
                return
    for task in tasks:  # few; or a program that cannot be started again, such as a script without a guard
        yield prepare(task, plan)


class _Crew:
    """Processes that prepare recordings."""

    def __init__(self, plan: Plan, count: int) -> None:
        self._plan, self._count = plan, count
        self._pool = self._started()

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def works(self) -> bool:
        """Whether a process can be started at all."""
        try:
            self._pool.submit(int).result()
        except BrokenProcessPool:
            return False
        return True

    def results(self, tasks: Iterator[Task]) -> Iterator[Result]:
        """In order, with a bounded number of errands under way."""
        under_way: deque[tuple[list[Task], Future[list[Result]]]] = deque()
        while True:
            while len(under_way) < _AHEAD * self._count and (errand := list(islice(tasks, _ERRAND))):
                under_way.append((errand, self._send(errand)))
            if not under_way:
                return
            errand, sent = under_way.popleft()
            try:
                yield from sent.result()
            except BrokenProcessPool:
                yield from self._one_by_one(errand)
                under_way = deque((other, sent if _came(sent) else self._send(other)) for other, sent in under_way)

    def _one_by_one(self, errand: Sequence[Task]) -> Iterator[Result]:
        """Find the recording that ends a process, by giving each of them the processes for itself."""
        self._restart()
        for task in errand:
            try:
                yield from self._send([task]).result()
            except BrokenProcessPool:
                crash = ReadingCrashed(f"{task.id}: reading it ended the process that read it. Leave the file out.")
                yield Failure(task.id, type(crash).__name__, str(crash))
                self._restart()

    def _send(self, errand: Sequence[Task]) -> Future[list[Result]]:
        try:
            return self._pool.submit(_prepare, errand)
        except BrokenProcessPool as error:  # it broke between two results
            broken: Future[list[Result]] = Future()
            broken.set_exception(error)
            return broken

    def _restart(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        # spawned: a fork of a process that runs torch's threads may never wake up
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count, spawn, initializer=_begin, initargs=(self._plan,))


def _came(sent: Future[list[Result]]) -> bool:
    return sent.done() and not sent.cancelled() and sent.exception() is None


def _begin(plan: Plan) -> None:
    """In a new process: keep the plan, leave Ctrl-C to the process that leads, and end with that, however it ends."""
    global _plan  # noqa: PLW0603  (sent once a process, not with each errand: it holds all digests)
    _plan = plan
    threadpool_limits(1)  # for such small matrices threads only wait for each other, three times as long
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leader = multiprocessing.parent_process()
    if leader is not None:
        threading.Thread(target=_end_with, args=(leader.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _prepare(errand: Sequence[Task]) -> list[Result]:
    return [prepare(task, _plan) for task in errand]
