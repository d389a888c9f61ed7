"""Windows for training, each a little different from its recording. Pure: all randomness comes from `rng`."""

from __future__ import annotations

import numpy as np

from ecgfm_core.leads import arrange
from ecgfm_core.signal.windows import MODEL_FS, WINDOW_SAMPLES
from ecgfm_core.simulate.field import EIGHT, ELECTRODES, LEADS_OF_ELECTRODES
from ecgfm_core.types import FloatArray

TIME_SCALE = 0.05
"""Largest stretch or squeeze of time."""
LEAD_GAIN = 0.15
"""Spread of the leads' gains, natural logarithm."""


def augmented_window(signal: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[12, S] -> [12, 2500]: random crop, small time scaling, gain of each lead, wander, noise, mains."""
    window = _crop(signal, rng)
    window *= np.exp(rng.normal(0, LEAD_GAIN, (len(window), 1))).astype(np.float32)
    if rng.random() < 0.5:
        window += _wave(rng.uniform(0.1, 0.6), rng.uniform(0, 0.4), rng)
    if rng.random() < 0.5:
        window += rng.standard_normal(window.shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.12))
    if rng.random() < 0.2:
        window += _wave(float(rng.choice([50, 60])), rng.uniform(0, 0.15), rng)
    return window


def hidden_leads(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[12, 2500] -> the same with each lead zero with a chance of one half, one lead at least left."""
    hidden = rng.random(len(window)) < 0.5
    hidden[rng.integers(len(window))] = False
    return np.where(hidden[:, None], np.float32(0), window)


def spoiled(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[12, 2500] -> the same of poor quality: what electrodes do, in every lead that they make, or lost leads.

    Each lead is standardized anew, as that of a recording would be, so that noise makes the heart smaller.
    """
    noisy = rng.random() < 0.6
    poor = window + _through_leads(_disturbance(rng)) if noisy else window
    if not noisy or rng.random() < 0.3:
        poor = _lost(poor, rng)
    center, spread = poor.mean(axis=1, keepdims=True), poor.std(axis=1, keepdims=True)
    standardized: FloatArray = np.where(spread > 0, (poor - center) / np.where(spread > 0, spread, 1), 0)
    return standardized.astype(np.float32)


def _disturbance(rng: np.random.Generator) -> FloatArray:
    """[9, 2500]: what one to all electrodes add, in standard deviations of the leads."""
    added = np.zeros((len(ELECTRODES), WINDOW_SAMPLES), np.float32)
    some = rng.permutation(len(ELECTRODES))[: rng.integers(1, len(ELECTRODES) + 1)]
    noise = rng.standard_normal((len(some), WINDOW_SAMPLES), dtype=np.float32)
    kind = rng.integers(4)
    if kind == 0:  # motion: the baseline wanders far beyond the signal
        added[some] = np.cumsum(noise, axis=1) * rng.uniform(0.05, 0.4)
    elif kind == 1:  # muscle, or a bad contact
        added[some] = noise * rng.uniform(1.0, 5.0)
    elif kind == 2:  # mains
        turns = 2 * np.pi * rng.choice([50, 60]) / MODEL_FS * np.arange(WINDOW_SAMPLES)
        added[some] = rng.normal(0, rng.uniform(2, 8), (len(some), 1)) * np.sin(turns)
    else:  # a contact that jumps now and then
        jumps = (rng.random(noise.shape) < rng.uniform(1, 6) / WINDOW_SAMPLES) * noise
        added[some] = np.cumsum(jumps, axis=1) * rng.uniform(5, 30) + noise * rng.uniform(0, 1)
    return added


def _through_leads(electrodes: FloatArray) -> FloatArray:
    """[9, S] -> [12, S]."""
    return arrange(LEADS_OF_ELECTRODES @ electrodes, EIGHT)[0]


def _lost(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Some leads flat, for all of the window or from some sample on."""
    some = rng.permutation(len(window))[: rng.integers(1, len(window) + 1)]
    since = 0 if rng.random() < 0.7 else int(rng.integers(WINDOW_SAMPLES // 2))
    lost = window.copy()
    lost[some, since:] = lost[some, since][:, None]
    return lost


def _crop(signal: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A random stretch of about 5 s, drawn on 2500 samples by linear interpolation."""
    available = signal.shape[1]
    length = min(available - 1, WINDOW_SAMPLES * rng.uniform(1 - TIME_SCALE, 1 + TIME_SCALE))
    start = rng.uniform(0, available - 1 - length)
    at = start + np.arange(WINDOW_SAMPLES) * (length / WINDOW_SAMPLES)
    left = at.astype(np.intp)
    weight = (at - left).astype(np.float32)
    right = np.minimum(left + 1, available - 1)
    window: FloatArray = signal[:, left] * (1 - weight) + signal[:, right] * weight
    return window


def _wave(hz: float, amplitude: float, rng: np.random.Generator) -> FloatArray:
    """[12, 2500]: one sine, of another strength in each lead."""
    time_s = np.arange(WINDOW_SAMPLES, dtype=np.float32) / MODEL_FS
    sine = np.sin(2 * np.pi * hz * time_s + rng.uniform(0, 2 * np.pi)).astype(np.float32)
    strengths = rng.uniform(-1, 1, (12, 1)).astype(np.float32)
    wave: FloatArray = strengths * np.float32(amplitude) * sine
    return wave
