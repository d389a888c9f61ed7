"""Lost, flat and clipped: what a lead's samples say without any filter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.faults import Fault, Part, consolidated
from ecgfm_core.signal.quality.seconds import Seconds
from ecgfm_core.types import FloatArray, Record


def contact_faults(record: Record, measured: Seconds) -> list[Fault]:
    """Lost, flat and clipped leads of a record."""
    found = []
    for row, lead in enumerate(record.leads):
        span_mv = float(measured.span[row].max()) if record.unit else None
        found += _of_lead(record.signal[row], lead, record.fs, span_mv)
    return found


def _of_lead(signal: FloatArray, lead: str, fs: float, span_mv: float | None) -> list[Fault]:
    whole = (Part(0, len(signal), 1.0),)
    if np.ptp(signal) == 0:
        return [Fault("lost", lead, "the lead never changes", whole)]
    # an arm's cable on the right leg leaves II or III as quiet: that is for the check of the cables
    if span_mv is not None and span_mv < limits.LOST_MV and lead not in ("II", "III"):
        return [Fault("lost", lead, f"the lead holds no heartbeat: it spans {span_mv:.3f} mV", whole)]
    starts, stops = _constant_runs(signal)
    flat = stops - starts >= limits.FLAT_S * fs
    return _flat(starts[flat], stops[flat], lead, fs) + _clipped(signal, starts, stops, lead, fs)


def _flat(starts: npt.NDArray[np.intp], stops: npt.NDArray[np.intp], lead: str, fs: float) -> list[Fault]:
    runs = [Part(start, stop, 1.0) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
    runs.sort(key=lambda run: run.start - run.stop)
    faults = [Fault("flat", lead, f"no change for {(run.stop - run.start) / fs:.1f} s", (run,)) for run in runs]
    return consolidated(faults, fs)


def _clipped(
    signal: FloatArray, starts: npt.NDArray[np.intp], stops: npt.NDArray[np.intp], lead: str, fs: float
) -> list[Fault]:
    """Peaks that rest on the lead's largest or smallest value, flat stretches aside."""
    lengths_s = (stops - starts) / fs
    values, low, high = signal[starts], signal.min(), signal.max()
    far = np.abs(values - np.median(signal)) >= limits.CLIPPED_SHARE * (high - low)
    at_end = ((values == low) | (values == high)) & far & (lengths_s < limits.FLAT_S)
    step = max(round(limits.CUT_STEP_S * fs), 1)
    before, after = signal[np.maximum(starts - step, 0)], signal[np.minimum(stops - 1 + step, len(signal) - 1)]
    steep = np.minimum(np.abs(before - values), np.abs(after - values)) >= limits.CUT_STEP * (high - low)
    clipped = at_end & ((lengths_s >= limits.CLIPPED_S) | (steep & (lengths_s >= limits.CUT_S)))
    if clipped.sum() < limits.CLIPPED_PEAKS:
        return []
    edges = zip(starts[clipped].tolist(), stops[clipped].tolist(), strict=True)
    parts = tuple(Part(start, stop, 1.0) for start, stop in edges)
    return [Fault("clipped", lead, f"{len(parts)} peaks stay at the largest value that is stored", parts)]


def _constant_runs(signal: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Starts and stops of the stretches of one value."""
    changes = np.flatnonzero(np.diff(signal)) + 1
    return np.concatenate([[0], changes]), np.concatenate([changes, [len(signal)]])
