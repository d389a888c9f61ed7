"""Windows for training, each a little different from its recording. Pure: all randomness comes from `rng`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.signal.windows import MODEL_FS, WINDOW_SAMPLES
from ecgfm_core.types import FloatArray

TIME_SCALE = 0.05
"""Largest stretch or squeeze of time."""


def augmented_window(signal: npt.NDArray[np.float16], rng: np.random.Generator) -> FloatArray:
    """[12, S] -> [12, 2500]: random crop, small time scaling, gain, wander, noise, mains, lead masking."""
    window = _crop(signal, rng)
    window *= rng.uniform(0.8, 1.25)
    time_s = np.arange(WINDOW_SAMPLES, dtype=np.float32) / MODEL_FS
    if rng.random() < 0.5:
        window += _wave(time_s, rng.uniform(0.1, 0.6), rng.uniform(0, 0.4), rng)
    if rng.random() < 0.5:
        window += rng.standard_normal(window.shape, dtype=np.float32) * rng.uniform(0, 0.12)
    if rng.random() < 0.2:
        window += _wave(time_s, float(rng.choice([50, 60])), rng.uniform(0, 0.15), rng)
    if rng.random() < 0.5:
        window[rng.random(len(window)) < 0.5] = 0.0
    return window


def corrupted(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[12, 2500] -> the same of poor quality: motion, strong noise or dead electrodes on several leads."""
    spoiled = window.copy()
    leads = rng.permutation(len(window))[: rng.integers(4, len(window) + 1)]
    kind = rng.integers(3)
    if kind == 0:  # motion: a random walk, far larger than the signal
        steps = rng.standard_normal((len(leads), WINDOW_SAMPLES), dtype=np.float32)
        spoiled[leads] += np.cumsum(steps, axis=1) * rng.uniform(0.05, 0.3)
    elif kind == 1:  # muscle or bad contact
        noise = rng.standard_normal((len(leads), WINDOW_SAMPLES), dtype=np.float32)
        spoiled[leads] += noise * rng.uniform(0.7, 2.5)
    else:  # electrodes off
        spoiled[leads] = rng.standard_normal((len(leads), WINDOW_SAMPLES), dtype=np.float32) * 0.05
    return spoiled


def _crop(signal: npt.NDArray[np.float16], rng: np.random.Generator) -> FloatArray:
    """A random stretch of about 5 s, drawn on 2500 samples by linear interpolation."""
    available = signal.shape[1]
    length = min(available - 1, WINDOW_SAMPLES * rng.uniform(1 - TIME_SCALE, 1 + TIME_SCALE))
    start = rng.uniform(0, available - 1 - length)
    at = start + np.arange(WINDOW_SAMPLES) * (length / WINDOW_SAMPLES)
    left = at.astype(np.intp)
    weight = (at - left).astype(np.float32)
    right = np.minimum(left + 1, available - 1)
    before, after = signal[:, left].astype(np.float32), signal[:, right].astype(np.float32)
    window: FloatArray = before * (1 - weight) + after * weight
    return window


def _wave(time_s: FloatArray, hz: float, amplitude: float, rng: np.random.Generator) -> FloatArray:
    """[12, S]: one sine, of another strength in each lead."""
    sine = np.sin(2 * np.pi * hz * time_s + rng.uniform(0, 2 * np.pi)).astype(np.float32)
    strengths = rng.uniform(-1, 1, (12, 1)).astype(np.float32)
    wave: FloatArray = strengths * np.float32(amplitude) * sine
    return wave
