"""Two selections -> Probe: what a straight cut through the embeddings tells them apart by, from few examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.probe import probe
from ecgfm_core.analysis.ranking import ENOUGH
from ecgfm_core.errors import EncoderMismatch, SelectionInvalid, TooFewExamples
from ecgfm_core.labels import Label
from ecgfm_core.types import FloatArray, Probe


def contrast(
    vectors: npt.ArrayLike, patients: Sequence[str], a: Sequence[int], b: Sequence[int], name: str, encoder: str
) -> Probe:
    """Learn to tell the recordings `a` from the recordings `b`, as `probe` learns a label; `a` counts as positive.

    Its AUROC is by patient and cross-validated, and still flatters selections that were drawn on a map: what was chosen
    by its place among the embeddings is told by its embedding. It says something where the selections come from
    elsewhere: a label, a table, a person who looked at the ECGs.

    Args:
        vectors: [N, D] one embedding a recording.
        patients: [N] patient of each recording.
        a: rows of the one selection.
        b: rows of the other.
        name: what `a` is to be called.
        encoder: fingerprint of the encoder that made the vectors.

    Raises:
        SelectionInvalid: the selections share a recording, or name a row that is not there.
        TooFewExamples: fewer than ten patients on a side.
        ScoresInvalid: vectors and patients do not fit each other, or a vector is not finite.
    """
    x, people = np.asarray(vectors), np.array(patients, dtype=np.str_)
    rows = np.concatenate([np.unique(np.asarray(side, np.int64)) for side in (a, b)])
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(x):
        raise SelectionInvalid(f"{name}: rows must be between 0 and {len(x) - 1}. Got {rows.min()} to {rows.max()}.")
    shared = len(rows) - len(np.unique(rows))
    if shared:
        raise SelectionInvalid(
            f"{name}: the two selections share {shared} recordings; no cut can tell a recording from itself. "
            "Take them out of one."
        )
    first = np.isin(rows, np.asarray(a, np.int64))
    _require_enough(name, people[rows[first]], people[rows[~first]])
    label = Label(name, "mean")
    return probe(x[rows], first.astype(np.float32), people[rows].tolist(), label, encoder=encoder)


def probe_probabilities(probe: Probe, vectors: npt.ArrayLike) -> FloatArray:
    """[N] 0..1 what a probe says of embeddings [N, D]; at the prevalence among the recordings it learned from.

    Raises:
        EncoderMismatch: the embeddings have another length than the probe's.
    """
    x = np.asarray(vectors, np.float32)
    if x.ndim != 2 or x.shape[1] != len(probe.weights):
        raise EncoderMismatch(
            f"{probe.label.name}: the probe takes embeddings of {len(probe.weights)} numbers. Got shape {x.shape}. "
            "Embed the recordings with the probe's own encoder."
        )
    logits = x.astype(np.float64) @ probe.weights + probe.bias
    return (0.5 * (1 + np.tanh(logits / 2))).astype(np.float32)  # the logistic function, without overflow


def _require_enough(name: str, a: npt.NDArray[np.str_], b: npt.NDArray[np.str_]) -> None:
    positives, negatives = len(np.unique(a)), len(np.unique(b))
    if min(positives, negatives) < ENOUGH:
        raise TooFewExamples(
            f"{name}: telling two selections apart needs recordings of {ENOUGH} patients in each. "
            f"Got {positives} and {negatives} patients. Select more.",
            positives,
            negatives,
        )
