"""Neighbors, copies, wrong labels and strangers among real and simulated recordings; times for 50,000 of them."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.signal import butter, resample_poly, sosfiltfilt
from sklearn.metrics import roc_auc_score

import ecgfm_core as ecg
from ecgfm_core.analysis.agreement import label_agreement, of_others
from ecgfm_core.analysis.clusters import cluster
from ecgfm_core.analysis.contrasting import contrast, probe_probabilities
from ecgfm_core.analysis.enriching import enrichment
from ecgfm_core.analysis.issues import contradiction
from ecgfm_core.analysis.selecting import inside_polygon
from ecgfm_core.signal.windows import preprocess
from ecgfm_core.simulate.population import random_heart
from ecgfm_core.simulate.record import simulate
from ecgfm_core.training.scoring import TOGETHER, outputs, probabilities
from ecgfm_core.training.sources.folder import list_folder
from ecgfm_core.types import Record

RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "ecg12"
SIMULATED, K, FLIPPED, SEEDS, PLANTED = 2000, 15, 0.05, 5, 10
COPIES: dict[str, Callable[[Record], tuple[np.ndarray, float]]] = {
    "gain 2": lambda r: (2 * r.signal, r.fs),
    "20 steps to a standard deviation": lambda r: (np.round(20 * r.signal / r.signal.std()), r.fs),
    "half the rate": lambda r: (resample_poly(r.signal, 1, 2, axis=1, padtype="line"), r.fs / 2),
    "noise of 5 %": lambda r: (r.signal + 0.05 * r.signal.std() * noise(r.signal.shape), r.fs),
    "0.5 to 40 Hz only": lambda r: (sosfiltfilt(butter(2, (0.5, 40), "band", fs=r.fs, output="sos"), r.signal), r.fs),
    "begun 1 s later": lambda r: (np.roll(r.signal, -int(r.fs), axis=1), r.fs),
}
STRANGERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "white noise": lambda s: noise(s.shape),
    "upside down": lambda s: -s,
    "reversed in time": lambda s: s[:, ::-1],
    "one lead twelve times": lambda s: np.repeat(s[1:2], 12, axis=0),
    "half the speed": lambda s: np.repeat(s[:, : s.shape[1] // 2], 2, axis=1),
}


class Embedded(NamedTuple):
    """Records, their directions [N, D], probabilities and targets [N, C], patients and neighbors [N, k]."""

    records: list[Record]
    vectors: np.ndarray
    probabilities: np.ndarray
    targets: np.ndarray
    patients: list[str]
    distances: np.ndarray
    rows: np.ndarray


def noise(shape: tuple[int, ...]) -> np.ndarray:
    """Of the same seed each time."""
    return np.random.default_rng(0).standard_normal(shape)


def directions(signals: Sequence[np.ndarray], encoder: ecg.Encoder) -> tuple[np.ndarray, np.ndarray]:
    """[N, D] of length 1 and [N, C], from standardized signals [12, S]."""
    parts = [signals[start : start + TOGETHER] for start in range(0, len(signals), TOGETHER)]
    made = [one for part in parts for one in outputs([np.ascontiguousarray(s, np.float32) for s in part], encoder)]
    vectors = np.stack([one.pooled.mean(axis=0) for one in made])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, np.stack([probabilities(one.logits, encoder.labels) for one in made])


def embedded(records: list[Record], targets: np.ndarray, patients: list[str], encoder: ecg.Encoder) -> Embedded:
    """Embed recordings and find their neighbors."""
    vectors, said = directions([preprocess(record).standardized for record in records], encoder)
    distances = 1 - vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    return Embedded(records, vectors, said, targets, patients, distances, np.argsort(distances, axis=1)[:, :K])


def real(encoder: ecg.Encoder) -> Embedded:
    """The development recordings."""
    items = list(list_folder(RECORDINGS).items)
    truth = [[item.labels.get(label.name) for label in encoder.labels] for item in items]
    return embedded([item.read() for item in items], np.array(truth, np.float32), [i.patient for i in items], encoder)


def simulated(encoder: ecg.Encoder) -> Embedded:
    """Random hearts."""
    rng = np.random.default_rng(7)
    hearts = [simulate(random_heart(rng), seed=seed) for seed in range(SIMULATED)]
    truth = [[heart.truth.labels[label.name] for label in encoder.labels] for heart in hearts]
    people = [str(number) for number in range(SIMULATED)]
    return embedded([heart.record for heart in hearts], np.array(truth, np.float32), people, encoder)


def agreement(those: Embedded, names: list[str]) -> None:
    """Share of neighbors with the label, beside chance."""
    print("\n| label | neighbors of other patients that hold it | chance | recordings |\n|---|---|---|---|")
    for one in label_agreement(of_others(those.rows, those.patients), those.targets, names):
        if one.agreement is not None and one.chance is not None:
            print(f"| {one.label} | {one.agreement:.2f} | {one.chance:.3f} | {one.recordings} |")


def mislabels(those: Embedded, names: list[str]) -> None:
    """Flip labels at random; how many of them are at the top, and above the score that is listed."""
    print("\n| of | right at the top 5 % | found there | right from 0.7 | found | right where absent | listed before |")
    none = np.full_like(those.probabilities, np.nan)
    for name, said in (("neighbors and model", those.probabilities), ("neighbors alone", none)):
        found = []
        for seed in range(SEEDS):
            targets, stated = those.targets.copy(), ~np.isnan(those.targets)
            wrong = stated & (np.random.default_rng(seed).random(targets.shape) < FLIPPED)
            targets[wrong] = 1 - targets[wrong]
            scores = contradiction(those.rows, targets, said, names, those.patients)[stated]
            top, listed = np.argsort(-scores)[: int(FLIPPED * len(scores))], scores >= 0.7
            flips, absent = wrong[stated], targets[stated] == 0
            found.append((flips[top].mean(), flips[top].sum() / flips.sum(), flips[listed].mean(),
                          flips[listed].sum() / flips.sum(), flips[listed & absent].mean()))  # fmt: skip
        before = contradiction(those.rows, those.targets, said, names, those.patients)
        means = " | ".join(f"{value:.2f}" for value in np.mean(found, axis=0))
        print(f"| {name} | {means} | {np.nanmean(before >= 0.7) * before.size / stated.sum():.3f} |")


def copies(those: Embedded, encoder: ecg.Encoder) -> None:
    """Distances from a recording to its own copy, and between different recordings, over the median to the nearest."""
    live = np.flatnonzero([np.ptp(record.signal, axis=1).all() for record in those.records])
    inside = those.distances[np.ix_(live, live)]
    usual = np.median(inside.min(axis=1))
    digests = np.array([those.records[row].digest for row in live])
    people = np.array(those.patients)[live]
    different = digests[:, None] != digests
    own = inside[different & (people[:, None] == people) & np.isfinite(inside)].min()
    print(
        f"\nmedian to the nearest {usual:.4f}; smallest of different recordings {inside[different].min() / usual:.3f}"
    )
    print(f"of it, of different recordings of one patient {own / usual:.3f}")
    print("| copy | median, of the usual distance | 95 % | found |\n|---|---|---|---|")
    for name, change in COPIES.items():
        chosen = np.random.default_rng(0).choice(live, 100, replace=False)
        made = []
        for row in chosen:
            record = those.records[row]
            signal, fs = change(record)
            made.append(preprocess(Record(signal, fs, record.leads, None, "copy", record.meta)).standardized)
        far = 1 - (those.vectors[chosen] * directions(made, encoder)[0]).sum(axis=1)
        median, most = np.quantile(far / usual, (0.5, 0.95))
        print(f"| {name} | {median:.3f} | {most:.3f} | {(far < 0.05 * usual).mean():.2f} |")


def strangers(those: Embedded, encoder: ecg.Encoder) -> None:
    """Percentile of the distance to the k-th neighbor, of what is no ECG or a spoiled one."""
    clean = np.array([np.ptp(record.signal, axis=1).all() for record in those.records])
    chosen = np.random.default_rng(0).choice(np.flatnonzero(clean), PLANTED, replace=False)
    tidy = clean & (those.targets[:, 0] != 1)  # without poor data quality
    signals = [preprocess(those.records[row]).standardized for row in chosen]
    print(f"\n| of {PLANTED} | among all: median percentile, listed | without poor quality |\n|---|---|---|")
    for name, change in STRANGERS.items():
        vectors, _ = directions([change(signal) for signal in signals], encoder)
        cells = []
        for kept in (np.ones_like(clean), tidy):
            usual = np.sort(those.distances[np.ix_(kept, kept)], axis=1)[:, K - 1]
            own = np.sort(1 - vectors @ those.vectors[kept].T, axis=1)[:, K - 1]
            percentile = 100 * (usual < own[:, None]).mean(axis=1)
            cells.append(f"{np.median(percentile):.0f}, {(percentile >= 99).sum()}")
        print(f"| {name} | {' | '.join(cells)} |")


def contrasts(those: Embedded, names: list[str]) -> None:
    """Twenty recordings with a label against twenty without: AUROC on all others; and two ends of a map."""
    print()
    for name in ("Left bundle branch block", "Right bundle branch block", "Atrial fibrillation"):
        rng, y = np.random.default_rng(0), those.targets[:, names.index(name)].copy()
        a, b = (rng.choice(np.flatnonzero(y == side), 20, replace=False) for side in (1, 0))
        found = contrast(those.vectors, those.patients, a, b, name, "demo")
        y[np.concatenate([a, b])] = np.nan
        stated = ~np.isnan(y)
        others = roc_auc_score(y[stated], probe_probabilities(found, those.vectors)[stated])
        print(f"| {name} | {found.auroc.value:.3f} | {others:.3f} |")
    order = np.argsort(np.linalg.svd(those.vectors - those.vectors.mean(axis=0), full_matrices=False)[0][:, 0])
    found = contrast(those.vectors, those.patients, order[:40], order[-40:], "ends", "demo")
    print(f"| ends of the first component | {found.auroc.value:.3f} | |")


def intervals(trials: int = 1000) -> None:
    """How often the lift's interval holds the true ratio; by patient, and by recording."""
    rng = np.random.default_rng(0)
    print("\n| inside, outside | shares | held |\n|---|---|---|")
    for sizes, shares, each in (
        ((10, 500), (0.3, 0.05), 1), ((30, 500), (0.1, 0.1), 1), ((200, 2000), (0.5, 0.1), 1),
        ((50, 50), (0.95, 0.5), 1), ((3, 2000), (0.05, 0.05), 1), ((40, 200), (0.3, 0.1), 5),
    ):  # fmt: skip
        held = np.zeros(2)
        for _ in range(trials):
            hearts = np.concatenate([rng.random(size) < share for size, share in zip(sizes, shares, strict=True)])
            table = pd.DataFrame({"label": np.repeat(hearts, each).astype(float)})
            inside = np.repeat(np.arange(sum(sizes)) < sizes[0], each)
            for way, people in enumerate((np.repeat(np.arange(sum(sizes)), each), np.arange(len(table)))):
                (found,) = enrichment(inside, table.assign(patient_id=people), ["label"])
                low, high = found.lift.low, np.inf if found.lift.high is None else found.lift.high
                held[way] += low is None or low <= shares[0] / shares[1] <= high
        print(f"| {sizes}, {each} a patient | {shares} | {held / trials} |")


def times(count: int = 50_000, width: int = 768) -> None:
    """Seconds for a cohort of this size."""
    rng = np.random.default_rng(0)
    kinds = 2 * rng.standard_normal((30, 12))[rng.integers(0, 30, count)] + rng.standard_normal((count, 12))
    vectors = np.tanh(kinds @ rng.standard_normal((12, width)) / 4) + 0.05 * rng.standard_normal((count, width))
    table = pd.DataFrame((rng.random((count, 100)) < 0.1).astype(float), columns=[f"c{k}" for k in range(100)])
    table["patient_id"] = rng.integers(0, count // 3, count).astype(str)
    members = rng.random(count) < 0.1
    points, star = rng.standard_normal((100_000, 2)), rng.standard_normal((500, 2))
    works: dict[str, Callable[[], object]] = {
        "k-means, 8 clusters": lambda: cluster(vectors),
        "HDBSCAN": lambda: cluster(vectors, method="hdbscan", min_size=250),
        "enrichment, 100 labels": lambda: enrichment(members, table, list(table.columns[:100])),
        "lasso of 500 corners, 100,000 points": lambda: inside_polygon(points, star),
    }
    print()
    for name, work in works.items():
        start = time.perf_counter()
        work()
        print(f"| {name} | {time.perf_counter() - start:.2f} s |")


def main() -> None:
    """Print the tables of docs/groups.md."""
    encoder = ecg.load_encoder("demo", device="cpu")
    names = [label.name for label in encoder.labels]
    for title, those in (("real", real(encoder)), ("simulated", simulated(encoder))):
        print(f"\n{title}: {len(those.records)} recordings")
        agreement(those, names)
        mislabels(those, names)
        if title == "real":
            copies(those, encoder)
            strangers(those, encoder)
            contrasts(those, names)
    intervals()
    times()
