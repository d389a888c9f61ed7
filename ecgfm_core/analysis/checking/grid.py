"""The cells of a map: the stretches that are ranked, removed and compared as a whole, and what fills their place."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from ecgfm_core.types import FloatArray, Saliency

Mask = npt.NDArray[np.bool_]

SHORTEST_S, LONGEST_S = 0.05, 0.1
"""A cell holds at least half a narrow QRS: of less, a straight line hides nothing. And at most one whole QRS, so that
100 ms are the longest that a map of beat segments, which differ in length, is smeared."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How a window is cut into cells.

    Attributes:
        leads: 12, or 1 where all leads are one.
        edges: [T + 1] first sample of each of T stretches, and the end.
    """

    leads: int
    edges: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Leads and stretches."""
        return self.leads, len(self.edges) - 1

    def pool(self, values: FloatArray) -> FloatArray:
        """[..., 12, S] -> [..., leads, T]: the mean of each cell."""
        sums = np.add.reduceat(values, self.edges[:-1], axis=-1) / np.diff(self.edges)
        pooled: FloatArray = (sums if self.leads > 1 else sums.mean(axis=-2, keepdims=True)).astype(np.float32)
        return pooled

    def spread(self, cells: Mask) -> Mask:
        """[leads, T] -> [12, S]: the samples of the chosen cells."""
        return np.broadcast_to(np.repeat(cells, np.diff(self.edges), axis=1), (12, self.edges[-1]))


def grid_of(saliency: Saliency, fs: float, *, without: int = 0) -> Grid:
    """The finest grid on which a map means something, of windows that are `without` so many samples."""
    return make_grid(saliency.per_lead, cell_s(saliency), saliency.values.shape[2] - without, fs)


def cell_s(saliency: Saliency) -> float:
    """Length of a map's cells in s; infinite where it does not know times."""
    return min(max(saliency.resolution_s, SHORTEST_S), LONGEST_S) if isfinite(saliency.resolution_s) else np.inf


def make_grid(per_lead: bool, length_s: float, samples: int, fs: float) -> Grid:
    """Cells of `length_s`, or one that lasts the window where that is infinite."""
    count = max(1, round(samples / fs / length_s))
    edges = np.linspace(0, samples, count + 1).round().astype(int)
    return Grid(12 if per_lead else 1, tuple(edges.tolist()))


def fill(window: FloatArray, removed: Mask) -> FloatArray:
    """Replace samples of a window [12, S] by the straight line between their neighbors, lead by lead.

    A line has no wave in it and no step at its ends. At the border of the window it stays at the one neighbor there
    is; a lead of which nothing is left is 0, its mean over the recording, as a constant lead is for the encoder.
    """
    filled = window.copy()
    places = np.arange(window.shape[1])
    for lead, gone in enumerate(removed):
        if gone.all():
            filled[lead] = 0
        elif gone.any():
            filled[lead, gone] = np.interp(places[gone], places[~gone], window[lead, ~gone])
    return filled
