"""What is to be explained: a label, one label rather than another, or a probe; all are a direction among embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ecgfm_core.errors import EncoderMismatch, NoLabels
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import Probe


class Contrast(NamedTuple):
    """Why `label` rather than `versus`: the difference of their logits."""

    label: str
    versus: str


Target = str | Contrast | Probe


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A target, as an encoder knows it.

    Attributes:
        name: in words.
        weights: [D] and `bias`: the score of a window is weights . embedding + bias, a logit.
        temperature: by which the logit is divided before the sigmoid.
    """

    name: str
    weights: Tensor
    bias: Tensor
    temperature: float = 1.0

    def score(self, encoder: Encoder, batch: Tensor) -> Tensor:
        """[B, 12, S] -> [B] logits."""
        return self.of(encoder.net(batch).pooled)

    def of(self, pooled: Tensor) -> Tensor:
        """[B, D] embeddings -> [B] logits."""
        return pooled @ self.weights + self.bias

    def probability(self, scores: Tensor) -> Tensor:
        """[B] logits -> [B] probabilities; for a contrast, of `label` where one of the two is to be chosen."""
        return torch.sigmoid(scores / self.temperature)


def aim_at(target: Target, encoder: Encoder) -> Aim:
    """Find the direction that a target means.

    Raises:
        NoLabels: the encoder has no such label, or was not trained for it.
        EncoderMismatch: the probe belongs to another encoder.
    """
    if isinstance(target, Probe):
        if target.encoder != encoder.fingerprint:
            raise EncoderMismatch(
                f"the probe {target.label.name} belongs to the encoder {target.encoder[:8]}, and this is "
                f"{encoder.fingerprint[:8]}. Choose the probe's encoder."
            )
        weights = torch.tensor(target.weights, device=encoder.device)
        return Aim(target.label.name, weights, weights.new_tensor(target.bias), target.label.temperature)
    if isinstance(target, Contrast):
        first, second = aim_at(target.label, encoder), aim_at(target.versus, encoder)
        return Aim(
            f"{target.label} rather than {target.versus}", first.weights - second.weights, first.bias - second.bias
        )
    head, place = encoder.net.head, _place(target, encoder)
    assert head is not None
    return Aim(target, head.weight[place], head.bias[place], encoder.labels[place].temperature)


def _place(name: str, encoder: Encoder) -> int:
    trained = [label.name for label in encoder.labels if label.trained]
    if name not in trained:
        known = ", ".join(trained) or "none"
        raise NoLabels(f"{name}: the encoder {encoder.name} has no such label. It was trained for: {known}.")
    return [label.name for label in encoder.labels].index(name)
