"""Twelve leads in few bytes: 16-bit counts, differences along time, bytes sorted by significance, zstd.

A signal whose samples are whole multiples of a common step (1 or 5 uV, or whole numbers where the unit is
unknown) comes back as it was; any other is rounded to 1/32767 of its peak, below the rounding of a 16-bit converter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray

_STEPS = (1.0, 200.0, 1000.0)
"""Counts to the unit that are tried for an exact result: whole numbers, 5 uV and 1 uV."""
_LARGEST = 32767
_WHOLE = 0.01
"""Share of a count by which float32 may miss a whole number."""
_LEVEL = 3


class Packed(NamedTuple):
    """A packed signal: its bytes, samples a lead, and counts to the unit."""

    content: bytes
    samples: int
    counts_per_unit: float


def pack(signal: FloatArray) -> Packed:
    """[12, S] in any unit -> bytes; `unpack` gives the signal back within half a count."""
    counts_per_unit = _counts_per_unit(signal)
    counts = np.rint(signal * np.float32(counts_per_unit)).astype(np.int16)
    steps = np.diff(counts, axis=1, prepend=np.int16(0))  # wraps round where a step passes 16 bits, and back again
    words = steps.view(np.uint16).ravel()
    halves = np.concatenate([(words & 0xFF).astype(np.uint8), (words >> 8).astype(np.uint8)])
    content = pa.Codec("zstd", _LEVEL).compress(halves.tobytes(), asbytes=True)
    return Packed(content, signal.shape[1], counts_per_unit)


def unpack(packed: Packed) -> FloatArray:
    """Bytes -> [12, S] float32 in the unit that was packed."""
    size = 2 * len(LEADS) * packed.samples
    raw = pa.Codec("zstd").decompress(packed.content, size, asbytes=True)
    low, high = np.frombuffer(raw, np.uint8).reshape(2, len(LEADS), packed.samples)
    words = (high.astype(np.uint16) << 8) | low
    counts: npt.NDArray[np.int16] = np.cumsum(words.view(np.int16), axis=1, dtype=np.int16)
    # divided, not multiplied by a step: the correctly rounded quotient is what readers of counts compute
    return counts.astype(np.float32) / np.float32(packed.counts_per_unit)


def _counts_per_unit(signal: FloatArray) -> float:
    peak = float(np.abs(signal).max(initial=0.0))
    for candidate in _STEPS:
        if peak * candidate <= _LARGEST:
            counts = signal * np.float32(candidate)
            if float(np.abs(counts - np.rint(counts)).max(initial=0.0)) <= _WHOLE:
                return candidate
    return float(np.float32(_LARGEST / peak))
