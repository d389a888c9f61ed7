"""Encoding -> Prediction: sigmoid, and the windows combined by each label's own rule."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ecgfm_core.errors import NoLabels
from ecgfm_core.types import Encoding, FloatArray, Prediction


def predict(encoding: Encoding) -> Prediction:
    """Probabilities per window and for the recording.

    A label that may show in one window alone (poor quality, PVC, VT, SVT with
    aberrancy, pacemaker) takes the maximum over the windows, the others the
    mean. Labels that were not trained give NaN.

    Raises:
        NoLabels: the encoder is a backbone without a head.
    """
    if encoding.logits is None or not encoding.labels:
        raise NoLabels("this encoder has no labels: it is a backbone that gives embeddings only. Use a fine-tuned one.")
    temperature = np.array([label.temperature for label in encoding.labels])
    per_window: FloatArray = expit(encoding.logits / temperature).astype(np.float32)
    per_window[:, [not label.trained for label in encoding.labels]] = np.nan
    highest = np.array([label.rule == "max" for label in encoding.labels])
    overall = np.where(highest, per_window.max(axis=0), per_window.mean(axis=0))
    return Prediction(
        labels=encoding.labels,
        per_window=per_window,
        overall=overall,
        starts_s=encoding.starts_s,
        source=encoding.source,
        encoder=encoding.encoder,
    )
