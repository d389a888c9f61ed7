"""The optimizer of the published training, and how it is told apart from PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class PublishedAdam(torch.optim.AdamW):
    """Adam with decoupled weight decay as in fairseq: epsilon is added before the bias correction, not after.

    PyTorch divides by sqrt(v) / sqrt(1 - b2^t) + eps, the original by (sqrt(v) + eps) / sqrt(1 - b2^t). Giving
    PyTorch eps / sqrt(1 - b2^t) at step t makes the two the same. The decay is subtracted, p - lr * decay * p:
    in float32 the factor 1 - lr * decay, which PyTorch multiplies by, would be off by a twentieth of the decay.
    """

    def __init__(self, params: Iterable[Any], lr: float, betas: tuple[float, float], eps: float, decay: float) -> None:
        """All parameters decay, biases and gains too, as published."""
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=0.0)
        self.published_eps, self.decay = eps, decay

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update."""
        for group in self.param_groups:
            trained = [p for p in group["params"] if p.grad is not None]
            torch._foreach_add_(trained, trained, alpha=-group["lr"] * self.decay)
            group["eps"] = self.published_eps / (1 - group["betas"][1] ** (self._taken(group) + 1)) ** 0.5
        result: float | None = super().step(closure)
        return result

    def _taken(self, group: dict[str, Any]) -> int:
        """Updates so far; parameters without a gradient have none."""
        counts = [self.state[p]["step"] for p in group["params"] if p in self.state and "step" in self.state[p]]
        return int(counts[0].item() if isinstance(counts[0], Tensor) else counts[0]) if counts else 0
