"""The recordings of a cohort or of a prepared store as what is to be embedded: their rows are taken as they are."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ecgfm_core.analysis.building.preparing import Stored
from ecgfm_core.analysis.cohort import Description, EncoderFacts
from ecgfm_core.analysis.cohort.description import FILE, load_description
from ecgfm_core.analysis.cohort.rows import Rows, open_rows

_TOGETHER = 32
"""Rows that are read at once."""


class Own(NamedTuple):
    """Recordings of a cohort: how many, how many are to be embedded, and these, read a few at a time."""

    total: int
    lacking: int
    tasks: Iterator[Stored]


def is_cohort(path: Path) -> bool:
    """Whether a folder holds a cohort or a prepared store."""
    return path.is_dir() and (path / FILE).is_file()


def copied(source: Path, encoder: EncoderFacts, title: str) -> Description:
    """What a cohort says of itself that is made of another one's recordings.

    Raises:
        CohortInvalid: the source is damaged or of another version.
    """
    found = load_description(source)
    return replace(found, title=title or found.title or source.name, encoders=(encoder,))


def own_tasks(source: Path, done: Set[str]) -> Own:
    """The recordings of a cohort or store but those whose ids are in `done`."""
    rows = open_rows(source)
    lacking = [place for place, id in enumerate(rows.ids) if id not in done]
    return Own(len(rows.ids), len(lacking), _tasks(rows, lacking))


def _tasks(rows: Rows, places: list[int]) -> Iterator[Stored]:
    for start in range(0, len(places), _TOGETHER):
        for row in rows.read(places[start : start + _TOGETHER]):
            yield Stored(str(row["id"]), row)
