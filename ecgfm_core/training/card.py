"""The model card of the demo encoder: what it learned from, how, how good it is, and where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ecgfm_core.model.manifest import Manifest
from ecgfm_core.types import Estimate, Evaluation

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
class Part:
    """Some of the recordings: the source and the patient of each."""

    sources: tuple[str, ...]
    patients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured, each time on recordings of patients that were not learned from.

    Attributes:
        kept: the encoder on the fifth kept apart.
        uncalibrated: the same with every temperature 1.
        folds: encoders of the shortened recipe, each on the fold that it did not learn from.
        across: the folds' recordings as one.
        sites: encoders of the shortened recipe on the site that they did not learn from, by its name.
        samples: of each simulated sample, the labels that it has and the labels that are told of it.
    """

    kept: Evaluation
    uncalibrated: Evaluation
    folds: tuple[Evaluation, ...]
    across: Evaluation
    sites: Mapping[str, Evaluation]
    samples: Mapping[str, tuple[frozenset[str], frozenset[str]]]


def demo_card(
    manifest: Manifest, recipe: str, parts: tuple[Part, Part], results: Results, simulated: Counter[str]
) -> str:
    """The text of the card.

    Args:
        manifest: the encoder's config.
        recipe: how it was trained, as Markdown.
        parts: what it learned from, and the fifth kept apart.
        results: what was measured.
        simulated: positives of each label among the simulated recordings.
    """
    sections = (
        _head(manifest),
        _recordings(*parts),
        f"## Training\n\n{recipe}\n",
        _kept(results),
        _calibration(manifest, results),
        _elsewhere(results),
        _rests(results, simulated),
        _failures(results),
    )
    return "\n".join(sections)


def _head(manifest: Manifest) -> str:
    sizes = manifest.architecture
    token_ms = sizes.stride / manifest.input.fs * 1000
    stem = ", ".join(f"{c.channels} channels (kernel {c.kernel}, stride {c.stride})" for c in sizes.conv_layers)
    return f"""# Demo encoder

**A stand-in, not ECG-FM.** It has ECG-FM's kind of network and its 17 labels at a fortieth of the size, so that
everything works without a download, a GPU or a network. For research and teaching only; not a medical device.

- Size: {sizes.layers} layers, {sizes.embed_dim} wide, {sizes.heads} heads; convolutions of {stem}.
- Input: 12 leads, {manifest.input.fs:g} Hz, windows of 5 s; a token is {token_ms:.0f} ms.
- Licence of the weights: {manifest.licence}. Licences of the recordings: below.
"""


def _recordings(learned: Part, kept: Part) -> str:
    counts = Counter(learned.sources), Counter(kept.sources)
    rows = "\n".join(
        f"| {name} | {counts[0][name]} | {counts[1][name]} | {_LICENCES.get(name, 'see its publisher')} |"
        for name in sorted({*learned.sources, *kept.sources})
    )
    return f"""## Recordings

{len(learned.sources)} recordings of {len(set(learned.patients))} patients to learn from. {len(kept.sources)} of
{len(set(kept.patients))} other patients were kept apart before anything was trained, and used once, for the figures
below. Recordings of one patient, and the one signal that two patients share, are on one side. The simulator's wave
shapes, though, were set by eye against medians of all these recordings, the fifth kept apart among them.

| source | learned from | kept apart | licence of the data |
|---|---|---|---|
{rows}
"""


def _kept(results: Results) -> str:
    kept = results.kept
    rows = "\n".join(
        f"| {one.label} | {one.positives} | {one.negatives} | {_figure(one.auroc)} | {_figure(one.average_precision)} |"
        for one in kept.labels
    )
    return f"""## On the fifth kept apart

**Macro AUROC {_figure(kept.macro_auroc)}**, macro average precision {_figure(kept.macro_average_precision)}, over the
{len(kept.macro_labels)} labels with at least 10 positives. Brackets: 95 % interval over {kept.replicates} resamplings
of the patients. It does not contain the chance of the training: that was done once.

| label | positives | negatives | AUROC | average precision |
|---|---|---|---|---|
{rows}
"""


def _calibration(manifest: Manifest, results: Results) -> str:
    rows = []
    for label in manifest.labels:
        before, after = results.uncalibrated[label.name], results.kept[label.name]
        if label.threshold is not None and before.ece is not None and after.ece is not None:
            rows.append(
                f"| {label.name} | {label.temperature:.2f} | {label.threshold.value:.2f} | {before.ece:.3f} | "
                f"{after.ece:.3f} |"
            )
    table = "\n".join(rows)
    return f"""## Calibration

Logits are divided by a temperature a label, and a label counts as present from a threshold (highest F1). Both were
chosen on the {results.across.recordings} recordings to learn from, each judged by an encoder of the shortened recipe
that had not seen its patient, not by this very encoder. The calibration error (ECE) is measured on the fifth kept
apart. Labels that are not listed have too few positives: temperature 1, no threshold. Rare labels were drawn more
often in training, so probabilities tend to be too high.

| label | temperature | threshold | ECE before | ECE after |
|---|---|---|---|---|
{table}
"""


def _elsewhere(results: Results) -> str:
    folds = [f"{one.macro_auroc.value:.3f}" for one in results.folds if one.macro_auroc.value is not None]
    sites = "\n".join(
        f"| {name} | {one.recordings} | {len(one.macro_labels)} | {_figure(one.macro_auroc)} | "
        f"{_figure(one.macro_average_precision)} |"
        for name, one in results.sites.items()
    )
    across = results.across
    rows = "\n".join(
        f"| {one.label} | {one.positives} | {_figure(one.auroc)} | {_figure(one.average_precision)} |"
        for one in across.labels
        if one.label in across.macro_labels
    )
    return f"""## Shortened recipe: five folds, and sites never seen

All within the recordings to learn from. Macro AUROC of each fold {", ".join(folds)}. As one:
{_figure(across.macro_auroc)}, average precision {_figure(across.macro_average_precision)}, over
{len(across.macro_labels)} labels.

| label | positives | AUROC | average precision |
|---|---|---|---|
{rows}

Trained without a site, and judged on it:

| site | recordings | labels with 10 positives | macro AUROC | macro average precision |
|---|---|---|---|---|
{sites}
"""


def _rests(results: Results, simulated: Counter[str]) -> str:
    rows = "\n".join(f"| {one.label} | {one.positives} | {simulated[one.label]} |" for one in results.across.labels)
    return f"""## What rests on simulation

The more a label's positives are simulated, the less is known of how it does on people. **Ventricular tachycardia and
supraventricular tachycardia with aberrancy have no real positive at all.**

| label | real positives learned from | simulated positives |
|---|---|---|
{rows}
"""


def _failures(results: Results) -> str:
    wrong = [_sample(name, *labels) for name, labels in results.samples.items() if labels[0] != labels[1]]
    weakest = sorted(
        (one for one in results.kept.labels if one.label in results.kept.macro_labels),
        key=lambda one: one.auroc.value or 0,
    )[:3]
    samples = "".join(f"\n  - {one}" for one in wrong) or " none"
    return f"""## Known failures

- Weakest of the labels with 10 positives: {", ".join(f"{one.label} ({one.auroc.value:.3f})" for one in weakest)}.
- Samples in `data_samples` told wrongly at the thresholds (0.5 where there is none):{samples}
- A label of few positives is a demonstration only.
- Labels differ in meaning between sources. A source that states no rhythm counts as "no sinus rhythm" in some, which
  caps that label's AUROC; most recordings are from one hospital group (PTB-XL).
- A probability moves with the window: read the recording's figure, not one window's.
"""


def _sample(name: str, has: frozenset[str], told: frozenset[str]) -> str:
    parts = [f"missed {', '.join(sorted(has - told))}"] if has - told else []
    if told - has:
        parts.append(f"wrongly {', '.join(sorted(told - has))}")
    return f"{name}: {'; '.join(parts)}"


def _figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return estimate.why
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
