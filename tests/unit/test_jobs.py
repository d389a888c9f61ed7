"""Work in processes of its own: progress, results, refusals, cancel, kill; nothing is left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from app import jobs
from app.jobs import Job, JobFailed, Step
from app.jobs.job import Report
from app.jobs.worker import MOST_WAITING, Worker
from ecgfm_core.errors import CohortInvalid, MissingLeads

SLOW_S = 60


def counting(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    (total,) = arguments
    assert isinstance(total, int)
    for done in range(1, total + 1):
        report(Step(done, total, "steps"))
    return f"counted to {total}"


def telling_its_process(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    return f"{os.getpid()} {tempfile.gettempdir()}"


def endless(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    (Path(tempfile.gettempdir()) / "upload").write_text("a patient's")
    Path(str(arguments[0])).write_text(f"{os.getpid()} {tempfile.gettempdir()}")
    report(Step(0, 1, "waiting"))
    while not cancel():
        time.sleep(0.01)
    return "as far as it got"


def loud(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    """Reports all the time, and so finds the way to the server gone while its files are being removed."""
    for number in range(3000):
        (Path(tempfile.gettempdir()) / f"{number}").touch()
    Path(str(arguments[0])).write_text(f"{os.getpid()} {tempfile.gettempdir()}")
    while not cancel():
        report(Step(1, 1, "waiting"))
    return "as far as it got"


def deaf(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    Path(str(arguments[0])).write_text(f"{os.getpid()} {tempfile.gettempdir()}")
    threading.Event().wait()
    return "never"


def refusing(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    raise CohortInvalid("cohort: the folder holds no cohort. Make one.")


def lacking(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    raise MissingLeads("V6 is missing. Export all twelve leads.", ("V6",))  # an error that cannot be pickled


def breaking(*arguments: object, report: Report, cancel: Callable[[], bool]) -> str:
    raise KeyError("a patient's name")


def making(*arguments: object, report: Report, cancel: Callable[[], bool]) -> tuple[np.ndarray, ...]:
    return (np.arange(3.0), np.ones((2, 2), np.float32))


def first_of_all() -> None:
    """What a process that stays does before its first job."""


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(patience_s=0.3)
    yield made
    made._kill()


@pytest.fixture
def staying() -> Iterator[Worker]:
    made = Worker(first_of_all, patience_s=0.3)
    yield made
    made._kill()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SLOW_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def started(worker: Worker, work: jobs.job.Work, *arguments: object) -> Job:
    job = jobs.find(jobs.start(worker, work, *arguments))
    assert job is not None
    return job


def ended(job: Job) -> Job:
    until(lambda: job.state != "running")
    return job


def told(file: Path) -> tuple[int, Path]:
    """The process, and its private folder, that a job wrote down."""
    until(lambda: file.exists() and len(file.read_text().split()) == 2)
    process, private = file.read_text().split()
    return int(process), Path(private)


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"


def test_a_job_reports_and_returns_what_it_says(worker: Worker):
    job = ended(started(worker, counting, 30))
    assert (job.state, job.words) == ("done", "counted to 30")
    assert job.step == Step(30, 30, "steps")


def test_what_a_job_makes_comes_back_as_it_was(staying: Worker):
    job = ended(started(staying, making))
    assert (job.state, job.words) == ("done", "")
    numbers, ones = job.made
    np.testing.assert_array_equal(numbers, [0, 1, 2])
    assert (ones.shape, ones.dtype) == ((2, 2), np.float32)


def test_a_job_that_reports_all_the_time_is_heard_five_times_a_second(worker: Worker):
    heard: list[Step | None] = []
    worker._hear = lambda job, said: (heard.append(said), Worker._hear(worker, job, said))  # type: ignore[method-assign]
    began = time.monotonic()
    job = ended(started(worker, counting, 300_000))
    steps = [said for said in heard if isinstance(said, Step)]
    assert job.step == Step(300_000, 300_000, "steps")
    assert len(steps) <= 2 + 5 * (time.monotonic() - began)


def test_an_expected_error_is_its_sentence_and_an_unexpected_one_never_its_text(staying: Worker):
    refused, lacks, broken = (ended(started(staying, work)) for work in (refusing, lacking, breaking))
    assert refused.words == "cohort: the folder holds no cohort. Make one."
    assert lacks.words == "V6 is missing. Export all twelve leads."
    assert {refused.state, lacks.state, broken.state} == {"failed"}
    assert "KeyError in breaking, line" in broken.words
    assert "patient" not in broken.words


def test_a_process_that_stays_does_all_jobs_and_any_other_one_job_only(worker: Worker, staying: Worker):
    same, others = (
        [ended(started(one, telling_its_process)).words for _ in range(2)] for one in (staying, worker)
    )  # fmt: skip
    assert same[0] == same[1]
    process, private = others[0].split()
    assert others[1].split()[0] != process
    assert gone(int(process))
    assert not Path(private).exists()


def test_a_canceled_job_keeps_what_it_did(worker: Worker, tmp_path: Path):
    job = started(worker, endless, str(tmp_path / "told"))
    told(tmp_path / "told")
    job.cancel()
    assert (ended(job).state, job.words) == ("canceled", "as far as it got")


def test_a_job_that_does_not_answer_is_ended_and_the_next_one_is_done(staying: Worker, tmp_path: Path):
    job = started(staying, deaf, str(tmp_path / "told"))
    process, private = told(tmp_path / "told")
    job.cancel()
    assert ended(job).state == "canceled"
    assert "did not answer" in job.words
    assert gone(process)
    assert not private.exists()
    assert ended(started(staying, counting, 2)).state == "done"


def test_a_canceled_job_does_not_end_the_next_one(staying: Worker, tmp_path: Path):
    first = started(staying, endless, str(tmp_path / "told"))
    second = started(staying, counting, 3)
    told(tmp_path / "told")
    assert second.waits
    first.cancel()
    assert (ended(first).state, ended(second).state) == ("canceled", "done")


def test_a_job_that_waits_is_canceled_at_once(worker: Worker, tmp_path: Path):
    first = started(worker, endless, str(tmp_path / "told"))
    second = started(worker, endless, str(tmp_path / "never"))
    told(tmp_path / "told")
    second.cancel()
    assert second.state == "canceled"
    assert first.state == "running"
    first.cancel()
    ended(first)
    assert ended(started(worker, counting, 1)).state == "done"
    assert not (tmp_path / "never").exists()


def test_a_killed_process_is_told_and_leaves_nothing(worker: Worker, tmp_path: Path):
    job = started(worker, endless, str(tmp_path / "told"))
    process, private = told(tmp_path / "told")
    os.kill(process, signal.SIGKILL)
    assert ended(job).state == "failed"
    assert "was ended" in job.words
    until(lambda: not private.exists())


def test_a_process_that_was_killed_while_it_rested_is_started_anew(staying: Worker):
    process = int(ended(started(staying, telling_its_process)).words.split()[0])
    os.kill(process, signal.SIGKILL)
    until(lambda: gone(process))
    assert ended(started(staying, counting, 2)).words == "counted to 2"


def test_a_job_outlives_a_process_that_was_killed_this_very_moment(staying: Worker):
    for _ in range(3):
        os.kill(int(ended(started(staying, telling_its_process)).words.split()[0]), signal.SIGKILL)
        assert ended(started(staying, counting, 2)).words == "counted to 2"


def test_no_more_wait_than_have_a_chance(staying: Worker, tmp_path: Path):
    running = started(staying, endless, str(tmp_path / "told"))
    told(tmp_path / "told")
    waiting = [started(staying, counting, 1) for _ in range(MOST_WAITING)]
    with pytest.raises(JobFailed, match="4 jobs of this kind wait already"):
        jobs.start(staying, counting, 3)
    running.cancel()
    assert {ended(job).state for job in waiting} == {"done"}


def test_nobody_finds_a_job_by_guessing(worker: Worker):
    assert jobs.find("0" * 32) is None
    assert jobs.find(None) is None
    name = jobs.start(worker, counting, 1)
    assert len(name) == 32
    jobs.forget(name)
    assert jobs.find(name) is None


PARENT = """
import signal, sys, time; sys.path[:0] = ["tests", "tests/unit"]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background passes on that it is ignored
open(sys.argv[1] + ".ran", "a").write(__name__ + " ")
from app.jobs.job import Job
from app.jobs.worker import Worker
import test_jobs
Worker(patience_s=1.0).take(Job(getattr(test_jobs, sys.argv[2]), (sys.argv[1],)))
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("work", ["endless", "loud"])
def test_a_job_ends_with_its_server_and_does_not_run_the_server_s_script(tmp_path: Path, how: int, work: str):
    (tmp_path / "parent.py").write_text(PARENT)  # without a guard, as a page of Streamlit is
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py"), str(tmp_path / "told"), work], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    worker, private = told(tmp_path / "told")
    process.send_signal(how)
    process.wait(SLOW_S)
    until(lambda: gone(worker))
    assert not private.exists()
    assert (tmp_path / "told.ran").read_text().split() == ["__main__"]
