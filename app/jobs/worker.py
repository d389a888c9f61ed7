"""The server's side: a process that does one job after another.

It is started by a command line and not by `multiprocessing.Process`: Streamlit puts the page's script in the place of
the main module, which a spawned process, and every process that it spawns in turn, would run once more.
"""

from __future__ import annotations

import multiprocessing
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NamedTuple

from app.jobs.job import Ended, Job, JobFailed, Step
from app.jobs.process import CANCEL

MOST_WAITING = 4
"""Jobs that wait for a worker; one more is refused."""
_LISTEN_S = 0.1
_KILLED = (
    "the process that did this was ended, perhaps for want of memory. What it had finished is kept; start it again."
)
_CODE = "import sys; sys.path[:] = {path!r}; from app.jobs.process import serve; serve({channel}, {private!r})"


class _Process(NamedTuple):
    """A running process, the way to it, and a folder for what it writes in passing."""

    running: subprocess.Popen[bytes]
    pipe: Connection
    private: str


class Worker:
    """Does jobs one after another, in a process that is started when it is needed, and anew after it was killed."""

    def __init__(self, first: Callable[[], None] | None = None, *, patience_s: float) -> None:
        """Start nothing yet.

        Args:
            first: what a new process does before its first job. A process that has something to do first stays, any
                other ends with its job and gives its memory back.
            patience_s: how long a job may go on after it was asked to end; then its process is killed.
        """
        self._first = first
        self._patience_s = patience_s
        self._jobs: queue.Queue[Job] = queue.Queue()
        self._waiting: list[Job] = []
        self._process: _Process | None = None
        self._ready = False
        self._beginning = threading.Lock()
        self._begun = False

    def begin(self) -> None:
        """Have the process ready, if it is one that stays."""
        with self._beginning:
            if not self._begun:
                threading.Thread(target=self._serve, daemon=True).start()
                self._begun = True

    def take(self, job: Job) -> None:
        """Do this job after those that came before.

        Raises:
            JobFailed: too many wait already.
        """
        with self._beginning:
            self._waiting = [one for one in self._waiting if one.state == "running"]  # who was canceled makes room
            if len(self._waiting) >= MOST_WAITING:
                raise JobFailed(f"{MOST_WAITING} jobs of this kind wait already. Try again when some have ended.")
            self._waiting.append(job)
        self._jobs.put(job)
        self.begin()

    def _serve(self) -> None:
        """The thread that alone knows the process."""
        while True:
            if self._first is not None:
                with suppress(OSError):  # the job that needs it will say so
                    self._open()
            job = self._jobs.get()
            with self._beginning:
                self._waiting = [one for one in self._waiting if one is not job]
            if job.state != "running":
                continue  # canceled while it waited
            try:
                self._do(job)
            except (EOFError, OSError):
                self._recover(job)
            if self._first is None:
                self._kill()

    def _recover(self, job: Job) -> None:
        """The process has ended: one that was at rest had not taken the job yet, and a new one does it.

        Whether a process lives cannot be asked before: of one that was killed, the threads may still be ending.
        """
        self._kill()
        if job.errand and not job.waits:
            job.waits = True
            with suppress(EOFError, OSError):
                self._do(job)
        if job.state == "running":
            self._kill()
            job.end(Ended("failed", _KILLED))

    def _do(self, job: Job) -> None:
        pipe, asked = self._open(), 0.0
        while job.state == "running":
            if self._ready and job.waits and (errand := job.begin()):
                pipe.send_bytes(errand)
            if job.asked and not job.waits and not asked:
                asked = time.monotonic()
                pipe.send_bytes(CANCEL)
            if asked and time.monotonic() - asked > self._patience_s:
                self._kill()
                job.end(Ended("canceled", "It did not answer and was ended at once. What it had finished is kept."))
            elif pipe.poll(_LISTEN_S):
                self._hear(job, pipe.recv())

    def _hear(self, job: Job, said: Step | Ended | None) -> None:
        if said is None:  # ready, or the errand is taken
            self._ready = True
            job.errand = job.errand if job.waits else b""
        elif isinstance(said, Step):
            job.step = said
        else:
            job.end(said)

    def _open(self) -> Connection:
        if self._process is not None and self._process.running.poll() is not None:
            self._kill()  # it ended while nobody looked
        if self._process is None:
            ours, theirs = multiprocessing.Pipe()
            private = tempfile.mkdtemp(prefix="ecgfm-")
            code = _CODE.format(path=sys.path, channel=theirs.fileno(), private=private)
            with theirs:
                running = subprocess.Popen([sys.executable, "-c", code], pass_fds=[theirs.fileno()])  # noqa: S603
            self._process, self._ready = _Process(running, ours, private), False
            ours.send(self._first)
        return self._process.pipe

    def _kill(self) -> None:
        if self._process is not None:
            running, pipe, private = self._process
            self._process = None
            running.kill()
            pipe.close()
            running.wait()
            shutil.rmtree(private, ignore_errors=True)
