"""Simulated recordings in the layouts in which publishers hand out theirs."""

from __future__ import annotations

import csv
import json
import lzma
import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray, Record

MIMIC_ORDER = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
"""MIMIC-IV-ECG writes aVF before aVL."""


@lru_cache
def simulated(seed: int) -> Record:
    return ecg.simulate(ecg.Heart(), seed=seed).record


def microvolts(seed: int, leads: Sequence[str] = LEADS) -> np.ndarray[Any, np.dtype[np.int16]]:
    """[12, S] whole microvolts, in the order that is asked for."""
    rows = [LEADS.index(lead) for lead in leads]
    return np.rint(simulated(seed).signal[rows] * 1000).astype("<i2")


def write_table(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    lines = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(lines[0]))
        table.writeheader()
        table.writerows(lines)


def write_wfdb(path: Path, seed: int, *, leads: Sequence[str] = LEADS, comments: Sequence[str] = ()) -> None:
    """`path`.hea and .dat: 16-bit counts of 1 uV."""
    _write_record(path, microvolts(seed, leads), ".dat", b"", leads, comments)


def write_challenge(path: Path, seed: int, comments: Sequence[str]) -> None:
    """`path`.hea and .mat: a MATLAB 4 matrix `val`, as the Challenge writes it."""
    counts = microvolts(seed)
    head = struct.pack("<5i", 30, *counts.shape, 0, 4) + b"val\0"
    _write_record(path, counts, ".mat", head, LEADS, comments)


def _write_record(
    path: Path,
    counts: np.ndarray[Any, np.dtype[np.int16]],
    suffix: str,
    head: bytes,
    leads: Sequence[str],
    comments: Sequence[str],
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    skipped = f"+{len(head)}" if head else ""
    lines = [f"{path.name} {len(leads)} 500 {counts.shape[1]}"]
    lines += [f"{path.name}{suffix} 16{skipped} 1000(0)/mV 16 0 0 0 0 {lead}" for lead in leads]
    path.with_name(path.name + ".hea").write_text("\n".join([*lines, *comments]) + "\n")
    path.with_name(path.name + suffix).write_bytes(head + counts.T.tobytes())


def write_folder(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A plain folder: the recordings of the rows whose `path` has no suffix, and records.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, row in enumerate(rows):
        if "." not in str(row["path"]):
            write_wfdb(folder / str(row["path"]), seed)
    write_table(folder / "records.csv", rows)
    return folder


def write_mimic(folder: Path, reports: Mapping[str, Sequence[str]]) -> Path:
    """MIMIC-IV-ECG: study id -> sentences of its report; two studies a patient."""
    records, measured = [], []
    for seed, (study, sentences) in enumerate(reports.items()):
        subject = str(10000032 + seed // 2)
        path = f"files/p{subject[:4]}/p{subject}/s{study}/{study}"
        write_wfdb(folder / path, seed, leads=MIMIC_ORDER)
        facts = {"subject_id": subject, "study_id": study}
        records.append({**facts, "file_name": study, "ecg_time": "2180-07-23 08:44:00", "path": path})
        cells = {f"report_{i}": sentences[i] if i < len(sentences) else "" for i in range(18)}
        measured.append({**facts, "cart_id": "6848296", "ecg_time": "2180-07-23 08:44:00", **cells, "rr_interval": 659})
    write_table(folder / "record_list.csv", records)
    write_table(folder / "machine_measurements.csv", [row for row in measured if row["report_0"]])
    return folder


def write_cinc(folder: Path, codes: Mapping[str, str]) -> Path:
    """The Challenge of 2021: `subset/name` -> its codes."""
    for seed, (id, dx) in enumerate(codes.items()):
        subset, name = id.split("/")
        comments = [f"#Age: {60 + seed}", "#Sex: Female", f"#Dx: {dx}", "#Rx: Unknown"]
        spaced = [line.replace("#", "# ") for line in comments]
        write_challenge(folder / "training" / subset / "g1" / name, seed, spaced if seed % 2 else comments)
    return folder


def write_code15(folder: Path, exams: Sequence[Mapping[str, object]], signals: Mapping[str, FloatArray]) -> Path:
    """CODE-15 %: exams.csv and one shard; tracings [12, n] at 400 Hz, padded with zeros on both sides."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "exams.csv", exams)
    tracings = np.zeros((len(signals) + 1, 4096, 12), np.float32)  # the real shards end with an empty row as well
    for row, signal in enumerate(signals.values()):
        begin = (4096 - signal.shape[1]) // 2
        tracings[row, begin : begin + signal.shape[1]] = signal.T
    with h5py.File(folder / "exams_part0.hdf5", "w") as file:
        file["exam_id"] = np.array([*map(int, signals), 0], np.int64)
        file["tracings"] = tracings
    return folder


def exam(id: str, patient: str = "1", **findings: object) -> dict[str, object]:
    """A line of exams.csv."""
    names = ("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF")
    said = {name: findings.get(name, False) for name in names}
    facts = {"exam_id": id, "age": 46, "is_male": True, "nn_predicted_age": 40.5, **said, "patient_id": patient}
    normal = findings.get("normal_ecg", False)
    return {**facts, "death": "", "timey": "", "normal_ecg": normal, "trace_file": "exams_part0.hdf5"}


def write_ptbxl(folder: Path, records: Sequence[Mapping[str, object]]) -> Path:
    """PTB-XL: lines with scp_codes, strat_fold and patient_id; the rest is filled in."""
    lines = []
    for seed, record in enumerate(records):
        name = f"records500/00000/{seed + 1:05d}_hr"
        write_wfdb(folder / name, seed)
        facts = {"ecg_id": seed + 1, "age": 56.0, "sex": 1, "report": "sinusrhythmus", "strat_fold": 1}
        files = {"filename_lr": f"records100/00000/{seed + 1:05d}_lr", "filename_hr": name}
        lines.append({**facts, **files, **record})
    write_table(folder / "ptbxl_database.csv", lines)
    kinds = {
        "IMI": "diagnostic",
        "1AVB": "diagnostic",
        "CRBBB": "diagnostic",
        "LAFB": "diagnostic",
        "NORM": "diagnostic",
    }
    kinds |= {"SR": "rhythm", "AFIB": "rhythm", "SBRAD": "rhythm", "PVC": "form"}
    statements = [
        {
            "": code,
            "description": code,
            **{name: "1.0" if name == kind else "" for name in ("diagnostic", "form", "rhythm")},
        }
        for code, kind in kinds.items()
    ]
    write_table(folder / "scp_statements.csv", statements)
    return folder


def write_packed(path: Path, counts: np.ndarray[Any, np.dtype[np.int16]]) -> None:
    """[n, 12, S] as a packed array: first differences, high bytes before low ones, lzma."""
    steps = np.diff(counts, axis=-1, prepend=np.int16(0)).view(np.uint16).ravel()
    content = json.dumps({"shape": counts.shape}).encode() + b"\n"
    content += (steps >> 8).astype(np.uint8).tobytes() + (steps & 255).astype(np.uint8).tobytes()
    path.write_bytes(lzma.compress(content))
