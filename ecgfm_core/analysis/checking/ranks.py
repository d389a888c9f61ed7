"""Rank correlation of maps."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from ecgfm_core.types import FloatArray


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's, window by window [W, ...], and the mean of these; 0 where a map is flat, for it ranks nothing."""
    found = []
    for one, other in zip(first, second, strict=True):
        a, b = (rankdata(values) - (values.size + 1) / 2 for values in (one, other))
        size = np.sqrt((a @ a) * (b @ b))
        found.append(float(a @ b / size) if size > 0 else 0.0)
    return float(np.mean(found))
