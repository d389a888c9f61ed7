"""What is measured of every lead in every second: noise, wander, span, mains. Works block by block, so memory is small.

Axes: L leads, S samples, T seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.types import FloatArray, Record

MAINS = (50, 60)
"""Hz of the mains in the world."""


@dataclass(frozen=True, slots=True, eq=False)
class Seconds:
    """A recording second by second; mV, or for a record without a unit shares of each lead's usual span.

    Attributes:
        edges: [T + 1] samples between which the seconds lie; a block's last second may be longer.
        noise: [L, T] rms from 20 to 40 Hz, of the quieter grains of the second.
        wander: [L, T] way of the baseline under 0.5 Hz within two seconds.
        span: [L, T] from lowest to highest sample, baseline taken off.
        mains: [L, T] amplitude at the mains.
        mains_share: [L, T] its share of the power above 0.5 Hz.
        mains_hz: [T] whether 50 or 60 Hz is the stronger.
    """

    edges: npt.NDArray[np.intp]
    noise: FloatArray
    wander: FloatArray
    span: FloatArray
    mains: FloatArray
    mains_share: FloatArray
    mains_hz: npt.NDArray[np.intp]


def seconds(record: Record) -> Seconds:
    """Measure a record."""
    blocks = [_block(record, start, stop) for start, stop in _blocks(record)]
    edges = np.concatenate([block.edges[:-1] for block in blocks] + [blocks[-1].edges[-1:]])
    noise, wander, span, mains, share = (
        np.concatenate([getattr(block, name) for block in blocks], axis=1)
        for name in ("noise", "wander", "span", "mains", "mains_share")
    )
    if record.unit is None:
        usual = np.median(span, axis=1, keepdims=True)
        usual = np.where(usual > 0, usual, 1)
        noise, wander, span, mains = noise / usual, wander / usual, span / usual, mains / usual
    return Seconds(edges, noise, wander, span, mains, share, np.concatenate([block.mains_hz for block in blocks]))


def visible_mains(fs: float) -> tuple[int, ...]:
    """Which mains frequencies a sampling rate in Hz can show, with what lies beside them."""
    return tuple(hz for hz in MAINS if fs / 2 >= hz + limits.MAINS_MARGIN_HZ)


def _blocks(record: Record) -> Iterator[tuple[int, int]]:
    """Starts and stops of blocks of 10 s; the last takes what remains."""
    samples = record.signal.shape[1]
    size = max(int(limits.BLOCK_S * record.fs), 1)
    count = max(samples // size, 1)
    for number in range(count):
        yield number * size, samples if number == count - 1 else (number + 1) * size


def _block(record: Record, start: int, stop: int) -> Seconds:
    fs = record.fs
    around, before = _with_context(record.signal, start, stop, int(limits.CONTEXT_S * fs))
    low, high = _bands(around, fs)
    inside = slice(before, before + stop - start)
    rest, low, high = (around - low)[:, inside], low[:, inside], high[:, inside]
    count = min(max(int((stop - start) / (limits.SECOND_S * fs)), 1), stop - start)
    edges = np.linspace(0, stop - start, count + 1).astype(np.intp)
    amplitude, share, hz = _mains(rest, fs)
    return Seconds(
        edges=edges + start,
        noise=_grains(high, edges, fs),
        wander=_way(low, edges, fs),
        span=np.maximum.reduceat(rest, edges[:-1], axis=1) - np.minimum.reduceat(rest, edges[:-1], axis=1),
        mains=np.repeat(amplitude[:, None], count, axis=1),
        mains_share=np.repeat(share[:, None], count, axis=1),
        mains_hz=np.full(count, hz),
    )


def _with_context(signal: FloatArray, start: int, stop: int, context: int) -> tuple[FloatArray, int]:
    """A block with what lies around it, mirrored at the ends of the recording, and where in it the block begins."""
    first, last = max(start - context, 0), min(stop + context, signal.shape[1])
    taken = signal[:, first:last].clip(-limits.LARGEST, limits.LARGEST)
    taken -= np.median(taken, axis=1, keepdims=True)
    lacking = (context - (start - first), context - (last - stop))
    reach = taken.shape[1] - 1
    mirrored = np.pad(taken, ((0, 0), tuple(min(n, reach) for n in lacking)), mode="reflect")
    return mirrored, start - first + min(lacking[0], reach)


def _bands(signal: FloatArray, fs: float) -> tuple[FloatArray, FloatArray]:
    """[L, S] twice: the baseline, and what is from 20 to 40 Hz."""
    samples = signal.shape[1]
    size = int(next_fast_len(samples, real=True))
    hz = np.fft.rfftfreq(size, 1 / fs)
    baseline = 2.0 ** -((hz / limits.WANDER_HZ) ** 2)
    low_hz, high_hz = limits.NOISE_HZ
    noise = 2.0 ** -((hz / high_hz) ** 8) / (1 + np.exp((low_hz - hz) / 1.5))
    spectrum = rfft(signal, size, axis=1)
    low, high = (irfft(spectrum * gain.astype(np.float32), size, axis=1)[:, :samples] for gain in (baseline, noise))
    return low, high


def _grains(high: FloatArray, edges: npt.NDArray[np.intp], fs: float) -> FloatArray:
    """[L, T] rms of the quieter grains of each second."""
    grain = max(round(limits.GRAIN_S * fs), 1)
    found = []
    for start, stop in pairwise(edges):
        count = max((stop - start) // grain, 1)
        cut = high[:, start : start + count * grain].reshape(len(high), count, -1)
        found.append(np.sqrt(np.quantile((cut**2).mean(axis=2), limits.QUIET_SHARE, axis=1)))
    return np.stack(found, axis=1)


def _way(low: FloatArray, edges: npt.NDArray[np.intp], fs: float) -> FloatArray:
    """[L, T] span of the baseline in the two seconds around each second."""
    more = round((limits.WANDER_S - limits.SECOND_S) / 2 * fs)
    around = [low[:, max(start - more, 0) : stop + more] for start, stop in pairwise(edges)]
    return np.stack([np.ptp(cut, axis=1) for cut in around], axis=1)


def _mains(rest: FloatArray, fs: float) -> tuple[FloatArray, FloatArray, int]:
    """[L] amplitude, [L] share of the power, and which frequency; zero where the peak does not stand out."""
    leads, samples = rest.shape
    candidates = visible_mains(fs)
    nothing = np.zeros(leads, np.float32)
    if not candidates or samples < fs:
        return nothing, nothing, MAINS[0]
    window = np.hanning(samples).astype(np.float32)
    power = np.abs(rfft(rest * window, axis=1)) ** 2 * np.float32(2 / (window**2).sum() / samples)
    hz = np.fft.rfftfreq(samples, 1 / fs)
    total = power[:, hz > limits.WANDER_HZ].sum(axis=1)
    reach = max(0.5, 2 * fs / samples)  # Hann's main lobe
    best, found = MAINS[0], nothing
    for mains in candidates:
        off = np.abs(hz - mains)
        peak, beside = power[:, off <= reach], power[:, (off > reach) & (off <= limits.MAINS_MARGIN_HZ)]
        floor = beside.mean(axis=1) * peak.shape[1]
        stands_out = np.where(peak.sum(axis=1) > limits.MAINS_PEAK * floor, peak.sum(axis=1) - floor, 0)
        if stands_out.sum() > found.sum():
            best, found = mains, stands_out
    share = found / np.where(total > 0, total, 1)
    return np.sqrt(2 * found).astype(np.float32), share.astype(np.float32), best
