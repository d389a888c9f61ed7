"""CODE-15 %: a table of exams and HDF5 shards of tracings at 400 Hz, padded with zeros to 4096 samples.

The publisher states no unit that holds for all of it, so the recordings have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from ecgfm_core.analysis.building.tables import number, read_table
from ecgfm_core.errors import MalformedFile, MalformedTable, UnknownLayout
from ecgfm_core.leads import LEADS
from ecgfm_core.training.sources.codes import Meaning
from ecgfm_core.training.sources.listing import LABELS, Item, Listing, require_layout
from ecgfm_core.types import Meta, Record

NAME = "code-15"
FS = 400.0
_FINDINGS = ("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF")
_QUESTIONS = (*_FINDINGS, "is_male", "normal_ecg")
_ANSWERS = {"true": True, "1": True, "false": False, "0": False}


def list_code15(raw: Path) -> Listing:
    """The exams whose shard is there, shard by shard.

    Raises:
        UnknownLayout: the folder is not laid out like the publication, or a shard is still zipped.
        MalformedTable: exams.csv breaks its rules.
        MalformedFile: a shard is cut short.
    """
    require_layout(raw, "CODE-15 %", ["exams.csv"])
    exams = read_table(raw / "exams.csv", ["exam_id", "age", "is_male", *_FINDINGS, "patient_id"], "exam_id")
    packed = [path.name for path in sorted(raw.glob("exams_part*.zip")) if not path.with_suffix(".hdf5").exists()]
    if packed:
        raise UnknownLayout(f"{raw.name}: {packed[0]} is still packed. Unpack every exams_part*.zip where it lies.")
    shards = sorted(raw.glob("exams_part*.hdf5"), key=lambda path: (len(path.name), path.name))
    if not shards:
        raise UnknownLayout(
            f"{raw.name}: no shard (exams_part0.hdf5, ...) lies beside exams.csv. Download one at least."
        )
    _require_answers(exams)
    rows = exams.set_index("exam_id")
    places = [(shard, row, id) for shard in shards for row, id in enumerate(_exam_ids(shard)) if id in rows.index]
    if len({id for _, _, id in places}) < len(places):
        raise MalformedTable(f"{raw.name}: an exam occurs in two places of the shards. Download them again.")
    return Listing(LABELS, len(places), _items(places, rows))


def _items(places: list[tuple[Path, int, str]], exams: pd.DataFrame) -> Iterator[Item]:
    for shard, row, id in places:
        exam = exams.loc[id]
        said = {column: _ANSWERS.get(_cell(exam.get(column, ""))) for column in _QUESTIONS}
        yield Item(
            id=id,
            source=NAME,
            patient=str(exam["patient_id"]),
            split=None,
            age=number(str(exam["age"])),
            sex={True: "M", False: "F", None: None}[said["is_male"]],
            stated=";".join(name for name in _FINDINGS if said[name]),
            labels=labels_of(said),
            read=partial(_read, shard, row, id),
        )


def labels_of(said: dict[str, bool | None]) -> Meaning:
    """Answers of an exam, by column -> labels.

    A sinus bradycardia or tachycardia is a sinus rhythm; fibrillation is none, and its rate is not told. Of a
    block, only the first degree is asked for. An exam that is called normal has none of the findings.
    """
    labels: dict[str, bool | None] = {}
    if said.get("normal_ecg"):
        labels = {label: label == "Sinus rhythm" for label in LABELS if label != "Poor data quality"}
    labels["Atrial fibrillation"] = said["AF"]
    labels["Right bundle branch block"], labels["Left bundle branch block"] = said["RBBB"], said["LBBB"]
    labels["1st degree atrioventricular block"] = said["1dAVb"]
    labels["Bifascicular block"] = False if said["RBBB"] is False else None
    for column, label in (("SB", "Bradycardia"), ("ST", "Tachycardia")):
        labels[label] = True if said[column] else None if said["AF"] else said[column]
    if said["1dAVb"]:
        labels["Atrioventricular block"] = True
    if said["SB"] or said["ST"]:
        labels["Sinus rhythm"] = True
    elif said["AF"]:
        labels["Sinus rhythm"] = False
    return labels


def _require_answers(exams: pd.DataFrame) -> None:
    """Refuse a cell that is neither true, nor false, nor blank."""
    for column in exams.columns.intersection(list(_QUESTIONS)):
        cells = exams[column].map(_cell)
        wrong = exams[~cells.isin(["", *_ANSWERS])]
        if len(wrong):
            exam = wrong.iloc[0]
            raise MalformedTable(
                f"exams.csv: {column} of exam {exam['exam_id']} must be True, False or blank. "
                f"Got {exam[column][:20]!r}. Correct the cell."
            )


def _cell(text: object) -> str:
    return str(text).strip().lower()


def _read(shard: Path, row: int, id: str) -> Record:
    samples = np.asarray(_open(shard)["tracings"][row], np.float32).T
    used = np.flatnonzero(samples.any(axis=0))
    if not len(used):
        raise MalformedFile(f"{id}: the tracing holds nothing but zeros. Leave the exam out.")
    return Record(samples[:, used[0] : used[-1] + 1], FS, LEADS, None, id, Meta(format="code-15"))


def _exam_ids(shard: Path) -> list[str]:
    """Exams of a shard, row by row; the rows that only fill it up carry the number 0."""
    file = _open(shard)
    count = min(len(file["exam_id"]), len(file["tracings"]))
    return [str(int(id)) for id in file["exam_id"][:count]]


@lru_cache(maxsize=2)
def _open(shard: Path) -> h5py.File:
    try:
        file = h5py.File(shard, "r")
        shape = file["tracings"].shape
        if len(shape) != 3 or shape[2] != len(LEADS) or file["exam_id"].ndim != 1:
            raise KeyError(shape)
    except (OSError, KeyError, AttributeError) as error:
        message = (
            f"{shard.name}: the shard is cut short or holds no tracings [n, 4096, 12] with their exam_id "
            f"({shard.stat().st_size} bytes are there). Download it again."
        )
        raise MalformedFile(message) from error
    return file
