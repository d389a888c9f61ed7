"""The measurements against the cardiologists of LUDB, as the benchmark scores them; skipped where it is absent."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import delineation
from ecgfm_core.signal.measure.thresholds import DEFAULT


@pytest.fixture(scope="module")
def cases(recordings: Path) -> list[delineation.Case]:
    assert recordings.is_dir()
    return delineation.read_cases()


def test_the_shipped_thresholds_reach_the_targets(cases: list[delineation.Case]):
    score = delineation.judge(cases, DEFAULT)
    for name, (median, worst) in delineation.TARGETS.items():
        errors = np.abs(score.errors[name])
        assert np.median(errors) <= median, name
        assert np.percentile(errors, 90) <= worst, name
    assert delineation.f1(score) >= 0.95
    assert score.presence[False, False] >= 10
    assert score.presence[False, False] + score.presence[False, True] == 12


def test_r_peaks_are_found_where_they_are_annotated(cases: list[delineation.Case]):
    for tolerance in delineation.TOLERANCES_MS:
        hits, missed, false = delineation.peaks_found(cases, tolerance)
        assert hits / (hits + missed) >= 0.995
        assert hits / (hits + false) >= 0.995


def test_the_halves_share_no_recording_and_the_recordings_without_p_waves_evenly(cases: list[delineation.Case]):
    first, second = delineation.halves(cases)
    assert (len(first), len(second)) == (50, 50)
    assert not {id(case) for case in first} & {id(case) for case in second}
    for half in (first, second):
        assert sum(case.reference["PR"] is None for case in half) == 6
