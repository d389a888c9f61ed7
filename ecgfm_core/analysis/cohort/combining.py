"""Logits of many recordings -> their probabilities, as `predict` combines the windows of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from ecgfm_core.labels import Label
from ecgfm_core.types import FloatArray


def combine(logits: FloatArray, counts: npt.NDArray[np.int64], labels: Sequence[Label]) -> FloatArray:
    """[sum of W, C] logits, one recording after another -> [N, C] probabilities; NaN where a label was not trained.

    Args:
        logits: of all windows.
        counts: [N] windows of each recording, 1 at least.
        labels: [C] with their temperature and rule.
    """
    temperature = np.array([label.temperature for label in labels])
    each: FloatArray = expit(logits / temperature).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    if not len(counts):
        return np.empty((0, len(labels)), np.float32)
    means = np.add.reduceat(each, starts, axis=0) / np.asarray(counts, np.float32)[:, None]
    highest = np.maximum.reduceat(each, starts, axis=0)
    combined: FloatArray = np.where([label.rule == "max" for label in labels], highest, means).astype(np.float32)
    combined[:, [not label.trained for label in labels]] = np.nan
    combined.flags.writeable = False
    return combined
