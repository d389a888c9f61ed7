"""The quality gate: recordings judged by people, real ones as they are and with exchanged cables, simulated faults."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.records.packed import read_packed
from ecgfm_core.simulate.field import EIGHT, LEADS_OF_ELECTRODES, SWAPS, swap, to_electrodes
from ecgfm_core.simulate.heart import Heart, Noise
from ecgfm_core.simulate.population import random_heart
from ecgfm_core.types import Quality, Record

RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "ecg12"
CINC_LEADS = (*LEADS[:4], "aVF", "aVL", *LEADS[6:])  # as Goldberger's relations show in every acceptable recording
SEED, HEARTS, COUNTS_PER_MV = 0, 200, 200
SOURCES = {
    "PTB-XL": ("ptb-xl",),
    "CPSC": ("cpsc2018", "cpsc_2018", "cpsc_2018_extra"),
    "Chapman-Shaoxing": ("chapman_shaoxing",),
    "LUDB": ("ludb",),
}
PACING = ("ventricular", "dual", "tracking")
FAULTS = {
    "none": ("", Noise()),
    "V3 at zero": ("lost", Noise(lost=("V3",))),
    "V2 held for 2 to 5 s": ("flat", Noise(flat=("V2",))),
    "input ends at 0.3 mV": ("clipped", Noise(clip_mv=0.3)),
    "muscle 0.1 mV": ("noisy", Noise(muscle_mv=0.1, bursts=0.5)),
    "wander 0.5 mV": ("wander", Noise(wander_mv=0.5)),
    "mains 50 Hz 0.15 mV": ("mains", Noise(mains_mv=0.15)),
    "mains 60 Hz 0.15 mV": ("mains", Noise(mains_mv=0.15, mains_hz=60)),
    **{f"{one}/{other} exchanged": ("precordial_swap" if one[0] == "V" else "limb_swap", Noise(swaps=((one, other),)))
       for one, other in SWAPS},
}  # fmt: skip


def main() -> None:
    """Print Markdown tables; those of real recordings only where they lie."""
    if RECORDINGS.is_dir():
        _judged()
        _as_they_are()
        _exchanged()
    _simulated()
    _seconds()


def _judged() -> None:
    """cinc2011: thresholds were chosen on two thirds; the other third counts."""
    rows = _table()[_table().source == "cinc2011"]
    poor = rows["Poor data quality"].to_numpy(float) == 1
    found = [ecg.quality(_packed(path, "mV", COUNTS_PER_MV, CINC_LEADS)) for path in rows.path]
    score = np.array([each.score for each in found])
    fails = np.array([each.verdict is not None for each in found])
    chosen = np.zeros(len(rows), bool)
    chosen[np.random.default_rng(SEED).permutation(len(rows))[: 2 * len(rows) // 3]] = True
    print("\n| cinc2011 | n (poor) | AUROC of the score (95 %) | poor that fail | acceptable that fail |")
    print("|---|---|---|---|---|")
    for name, part in {"two thirds, thresholds chosen here": chosen, "the other third": ~chosen}.items():
        low, high = _interval(poor[part], -score[part])
        area = roc_auc_score(poor[part], -score[part])
        shares = f"{fails[part & poor].mean():.1%} | {fails[part & ~poor].mean():.1%}"
        print(f"| {name} | {part.sum()} ({(part & poor).sum()}) | {area:.3f} ({low:.3f} to {high:.3f}) | {shares} |")


def _as_they_are() -> None:
    names = ("lost", "flat", "clipped", "noisy", "wander", "mains", "pacing_spikes", "einthoven", "limb_swap",
             "precordial_swap")  # fmt: skip
    print(f"\n| % of recordings with a flag | n | fails | {' | '.join(names)} |")
    print("|" + "---|" * (len(names) + 3))
    for source in SOURCES:
        found = [ecg.quality(record) for record in _real(source)]
        counts = Counter(name for each in found for name in _names(each))
        shares = [f"{100 * counts[name] / len(found):.1f}" for name in names]
        fails = 100 * sum(each.verdict is not None for each in found) / len(found)
        print(f"| {source} | {len(found)} | {fails:.1f} | {' | '.join(shares)} |")
    rows = _table()[_table().source == "ptb-xl-zscored"]
    counts = Counter(name for path in rows.path for name in _names(ecg.quality(_packed(path, None, 1))))
    shares = [f"{100 * counts[name] / len(rows):.1f}" for name in names]
    print(f"| PTB-XL without unit (swaps were chosen here) | {len(rows)} | - | {' | '.join(shares)} |")


def _exchanged() -> None:
    """Real recordings whose leads are made anew from electrodes with two cables exchanged."""
    pairs = [pair for pair in SWAPS if "RL" not in pair]  # what the right leg would have recorded is not known
    print("\n| % of real recordings in which it is found | n | " + " | ".join(map("/".join, pairs)) + " |")
    print("|" + "---|" * (len(pairs) + 2))
    for source in ("PTB-XL", "CPSC"):
        records = list(_real(source))
        shares = []
        for pair in pairs:
            flag = "precordial_swap" if pair[0][0] == "V" else "limb_swap"
            shares.append(np.mean([flag in _names(ecg.quality(_swapped(each, pair))) for each in records]))
        print(f"| {source} | {len(records)} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |")


def _simulated() -> None:
    """Random hearts in sinus rhythm without a finding; for pacing spikes, random paced hearts."""
    rng = np.random.default_rng(SEED)
    # what is drawn beside the usual is an exchange of cables, which goes with the noise
    hearts = [random_heart(rng, "exchanged electrodes") for _ in range(HEARTS)]
    paced = [random_heart(rng, f"{PACING[number % len(PACING)]} pacing") for number in range(HEARTS)]
    print(f"\n| {HEARTS} simulated hearts | its own flag, % | any other flag, % | which |\n|---|---|---|---|")
    for fault, (flag, noise) in FAULTS.items():
        _row(fault, flag, [ecg.quality(record) for record in _played(hearts, noise)])
    _row("III upside down", "einthoven", [ecg.quality(_upside_down(record)) for record in _played(hearts, Noise())])
    _row("paced ventricles", "pacing_spikes", [ecg.quality(record) for record in _played(paced, Noise())])


def _played(hearts: list[Heart], noise: Noise) -> Iterable[Record]:
    for seed, heart in enumerate(hearts):
        yield ecg.simulate(replace(heart, noise=noise), seed=seed).record


def _upside_down(record: Record) -> Record:
    signs = np.where(np.array(LEADS) == "III", -1, 1)[:, None]
    return Record(record.signal * signs, record.fs, LEADS, record.unit, record.name, record.meta)


def _row(fault: str, flag: str, found: list[Quality]) -> None:
    others = Counter(name for each in found for name in _names(each) - {flag})
    own = f"{100 * np.mean([flag in _names(each) for each in found]):.1f}" if flag else "-"
    other = 100 * np.mean([bool(_names(each) - {flag}) for each in found])
    print(f"| {fault} | {own} | {other:.1f} | {', '.join(others) or '-'} |")


def _seconds() -> None:
    print("\n| examining takes | |\n|---|---|")
    for name, seconds, times in (("10 s", 10.0, 50), ("30 min", 1800.0, 1)):
        record = ecg.simulate(Heart(), seconds=seconds).record
        ecg.quality(record)
        start = time.perf_counter()
        for _ in range(times):
            ecg.quality(record)
        print(f"| {name}, 500 Hz | {1000 * (time.perf_counter() - start) / times:.0f} ms |")


def _names(found: Quality) -> set[str]:
    return {flag.flag for flag in found.flags}


def _interval(truth: np.ndarray, score: np.ndarray, times: int = 2000) -> tuple[float, float]:
    rng = np.random.default_rng(SEED)
    drawn = (rng.integers(len(truth), size=len(truth)) for _ in range(times))
    low, high = np.quantile([roc_auc_score(truth[i], score[i]) for i in drawn], [0.025, 0.975])
    return float(low), float(high)


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame:
    return pd.read_csv(RECORDINGS / "records.csv", low_memory=False)


def _real(source: str) -> Iterable[Record]:
    for path in _table()[_table().source.isin(SOURCES[source])].path:
        yield ecg.read_record(RECORDINGS / f"{path}.hea")


def _packed(path: str, unit: str | None, counts: float, leads: tuple[str, ...] = LEADS) -> Record:
    file, _, entry = path.partition("#")
    record = read_packed(RECORDINGS / file, int(entry), 250.0, path)
    return Record(record.signal / counts, record.fs, leads, unit, path, record.meta)


def _swapped(record: Record, pair: tuple[str, str]) -> Record:
    eight = record.signal[[record.leads.index(lead) for lead in EIGHT]]
    leads = LEADS_OF_ELECTRODES @ swap(to_electrodes(eight.astype(np.float64)), (pair,))
    return Record(arrange(leads, EIGHT)[0], record.fs, LEADS, record.unit, record.name, record.meta)
