"""Boundaries of every single beat: those of its family's median, each wave moved to where it lies best."""

from __future__ import annotations

import numpy as np

from ecgfm_core.signal.measure.delineation import Delineation, Wave
from ecgfm_core.signal.measure.families import Sorted
from ecgfm_core.signal.measure.preparing import FS, Floats, below
from ecgfm_core.signal.measure.shapes import BEFORE, Samples, cut
from ecgfm_core.signal.measure.spikes import without_spikes
from ecgfm_core.types.measurements import Beat, Kind, Span

P_REACH = round(0.03 * FS)
"""samples by which the P wave of one beat may lie off the median's."""
T_REACH = round(0.06 * FS)
"""samples by which the T wave of one beat may lie off the median's."""
STEP = 2
"""samples between the places that are tried."""
PRESENT = 0.3
"""correlation with the median below which one beat has no such wave."""
AT_ONCE = 500
"""beats that are placed together, to spare memory."""
SHOWN_HZ = 20.0
"""Hz above which nothing is seen of P and T."""


def place_beats(found: Sorted, waves: list[Delineation], kinds: list[Kind]) -> tuple[Beat, ...]:
    """Give each beat its boundaries in s from the first sample."""
    beats: list[Beat | None] = [None] * len(found.peaks)
    for number, own in enumerate(waves):
        members = np.flatnonzero(found.members == number)
        median = without_spikes(found.families[number].median, found.families[number].spikes)
        p = _place(found, members, own.p, median, P_REACH)
        t = _place(found, members, own.t, median, T_REACH)
        for place, member in enumerate(members.tolist()):
            start = int(found.peaks[member]) - BEFORE
            qrs = ((start + own.qrs[0]) / FS, (start + own.qrs[1]) / FS)
            conducted = None if kinds[member] == "premature_ventricular" else p[place]
            beats[member] = Beat((start + BEFORE) / FS, kinds[member], conducted, qrs, t[place])
    return tuple(beat for beat in beats if beat is not None)


def _place(found: Sorted, members: Samples, wave: Wave | None, median: Floats, reach: int) -> list[Span | None]:
    """Where a wave of the median lies best in each of its beats."""
    if wave is None:
        return [None] * len(members)
    model = below(median[found.leads], SHOWN_HZ)[:, wave[0] : wave[1]]
    model = model - model.mean(axis=1, keepdims=True)
    span = slice(wave[0] - BEFORE - reach, wave[1] - BEFORE + reach)
    signal = found.signal[found.leads]
    spans: list[Span | None] = []
    for first in range(0, len(members), AT_ONCE):
        peaks = found.peaks[members[first : first + AT_ONCE]]
        parts = below(cut(signal, peaks, span), SHOWN_HZ)
        likeness = np.stack(
            [_likeness(parts[:, :, at : at + model.shape[1]], model) for at in range(0, 2 * reach + 1, STEP)]
        )
        best = likeness.argmax(axis=0)
        starts = peaks - BEFORE + wave[0] + best * STEP - reach
        for start, alike in zip(starts.tolist(), likeness.max(axis=0), strict=True):
            spans.append((start / FS, (start + wave[1] - wave[0]) / FS) if alike >= PRESENT else None)
    return spans


def _likeness(parts: Floats, model: Floats) -> Floats:
    """[N, L, S] beats and a model [L, S] -> [N] their correlations over all leads."""
    centered = parts - parts.mean(axis=2, keepdims=True)
    size = np.sqrt(np.einsum("nls,nls->n", centered, centered) * (model**2).sum())
    likeness: Floats = np.einsum("nls,ls->n", centered, model) / np.maximum(size, 1e-12)
    return likeness
