"""The rows of a cohort's table as they are stored, for what copies them into another cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lancedb.table import Table

from ecgfm_core.analysis.cohort import access, layout
from ecgfm_core.errors import CohortInvalid


@dataclass(frozen=True, slots=True)
class Rows:
    """A snapshot of all rows.

    Attributes:
        folder: of the cohort.
        table: the handle.
        ids: [N] in the order of the rows.
    """

    folder: Path
    table: Table
    ids: tuple[str, ...]

    def read(self, places: Sequence[int]) -> list[dict[str, object]]:
        """Whole rows, by place.

        Raises:
            CohortInvalid: a part of the table is absent or damaged.
        """
        return access.read_rows(self.folder, self.table, places, self.table.schema.names)


def open_rows(folder: Path) -> Rows:
    """All rows as they are now, embedded or not.

    Raises:
        CohortInvalid: the table is absent or damaged.
    """
    table = access.open_table(folder, layout.TABLE)
    if table is None:
        raise CohortInvalid(f"{folder.name}: the cohort's table is absent. Make the cohort again.")
    return Rows(folder, table, tuple(access.read_columns(folder, table, ["id"])["id"].to_pylist()))
