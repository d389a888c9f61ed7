"""Windows of several recordings -> what an encoder makes of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecgfm_core.analysis.building.preparing import Prepared
from ecgfm_core.analysis.encode import encode
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.signal.windows import WINDOW_S
from ecgfm_core.types import FloatArray, Windows


class Outputs(NamedTuple):
    """Of one recording: `pooled` [W, D] and `logits` [W, C], None for a backbone without a head."""

    pooled: FloatArray
    logits: FloatArray | None


def encoded(waiting: Sequence[Prepared], encoder: Encoder) -> list[Prepared]:
    """The same recordings, with outputs in the place of their windows, which are five times as large as the rows."""
    if not waiting:
        return []
    outputs = encode_together([one.windows for one in waiting if one.windows is not None], encoder)
    return [Prepared(one.row, None, made) for one, made in zip(waiting, outputs, strict=True)]


def encode_together(recordings: Sequence[FloatArray], encoder: Encoder) -> list[Outputs]:
    """Encode recordings [W, 12, 2500], their windows in common batches."""
    starts_s = np.concatenate([np.arange(len(windows)) * WINDOW_S for windows in recordings])
    encoding = encode(Windows(np.concatenate(recordings), starts_s, source=""), encoder)
    edges = np.cumsum([len(windows) for windows in recordings])[:-1]
    pooled = np.split(encoding.pooled, edges)
    logits = [None] * len(recordings) if encoding.logits is None else np.split(encoding.logits, edges)
    return [Outputs(*both) for both in zip(pooled, logits, strict=True)]
