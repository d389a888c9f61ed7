"""A tiny encoder that has learnt to find a small shape in one lead, so that it is known what its score rests on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from ecgfm_core import Encoder
from ecgfm_core.labels import Label
from ecgfm_core.model.config import ConvLayer, EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.types import FloatArray, Windows

IntArray = npt.NDArray[np.int64]
LEAD, SAMPLES, WIDE = 7, 1000, 60
"""The shape is in V2, and 120 ms wide; a window lasts 2 s, so that many can be asked."""
PLANT, OTHER = "Plant", "Slow wave"
CONFIG = EncoderConfig(
    conv_layers=(ConvLayer(24, 8, 4), ConvLayer(24, 4, 2), ConvLayer(24, 2, 2)), embed_dim=32, layers=2, heads=4,
    ffn_dim=64, position_kernel=2, position_groups=4,
)  # fmt: skip
"""The kernel for the position is short: one of 2 s, as in ECG-FM, mixes the frames before any attention sees them."""
STEPS, BATCH, TRAINING = 480, 16, 3200


def plants(count: int, seed: int) -> tuple[FloatArray, FloatArray, IntArray]:
    """[N, 12, S] noise, [N, 2] which of the two labels hold, [N] first sample of the shape, -1 where it is absent.

    The shape, up and down, lies anywhere in V2. It is to be told from the same turned round, down and up, of which V2
    has up to one beside it, or up to two without it. So neither mean nor energy give it away, which the norm of the
    stem would carry to all frames. V5 has either or neither, which means nothing. The second label is a slow wave in
    lead II.
    """
    rng = np.random.default_rng(seed)
    values = 0.2 * rng.standard_normal((count, 12, SAMPLES), np.float32)
    held = np.stack([np.arange(count) % 2 == 0, rng.random(count) < 0.5], axis=1)
    shape = 4 * np.sin(np.arange(WIDE) / WIDE * 2 * np.pi) * np.hanning(WIDE)
    half = SAMPLES // 2
    first = rng.integers(2, size=count)
    at = rng.integers(20, half - 20 - WIDE, (count, 3)) + half * np.stack([first, 1 - first, first], axis=1)
    for row in range(count):
        sizes = (1, -rng.integers(2)) if held[row, 0] else -rng.integers(2, size=2)
        for lead, start, size in zip((LEAD, LEAD, 10), at[row], (*sizes, rng.integers(-1, 2)), strict=True):
            values[row, lead, start : start + WIDE] += shape * size
        values[row, 1] += 0.5 * held[row, 1] * np.sin(np.arange(SAMPLES) / 500 * 3 * np.pi + rng.uniform(0, 6))
    return values, held.astype(np.float32), np.where(held[:, 0], at[:, 0], -1)


@cache
def planted() -> Encoder:
    """The encoder, trained within seconds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same sums in the same order
    try:
        torch.manual_seed(0)
        net = EcgFm(CONFIG, 2)
        values, held, _ = plants(TRAINING, seed=1)
        inputs, wanted = torch.tensor(values), torch.tensor(held)
        optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
        order = torch.randperm(TRAINING).repeat(1 + STEPS * BATCH // TRAINING)
        for step in range(STEPS):
            rows = order[step * BATCH : (step + 1) * BATCH]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(inputs[rows]).logits, wanted[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    finally:
        torch.set_num_threads(threads)
    labels = (Label(PLANT, "mean"), Label(OTHER, "mean"))
    manifest = Manifest("planted", CONFIG, InputSpec(window_s=SAMPLES / 500), labels, "MIT", "a test")
    return Encoder(net.eval().requires_grad_(False), manifest, "planted", torch.device("cpu"), "")


def windows_of(values: FloatArray) -> Windows:
    """As the windows of one recording."""
    return Windows(values, np.arange(len(values), dtype=np.float32) * SAMPLES / 500, "planted")


def random_copy(encoder: Encoder, seed: int = 0) -> Encoder:
    """The same architecture with fresh weights."""
    torch.manual_seed(seed)
    net = EcgFm(encoder.config.architecture, len(encoder.labels)).eval().requires_grad_(False)
    return replace(encoder, net=net, fingerprint="random")
