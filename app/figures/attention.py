"""Attention of frames -> a strip that a sheet draws under its traces."""

from __future__ import annotations

import numpy as np

from app.figures.sheet import Strip
from ecgfm_core.types import FloatArray

FULL_COLOR = 30.0
"""times the even attention at which the color is full"""


def attention_strip(weights: FloatArray, starts_s: FloatArray, frame_s: float) -> Strip:
    """[W, F] attention a frame, [W] starts of the windows, s from frame to frame -> Strip.

    The scale is fixed and logarithmic: no color where a frame gets no more than
    its even share, full color at thirty times that. It is not stretched to each
    recording, which would make noise look like a finding.
    """
    even = 1.0 / weights.shape[1]
    strength = np.log(np.maximum(weights / even, 1.0)) / np.log(FULL_COLOR)
    at = starts_s[:, None] + np.arange(weights.shape[1]) * frame_s
    return Strip(at.ravel().astype(np.float32), frame_s, np.clip(strength, 0, 1).ravel().astype(np.float32))
