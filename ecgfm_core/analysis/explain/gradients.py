"""Three maps by the slope of the score: at the recording, near it, and along the way to it from a reference."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ecgfm_core.analysis.explain.method import Answer, Method, Question, batches
from ecgfm_core.analysis.nearest import stop_if
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.types import FloatArray

TOGETHER = 8
"""Windows whose gradient is taken together, at most: all that was computed is kept for the way back."""
REFERENCES, STEPS = 4, 64
"""Phase-shuffled copies of a window, and points on the way from each (Gauss-Legendre); see ADR 14."""
COPIES, NOISE = 32, 0.3
"""Noisy copies of a window, and their noise as a share of each lead's standard deviation; see ADR 14."""


def _slope(asked: Question, points: Tensor) -> Tensor:
    """[B, 12, S] -> the gradient of the score there."""
    inputs = points.detach().requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(asked.aim.score(asked.encoder, inputs).sum(), inputs)
    return slope


def _gradient_x_input(asked: Question) -> Answer:
    parts = [(_slope(asked, batch) * batch).cpu().numpy() for batch in batches(asked, TOGETHER)]
    return Answer(np.concatenate(parts))


def _smoothgrad(asked: Question) -> Answer:
    """Smilkov et al. 2017: the mean of the slopes [12, S] at noisy copies of a window, times the window itself.

    The noise is white and normal, drawn apart for each lead and sample; a flat lead has none. The paper shows the mean
    slope alone: how the score would go with more voltage there, whether or not there is any. Times the window it is
    what the voltage that is there does for the score, as in gradient x input.
    """
    values, together = np.zeros_like(asked.values), TOGETHER
    for row, window in enumerate(asked.values):
        rng = np.random.default_rng(asked.seed)  # anew, so that a window's map does not depend on those before it
        deviation = NOISE * window.std(axis=1, keepdims=True)
        for first in range(0, COPIES, together):
            stop_if(asked.cancel)
            count = min(together, COPIES - first)
            copies = window + deviation * rng.standard_normal((count, *window.shape), np.float32)
            slopes = _slope(asked, torch.tensor(copies, device=asked.encoder.device))
            values[row] += slopes.sum(dim=0).cpu().numpy() / COPIES * window
            asked.progress(row * COPIES + first + count, len(values) * COPIES)
    return Answer(values)


def _integrated_gradients(asked: Question) -> Answer:
    """Sundararajan, Taly and Yan 2017, the mean over several references."""
    values, gaps = np.zeros_like(asked.values), np.zeros(len(asked.values), np.float32)
    for row, window in enumerate(asked.values):
        rng = np.random.default_rng(asked.seed)  # anew, so that a window's map does not depend on those before it
        explained = change = 0.0
        for number in range(REFERENCES):
            found, one, other = _along(asked, window, shuffled(window, rng))
            values[row] += found / REFERENCES
            explained, change = explained + one, change + other
            asked.progress(row * REFERENCES + number + 1, len(values) * REFERENCES)
        gaps[row] = abs(explained - change) / max(abs(change), 1e-6)
    return Answer(values, gaps)


def _along(asked: Question, window: FloatArray, reference: FloatArray) -> tuple[FloatArray, float, float]:
    """[12, S] the map of one way, what it explains of the score's change, and that change."""
    places, weights = np.polynomial.legendre.leggauss(STEPS)
    device, together = asked.encoder.device, TOGETHER
    start, way = (torch.tensor(one, device=device) for one in (reference, window - reference))
    at, share = (torch.tensor(one / 2, dtype=torch.float32, device=device) for one in (places + 1, weights))
    slope = torch.zeros_like(way)
    for first in range(0, STEPS, together):
        stop_if(asked.cancel)
        part = slice(first, first + together)
        slope += torch.einsum("b,bls->ls", share[part], _slope(asked, start + at[part, None, None] * way))
    with torch.inference_mode():
        before, after = asked.aim.score(asked.encoder, torch.stack([start, start + way])).tolist()
    found: FloatArray = (slope * way).cpu().numpy()
    return found, float(found.sum(dtype=np.float64)), after - before


def shuffled(window: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[12, S] -> a copy that has each lead's amplitudes at all frequencies, and no wave.

    All leads are shifted by the same phases, so that they go together as in the recording, and Einthoven's law holds.
    """
    spectrum = np.fft.rfft(window, axis=1)
    phases = rng.uniform(0, 2 * np.pi, (spectrum.shape[1],))
    phases[[0, -1]] = 0  # the mean, and the highest frequency of an even number of samples, are real
    moved: FloatArray = np.fft.irfft(spectrum * np.exp(1j * phases), window.shape[1], axis=1).astype(np.float32)
    return moved


def _sample_s(encoder: Encoder) -> float:
    return 1 / encoder.config.input.fs


GRADIENT_X_INPUT = Method(
    name="gradient_x_input",
    title="Gradient x input",
    says="How fast the score changes with each sample, times the sample: a view from very close by.",
    unit="logit",
    per_lead=True,
    class_specific=True,
    resolution_s=_sample_s,
    run=_gradient_x_input,
)
SMOOTHGRAD = Method(
    name="smoothgrad",
    title="SmoothGrad x input",
    says="Gradient x input with its slope averaged over copies of the window with a little noise: what one sample's "
    "chance does to the slope is averaged out.",
    unit="logit",
    per_lead=True,
    class_specific=True,
    resolution_s=_sample_s,
    run=_smoothgrad,
)
INTEGRATED_GRADIENTS = Method(
    name="integrated_gradients",
    title="Integrated gradients",
    says="How the score comes about on the way from ECGs without waves, of the same frequencies, to this one; the gap "
    "says what the map does not explain.",
    unit="logit",
    per_lead=True,
    class_specific=True,
    resolution_s=_sample_s,
    run=_integrated_gradients,
)
