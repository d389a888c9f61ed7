"""The cohort that comes with the project: simulated hearts of all findings, embedded with the demo encoder, with maps.

    python -m ecgfm_core.training.sample_cohort data_samples/cohort

Its content depends on nothing but the seed and the demo encoder; the names of the store's files differ each time.
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ecgfm_core.analysis.building.building import embed_cohort
from ecgfm_core.analysis.cohort import open_cohort, save_map
from ecgfm_core.analysis.projection.layout import Recipe
from ecgfm_core.analysis.projection.project import project
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.hub import load_encoder
from ecgfm_core.simulate.cohort import draw_patient, write_wfdb
from ecgfm_core.simulate.record import Simulated

COUNT, SEED, SECONDS = 500, 20, 10.0
MOST = 45
"""Recordings of a finding after which a patient with nothing rarer is passed over."""
_STEP_MV = 0.005
"""The step of many recorders, and half the size of 1 uV: simulated noise is not worth its bytes."""
_COMMON = ("Sinus rhythm",)
TITLE = "Sample: simulated ECGs"


def make(folder: Path) -> None:
    """Simulate, embed, lay out, and put the cohort in the place of the one that is there."""
    with TemporaryDirectory() as held:
        raw, new = Path(held) / "simulated", Path(held) / "cohort"
        raw.mkdir()
        _write(raw)
        embed_cohort(raw, new, load_encoder("demo", device="cpu"), title=TITLE)
        cohort = open_cohort(new)
        for recipe in (Recipe("umap", neighbors=12), Recipe("pca"), Recipe("tsne", neighbors=30)):
            save_map(cohort, project(cohort, recipe))
        for lock in new.glob("*.lock"):
            lock.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(new, folder)


def drawn() -> Iterator[Simulated]:
    """Patients of whom each has something that few of those before him have; the first ones are as they come.

    A recording without any voltage, all electrodes lost, is passed over: two of them would be one and the same.
    """
    counts: Counter[str] = Counter()
    taken = number = 0
    while taken < COUNT:
        made = draw_patient(SEED, number, SECONDS)
        number += 1
        held = [label for label, holds in made.truth.labels.items() if holds and label not in _COMMON]
        rarest = min((counts[label] for label in held), default=counts["none"])
        if rarest < MOST and made.record.signal.any():
            counts.update(held or ["none"])
            taken += 1
            yield made


def _write(raw: Path) -> None:
    with (raw / "records.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [label.name for label in MIMIC_IV_ECG]
        facts = ["record_id", "path", "patient_id", "source", "age", "sex", "stated"]
        writer.writerow([*facts, "rhythm", "heart rate", "QRS (ms)", *names])
        for made in drawn():
            record, truth = made.record, made.truth
            signal = np.rint(record.signal / _STEP_MV) * _STEP_MV
            write_wfdb(raw, replace(record, signal=signal.astype(np.float32)))
            stated = "; ".join([truth.rhythm, *truth.findings])
            own = [record.name, record.name, record.name, "simulated", record.meta.age, record.meta.sex, stated]
            rate = "" if truth.rate is None else round(truth.rate)
            measured = [truth.rhythm, rate, "" if truth.qrs_ms is None else round(truth.qrs_ms)]
            writer.writerow([*own, *measured, *(int(truth.labels[name]) for name in names)])


if __name__ == "__main__":
    make(Path(sys.argv[1]))
