"""Explanations of 200 development recordings by the demo encoder: does a map know more than chance, where does it lie?

40 recordings each with atrial fibrillation, left and right bundle branch block, of which that label is explained, and
80 others, of which the label with the highest probability is; one of a patient, the first window of each. The demo
encoder has learned from four fifths of them: this is a study of the maps, not of the encoder.

`python -m benchmarks.explanations FILE [COUNT]` writes what it finds to FILE, a line a map, and goes on from there when
it is started again; fewer than 200 are the first of the same order, in which the kinds of recordings are mixed.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import ecgfm_core as ecg
from ecgfm_core.analysis.checking.curves import Bench, Curves, curves
from ecgfm_core.analysis.checking.energy import energy
from ecgfm_core.analysis.checking.grid import grid_of
from ecgfm_core.analysis.checking.watch import Watch
from ecgfm_core.analysis.explain.aim import aim_at
from ecgfm_core.analysis.explain.explain import METHODS, explain
from ecgfm_core.training.sources.folder import list_folder
from ecgfm_core.training.sources.listing import Item
from ecgfm_core.types import Energy, ExplainMethod, Windows

RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "ecg12"
ASKED = ("Atrial fibrillation", "Left bundle branch block", "Right bundle branch block")
COUNT, EACH, SEED = 200, 40, 0
DRAWS = 2
"""Random orders and shuffles a recording: the intervals are over the recordings."""
RESAMPLES, FEWEST = 2000, 5
"""Of the recordings, for an interval, and the recordings below which there is none."""
WAVES = ("P", "QRS", "T", "TP")
NO_BEAT, NOTHING = "no beat was found", "nothing in the map speaks for the label"


class Case(NamedTuple):
    """One recording: its place in the table, and the label to explain, None = that with the highest probability."""

    row: int
    label: str | None


class Tried(NamedTuple):
    """What one method gives for one recording.

    Attributes:
        areas: of deletion and insertion in the order of the map, and of both in random orders.
        gains: over random orders, and over the map shuffled (None where it knows only leads), in logits.
        waves: share of the positive evidence and of the time, by name; None where there is a reason.
        reason: why there are no waves, of a map that knows times.
    """

    areas: tuple[float, float, float, float]
    gains: tuple[float, float | None]
    waves: dict[str, tuple[float, float]] | None
    reason: str


Found = dict[tuple[int, str], Tried | None]
"""By place in the table and method; None where the recording has no window."""


def main(file: Path, count: int = COUNT) -> None:
    """Find what is not in the file yet, and print two Markdown tables."""
    items = list(list_folder(RECORDINGS).items)
    cases, encoder, start = choose(items)[:count], ecg.load_encoder("demo", device="cpu"), time.perf_counter()
    found = _read(file)
    for number, case in enumerate(cases, 1):
        missing = [method for method in METHODS if (case.row, method) not in found]
        for method, tried in study(items[case.row], case, encoder, missing):
            found[case.row, method] = tried
            with file.open("a") as lines:
                lines.write(json.dumps([case.row, method, tried]) + "\n")
        took = time.perf_counter() - start
        print(f"{number} of {len(cases)} recordings, {took:.0f} s: {items[case.row].id}", file=sys.stderr, flush=True)
    whole = [case for case in cases if all(found[case.row, method] for method in METHODS)]
    kinds = ", ".join(f"{sum(case.label == label for case in whole)} {label or 'others'}" for label in (*ASKED, None))
    print(f"{len(whole)} of {len(cases)} recordings have a window: {kinds}.")
    _print_curves(whole, found)
    _print_energy(whole, found)


def choose(items: Sequence[Item]) -> list[Case]:
    """`EACH` with each label that is asked for, and others; one of a patient; mixed, so that any part has all kinds."""
    order = [int(row) for row in np.random.default_rng(SEED).permutation(len(items))]
    cases, patients = list[tuple[float, Case]](), set[str]()
    for label, most in (*((label, EACH) for label in ASKED), (None, COUNT - EACH * len(ASKED))):
        rows = (row for row in order if _fits(items[row], label) and items[row].patient not in patients)
        for number, row in enumerate(rows):
            if number == most:
                break
            cases.append((number / most, Case(row, label)))
            patients.add(items[row].patient)
    return [case for _, case in sorted(cases, key=lambda one: one[0])]


def _fits(item: Item, label: str | None) -> bool:
    """Whether a recording has a label, or none of those that are asked for; CinC 2011 says nothing but quality."""
    holds = item.labels[label] is True if label else not any(item.labels[one] for one in ASKED)
    return holds and item.source != "cinc2011"


def study(
    item: Item, case: Case, encoder: ecg.Encoder, methods: Sequence[ExplainMethod]
) -> Iterable[tuple[ExplainMethod, Tried | None]]:
    """Methods on the first window of a recording."""
    if not methods:
        return
    record = item.read()
    try:
        whole = ecg.to_windows(record)
    except ecg.errors.RecordTooShort:
        yield from ((method, None) for method in methods)
        return
    windows, beats = Windows(whole.values[:1], whole.starts_s[:1], whole.source), ecg.measure(record).beats
    label = case.label or ecg.predict(ecg.encode(windows, encoder)).top(1)[0][0]
    for method in methods:
        saliency = explain(windows, encoder, label, method=method, beats=beats)
        grid = grid_of(saliency, encoder.config.input.fs)
        bench = Bench(encoder, aim_at(label, encoder), windows.values, grid)
        quiet = Watch(lambda done, total: None, lambda: False)
        tried = curves(bench, grid.pool(saliency.values), case.row, quiet, draws=DRAWS)
        yield method, _tried(tried, energy(saliency, beats))


def _tried(found: Curves, lies: Energy | None) -> Tried:
    chance, shuffled = found.random, found.shuffled
    areas = (found.deletion.area, found.insertion.area, *(_known(one) for one in (chance.deletion, chance.insertion)))
    waves = {part.name: (part.share, part.time) for part in lies.segments} if lies and lies.segments else None
    reason = "" if waves else NOTHING if lies is None else NO_BEAT
    gains = (_known(chance.gain), None if shuffled is None else _known(shuffled.gain))
    return Tried(areas, gains, waves, reason)


def _known(estimate: ecg.types.Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def _read(file: Path) -> Found:
    """What an earlier run has found; a line that was cut off by its end is dropped."""
    text = file.read_text() if file.exists() else ""
    if not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        file.write_text(text)
    lines = (json.loads(line) for line in text.splitlines())
    return {(row, method): Tried(*tried) if tried else None for row, method, tried in lines}


def _print_curves(cases: Sequence[Case], found: Found) -> None:
    print(
        "\n| method | deletion: map, random | insertion: map, random | gain over random orders | better in | "
        "gain over the map shuffled | better in |\n|---|---|---|---|---|---|---|"
    )
    for method in METHODS:
        tried = [one for case in cases if (one := found[case.row, method])]
        deletion, insertion, *random = np.mean([one.areas for one in tried], axis=0)
        areas = f"{deletion:.2f}, {random[0]:.2f} | {insertion:.2f}, {random[1]:.2f}"
        shuffled = [one.gains[1] for one in tried if one.gains[1] is not None]
        print(f"| {method} | {areas} | {_gain([one.gains[0] for one in tried])} | {_gain(shuffled)} |")


def _gain(gains: Sequence[float]) -> str:
    return f"{_interval(gains, 2)} | {np.mean(np.array(gains) > 0):.0%}".replace("%", " %") if gains else "- | -"


def _print_energy(cases: Sequence[Case], found: Found) -> None:
    print("\nShare of the positive evidence, in %, beside the share of the time; n = recordings that have the wave.\n")
    print("| label | method | " + " | ".join(WAVES) + " |\n|---|---|" + "---|" * len(WAVES))
    timed = [name for name, method in METHODS.items() if np.isfinite(method.resolution_s(ecg.load_encoder("demo")))]
    without = Counter[tuple[str, str, str]]()
    for label in ASKED:
        rows = [case.row for case in cases if case.label == label]
        for method in timed:
            tried = [one for row in rows if (one := found[row, method])]
            without.update((label, method, one.reason) for one in tried if one.waves is None)
            waves = [one.waves for one in tried if one.waves]
            cells = [_share([one[wave] for one in waves if wave in one]) for wave in WAVES]
            print(f"| {label} | {method} | " + " | ".join(cells) + " |")
    for (label, method, reason), count in without.items():
        print(f"\n{label}, {method}: left out {count}, because {reason}.")


def _share(both: Sequence[tuple[float, float]]) -> str:
    """Of the evidence, with its interval, and of the time."""
    if not both:
        return "-"
    shares, times = (100 * np.array(one) for one in zip(*both, strict=True))
    evidence = _interval(shares, 0) if len(both) >= FEWEST else f"{shares.mean():.0f}"
    return f"{evidence} in {times.mean():.0f}, n = {len(both)}"


def _interval(values: Sequence[float] | np.ndarray, digits: int) -> str:
    """Mean, and its 95 % bootstrap interval over the recordings."""
    kept = np.asarray(values, float)
    rng = np.random.default_rng(SEED)
    means = kept[rng.integers(len(kept), size=(RESAMPLES, len(kept)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return f"{kept.mean():.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(count) for count in sys.argv[2:]))
