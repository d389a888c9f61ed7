"""Filters for the eye: what is drawn, never what the model sees. Off by default, and named on the paper when on.

All are run forwards and backwards: no wave is shifted in time, and half the amplitude is left at the frequency that
names a filter (none at the mains').
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import signal as dsp

from app.figures.sheet import PAGE_S, Shown
from ecgfm_core.errors import EcgfmError

BASELINE_HZ, MUSCLE_HZ = 0.5, 40.0
_MAINS_QUALITY = 30.0
"""Center of the notch over its width: 1.7 Hz at 50 Hz."""
_LONG_S = 120.0
"""s: of a longer recording only the sheet and its surroundings are filtered."""
_MARGIN_S = 20.0
"""s round the sheet: what lies beyond changes the filtered sheet by less than a millionth of its own voltage."""
_SETTLE_S = 4.0
"""s by which a recording is continued at both ends, mirrored at its end points, for the filters to settle."""

Sections = npt.NDArray[np.float64]


class FilterImpossible(EcgfmError):
    """The recording's rate does not hold the frequencies that a filter takes away."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader wants taken away.

    Attributes:
        baseline: wander, below 0.5 Hz.
        mains_hz: hum at 50 or 60 Hz; 0 = none.
        muscle: whatever is above 40 Hz. It also lowers the QRS complexes and hides pacing spikes.
    """

    baseline: bool = False
    mains_hz: Literal[0, 50, 60] = 0
    muscle: bool = False

    @property
    def words(self) -> str:
        """As they are named on the paper."""
        named = [
            f"baseline {BASELINE_HZ:g} Hz" if self.baseline else "",
            f"mains {self.mains_hz} Hz" if self.mains_hz else "",
            f"muscle {MUSCLE_HZ:g} Hz" if self.muscle else "",
        ]
        return ", ".join(filter(None, named)) or "no filter"

    def obstacle(self, fs: float) -> str | None:
        """Why these filters are not possible at a rate of `fs` Hz, as one sentence, or None where they are."""
        highest = max(self.mains_hz * (1 + 1 / _MAINS_QUALITY), MUSCLE_HZ if self.muscle else 0)
        if highest < fs / 2:
            return None
        name = f"mains filter at {self.mains_hz} Hz" if self.mains_hz else f"muscle filter at {MUSCLE_HZ:g} Hz"
        return (
            f"the {name} needs a rate above {2 * highest:.3g} Hz; the recording has {fs:g} Hz. Leave this filter off."
        )


def shown(
    record_signal: npt.NDArray[np.floating], fs: float, unit: str | None, name: str, filters: Filters,
    start_s: float = 0.0,
) -> Shown:  # fmt: skip
    """What is drawn of a recording, [12, S] in standard order.

    Of a recording of more than two minutes only the sheet at `start_s` and 20 s on either side are filtered; no other
    part may be drawn from what is returned.

    Raises:
        FilterImpossible: a filter's frequency is not below half the rate.
    """
    obstacle = filters.obstacle(fs)
    if obstacle:
        raise FilterImpossible(f"{name}: {obstacle}")
    sections = _sections(filters, fs)
    if not len(sections) or record_signal.shape[1] < 2:
        return Shown(record_signal, fs, unit, name, filters.words)
    part = _part(record_signal.shape[1], fs, start_s)
    signal = record_signal.astype(np.float32)
    signal[:, part] = _filtered(record_signal[:, part], sections, fs)
    return Shown(signal, fs, unit, name, filters.words)


def _sections(filters: Filters, fs: float) -> Sections:
    """Second-order sections of all filters, one after the other, [n, 6]."""
    made = [np.empty((0, 6))]
    if filters.baseline:
        made.append(dsp.butter(2, BASELINE_HZ, "highpass", fs=fs, output="sos"))
    if filters.mains_hz:
        made.append(np.concatenate(dsp.iirnotch(filters.mains_hz, _MAINS_QUALITY, fs=fs))[None])
    if filters.muscle:
        made.append(dsp.butter(4, MUSCLE_HZ, "lowpass", fs=fs, output="sos"))
    return np.concatenate(made)


def _part(samples: int, fs: float, start_s: float) -> slice:
    if samples <= _LONG_S * fs:
        return slice(0, samples)
    return slice(max(0, round((start_s - _MARGIN_S) * fs)), round((start_s + PAGE_S + _MARGIN_S) * fs))


def _filtered(part: npt.NDArray[np.floating], sections: Sections, fs: float) -> npt.NDArray[np.floating]:
    values = part.astype(np.float64)
    if not values.shape[1]:
        return values
    reach = min(values.shape[1] - 1, round(_SETTLE_S * fs))
    filtered: npt.NDArray[np.floating] = dsp.sosfiltfilt(sections, values, axis=1, padlen=reach)
    return filtered
