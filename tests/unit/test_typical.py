"""The typical beat: one voice a recording, millivolts apart from what has no unit."""

import numpy as np
import pytest

from ecgfm_core import Heart, measure
from ecgfm_core.analysis.typical import typical_beat
from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.record import simulate
from ecgfm_core.types import Meta, Record


def heart(seed: int = 0, fs: float = 500.0, **settings: object) -> Record:
    return simulate(Heart(**settings), seconds=8, seed=seed, fs=fs).record


def changed(record: Record, signal: np.ndarray, unit: str | None) -> Record:
    return Record(signal, record.fs, record.leads, unit, record.name, Meta(format="test"))


def flat() -> Record:
    return changed(heart(), np.zeros((12, 4000)), "mV")


def test_of_one_recording_it_is_its_median_beat():
    own, typical = measure(heart()).median, typical_beat([heart()])
    np.testing.assert_allclose(typical.beat.values, own.values, atol=1e-6)
    assert typical.beat.spread.max() == 0
    assert (typical.unit, typical.left_out, typical.beat.beats, typical.beat.leads) == ("mV", 0, 1, LEADS)
    assert (typical.beat.p, typical.beat.qrs, typical.beat.t) == (own.p, own.qrs, own.t)


def test_one_odd_recording_among_three_does_not_show():
    typical = typical_beat([heart(1), heart(2), changed(heart(3), heart(3).signal * 10, "mV")])
    usual = typical_beat([heart(1), heart(2)])
    assert np.abs(typical.beat.values).max() < 1.3 * np.abs(usual.beat.values).max()


def test_recordings_of_any_rate_lie_on_each_other():
    typical, own = typical_beat([heart(fs=500.0), heart(fs=1000.0)]), measure(heart()).median
    assert typical.beat.fs == 500
    assert np.abs(typical.beat.values - own.values).max() < 0.1 * np.abs(own.values).max()


def test_without_a_unit_only_shapes_are_compared():
    record = heart()
    typical = typical_beat([changed(record, record.signal * gain, None) for gain in (1, 7, 200)])
    assert (typical.unit, typical.left_out) == (None, 0)
    assert np.abs(typical.beat.values).max() == pytest.approx(1, abs=1e-4)
    assert typical.beat.spread.max() < 1e-3


def test_millivolts_and_unknown_units_are_not_mixed():
    none = [changed(heart(seed), heart(seed).signal * 50, None) for seed in (1, 2)]
    in_mv = typical_beat([*none, heart(3), heart(4)])
    assert (in_mv.unit, in_mv.left_out, in_mv.beat.beats) == ("mV", 2, 2)
    relative = typical_beat([*none, heart(3)])
    assert (relative.unit, relative.left_out, relative.beat.beats) == (None, 1, 2)


def test_no_more_recordings_are_read_than_asked_for():
    left = iter([heart(1), flat(), heart(2), heart(3)])
    typical = typical_beat(left, most=3)
    assert (typical.beat.beats, typical.left_out) == (2, 1)
    assert next(left).digest == heart(3).digest


def test_a_wave_is_marked_where_half_of_the_recordings_have_it():
    without_p = heart(5, rhythm="atrial fibrillation")
    assert measure(without_p).median.p is None
    assert typical_beat([heart(1), without_p]).beat.p is not None
    assert typical_beat([heart(1), without_p, without_p]).beat.p is None


def test_a_lead_that_some_lack_is_the_median_of_the_others():
    whole = heart()
    three = Record(whole.signal[[0, 1, 6]], whole.fs, ("I", "II", "V1"), "mV", "three", Meta(format="test"))
    typical = typical_beat([whole, three])
    assert typical.beat.leads == LEADS
    np.testing.assert_allclose(typical.beat.values[11], measure(whole).median.values[11], atol=1e-6)


def test_a_selection_without_a_beat_is_refused():
    with pytest.raises(SelectionInvalid, match=r"None of the 2 recordings has one\. Select others"):
        typical_beat([flat(), flat()])
