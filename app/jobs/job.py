"""A piece of work, how far it is, and how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from typing import Literal, NamedTuple, Protocol

from ecgfm_core.errors import EcgfmError

State = Literal["running", "done", "failed", "canceled"]


class JobFailed(EcgfmError):
    """A job cannot be taken, or there is nothing to show for it."""


class Step(NamedTuple):
    """How far a job is: `done` of `total`, and the rest in words; a total of 0 = not known yet."""

    done: int
    total: int
    words: str


class Ended(NamedTuple):
    """How a job ended, and what there is to say."""

    state: State
    words: str


Report = Callable[[Step], None]


class Work(Protocol):
    """What a job does, in another process; returns a few words or a name."""

    def __call__(self, *arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
        """Do it."""
        ...


class Job:
    """A piece of work that waits, runs or has ended.

    Attributes:
        step: how far it is, or None before its first report.
        state: of it; one that waits is running too.
        words: what it returned, or the sentence of its error.
        waits: whether it has not begun.
        asked: whether it was asked to end.
        errand: what is sent to the worker; empty once a process has taken it, for it may hold an upload.
    """

    def __init__(self, work: Work, arguments: tuple[object, ...]) -> None:
        """Pack what is to be sent."""
        self.errand = bytes(ForkingPickler.dumps((work, arguments)))
        self.step: Step | None = None
        self.state: State = "running"
        self.words = ""
        self.waits = True
        self.asked = False
        self._turn = threading.Lock()

    def cancel(self) -> None:
        """Ask it to end; what it has done so far is kept."""
        with self._turn:
            self.asked = True
            if self.waits:
                self.end(Ended("canceled", "It had not begun."))

    def begin(self) -> bytes:
        """What is to be sent; empty where it was canceled first."""
        with self._turn:
            self.waits = self.waits and not self.errand
            return self.errand

    def end(self, how: Ended) -> None:
        """Say how it ended."""
        self.words, self.errand = how.words, b""
        self.state = how.state  # last: whoever sees it may read the words
