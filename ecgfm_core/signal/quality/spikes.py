"""Pacing spikes: tips of a few milliseconds that stand out of everything else, QRS complexes included."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.faults import Fault, Part
from ecgfm_core.types import FloatArray, Record


def spike_faults(record: Record) -> list[Fault]:
    """One finding for all spikes of a record; it is no fault of the recording."""
    near, far = (_tips(record.signal, round(reach * record.fs)) for reach in (limits.SPIKE_S, limits.AROUND_S))
    height = max(limits.SPIKE_MV, limits.SPIKE_RATIO * float(np.quantile(near, 0.95)))
    places, facts = find_peaks(near, height=height, distance=round(limits.SPIKE_APART_S * record.fs))
    sharp = near[places] >= limits.SPIKE_SHARE * far[places]
    places, heights = places[sharp], facts["peak_heights"][sharp]
    if len(places) < limits.SPIKES:
        return []
    rate = 60 * record.fs * (len(places) - 1) / (places[-1] - places[0])
    if rate < limits.SPIKES_A_MINUTE:
        return []
    why = f"{len(places)} spikes of a few ms and about {np.median(heights):.1f} mV, {rate:.0f} a minute"
    return [Fault("pacing_spikes", None, why, (Part(int(places[0]), int(places[-1]) + 1, 0.0),))]


def _tips(signal: FloatArray, reach: int) -> npt.NDArray[np.floating]:
    """[S] how far a sample stands out of those `reach` before and after it, in the middle lead."""
    samples = signal.shape[1]
    tips = np.zeros(samples, np.float32)
    size = 1 << 16
    for start in range(reach, samples - reach, size):
        stop = min(start + size, samples - reach)
        here, before, after = (signal[:, start + shift : stop + shift] for shift in (0, -reach, reach))
        tips[start:stop] = np.median(np.abs(here - (before + after) / 2), axis=0)
    return tips
