"""From the development recordings to the weights folder of the demo encoder, with its card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from scipy.special import expit
from torch import Tensor

from ecgfm_core.analysis.cohort import open_cohort
from ecgfm_core.labels import Label
from ecgfm_core.model.checkpoint import save_folder
from ecgfm_core.signal.windows import preprocess
from ecgfm_core.simulate.record import simulate
from ecgfm_core.simulate.samples import SAMPLES
from ecgfm_core.training.card import Part, Results, demo_card
from ecgfm_core.training.demo import recipe
from ecgfm_core.training.demo.judging import (
    Judged,
    calibrated,
    evaluated,
    judge,
    known_labels,
    manifest,
    read,
    together,
)
from ecgfm_core.training.demo.recordings import FOLDS, SITES, folds, positives, site_of, stated
from ecgfm_core.training.examples import Recordings
from ecgfm_core.training.scoring import probabilities

UNSURE = 0.5
"""From here on a label counts as told that has no threshold."""


def make(recordings: Path, folder: Path, work: Path) -> None:
    """Prepare, train, judge, write.

    Args:
        recordings: folder of the development recordings.
        folder: the weights folder to write.
        work: cohorts and runs; what is done there already is not done again.

    Raises:
        SourceError: the recordings are not laid out as expected.
        RunMismatch: the work folder holds trainings with another recipe.
    """
    recipe.prepare_recordings(recordings, work)
    data = stated(open_cohort(work / recipe.REAL))
    fold, site = folds(data.patients), np.array(site_of(data.ids))
    learned, kept = data.take(_rows(fold >= 0)), data.take(_rows(fold < 0))
    begun = recipe.tune(work, recipe.Job("begun", (), recipe.BEGINNING))
    by_fold = _left_out({f"fold-{k}": fold == k for k in range(FOLDS)}, data, begun, work)
    across = together(list(by_fold.values()), learned)
    labels = calibrated(across, known_labels(learned))
    teacher = _write_said(across, data, work / "said.safetensors")
    final = recipe.Job("final", _rows(fold >= 0), recipe.FINAL, begun, teacher)
    by_site = _left_out({name: (fold >= 0) & (site == name) for name in SITES}, data, begun, work, final)

    state = recipe.tensors(work / "final" / recipe.TUNED)
    seen = judge(state, kept)
    results = Results(
        kept=evaluated(seen, labels),
        uncalibrated=evaluated(seen, known_labels(learned), bootstrap=0),
        folds=tuple(evaluated(one, labels, bootstrap=0) for one in by_fold.values()),
        across=evaluated(across, labels),
        sites={name: evaluated(one, labels) for name, one in by_site.items()},
        samples=_samples(state, labels),
    )
    simulated = positives(stated(open_cohort(work / recipe.SIMULATED)))
    card = demo_card(manifest(labels), recipe.WORDS, (_part(learned), _part(kept)), results, simulated)
    save_folder(folder, state, manifest(labels), card)


def _left_out(
    parts: Mapping[str, npt.NDArray[np.bool_]], data: Recordings, start: Path, work: Path, *others: recipe.Job
) -> dict[str, Judged]:
    """What is said of each part by an encoder that learned from the rest of the four fifths; other jobs go beside."""
    fold = folds(data.patients)
    jobs = [recipe.Job(name, _rows((fold >= 0) & ~part), recipe.SHORT, start) for name, part in parts.items()]
    recipe.side_by_side(work, [*others, *jobs])
    return {
        name: judge(recipe.tensors(work / name / recipe.TUNED), data.take(_rows(part))) for name, part in parts.items()
    }


def _write_said(across: Judged, data: Recordings, file: Path) -> Path:
    """Write what the folds' encoders say, for softer targets: a row for each of the recordings, NaN where nothing."""
    said = np.full((len(data), len(data.labels)), np.nan, np.float32)
    row = {id: i for i, id in enumerate(data.ids)}
    for id, logits in zip(across.data.ids, across.logits, strict=True):
        said[row[id]] = expit(logits).mean(axis=0)
    save_file({"said": torch.from_numpy(said)}, file)
    return file


def _rows(chosen: npt.NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.flatnonzero(chosen)]


def _part(data: Recordings) -> Part:
    return Part(tuple(id.partition("/")[0] for id in data.ids), data.patients)


def _samples(
    state: Mapping[str, Tensor], labels: tuple[Label, ...]
) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Of each of the project's samples, the labels that it has, and those that the encoder tells."""
    found = {}
    limits = [label.threshold.value if label.threshold else UNSURE for label in labels]
    for seed, (name, heart) in enumerate(SAMPLES.items()):
        made = simulate(heart, seed=seed, name=name)
        told = probabilities(read(state, [preprocess(made.record).standardized])[0], labels)
        found[name] = (
            frozenset(label for label, holds in made.truth.labels.items() if holds),
            frozenset(label.name for label, p, limit in zip(labels, told, limits, strict=True) if p >= limit),
        )
    return found
