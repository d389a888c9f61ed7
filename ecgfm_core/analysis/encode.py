"""Windows and an encoder -> Encoding: the only forward pass; embedding and probabilities both come from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ecgfm_core.errors import EncoderMismatch
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Encoding, FloatArray, Windows

Precision = Literal["fp32", "bf16"]

MICRO_BATCH = {"cpu": 8}
"""Windows a pass: on a CPU more is no faster (docs/benchmarks.md), and memory stays small."""
MICRO_BATCH_OF_A_GPU = 64


def encode(
    windows: Windows,
    encoder: Encoder,
    *,
    attention: bool = False,
    precision: Precision = "fp32",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Encoding:
    """Run the encoder over all windows of a recording.

    Args:
        windows: [W, 12, 2500].
        encoder: from `load_encoder`.
        attention: whether to keep the last layer's attention, [W, F, F].
        precision: "fp32", or "bf16" for autocast, which is faster on a GPU and drifts.
        progress: called with (windows done, windows in all); raising from it cancels.

    Raises:
        EncoderMismatch: the windows are not what the encoder takes.
    """
    require_input(windows, encoder)
    parts: list[tuple[FloatArray, FloatArray | None, FloatArray | None]] = []
    total, together = len(windows.values), micro_batch(encoder)
    with torch.inference_mode():
        for start in range(0, total, together):
            batch = torch.tensor(windows.values[start : start + together], device=encoder.device)
            with torch.autocast(encoder.device.type, torch.bfloat16, enabled=precision == "bf16"):
                output = encoder.net(batch, attention=attention)
            last = _numpy(output.attention[-1]) if attention else None
            parts.append((_numpy(output.pooled), None if output.logits is None else _numpy(output.logits), last))
            progress(min(start + together, total), total)
    pooled, logits, maps = zip(*parts, strict=True)
    joined = np.concatenate(pooled), _joined(logits), _joined(maps)
    return Encoding(*joined, windows.starts_s, encoder.labels, windows.source, encoder.fingerprint)


def require_input(windows: Windows, encoder: Encoder) -> None:
    """Refuse windows that the encoder does not take.

    Raises:
        EncoderMismatch: they have other leads or another length.
    """
    spec = encoder.config.input
    expected = (len(spec.leads), round(spec.fs * spec.window_s))
    if windows.values.shape[1:] != expected:
        raise EncoderMismatch(
            f"the encoder {encoder.name} takes windows of {expected[0]} leads by {expected[1]} samples. "
            f"Got {windows.values.shape[1:]}. Use an encoder made for these windows."
        )


def micro_batch(encoder: Encoder) -> int:
    """Windows that pass an encoder together."""
    return MICRO_BATCH.get(encoder.device.type, MICRO_BATCH_OF_A_GPU)


def attention_per_frame(encoding: Encoding) -> FloatArray:
    """[W, F]: the attention that each frame receives in the last layer; a window's frames sum to 1.

    Mean over heads and over the frames that ask (queries). It is the same for
    every label and every lead: it says where the encoder is focused, not what
    speaks for a diagnosis. The published notebook takes the maximum over keys
    instead, which says how peaked the attention *of* a frame is.

    Raises:
        EncoderMismatch: the encoding was made without attention.
    """
    if encoding.attention is None:
        raise EncoderMismatch("this encoding holds no attention. Encode again with attention=True.")
    received: FloatArray = encoding.attention.mean(axis=1)
    return received


def _numpy(tensor: Tensor) -> FloatArray:
    return tensor.float().cpu().numpy()


def _joined(parts: tuple[FloatArray | None, ...]) -> FloatArray | None:
    kept = [part for part in parts if part is not None]
    return np.concatenate(kept) if kept else None
