"""Windows a second of pretraining and fine-tuning at three sizes, and their share of the measured matrix-product peak.

A share of the peak is a ratio within one run, so it can be compared between machines and hours.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.device import choose_device
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.masking import draw_negatives, mask_frames
from ecgfm_core.model.pretraining import Batch, Pretraining
from ecgfm_core.training.batches import Labelled
from ecgfm_core.training.finetuning import masked_bce
from ecgfm_core.training.optimizer import PublishedAdam
from ecgfm_core.training.presets import DEMO, PRETRAIN, TINY

ROUNDS = 5
SIZES = {"tiny": (TINY, 32), "demo": (DEMO, 32), "paper": (EncoderConfig(), 8)}
ON_A_GPU = 256
"""Windows a micro-batch there."""
SQUARE = 4096


def main() -> None:
    """Print a Markdown table."""
    device = choose_device()
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"\n{name}, torch {torch.__version__}, medians of {ROUNDS} updates, without reading recordings\n")
    print("| windows a second | pretraining, fp32 | bf16 | fine-tuning, fp32 | bf16 |\n|---|---|---|---|---|")
    for size, (config, windows) in SIZES.items():
        count = ON_A_GPU if device.type == "cuda" else windows
        cells = [
            _cell(kind(size, config, count, device), count, device, bf16=bf16)
            for kind in (_pretraining, _finetuning)
            for bf16 in (False, True)
        ]
        parameters = sum(p.numel() for p in EcgFm(config, 17).parameters()) / 1e6
        print(f"| {size}, {parameters:.2f} M parameters | {' | '.join(cells)} |", flush=True)
    print("\nIn brackets: share of the measured peak of matrix products of the same precision.")


def _cell(update: Callable[[], None], windows: int, device: torch.device, *, bf16: bool) -> str:
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        update()
        with FlopCounterMode(display=False) as counter:
            update()
        seconds = statistics.median(_seconds(update, device) for _ in range(ROUNDS))
        peak = _peak(device, torch.bfloat16 if bf16 else torch.float32)
    return f"{windows / seconds:.1f} ({counter.get_total_flops() / seconds / peak:.0%})"


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def _peak(device: torch.device, dtype: torch.dtype) -> float:
    """Operations a second of a large matrix product."""
    square = SQUARE if device.type == "cuda" else SQUARE // 2
    a, b = (torch.randn(square, square, device=device, dtype=dtype) for _ in range(2))
    a @ b
    return 2 * square**3 / min(_seconds(lambda: a @ b, device) for _ in range(5))


def _pretraining(size: str, config: EncoderConfig, windows: int, device: torch.device) -> Callable[[], None]:
    recipe = replace(PRETRAIN[size], architecture=config)
    net = Pretraining(config, recipe.objective, recipe.dropout).to(device).train()
    optimizer = PublishedAdam(net.parameters(), recipe.lr, recipe.betas, recipe.eps, recipe.decay)
    masked = torch.from_numpy(mask_frames(windows, config.frames(2500), np.random.RandomState(0)))
    batch = Batch(
        torch.randn(windows, 12, 2500),
        masked,
        draw_negatives(windows, int(masked[0].sum()), recipe.objective.negatives),
        torch.arange(windows // 2).repeat_interleave(2),
        torch.tensor([0, 1]).repeat(windows // 2),
    ).to(device)

    def update() -> None:
        optimizer.zero_grad(set_to_none=True)
        net(batch, 2.0).total.backward()
        optimizer.step()

    return update


def _finetuning(size: str, config: EncoderConfig, windows: int, device: torch.device) -> Callable[[], None]:
    net = EcgFm(config, len(MIMIC_IV_ECG)).to(device).train()
    optimizer = PublishedAdam(net.parameters(), 1e-6, (0.9, 0.98), 1e-8, 0.0)
    targets = (torch.rand(windows, len(MIMIC_IV_ECG)) < 0.1).float()
    batch = Labelled(*(x.to(device) for x in (torch.randn(windows, 12, 2500), targets, torch.ones_like(targets))))

    def update() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss, divisor = masked_bce(net(batch.windows).logits, batch)
        (loss / divisor).backward()
        optimizer.step()

    return update
