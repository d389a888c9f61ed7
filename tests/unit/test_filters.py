"""Filters for the eye: what each takes away and leaves, and that nothing else is touched by them."""

import time

import numpy as np
import pytest

import ecgfm_core as ecg
from app.figures import filters
from app.figures.filters import FilterImpossible, Filters, shown

FS = 500.0
ALL = Filters(baseline=True, mains_hz=50, muscle=True)


def wave(hz: float, *, fs: float = FS, seconds: float = 20.0) -> np.ndarray:
    """[12, S] of a sine of 1 mV."""
    return np.tile(np.sin(2 * np.pi * hz * np.arange(round(seconds * fs)) / fs), (12, 1)).astype(np.float32)


def left(hz: float, chosen: Filters, fs: float = FS) -> float:
    """How much of a sine's amplitude is left, away from the ends."""
    made = shown(wave(hz, fs=fs), fs, "mV", "sine", chosen).signal
    middle = slice(round(5 * fs), round(15 * fs))
    return float(np.ptp(made[0, middle]) / np.ptp(wave(hz, fs=fs)[0, middle]))


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Filters(), "no filter"),
        (Filters(baseline=True), "baseline 0.5 Hz"),
        (Filters(mains_hz=60, muscle=True), "mains 60 Hz, muscle 40 Hz"),
        (ALL, "baseline 0.5 Hz, mains 50 Hz, muscle 40 Hz"),
    ],
)
def test_the_paper_names_what_is_on(chosen: Filters, words: str):
    assert chosen.words == words
    assert shown(wave(1), FS, "mV", "a", chosen).filters == words


def test_no_filter_leaves_every_sample_as_it_is():
    signal = wave(1)
    assert shown(signal, FS, "mV", "a", Filters()).signal is signal


@pytest.mark.parametrize(
    ("chosen", "gone", "kept"),
    [
        (Filters(baseline=True), 0.1, (1.5, 10, 40)),
        (Filters(mains_hz=50), 50, (1, 40, 60, 100)),
        (Filters(mains_hz=60), 60, (1, 50, 100)),
        (Filters(muscle=True), 80, (1, 10, 25)),
    ],
)
def test_each_takes_its_own_away_and_leaves_the_rest(chosen: Filters, gone: float, kept: tuple[float, ...]):
    assert left(gone, chosen) < 0.01
    assert all(left(hz, chosen) == pytest.approx(1, abs=0.04) for hz in kept)


@pytest.mark.parametrize(("chosen", "hz"), [(Filters(baseline=True), 0.5), (Filters(muscle=True), 40)])
def test_at_its_frequency_half_is_left(chosen: Filters, hz: float):
    assert left(hz, chosen) == pytest.approx(0.5, abs=0.01)


def test_no_peak_is_moved_in_time():
    signal = np.zeros((12, 5000), np.float32)
    bump = np.exp(-0.5 * (np.arange(-50, 51) / 12) ** 2)
    signal[:, 1000:1101] = bump
    made = shown(signal, FS, "mV", "a", ALL).signal
    assert made[3].argmax() == signal[3].argmax() == 1050


@pytest.mark.parametrize("samples", [1, 2, 3, 10, 100, 1000])
def test_a_short_recording_is_filtered_without_a_failure(samples: int):
    made = shown(np.ones((12, samples), np.float32), FS, "mV", "short", ALL).signal
    assert made.shape == (12, samples)
    assert np.isfinite(made).all()
    assert samples == 1 or np.abs(made).max() < 1e-6


def test_a_lost_lead_stays_at_zero():
    signal = wave(5)
    signal[4] = 0
    assert not shown(signal, FS, "mV", "a", ALL).signal[4].any()


@pytest.mark.parametrize(
    ("fs", "possible"),
    [(70, (False, False, False)), (100, (True, False, False)), (120, (True, True, False)), (500, (True, True, True))],
)
def test_only_what_the_rate_holds_is_offered(fs: float, possible: tuple[bool, bool, bool]):
    choices = (Filters(muscle=True), Filters(mains_hz=50), Filters(mains_hz=60))
    assert tuple(one.obstacle(fs) is None for one in choices) == possible
    assert Filters(baseline=True).obstacle(fs) is None


def test_what_is_not_possible_is_said_with_both_numbers():
    said = r"slow: the mains filter at 50 Hz needs a rate above 103 Hz; the recording has 100 Hz"
    with pytest.raises(FilterImpossible, match=said):
        shown(wave(1, fs=100), 100.0, "mV", "slow", Filters(mains_hz=50))


def test_half_an_hour_is_filtered_where_it_is_drawn_and_as_if_it_were_whole(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    signal = np.tile(0.01 * rng.standard_normal(1800 * 500).cumsum() + 5, (12, 1)).astype(np.float32)
    began = time.monotonic()
    made = shown(signal, FS, "mV", "long", ALL, start_s=900.0).signal
    assert time.monotonic() - began < 1.0
    np.testing.assert_array_equal(made[:, :100_000], signal[:, :100_000])
    monkeypatch.setattr(filters, "_LONG_S", 1e9)
    whole = shown(signal[:1].repeat(12, axis=0), FS, "mV", "long", ALL).signal
    drawn = slice(900 * 500, 910 * 500 + 1)
    np.testing.assert_allclose(made[:, drawn], whole[:, drawn], atol=1e-5)


def test_the_model_sees_the_unfiltered_recording():
    record, _ = ecg.simulate(ecg.Heart(), seed=1)
    before = ecg.preprocess(record).standardized.copy()
    digest = record.digest
    shown(record.signal, record.fs, record.unit, record.name, ALL)
    np.testing.assert_array_equal(ecg.preprocess(record).standardized, before)
    assert record.digest == digest
