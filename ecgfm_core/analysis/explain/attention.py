"""Two maps by the attention: what each frame receives, and that weighted by what it does to the score."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ecgfm_core.analysis.encode import micro_batch
from ecgfm_core.analysis.explain.frames import frame_s, over_samples
from ecgfm_core.analysis.explain.method import Answer, Method, Question, batches
from ecgfm_core.model.encoder import pool
from ecgfm_core.types import FloatArray


def _attention(asked: Question) -> Answer:
    """Mean over heads and queries of the last layer: the windows' frames sum to 1."""
    frames = []
    with torch.inference_mode():
        for batch in batches(asked, micro_batch(asked.encoder)):
            frames.append(asked.encoder.net(batch, attention=True).attention[-1].mean(dim=1).cpu().numpy())
    return Answer(over_samples(np.concatenate(frames), asked.encoder, asked.values.shape))


def _relevance(asked: Question) -> Answer:
    """Chefer, Gur and Wolf 2021: what of a frame reaches the score through all layers.

    Layer by layer, the positive part of attention times its gradient, averaged over the heads, is added to what the
    layers before have mixed. The score is that of the mean over all frames, so the rows are averaged; a frame's
    share in itself, which is there without any attention, is left out. The convolution for the position has mixed
    neighbors before the first layer: what is found is a place among mixed frames.
    """
    frames = [_relevance_of(batch, asked) for batch in batches(asked, 1)]  # one by one: all layers are in memory
    return Answer(over_samples(np.concatenate(frames), asked.encoder, asked.values.shape))


def _relevance_of(batch: Tensor, asked: Question) -> FloatArray:
    """[1, 12, S] -> [1, F]."""
    net = asked.encoder.net
    with torch.no_grad():
        x = net.project(net.stem_norm(net.stem(batch).transpose(1, 2)))
    with torch.enable_grad():
        frames, maps = net.transform(x.requires_grad_(), attention=True)
        slopes = torch.autograd.grad(asked.aim.of(pool(frames)).sum(), maps)
    mixed = torch.eye(x.shape[1], device=x.device)[None]
    for weights, slope in zip(maps, slopes, strict=True):
        mixed = mixed + (weights * slope).clamp(min=0).mean(dim=1).detach() @ mixed
    relevance: FloatArray = (mixed.mean(dim=1) - 1 / x.shape[1]).cpu().numpy()
    return relevance


ATTENTION = Method(
    name="attention",
    title="Attention, last layer",
    says="Where the last layer looks: the same for every label and every lead. It says nothing for or against a label.",
    unit="share",
    per_lead=False,
    class_specific=False,
    resolution_s=frame_s,
    run=_attention,
)
RELEVANCE = Method(
    name="relevance",
    title="Relevance",
    says="Attention weighted by its effect on the score, through all layers: when, not in which lead, and only what "
    "speaks for the target. The maps of two labels are often alike.",
    unit="relative",
    per_lead=False,
    class_specific=True,
    resolution_s=frame_s,
    run=_relevance,
)
