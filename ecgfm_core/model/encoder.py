"""ECG-FM, read top to bottom: strided convolutions, a convolution for position, a post-norm transformer, a head.

Axes: B batch, L leads, S samples, F frames, D features (embed_dim), H heads, C labels. Written from the
facts of the published model (wav2vec 2.0 as in fairseq-signals; McKeen et al. 2024); see docs/model.md.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (the name PyTorch's own documentation uses)
from torch import Tensor, nn

from ecgfm_core.model.config import Dropout, EncoderConfig


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

    def __init__(self, config: EncoderConfig, labels: int, dropout: Dropout = Dropout()) -> None:  # noqa: B008 (frozen)
        """Build the network with fresh weights; `labels` = 0 means a backbone without a head."""
        super().__init__()
        channels = config.conv_layers[-1].channels
        self.config = config
        self.stem = ConvStem(config)
        self.stem_norm = nn.LayerNorm(channels)
        self.project = nn.Linear(channels, config.embed_dim)
        self.position = PositionalConv(config)
        self.norm = nn.LayerNorm(config.embed_dim)
        self.layers = nn.ModuleList(TransformerLayer(config, dropout) for _ in range(config.layers))
        self.head = nn.Linear(config.embed_dim, labels) if labels else None
        if self.head is not None:
            nn.init.xavier_uniform_(self.head.weight)
            nn.init.zeros_(self.head.bias)
        self.drop_input, self.drop_hidden = nn.Dropout(dropout.input), nn.Dropout(dropout.hidden)

    def forward(self, ecg: Tensor, padded: Tensor | None = None, *, attention: bool = False) -> Output:
        """Encode windows.

        Args:
            ecg: [B, L, S] in standard deviations.
            padded: [B, S] True where a sample is padding, always at the end; None = nowhere.
            attention: whether to return the attention of every layer (a slower path).
        """
        frames_padded = None if padded is None or not padded.any() else self.padded_frames(padded)
        features = self.stem_norm(self.stem(ecg).transpose(1, 2))  # [B, F, channels]
        x, maps = self.transform(self.drop_input(self.project(features)), frames_padded, attention=attention)
        pooled = pool(x)
        logits = self.head(pooled) if self.head is not None else None
        return Output(x, pooled, logits, tuple(one.mean(dim=1) for one in maps), frames_padded)

    def transform(
        self, x: Tensor, padded: Tensor | None = None, *, attention: bool = False
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Projected features [B, F, D] -> frames [B, F, D], zero where `padded` [B, F]; each layer's [B, H, F, F]."""
        x = x + self.position(x)  # before padded frames are cleared: padding leaks into its neighbors, as published
        if padded is not None:
            x = x.masked_fill(padded[..., None], 0.0)
        x = self.drop_hidden(self.norm(x))  # post-norm variant: here, and not after the last layer
        maps = []
        for layer in self.layers:
            x, weights = layer(x, padded, attention)
            if weights is not None:
                maps.append(weights)
        if padded is not None:
            x = x.masked_fill(padded[..., None], 0.0)
        return x, tuple(maps)

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

    def __init__(self, config: EncoderConfig, dropout: Dropout) -> None:
        """Build one layer."""
        super().__init__()
        dim = config.embed_dim
        self.attention = SelfAttention(dim, config.heads, dropout.attention)
        self.attention_norm = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, config.ffn_dim)
        self.contract = nn.Linear(config.ffn_dim, dim)
        self.output_norm = nn.LayerNorm(dim)
        for linear in (self.expand, self.contract):
            nn.init.normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)
        self.drop, self.drop_activation = nn.Dropout(dropout.hidden), nn.Dropout(dropout.activation)

    def forward(self, x: Tensor, padded: Tensor | None, want_weights: bool) -> tuple[Tensor, Tensor | None]:
        """[B, F, D] -> [B, F, D], and the attention [B, H, F, F] if wanted."""
        attended, weights = self.attention(x, padded, want_weights)
        x = self.attention_norm(x + self.drop(attended))
        x = self.output_norm(x + self.drop(self.contract(self.drop_activation(gelu(self.expand(x))))))
        return x, weights


class SelfAttention(nn.Module):
    """[B, F, D] -> [B, F, D]: scaled dot-product attention of H heads."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        """Build the four projections."""
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        for linear in (self.query, self.key, self.value, self.out):
            nn.init.normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor, padded: Tensor | None, want_weights: bool) -> tuple[Tensor, Tensor | None]:
        """[B, F, D] -> [B, F, D], and the weights [B, H, F, F] (query, key) if wanted."""
        batch, frames, dim = x.shape
        query, key, value = (
            project(x).view(batch, frames, self.heads, -1).transpose(1, 2)  # [B, H, F, D/H]
            for project in (self.query, self.key, self.value)
        )
        seen = None if padded is None else ~padded[:, None, None, :]  # [B, 1, 1, F]
        silenced = self.dropout if self.training else 0.0
        slow = self.training and x.device.type == "cpu"  # the fused form's gradient takes three times as long there
        if not want_weights and not slow:
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen, dropout_p=silenced)
            weights = None
        else:
            scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3)  # [B, H, F, F]
            if seen is not None:
                scores = scores.masked_fill(~seen, float("-inf"))
            probabilities = scores.softmax(dim=-1)
            mixed = F.dropout(probabilities, silenced) @ value
            weights = probabilities if want_weights else None
        return self.out(mixed.transpose(1, 2).reshape(batch, frames, dim)), weights


def pool(frames: Tensor) -> Tensor:
    """[B, F, D] -> [B, D]: sum over time by the number of frames that are not exactly zero, a channel at a time."""
    return frames.sum(dim=1) / (frames != 0).sum(dim=1)


def gelu(x: Tensor) -> Tensor:
    """GELU in its erf form; PyTorch evaluates it in float32 whatever the precision of `x`."""
    return F.gelu(x)
