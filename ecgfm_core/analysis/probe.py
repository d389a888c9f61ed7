"""Embeddings and a label -> Probe: logistic regression, its strength and its score chosen by patient."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler

from ecgfm_core.analysis.ranking import ENOUGH, Column, Floats, Rows, rank, resample
from ecgfm_core.errors import EncoderMismatch, ScoresInvalid, TooFewExamples
from ecgfm_core.labels import Label
from ecgfm_core.types import FloatArray, Probe

FOLDS = 5
STRENGTHS = tuple(10.0**power for power in range(-5, 2))
"""Candidates for C, from the strongest penalty to the weakest, on standardized embeddings."""

REPLICATES = 1000

Fold = tuple[Rows, Rows]


def probe(
    vectors: npt.ArrayLike, target: npt.ArrayLike, patients: Sequence[str], label: Label, *, encoder: str, seed: int = 0
) -> Probe:
    """Learn to tell a label from embeddings by L2-regularized logistic regression.

    Five folds by patient give every recording a logit from a model that saw none of its
    patient's recordings. The regularization for a fold is the one that fits the *other* folds' held-out
    recordings best (log loss), so choosing it flatters the AUROC over these logits next to nothing; the
    probe that is returned learns from all recordings with the one that fits all folds best.

    Args:
        vectors: [N, D] one embedding a recording: the mean over its windows.
        target: [N] 1, 0 or NaN = not stated, left out.
        patients: [N] patient of each recording.
        label: what is told; its prevalence is replaced by that of these recordings.
        encoder: fingerprint of the encoder that made the vectors.
        seed: of the folds and of the AUROC's interval by patient.

    Raises:
        ScoresInvalid: the arrays do not fit each other, or hold what they must not.
        TooFewExamples: fewer than ten patients with, or without, the label; so also a single class.
    """
    x, y, groups = _stated(vectors, target, patients, label.name)
    parts = folds(y, groups, seed)
    held_out = np.stack([_path(x, y, fold) for fold in parts])
    losses = np.array([_losses(held_out[k][:, test], y[test]) for k, (_, test) in enumerate(parts)])
    logits = np.empty(len(y))
    for k, (_, test) in enumerate(parts):
        others = np.delete(losses, k, axis=0).sum(axis=0)
        logits[test] = held_out[k, others.argmin(), test]
    strength = STRENGTHS[losses.sum(axis=0).argmin()]
    weights, bias = _folded(x, y, strength)
    order = np.lexsort((y, logits.astype(np.float32)))
    scored = Column(order, logits[order].astype(np.float32), y[order].astype(np.float32))
    auroc, _, _ = rank(scored, resample(tuple(groups.tolist()), REPLICATES, seed))
    known = Label(label.name, label.rule, prevalence=float(y.mean()))
    return Probe(known, weights, bias, strength, auroc, scored.positives, scored.negatives, encoder)


def folds(target: Floats, patients: npt.NDArray[np.str_], seed: int = 0) -> tuple[Fold, ...]:
    """Five (training rows, held-out rows), no patient on both sides, the label about as frequent in each."""
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return tuple(splitter.split(np.zeros(len(target)), target, patients))


def probe_head(probes: Sequence[Probe]) -> tuple[FloatArray, FloatArray, tuple[Label, ...]]:
    """Probes as the linear head of their encoder: logits [W, C] = pooled [W, D] @ weight.T + bias.

    A probe learned from the mean over a recording's windows, while a head is applied to each
    window and its probabilities are combined by the label's rule. The mean of the windows' logits is the
    probe's logit exactly; the mean of their probabilities is close to the probe's as long as the windows
    agree, and the maximum (rule "max") is higher. Judge the head, not the probe.

    Returns:
        weight [C, D], bias [C], labels [C].

    Raises:
        EncoderMismatch: the probes belong to different encoders.
        ScoresInvalid: there is none, or two tell one label.
    """
    names = [one.label.name for one in probes]
    if not names or len(set(names)) < len(names):
        raise ScoresInvalid(f"a head needs at least one probe, and one a label. Got {', '.join(names) or 'none'}.")
    encoders = sorted({one.encoder for one in probes})
    if len(encoders) > 1:
        raise EncoderMismatch(
            f"the probes belong to the encoders {encoders[0][:8]} and {encoders[1][:8]}; one head fits one encoder. "
            "Train them on the embeddings of one encoder."
        )
    weight = np.stack([one.weights for one in probes])
    return weight, np.array([one.bias for one in probes], np.float32), tuple(one.label for one in probes)


def _stated(
    vectors: npt.ArrayLike, target: npt.ArrayLike, patients: Sequence[str], name: str
) -> tuple[Floats, Floats, npt.NDArray[np.str_]]:
    """The recordings that state the label, checked."""
    x, y, groups = np.asarray(vectors, np.float64), np.asarray(target, np.float64), np.array(patients, dtype=np.str_)
    if x.ndim != 2 or y.shape != (len(x),) or groups.shape != (len(x),):
        raise ScoresInvalid(
            f"{name}: vectors [N, D], target [N] and patients [N] must name the same recordings. "
            f"Got {x.shape}, {y.shape} and {groups.shape}."
        )
    stated = ~np.isnan(y)
    if not np.isin(y[stated], (0, 1)).all() or not np.isfinite(x[stated]).all():
        raise ScoresInvalid(f"{name}: the target must hold 1, 0 or nothing, and the vectors finite numbers.")
    x, y, groups = x[stated], y[stated], groups[stated]
    positives, negatives = (len(np.unique(groups[y == side])) for side in (1, 0))
    if min(positives, negatives) < ENOUGH:
        raise TooFewExamples(
            f"{name}: a probe needs {ENOUGH} patients with the label and {ENOUGH} without. "
            f"Got {positives} and {negatives}. Add recordings that state it, or leave the label out.",
            positives,
            negatives,
        )
    return x, y, groups


def _path(x: Floats, y: Floats, fold: Fold) -> Floats:
    """[strengths, N]: logits of all recordings from models of the training rows, each started from the last."""
    train, _ = fold
    scaler = StandardScaler().fit(x[train])
    inside, everyone = scaler.transform(x[train]), scaler.transform(x)
    model = _regression(STRENGTHS[0], warm_start=True)
    path = []
    for strength in STRENGTHS:
        model.set_params(C=strength)
        _fit(model, inside, y[train])
        path.append(model.decision_function(everyone))
    return np.stack(path)


def _losses(logits: Floats, y: Floats) -> Floats:
    """[strengths, n] -> [strengths] summed negative log likelihood."""
    losses: Floats = np.logaddexp(0, np.where(y == 1, -logits, logits)).sum(axis=1)
    return losses


def _folded(x: Floats, y: Floats, strength: float) -> tuple[FloatArray, float]:
    """Weights and bias for raw vectors: (x - mean) / scale . w + b = x . (w / scale) + (b - mean . w / scale)."""
    scaler = StandardScaler().fit(x)
    model = _fit(_regression(strength), scaler.transform(x), y)
    weights = model.coef_[0] / scaler.scale_
    return weights.astype(np.float32), float(model.intercept_[0] - scaler.mean_ @ weights)


def _regression(strength: float, *, warm_start: bool = False) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500, warm_start=warm_start)


def _fit(model: LogisticRegression, x: Floats, y: Floats) -> LogisticRegression:
    with warnings.catch_warnings():
        # at weak penalties separable data have no finite optimum; the held-out loss then turns such a C down
        warnings.filterwarnings("ignore", category=UserWarning, message=".*lbfgs failed to converge")
        return model.fit(x, y)
