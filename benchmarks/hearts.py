"""The measurements of simulated hearts against what is true of them by construction."""

from collections import Counter, defaultdict

import numpy as np

import ecgfm_core as ecg
from ecgfm_core.simulate.population import FINDINGS, random_heart
from ecgfm_core.simulate.record import Simulated
from ecgfm_core.types import Measurements

EACH = 8
"""hearts of each finding."""
SEED = 5
KINDS = ("normal", "premature_atrial", "premature_ventricular", "paced", "other")
NAMES = ("HR", "PR", "QRS", "QT", "QRS_axis")
EDGE_S = 0.15
"""s at the ends of a recording, within which a beat is cut in two."""


def main() -> None:
    """Print Markdown tables."""
    errors: dict[str, list[float]] = defaultdict(list)
    kinds: Counter[tuple[str, str]] = Counter()
    presence: Counter[tuple[bool, bool]] = Counter()
    rng = np.random.default_rng(SEED)
    for finding in FINDINGS:
        for seed in range(EACH):
            made = ecg.simulate(random_heart(rng, finding), seed=seed)
            if made.truth.labels["Poor data quality"]:
                continue
            measured = ecg.measure(made.record)
            for name, error in _errors(made, measured).items():
                errors[name].append(error)
            presence[made.truth.pr_ms is not None, measured["PR"].value is not None] += 1
            kinds += _kinds(made, measured)
    _print(errors, presence, kinds)


def _errors(made: Simulated, measured: Measurements) -> dict[str, float]:
    truth = made.truth
    true = dict(zip(NAMES, (truth.rate, truth.pr_ms, truth.qrs_ms, truth.qt_ms, truth.axis_deg), strict=True))
    errors = {}
    for name, right in true.items():
        found = measured[name].value
        if found is not None and right is not None:
            errors[name] = (found - right + 180) % 360 - 180 if name == "QRS_axis" else found - right
    return errors


def _kinds(made: Simulated, measured: Measurements) -> Counter[tuple[str, str]]:
    """True and found kinds of beats; "" where there is no such beat."""
    end_s = made.record.duration_s - EDGE_S
    found = {beat.r_s: beat.kind for beat in measured.beats}
    pairs: Counter[tuple[str, str]] = Counter()
    for beat in made.truth.beats:
        near = [r_s for r_s in found if abs(r_s - beat.r_s) < 0.1]
        if near:
            pairs[beat.kind, found.pop(near[0])] += 1
        elif EDGE_S < beat.r_s < end_s:
            pairs[beat.kind, ""] += 1
    pairs.update(("", kind) for r_s, kind in found.items() if EDGE_S < r_s < end_s)
    return pairs


def _print(
    errors: dict[str, list[float]], presence: Counter[tuple[bool, bool]], kinds: Counter[tuple[str, str]]
) -> None:
    print("\n| simulated hearts | recordings | bias | median error | 90th percentile |\n|---|---|---|---|---|")
    for name in NAMES:
        values = np.array(errors[name])
        at = np.percentile(np.abs(values), (50, 90))
        print(f"| {name} | {len(values)} | {np.median(values):+.1f} | {at[0]:.1f} | {at[1]:.1f} |")
    print(f"\nPR exists and is told {presence[True, True]}, is not told {presence[True, False]}; ", end="")
    print(f"does not exist and is told {presence[False, True]}, is not told {presence[False, False]}")
    print(f"\n| true beat, found as | {' | '.join(KINDS)} | not found |\n|{'---|' * (len(KINDS) + 2)}")
    for true in (*KINDS, ""):
        row = " | ".join(str(kinds[true, found]) for found in (*KINDS, ""))
        print(f"| {true or 'no beat'} | {row} |")
