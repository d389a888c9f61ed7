"""A typical beat of all leads, without exact boundaries: enough to see which leads run alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import find_peaks

from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.types import FloatArray, Record

Waves = dict[str, FloatArray]
"""P, QRS and T: [L, S] each; rows of length 1, shorter where the wave is small beside the QRS complex."""

_BEFORE_S, _AFTER_S = 0.3, 0.5


def typical_waves(record: Record, leads: Sequence[str]) -> Waves | None:
    """The waves of the typical beat, whatever the scale of the leads; None where there is none.

    Args:
        record: whose first 30 s are looked at.
        leads: in the order that is wanted; all must be there.
    """
    fs = record.fs
    rows = [record.leads.index(lead) for lead in leads]
    signal = record.signal[rows, : int(limits.BEAT_RECORD_S * fs)].clip(-limits.LARGEST, limits.LARGEST)
    if signal.shape[1] < limits.BEATS * fs / 2:
        return None
    shape = _band(signal, fs, *limits.BEAT_HZ)
    shape /= _rms(shape)
    offsets = np.arange(-round(_BEFORE_S * fs), round(_AFTER_S * fs))
    places = _complexes(signal, fs)
    places = places[(places + offsets[0] >= 0) & (places + offsets[-1] < signal.shape[1])]
    if len(places) < limits.BEATS:
        return None
    beat = _middle(shape[:, places[:, None] + offsets])
    return None if beat is None else _waves(beat, offsets / fs)


def alike(one: FloatArray, other: FloatArray) -> FloatArray:
    """[L, M] cosine of each of [L, S] with each of [M, S], nearer to 0 where a wave is hardly there."""
    cosine: FloatArray = one @ other.T
    return cosine


def _complexes(signal: FloatArray, fs: float) -> npt.NDArray[np.intp]:
    """Samples at the middle of the QRS complexes, found by their energy in all leads."""
    energy = _band(signal, fs, *limits.QRS_HZ)
    energy = np.sqrt(((energy / _rms(energy)).clip(-8, 8) ** 2).mean(axis=0))
    width = max(round(0.06 * fs), 1)
    energy = np.convolve(energy, np.ones(width) / width, "same")
    tall = 0.45 * float(np.quantile(energy, 0.98))
    return np.asarray(find_peaks(energy, height=tall, distance=max(round(0.27 * fs), 1))[0], np.intp)


def _middle(beats: FloatArray) -> FloatArray | None:
    """[L, B, S] -> [L, S]: the median of the beats that are like most."""
    middle = np.median(beats, axis=1)
    flat = beats.transpose(1, 0, 2).reshape(beats.shape[1], -1)
    likeness = flat @ middle.ravel() / (np.linalg.norm(flat, axis=1) * np.linalg.norm(middle) + 1e-9)
    usual = float(np.median(likeness))
    if usual < limits.BEATS_ALIKE:
        return None
    return np.asarray(np.median(beats[:, likeness >= usual - 0.1], axis=1), np.float32)


def _waves(beat: FloatArray, times_s: npt.NDArray[np.floating]) -> Waves:
    """Cut the waves out; the QRS complex starts from the PR segment, P and T have no mean."""
    segment = np.median(beat[:, (times_s > -0.09) & (times_s < -0.05)], axis=1, keepdims=True)
    cut = {name: beat[:, (times_s >= start) & (times_s <= stop)] for name, (start, stop) in limits.WAVES_S.items()}
    size = cut["QRS"].std(axis=1, keepdims=True)
    waves = {}
    for name, wave in cut.items():
        above: npt.NDArray[np.floating] = wave - (segment if name == "QRS" else wave.mean(axis=1, keepdims=True))
        least = (limits.WAVE_FLOOR * size) ** 2 * wave.shape[1]
        length = np.sqrt((above**2).sum(axis=1, keepdims=True) + least + 1e-12)
        waves[name] = np.asarray(above / length, np.float32)
    return waves


def _band(signal: FloatArray, fs: float, low: float, high: float) -> FloatArray:
    """Pass a band with soft edges; [L, S] as it came, mirrored by a second at both ends."""
    reach = min(int(fs), signal.shape[1] - 1)
    level = signal - np.median(signal, axis=1, keepdims=True)
    mirrored = np.pad(level, ((0, 0), (reach, reach)), mode="reflect")
    size = int(next_fast_len(mirrored.shape[1], real=True))
    hz = np.fft.rfftfreq(size, 1 / fs)
    gain = 2.0 ** -((hz / high) ** 4) * (1 - 2.0 ** -((hz / low) ** 2 / 2))  # steep above, for the mains' sake
    passed = irfft(rfft(mirrored, size, axis=1) * gain.astype(np.float32), size, axis=1)
    return np.asarray(passed[:, reach : reach + signal.shape[1]], np.float32)


def _rms(signal: FloatArray) -> FloatArray:
    """[L, 1] root mean square, 1 where there is nothing."""
    rms: FloatArray = np.sqrt((signal**2).mean(axis=1, keepdims=True))
    return np.where(rms > 0, rms, np.float32(1))
