"""What speaks for a label, sample by sample, in one recording and in many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecgfm_core.types.arrays import FloatArray, freeze
from ecgfm_core.types.evaluation import Estimate
from ecgfm_core.types.measurements import MedianBeat

ExplainMethod = Literal[
    "attention",
    "relevance",
    "gradient_x_input",
    "smoothgrad",
    "integrated_gradients",
    "occlusion",
    "lead_importance",
    "lead_removal",
]
SaliencyUnit = Literal["share", "relative", "logit", "probability"]


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """A map of what an encoder's score rests on, for one recording.

    Attributes:
        values: [W, 12, S] positive where the samples speak for the target, negative where they speak against it. A map
            that does not know leads or samples apart repeats its values over them.
        target: in words, as "Atrial fibrillation" or "Atrial fibrillation rather than Sinus rhythm".
        method: by which the map was made.
        unit: of the values: a share of the attention; relative, where only their proportions mean something; a logit a
            sample; or the probability that is lost without the cell or the lead that a sample belongs to.
        resolution_s: s within which the values mean nothing finer; infinite where a whole window has one value.
        per_lead: whether leads differ.
        class_specific: whether another target has another map.
        gap: [W] of the score's change that the map leaves unexplained, as a share of it; None where the method does not
            promise to explain it all.
        starts_s: [W] start of each window in seconds.
        source: digest of the record.
        encoder: fingerprint of the encoder.
        standard_error: [W] of the values, in their unit, the largest of the window's leads, where they are a mean over
            what was drawn at random; else None.
    """

    values: FloatArray
    target: str
    method: ExplainMethod
    unit: SaliencyUnit
    resolution_s: float
    per_lead: bool
    class_specific: bool
    gap: FloatArray | None
    starts_s: FloatArray
    source: str
    encoder: str
    standard_error: FloatArray | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "values", 3)
        freeze(self, "starts_s", 1)
        for name in ("gap", "standard_error"):
            if getattr(self, name) is not None:
                freeze(self, name, 1)


@dataclass(frozen=True, slots=True)
class SegmentShare:
    """How much of the positive evidence one kind of segment holds in a group of recordings.

    Attributes:
        name: "P", "PR", "QRS", "ST", "T", "TP", or "other", which no wave names.
        share: 0..1; mean over the recordings; 0 counts for a recording without such a segment.
        time: 0..1; mean share of the time that it takes; what evenly spread evidence would give.
    """

    name: str
    share: Estimate
    time: float


@dataclass(frozen=True, slots=True, eq=False)
class TypicalSaliency:
    """The mean map of a group of recordings, R on R, over their typical beat.

    Attributes:
        mean: [12, S] mean over the recordings; positive speaks for the target; 1 = the mean size of a recording's map
            about its beats.
        standard_error: [12, S] of `mean`, recordings of one patient taken together; NaN where there is one patient.
        beat: the median over the recordings of their median beats, over the same S samples; its `spread` is the
            interquartile range over the recordings, its `beats` counts recordings.
        unit: of the beat: "mV" where all recordings know it; None = standard deviations of each lead.
        segments: of the positive evidence, in the order of a beat; () where the map knows no times, or nothing speaks
            for the target.
        recordings: ids of those that went in, by row.
        left_out: ids of those that were looked at and did not go in, each with the reason in words.
        asked: how many were asked for; where more than were looked at, a sample was drawn.
        beats: beats that went in, of all recordings together.
        target: in words.
        method: by which the maps were made.
        per_lead: whether leads differ.
        encoder: fingerprint.
    """

    mean: FloatArray
    standard_error: FloatArray
    beat: MedianBeat
    unit: str | None
    segments: tuple[SegmentShare, ...]
    recordings: tuple[str, ...]
    left_out: Mapping[str, str]
    asked: int
    beats: int
    target: str
    method: ExplainMethod
    per_lead: bool
    encoder: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze(self, "mean", 2)
        freeze(self, "standard_error", 2)

    @property
    def sampled(self) -> bool:
        """Whether more recordings were asked for than were looked at."""
        return self.asked > len(self.recordings) + len(self.left_out)
