"""Long work in processes of its own. The only part of the app with worker processes.

A thread of Streamlit that computes holds up every user. A job is known by an unguessable name that lies in the
session; it goes on while its page is left, and ends with the server.
"""

from __future__ import annotations

import secrets
import threading

from app.jobs.job import Job, JobFailed, State, Step, Work
from app.jobs.worker import Worker
from app.jobs.works import build_cohort, compile_maps, make_map

__all__ = ["BUILDS", "MAPS", "Job", "JobFailed", "State", "Step", "build_cohort", "find", "forget", "make_map", "start"]

BUILDS = Worker(patience_s=30.0)
"""Makes one cohort after another; a pass of a large encoder takes a while, and is not lost if it may end."""
MAPS = Worker(compile_maps, patience_s=5.0)
"""Makes one map after another, in a process that stays, since numba compiles UMAP anew in each."""
_KEPT = 200
"""Jobs that are remembered; of more, those that have ended are forgotten."""
_jobs: dict[str, Job] = {}
_registering = threading.Lock()


def start(worker: Worker, work: Work, *arguments: object) -> str:
    """Begin a job, or let it wait for others; returns the name that `find` takes.

    Args:
        worker: who does it.
        work: a function at the top level of a module.
        arguments: what it takes; they are sent to another process.

    Raises:
        JobFailed: too many wait already.
    """
    job = Job(work, arguments)
    worker.take(job)
    name = secrets.token_hex(16)
    with _registering:
        if len(_jobs) >= _KEPT:
            for old in [old for old, other in _jobs.items() if other.state != "running"]:
                del _jobs[old]
        _jobs[name] = job
    return name


def find(name: object) -> Job | None:
    """The job of this name; None where there is none."""
    return _jobs.get(name) if isinstance(name, str) else None


def forget(name: object) -> None:
    """Drop a job that has ended."""
    if isinstance(name, str):
        _jobs.pop(name, None)
