"""From cohorts on the disk to encoders on the disk: pretrain, fine-tune, probe, evaluate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.cohort import Cohort, open_cohort
from ecgfm_core.analysis.evaluate import evaluate
from ecgfm_core.analysis.thresholds import choose_thresholds
from ecgfm_core.errors import NoLabels, NothingToLearn, SplitsOverlap
from ecgfm_core.model.checkpoint import Encoder, load_folder, load_state
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.training.examples import TRAIN, VALID, Parts, Recordings, from_cohort, joined, rows_of
from ecgfm_core.training.finetuning import FinetuneRecipe, Start, finetune
from ecgfm_core.training.heads import save_probes, save_tuned
from ecgfm_core.training.loop import State
from ecgfm_core.training.pretraining import PretrainRecipe, pretrain
from ecgfm_core.training.scoring import embed, scored, shared_labels
from ecgfm_core.types import Evaluation, Probe


def pretrain_cohorts(
    cohorts: Sequence[Path],
    folder: Path,
    recipe: PretrainRecipe,
    *,
    device: str | None = None,
    progress: Callable[[State], None] = lambda state: None,
) -> Path | None:
    """Pretrain on the training splits of cohorts, judged by their validation splits; goes on where it stopped.

    Args:
        cohorts: folders that `prepare` has written.
        folder: of the run.
        recipe: how.
        device: "cpu", "cuda", "mps"; None = the best there is.
        progress: called after every update.

    Returns:
        The weights folder; None in a process that does not lead.

    Raises:
        NothingToLearn: too few recordings.
        RunMismatch: the folder holds another training.
        TrainingDiverged: the loss is no longer a number.
    """
    return pretrain(_parts(cohorts, ()), folder, recipe, device=device, progress=progress)


def finetune_cohorts(
    cohorts: Sequence[Path],
    encoder: Path,
    folder: Path,
    recipe: FinetuneRecipe,
    *,
    device: str | None = None,
    progress: Callable[[State], None] = lambda state: None,
) -> Path:
    """Fine-tune on the training splits of cohorts; temperatures and thresholds come from their validation splits.

    Args:
        cohorts: folders that `prepare` has written.
        encoder: the weights folder to begin with.
        folder: of the run; the new encoder is written to its folder encoder.
        recipe: how, and which labels; without names, those of the first cohort.
        device: "cpu", "cuda", "mps"; None = the best there is.
        progress: called after every update.

    Returns:
        The weights folder.

    Raises:
        NothingToLearn: a named label has one class only, or none has two.
        RunMismatch: the folder holds another training.
        TrainingDiverged: the loss is no longer a number.
    """
    manifest, state = load_state(encoder)
    data = _parts(cohorts, recipe.labels or open_cohort(cohorts[0]).labels)
    tuned = finetune(data, Start(manifest.architecture, state), folder, recipe, device=device, progress=progress)
    origin = (
        f"fine-tuned from {manifest.name} on {tuned.recordings} recordings of {', '.join(data.train.origin)} "
        f"({tuned.steps} updates, seed {recipe.seed})"
    )
    new = Manifest(folder.name, manifest.architecture, InputSpec(), tuned.labels, manifest.licence, origin)
    save_tuned(folder / "encoder", tuned.state, new, data.valid, device=device)
    return folder / "encoder"


def probe_cohort(
    cohort: Path, encoder: Path, labels: Sequence[str], folder: Path, *, device: str | None = None
) -> tuple[Probe, ...]:
    """Learn a linear head on an encoder's embeddings of a cohort, and write it with its backbone.

    Raises:
        NothingToLearn: a label is not the cohort's.
        TooFewExamples: fewer than ten patients with, or without, a label.
    """
    return save_probes(open_cohort(cohort), load_folder(encoder, device=device), encoder, labels, folder)


def evaluate_cohort(
    folder: Path,
    encoder: Encoder,
    split: str | None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Judge an encoder on a split of a cohort, at thresholds chosen on the validation split where that is another.

    Args:
        folder: of the cohort; what the encoder makes of its recordings is kept there.
        encoder: with labels.
        split: "train", "valid" or "test"; None = all recordings.
        progress: called with (recordings done, recordings to do).

    Raises:
        NoLabels: the encoder has none.
        NothingToLearn: the split is empty, or the cohort has none of the encoder's labels.
    """
    if not encoder.labels:
        raise NoLabels(f"{encoder.name} is a backbone without labels. Fine-tune or probe it first.")
    cohort = open_cohort(folder)
    shared_labels(cohort, encoder)
    asked = rows_of(cohort, split)
    if not asked:
        raise NothingToLearn(f"{folder.name}: no recording is in the split {split!r}. Prepare more recordings.")
    apart = [] if split in (VALID, None) else rows_of(cohort, VALID)
    embed(cohort, encoder, asked + apart, progress=progress)
    judged, labels = scored(cohort, encoder, asked)
    thresholds = None
    if apart:
        chosen_on, _ = scored(cohort, encoder, apart)
        thresholds = choose_thresholds(chosen_on, labels, where=f"the validation split of {folder.name}")
    return evaluate(judged, labels, thresholds=thresholds)


def _parts(cohorts: Sequence[Path], labels: Sequence[str]) -> Parts:
    """Training and validation recordings of several cohorts.

    Raises:
        SplitsOverlap: a recording is in two of them, or a patient on both sides.
    """
    opened = [open_cohort(folder) for folder in cohorts]
    _require_apart(opened)
    valid = [part for part in (_split(cohort, VALID, labels) for cohort in opened) if part is not None]
    train = [from_cohort(cohort, TRAIN, labels) for cohort in opened]
    return Parts(joined(train), joined(valid) if valid else None)


def _require_apart(cohorts: Sequence[Cohort]) -> None:
    """Refuse cohorts that share a recording, or a patient who is learnt from in one and judged by in another."""
    if len(cohorts) < 2:
        return
    tables = [
        cohort.table[["source", "patient_id", "split"]].assign(cohort=place, digest=cohort.digests)
        for place, cohort in enumerate(cohorts)
    ]
    every = pd.concat(tables, ignore_index=True)
    twice = int(every.drop_duplicates(["cohort", "digest"])["digest"].duplicated().sum())
    sides = every.groupby(["source", "patient_id"])["split"].nunique()
    split = int((sides > 1).sum())
    names = ", ".join(cohort.folder.name for cohort in cohorts)
    if twice:
        raise SplitsOverlap(
            f"{names}: {twice} recordings are in more than one of them, as PTB-XL is in the Challenge. "
            "Name each store once, or prepare without what they share."
        )
    if split:
        raise SplitsOverlap(
            f"{names}: {split} patients are learnt from in one store and judged by in another. "
            "Prepare the stores with one seed."
        )


def _split(cohort: Cohort, split: str, labels: Sequence[str]) -> Recordings | None:
    try:
        return from_cohort(cohort, split, labels)
    except NothingToLearn:
        return None
