"""What all methods have in common: what they are asked, what they give, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ecgfm_core.analysis.explain.aim import Aim
from ecgfm_core.analysis.nearest import stop_if
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Beat, ExplainMethod, FloatArray, SaliencyUnit


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a method is asked.

    Attributes:
        values: [W, 12, S] the windows, in standard deviations.
        starts_s: [W] start of each window in seconds.
        encoder: the network.
        aim: what is to be explained.
        beats: of the recording, times from its first sample; () where they are not known.
        seed: of what is drawn at random.
        progress: called with (steps done, steps).
        cancel: asked between the steps.
    """

    values: FloatArray
    starts_s: FloatArray
    encoder: Encoder
    aim: Aim
    beats: Sequence[Beat]
    seed: int
    progress: Callable[[int, int], None]
    cancel: Callable[[], bool]


def batches(asked: Question, together: int) -> Iterator[Tensor]:
    """The windows, [B, 12, S] at a time, on the encoder's device; tells the progress, and ends where that is wanted.

    Raises:
        Canceled: `cancel` said so.
    """
    total = len(asked.values)
    for start in range(0, total, together):
        stop_if(asked.cancel)
        yield torch.tensor(asked.values[start : start + together], device=asked.encoder.device)
        asked.progress(min(start + together, total), total)


class Answer(NamedTuple):
    """Values [W, 12, S]; the gap [W] and the standard error [W] where the method has them, see `Saliency`."""

    values: FloatArray
    gap: FloatArray | None = None
    standard_error: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """What a method says of itself, and the method.

    Attributes:
        name: as in files and commands.
        title: for people.
        says: one sentence: what the map shows, and what it does not.
        unit: of its values.
        per_lead: whether leads differ.
        class_specific: whether another target has another map.
        resolution_s: from the encoder, see `Saliency`.
        run: Question -> Answer.
    """

    name: ExplainMethod
    title: str
    says: str
    unit: SaliencyUnit
    per_lead: bool
    class_specific: bool
    resolution_s: Callable[[Encoder], float]
    run: Callable[[Question], Answer]
