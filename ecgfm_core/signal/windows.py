"""Record -> Windows: exactly the preprocessing that ECG-FM was trained with, with every step kept for showing.

Source: McKeen et al. 2024 (arXiv 2408.05178) and its published pipeline; see docs/model.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import RecordTooShort
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.types import FloatArray, Record, Steps, Windows

MODEL_FS = 500.0
"""Hz, the rate the model takes."""
WINDOW_S = 5.0
"""s, the length of a window."""
WINDOW_SAMPLES = int(MODEL_FS * WINDOW_S)


def to_windows(record: Record) -> Windows:
    """Prepare a record for the model.

    The order matters and follows the published pipeline: reorder, resample
    (linear), standardize each lead over the whole record, then cut into
    windows of 5 s that do not overlap. The rest at the end is dropped.

    Raises:
        MissingLeads: a lead is absent and cannot be derived.
        RecordTooShort: less than one window.
    """
    steps = preprocess(record)
    used = steps.standardized[:, : steps.windows * WINDOW_SAMPLES]
    values = used.reshape(len(LEADS), steps.windows, WINDOW_SAMPLES).transpose(1, 0, 2)
    starts_s = np.arange(steps.windows, dtype=np.float32) * WINDOW_S
    return Windows(values=values, starts_s=starts_s, source=record.digest)


def preprocess(record: Record) -> Steps:
    """All steps of `to_windows` but the cutting, each with its result.

    Raises:
        MissingLeads: a lead is absent and cannot be derived.
        RecordTooShort: less than one window.
    """
    arranged, derived = arrange(record.signal, record.leads, one_scale=record.unit is not None, name=record.name)
    resampled = resample(arranged, record.fs)
    windows = resampled.shape[1] // WINDOW_SAMPLES
    if windows == 0:
        message = (
            f"{record.name}: the recording lasts {record.duration_s:.2f} s; one window is {WINDOW_S:.0f} s. "
            "Upload a longer recording."
        )
        raise RecordTooShort(message, record.duration_s)
    standardized, mean, std = standardize(resampled)
    return Steps(
        arranged=arranged.astype(np.float32),
        derived=derived,
        resampled=resampled.astype(np.float32),
        standardized=standardized,
        mean=mean,
        std=std,
        constant=tuple(lead for lead, s in zip(LEADS, std, strict=True) if s == 0),
        windows=windows,
        dropped_s=resampled.shape[1] / MODEL_FS - windows * WINDOW_S,
    )


def resample(signal: npt.NDArray[np.floating], fs: float) -> npt.NDArray[np.floating]:
    """[L, S] at `fs` -> [L, int(S * 500 / fs)] at 500 Hz, by linear interpolation.

    The first and the last sample keep their places, so that the effective rate
    is (n' - 1) / (n - 1) rather than 500 / fs, as in the published pipeline.
    Like scipy's interp1d there, the difference of neighbors is formed in the
    precision of the input and the rest in float64: numpy's interp would differ
    by up to 1.4e-7.
    """
    if fs == MODEL_FS:
        return signal
    old, new = signal.shape[1], int(signal.shape[1] * (MODEL_FS / fs))
    if old < 2 or new < 1:
        return signal[:, :new]
    at_old = np.linspace(0, new - 1, old)
    at_new = np.arange(new)
    right = np.clip(np.searchsorted(at_old, at_new), 1, old - 1)
    left = right - 1
    step, offset = at_old[right] - at_old[left], at_new - at_old[left]
    resampled = np.empty((len(signal), new))
    for row, lead in zip(resampled, signal, strict=True):  # one lead at a time, to spare memory
        row[:] = (lead[right] - lead[left]) / step * offset + lead[left]
    return resampled


def standardize(
    signal: npt.NDArray[np.floating],
) -> tuple[FloatArray, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Subtract each lead's mean and divide by its standard deviation, over all samples, in float64.

    Returns:
        [L, S] standardized, with zeros for a lead that never changes; [L] mean; [L] standard
        deviation (of the population, ddof 0).
    """
    standardized = np.zeros(signal.shape, np.float32)
    mean, std = np.zeros(len(signal)), np.zeros(len(signal))
    for row, lead in enumerate(signal):  # one lead at a time, to spare memory
        wide = lead.astype(np.float64)
        mean[row] = wide.mean()
        if np.ptp(wide) > 0:  # rounding of the mean would leave a constant lead at 1e-17
            std[row] = wide.std()
            standardized[row] = (wide - mean[row]) / std[row]
    return standardized, mean, std
