"""The measurements against cardiologists (LUDB) and against simulated hearts; thresholds tuned on the other half.

The reference of a recording, from the annotations of its single leads: of each beat the second earliest onset and the
second latest offset over the leads, and the median over the beats.
"""

import csv
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import wfdb

import ecgfm_core as ecg
from benchmarks import hearts
from ecgfm_core.signal.measure.delineation import delineate
from ecgfm_core.signal.measure.families import Sorted, sort_beats
from ecgfm_core.signal.measure.preparing import prepare
from ecgfm_core.signal.measure.thresholds import DEFAULT, Thresholds

RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "ecg12"
LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
FEWEST_LEADS = 4
"""leads in which a QRS is annotated, else it is no beat."""
TARGETS = {"PR": (8.0, 25.0), "QRS": (8.0, 25.0), "QT": (14.0, 38.0)}
"""ms of median and 90th percentile of the absolute error."""
TOLERANCES_MS = (75, 150)
"""between an R peak and the annotated one; 150 is that of ANSI/AAMI EC57."""
GRID: dict[str, tuple[float, ...]] = {
    "qrs_hz": (25, 30, 35, 40),
    "qrs_onset": (0.015, 0.02, 0.03, 0.04, 0.05),
    "qrs_offset": (0.015, 0.02, 0.03, 0.04, 0.05),
    "p_hz": (15, 20, 25, 30),
    "p_onset": (0.1, 0.15, 0.2, 0.25, 0.3),
    "p_offset": (0.2, 0.3, 0.4),
    "p_steady": (0.75, 0.8, 0.84, 0.88, 0.92, 0.95),
    "p_steady_irregular": (0.86, 0.9, 0.93, 0.95, 0.97),
    "p_shortest_s": (0.04, 0.05, 0.06, 0.07),
    "t_hz": (8, 10, 12, 15),
    "t_offset": (0.1, 0.15, 0.2, 0.25, 0.3),
}


class Beat(NamedTuple):
    """One annotated beat, in samples: R, QRS, and P and T where at least two leads have them."""

    r: float
    qrs: tuple[int, int]
    p: tuple[int, int] | None
    t: tuple[int, int] | None


class Case(NamedTuple):
    """One recording: its beats sorted by shape (what no threshold changes), and the reference."""

    found: Sorted
    beats: list[Beat]
    reference: dict[str, float | None]


class Score(NamedTuple):
    """Errors in ms by interval; P waves there and found, not there and found, there and not found."""

    errors: dict[str, list[float]]
    presence: Counter[tuple[bool, bool]]


def main() -> None:
    """Print Markdown tables; without the recordings, those of the simulator alone."""
    if RECORDINGS.is_dir():
        cases = read_cases()
        _print_peaks(cases)
        first, second = halves(cases)
        crossed = [judge(second, tune(first)), judge(first, tune(second))]
        _print_score("tuned on the other half", merged(crossed))
        _print_score("tuned on all 100, as shipped", judge(cases, DEFAULT))
        print(f"\ntuned on all 100: {tune(cases)}")
        _print_time()
    else:
        print("\nthe recordings (../shared/data/ecg12) are not here")
    hearts.main()


def read_cases() -> list[Case]:
    """All LUDB recordings, in the order of their table."""
    with (RECORDINGS / "records.csv").open() as table:
        paths = [RECORDINGS / row["path"] for row in csv.DictReader(table) if row["source"] == "ludb"]
    return [_case(path) for path in paths]


def _case(path: Path) -> Case:
    found = sort_beats(prepare(ecg.read_record(f"{path}.hea")))
    assert found is not None
    beats = annotated(path)
    reference = {
        "PR": _median_ms((beat.p[0], beat.qrs[0]) for beat in beats if beat.p),
        "QRS": _median_ms(beat.qrs for beat in beats),
        "QT": _median_ms((beat.qrs[0], beat.t[1]) for beat in beats if beat.t),
    }
    return Case(found, beats, reference)


def _median_ms(spans: Iterable[tuple[int, int]]) -> float | None:
    lengths = [2.0 * (stop - start) for start, stop in spans]  # LUDB has 500 Hz
    return float(np.median(lengths)) if lengths else None


def annotated(path: Path) -> list[Beat]:
    """The annotations of twelve leads, joined into beats."""
    waves: dict[str, list[tuple[int, int, int]]] = {symbol: [] for symbol in "pNt"}
    for lead in LEADS:
        marks = wfdb.rdann(str(path), lead)
        symbols, samples = marks.symbol, marks.sample.tolist()
        for at in range(1, len(symbols) - 1):
            if symbols[at] in waves and symbols[at - 1] == "(" and symbols[at + 1] == ")":
                waves[symbols[at]].append((samples[at - 1], samples[at], samples[at + 1]))
    groups: list[list[tuple[int, int, int]]] = []
    for wave in sorted(waves["N"], key=lambda wave: wave[1]):
        if groups and wave[1] - groups[-1][0][1] < 50:
            groups[-1].append(wave)
        else:
            groups.append([wave])
    groups = [group for group in groups if len(group) >= FEWEST_LEADS]
    peaks = [float(np.median([wave[1] for wave in group])) for group in groups]
    beats = []
    for group, r, last, following in zip(groups, peaks, [-np.inf, *peaks], [*peaks[1:], np.inf], strict=False):
        p = _joined([wave for wave in waves["p"] if max(last, r - 250) < wave[1] < r])
        t = _joined([wave for wave in waves["t"] if r < wave[1] < min(following, r + 350)])
        beats.append(Beat(r, _joined(group) or (0, 0), p, t))
    return beats


def _joined(waves: Sequence[tuple[int, int, int]]) -> tuple[int, int] | None:
    """The second earliest onset and the second latest offset; None with fewer than two leads."""
    if len(waves) < 2:
        return None
    return sorted(wave[0] for wave in waves)[1], sorted(wave[2] for wave in waves)[-2]


def halves(cases: list[Case]) -> tuple[list[Case], list[Case]]:
    """Every other recording, of those with and of those without P waves."""
    ordered = sorted(cases, key=lambda case: case.reference["PR"] is None)
    count = sum(case.reference["PR"] is not None for case in cases)
    return ordered[:count:2] + ordered[count::2], ordered[1:count:2] + ordered[count + 1 :: 2]


def judge(cases: list[Case], thresholds: Thresholds) -> Score:
    """Delineate the largest family of each recording and compare."""
    score = Score({name: [] for name in TARGETS}, Counter())
    for found, _, reference in cases:
        largest = max(found.families, key=lambda family: family.total)
        own = delineate(largest, found, thresholds)
        spans = {
            "PR": None if own.p is None else (own.p[0], own.qrs[0]),
            "QRS": own.qrs,
            "QT": None if own.t is None else (own.qrs[0], own.t[1]),
        }
        score.presence[reference["PR"] is not None, own.p is not None] += 1
        for name, span in spans.items():
            truth = reference[name]
            if span is not None and truth is not None:
                score.errors[name].append(2.0 * (span[1] - span[0]) - truth)
    return score


def merged(scores: Sequence[Score]) -> Score:
    """Two halves as one."""
    errors = {name: [error for score in scores for error in score.errors[name]] for name in TARGETS}
    return Score(errors, sum((score.presence for score in scores), Counter()))


def tune(cases: list[Case]) -> Thresholds:
    """Twice through the thresholds, each set to what is best on these recordings with the others as they are."""
    best = Thresholds(**{name: values[len(values) // 2] for name, values in GRID.items()})
    for _ in range(2):
        for field in fields(Thresholds):
            changed: list[Thresholds] = [replace(best, **_one(field.name, value)) for value in GRID[field.name]]
            best = min([best, *changed], key=lambda thresholds: cost(judge(cases, thresholds)))
    return best


def _one(name: str, value: float) -> dict[str, Any]:
    return {name: value}


def cost(score: Score) -> float:
    """Mean and 90th percentile of the errors as shares of their targets; 0.05 a missed P wave, 0.1 an invented one."""
    total = 0.05 * score.presence[True, False] + 0.1 * score.presence[False, True]
    for name, (median, worst) in TARGETS.items():
        errors = np.abs(score.errors[name])
        total += errors.clip(max=2 * worst).mean() / median + np.percentile(errors, 90) / worst
    return float(total)


def f1(score: Score) -> float:
    """Of the presence of P waves, by recording."""
    hits = score.presence[True, True]
    return 2 * hits / (2 * hits + score.presence[True, False] + score.presence[False, True])


def peaks_found(cases: list[Case], tolerance_ms: float) -> tuple[int, int, int]:
    """Beats found, beats missed and peaks that are none, between the first and the last annotated beat."""
    hits = missed = false = 0
    for found, beats, _ in cases:
        truth = np.array([beat.r for beat in beats])
        peaks = found.peaks[(found.peaks > beats[0].qrs[0] - 10) & (found.peaks < beats[-1].qrs[1] + 10)]
        near = np.abs(truth[:, None] - peaks) * 2 <= tolerance_ms
        hits += int(near.any(axis=1).sum())
        missed += int((~near.any(axis=1)).sum())
        false += int((~near.any(axis=0)).sum())
    return hits, missed, false


def _print_peaks(cases: list[Case]) -> None:
    print("\n| R peaks of 100 LUDB recordings | sensitivity | precision |\n|---|---|---|")
    for tolerance in TOLERANCES_MS:
        hits, missed, false = peaks_found(cases, tolerance)
        print(f"| within {tolerance} ms | {hits / (hits + missed):.2%} | {hits / (hits + false):.2%} |")


def _print_score(how: str, score: Score) -> None:
    print(f"\n| {how} | recordings | bias, ms | median error, ms | 90th percentile, ms | target |")
    print("|---|---|---|---|---|---|")
    for name, (median, worst) in TARGETS.items():
        errors = np.array(score.errors[name])
        at = np.percentile(np.abs(errors), (50, 90))
        found = f"{len(errors)} | {np.median(errors):+.1f} | {at[0]:.1f} | {at[1]:.1f}"
        print(f"| {name} | {found} | {median:g} ({worst:g}) |")
    absent = score.presence[False, False]
    none = absent + score.presence[False, True]
    print(f"\nP wave, F1 by recording: {f1(score):.3f}; none found in {absent} of the {none} recordings without")


def _print_time() -> None:
    paths = sorted((RECORDINGS / "ludb").glob("*.hea"))[:20]
    records = [ecg.read_record(str(path)) for path in paths]
    start = time.perf_counter()
    for record in records:
        ecg.measure(record)
    print(f"\nms for a ten-second ECG, everything measured: {1000 * (time.perf_counter() - start) / len(records):.0f}")
