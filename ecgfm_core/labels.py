"""What one output of a classifier means: its name and how its numbers are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rule = Literal["mean", "max"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A probability from which a label counts as present, and where that number comes from."""

    value: float
    provenance: str


@dataclass(frozen=True, slots=True)
class Label:
    """One output of a classifier.

    Attributes:
        name: the label as people read it; scores are addressed by it, never by position.
        rule: how the windows of a recording combine: their mean, or their maximum for events
            that may show in one window alone.
        prevalence: share of positive recordings in the training set, 0..1; None = unknown.
        trained: False where the training set had no positives: such an output is never shown.
        threshold: None where nobody has chosen one.
        temperature: logits are divided by it before the sigmoid; 1 = not calibrated.
    """

    name: str
    rule: Rule = "mean"
    prevalence: float | None = None
    trained: bool = True
    threshold: Threshold | None = None
    temperature: float = 1.0


# Order of the logits and prevalence over all 787,680 labelled MIMIC-IV-ECG recordings: label_def.csv of
# the ECG-FM repository. The rule of each label: the aggregation of its quickstart notebook.
MIMIC_IV_ECG: tuple[Label, ...] = (
    Label("Poor data quality", "max", 0.02641311095791803),
    Label("Sinus rhythm", "mean", 0.8116321791800446),
    Label("Premature ventricular contraction", "max", 0.064836220938278),
    Label("Tachycardia", "mean", 0.2093891277769949),
    Label("Ventricular tachycardia", "max", 0.0009090020401763667),
    Label("Supraventricular tachycardia with aberrancy", "max", 0.0416553991578584),
    Label("Atrial fibrillation", "mean", 0.1014476746178954),
    Label("Atrial flutter", "mean", 0.017992146527066297),
    Label("Bradycardia", "mean", 0.130754103522129),
    Label("Accessory pathway conduction", "mean", 0.1195071076088295),
    Label("Atrioventricular block", "mean", 0.07916062040658799),
    Label("1st degree atrioventricular block", "mean", 0.07375739040241114),
    Label("Bifascicular block", "mean", 0.030360160319521833),
    Label("Right bundle branch block", "mean", 0.08245765713611036),
    Label("Left bundle branch block", "mean", 0.037222110078115773),
    Label("Infarction", "mean", 0.22430260119312864),
    Label("Electronic pacemaker", "max", 0.038975366806444776),
)
"""The 17 labels of the published fine-tuned ECG-FM, in the order of its logits."""
