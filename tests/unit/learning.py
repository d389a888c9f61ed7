"""What the tests of training share: a few simulated hearts, ready to learn from."""

from functools import cache
from pathlib import Path

import numpy as np

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.model.config import ConvLayer, Dropout, EncoderConfig
from ecgfm_core.model.pretraining import Objective
from ecgfm_core.training.examples import Recordings
from ecgfm_core.training.pretraining import PretrainRecipe
from ecgfm_core.types import FloatArray

SMALL = EncoderConfig(conv_layers=(ConvLayer(16, 4, 4),) * 2, embed_dim=32, layers=1, heads=2, ffn_dim=32)
QUICK = PretrainRecipe(
    SMALL, Objective(codes=8, dim=16, negatives=5), Dropout(hidden=0.1), steps=6, pairs=3, micro_batches=2, lr=1e-3,
    save_every=2,
)  # fmt: skip
LABELS = ("Atrial fibrillation", "Poor data quality")


@cache
def signals(count: int, first: int) -> tuple[FloatArray, ...]:
    """Every second heart fibrillates."""
    hearts = [Heart(rhythm="atrial fibrillation" if i % 2 else "sinus") for i in range(count)]
    made = [ecg.simulate(heart, seed=first + i).record for i, heart in enumerate(hearts)]
    return tuple(ecg.preprocess(record).standardized for record in made)


def hearts(count: int = 12, first: int = 0) -> Recordings:
    """Simulated recordings of 10 s, seeded from `first` on; fibrillation is stated for all, quality for none."""
    kept = signals(count, first)
    targets = np.full((count, 2), np.nan, np.float32)
    targets[:, 0] = [i % 2 for i in range(count)]
    names = tuple(f"heart {first + i}" for i in range(count))
    patients = tuple(f"patient {(first + i) // 2}" for i in range(count))
    weights = (~np.isnan(targets)).astype(np.float32)
    return Recordings(
        lambda rows: [kept[row] for row in rows], (2,) * count, names, names, patients, LABELS, targets, weights,
        ("simulated",),
    )  # fmt: skip


def losses(folder: Path, part: str = "train") -> list[str]:
    """Everything recorded but the throughput, as it was written."""
    rows = (folder / "metrics.csv").read_text().splitlines()[1:]
    return [row.rpartition(",")[0] for row in rows if f",{part}," in row]
