"""A piece of work, how far it is, and how it ended."""

from __future__ import annotations

import threading
import time
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
    """How a job ended, what there is to say, and what it made that is no file."""

    state: State
    words: str
    made: object = None


Report = Callable[[Step], None]


class Work(Protocol):
    """What a job does, in another process; returns a few words or a name, or what it made, which is sent back."""

    def __call__(self, *arguments: object, report: Report, cancel: Callable[[], bool]) -> object:
        """Do it."""
        ...


class Job:
    """A piece of work that waits, runs or has ended.

    Attributes:
        step: how far it is, or None before its first report.
        state: of it; one that waits is running too.
        words: that it returned, or the sentence of its error.
        made: what it returned where that is not words.
        ended_at: when it ended, by the monotonic clock.
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
        self.made: object = None
        self.ended_at = 0.0
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
        self.words, self.made, self.errand, self.ended_at = how.words, how.made, b"", time.monotonic()
        self.state = how.state  # last: whoever sees it may read the words
