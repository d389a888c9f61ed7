"""From the frames of the network to the samples that they are made of."""

from __future__ import annotations

import numpy as np

from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import FloatArray


def over_samples(frames: FloatArray, encoder: Encoder, shape: tuple[int, ...]) -> FloatArray:
    """[W, F] -> [W, L, S]: each sample takes the frame whose middle is nearest; the same for all leads.

    A frame is made of `reach` samples, of which its middle is the one that counts most; the first frame of ECG-FM is
    made of samples 0 to 15.
    """
    stride, reach = encoder.config.architecture.stride, _reach(encoder)
    nearest = np.rint((np.arange(shape[2]) - (reach - 1) / 2) / stride).astype(int).clip(0, frames.shape[1] - 1)
    return np.broadcast_to(frames[:, None, nearest], shape).astype(np.float32)


def frame_s(encoder: Encoder) -> float:
    """Seconds from one frame to the next."""
    return encoder.config.architecture.stride / encoder.config.input.fs


def _reach(encoder: Encoder) -> int:
    """Samples that a frame is made of."""
    reach, step = 1, 1
    for layer in encoder.config.architecture.conv_layers:
        reach, step = reach + (layer.kernel - 1) * step, step * layer.stride
    return reach
