"""WCR pretraining: wav2vec 2.0 with a quantizer, contrast of consecutive segments (CMSC), random lead masking.

Tensors only. Axes: B windows of a batch, F frames, M hidden frames a window, K negatives, G groups of codes,
V codes a group, D features. Facts: McKeen et al. 2024 (arXiv 2408.05178) and its implementation in
fairseq-signals (`wav2vec2_with_cmsc`); see docs/training.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (the name PyTorch's own documentation uses)
from torch import Tensor, nn

from ecgfm_core.errors import WeightsInvalid
from ecgfm_core.model.config import Dropout, EncoderConfig
from ecgfm_core.model.encoder import EcgFm, pool

PUBLISHED_DROPOUT = Dropout(input=0.1, hidden=0.1, attention=0.1)


@dataclass(frozen=True, slots=True)
class Objective:
    """The task of pretraining; the defaults are those of the published ECG-FM.

    Attributes:
        mask_share: of the frames hidden, before overlaps and thinning.
        mask_span: frames hidden in a row.
        codes: V, entries of the codebook a group.
        groups: G, groups of codes; a target is one code of each.
        dim: of targets and answers when they are compared.
        negatives: K, other hidden frames of the window that an answer is compared with.
        temperature: cosines are divided by it.
        gumbel: temperature of the choice of codes: at the start, at least, decay a step.
        diversity: weight of the use of all codes.
        penalty: weight of the mean square of the stem's output.
        stem_gradient: share of the gradient that reaches the stem.
        drop_features: dropout of the targets before they are quantized.
    """

    mask_share: float = 0.65
    mask_span: int = 10
    codes: int = 320
    groups: int = 2
    dim: int = 256
    negatives: int = 100
    temperature: float = 0.1
    gumbel: tuple[float, float, float] = (2.0, 0.5, 0.999995)
    diversity: float = 0.1
    penalty: float = 10.0
    stem_gradient: float = 0.1
    drop_features: float = 0.1

    def __post_init__(self) -> None:
        """Refuse sizes that do not divide.

        Raises:
            WeightsInvalid: `dim` is no multiple of `groups`.
        """
        if self.dim % self.groups:
            raise WeightsInvalid(f"pretraining: dim {self.dim} must be a multiple of groups {self.groups}.")

    def gumbel_temperature(self, step: int) -> float:
        """Temperature of the choice of codes after `step` updates."""
        start, least, decay = self.gumbel
        return max(start * decay**step, least)


class Losses(NamedTuple):
    """Sums over the batch, as scalars: `total` = the other four; its gradient is to be divided by `targets`.

    `correct`: answers closest to their own target; `code_perplexity` and `prob_perplexity`: how many codes are
    in use, of G * V.
    """

    total: Tensor
    contrastive: Tensor
    diversity: Tensor
    penalty: Tensor
    cmsc: Tensor
    targets: Tensor
    correct: Tensor
    code_perplexity: Tensor
    prob_perplexity: Tensor


class Quantized(NamedTuple):
    """Targets as codes: `vectors` [B, M, dim], `chosen` [B, M, G] and the two perplexities."""

    vectors: Tensor
    chosen: Tensor
    code_perplexity: Tensor
    prob_perplexity: Tensor


class Views(NamedTuple):
    """What the losses compare: `context` and `quantized.vectors` [B, M, dim], `frames` [B, F, D], `penalty` []."""

    context: Tensor
    quantized: Quantized
    frames: Tensor
    penalty: Tensor


class Pretraining(nn.Module):
    """[B, L, S] and what is hidden -> `Losses`: the encoder with the modules that only pretraining needs."""

    def __init__(self, config: EncoderConfig, objective: Objective, dropout: Dropout = PUBLISHED_DROPOUT) -> None:
        """Build with fresh weights."""
        super().__init__()
        channels = config.conv_layers[-1].channels
        self.objective = objective
        self.encoder = EcgFm(config, 0, dropout)
        self.mask = nn.Parameter(torch.rand(config.embed_dim))
        self.quantizer = Quantizer(channels, objective)
        self.project_target = nn.Linear(objective.dim, objective.dim)
        self.project_context = nn.Linear(config.embed_dim, objective.dim)
        self.drop_features = nn.Dropout(objective.drop_features)

    def forward(self, batch: Batch, gumbel_temperature: float = 1.0, noise: Tensor | None = None) -> Losses:
        """The four losses of a batch.

        Args:
            batch: windows, what is hidden, negatives, and which windows are of one recording.
            gumbel_temperature: of the choice of codes; not used in evaluation.
            noise: [B * M * G, V] Gumbel noise; drawn where None.
        """
        views = self.views(batch, gumbel_temperature, noise)
        goal, quantized = self.objective, views.quantized
        logits = contrastive_logits(views.context, quantized.vectors, batch.negatives, goal.temperature)
        flat = logits.reshape(-1, logits.shape[-1])  # [B * M, 1 + K]
        count = torch.tensor(len(flat), device=flat.device)
        total_codes = goal.codes * goal.groups
        contrastive = F.cross_entropy(flat, flat.new_zeros(len(flat), dtype=torch.long), reduction="sum")
        diversity = goal.diversity * count * (total_codes - quantized.prob_perplexity) / total_codes
        penalty = goal.penalty * count * views.penalty
        cmsc = count * consecutive_contrast(pool(views.frames), batch.recordings, batch.segments, goal.temperature)
        correct = ((flat.argmax(dim=1) == 0) & (flat.argmin(dim=1) != 0)).sum()  # all alike is not correct
        total = contrastive + diversity + penalty + cmsc
        return Losses(
            total, contrastive, diversity, penalty, cmsc, count, correct,
            quantized.code_perplexity, quantized.prob_perplexity,
        )  # fmt: skip

    def views(self, batch: Batch, gumbel_temperature: float, noise: Tensor | None) -> Views:
        """One masked forward pass, and the quantized targets of what was hidden."""
        rows = len(batch.ecg)
        raw = self.encoder.stem(batch.ecg).transpose(1, 2)  # [B, F, channels]
        if raw.requires_grad:
            raw.register_hook(lambda gradient: gradient * self.objective.stem_gradient)
        features = self.encoder.stem_norm(raw)
        x = self.encoder.drop_input(self.encoder.project(features))
        x = torch.where(batch.masked[..., None], self.mask.to(x.dtype), x)
        frames, _ = self.encoder.transform(x)
        context = self.project_context(frames[batch.masked].view(rows, -1, frames.shape[-1]))
        hidden = self.drop_features(features)[batch.masked].view(rows, -1, features.shape[-1])
        quantized = self.quantizer(hidden, gumbel_temperature, noise)
        projected = quantized._replace(vectors=self.project_target(quantized.vectors))
        return Views(context, projected, frames, raw.float().pow(2).mean())


class Batch(NamedTuple):
    """A batch for pretraining.

    `ecg` [B, L, S] with hidden leads zero; `masked` [B, F] True where a frame is hidden, the same number M in
    each row; `negatives` [B, M * K] as `draw_negatives` gives them; `recordings` [B] which recording;
    `segments` [B] 0 or 1: which of two consecutive windows.
    """

    ecg: Tensor
    masked: Tensor
    negatives: Tensor
    recordings: Tensor
    segments: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


class Quantizer(nn.Module):
    """[B, M, channels] -> codes: in each group the code of the largest logit, with Gumbel noise while training."""

    def __init__(self, channels: int, objective: Objective) -> None:
        """Build the codebook."""
        super().__init__()
        self.groups, self.size = objective.groups, objective.codes
        self.codes = nn.Parameter(torch.rand(1, self.groups * self.size, objective.dim // self.groups))
        self.choose = nn.Linear(channels, self.groups * self.size)
        nn.init.normal_(self.choose.weight, std=1.0)
        nn.init.zeros_(self.choose.bias)

    def forward(self, x: Tensor, temperature: float, noise: Tensor | None = None) -> Quantized:
        """Quantize, straight through: the choice is hard, its gradient that of the softmax."""
        batch, masked, _ = x.shape
        logits = self.choose(x).float().view(-1, self.size)  # [B * M * G, V]
        by_group = logits.view(-1, self.groups, self.size)
        picks = logits.argmax(dim=-1)
        hard = F.one_hot(picks, self.size).to(logits.dtype)
        code_perplexity = _perplexity(hard.view_as(by_group).mean(dim=0))
        prob_perplexity = _perplexity(by_group.softmax(dim=-1).mean(dim=0))
        if self.training:
            gumbel = -torch.empty_like(logits).exponential_().log() if noise is None else noise
            soft = ((logits + gumbel) / temperature).softmax(dim=-1)
            picks = soft.argmax(dim=-1)
            hard = F.one_hot(picks, self.size).to(logits.dtype) - soft.detach() + soft
        book = self.codes.view(self.groups, self.size, -1)
        vectors = torch.einsum("ngv,gvd->ngd", hard.view_as(by_group), book)
        chosen = picks.view(batch, masked, self.groups)
        return Quantized(vectors.reshape(batch, masked, -1), chosen, code_perplexity, prob_perplexity)


def contrastive_logits(context: Tensor, targets: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """[B, M, 1 + K]: cosine of each answer with its own target, then with its negatives, over the temperature.

    Targets that equal an answer's own exactly are no negatives: -inf.

    Args:
        context: [B, M, dim].
        targets: [B, M, dim].
        negatives: [B, M * K], flat into the B * M targets, each of its own row.
        temperature: cosines are divided by it.
    """
    batch, masked, _ = targets.shape
    with _exact(context):
        answers, goals = F.normalize(context.float(), dim=-1), F.normalize(targets.float(), dim=-1)
        cosines = answers @ goals.transpose(1, 2)  # [B, M, M]
    own = torch.arange(batch, device=negatives.device)[:, None] * masked
    places = (negatives - own).view(batch, masked, -1)  # [B, M, K] within the row
    same = (targets[:, :, None] == targets[:, None]).all(dim=-1)  # [B, M, M]
    others = cosines.gather(2, places).masked_fill(same.gather(2, places), float("-inf"))
    return torch.cat([cosines.diagonal(dim1=1, dim2=2)[..., None], others], dim=-1) / temperature


def consecutive_contrast(pooled: Tensor, recordings: Tensor, segments: Tensor, temperature: float) -> Tensor:
    """CMSC: the first and second windows of a recording shall be closest to each other; a scalar.

    Args:
        pooled: [B, D]; the norm by which it is divided takes no gradient, as published.
        recordings: [B] which recording a window is of.
        segments: [B] 0 for the first of two consecutive windows, 1 for the second.
        temperature: cosines are divided by it.

    Source: Kiyasseh et al. 2021 (CLOCS), as in fairseq-signals.
    """
    z = pooled.float()
    z = z / z.norm(dim=-1, keepdim=True).detach().clamp(min=1e-8)
    first, second = segments == 0, segments == 1
    with _exact(z):
        similar = z[first] @ z[second].T / temperature  # [B / 2, B / 2]
    positive = recordings[first][:, None] == recordings[second][None]
    rows = -similar.log_softmax(dim=1)[positive].mean()
    columns = -similar.log_softmax(dim=0)[positive].mean()
    contrast: Tensor = (rows + columns) / 2
    return contrast


def _exact(like: Tensor) -> torch.autocast:
    """Products in float32 whatever the precision around: in bfloat16 many cosines would tie."""
    return torch.autocast(like.device.type, enabled=False)


def _perplexity(shares: Tensor) -> Tensor:
    """[G, V] -> how many codes are in use: the exponential of the entropy, summed over groups."""
    entropy: Tensor = -(shares * (shares + 1e-7).log()).sum(dim=-1)
    return entropy.exp().sum()
