"""Long work in processes of its own. The only part of the app with worker processes.

A thread of Streamlit that computes holds up every user. A job is known by an unguessable name that lies in the
session; it goes on while its page is left, and ends with the server.
"""

from __future__ import annotations

import secrets
import threading
import time

from app.jobs.explanations import Network, check_map, explain_cohort, explain_recording, prepare
from app.jobs.job import Job, JobFailed, State, Step, Work
from app.jobs.worker import Worker
from app.jobs.works import build_cohort, compile_maps, make_map

__all__ = [
    "BUILDS",
    "EXPLANATIONS",
    "MAPS",
    "STUDIES",
    "Job",
    "JobFailed",
    "Network",
    "State",
    "Step",
    "Work",
    "build_cohort",
    "check_map",
    "explain_cohort",
    "explain_recording",
    "find",
    "forget",
    "make_map",
    "start",
]

BUILDS = Worker(patience_s=30.0)
"""Makes one cohort after another; a pass of a large encoder takes a while, and is not lost if it may end."""
MAPS = Worker(compile_maps, patience_s=5.0)
"""Makes one map after another, in a process that stays, since numba compiles UMAP anew in each."""
EXPLANATIONS = Worker(prepare, patience_s=10.0)
"""Explains one score after another, in a process that stays, since it has loaded an encoder."""
STUDIES = Worker(patience_s=10.0)
"""Checks maps, and makes many: minutes, for which nobody else's question shall wait."""
_FORGET_S = 600.0
"""After so long nobody comes for what a job has made: it may be of a patient."""
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
        left = time.monotonic() - (_FORGET_S if len(_jobs) < _KEPT else 0)
        for old in [old for old, other in _jobs.items() if other.state != "running" and other.ended_at < left]:
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
