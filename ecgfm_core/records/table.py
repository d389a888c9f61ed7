"""Text tables (CSV, TSV): a column a lead, with or without a header. What the table does not state is asked for."""

from __future__ import annotations

import csv
import re
from io import StringIO
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecgfm_core.errors import LimitExceeded, MalformedFile
from ecgfm_core.leads import lead_name
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import MILLIVOLTS, Channels, assemble, require_size
from ecgfm_core.types import Facts, Record, Source

FORMAT = "table"

_DELIMITERS = (";", "\t", "|", ",", " ")
_PROBED_LINES = 8
_LONGEST_TITLE = 80
_UNIT = re.compile(r"^(?P<name>.*?)(?:[\s_]+|[\s_]*[\(\[])(?P<unit>[^\s_\(\)\[\]]+)[\)\]]?$")
_TIME = re.compile(
    r"^(time|t|seconds|samples?|index|)(?:(?:[\s_]+|[\s_]*[\(\[])(?P<unit>s|sec|seconds|ms)[\)\]]?)?$", re.IGNORECASE
)


class _Layout(NamedTuple):
    """How a table is written: separator, decimal mark, and the titles, if its first line holds any."""

    delimiter: str
    decimal: str
    header: tuple[str, ...] | None
    width: int


def looks_like(source: Source) -> bool:
    """Whether the first lines are text with the same number (at least two) of cells, numbers but for the titles."""
    return _layout(source) is not None


def read(source: Source, facts: Facts) -> Record:
    """Read a table.

    Raises:
        MalformedFile: a cell is no number, or rows differ in length.
        LimitExceeded: the file is too large.
        FactsNeeded: rate, unit or order of the leads are neither in the header nor given.
    """
    if len(source.content) > limits.TABLE_BYTES:
        found, most = len(source.content) / limits.MEBIBYTE, limits.TABLE_BYTES / limits.MEBIBYTE
        raise LimitExceeded(
            f"{source.name}: {found:.0f} MiB of text; at most {most:.0f} MiB are read. Use WFDB for it."
        )
    layout = _layout(source)
    if layout is None:
        raise MalformedFile(f"{source.name}: this is no table of numbers. Export the recording again.")
    if layout.header is not None and any(title and _is_number(title, ".") for title in layout.header):
        raise MalformedFile(f"{source.name}: the first row mixes names and numbers. Give every column a name, or none.")
    values = _values(source, layout)
    if layout.header is not None:
        channels = _with_header(source.name, layout.header, values)
    else:
        if _is_numbering(values[0]):  # a row of column numbers, as data frames write it
            values = values[1:]
        rows = values if values.shape[0] < values.shape[1] else values.T  # a row a lead, or a column a lead
        require_size(source.name, *rows.shape)
        channels = Channels(rows, None, None, (None,) * len(rows))
    return assemble(source.name, FORMAT, channels, facts)


def _with_header(name: str, header: tuple[str, ...], values: npt.NDArray[np.float64]) -> Channels:
    """Take names and units from the titles, and the rate from a column of times that states its unit."""
    fs, names, units, keep = None, [], [], []
    for column, title in enumerate(header):
        time = None if lead_name(title) is not None or len(title) > _LONGEST_TITLE else _TIME.match(title)
        if time is None:
            keep.append(column)
            name_and_unit = _name_and_unit(title)
            names.append(name_and_unit[0])
            units.append(name_and_unit[1])
        elif time["unit"]:
            fs = _rate(values[:, column], 1000.0 if time["unit"].lower() == "ms" else 1.0)
    if not keep:
        raise MalformedFile(f"{name}: the table has a column of times only. Export it with the leads.")
    require_size(name, len(keep), len(values))
    return Channels(values[:, keep].T, tuple(names), fs, tuple(units))


def _is_numbering(row: npt.NDArray[np.float64]) -> bool:
    places = np.arange(len(row))
    return len(row) > 2 and (np.array_equal(row, places) or np.array_equal(row, places + 1))


def _name_and_unit(title: str) -> tuple[str, str | None]:
    """`V1 (uV)`, `V1 [uV]`, `V1_uV` -> V1 and uV; any other title has no unit."""
    match = _UNIT.match(title) if len(title) <= _LONGEST_TITLE else None
    if match is None or match["unit"].lower() not in MILLIVOLTS or lead_name(match["name"]) is None:
        return title, None
    return match["name"], match["unit"]


def _rate(times: npt.NDArray[np.float64], per_second: float) -> float | None:
    """Rate from a column of times, where no step differs from their mean by more than half of it."""
    steps = np.diff(times)
    if len(steps) == 0 or not np.isfinite(steps).all() or steps.min() <= 0:
        return None
    mean = float(times[-1] - times[0]) / len(steps)
    return round(per_second / mean, 2) if np.abs(steps - mean).max() < 0.5 * mean else None


def _values(source: Source, layout: _Layout) -> npt.NDArray[np.float64]:
    """[rows, columns] of numbers; an empty cell is NaN."""
    require_size(source.name, 1, layout.width * (source.content.count(b"\n") + 1))
    try:
        frame = pd.read_csv(
            StringIO(_text(source.content)),
            sep=r"\s+" if layout.delimiter == " " else layout.delimiter,
            header=None,
            names=range(layout.width),
            index_col=False,
            skiprows=0 if layout.header is None else _lines_before_data(source),
            comment="#",
            decimal=layout.decimal,
            dtype=np.float64,
            on_bad_lines="error",
        )
    except Exception as error:  # pandas raises what it meets
        row = re.search(r"line (\d+)", str(error))
        place = f"line {row[1]} has another number of cells" if row else "a cell is none"
        raise MalformedFile(f"{source.name}: every cell must be a number; {place}. Export the table again.") from error
    return frame.to_numpy()


def _lines_before_data(source: Source) -> int:
    """Number of lines up to and with the titles."""
    for number, line in enumerate(_text(source.content[: limits.HEADER_BYTES]).splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            return number
    return 0


def _layout(source: Source) -> _Layout | None:
    """Find how a table is written from its first lines; None where it is none."""
    lines = _first_lines(source)
    best: _Layout | None = None
    for delimiter in _DELIMITERS:
        try:
            rows = [_cells(line, delimiter) for line in lines]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        if width < 2 or any(len(row) != width for row in rows):
            continue
        decimal = "," if any("," in cell and "." not in cell for cell in rows[-1]) else "."
        titled = not all(_is_number(cell, decimal) for cell in rows[0])
        numbers = any(
            all(_is_number(cell, decimal) for cell in row) for row in rows[int(titled) :]
        )  # one bad cell is told
        if numbers and len(rows) > int(titled) and (best is None or width > best.width):
            best = _Layout(delimiter, decimal, tuple(cell.strip() for cell in rows[0]) if titled else None, width)
            if delimiter in ";\t|":
                break  # a comma inside the cells is then a decimal mark
    return best


def _first_lines(source: Source) -> list[str]:
    """The first whole lines that are neither empty nor comments; none where the content is no text."""
    head = source.content[: limits.HEADER_BYTES]
    text = _text(head)
    if "\0" in text:
        return []
    lines = text.splitlines() if len(head) == len(source.content) else text.splitlines()[:-1]
    return list(islice((line for line in lines if line.strip() and not line.startswith("#")), _PROBED_LINES))


def _text(content: bytes) -> str:
    """Text in the encodings that tables come in: UTF-16 with its mark, UTF-8, else Western Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _cells(line: str, delimiter: str) -> list[str]:
    return line.split() if delimiter == " " else next(csv.reader([line], delimiter=delimiter))


def _is_number(cell: str, decimal: str) -> bool:
    try:
        float(cell.strip().replace(decimal, ".") or "nan")
    except ValueError:
        return False
    return True
