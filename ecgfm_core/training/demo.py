"""The demo encoder: `python -m ecgfm_core.training.demo DEVELOPMENT_FOLDER WEIGHTS_FOLDER`.

Splits the development recordings by patient, trains, scores the validation patients once at the end, and
writes the weights folder with its model card. Deterministic for one machine and one version of torch.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit

from ecgfm_core.analysis.predict import predict
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.model.checkpoint import build, save_folder
from ecgfm_core.model.config import ConvLayer, EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.signal.windows import WINDOW_S, WINDOW_SAMPLES
from ecgfm_core.training.card import Score, demo_card, macro_auroc
from ecgfm_core.training.development import Labelled, load_development
from ecgfm_core.training.supervised import Recipe, train
from ecgfm_core.types import Encoding, FloatArray

ARCHITECTURE = EncoderConfig(conv_layers=(ConvLayer(64, 2, 2),) * 4, embed_dim=128, layers=4, heads=2, ffn_dim=512)
VALIDATION_SHARE = 0.2
SPLIT_SEED = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=2400)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # two threads are slower than one on such small products
    recipe = Recipe(steps=options.steps)
    data = load_development(options.data)
    training, validation = split_by_patient(data)
    started = time.process_time()
    state = train(training, ARCHITECTURE, recipe, _report)
    minutes = (time.process_time() - started) / 60
    labels = trained_labels(training)
    manifest = Manifest(
        name="demo",
        architecture=ARCHITECTURE,
        input=InputSpec(),
        labels=labels,
        licence="MIT",
        origin="trained from scratch by ecgfm_core.training.demo",
    )
    scores = score(build(manifest, state), validation, labels)
    card = demo_card(manifest, recipe, scores, (training, validation), minutes)
    save_folder(options.folder, state, manifest, card)
    sys.stderr.write(f"macro AUROC {macro_auroc(scores):.3f} after {minutes:.0f} CPU minutes\n")


def split_by_patient(data: Labelled) -> tuple[Labelled, Labelled]:
    """Training and validation, no patient in both."""
    splitter = GroupShuffleSplit(1, test_size=VALIDATION_SHARE, random_state=SPLIT_SEED)
    training, validation = next(splitter.split(np.zeros(len(data)), groups=data.patients))
    return data.take(training), data.take(validation)


def trained_labels(training: Labelled) -> tuple[Label, ...]:
    """The 17 labels with the training set's prevalence; those without a positive are marked not trained."""
    labels = []
    for label, column in zip(MIMIC_IV_ECG, training.targets.T, strict=True):
        known = column[~np.isnan(column)]
        prevalence = float(known.mean()) if len(known) else None
        labels.append(replace(label, prevalence=prevalence, trained=bool(np.nansum(column) > 0)))
    return tuple(labels)


def probabilities(net: EcgFm, signal: FloatArray, labels: tuple[Label, ...]) -> FloatArray:
    """[12, S] in standard deviations -> [C] of the recording, as `predict` combines its windows."""
    count = signal.shape[1] // WINDOW_SAMPLES
    windows = signal[:, : count * WINDOW_SAMPLES].reshape(12, count, WINDOW_SAMPLES).transpose(1, 0, 2)
    with torch.inference_mode():
        output = net(torch.from_numpy(np.ascontiguousarray(windows)))
    starts_s = (np.arange(count) * WINDOW_S).astype(np.float32)
    encoding = Encoding(output.pooled.numpy(), output.logits.numpy(), None, starts_s, labels, source="", encoder="")
    return predict(encoding).overall


def score(net: EcgFm, data: Labelled, labels: tuple[Label, ...]) -> tuple[Score, ...]:
    """AUROC and average precision of each label over the recordings that state it."""
    predicted = np.stack([probabilities(net, signal.astype(np.float32), labels) for signal in data.signals])
    scores = []
    for c, label in enumerate(labels):
        known = ~np.isnan(data.targets[:, c])
        truth, guess = data.targets[known, c], predicted[known, c]
        positives = int(truth.sum())
        both = label.trained and 0 < positives < len(truth)
        scores.append(
            Score(
                label=label.name,
                positives=positives,
                negatives=len(truth) - positives,
                auroc=float(roc_auc_score(truth, guess)) if both else None,
                average_precision=float(average_precision_score(truth, guess)) if both else None,
            )
        )
    return tuple(scores)


def _report(step: int, loss: float) -> None:
    if step % 50 == 0:
        sys.stderr.write(f"step {step}: loss {loss:.4f}\n")


if __name__ == "__main__":
    main()
