"""What pretraining hides: frames, leads; and which other frames an answer is compared with.

All chance comes from the generator that is handed in, drawn in the order of the original (fairseq-signals),
so that a seed gives the same masks there and here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

BoolArray = npt.NDArray[np.bool_]

FEWEST_SPANS = 2


def mask_frames(
    batch: int,
    frames: int,
    rng: np.random.RandomState,
    *,
    share: float = 0.65,
    span: int = 10,
    valid: Sequence[int] | None = None,
) -> BoolArray:
    """Choose the frames that are hidden: [B, F], the same number in every row.

    Spans may overlap, the last frame is never hidden, and every row is thinned
    at random to the fewest of the batch: about 37 % of 156 frames at 64 rows,
    not 65 %.

    Args:
        batch: B.
        frames: F.
        rng: the legacy generator, which the original uses.
        share: of the frames, before overlaps and thinning.
        span: frames hidden in a row.
        valid: [B] frames that hold signal, where rows are padded.
    """
    spans = _spans(share, frames, span, rng)  # one draw for the batch, made for padded rows too
    hidden = []
    for row in range(batch):
        length = frames if valid is None else valid[row]
        count = spans if valid is None else _spans(share, length, span, rng)
        starts = rng.choice(max(length - span, count + 1), count, replace=False)
        covered = np.unique(starts[:, None] + np.arange(span))
        hidden.append(covered[covered < length])
    fewest = min(len(row) for row in hidden)
    mask = np.zeros((batch, frames), bool)
    for row, covered in enumerate(hidden):
        mask[row, covered if len(covered) == fewest else rng.choice(covered, fewest, replace=False)] = True
    return mask


def _spans(share: float, frames: int, span: int, rng: np.random.RandomState) -> int:
    return max(FEWEST_SPANS, int(share * frames / span + rng.rand()))


def keep_leads(batch: int, leads: int, rng: np.random.RandomState) -> BoolArray:
    """Random lead masking: [B, L], True for the leads that stay, each with probability one half."""
    return np.stack([rng.uniform(size=leads) >= 0.5 for _ in range(batch)])


def draw_negatives(batch: int, masked: int, count: int, generator: torch.Generator | None = None) -> Tensor:
    """For each hidden frame, `count` other hidden frames of its row: [B, M * count].

    Values are flat into the B * M hidden frames of the batch; the place of
    negative n of frame j is j * count + n; a frame is never its own negative.
    """
    drawn = torch.randint(0, masked - 1, (batch, masked * count), generator=generator)
    own = torch.arange(masked).repeat_interleave(count)
    drawn[drawn >= own] += 1
    return drawn + torch.arange(batch)[:, None] * masked
