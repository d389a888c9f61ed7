"""Weights folders of encoders with a head: calibrated on recordings kept apart, and saying where numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ecgfm_core.analysis.calibrate import temperature
from ecgfm_core.analysis.cohort import Cohort
from ecgfm_core.analysis.probe import probe, probe_head
from ecgfm_core.analysis.thresholds import BEST_F1, choose_thresholds
from ecgfm_core.errors import RunMismatch
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.model.checkpoint import CONFIG, Encoder, build, load_state, save_folder
from ecgfm_core.model.device import choose_device
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.training.chance import order_of
from ecgfm_core.training.examples import TRAIN, Recordings, from_cohort, rows_of
from ecgfm_core.training.scoring import embed, logits_of, probabilities
from ecgfm_core.types import FloatArray, Probe, Scored

CALIBRATED_ON = 10_000
"""Recordings at most from which temperatures and thresholds are chosen; more would not move them."""


def save_tuned(
    folder: Path,
    state: Mapping[str, Tensor],
    manifest: Manifest,
    valid: Recordings | None,
    *,
    device: str | None = None,
) -> Manifest:
    """Write a fine-tuned encoder; with recordings kept apart, its labels get temperatures and thresholds from them.

    Args:
        folder: the weights folder.
        state: the tensors.
        manifest: what is known so far.
        valid: recordings of patients that were not learned from; None = leave uncalibrated.
        device: "cpu", "cuda", "mps"; None = the best there is.

    Returns:
        The manifest as it was written.
    """
    if valid is not None:
        place = choose_device(device)
        encoder = Encoder(build(manifest, state).to(place), manifest, "", place, "")
        some = valid.take(np.sort(order_of(len(valid), 0, 0)[:CALIBRATED_ON]).tolist())
        manifest = replace(manifest, labels=calibrated(encoder, some, "the validation split"))
    save_folder(folder, state, manifest, _card(manifest))
    return manifest


def calibrated(encoder: Encoder, valid: Recordings, where: str) -> tuple[Label, ...]:
    """The encoder's labels with a temperature and the threshold of highest F1, chosen on these recordings.

    A label with fewer than ten positives or negatives there keeps its temperature and gets no threshold.
    """
    return fitted(encoder.labels, logits_of(valid, encoder), valid, where)


def fitted(labels: tuple[Label, ...], logits: Sequence[FloatArray], valid: Recordings, where: str) -> tuple[Label, ...]:
    """Labels with a temperature and the threshold of highest F1 for the logits [W, C] of each recording's windows.

    Args:
        labels: [C] of the logits.
        logits: [N] before any temperature, by encoders that did not learn from the recording.
        valid: [N] the recordings.
        where: which recordings these are, in words.
    """
    truth = _truth(labels, valid)
    cooled = tuple(
        replace(label, temperature=temperature([one[:, c] for one in logits], truth[:, c], label.rule))
        if label.trained
        else label
        for c, label in enumerate(labels)
    )
    chosen = choose_thresholds(scored_logits(cooled, logits, valid), cooled, where=where)
    return tuple(
        replace(label, threshold=chosen[label.name][BEST_F1]) if label.name in chosen else label for label in cooled
    )


def scored_logits(labels: tuple[Label, ...], logits: Sequence[FloatArray], valid: Recordings) -> Scored:
    """Truth, and the probabilities of recordings [N] from their windows' logits [W, C]."""
    return Scored(
        valid.ids, _truth(labels, valid), np.stack([probabilities(one, labels) for one in logits]), valid.patients,
        np.full(len(valid), np.nan, np.float32), (None,) * len(valid),
    )  # fmt: skip


def _truth(labels: tuple[Label, ...], valid: Recordings) -> FloatArray:
    """[N, C] in the labels' order; NaN where the recordings lack one."""
    columns = {name: valid.targets[:, c] for c, name in enumerate(valid.labels)}
    blank = np.full(len(valid), np.nan, np.float32)
    return np.stack([columns.get(label.name, blank) for label in labels], axis=1)


def save_probes(
    cohort: Cohort, encoder: Encoder, source: Path, labels: Sequence[str], folder: Path
) -> tuple[Probe, ...]:
    """Learn a linear head on the embeddings of the training split and write it with its backbone as a weights folder.

    Args:
        cohort: recordings; embeddings that it lacks are computed and kept.
        encoder: whose embeddings they are.
        source: its weights folder.
        labels: names of the cohort's labels to tell.
        folder: the weights folder to write.

    Raises:
        RunMismatch: the folder holds an encoder already.
        NothingToLearn: a label is not the cohort's, or the training split is empty.
        TooFewExamples: fewer than ten patients with, or without, a label.
    """
    if (folder / CONFIG).exists():
        raise RunMismatch(f"{folder.name}: the folder holds an encoder already. Choose another folder, or remove it.")
    learnt = from_cohort(cohort, TRAIN, labels)
    embed(cohort, encoder, rows_of(cohort, TRAIN))
    there = cohort.embeddings(encoder.fingerprint)
    vectors = {} if there is None else dict(zip(there.ids, there.vectors, strict=True))
    stacked = np.stack([vectors[id] for id in learnt.ids])
    published = {label.name: label for label in MIMIC_IV_ECG}
    probes = tuple(
        probe(stacked, learnt.targets[:, c], learnt.patients, published.get(name, Label(name)),
              encoder=encoder.fingerprint)
        for c, name in enumerate(labels)
    )  # fmt: skip
    weight, bias, known = probe_head(probes)
    old, state = load_state(source)
    body = {name: tensor for name, tensor in state.items() if not name.startswith("head.")}
    head = {"head.weight": torch.from_numpy(weight), "head.bias": torch.from_numpy(bias)}
    origin = f"linear probe on {encoder.name} {encoder.fingerprint[:8]}, {len(learnt)} recordings of {cohort.source}"
    manifest = Manifest(folder.name, old.architecture, InputSpec(), known, old.licence, origin)
    save_folder(folder, {**body, **head}, manifest, _card(manifest))
    return probes


def _card(manifest: Manifest) -> str:
    rows = "\n".join(
        f"| {label.name} | {'-' if label.prevalence is None else f'{label.prevalence:.3f}'} | "
        f"{'yes' if label.trained else 'not trained'} | {label.temperature:.2f} | "
        f"{'-' if label.threshold is None else f'{label.threshold.value:.3f} ({label.threshold.provenance})'} |"
        for label in manifest.labels
    )
    return (
        f"# {manifest.name}\n\n{manifest.origin[0].upper()}{manifest.origin[1:]}. For research and teaching only; not "
        f"a medical device.\n\nLicence: {manifest.licence}.\n\n"
        "| label | prevalence in training | trained | temperature | threshold |\n|---|---|---|---|---|\n"
        f"{rows}\n\nHow good it is, `ecgfm evaluate` says.\n"
    )
