"""What every source gives: a list of recordings with what is said of them, each read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecgfm_core.analysis.building.tables import Split
from ecgfm_core.errors import IncompleteUpload, UnknownLayout
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.records.read import read_record
from ecgfm_core.types import Record

LABELS = tuple(label.name for label in MIMIC_IV_ECG)
"""The 17 labels of the published ECG-FM, which every source but a plain folder is translated to."""


@dataclass(frozen=True, slots=True)
class Item:
    """One recording of a source, not read yet.

    Attributes:
        id: unique in the source.
        source: database it comes from.
        patient: whose recording it is.
        split: the publisher's own, or None.
        age: years, or None.
        sex: "F", "M" or None.
        stated: the source's own words or codes.
        labels: holds, does not hold, or None where the source does not say; absent = None.
        read: gives the recording; raises EcgfmError.
    """

    id: str
    source: str
    patient: str
    split: Split | None
    age: float | None
    sex: str | None
    stated: str
    labels: Mapping[str, bool | None]
    read: Callable[[], Record]


@dataclass(frozen=True, slots=True)
class Listing:
    """The recordings of a source: names of the labels, how many, and each in the publisher's order."""

    labels: tuple[str, ...]
    total: int
    items: Iterator[Item]


def require_layout(raw: Path, publication: str, parts: Sequence[str]) -> None:
    """Refuse a folder that lacks a part of the publisher's layout.

    Raises:
        UnknownLayout: names what is expected and what is there.
    """
    missing = [part for part in parts if not (raw / part).exists()]
    if missing:
        held = ", ".join(sorted(path.name for path in raw.iterdir())[:5]) if raw.is_dir() else "no such folder"
        raise UnknownLayout(
            f"{raw.name}: {publication} holds {' and '.join(parts)}; {missing[0]} is missing "
            f"(found {held or 'nothing'}). "
            "Name the folder that the publisher's download makes."
        )


def read_wfdb(path: Path) -> Record:
    """Read a WFDB record from its path without extension.

    Raises:
        IncompleteUpload: the header is absent.
        RecordError: the record cannot be read.
    """
    header = path.with_name(path.name + ".hea")
    if not header.is_file():
        raise IncompleteUpload(f"{path.name}: the table names this recording; its header is absent. Download it again.")
    return read_record(header)
