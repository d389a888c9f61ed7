"""ECG-FM, read top to bottom: strided convolutions, a convolution for position, a post-norm transformer, a head.

Axes: B batch, L leads, S samples, F frames, D features (embed_dim), H heads, C labels. Written from the
facts of the published model (wav2vec 2.0 as in fairseq-signals; McKeen et al. 2024); see docs/model.md.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (the name PyTorch's own documentation uses)
from torch import Tensor, nn

from ecgfm_core.model.config import EncoderConfig


class Output(NamedTuple):
    """What one forward pass gives.

    `frames` [B, F, D], zero where padded; `pooled` [B, D]; `logits` [B, C] or None without a head;
    `attention` one [B, F, F] a layer, (query, key), mean over heads, or empty unless asked for;
    `padded` [B, F] True where a frame holds no signal, or None.
    """

    frames: Tensor
    pooled: Tensor
    logits: Tensor | None
    attention: tuple[Tensor, ...]
    padded: Tensor | None


class EcgFm(nn.Module):
    """[B, L, S] -> pooled [B, D] and logits [B, C]."""

    def __init__(self, config: EncoderConfig, labels: int) -> None:
        """Build the network with fresh weights; `labels` = 0 means a backbone without a head."""
        super().__init__()
        channels = config.conv_layers[-1].channels
        self.config = config
        self.stem = ConvStem(config)
        self.stem_norm = nn.LayerNorm(channels)
        self.project = nn.Linear(channels, config.embed_dim)
        self.position = PositionalConv(config)
        self.norm = nn.LayerNorm(config.embed_dim)
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(config.layers))
        self.head = nn.Linear(config.embed_dim, labels) if labels else None

    def forward(self, ecg: Tensor, padded: Tensor | None = None, *, attention: bool = False) -> Output:
        """Encode windows.

        Args:
            ecg: [B, L, S] in standard deviations.
            padded: [B, S] True where a sample is padding, always at the end; None = nowhere.
            attention: whether to return the attention of every layer (a slower path).
        """
        frames_padded = None if padded is None or not padded.any() else self.padded_frames(padded)
        x = self.stem_norm(self.stem(ecg).transpose(1, 2))  # [B, F, channels]
        x = self.project(x)  # [B, F, D]
        x = x + self.position(x)  # before padded frames are cleared: padding leaks into its neighbors, as published
        if frames_padded is not None:
            x = x.masked_fill(frames_padded[..., None], 0.0)
        x = self.norm(x)  # post-norm variant: here, and not after the last layer
        maps = []
        for layer in self.layers:
            x, weights = layer(x, frames_padded, attention)
            if weights is not None:
                maps.append(weights)
        if frames_padded is not None:
            x = x.masked_fill(frames_padded[..., None], 0.0)
        pooled = pool(x)
        logits = self.head(pooled) if self.head is not None else None
        return Output(x, pooled, logits, tuple(maps), frames_padded)

    def padded_frames(self, padded: Tensor) -> Tensor:
        """[B, S] -> [B, F]: True for the frames from the end of the signal on."""
        valid = self.stem.frames((~padded).sum(dim=1))
        total = int(self.stem.frames(torch.tensor(padded.shape[1])))
        return torch.arange(total, device=padded.device)[None] >= valid[:, None]


class ConvStem(nn.Module):
    """[B, L, S] -> [B, channels, F]: strided convolutions without bias, instance norm after the first, GELU."""

    def __init__(self, config: EncoderConfig) -> None:
        """Build the convolutions that the config lists."""
        super().__init__()
        widths = [config.in_leads, *(layer.channels for layer in config.conv_layers)]
        self.convs = nn.ModuleList(
            nn.Conv1d(width, layer.channels, layer.kernel, layer.stride, bias=False)
            for width, layer in zip(widths, config.conv_layers, strict=False)
        )
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight)  # type: ignore[arg-type]
        self.norm = nn.GroupNorm(widths[1], widths[1])  # a group a channel: statistics over time, padding included
        self.shapes = tuple((layer.kernel, layer.stride) for layer in config.conv_layers)

    def forward(self, x: Tensor) -> Tensor:
        """[B, L, S] -> [B, channels, F]."""
        x = gelu(self.norm(self.convs[0](x)))
        for conv in self.convs[1:]:
            x = gelu(conv(x))
        return x

    def frames(self, samples: Tensor) -> Tensor:
        """Number of frames for a number of samples; below one kernel there is none."""
        for kernel, stride in self.shapes:
            samples = torch.div(samples - kernel, stride, rounding_mode="floor") + 1
        return samples.clamp(min=0)


class PositionalConv(nn.Module):
    """[B, F, D] -> [B, F, D]: grouped convolution over time with weight norm a tap, GELU."""

    def __init__(self, config: EncoderConfig) -> None:
        """Build the weight as gain times direction."""
        super().__init__()
        dim, taps, groups = config.embed_dim, config.position_kernel, config.position_groups
        direction = torch.empty(dim, dim // groups, taps)
        nn.init.normal_(direction, std=(4 / (taps * dim)) ** 0.5)
        self.direction = nn.Parameter(direction)
        self.gain = nn.Parameter(direction.norm(dim=(0, 1), keepdim=True))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.groups = groups
        self.folded: Tensor | None
        self.register_buffer("folded", None, persistent=False)

    def fold(self) -> None:
        """Compute the weight once, for a network that is no longer trained."""
        self.folded = self.weight().detach()

    def weight(self) -> Tensor:
        """[D, D / groups, taps]: gain times direction, of norm 1 a tap."""
        weight: Tensor = self.direction * (self.gain / self.direction.norm(dim=(0, 1), keepdim=True))
        return weight

    def forward(self, x: Tensor) -> Tensor:
        """[B, F, D] -> [B, F, D]."""
        weight = self.weight() if self.folded is None else self.folded
        taps = weight.shape[2]
        x = F.conv1d(x.transpose(1, 2), weight, self.bias, padding=taps // 2, groups=self.groups)
        if taps % 2 == 0:
            x = x[..., :-1]  # an even kernel yields one extra frame
        return gelu(x).transpose(1, 2)


class TransformerLayer(nn.Module):
    """[B, F, D] -> [B, F, D]: attention, add, norm, feed-forward, add, norm."""

    def __init__(self, config: EncoderConfig) -> None:
        """Build one layer."""
        super().__init__()
        dim = config.embed_dim
        self.attention = SelfAttention(dim, config.heads)
        self.attention_norm = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, config.ffn_dim)
        self.contract = nn.Linear(config.ffn_dim, dim)
        self.output_norm = nn.LayerNorm(dim)
        for linear in (self.expand, self.contract):
            nn.init.normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor, padded: Tensor | None, want_weights: bool) -> tuple[Tensor, Tensor | None]:
        """[B, F, D] -> [B, F, D], and the attention [B, F, F] if wanted."""
        attended, weights = self.attention(x, padded, want_weights)
        x = self.attention_norm(x + attended)
        x = self.output_norm(x + self.contract(gelu(self.expand(x))))
        return x, weights


class SelfAttention(nn.Module):
    """[B, F, D] -> [B, F, D]: scaled dot-product attention of H heads."""

    def __init__(self, dim: int, heads: int) -> None:
        """Build the four projections."""
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        for linear in (self.query, self.key, self.value, self.out):
            nn.init.normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor, padded: Tensor | None, want_weights: bool) -> tuple[Tensor, Tensor | None]:
        """[B, F, D] -> [B, F, D], and the weights [B, F, F] (mean over heads) if wanted."""
        batch, frames, dim = x.shape
        query, key, value = (
            project(x).view(batch, frames, self.heads, -1).transpose(1, 2)  # [B, H, F, D/H]
            for project in (self.query, self.key, self.value)
        )
        seen = None if padded is None else ~padded[:, None, None, :]  # [B, 1, 1, F]
        if not want_weights:
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
            weights = None
        else:
            scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3)  # [B, H, F, F]
            if seen is not None:
                scores = scores.masked_fill(~seen, float("-inf"))
            probabilities = scores.softmax(dim=-1)
            mixed, weights = probabilities @ value, probabilities.mean(dim=1)
        return self.out(mixed.transpose(1, 2).reshape(batch, frames, dim)), weights


def pool(frames: Tensor) -> Tensor:
    """[B, F, D] -> [B, D]: sum over time by the number of frames that are not exactly zero, a channel at a time."""
    return frames.sum(dim=1) / (frames != 0).sum(dim=1)


def gelu(x: Tensor) -> Tensor:
    """GELU in its erf form, evaluated in float32 whatever the precision around it."""
    return F.gelu(x.float()).to(x.dtype)
