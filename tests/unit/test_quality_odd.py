"""Quality: short, long, slow, partial and absurd recordings are examined as far as they allow, and never refused."""

import time
import tracemalloc

import numpy as np
import pytest
from faulty import changed, names, recorded

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Record


@pytest.mark.parametrize("samples", [1, 2, 3, 10, 250, 700, 1300])
def test_a_short_recording_is_examined(samples: int):
    made = recorded()
    examined = ecg.quality(changed(made.signal[:, :samples], made))
    assert 0 <= examined.score <= 1
    assert not {"limb_swap", "precordial_swap", "noisy"} & names(examined)


@pytest.mark.parametrize("fs", [0.1, 1.0, 50.0, 100.0, 1e6])
def test_any_rate_is_examined(fs: float):
    made = recorded()
    examined = ecg.quality(Record(made.signal, fs, LEADS, "mV", "rate", made.meta))
    assert 0 <= examined.score <= 1


def test_at_100_hz_mains_and_spikes_cannot_be_seen():
    made = recorded(seed=1, fs=500, swaps=(("RA", "LA"),))
    slow = Record(made.signal[:, ::5], 100.0, LEADS, "mV", "100 Hz", made.meta)
    examined = ecg.quality(slow)
    assert not {"mains", "pacing_spikes"} & set(examined.checks)
    assert names(examined) == {"limb_swap"}


def test_a_single_lead_is_examined():
    made = recorded(mains_mv=0.3)
    one = Record(made.signal[6:7], made.fs, ("V1",), "mV", "one", made.meta)
    assert names(ecg.quality(one)) == {"mains"}


@pytest.mark.parametrize("unit", ["mV", None])
@pytest.mark.parametrize("gain", [1e-30, 1e-6, 1e6, 1e30])
def test_absurd_amplitudes_are_examined(gain: float, unit: str | None):
    made = recorded()
    examined = ecg.quality(changed(made.signal * np.float32(gain), made, unit))
    assert 0 <= examined.score <= 1


def test_artifacts_of_20_mv_fail():
    made = recorded()
    artifact = np.random.default_rng(0).uniform(-20, 20, made.signal.shape)
    examined = ecg.quality(changed(artifact, made))
    assert {"noisy", "wander"} <= names(examined)
    assert examined.score == pytest.approx(0, abs=0.01)
    assert examined.verdict is not None


@pytest.mark.parametrize("unit", ["mV", None])
def test_nothing_but_zeros_is_lost(unit: str | None):
    made = recorded()
    examined = ecg.quality(changed(np.zeros_like(made.signal), made, unit))
    assert names(examined) == {"lost"}
    assert (examined.score, examined.verdict) == (0.0, "All leads are lost")


def test_half_an_hour_takes_seconds_and_little_memory():
    made = recorded(seconds=60)
    long = changed(np.tile(made.signal, 30), made)
    tracemalloc.start()
    start = time.perf_counter()
    examined = ecg.quality(long)
    took_s, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert examined.flags == ()
    assert took_s < 6  # 0.8 s on a free core
    assert peak < 2 * long.signal.nbytes
