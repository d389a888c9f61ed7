"""Large cohorts of made-up vectors over a few simulated signals, for measuring what grows with their number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import ecgfm_core as ecg
from ecgfm_core.analysis.cohort import (
    Cohort,
    CohortWriter,
    Description,
    EncoderFacts,
    Entry,
    create_cohort,
    open_cohort,
    save_map,
)
from ecgfm_core.analysis.cohort.layout import label_column
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray, Map, MapTrust, Meta, Record

BATCH = 500
FACTS = EncoderFacts("made-up", "0" * 63 + "1", MIMIC_IV_ECG)


def make(folder: Path, count: int, width: int, *, signals: bool = True) -> Cohort:
    """A cohort of `count` recordings, embeddings in forty clusters, and a map of them; made once.

    Without signals each recording is a flat line of 5 s, which takes next to no room; batches are larger then.
    """
    if not (folder / "cohort.json").exists():
        rng = np.random.default_rng(0)
        labels = tuple(label.name for label in MIMIC_IV_ECG)
        description = Description(labels, "made-up", title=folder.name, encoders=(FACTS,))
        middles = rng.normal(size=(40, width)).astype(np.float32)
        with create_cohort(folder, description) as writer:
            pack = _packing(writer, signals=signals)
            batch = BATCH if signals else 20 * BATCH
            for start in range(0, count, batch):
                numbers = range(start, min(start + batch, count))
                writer.add([_row(pack(number), number, labels) for number in numbers], [])
                group = np.array(numbers) % 40
                pooled = middles[group] + 0.6 * rng.normal(size=(len(numbers), width)).astype(np.float32)
                logits = 2 * rng.normal(size=(len(numbers), len(labels))).astype(np.float32)
                ids = [f"m{number:07d}" for number in numbers]
                writer.add_embeddings(FACTS.fingerprint, ids, list(pooled[:, None]), list(logits[:, None]))
        _map(open_cohort(folder), rng)
    return open_cohort(folder)


def _packing(writer: CohortWriter, *, signals: bool) -> Callable[[int], dict[str, object]]:
    """A packed recording of each number: 32 simulated ones in steps of 5 uV, each time begun a sample later."""
    if not signals:
        flat = writer.pack(_entry(np.zeros((12, 2500), np.float32)))
        return lambda number: flat
    bases = [np.rint(200 * ecg.simulate(ecg.Heart(), seed=seed).record.signal) / 200 for seed in range(32)]
    return lambda number: writer.pack(_entry(np.roll(bases[number % 32], number // 32, axis=1)))


def _entry(signal: FloatArray) -> Entry:
    record = Record(signal, 500.0, LEADS, "mV", "made-up", Meta("made"))
    return Entry("", "made-up", "", "train", None, "F", "", {}, record, quality=0.9)


def _row(packed: dict[str, object], number: int, labels: tuple[str, ...]) -> dict[str, object]:
    own = {"id": f"m{number:07d}", "patient_id": f"p{number // 2}", "age": 20.0 + number % 70}
    return packed | own | {label_column(label): (number % 40) == place for place, label in enumerate(labels)}


def _map(cohort: Cohort, rng: np.random.Generator) -> None:
    count = len(cohort.ids)
    middles = 10 * rng.normal(size=(40, 2))
    xy = (middles[np.arange(count) % 40] + rng.normal(size=(count, 2))).astype(np.float32)
    each = np.full(count, 0.5, np.float32)
    trust = MapTrust(15, 0.9, 0.9, 0.5, each, each, each)
    save_map(cohort, Map(xy, cohort.ids, None, "umap", {"n_neighbors": 15}, 0, FACTS.fingerprint, trust))
