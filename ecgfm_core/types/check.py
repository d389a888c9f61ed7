"""Whether a map may be believed."""

from __future__ import annotations

from dataclasses import dataclass

from ecgfm_core.types.arrays import FloatArray, freeze
from ecgfm_core.types.evaluation import Estimate
from ecgfm_core.types.saliency import ExplainMethod


@dataclass(frozen=True, slots=True)
class OrderCurve:
    """How the score goes while the cells of a map are removed, or put back, those that speak most for the target first.

    Attributes:
        shares: [K] share of the cells removed or put back, 0 to 1.
        scores: [K] mean over the windows, in logits.
        area: under the curve, the mean score on the way. A good map has a small one of deletion, a large one of
            insertion.
    """

    shares: tuple[float, ...]
    scores: tuple[float, ...]
    area: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How the same curves go in orders that know nothing.

    Attributes:
        draws: how many orders.
        deletion: area; the mean of the orders, and the interval within which 95 % of such orders lie.
        insertion: likewise.
        gain: by how many logits the map does better, the mean of deletion and insertion; its interval is that of the
            difference to one such order. Above 0 = better than chance.
    """

    draws: int
    deletion: Estimate
    insertion: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Stage:
    """How much of a map is left when weights are made random.

    Attributes:
        part: of the network that was made random in this stage, beside those of the stages before.
        correlation: rank correlation of the sizes of the map's values with those of the original one, -1 to 1; 0 =
            nothing is left.
        signed: rank correlation of the values with their signs.
    """

    part: str
    correlation: float
    signed: float


@dataclass(frozen=True, slots=True)
class SegmentEnergy:
    """The positive evidence in one kind of segment.

    Attributes:
        name: P, PR, QRS, ST, T, TP or other.
        time: share of the time that it takes, 0 to 1.
        share: of the positive evidence that lies in it, 0 to 1.
        by_lead: [12] share of the positive evidence, in standard order; None where the map does not know leads apart.
    """

    name: str
    time: float
    share: float
    by_lead: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class BeatEnergy:
    """The positive evidence in one beat.

    Attributes:
        beat: its place among the beats, from 0.
        r_s: its R peak in s from the first sample of the recording.
        share: of the positive evidence, 0 to 1.
    """

    beat: int
    r_s: float
    share: float


@dataclass(frozen=True, slots=True)
class Energy:
    """Where the positive evidence lies.

    Attributes:
        segments: kinds that occur, in the order of a beat; () where no beat is known, or the map knows no times.
        beats: of the windows, those with most evidence first; likewise.
        leads: [12] share of the positive evidence, in standard order; None where the map does not know leads apart.
    """

    segments: tuple[SegmentEnergy, ...]
    beats: tuple[BeatEnergy, ...]
    leads: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Stability:
    """Rank correlation of the map with maps of windows that a reader could not tell from these.

    Attributes:
        noise: after noise of half a hundredth of a lead's standard deviation.
        shift: after a shift by 20 ms, taken back before comparing.
    """

    noise: float
    shift: float


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Rank correlations between maps of the same score.

    Attributes:
        methods: [M] the checked map first.
        correlations: [M, M] NaN where two maps have nothing in common: one knows only leads, the other only times.
    """

    methods: tuple[ExplainMethod, ...]
    correlations: FloatArray

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze(self, "correlations", 2)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """The check card of one map.

    Attributes:
        method: of the map.
        target: in words.
        deletion: cells removed, those that speak most for the target first.
        insertion: cells put back into an empty recording in the same order.
        random: the same in random orders of the cells.
        shuffled: the same for the map itself, its blocks moved to random times and leads; None where it knows only
            leads, of which any order is random.
        randomization: the map while the weights are made random, from the head down to the stem.
        agreement: with the other maps that were handed over.
        energy: in the segments of the beats; None where nothing in the map speaks for the target.
        stability: under changes that no reader would see.
        gap: [W] of the map, see `Saliency`.
        better_than_random: by the rules in docs/explanations.md.
        verdict: one sentence.
    """

    method: ExplainMethod
    target: str
    deletion: OrderCurve
    insertion: OrderCurve
    random: Chance
    shuffled: Chance | None
    randomization: tuple[Stage, ...]
    agreement: Agreement
    energy: Energy | None
    stability: Stability
    gap: FloatArray | None
    better_than_random: bool
    verdict: str

    @property
    def randomization_correlation(self) -> float:
        """Of the sizes of the map with those of a network all of whose weights are random."""
        return self.randomization[-1].correlation
