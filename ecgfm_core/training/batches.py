"""Labelled windows for fine-tuning: which recordings, in which order, how changed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ecgfm_core.signal.windows import WINDOW_SAMPLES
from ecgfm_core.training.augment import augmented_window, hidden_leads, spoiled
from ecgfm_core.training.chance import Chance, order_of, rng_at
from ecgfm_core.training.examples import Recordings
from ecgfm_core.training.loop import Place
from ecgfm_core.types import FloatArray

POOR_QUALITY = "Poor data quality"
SPOILED_WEIGHT = 0.5
"""How much a window counts as of poor quality that was spoiled on purpose."""
HIDDEN_SHARE = 0.4
"""Share of windows of which we hide leads."""
MOST_OFTEN = 4.0
"""How many times more often than a common recording a rare one is drawn, at most."""


class Labelled(NamedTuple):
    """A batch: windows [B, 12, 2500], targets [B, C] 1 or 0, weights [B, C], 0 where a target is not stated."""

    windows: Tensor
    targets: Tensor
    weights: Tensor


class LabelledWindows:
    """Batches of labelled windows; each a function of the seed and its place alone."""

    def __init__(self, data: Recordings, size: int, seed: int, *, varied: bool, spoil: float) -> None:
        """Prepare nothing yet.

        Args:
            data: recordings with targets.
            size: B.
            seed: of order and variation.
            varied: random crops, changed at random, rare labels drawn more often; else every window as it is,
                once an epoch.
            spoil: share of windows spoiled on purpose and labelled as of poor quality, where that label is learnt.
        """
        self.data, self.seed, self.varied = data, seed, varied
        self.quality = data.labels.index(POOR_QUALITY) if POOR_QUALITY in data.labels else None
        self.spoil = spoil if self.quality is not None else 0.0
        self.chances = sampling_chances(data.targets, data.weights) if varied else None
        self.windows = [(row, k) for row, count in enumerate(data.windows) for k in range(count)]
        self.size = min(size, len(data) if varied else len(self.windows))
        self.per_epoch = max(1, (len(data) if varied else len(self.windows)) // self.size)

    def load(self, place: Place) -> Labelled:
        """The batch of one update."""
        if self.varied:
            return self._varied(rng_at(self.seed, Chance.CONTENT, *place))
        epoch, turn = divmod(place.update, self.per_epoch)
        order = order_of(len(self.windows), self.seed, epoch)
        return self.plain([self.windows[i] for i in order[turn * self.size : (turn + 1) * self.size]])

    def plain(self, chosen: list[tuple[int, int]]) -> Labelled:
        """Windows (row, number) as they are."""
        rows = [row for row, _ in chosen]
        signals = self.data.signals(rows)
        cut = [s[:, k * WINDOW_SAMPLES : (k + 1) * WINDOW_SAMPLES] for s, (_, k) in zip(signals, chosen, strict=True)]
        return _labelled(np.stack(cut), self.data.targets[rows], self.data.weights[rows])

    def _varied(self, rng: np.random.Generator) -> Labelled:
        rows = rng.choice(len(self.data), self.size, p=self.chances)
        targets, weights = self.data.targets[rows].copy(), self.data.weights[rows].copy()
        windows = np.stack([augmented_window(signal, rng) for signal in self.data.signals(rows.tolist())])
        fate = rng.random(self.size)
        for i in np.flatnonzero(fate < self.spoil):
            windows[i] = spoiled(windows[i], rng)
            weights[i] = 0.0  # nobody could read the other labels
            targets[i, self.quality], weights[i, self.quality] = 1.0, SPOILED_WEIGHT
        for i in np.flatnonzero(fate > 1 - HIDDEN_SHARE):
            windows[i] = hidden_leads(windows[i], rng)
            if self.quality is not None:
                weights[i, self.quality] = 0.0  # a lost lead is poor quality; one that we hide says nothing of it
        return _labelled(windows, targets, weights)


def sampling_chances(targets: FloatArray, weights: FloatArray) -> npt.NDArray[np.float64]:
    """[N, C] -> [N]: a recording is drawn by the inverse square root of how often the rarest of its facts is stated.

    A fact is that a label holds, or that it does not. Were the absence of a label that few sources state not
    drawn as often as its presence, a network could tell the label by its source.

    Args:
        targets: [N, C] 0 to 1, or NaN.
        weights: [N, C]; what counts half or less is no fact.
    """
    stated = (weights > 0.5) & ~np.isnan(targets)
    rarity = np.ones(len(targets))
    holds = targets > 0.5
    for fact in (stated & holds, stated & ~holds):
        frequency = np.maximum(fact.mean(axis=0), 1e-6)
        rarity = np.maximum(rarity, np.where(fact, frequency**-0.5, 1.0).max(axis=1))
    rarity = rarity.clip(max=MOST_OFTEN)
    chances: npt.NDArray[np.float64] = rarity / rarity.sum()
    return chances


def _labelled(windows: FloatArray, targets: FloatArray, weights: FloatArray) -> Labelled:
    return Labelled(torch.from_numpy(windows), torch.from_numpy(np.nan_to_num(targets)), torch.from_numpy(weights))
