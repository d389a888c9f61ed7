"""What must not change a probability, and what must."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import SAMPLES

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.records.wfdb_files import read
from ecgfm_core.simulate.samples import write_wfdb
from ecgfm_core.types import Facts, Meta, Record, Source

AF = ecg.read_record(SAMPLES / "af.hea")
MIMIC_ORDER = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")


def like_af(signal: np.ndarray, leads: tuple[str, ...] = LEADS) -> Record:
    return Record(signal, AF.fs, leads, "mV", "x", Meta("test"))


def logits(record: Record, encoder: Encoder) -> np.ndarray:
    found = ecg.encode(ecg.to_windows(record), encoder).logits
    assert found is not None
    return found


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(LEADS))
def test_the_order_of_the_leads_does_not_matter(order: list[str], tiny: Encoder):
    shuffled = like_af(AF.signal[[LEADS.index(lead) for lead in order]], tuple(order))
    np.testing.assert_array_equal(arrange(shuffled.signal, shuffled.leads)[0], AF.signal)
    np.testing.assert_array_equal(logits(shuffled, tiny), logits(AF, tiny))


def test_mimics_order_is_understood(demo: Encoder):
    mimic = like_af(AF.signal[[LEADS.index(lead) for lead in MIMIC_ORDER]], MIMIC_ORDER)
    np.testing.assert_array_equal(logits(mimic, demo), logits(AF, demo))


@settings(max_examples=25, deadline=None)
@given(gain=st.floats(0.05, 20), offset=st.floats(-5, 5), lead=st.integers(0, 11))
def test_gain_and_offset_do_not_matter(gain: float, offset: float, lead: int, tiny: Encoder):
    signal = AF.signal.copy()
    signal[lead] = signal[lead] * gain + offset
    np.testing.assert_allclose(logits(like_af(signal), tiny), logits(AF, tiny), atol=5e-3)


def test_swapping_arms_does_matter(demo: Encoder):
    swapped = AF.signal.copy()
    swapped[0] = -AF.signal[0]  # I turns round; II and III, aVR and aVL change places
    swapped[[1, 2]] = AF.signal[[2, 1]]
    swapped[[3, 4]] = AF.signal[[4, 3]]
    assert np.abs(logits(like_af(swapped), demo) - logits(AF, demo)).max() > 0.05


@settings(max_examples=25, deadline=None)
@given(
    fs=st.sampled_from([100.0, 250.0, 360.0, 500.0, 1000.0]),
    seconds=st.floats(5.1, 12),
    seed=st.integers(0, 2**16),
)
def test_windows_are_whole_standard_and_finite(fs: float, seconds: float, seed: int):
    record = ecg.simulate(ecg.Heart(), fs=fs, seconds=seconds, seed=seed).record
    steps, windows = ecg.preprocess(record), ecg.to_windows(record)
    count = int(record.signal.shape[1] * (500 / fs)) // 2500
    assert windows.values.shape == (count, 12, 2500)
    assert np.isfinite(windows.values).all()
    np.testing.assert_allclose(steps.standardized.mean(axis=1), 0, atol=1e-5)
    assert 0 <= steps.dropped_s < 5


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**16), rate=st.integers(40, 150))
def test_what_is_written_as_wfdb_is_read_back(seed: int, rate: int, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("wfdb")
    record = ecg.simulate(ecg.Heart(rate=rate), seconds=6, seed=seed, name="r").record
    write_wfdb(folder, record)
    header = Source("r.hea", (folder / "r.hea").read_bytes())
    again = read(header, {"r.dat": (folder / "r.dat").read_bytes()}, Facts())
    np.testing.assert_allclose(again.signal, record.signal, atol=0.5e-3 + 1e-6)
    assert (again.fs, again.leads) == (record.fs, record.leads)


def test_the_same_samples_in_any_format_give_the_same_probabilities(tiny: Encoder):
    stream = io.BytesIO()
    np.savez(stream, signal=AF.signal, fs=AF.fs, unit="mV", leads=np.array(LEADS))
    lines = [",".join(f"{lead} (uV)" for lead in LEADS)]
    lines += [",".join(f"{value * 1000:.4f}" for value in row) for row in AF.signal.T]
    for content in (stream.getvalue(), "\n".join(lines).encode()):
        record = ecg.read_record(content, fs=AF.fs)
        np.testing.assert_allclose(logits(record, tiny), logits(AF, tiny), atol=1e-4)
