"""A zip as a folder: unpacked for as long as its recordings are read, so that it may be larger than the memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.building.listing import Listing, list_input
from ecgfm_core.errors import MalformedTable
from ecgfm_core.records import archive
from ecgfm_core.types import Source


@contextmanager
def listed(given: Path | Sequence[Source], known: Sequence[str], labels: pd.DataFrame | None) -> Iterator[Listing]:
    """The recordings of an input, as `list_input` lists them; a zip is unpacked until this ends.

    Raises:
        UnknownLayout: nothing there could be a recording.
        MalformedTable: a table breaks its rules.
        MalformedFile: the zip is damaged, or leads out of itself.
        LimitExceeded: the zip is too large for the disk.
    """
    if not (isinstance(given, Path) and _is_zip(given)):
        yield list_input(given, known, labels)
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / given.stem
        root.mkdir()
        archive.unpack_into(given, root)
        while len(inside := list(root.iterdir())) == 1 and inside[0].is_dir():
            root = inside[0]
        listing = list_input(root, known, labels)
        if any(item.path and not item.path.resolve().is_relative_to(root.resolve()) for item in listing.items):
            raise MalformedTable(
                f"{given.name}: its table names a file that is not in the zip. Pack it with the table."
            )
        yield listing


def _is_zip(path: Path) -> bool:
    """Whether a file is a zip of recordings; an NPZ is a zip too, and one recording."""
    if not path.is_file() or path.suffix.lower() == ".npz":
        return False
    with path.open("rb") as file:
        return file.read(4) == archive.ZIP_MAGIC
