"""What skin, muscles, mains and recorder add to the potentials of the electrodes, and what the recorder takes away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.simulate.field import EIGHT, ELECTRODES, LEADS_OF_ELECTRODES, swap, to_electrodes
from ecgfm_core.simulate.heart import Noise
from ecgfm_core.simulate.waves import Array

Float32 = npt.NDArray[np.float32]

BEFORE_S, AFTER_S = 1.0, 0.25
"""s that are simulated before and after the recording, so that the recorder's filter has settled."""

AMPLIFIER_MV = 0.0007
"""standard deviation of the recorder's own noise."""


def padded(seconds: float, fs: float) -> tuple[int, int]:
    """Samples before the recording, and samples in all, a number whose Fourier transform is fast."""
    before = round(BEFORE_S * fs)
    return before, int(next_fast_len(before + round(seconds * fs) + round(AFTER_S * fs), real=True))


def recorded(eight: Array, noise: Noise, fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """Record the leads of a heart.

    Args:
        eight: [8, S] mV, the noise-free leads of `EIGHT`, as long as `padded` says.
        noise: what is added.
        fs: Hz.
        samples: that are kept after the lead-in.
        rng: of the noise.

    Returns:
        [12, samples] mV in the order of `LEADS`; III, aVR, aVL, aVF follow from I and II.
    """
    potentials = swap(to_electrodes(eight), noise.swaps).astype(np.float32)
    potentials += _added(noise, fs, potentials.shape[1], rng)
    leads = _filtered(LEADS_OF_ELECTRODES @ potentials, noise.band_hz, fs)
    before = round(BEFORE_S * fs)
    leads = leads[:, before : before + samples]
    if noise.clip_mv is not None:
        leads = leads.clip(-noise.clip_mv, noise.clip_mv)
    if noise.step_mv > 0:
        leads = np.rint(leads / np.float32(noise.step_mv)) * np.float32(noise.step_mv)
    signal = arrange(leads, EIGHT)[0]
    for lead in noise.flat:
        row = signal[LEADS.index(lead)]
        first = int(rng.uniform(0, 0.5) * samples)
        row[first : first + int(rng.uniform(0.2, 0.5) * samples)] = row[first]
    signal[[LEADS.index(lead) for lead in noise.lost]] = 0.0
    return signal.astype(np.float32, copy=False)


def _added(noise: Noise, fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """[9, S] mV that the electrodes add, each its own."""
    rows = len(ELECTRODES)
    hz = np.asarray(np.fft.rfftfreq(samples, 1 / fs), np.float64)
    share = rng.lognormal(0, 0.5, (rows, 1))
    share[:3] *= 1.2  # arms and legs move more than the chest
    slow = _shaped(noise.wander_mv, (hz > 0) / np.maximum(hz, 0.08) * np.exp(-hz / 1.2))
    added = _colored(slow, samples, rng) * share.astype(np.float32)
    added += _breathing(noise, fs, samples, rng)
    # surface electromyogram: little below 15 Hz, most from 30 to 100 Hz, less above; and the amplifier's white noise
    muscle = _shaped(noise.muscle_mv, hz / (hz + 25) * np.exp(-((hz / 110) ** 2)))
    spasm = np.exp(noise.bursts * 1.6 * _slowly(rng, rows, samples, fs, 0.6))
    spasm *= rng.lognormal(0, 0.5, (rows, 1)).astype(np.float32) / np.sqrt((spasm**2).mean())
    added += _colored(np.hypot(muscle, _shaped(AMPLIFIER_MV, np.ones_like(hz))), samples, rng) * spasm
    if noise.mains_mv > 0:
        added += _mains(noise, fs, samples, rng)
    if noise.motion_mv > 0:
        moving = _shaped(noise.motion_mv, hz**0.5 * np.exp(-hz / 3.0))
        spell = _slowly(rng, rows, samples, fs, 0.3).clip(0, None) * rng.lognormal(-0.3, 0.7, (rows, 1)).clip(0, 2)
        added += _colored(moving, samples, rng) * spell.astype(np.float32)
    for _ in range(noise.pops):
        added[rng.integers(rows)] += _pop(fs, samples, rng)
    for electrode in noise.loose:
        added[ELECTRODES.index(electrode)] += _contact(hz, fs, samples, rng)
    return added


def _shaped(strength: float, amplitude: Array) -> Array:
    """Scale an amplitude spectrum so that noise of it has the standard deviation `strength`."""
    scaled: Array = strength * amplitude / np.sqrt((amplitude**2).mean())
    return scaled


def _colored(amplitude: Array, samples: int, rng: np.random.Generator, rows: int = len(ELECTRODES)) -> Float32:
    """[rows, S] Gaussian noise with an amplitude spectrum; white of ones has the standard deviation 1."""
    if not amplitude.any():
        return np.zeros((rows, samples), np.float32)
    used = int(np.flatnonzero(amplitude > 1e-4 * amplitude.max())[-1]) + 1
    drawn = rng.standard_normal((rows, used, 2), dtype=np.float32).view(np.complex64)[..., 0]
    drawn *= (amplitude[:used] * np.sqrt(samples / 2)).astype(np.float32)
    drawn[:, 0] = 0
    made: Float32 = irfft(drawn, samples, axis=1)
    return made


def _slowly(rng: np.random.Generator, rows: int, samples: int, fs: float, knot_s: float) -> Float32:
    """[rows, S]: a standard normal number every `knot_s`, joined by straight lines."""
    knots = rng.standard_normal((rows, int(samples / fs / knot_s) + 3)).astype(np.float32)
    at = np.arange(samples) / (fs * knot_s)
    below = at.astype(np.int64)
    share = (at - below).astype(np.float32)
    joined: Float32 = knots[:, below] * (1 - share) + knots[:, below + 1] * share
    return joined


def _breathing(noise: Noise, fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """[9, S]: the baseline goes with the breath."""
    phase = 2 * np.pi * rng.uniform(0.18, 0.32) / fs * np.arange(samples) + rng.uniform(0, 2 * np.pi)
    strength = noise.wander_mv * rng.normal(0, 0.6, (len(ELECTRODES), 1))
    wave: Float32 = (strength * np.sin(phase)).astype(np.float32)
    return wave


def _mains(noise: Noise, fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """[9, S]: the mains and two harmonics; phase is common, strength is each electrode's own."""
    phase = 2 * np.pi * noise.mains_hz * rng.normal(1, 0.0006) / fs * np.arange(samples) + rng.uniform(0, 2 * np.pi)
    wave: Array = np.sin(phase) + 0.1 * np.sin(2 * phase + 1) + 0.15 * np.sin(3 * phase + 2)
    strength = noise.mains_mv * rng.normal(0, 1, (len(ELECTRODES), 1))
    return (strength * wave).astype(np.float32)


def _pop(fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """[S]: a jump of the contact's voltage that dies away."""
    since = np.arange(samples) / fs - rng.uniform(BEFORE_S, samples / fs - AFTER_S)
    height = rng.choice([-1, 1]) * rng.lognormal(0, 0.6)
    decay: Float32 = (height * (since > 0) * np.exp(-since.clip(0, None) / rng.uniform(0.05, 0.8))).astype(np.float32)
    return decay


def _contact(hz: Array, fs: float, samples: int, rng: np.random.Generator) -> Float32:
    """[S]: a contact that fails for a spell: it drifts, hums, crackles, and comes back."""
    since = np.arange(samples) / fs - rng.uniform(0, 0.8) * samples / fs
    spell = (since > 0) * np.exp(-since.clip(0, None) / rng.uniform(0.5, 6.0))
    drift = _shaped(rng.lognormal(0.7, 0.6), (hz > 0) / np.maximum(hz, 0.2) * np.exp(-hz / 2))
    crackle = _shaped(rng.lognormal(-1.2, 1.0), np.exp(-((hz / 120) ** 2)))
    made = _colored(np.hypot(drift, crackle), samples, rng, rows=1)[0]
    made += rng.lognormal(-1.5, 1.0) * np.sin(2 * np.pi * rng.choice([50, 60]) / fs * np.arange(samples))
    failing: Float32 = (made * spell).astype(np.float32)
    return failing


def _filtered(leads: Float32, band_hz: tuple[float, float], fs: float) -> Float32:
    """Pass a band: a causal first-order high-pass, as in recorders, and a symmetric fourth-order low-pass."""
    samples = leads.shape[1]
    hz = np.fft.rfftfreq(samples, 1 / fs)
    low, high = band_hz
    response = 1 / np.sqrt(1 + (hz / high) ** 8) + 0j
    if low > 0:
        response[0] = 0
        response[1:] /= 1 - 1j * low / hz[1:]
    passed: Float32 = irfft(rfft(leads, axis=1) * response.astype(np.complex64), samples, axis=1)
    return passed
