"""Made-up scores: shared by the tests of ranking, thresholds, calibration and the page."""

from collections.abc import Sequence

import numpy as np

from ecgfm_core.labels import Label
from ecgfm_core.types import Scored

TWO = (Label("Atrial fibrillation"), Label("Premature ventricular contraction", "max"))


def scored(truth: object, probabilities: object, patients: Sequence[str] | None = None, **changes: object) -> Scored:
    """Columns may be given as [N] for one label; every recording is its own patient unless told."""
    truth, probabilities = (np.asarray(part, float).reshape(len(part), -1) for part in (truth, probabilities))
    count = len(truth)
    facts = {
        "ids": tuple(f"r{i}" for i in range(count)),
        "patients": tuple(patients or (f"p{i}" for i in range(count))),
        "ages": np.full(count, np.nan),
        "sexes": (None,) * count,
    }
    return Scored(truth=truth, probabilities=probabilities, **{**facts, **changes})


def simulated(
    count: int = 300, labels: int = 2, *, separation: float = 1.5, seed: int = 0, patients: int = 0, spread: int = 1
) -> Scored:
    """Scores of unit normal noise, positives shifted by `separation`; a fifth is positive, a tenth unstated."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((count, labels)) < 0.2).astype(float)
    margins = spread * (rng.standard_normal((count, labels)) + separation * truth) - 1.5
    truth[rng.random((count, labels)) < 0.1] = np.nan
    people = tuple(f"p{i}" for i in rng.integers(0, patients or count, count))
    sexes = tuple(rng.choice(["F", "M"], count).tolist())
    return scored(truth, 1 / (1 + np.exp(-margins)), people, ages=rng.uniform(18, 95, count), sexes=sexes)


def take(whole: Scored, rows: Sequence[int] | np.ndarray, columns: Sequence[int] | None = None) -> Scored:
    """These recordings, in this order, and these labels."""
    chosen = list(range(whole.truth.shape[1])) if columns is None else list(columns)
    return Scored(
        tuple(whole.ids[i] for i in rows),
        whole.truth[rows][:, chosen],
        whole.probabilities[rows][:, chosen],
        tuple(whole.patients[i] for i in rows),
        whole.ages[rows],
        tuple(whole.sexes[i] for i in rows),
    )
