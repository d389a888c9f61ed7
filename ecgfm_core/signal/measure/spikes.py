"""A pacemaker's spike before QRS or P: found on a median beat, and taken out before its waves are measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgfm_core.signal.measure.preparing import FS, Floats
from ecgfm_core.signal.measure.shapes import BEFORE

WIDTH = round(0.012 * FS)
"""samples on each side of a spike that the recorder's filter may have spread it over."""
AROUND = round(0.06 * FS)
"""samples on each side with which a spike is compared."""
LAST = round(0.03 * FS)
"""samples before R from which on QRS itself is as sharp as a spike."""
SHARPER = 5.0
"""times the sharpness about it that makes a spike."""
LEAST = 0.25
"""share of QRS's own sharpness that a spike has at least."""


def spikes(beat: Floats) -> npt.NDArray[np.intp]:
    """[L, S] a median beat, unfiltered -> samples of spikes before R: sharp, with nothing sharp about them."""
    sharp = np.zeros(beat.shape[1])
    sharp[1:-1] = np.abs(np.diff(beat, 2, axis=1)).sum(axis=0)
    core = sharp[BEFORE - 2 * LAST : BEFORE + LAST]
    found = []
    for at in range(AROUND, BEFORE - LAST):
        near = sharp[at - WIDTH : at + WIDTH + 1]
        if sharp[at] < near.max() or sharp[at] < LEAST * core[LAST:].max():
            continue
        around = np.concatenate([sharp[at - AROUND : at - WIDTH], sharp[at + WIDTH + 1 : at + AROUND + 1]])
        if sharp[at] > SHARPER * np.percentile(around, 80):
            found.append(at)
    return np.array(found, np.intp)


def without_spikes(beats: Floats, at: npt.NDArray[np.intp]) -> Floats:
    """[..., S] with a straight line in place of each spike."""
    clean = beats.copy()
    for spike in at.tolist():
        first, last = spike - WIDTH, spike + WIDTH
        share = np.linspace(0, 1, last - first + 1)
        clean[..., first : last + 1] = beats[..., [first]] * (1 - share) + beats[..., [last]] * share
    return clean
