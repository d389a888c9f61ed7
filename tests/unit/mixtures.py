"""Made-up embeddings in groups."""

import numpy as np

GROUPS = 5


def mixture(count: int = 240, width: int = 24, seed: int = 0) -> np.ndarray:
    """Five groups, the last rows apart from the first in nothing but chance."""
    rng = np.random.default_rng(seed)
    middles = 3 * np.random.default_rng(9).normal(size=(GROUPS, width))
    return (middles[np.arange(count) % GROUPS] + rng.normal(size=(count, width))).astype(np.float32)
