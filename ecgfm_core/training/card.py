"""The model card of the demo encoder: what it was trained on, how, how good it is, and where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecgfm_core.model.manifest import Manifest
from ecgfm_core.training.development import Labelled
from ecgfm_core.training.supervised import Recipe

ENOUGH_POSITIVES = 10
"""Positives in validation from which a label's AUROC enters the mean."""

_LICENCES = {
    "ptb-xl": "PTB-XL, PhysioNet, CC BY 4.0",
    "ptb-xl-zscored": "PTB-XL, PhysioNet, CC BY 4.0 (250 Hz, 0.5-40 Hz, z-scored)",
    "cpsc2018": "China Physiological Signal Challenge 2018, CC BY 4.0",
    "cpsc_2018": "CPSC 2018 in the PhysioNet/CinC Challenge 2021, CC BY 4.0",
    "cpsc_2018_extra": "CPSC 2018 extra in the PhysioNet/CinC Challenge 2021, CC BY 4.0",
    "chapman_shaoxing": "Chapman-Shaoxing in the PhysioNet/CinC Challenge 2021, CC BY 4.0",
    "ptb": "PTB Diagnostic ECG Database in the PhysioNet/CinC Challenge 2021, CC BY 4.0",
    "ludb": "Lobachevsky University Electrocardiography Database, PhysioNet, ODC-By 1.0",
    "cinc2011": "PhysioNet/CinC Challenge 2011 (signal quality), ODC-By 1.0",
}


@dataclass(frozen=True, slots=True)
class Score:
    """How well one label is told on the validation recordings that state it."""

    label: str
    positives: int
    negatives: int
    auroc: float | None
    average_precision: float | None


def macro_auroc(scores: Sequence[Score]) -> float:
    """Mean AUROC of the labels with enough positives to say something; NaN where there is none."""
    counted = [s.auroc for s in scores if s.auroc is not None and s.positives >= ENOUGH_POSITIVES]
    return float(np.mean(counted)) if counted else float("nan")


def demo_card(
    manifest: Manifest, recipe: Recipe, scores: Sequence[Score], parts: tuple[Labelled, Labelled], minutes: float
) -> str:
    """The text of the card.

    Args:
        manifest: the encoder's config.
        recipe: how it was trained.
        scores: on the validation recordings.
        parts: training and validation recordings.
        minutes: CPU time of the training.
    """
    sections = (
        _head(manifest),
        _recordings(*parts),
        _recipe(recipe, minutes),
        _validation(manifest, scores),
        _FAILURES,
    )
    return "\n".join(sections)


def _head(manifest: Manifest) -> str:
    sizes = manifest.architecture
    return f"""# Demo encoder

**A stand-in, not ECG-FM.** It has ECG-FM's architecture and its 17 labels at a hundredth of the size, so that
everything works without a download, a GPU or a network. For research and teaching only; not a medical device.

- Size: {sizes.layers} layers, {sizes.embed_dim} wide, {sizes.heads} heads, {sizes.conv_layers[0].channels} \
convolution channels; 12 leads, 500 Hz, windows of 5 s.
- Licence of the weights: {manifest.licence}. Licences of the recordings: below.
"""


def _recordings(training: Labelled, validation: Labelled) -> str:
    sources = "\n".join(_sources(training, validation))
    return f"""## Recordings

{len(training)} recordings of {len(set(training.patients))} patients for training, {len(validation)} of
{len(set(validation.patients))} other patients for validation (a seeded fifth of the patients).

| source | training | validation | licence of the data |
|---|---|---|---|
{sources}

A label that a source does not state is left out of the loss, with one exception: recordings of clinical databases
count weakly (0.1) as of good quality, and windows spoiled on purpose (0.5) as of poor quality.
"""


def _recipe(recipe: Recipe, minutes: float) -> str:
    return f"""## Training

From scratch and supervised: {recipe.steps} steps of {recipe.batch} windows, AdamW at {recipe.lr:g}, cosine schedule,
averaged weights ({recipe.ema:g}), bf16 autocast, seed {recipe.seed}; random 5 s crops, time scaling of up to 5 %,
gain, noise, wander, mains, and each lead masked with probability 0.5 in every second window.
{minutes:.0f} CPU minutes. Command: `python -m ecgfm_core.training.demo RECORDINGS data_samples/encoder`.
"""


def _validation(manifest: Manifest, scores: Sequence[Score]) -> str:
    rows = "\n".join(_score_row(score, manifest) for score in scores)
    return f"""## Validation

**Macro AUROC {macro_auroc(scores):.3f}** over the labels with at least {ENOUGH_POSITIVES} positives; windows combined
by each label's rule. One split and one seed; the recipe was not tuned on it. Small counts: the AUROC of a label with
few positives says little.

| label | positives | negatives | AUROC | average precision |
|---|---|---|---|---|
{rows}
"""


_FAILURES = """## Known failures

- Not calibrated, and trained with rare labels drawn more often: a score is no risk.
- Labels marked *not trained* had no positive recording; their outputs are never shown.
- Labels with few positives (accessory pathway, atrial flutter, pacemaker) are demonstrations only.
- Infarction and poor quality are the weakest of the labels with enough positives to judge.
- Labels differ in meaning between the sources; most of PTB-XL is from one hospital group.
"""


def _sources(training: Labelled, validation: Labelled) -> list[str]:
    counts = Counter(training.sources), Counter(validation.sources)
    return [
        f"| {name} | {counts[0][name]} | {counts[1][name]} | {_LICENCES.get(name, 'see its publisher')} |"
        for name in sorted(set(training.sources) | set(validation.sources))
    ]


def _score_row(score: Score, manifest: Manifest) -> str:
    label = next(label for label in manifest.labels if label.name == score.label)
    if not label.trained:
        return f"| {score.label} | {score.positives} | {score.negatives} | not trained | |"
    if score.auroc is None:
        return f"| {score.label} | {score.positives} | {score.negatives} | not measurable | |"
    return (
        f"| {score.label} | {score.positives} | {score.negatives} | {score.auroc:.3f} | {score.average_precision:.3f} |"
    )
