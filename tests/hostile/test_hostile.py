"""200 hostile files of each format end in a named error (or in a valid record): no traceback, no hang, no flood."""

import multiprocessing
import resource
import signal
import warnings
import zipfile

import numpy as np
import pytest
from hostile.seeds import SPOILERS, spoiled

import ecgfm_core as ecg
from ecgfm_core.errors import EcgfmError
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts

FILES, SECONDS, MEBIBYTES = 200, 10, 500


def read_all(format_name: str, results: "multiprocessing.SimpleQueue[dict[str, object]]") -> None:
    """Read every spoiled file in a process of its own, so that its memory can be told."""
    warnings.simplefilter("ignore")
    zipfile.ZipFile.__del__ = lambda self: None  # type: ignore[method-assign]
    facts = Facts(500.0, "mV", LEADS)
    outcome: dict[str, object] = {"errors": 0, "records": 0, "failures": []}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, files in enumerate(spoiled(format_name, FILES)):
        signal.alarm(SECONDS)
        try:
            for reading in ecg.read_each(files, facts):
                outcome["errors" if reading.error else "records"] += 1  # type: ignore[operator]
                if reading.record is not None:
                    ecg.quality(reading.record)
                    with_windows(reading.record)
        except BaseException as error:  # noqa: BLE001  (whatever gets through is the finding)
            outcome["failures"].append(f"{number}: {type(error).__name__}: {error}"[:300])  # type: ignore[attr-defined]
    signal.alarm(0)
    outcome["mebibytes"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    results.put(outcome)


def with_windows(record: ecg.types.Record) -> None:
    try:
        assert np.isfinite(ecg.to_windows(record).values).all()
    except EcgfmError:
        return


@pytest.mark.parametrize("format_name", SPOILERS)
def test_hostile_files_end_in_a_named_error(format_name: str):
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.SimpleQueue[dict[str, object]] = context.SimpleQueue()
    process = context.Process(target=read_all, args=(format_name, results))
    process.start()
    process.join(FILES * SECONDS)
    assert process.exitcode == 0, f"the reading process ended with {process.exitcode}"
    outcome = results.get()
    assert outcome["failures"] == []
    assert int(str(outcome["errors"])) > FILES // 4, outcome
    assert float(str(outcome["mebibytes"])) < MEBIBYTES
