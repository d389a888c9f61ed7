"""Text tables (CSV, TSV): a column a lead, with or without a header. What the table does not state is asked for."""

from __future__ import annotations

import csv
import re
from io import StringIO
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecgfm_core.errors import LimitExceeded, MalformedFile
from ecgfm_core.leads import lead_name
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import MILLIVOLTS, Channels, assemble, require_size
from ecgfm_core.types import Facts, Record, Source

FORMAT = "table"

_DELIMITERS = ",;\t| "
_UNIT = re.compile(r"^(?P<name>.*?)[\s_]*[\(\[]?(?P<unit>mV|uV|µV|μV|nV|V)[\)\]]?$", re.IGNORECASE)
_TIME = re.compile(r"^(time|t|seconds|ms|sample|samples|index|)[\s_]*[\(\[]?(?P<unit>s|sec|ms)?[\)\]]?$", re.IGNORECASE)


def looks_like(source: Source) -> bool:
    """Whether the first lines are text with the same number (at least two) of cells."""
    try:
        rows = _first_rows(source)
    except (UnicodeDecodeError, csv.Error):
        return False
    return len(rows) > 1 and len(rows[-1]) > 1 and _is_number(rows[-1][-1])


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
            f"{source.name}: {found:.0f} MiB of text; at most {most:.0f} MiB are read. Cut it, or use WFDB."
        )
    rows = _first_rows(source)
    header = None if all(_is_number(cell) for cell in rows[0]) else [cell.strip() for cell in rows[0]]
    values = _values(source, header)
    if header is None:
        if values.shape[0] < values.shape[1]:
            values = values.T  # a row a lead
        channels = Channels(values.T, None, None, (None,) * values.shape[1])
    else:
        channels = _with_header(source.name, header, values)
    return assemble(source.name, FORMAT, channels, facts)


def _with_header(name: str, header: list[str], values: npt.NDArray[np.float64]) -> Channels:
    """Take names and units from the header, and the rate from a column of times that states its unit."""
    fs, keep = None, []
    for column, title in enumerate(header):
        time = _TIME.match(title)
        if time is None or lead_name(title) is not None:
            keep.append(column)
        elif time["unit"]:
            fs = _rate(values[:, column], 1000.0 if time["unit"].lower() == "ms" else 1.0)
    if not keep:
        raise MalformedFile(f"{name}: the table has a column of times only. Export it with the leads.")
    names, units = [], []
    for column in keep:
        title = header[column]
        match = None if lead_name(title) is not None else _UNIT.match(title)
        known = match is not None and match["unit"].lower() in MILLIVOLTS and lead_name(match["name"]) is not None
        names.append(match["name"] if match is not None and known else title)
        units.append(match["unit"] if match is not None and known else None)
    return Channels(values[:, keep].T, tuple(names), fs, tuple(units))


def _rate(times: npt.NDArray[np.float64], per_second: float) -> float | None:
    """Rate from a column of times, where its steps agree within a twentieth."""
    steps = np.diff(times)
    if len(steps) == 0 or not np.isfinite(steps).all() or steps.min() <= 0:
        return None
    even = np.abs(steps - steps.mean()).max() < 0.05 * steps.mean()
    return round(per_second / float(steps.mean()), 3) if even else None


def _values(source: Source, header: list[str] | None) -> npt.NDArray[np.float64]:
    """[S, columns]; a decimal comma is understood where the cells are not separated by commas."""
    text, delimiter = _text(source), _delimiter(source)
    lines = text.count("\n") + 1
    width = len(_first_rows(source)[0])
    if width * lines > limits.VALUES:
        require_size(source.name, 1, width * lines)
    try:
        frame = pd.read_csv(
            StringIO(text),
            sep=r"\s+" if delimiter == " " else delimiter,
            header=None,
            skiprows=0 if header is None else 1,
            comment="#",
            decimal="," if delimiter != "," else ".",
            dtype=np.float64,
            skip_blank_lines=True,
        )
    except (ValueError, OverflowError, pd.errors.ParserError) as error:
        first = str(error).splitlines()[0][:80] if isinstance(error, pd.errors.ParserError) else "a cell is no number"
        raise MalformedFile(f"{source.name}: every cell must be a number ({first}). Export the table again.") from error
    values = frame.to_numpy()
    require_size(source.name, *values.shape[::-1])
    if header is not None and len(header) != values.shape[1]:
        raise MalformedFile(
            f"{source.name}: the header names {len(header)} columns and the rows have {values.shape[1]}. "
            "Export it again."
        )
    return values


def _text(source: Source) -> str:
    return source.content.decode("utf-8-sig")


def _first_rows(source: Source) -> list[list[str]]:
    """Cells of the first lines that are no comments."""
    head = source.content[: limits.HEADER_BYTES]
    if b"\0" in head:
        return []
    text = head.decode("utf-8-sig") if len(head) == len(source.content) else head.decode("utf-8-sig", "ignore")
    lines = [line for line in text.splitlines()[:-1] or text.splitlines() if line.strip() and line[0] != "#"]
    delimiter = _delimiter(source)
    return [line.split() if delimiter == " " else next(csv.reader([line], delimiter=delimiter)) for line in lines[:5]]


def _delimiter(source: Source) -> str:
    """The separator that cuts the first lines into the most cells, alike in each."""
    head = source.content[:65_536].decode("utf-8", "ignore").splitlines()
    lines = list(islice((line for line in head if line.strip() and line[0] != "#"), 5))
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        counts = {len(line.split(None if delimiter == " " else delimiter)) for line in lines}
        if len(counts) == 1 and max(counts) > most and max(counts) > 1:
            best, most = delimiter, max(counts)
        if most > 1 and delimiter in ";\t" and best == delimiter:
            return best  # a decimal comma must not win over the separator
    return best


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return cell.strip() == ""
    return True
