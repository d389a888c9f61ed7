"""Freezing arrays: float32, C order, read-only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def freeze(owner: object, name: str, ndim: int) -> None:
    """Replace a field of a frozen dataclass by a read-only float32 copy of `ndim` axes.

    Raises:
        ValueError: the array has another number of axes.
    """
    array = np.array(getattr(owner, name), dtype=np.float32, order="C")
    if array.ndim != ndim:
        raise ValueError(f"{type(owner).__name__}.{name} must have {ndim} axes. Got shape {array.shape}.")
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
