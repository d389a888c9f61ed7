"""Groups of a cohort's recordings: clusters, what a selection holds more of, how they look, what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecgfm_core.types.evaluation import Estimate
from ecgfm_core.types.measurements import MedianBeat

ClusterMethod = Literal["kmeans", "hdbscan"]
IssueKind = Literal["duplicate", "near_duplicate", "mislabel", "outlier"]


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Recordings sorted into K groups by embedding.

    Attributes:
        members: [N] number of each recording's cluster, 0 = the largest; -1 = in none.
        medoids: [K] row of the member that is nearest, on average, to the members of its cluster.
        method: "kmeans" or "hdbscan".
        parameters: what the method was run with, by name.
        seed: of the method.
    """

    members: npt.NDArray[np.int64]
    medoids: tuple[int, ...]
    method: ClusterMethod
    parameters: Mapping[str, float]
    seed: int

    def __post_init__(self) -> None:
        """Freeze the array."""
        members = np.array(self.members, np.int64)
        members.flags.writeable = False
        object.__setattr__(self, "members", members)


@dataclass(frozen=True, slots=True)
class Enrichment:
    """How much commoner a label, or a value of a column, is inside a selection than outside.

    Attributes:
        column: of the cohort's table.
        value: of the column, in words; None for a label, which is asked for 1.
        held_inside: recordings inside that hold it.
        known_inside: recordings inside of which it is known whether they do.
        held_outside: recordings outside that hold it.
        known_outside: recordings outside of which it is known whether they do.
        missing: recordings, inside and outside, of which nobody says; they are left out.
        lift: share inside over share outside, a risk ratio; 1 = no difference.
        p: chance of a difference as large as this, or larger, between selections that have nothing to do with it; None
            where there is nothing to compare.
        q: p corrected for the number of questions asked at once (Benjamini & Hochberg 1995).
    """

    column: str
    value: str | None
    held_inside: int
    known_inside: int
    held_outside: int
    known_outside: int
    missing: int
    lift: Estimate
    p: float | None
    q: float | None

    @property
    def share_inside(self) -> float | None:
        """0..1; None where nothing is known inside."""
        return self.held_inside / self.known_inside if self.known_inside else None

    @property
    def share_outside(self) -> float | None:
        """0..1; None where nothing is known outside."""
        return self.held_outside / self.known_outside if self.known_outside else None


@dataclass(frozen=True, slots=True, eq=False)
class TypicalBeat:
    """The median over recordings of their median beats.

    Attributes:
        beat: its `spread` is the interquartile range over the recordings, its `beats` counts recordings.
        unit: "mV"; None = of each recording's beat the largest value, over all leads, was made 1.
        left_out: recordings looked at that did not enter: no beat was found, or they are of the other unit.
    """

    beat: MedianBeat
    unit: str | None
    left_out: int


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that a person should look at before the cohort is relied on.

    Attributes:
        kind: "duplicate", the same samples; "near_duplicate", the same to the encoder; "mislabel", neighbors and model
            contradict a label; "outlier", far from every other recording.
        rows: of the recordings, rising.
        score: near_duplicate: the largest cosine distance that ties the group together, 0 = identical; duplicate: 0;
            mislabel: 0.5..1, how strongly the label is contradicted; outlier: 0..100, percentile of the distance.
        sentence: what is the matter, for a person; names no patient.
        label: the label in question; None for the other kinds.
    """

    kind: IssueKind
    rows: tuple[int, ...]
    score: float
    sentence: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Whether recordings with a label have neighbors with that label.

    Attributes:
        label: its name.
        agreement: 0..1; mean share, over the recordings with the label, of the neighbors that hold it among those that
            state it; None where no such recording has a neighbor that states it.
        chance: 0..1; what neighbors drawn at random give: the prevalence; None where no recording states it.
        recordings: how many recordings with the label went in.
    """

    label: str
    agreement: float | None
    chance: float | None
    recordings: int
