"""Windows: order, tail, constant leads, and the named errors."""

import numpy as np
import pytest
from unit.test_types import record

import ecgfm_core as ecg
from ecgfm_core.errors import MissingLeads, RecordTooShort
from ecgfm_core.leads import LEADS


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((12, samples)).astype(np.float32)


def test_the_tail_that_fills_no_window_is_dropped_and_said():
    made = record(noise(4321))
    windows, steps = ecg.to_windows(made), ecg.preprocess(made)
    assert windows.values.shape == (1, 12, 2500)
    assert steps.dropped_s == pytest.approx(1821 / 500)
    assert windows.source == made.digest


def test_standardization_is_over_the_whole_record_and_not_over_a_window():
    signal = noise(5000)
    signal[:, 2500:] *= 10
    values = ecg.to_windows(record(signal)).values
    assert values[0].std() < 0.2 < 1.3 < values[1].std()
    np.testing.assert_allclose(values.transpose(1, 0, 2).reshape(12, -1).std(axis=1), 1, atol=1e-5)


def test_a_lead_that_never_changes_is_zero_and_said():
    signal = noise(2500)
    signal[8] = 0.1
    steps = ecg.preprocess(record(signal))
    assert steps.constant == ("V3",)
    assert not ecg.to_windows(record(signal)).values[0, 8].any()


def test_too_short_says_how_long():
    with pytest.raises(RecordTooShort, match=r"lasts 1\.00 s; one window is 5 s") as caught:
        ecg.to_windows(record(noise(500)))
    assert caught.value.duration_s == 1.0


def test_derived_leads_are_said():
    keep = [i for i, lead in enumerate(LEADS) if lead != "III"]
    made = record(noise(2500)[keep], leads=tuple(LEADS[i] for i in keep))
    assert ecg.preprocess(made).derived == ("III",)


def test_nothing_is_derived_where_the_scale_is_unknown():
    made = record(noise(2500)[:11], leads=LEADS[:11], unit=None)
    with pytest.raises(MissingLeads):
        ecg.to_windows(made)
    keep = [i for i, lead in enumerate(LEADS) if lead != "III"]
    with pytest.raises(MissingLeads, match="III is missing"):
        ecg.to_windows(record(noise(2500)[keep], leads=tuple(LEADS[i] for i in keep), unit=None))
