"""A plain supervised loop: masked binary cross entropy, AdamW, cosine schedule, averaged weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812  (the name PyTorch's own documentation uses)
from torch import Tensor

from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.training.augment import augmented_window, corrupted
from ecgfm_core.training.development import LABELS, Labelled
from ecgfm_core.types import FloatArray

POOR_QUALITY = LABELS.index("Poor data quality")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast.

    Attributes:
        steps: optimizer steps.
        batch: windows a step; more steps helped more than larger batches.
        lr: peak learning rate, after a linear warm-up over a twentieth, followed by a cosine to zero.
        weight_decay: of AdamW.
        ema: decay of the averaged weights that are kept.
        corrupted: share of windows spoiled on purpose and labelled as poor quality.
        seed: of batches, augmentation and weights.
    """

    steps: int
    batch: int = 24
    lr: float = 1e-3
    weight_decay: float = 0.05
    ema: float = 0.995
    corrupted: float = 0.06
    seed: int = 0


def train(
    data: Labelled, config: EncoderConfig, recipe: Recipe, progress: Callable[[int, float], None]
) -> dict[str, Tensor]:
    """Train a classifier of the 17 labels from scratch; returns the averaged weights.

    Args:
        data: recordings with labels.
        config: sizes of the network.
        recipe: how long and how fast.
        progress: called with (step, loss) after every step.

    Raises:
        FloatingPointError: the loss is no longer finite.
    """
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    net = EcgFm(config, len(MIMIC_IV_ECG)).train()
    average = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.lr, recipe.steps, pct_start=0.05)
    chances = sampling_weights(data.targets)
    for step in range(recipe.steps):
        windows, targets, weights = make_batch(data, chances, recipe, rng)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(windows).logits.float()
        loss = masked_bce(logits, targets, weights)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss.item()} at step {step}; lower the learning rate")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        decay = min(recipe.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            for kept, current in zip(average.parameters(), net.parameters(), strict=True):
                kept.lerp_(current, 1 - decay)
        progress(step, loss.item())
    return average.state_dict()


def masked_bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """[B, C] each: mean binary cross entropy over what is known; weight 0 where a label is blank."""
    losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)


def sampling_weights(targets: FloatArray) -> npt.NDArray[np.float64]:
    """[N, C] -> [N] chances: a recording is drawn by the inverse square root of its rarest label's frequency."""
    positive = np.nan_to_num(targets) > 0
    frequency = np.maximum(positive.mean(axis=0), 1e-6)
    chances: npt.NDArray[np.float64] = np.where(positive, frequency**-0.5, 1.0).max(axis=1)
    chances /= chances.sum()
    return chances


def make_batch(
    data: Labelled, chances: npt.NDArray[np.float64], recipe: Recipe, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Windows [B, 12, 2500], targets [B, C] and their weights [B, C].

    A blank label weighs nothing, with one exception: the clinical databases do not speak of signal quality,
    and their recordings are taken as weakly (0.1) of good quality, spoiled ones (0.5) as of poor quality.
    """
    rows = rng.choice(len(data), recipe.batch, p=chances)
    targets = data.targets[rows].copy()
    weights = (~np.isnan(targets)).astype(np.float32)
    unstated = np.isnan(targets[:, POOR_QUALITY])
    weights[unstated, POOR_QUALITY] = 0.1
    targets = np.nan_to_num(targets)
    windows = np.empty((recipe.batch, 12, 2500), np.float32)
    for i, row in enumerate(rows):
        windows[i] = augmented_window(data.signals[row], rng)
        if rng.random() < recipe.corrupted:
            windows[i] = corrupted(windows[i], rng)
            weights[i] = 0.0  # nobody could read the other labels
            targets[i, POOR_QUALITY], weights[i, POOR_QUALITY] = 1.0, 0.5
    return torch.from_numpy(windows), torch.from_numpy(targets), torch.from_numpy(weights)
