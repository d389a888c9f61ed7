"""Simulated recordings as files: WFDB, a table of labels, and the truth of every beat."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.simulate.population import random_heart
from ecgfm_core.simulate.record import Simulated, simulate
from ecgfm_core.types import Record

COUNTS_PER_MV = 1000
"""of the 16-bit files; what lies beyond 32.7 mV is cut."""
TABLE, TRUTHS = "records.csv", "truth.jsonl"
"""Names of the table and of the file of truths (a JSON line a recording) in a cohort's folder."""


def write_cohort(
    folder: Path,
    count: int,
    *,
    seed: int = 0,
    seconds: float = 10.0,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Simulate `count` random patients, one recording each, and write them.

    Writes `sim0-000000.hea` and `.dat` (the seed, then the number) and so on,
    `truth.jsonl` (a line a recording: its id and the fields of
    `Truth`, times in s) and, last and at once, `records.csv`; a folder with a table is complete. Recording k
    depends on the seed and on k alone, so that a longer cohort begins with the shorter one.

    Args:
        folder: made where it is absent; files of the same names are replaced.
        count: of recordings.
        seed: of all of them.
        seconds: duration of each.
        progress: called after each recording with the number that is done, and `count`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLE).unlink(missing_ok=True)
    rows: list[list[str]] = []
    truths: list[str] = []
    for number in range(count):
        made = draw_patient(seed, number, seconds)
        write_wfdb(folder, made.record)
        rows.append(_row(made))
        truths.append(json.dumps({"record_id": made.record.name} | asdict(made.truth)))
        progress(number + 1, count)
    _write_at_once(folder / TRUTHS, (line + "\n" for line in truths))
    _write_table(folder / TABLE, rows)


def draw_patient(seed: int, number: int, seconds: float) -> Simulated:
    """Simulate the patient of this number: `sim0-000007` is the eighth of seed 0."""
    rng = np.random.default_rng([seed, number])
    return simulate(random_heart(rng), seconds=seconds, seed=int(rng.integers(2**31)), name=f"sim{seed}-{number:06d}")


def _row(made: Simulated) -> list[str]:
    record, truth = made.record, made.truth
    stated = "; ".join([truth.rhythm, *truth.findings])
    facts = [record.name, "simulated", record.name, f"{record.fs:g}", str(record.signal.shape[1]), record.name]
    patient = [f"{record.meta.age:g}", str(record.meta.sex), stated]
    return facts + patient + [str(int(truth.labels[label.name])) for label in MIMIC_IV_ECG]


def _write_table(path: Path, rows: Iterable[list[str]]) -> None:
    header = ["record_id", "source", "path", "fs_hz", "n_samples", "patient_id", "age", "sex", "stated"]
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header + [label.name for label in MIMIC_IV_ECG], *rows])
    partial.replace(path)


def _write_at_once(path: Path, lines: Iterable[str]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    partial.replace(path)


def write_wfdb(folder: Path, record: Record) -> None:
    """Write `name.hea` and `name.dat`: 16-bit counts, 1000 to the millivolt.

    The checksum of each lead is the sum of its samples in 16 bits, as the format has it.
    """
    counts = np.rint(record.signal * COUNTS_PER_MV).clip(-32767, 32767).astype("<i2")
    lines = [f"{record.name} {len(record.leads)} {record.fs:g} {counts.shape[1]}"]
    for lead, row in zip(record.leads, counts, strict=True):
        checksum = int(row.sum(dtype=np.int64).astype(np.int16))
        lines.append(f"{record.name}.dat 16 {COUNTS_PER_MV}(0)/mV 16 0 {row[0]} {checksum} 0 {lead}")
    lines += ["# Simulated; not a recording of a person", f"# Labels: {'; '.join(record.meta.statements)}"]
    (folder / f"{record.name}.dat").write_bytes(counts.T.tobytes())
    (folder / f"{record.name}.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
