"""Attention of frames -> an overlay: a band under the traces."""

from __future__ import annotations

import numpy as np

from app.figures.overlay import Overlay
from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray

FULL_COLOR = 30.0
"""times the even attention at which the color is full"""


def attention_overlay(weights: FloatArray, starts_s: FloatArray, frame_s: float) -> Overlay:
    """[W, F] attention a frame, [W] starts of the windows, s from frame to frame -> Overlay.

    The scale is fixed and logarithmic: no color where a frame gets no more than
    its even share, full color at thirty times that. It is not stretched to each
    recording, which would make noise look like a finding. All leads have the
    same values, since a frame is made of all of them.
    """
    even = 1.0 / weights.shape[1]
    strength = np.clip(np.log(np.maximum(weights / even, 1.0)) / np.log(FULL_COLOR), 0, 1).ravel()
    at = starts_s[:, None] + np.arange(weights.shape[1]) * frame_s
    return Overlay(
        values=np.tile(strength.astype(np.float32), (len(LEADS), 1)),
        starts_s=at.ravel().astype(np.float32),
        step_s=frame_s,
        signed=False,
        style="band",
        title="attention, class-agnostic, the same for all leads",
        low="even share",
        high=f"{FULL_COLOR:g} times",
    )
