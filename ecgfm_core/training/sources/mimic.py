"""MIMIC-IV-ECG 1.0 as PhysioNet lays it out: WFDB records, a list of them, and the machine's report of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.building.tables import read_table
from ecgfm_core.training.sources.listing import LABELS, Item, Listing, read_wfdb, require_layout
from ecgfm_core.training.sources.statements import labels_of

NAME = "mimic-iv-ecg"
_STATED_SEPARATOR = "; "


def list_mimic(raw: Path) -> Listing:
    """The recordings of record_list.csv, with labels from the reports of machine_measurements.csv.

    A recording without a report has no labels: nobody spoke of it. Age and sex are not part of this publication.

    Raises:
        UnknownLayout: the folder is not laid out like the publication.
        MalformedTable: one of its tables breaks its rules.
    """
    require_layout(raw, "MIMIC-IV-ECG", ["record_list.csv", "machine_measurements.csv", "files"])
    records = read_table(raw / "record_list.csv", ["subject_id", "study_id", "path"], "study_id")
    measured = read_table(raw / "machine_measurements.csv", ["study_id", "report_0"], "study_id")
    return Listing(LABELS, len(records), _items(raw, records, _reports(measured)))


def _items(raw: Path, records: pd.DataFrame, reports: dict[str, list[str]]) -> Iterator[Item]:
    for study, subject, path in zip(records["study_id"], records["subject_id"], records["path"], strict=True):
        statements = reports.get(study, [])
        yield Item(
            id=study,
            source=NAME,
            patient=subject,
            split=None,
            age=None,
            sex=None,
            stated=_STATED_SEPARATOR.join(statements),
            labels=labels_of(statements) if statements else {},
            read=partial(read_wfdb, raw / path),
        )


def _reports(measured: pd.DataFrame) -> dict[str, list[str]]:
    columns = [column for column in measured.columns if column.startswith("report_")]
    columns.sort(key=lambda column: int(column.removeprefix("report_")))
    lines = zip(*(measured[column] for column in columns), strict=True)
    cleaned = ([line.strip() for line in report if line.strip()] for report in lines)
    return {study: report for study, report in zip(measured["study_id"], cleaned, strict=True) if report}
