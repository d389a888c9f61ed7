"""Deletion and insertion: how the score goes as cells are removed, or put back, in the order of a map.

Petsiuk et al. 2018 (RISE). The score is the logit, divided by the label's temperature: a probability of 0.999 or 0.02
would stay where it is while the evidence goes, and windows would count by how unsure the encoder is of them. Cells are
ordered by signed value: what speaks for the target goes first, what speaks against it last. By size, the two would
cancel out.

Chance is measured twice. In random orders of the cells what is removed is scattered, and a line over a gap of one cell
hides little; a map of smooth blobs that means nothing would beat that. So the map is compared with itself as well, its
blocks moved to random times and leads: as smooth, and in the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import t as student

from ecgfm_core.analysis.checking.grid import Grid, Mask, fill
from ecgfm_core.analysis.checking.watch import Watch
from ecgfm_core.analysis.encode import micro_batch
from ecgfm_core.analysis.explain.aim import Aim
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Chance, Estimate, FloatArray, OrderCurve

Floats = npt.NDArray[np.float64]

SHARES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Close together at the beginning, where a good map does its work: QRS takes a tenth of the time."""

DRAWS = 20
"""Random orders, and shuffles: with 20 the interval is a tenth wider than with infinitely many."""

BLOCK = 6
"""Stretches that a shuffled map keeps together: 0.3 to 0.6 s, a wave with its surroundings; a window has a dozen."""


class Curves(NamedTuple):
    """What the perturbations of a recording give."""

    deletion: OrderCurve
    insertion: OrderCurve
    random: Chance
    shuffled: Chance | None


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """On what orders are tried.

    Attributes:
        encoder: the network.
        aim: what it is asked for.
        windows: [W, 12, S].
        grid: the cells.
    """

    encoder: Encoder
    aim: Aim
    windows: FloatArray
    grid: Grid

    @property
    def counts(self) -> tuple[int, ...]:
        """[K] cells removed or put back at each point of a curve, from none to all."""
        cells = int(np.prod(self.grid.shape))
        return tuple(sorted({round(share * cells) for share in SHARES}))

    def try_order(self, ranked: Floats, ends: Floats) -> Floats:
        """Scores [2, K], mean over windows, deletion first, for cells [W, leads, T] that go by falling value."""
        states = [
            state
            for window, values in zip(self.windows, ranked, strict=True)
            for state in _states(window, values, self.grid, self.counts[1:-1])
        ]
        inner = self.scores(states).reshape(len(self.windows), 2, -1).mean(axis=0)
        whole, empty = ends
        return np.stack([np.r_[whole, inner[0], empty], np.r_[empty, inner[1], whole]])

    def ends(self) -> Floats:
        """Mean score of the windows as they are, and of empty ones."""
        return np.array([self.scores(list(self.windows)).mean(), self.scores([np.zeros_like(self.windows[0])])[0]])

    def scores(self, states: list[FloatArray]) -> Floats:
        """[N] of N windows [12, S]."""
        together = micro_batch(self.encoder)
        found = []
        with torch.inference_mode():
            for start in range(0, len(states), together):
                batch = torch.tensor(np.stack(states[start : start + together]), device=self.encoder.device)
                found.append((self.aim.score(self.encoder, batch) / self.aim.temperature).cpu().numpy())
        return np.concatenate(found).astype(np.float64)


def curves(bench: Bench, pooled: FloatArray, seed: int, watch: Watch, *, draws: int = DRAWS) -> Curves:
    """Try the order of a map, random orders, and the map shuffled.

    Args:
        bench: on what.
        pooled: [W, leads, T] the map.
        seed: of the orders that are drawn.
        watch: of the work.
        draws: random orders, and shuffles; a study of many recordings needs few for each.
    """
    rng = np.random.default_rng(seed)
    timed = bench.grid.shape[1] > 1
    total, ends = 1 + draws * (1 + timed), bench.ends()
    blind: list[Floats] = []
    watch.step(0, total)
    own = bench.try_order(_untied(pooled, rng), ends)
    for draw in range(1, total):
        watch.step(draw, total)
        values = rng.random(pooled.shape) if draw <= draws else _untied(_shuffled(pooled, bench.grid, rng), rng)
        blind.append(bench.try_order(values, ends))
    watch.report(total, total)
    shares = tuple(count / bench.counts[-1] for count in bench.counts)
    areas: list[Floats] = [_areas(shares, both) for both in (own, *blind)]
    deletion, insertion = (
        OrderCurve(shares, tuple(row.tolist()), float(area)) for row, area in zip(own, areas[0], strict=True)
    )
    return Curves(
        deletion,
        insertion,
        _chance(areas[0], np.array(areas[1 : draws + 1])),
        _chance(areas[0], np.array(areas[draws + 1 :])) if timed else None,
    )


def _states(window: FloatArray, values: Floats, grid: Grid, counts: tuple[int, ...]) -> Iterator[FloatArray]:
    """The window with the first cells removed, for each count, and then with only these."""
    order = np.argsort(-values, axis=None, kind="stable")
    chosen: list[Mask] = []
    for count in counts:
        cells = np.zeros(values.size, bool)
        cells[order[:count]] = True
        chosen.append(grid.spread(cells.reshape(values.shape)))
    yield from (fill(window, cells) for cells in chosen)
    yield from (fill(window, ~cells) for cells in chosen)


def _untied(values: FloatArray, rng: np.random.Generator) -> Floats:
    """[W, leads, T] ranks of each window's cells; equal values in random order, or time would be their order."""
    flat = values.reshape(len(values), -1)
    order = np.lexsort((rng.random(flat.shape), flat), axis=-1)
    return order.argsort(axis=-1).reshape(values.shape).astype(np.float64)


def _shuffled(pooled: FloatArray, grid: Grid, rng: np.random.Generator) -> FloatArray:
    """The blocks of each window at other times, the same for all leads, and its leads in another order."""
    stretches = grid.shape[1]
    blocks = max(2, round(stretches / BLOCK))
    moved = []
    for window in pooled:
        turned = np.roll(np.arange(stretches), rng.integers(stretches))  # so that no cut lies at the same place twice
        parts = np.array_split(turned, blocks)
        times = np.concatenate([parts[place] for place in rng.permutation(blocks)])
        moved.append(window[rng.permutation(grid.leads)][:, times])
    return np.stack(moved)


def _areas(shares: tuple[float, ...], both: Floats) -> Floats:
    """[2] deletion and insertion."""
    areas: Floats = np.asarray(np.trapezoid(both, shares, axis=1))
    return areas


def _chance(own: Floats, blind: Floats) -> Chance:
    """Compare areas [2] with those of orders that know nothing [D, 2]."""
    gains = (blind[:, 1] - blind[:, 0]) / 2
    gain = _spread(gains)
    assert gain.value is not None and gain.low is not None and gain.high is not None
    ours = float(own[1] - own[0]) / 2
    difference = Estimate(ours - gain.value, ours - gain.high, ours - gain.low)
    return Chance(len(blind), _spread(blind[:, 0]), _spread(blind[:, 1]), difference)


def _spread(values: Floats) -> Estimate:
    """Mean, and the interval in which the next one lies with 95 % probability: Student's, for a normal distribution."""
    count, mean = len(values), float(values.mean())
    half = float(student.ppf(0.975, count - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / count))
    return Estimate(mean, mean - half, mean + half)
