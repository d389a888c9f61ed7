"""An encoder over many recordings: what it makes of every window, kept in the cohort; and recordings with scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ecgfm_core.analysis.building.embedding import Outputs, encode_together
from ecgfm_core.analysis.cohort import Cohort
from ecgfm_core.analysis.predict import predict
from ecgfm_core.errors import NothingToLearn, TrainingError
from ecgfm_core.labels import Label
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.signal.windows import WINDOW_S, WINDOW_SAMPLES
from ecgfm_core.training.examples import Recordings
from ecgfm_core.types import Encoding, FloatArray, Scored

TOGETHER, KEPT_TOGETHER = 32, 2048
"""Recordings that are read and encoded together, and that are written together: every write costs a version."""


def outputs(signals: Sequence[FloatArray], encoder: Encoder) -> list[Outputs]:
    """Encode recordings [12, S] at 500 Hz in standard deviations; the rest after the last whole window is left out."""
    return encode_together([_windows(signal) for signal in signals], encoder)


def logits_of(data: Recordings, encoder: Encoder) -> list[FloatArray]:
    """[W, C] of each recording, by an encoder with labels; read and encoded a few at a time."""
    few = [range(start, min(start + TOGETHER, len(data))) for start in range(0, len(data), TOGETHER)]
    return [one.logits for rows in few for one in outputs(data.signals(rows), encoder) if one.logits is not None]


def embed(
    cohort: Cohort,
    encoder: Encoder,
    rows: Sequence[int],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> None:
    """Add what the encoder makes of these recordings to the cohort; what is there already is not computed again.

    Raises:
        TrainingError: cancelled; what is done is kept.
        CohortUnwritable: the cohort cannot be written.
    """
    known = cohort.embedded(encoder.fingerprint)
    lacking = [row for row in rows if cohort.ids[row] not in known]
    for begin in range(0, len(lacking), KEPT_TOGETHER):
        made: list[Outputs] = []
        part = lacking[begin : begin + KEPT_TOGETHER]
        for start in range(0, len(part), TOGETHER):
            if cancel():
                _keep(cohort, encoder, part[: len(made)], made)
                raise TrainingError(f"cancelled after {begin + start} of {len(lacking)} recordings. Start it again.")
            made += outputs(cohort.signals(part[start : start + TOGETHER]), encoder)
            progress(begin + len(made), len(lacking))
        _keep(cohort, encoder, part, made)


def _keep(cohort: Cohort, encoder: Encoder, rows: Sequence[int], made: Sequence[Outputs]) -> None:
    logits = [one.logits for one in made if one.logits is not None]
    if rows:
        ids = [cohort.ids[row] for row in rows]
        cohort.add_embeddings(encoder.fingerprint, ids, [one.pooled for one in made], logits or None)


def shared_labels(cohort: Cohort, encoder: Encoder) -> list[int]:
    """Places of the encoder's labels that the cohort has too.

    Raises:
        NothingToLearn: there is none.
    """
    shared = [c for c, label in enumerate(encoder.labels) if label.name in cohort.labels]
    if not shared:
        raise NothingToLearn(f"{cohort.folder.name}: cohort and encoder share no label. Prepare a cohort that has one.")
    return shared


def scored(cohort: Cohort, encoder: Encoder, rows: Sequence[int]) -> tuple[Scored, tuple[Label, ...]]:
    """Truth and probabilities of some recordings, for the labels that cohort and encoder share.

    The cohort must hold the encoder's outputs for them (`embed`).

    Raises:
        NothingToLearn: they share no label.
    """
    shared = shared_labels(cohort, encoder)
    labels = tuple(encoder.labels[c] for c in shared)
    columns = [cohort.labels.index(label.name) for label in labels]
    logits = cohort.logits(encoder.fingerprint, len(encoder.labels))
    few = cohort.table.iloc[list(rows)]
    ids = tuple(few["id"].astype(str))
    return Scored(
        ids=ids,
        truth=cohort.targets[list(rows)][:, columns],
        probabilities=np.stack([probabilities(logits[id], encoder.labels)[shared] for id in ids]),
        patients=tuple(few["patient_id"].astype(str)),
        ages=few["age"].to_numpy(np.float32),
        sexes=tuple(sex if sex in ("F", "M") else None for sex in few["sex"]),
    ), labels


def probabilities(logits: FloatArray, labels: tuple[Label, ...]) -> FloatArray:
    """[W, C] logits -> [C] probabilities of the recording, as `predict` combines its windows."""
    starts_s = (np.arange(len(logits)) * WINDOW_S).astype(np.float32)
    no_features = np.zeros((len(logits), 1), np.float32)
    return predict(Encoding(no_features, logits, None, starts_s, labels, source="", encoder="")).overall


def _windows(signal: FloatArray) -> FloatArray:
    """[12, S] -> [W, 12, 2500]."""
    count = signal.shape[1] // WINDOW_SAMPLES
    return signal[:, : count * WINDOW_SAMPLES].reshape(len(signal), count, WINDOW_SAMPLES).transpose(1, 0, 2)
