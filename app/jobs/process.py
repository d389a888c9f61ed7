"""The process's side: does what the server sends, and ends when the server does."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import tempfile
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler

from app.jobs.job import Ended, State, Step
from ecgfm_core.errors import EcgfmError

CANCEL = b""
_REPORT_S = 0.2
_ending = threading.Lock()


def serve(channel: int, private: str) -> None:
    """The life of a worker's process.

    Args:
        channel: file descriptor of the way to the server.
        private: folder for files in passing, an unpacked upload among them; it does not outlive the process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    os.nice(5)  # the pages first
    tempfile.tempdir = private
    os.putenv("TMPDIR", private)  # for the processes that this one starts
    pipe = Connection(channel)
    first = pipe.recv()
    errands: queue.Queue[bytes] = queue.Queue()
    canceled = threading.Event()
    threading.Thread(target=_listen, args=(pipe, errands, canceled), daemon=True).start()
    if first is not None:
        first()
    with suppress(OSError):  # the way to the server is gone
        pipe.send(None)  # ready
        while True:
            errand = errands.get()
            pipe.send(None)  # taken
            pipe.send(_result(errand, pipe, canceled))
    _end()


def _listen(pipe: Connection, errands: queue.Queue[bytes], canceled: threading.Event) -> None:
    """Hear the server while the main thread works; the server's end, however it came, is the end of the pipe."""
    try:
        while True:
            errand = pipe.recv_bytes()
            if errand == CANCEL:
                canceled.set()
            else:
                canceled.clear()
                errands.put(errand)
    except (EOFError, OSError):
        _end()


def _end() -> None:
    """Leave nothing behind. Both threads find the server gone; the one that comes second must not cut the first off."""
    _ending.acquire()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os._exit(1)


def _result(errand: bytes, pipe: Connection, canceled: threading.Event) -> Ended:
    """Do a job, and say how it ended."""
    last = 0.0

    def report(step: Step) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_S or step.done == step.total:
            last = now
            pipe.send(step)

    try:
        work, arguments = ForkingPickler.loads(errand)
        made = work(*arguments, report=report, cancel=canceled.is_set)
    except EcgfmError as error:
        return Ended("canceled" if canceled.is_set() else "failed", str(error))
    except Exception as error:  # noqa: BLE001  (the boundary of the process; its text may hold a patient's words)
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} in {place.name}, line {place.lineno}"
        return Ended("failed", f"something unexpected went wrong ({what}). Please report it.")
    how: State = "canceled" if canceled.is_set() else "done"
    return Ended(how, made) if isinstance(made, str) else Ended(how, "", made)
