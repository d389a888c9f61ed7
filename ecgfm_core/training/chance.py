"""All chance of a training: a function of the seed, of what is decided, and of the place, never of what came before."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt


class Chance(IntEnum):
    """What chance decides, each with its own stream."""

    ORDER = 1
    CONTENT = 2
    NETWORK = 3
    VALIDATION = 4


@lru_cache(maxsize=4)
def order_of(count: int, seed: int, epoch: int) -> npt.NDArray[np.intp]:
    """[count] the order in which an epoch takes what there is."""
    order: npt.NDArray[np.intp] = rng_at(seed, Chance.ORDER, epoch).permutation(count)
    return order


def rng_at(seed: int, what: Chance, *place: int) -> np.random.Generator:
    """The generator of one place of a training."""
    return np.random.default_rng([seed, what, *place])
