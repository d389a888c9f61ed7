"""Two kinds of taking away: one wave of one lead, and whole leads; in units of probability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt
import torch

from ecgfm_core.analysis.encode import micro_batch
from ecgfm_core.analysis.explain.method import Answer, Method, Question
from ecgfm_core.analysis.explain.segments import Segment, segments
from ecgfm_core.analysis.nearest import stop_if
from ecgfm_core.types import FloatArray

Order = npt.NDArray[np.int64]

CELL_S = 0.1
"""How much of a stretch that belongs to no beat is taken away at a time, about."""
ORDERS = 16
"""Orders in which the leads join, each also taken backwards: 32 in all."""


def probabilities(asked: Question, altered: Iterable[FloatArray]) -> list[float]:
    """What the network says of altered windows [12, S], a few at a time."""
    told: list[float] = []
    waiting = iter(altered)
    with torch.inference_mode():
        while together := list(islice(waiting, micro_batch(asked.encoder))):
            stop_if(asked.cancel)
            batch = torch.tensor(np.stack(together), device=asked.encoder.device)
            told += asked.aim.probability(asked.aim.score(asked.encoder, batch)).tolist()
    return told


def bridged(window: FloatArray, lead: int | slice, start: int, end: int) -> FloatArray:
    """A copy [12, S] in which a straight line leads over samples `start` to `end` of a lead, or of all.

    A line between what is left has no wave, no step at its ends, and, over a line, changes nothing. Zeros would have
    steps wherever the lead is not at its mean.
    """
    altered = window.copy()
    last = window.shape[1] - 1
    left, right = window[lead, max(start - 1, 0)], window[lead, min(end, last)]
    if start == 0:
        left = right
    if end > last:
        right = left if start else np.zeros_like(right)
        left = left if start else right
    share = np.linspace(0, 1, end - start + 2, dtype=np.float32)[1:-1]
    altered[lead, start:end] = np.multiply.outer(left, 1 - share) + np.multiply.outer(right, share)
    return altered


def _occlusion(asked: Question) -> Answer:
    values = np.zeros_like(asked.values)
    fs, length = asked.encoder.config.input.fs, asked.values.shape[2]
    cells = [_cells(asked, float(start), fs, length) for start in asked.starts_s]
    done, total = 0, sum(map(len, cells)) * asked.values.shape[1]
    for window, found, into in zip(asked.values, cells, values, strict=True):
        (whole,) = probabilities(asked, [window])
        for lead in range(len(window)):
            without = probabilities(asked, (bridged(window, lead, start, end) for start, end in found))
            for (start, end), told in zip(found, without, strict=True):
                into[lead, start:end] = whole - told
            done += len(found)
            asked.progress(done, total)
    return Answer(values)


def _cells(asked: Question, start_s: float, fs: float, length: int) -> list[tuple[int, int]]:
    """First sample and end of each part of a window's beats, and of each cell where there is no beat."""
    edges = {0, length}
    for part in segments(asked.beats, start_s, start_s + length / fs):
        edges |= {round((at - start_s) * fs) for at in _edges(part)}
    return list(pairwise(sorted(edge for edge in edges if 0 <= edge <= length)))


def _edges(part: Segment) -> list[float]:
    """Where the cells of a part begin, and where it ends."""
    count = max(1, round((part.to_s - part.from_s) / CELL_S)) if part.name == "other" else 1
    return [part.from_s + (part.to_s - part.from_s) * number / count for number in range(count + 1)]


def _lead_removal(asked: Question) -> Answer:
    """What is lost without each lead."""
    values = np.zeros_like(asked.values)
    for row, window in enumerate(asked.values):
        every = range(len(window))
        whole, *without = probabilities(asked, [window, *(_with(window, set(every) - {lead}) for lead in every)])
        values[row] = np.subtract(whole, without)[:, None]
        asked.progress(row + 1, len(values))
    return Answer(values)


def _lead_importance(asked: Question) -> Answer:
    """Shapley values (Strumbelj and Kononenko 2014): a lead's part when the leads join one by one in any order."""
    rng = np.random.default_rng(asked.seed)
    values, errors = np.zeros_like(asked.values), np.zeros(len(asked.values), np.float32)
    orders = [rng.permutation(asked.values.shape[1]) for _ in range(ORDERS)]
    orders += [order[::-1] for order in orders]  # what joins early here joins late there: a smaller error
    for row, window in enumerate(asked.values):
        parts = _joining(asked, window, orders)
        pairs = (parts[:ORDERS] + parts[ORDERS:]) / 2
        values[row] = pairs.mean(axis=0)[:, None]
        errors[row] = (pairs.std(axis=0, ddof=1) / ORDERS**0.5).max()
        asked.progress(row + 1, len(values))
    return Answer(values, standard_error=errors)


def _joining(asked: Question, window: FloatArray, orders: Sequence[Order]) -> npt.NDArray[np.float64]:
    """[orders, 12] what the probability gains when each lead joins."""
    joined = (_with(window, order[:count]) for order in orders for count in range(len(order) + 1))
    told = np.array(probabilities(asked, joined)).reshape(len(orders), -1)
    parts = np.zeros((len(orders), len(window)))
    for row, order in enumerate(orders):
        parts[row, order] = np.diff(told[row])
    return parts


def _with(window: FloatArray, leads: Iterable[int]) -> FloatArray:
    """A copy with these leads alone; the others are lines at zero, which is how the preprocessing gives a lost lead."""
    kept = np.zeros_like(window)
    rows = list(leads)
    kept[rows] = window[rows]
    return kept


OCCLUSION = Method(
    name="occlusion",
    title="Occlusion, wave by wave",
    says="What the probability loses when a straight line takes the place of one wave in one lead. What several waves "
    "say alike is not missed when one is gone.",
    unit="probability",
    per_lead=True,
    class_specific=True,
    resolution_s=lambda encoder: CELL_S,
    run=_occlusion,
)
LEAD_IMPORTANCE = Method(
    name="lead_importance",
    title="Leads, Shapley values",
    says="How much of the probability each lead brings, averaged over the orders in which leads may join.",
    unit="probability",
    per_lead=True,
    class_specific=True,
    resolution_s=lambda encoder: float("inf"),
    run=_lead_importance,
)
LEAD_REMOVAL = Method(
    name="lead_removal",
    title="Leads, one left out",
    says="What the probability loses when one lead is lost. What two leads say alike is not missed when one is gone.",
    unit="probability",
    per_lead=True,
    class_specific=True,
    resolution_s=lambda encoder: float("inf"),
    run=_lead_removal,
)
