"""What is judged and what comes out: scored recordings, estimates with intervals, curves, operating points, probes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import ScoresInvalid
from ecgfm_core.labels import Label, Threshold
from ecgfm_core.types.arrays import FloatArray, freeze


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Recordings with what is true of them and what an encoder says.

    Attributes:
        ids: [N] names of the recordings.
        truth: [N, C] 1 holds, 0 does not, NaN = nobody says.
        probabilities: [N, C] 0..1 of the whole recording; NaN = none, as for a label that was not trained.
        patients: [N] patient of each recording; intervals resample patients, not recordings.
        ages: [N] years; NaN = unknown.
        sexes: [N] "F", "M" or None = unknown.
    """

    ids: tuple[str, ...]
    truth: FloatArray
    probabilities: FloatArray
    patients: tuple[str, ...]
    ages: FloatArray
    sexes: tuple[str | None, ...]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit each other.

        Raises:
            ScoresInvalid: lengths differ, or a value is none of the allowed ones.
        """
        freeze(self, "truth", 2)
        freeze(self, "probabilities", 2)
        freeze(self, "ages", 1)
        if self.truth.shape != self.probabilities.shape:
            raise ScoresInvalid(
                f"truth and probabilities must have one shape [recordings, labels]. "
                f"Got {self.truth.shape} and {self.probabilities.shape}. Score the recordings that have labels."
            )
        for name in ("ids", "patients", "ages", "sexes"):
            if len(getattr(self, name)) != len(self.truth):
                raise ScoresInvalid(
                    f"{name} must name each of the {len(self.truth)} recordings. Got {len(getattr(self, name))}."
                )
        self._require("truth", np.isin(self.truth, (0, 1)), "1, 0 or nothing")
        self._require("probabilities", (self.probabilities >= 0) & (self.probabilities <= 1), "0 to 1, or nothing")
        unknown = sorted({str(sex) for sex in self.sexes} - {"F", "M", "None"})
        if unknown:
            raise ScoresInvalid(f'the sex of a recording must be "F", "M" or unknown. Got "{unknown[0]:.20}".')

    def _require(self, name: str, allowed: npt.NDArray[np.bool_], words: str) -> None:
        values: FloatArray = getattr(self, name)
        wrong = np.argwhere(~allowed & ~np.isnan(values))
        if len(wrong):
            row, column = wrong[0]
            raise ScoresInvalid(
                f"{name} must hold {words}. Got {values[row, column]:g} in row {row + 1}, label {column + 1}. "
                "Correct the table."
            )

    def __len__(self) -> int:
        """N."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: None where it does not exist.
        low: lower bound; None where there is no interval.
        high: upper bound; None where there is no interval.
        why: what keeps the value or the interval from existing, in words; empty where nothing does.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve, from the highest threshold to the lowest, thinned for drawing.

    Attributes:
        x: 0..1; ROC: 1 - specificity; precision-recall: recall, which is the sensitivity.
        y: 0..1; ROC: sensitivity; precision-recall: precision, which is the PPV.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Recordings of similar probability.

    Attributes:
        count: how many recordings.
        probability: their mean probability, 0..1.
        observed: share that is positive, 0..1, with its Wilson interval.
    """

    count: int
    probability: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold does to these recordings. Intervals are Wilson's and count recordings as independent.

    Attributes:
        aim: what the threshold is for, in words.
        threshold: a recording counts as positive from this probability on; says where it was chosen.
        true_positives: positive and told so.
        false_positives: negative and called positive.
        false_negatives: positive and called negative.
        true_negatives: negative and told so.
        sensitivity: share of the positives that is found, 0..1.
        specificity: share of the negatives that is left alone, 0..1.
        ppv: share of those called positive that is positive, 0..1; depends on the prevalence here.
        npv: share of those called negative that is negative, 0..1; depends on the prevalence here.
        f1: harmonic mean of sensitivity and PPV, 0..1.
    """

    aim: str
    threshold: Threshold
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Subgroup:
    """How well a label is told among some of the recordings, such as "female" or "age 60-79"."""

    name: str
    positives: int
    negatives: int
    auroc: Estimate


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """How well one label is told.

    Attributes:
        label: its name.
        positives: recordings of which it is stated to hold.
        negatives: recordings of which it is stated not to hold.
        prevalence: share of the positives, 0..1; None where no recording states it.
        auroc: area under the ROC curve.
        average_precision: area under the precision-recall curve, as a step function.
        brier: mean squared difference of probability and truth; None where not trained.
        ece: expected calibration error over `calibration`; None where not trained.
        calibration: bins of equal mass, by rising probability.
        roc: None with fewer than two classes.
        precision_recall: None with fewer than two classes.
        points: what the thresholds do; empty where none was chosen.
        subgroups: by sex and age.
    """

    label: str
    positives: int
    negatives: int
    prevalence: float | None
    auroc: Estimate
    average_precision: Estimate
    brier: float | None
    ece: float | None
    calibration: tuple[CalibrationBin, ...]
    roc: Curve | None
    precision_recall: Curve | None
    points: tuple[OperatingPoint, ...]
    subgroups: tuple[Subgroup, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well an encoder tells its labels on one set of recordings.

    Attributes:
        labels: one entry a label, in the order of the encoder's head.
        recordings: N.
        patients: how many people they come from.
        macro_auroc: mean over the labels of `macro_labels`.
        macro_average_precision: mean over the same labels.
        macro_labels: names of the labels with enough positives and negatives to enter the means.
        replicates: how often the patients were resampled for the intervals.
        seed: of the resampling.
    """

    labels: tuple[LabelEvaluation, ...]
    recordings: int
    patients: int
    macro_auroc: Estimate
    macro_average_precision: Estimate
    macro_labels: tuple[str, ...]
    replicates: int
    seed: int

    def __getitem__(self, label: str) -> LabelEvaluation:
        """The entry of a label, by name."""
        return {entry.label: entry for entry in self.labels}[label]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A linear classifier on the embeddings of one encoder: logit = weights . embedding + bias.

    Attributes:
        label: what it tells, with the prevalence among the recordings it learned from.
        weights: [D] for the raw embedding: the standardization is folded in.
        bias: for the raw embedding.
        regularization: C of the logistic regression, the inverse strength of the L2 penalty.
        auroc: on patients that each scoring model had not seen.
        positives: recordings with the label that it learned from.
        negatives: recordings without.
        encoder: fingerprint of the encoder whose embeddings it takes.
    """

    label: Label
    weights: FloatArray
    bias: float
    regularization: float
    auroc: Estimate
    positives: int
    negatives: int
    encoder: str

    def __post_init__(self) -> None:
        """Freeze the weights."""
        freeze(self, "weights", 1)
