"""What can be said of a recording before any model sees it. First checks only: lost, flat, clipped, Einthoven.

Noise, wander, mains, pacing spikes and swapped electrodes are not examined yet; `Quality.checks` says what was.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.types import Flag, Quality, Record

CHECKS = ("lost", "flat", "clipped", "einthoven")

FLAT_S = 1.0
"""s without any change that make a stretch flat."""
MOST_FLAGS = 20
"""flat stretches of a lead that are told one by one."""
CLIPPED_S = 0.04
"""s at one and the same extreme value that make a peak clipped: no wave stays on one sample value so long."""
CLIPPED_PEAKS = 3
"""clipped peaks in a lead from which it is flagged."""
EINTHOVEN_SHARE = 0.25
"""share of lead III's spread by which III may differ from II - I."""


def quality(record: Record) -> Quality:
    """Examine every lead of a record, as its file holds it."""
    flags: list[Flag] = []
    clean = np.ones(record.signal.shape, dtype=bool)
    for row, lead in enumerate(record.leads):
        for flag, start, stop in _lead_flags(record.signal[row], lead, record.fs):
            flags.append(flag)
            clean[row, start:stop] = False
    for flag in _einthoven(record):
        flags.insert(0, flag)
        clean[record.leads.index("III")] = False
    return Quality(float(clean.mean()), tuple(flags), CHECKS)


def _lead_flags(signal: npt.NDArray[np.float32], lead: str, fs: float) -> list[tuple[Flag, int, int]]:
    end_s = len(signal) / fs
    if np.ptp(signal) == 0:
        return [(Flag("lost", lead, 0.0, end_s, "the lead never changes"), 0, len(signal))]
    found = []
    starts, stops = _constant_runs(signal)
    low, high = signal.min(), signal.max()
    extreme = np.isin(signal[starts], (low, high)) & (signal[starts] != np.median(signal))
    lengths = (stops - starts) / fs
    flat = np.flatnonzero(lengths >= FLAT_S)
    if len(flat) > MOST_FLAGS:
        first, last = int(starts[flat[0]]), int(stops[flat[-1]])
        why = f"{len(flat)} stretches without any change"
        return [(Flag("flat", lead, first / fs, last / fs, why), first, last)]
    for start, stop in zip(starts[flat].tolist(), stops[flat].tolist(), strict=True):
        why = f"no change for {(stop - start) / fs:.1f} s"
        found.append((Flag("flat", lead, start / fs, stop / fs, why), start, stop))
    clipped = extreme & (lengths >= CLIPPED_S) & (lengths < FLAT_S)
    if clipped.sum() >= CLIPPED_PEAKS:
        why = f"{int(clipped.sum())} peaks stay at the largest value that is stored"
        first, last = int(starts[clipped][0]), int(stops[clipped][-1])
        found.append((Flag("clipped", lead, first / fs, last / fs, why), first, last))
    return found


def _constant_runs(signal: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Starts and stops of the stretches of one value."""
    changes = np.flatnonzero(np.diff(signal)) + 1
    return np.concatenate([[0], changes]), np.concatenate([changes, [len(signal)]])


def _einthoven(record: Record) -> list[Flag]:
    """Whether III is II - I: it is, unless leads are mislabelled, scaled or stored one by one."""
    if record.unit is None or not {"I", "II", "III"} <= set(record.leads):
        return []
    one, two, three = (record.signal[record.leads.index(lead)] for lead in ("I", "II", "III"))
    residual = three - (two - one)
    spread = float(np.std(three))
    share = float(np.std(residual)) / spread if spread > 0 else 0.0
    if share <= EINTHOVEN_SHARE:
        return []
    why = f"III differs from II - I by {share:.0%} of its own spread: leads mislabelled, or scaled one by one"
    return [Flag("einthoven", "III", 0.0, record.duration_s, why)]
