"""How good the demo encoder is: by folds and by sites of the four fifths, and, once, on the fifth kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.model.checkpoint import Encoder, build
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.training.examples import Recordings
from ecgfm_core.training.heads import fitted, scored_logits
from ecgfm_core.training.presets import DEMO
from ecgfm_core.training.scoring import logits_of, outputs
from ecgfm_core.types import Evaluation, FloatArray

NAME, LICENCE = "demo", "MIT"
ORIGIN = "trained by this project on simulated and development recordings (ecgfm_core.training.demo)"


class Judged(NamedTuple):
    """Recordings that an encoder did not learn from, and the logits [W, C] that it gave their windows."""

    data: Recordings
    logits: tuple[FloatArray, ...]


def manifest(labels: tuple[Label, ...]) -> Manifest:
    """What the weights folder says of the demo encoder."""
    return Manifest(NAME, DEMO, InputSpec(), labels, LICENCE, ORIGIN)


def known_labels(learned: Recordings) -> tuple[Label, ...]:
    """The 17 labels with their prevalence among real recordings; all are trained, on simulated ones at least."""
    labels = []
    for label, column in zip(MIMIC_IV_ECG, learned.targets.T, strict=True):
        stated = column[~np.isnan(column)]
        labels.append(replace(label, prevalence=float(stated.mean()) if len(stated) else None))
    return tuple(labels)


def read(state: Mapping[str, Tensor], signals: Sequence[FloatArray]) -> list[FloatArray]:
    """[N] signals [12, S] at 500 Hz in standard deviations -> the logits [W, C] of each one's windows."""
    return [made.logits for made in outputs(signals, _encoder(state)) if made.logits is not None]


def judge(state: Mapping[str, Tensor], data: Recordings) -> Judged:
    """Let an encoder read recordings."""
    return Judged(data, tuple(logits_of(data, _encoder(state))))


def _encoder(state: Mapping[str, Tensor]) -> Encoder:
    """These tensors with the published labels, before any temperature."""
    published = manifest(MIMIC_IV_ECG)
    return Encoder(build(published, state), published, "", torch.device("cpu"), "")


def together(parts: Sequence[Judged], data: Recordings) -> Judged:
    """Parts, each judged by the encoder that did not learn from it, as one; `data` holds the recordings of all."""
    by_id = {id: logits for part in parts for id, logits in zip(part.data.ids, part.logits, strict=True)}
    rows = [row for row, id in enumerate(data.ids) if id in by_id]
    there = data.take(rows)
    return Judged(there, tuple(by_id[id] for id in there.ids))


def calibrated(judged: Judged, labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """The labels with temperatures and thresholds that fit what encoders said of recordings they had not seen."""
    return fitted(labels, judged.logits, judged.data, "cross-fitted folds of the training recordings")


def evaluated(judged: Judged, labels: tuple[Label, ...], *, bootstrap: int = 1000) -> Evaluation:
    """Figures by label, with intervals by patient."""
    return evaluate(scored_logits(labels, judged.logits, judged.data), labels, bootstrap=bootstrap)
