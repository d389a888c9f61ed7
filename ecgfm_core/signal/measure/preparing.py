"""The recording as it is measured: every lead that can be had, at 500 Hz; and a narrow band that shows the QRS."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirnotch, resample_poly, sosfiltfilt

from ecgfm_core.errors import MissingLeads
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import FloatArray, Record

FS = 500.0
"""Hz, the rate at which everything is measured."""

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A recording at `FS`.

    Attributes:
        signal: [L, S] in the record's unit, unfiltered.
        leads: [L] standard names, in standard order.
        live: [L] False for a lead that never changes.
    """

    signal: FloatArray
    leads: tuple[str, ...]
    live: npt.NDArray[np.bool_]


def prepare(record: Record) -> Prepared:
    """Derive the leads that can be derived, put them in standard order, and bring them to `FS`.

    Where leads are missing that cannot be derived, those that are there are measured.
    """
    try:
        signal, _ = arrange(record.signal, record.leads, one_scale=record.unit is not None)
        leads = LEADS
    except MissingLeads:
        order = sorted(range(len(record.leads)), key=lambda row: LEADS.index(record.leads[row]))
        signal, leads = record.signal[order], tuple(record.leads[row] for row in order)
    live = np.ptp(signal, axis=1) > 0
    return Prepared(_without_mains(_at_fs(signal.astype(np.float32), record.fs)), leads, live)


def _at_fs(signal: FloatArray, fs: float) -> FloatArray:
    """[L, S] at `fs` -> [L, S'] at `FS`, band-limited; the first sample keeps its place."""
    ratio = Fraction(FS / fs).limit_denominator(10_000)
    if ratio == 1:
        return signal
    resampled = [resample_poly(lead, ratio.numerator, ratio.denominator, padtype="line") for lead in signal]
    return np.stack(resampled).astype(np.float32)


def _without_mains(signal: FloatArray) -> FloatArray:
    """[L, S] at `FS` without 50 and 60 Hz, without delay: hum on the way to QRS passes for a P wave."""
    sections = np.stack([np.concatenate(iirnotch(hz, 30.0, fs=FS)) for hz in (50.0, 60.0)])
    filtered = sosfiltfilt(sections, signal, axis=-1, padlen=min(1000, signal.shape[-1] - 1))
    return np.asarray(filtered, np.float32)


def band(signal: Floats, low_hz: float, high_hz: float) -> Floats:
    """[..., S] at `FS` between two frequencies, without delay; second-order Butterworth, forward and backward."""
    sections = butter(2, (low_hz, high_hz), "bandpass", fs=FS, output="sos").astype(np.float32)
    filtered: Floats = sosfiltfilt(sections, signal, axis=-1, padlen=min(1000, signal.shape[-1] - 1))
    return filtered


def below(signal: Floats, high_hz: float) -> Floats:
    """[..., S] at `FS` below a frequency, without delay; second-order Butterworth, forward and backward."""
    sections = butter(2, high_hz, "lowpass", fs=FS, output="sos")
    filtered: Floats = sosfiltfilt(sections, signal, axis=-1, padlen=min(200, signal.shape[-1] - 1))
    return filtered
