"""What an encoder looks at in a group of recordings: the mean of their maps, R on R, over their typical beat.

Each recording's map is laid on the R peaks of the beats that its median beat is made of, whatever started them: paced
beats and those of bundle branch block count, premature ones do not. It is divided by its mean absolute value over these
beats before the mean over them is taken. So recordings weigh alike, however loud their score is, and one whose beats do
not agree adds less than one whose beats do. A beat that reaches beyond the first or the last window is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import t as students_t

from ecgfm_core.analysis.checking.energy import energy
from ecgfm_core.analysis.cohort import Cohort
from ecgfm_core.analysis.enriching import patient_codes
from ecgfm_core.analysis.explain.aim import Target, aim_at
from ecgfm_core.analysis.explain.explain import METHODS, explain
from ecgfm_core.analysis.explain.segments import SEGMENT_NAMES
from ecgfm_core.analysis.nearest import stop_if
from ecgfm_core.analysis.typical import median_of
from ecgfm_core.errors import RecordTooShort, SelectionInvalid
from ecgfm_core.model.checkpoint import Encoder
from ecgfm_core.signal.measure.measuring import NO_BEAT, measure
from ecgfm_core.signal.measure.shapes import AFTER, BEFORE, MOST_BEATS, Samples, cut
from ecgfm_core.signal.windows import MODEL_FS, WINDOW_S, preprocess, to_windows
from ecgfm_core.types import (
    Beat,
    Estimate,
    ExplainMethod,
    FloatArray,
    MedianBeat,
    Record,
    Saliency,
    SegmentShare,
    TypicalSaliency,
    Windows,
)
from ecgfm_core.types.measurements import Kind

MOST_RECORDINGS = 200
"""Recordings that are looked at; of more, as many are drawn at random."""
PREVAILING: tuple[Kind, ...] = ("normal", "paced", "other")
"""Kinds that the beats of the median beat can have; an early beat has another, and where one beat is normal, the
median beat is made of such."""

Codes = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is asked of every recording; see `typical_saliency`."""

    encoder: Encoder
    target: Target
    name: str
    """of the target"""
    method: ExplainMethod
    seed: int
    cancel: Callable[[], bool]

    def of(self, windows: Windows, beats: Sequence[Beat]) -> Saliency:
        """The map of one recording."""
        return explain(
            windows, self.encoder, self.target, method=self.method, beats=beats, seed=self.seed, cancel=self.cancel
        )


class _Part(NamedTuple):
    """What one recording adds.

    Attributes:
        id: of the recording.
        values: [12, S] mean over its beats, in units of the map's mean size about them.
        beats: how many.
        beat: its median beat, in its own unit.
        std: [12] standard deviation of each lead, in the same unit.
        unit: "mV" or None.
        segments: share of the positive evidence and of the time, by name; empty where there is nothing to share.
    """

    id: str
    values: FloatArray
    beats: int
    beat: MedianBeat
    std: Floats
    unit: str | None
    segments: Mapping[str, tuple[float, float]]


def typical_saliency(  # noqa: PLR0913  (each is a part of the question, or how to watch its answer being found)
    cohort: Cohort,
    rows: Iterable[int],
    encoder: Encoder,
    target: Target,
    *,
    method: ExplainMethod = "relevance",
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancel: Callable[[], bool] = lambda: False,
) -> TypicalSaliency:
    """Say where in the beat a score rests, over many recordings, each of which weighs alike.

    Args:
        cohort: from `open_cohort`; its recordings are read one by one.
        rows: of the recordings; order and repetition do not matter. Of more than `MOST_RECORDINGS` as many are drawn.
        encoder: from `load_encoder`; it is left as it was found, however this ends.
        target: see `explain`.
        method: see docs/explanations.md.
        seed: of the draw, and of what the method draws at random.
        progress: called with (recordings done, recordings).
        cancel: asked between recordings, and between the steps of each map.

    Raises:
        SelectionInvalid: no row is given, a row is not there, or no recording has a beat.
        EncoderMismatch: the recordings are not what the encoder takes, or the probe belongs to another one.
        NoLabels: the encoder has no such label.
        Canceled: `cancel` said so.
    """
    asked = _rows(cohort, rows)
    question = _Question(encoder, target, aim_at(target, encoder).name, method, seed, cancel)
    parts, left_out = _look(cohort, [cohort.ids[row] for row in _drawn(asked, seed)], question, progress)
    patients = patient_codes(cohort.table["patient_id"].iloc[[cohort.row_of[part.id] for part in parts]])
    return _put_together(parts, patients, left_out, len(asked), question)


def standard_error(values: npt.NDArray[np.floating], patients: Codes) -> FloatArray:
    """[N, ...] -> [...]: of the mean over N recordings, where what lies in one patient goes together.

    The sandwich estimate with its small-sample factor; s / sqrt(N) where every patient has one recording, NaN where
    all are of one patient.
    """
    _, codes = np.unique(patients, return_inverse=True)
    groups, count = int(codes.max()) + 1, len(values)
    if groups < 2:
        return np.full(values.shape[1:], np.nan, np.float32)
    sums = np.zeros((groups, *values.shape[1:]))
    np.add.at(sums, codes, values - values.mean(axis=0, dtype=np.float64))
    error = np.sqrt(groups / (groups - 1) * (sums**2).sum(axis=0)) / count
    return np.asarray(error, np.float32)


def _rows(cohort: Cohort, rows: Iterable[int]) -> list[int]:
    """Rising, each once."""
    asked, there = sorted({int(row) for row in rows}), len(cohort.ids)
    if not asked:
        raise SelectionInvalid("a mean over recordings needs at least one. None is selected. Select some.")
    if asked[0] < 0 or asked[-1] >= there:
        raise SelectionInvalid(f"rows must be between 0 and {there - 1}. Got {asked[0]} to {asked[-1]}.")
    return asked


def _drawn(asked: list[int], seed: int) -> list[int]:
    """All, or a sample of the size that is looked at; rising."""
    if len(asked) <= MOST_RECORDINGS:
        return asked
    return sorted(np.random.default_rng(seed).choice(asked, MOST_RECORDINGS, replace=False).tolist())


def _look(
    cohort: Cohort, ids: list[str], question: _Question, progress: Callable[[int, int], None]
) -> tuple[list[_Part], dict[str, str]]:
    """What each recording adds, and why some add nothing, by id."""
    parts: list[_Part] = []
    left_out: dict[str, str] = {}
    for done, id in enumerate(ids):
        stop_if(question.cancel)
        found = _part_of(cohort.record(id), id, question)
        if isinstance(found, _Part):
            parts.append(found)
        else:
            left_out[id] = found
        progress(done + 1, len(ids))
    if not parts:
        raise SelectionInvalid(
            f"a mean map needs a recording in which beats are found. None of the {len(ids)} recordings has one (the "
            f"first: {left_out[ids[0]]}). Select others."
        )
    return parts, left_out


def _part_of(record: Record, id: str, question: _Question) -> _Part | str:
    """What a recording adds, or why it adds nothing, in words."""
    try:
        windows, std = to_windows(record), preprocess(record).std
    except RecordTooShort:
        return f"it lasts {record.duration_s:.1f} s; one window is {WINDOW_S:.0f} s"
    measured = measure(record)
    if measured.median is None:
        return NO_BEAT
    peaks = _whole(measured.beats, windows)
    if not len(peaks):
        return "none of its beats lies wholly in its windows"
    saliency = question.of(windows, measured.beats)
    values = _over_beats(saliency, peaks)
    return _Part(
        id, values, len(peaks), measured.median, std, record.unit, _evidence(saliency, measured.beats)
    )  # fmt: skip


def _whole(beats: Sequence[Beat], windows: Windows) -> Samples:
    """[n] samples of the R peaks of prevailing beats that lie wholly in the windows; of many, some evenly chosen."""
    kinds = {beat.kind for beat in beats}
    prevailing = next((kind for kind in PREVAILING if kind in kinds), None)
    peaks = np.array([round(beat.r_s * MODEL_FS) for beat in beats if beat.kind == prevailing], np.intp)
    whole = peaks[(peaks >= BEFORE) & (peaks + AFTER <= len(windows.values) * windows.values.shape[2])]
    chosen: Samples = whole[np.linspace(0, len(whole) - 1, min(len(whole), MOST_BEATS)).round().astype(np.intp)]
    return chosen


def _over_beats(saliency: Saliency, peaks: Samples) -> FloatArray:
    """[12, S] the mean of a map over beats, in units of its mean size there; 0 where it is 0 everywhere."""
    whole = saliency.values.swapaxes(0, 1).reshape(len(saliency.values[0]), -1)  # windows follow one another
    beats = cut(whole, peaks, slice(-BEFORE, AFTER)).astype(np.float64)
    size = float(np.abs(beats).mean())
    values: FloatArray = (beats.mean(axis=0) / (size or 1.0)).astype(np.float32)
    return values


def _evidence(saliency: Saliency, beats: Sequence[Beat]) -> dict[str, tuple[float, float]]:
    found = energy(saliency, beats)
    return {} if found is None else {part.name: (part.share, part.time) for part in found.segments}


def _put_together(
    parts: Sequence[_Part], patients: Codes, left_out: Mapping[str, str], asked: int, question: _Question
) -> TypicalSaliency:
    maps, (beat, unit) = np.stack([part.values for part in parts]), _typical(parts)
    return TypicalSaliency(
        mean=maps.mean(axis=0, dtype=np.float64).astype(np.float32),
        standard_error=standard_error(maps, patients),
        beat=beat,
        unit=unit,
        segments=_segments(parts, patients),
        recordings=tuple(part.id for part in parts),
        left_out=left_out,
        asked=asked,
        beats=sum(part.beats for part in parts),
        target=question.name,
        method=question.method,
        per_lead=METHODS[question.method].per_lead,
        encoder=question.encoder.fingerprint,
    )


def _typical(parts: Sequence[_Part]) -> tuple[MedianBeat, str | None]:
    """The median of the median beats and its unit: millivolts, or standard deviations where one recording has none."""
    if all(part.unit == "mV" for part in parts):
        return median_of([part.beat for part in parts]), "mV"
    return median_of([_in_deviations(part) for part in parts]), None


def _in_deviations(part: _Part) -> MedianBeat:
    """A lead that never changes is 0 already."""
    std = np.where(part.std > 0, part.std, 1).astype(np.float32)
    return replace(part.beat, values=part.beat.values / std[:, None])


def _segments(parts: Sequence[_Part], patients: Codes) -> tuple[SegmentShare, ...]:
    """Of the recordings in which something speaks for the target."""
    there = np.array([bool(part.segments) for part in parts])
    told = [part.segments for part in parts if part.segments]
    found = []
    for name in SEGMENT_NAMES:
        if any(name in one for one in told):
            share, time = np.array([one.get(name, (0.0, 0.0)) for one in told]).T
            found.append(SegmentShare(name, _interval(share, patients[there]), float(time.mean())))
    return tuple(found)


def _interval(shares: Floats, patients: Codes) -> Estimate:
    """The mean, and its 95 % interval by Student's t with one degree of freedom less than there are patients."""
    mean, error, groups = float(shares.mean()), float(standard_error(shares, patients)), len(np.unique(patients))
    if groups < 2:
        return Estimate(mean, why="one patient has no spread")
    reach = float(students_t.ppf(0.975, groups - 1)) * error
    return Estimate(mean, max(0.0, mean - reach), min(1.0, mean + reach))
