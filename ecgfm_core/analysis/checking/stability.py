"""Whether a map stays as it is under changes of the recording that no reader could see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ecgfm_core.analysis.checking.grid import grid_of
from ecgfm_core.analysis.checking.ranks import rank_correlation
from ecgfm_core.types import FloatArray, Saliency, Stability, Windows

NOISE = 0.005
"""In standard deviations of a lead: about 1 uV, less than an ECG amplifier adds."""

SHIFT_S = 0.02

MAPS = 2
"""That are made."""


def stability(
    saliency: Saliency, windows: Windows, fs: float, again: Callable[[Windows, float, int], FloatArray], seed: int
) -> Stability:
    """Correlate a map with one of the same windows with tiny noise, and with one of windows that start 20 ms later.

    Args:
        saliency: the map.
        windows: that it is of.
        fs: Hz.
        again: (windows, s by which they start later, number of the map from 0) -> the values of the map [W, 12, S].
        seed: of the noise.
    """
    noise = np.random.default_rng(seed).normal(scale=NOISE, size=windows.values.shape)
    noisy = again(replace(windows, values=(windows.values + noise).astype(np.float32)), 0.0, 0)
    by = round(SHIFT_S * fs)
    moved = again(replace(windows, values=_later(windows.values, by)), SHIFT_S, 1)
    whole, shared = grid_of(saliency, fs), grid_of(saliency, fs, without=by)
    return Stability(
        noise=rank_correlation(whole.pool(saliency.values), whole.pool(noisy)),
        shift=rank_correlation(shared.pool(saliency.values[..., by:]), shared.pool(moved[..., :-by])),
    )


def _later(values: FloatArray, by: int) -> FloatArray:
    """[W, 12, S] from `by` samples later on; what would come after the end stays at the last value."""
    return np.concatenate([values[..., by:], np.repeat(values[..., -1:], by, axis=-1)], axis=-1)
