"""WFDB: a header (.hea) and its signal files (.dat, .mat), read through the `wfdb` package.

The package takes paths only and allocates what a header claims. So the header
is parsed here first, checked against the sizes of the files, and written anew
with names of our own into a private temporary folder.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecgfm_core.errors import IncompleteUpload, MalformedFile
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import Channels, Stated, assemble, require_size, short
from ecgfm_core.types import Facts, Record, Source

FORMAT = "wfdb"

_RECORD_LINE = re.compile(
    r"^(?P<name>[^\s/]{1,200})(?P<segments>/\d{1,9})?\s+(?P<signals>\d{1,6})"
    r"(?:\s+(?P<fs>[\d.eE+-]{1,20})(?:/[\d.eE+()-]{1,40})?)?(?:\s+(?P<samples>\d{1,12}))?(?:\s|$)"
)
_SIGNAL_LINE = re.compile(
    r"^(?P<file>\S{1,200})\s+(?P<format>\d{1,3})(?P<frame>x\d{1,9})?(?P<skew>:\d{1,9})?(?:\+(?P<offset>\d{1,12}))?"
    r"(?:\s+(?P<gain>[\d.eE+-]{1,40})(?:\((?P<baseline>-?\d{1,12})\))?(?:/(?P<unit>\S{1,20}))?"
    r"(?:\s+\d{1,3}(?:\s+(?P<zero>-?\d{1,12})(?:\s+-?\d{1,12}(?:\s+-?\d{1,12}(?:\s+-?\d{1,12}"
    r"(?:\s+(?P<lead>.*))?)?)?)?)?)?)?$"
)
_PACKING = {
    "16": (1, 2), "24": (1, 3), "32": (1, 4), "61": (1, 2), "80": (1, 1), "160": (1, 2), "212": (2, 3),
    "310": (3, 4), "311": (3, 4),
}  # fmt: skip
"""Samples in how many bytes, by storage format. Format 8 (differences) is left out: its start value gets lost."""
_EXACT_IN_FLOAT32 = 2**20
"""A larger baseline is subtracted in float64."""


@dataclass(frozen=True, slots=True)
class _Signal:
    file: str
    format: str
    offset: int
    gain: float
    baseline: int
    unit: str | None
    lead: str


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header: rate, length, channels, and the comment lines."""

    fs: float | None
    samples: int | None
    signals: tuple[_Signal, ...]
    comments: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the signal files, each once, in order."""
        return tuple(dict.fromkeys(signal.file for signal in self.signals))


def looks_like(source: Source) -> bool:
    """Whether the content begins like a WFDB header."""
    if len(source.content) > limits.HEADER_BYTES or b"\0" in source.content:
        return False
    if source.name.lower().endswith(".hea"):
        return True  # so that a broken header is told as one
    lines = _lines(source.content)
    if len(lines) < 2 or _RECORD_LINE.match(lines[0]) is None:
        return False
    second = _SIGNAL_LINE.match(lines[1])
    return second is not None and second["format"] in _PACKING and not second["file"].replace(".", "").isdigit()


def read(header: Source, files: Mapping[str, bytes], facts: Facts) -> Record:
    """Read one record.

    Args:
        header: the .hea file.
        files: signal files by the names that the header uses.
        facts: what a person adds.

    Raises:
        IncompleteUpload: a signal file is not among `files`.
        MalformedFile: the header breaks the format, or claims more than the files hold.
    """
    parsed = parse_header(header)
    for file in parsed.files:
        if file not in files:
            raise IncompleteUpload(
                f"{header.name}: the signal file {short(file)[:60]} is missing. Add it beside the header."
            )
    samples = _checked_samples(header.name, parsed, files)
    with tempfile.TemporaryDirectory(prefix="ecgfm-") as folder:
        values = _read_samples(header.name, Path(folder), parsed, files, samples)
    calibrated = tuple(signal.unit if signal.gain else None for signal in parsed.signals)
    named = any(signal.lead for signal in parsed.signals)
    channels = Channels(
        values=values,
        names=tuple(signal.lead for signal in parsed.signals) if named else None,
        fs=parsed.fs,
        units=calibrated,
        stated=_stated(parsed.comments),
    )
    return assemble(header.name, FORMAT, channels, facts)


def parse_header(header: Source) -> Header:
    """Parse the text of a header.

    Raises:
        MalformedFile: names the line at fault.
    """
    lines = _lines(header.content)
    first = _RECORD_LINE.match(lines[0]) if lines else None
    if first is None:
        raise MalformedFile(
            f"{header.name}: the first line must read like 'name 12 500 5000'. Export the header again."
        )
    if first["segments"]:
        raise MalformedFile(f"{header.name}: records of several segments are not read. Join the segments first.")
    count = int(first["signals"])
    if not 1 <= count <= limits.CHANNELS or len(lines) != count + 1:
        raise MalformedFile(
            f"{header.name}: the header announces {count} signals and describes {len(lines) - 1}. "
            f"Between 1 and {limits.CHANNELS} are read; export the header again."
        )
    comments = tuple(
        line.strip().lstrip("#").strip()
        for line in header.content.decode("utf-8", "replace").splitlines()
        if line.lstrip().startswith("#")
    )
    signals = tuple(_parse_signal(header.name, number, line) for number, line in enumerate(lines[1 : count + 1], 2))
    fs = None if first["fs"] is None else _number(header.name, first["fs"])
    samples = int(first["samples"]) if first["samples"] else None
    return Header(fs, samples or None, signals, comments)


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _parse_signal(name: str, number: int, line: str) -> _Signal:
    match = _SIGNAL_LINE.match(line)
    if match is None or match["format"] not in _PACKING or match["frame"] not in (None, "x1") or match["skew"]:
        raise MalformedFile(
            f"{name}: line {number} describes a signal in a way that is not read (storage formats "
            f"{', '.join(_PACKING)}; one sample a frame; no skew). Export the recording again."
        )
    gain = _number(name, match["gain"]) if match["gain"] else 0.0
    baseline = int(match["baseline"] or match["zero"] or 0)
    if abs(baseline) > 2**31:
        raise MalformedFile(f"{name}: line {number} states a baseline beyond 32 bits. Export the header again.")
    unit = match["unit"] or "mV"  # the format's own default where a gain is stated without a unit
    return _Signal(match["file"], match["format"], int(match["offset"] or 0), gain, baseline, unit, match["lead"] or "")


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise MalformedFile(f"{name}: {text} must be a number. Export the header again.") from error
    if not np.isfinite(number) or number < 0 or number > 1e9:
        raise MalformedFile(f"{name}: {text} must be a number between 0 and 1e9. Export the header again.")
    return number


def _checked_samples(name: str, header: Header, files: Mapping[str, bytes]) -> int:
    """Samples a lead, never more than the smallest file holds."""
    held = []
    for file in header.files:
        sharing = [signal for signal in header.signals if signal.file == file]
        if len({(signal.format, signal.offset) for signal in sharing}) > 1:
            raise MalformedFile(f"{name}: signals of one file must share format and offset. Export the header again.")
        packed, in_bytes = _PACKING[sharing[0].format]
        held.append(max(0, len(files[file]) - sharing[0].offset) * packed // in_bytes // len(sharing))
    samples = min(held) if header.samples is None else header.samples
    if samples > min(held):
        raise MalformedFile(
            f"{name}: the header announces {samples} samples a lead; the signal files hold {min(held)}. "
            "The upload is probably cut short; export the recording again."
        )
    require_size(name, len(header.signals), samples)
    return samples


def _read_samples(
    name: str, folder: Path, header: Header, files: Mapping[str, bytes], samples: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """[L, S] in the stated unit, or in stored counts where the gain is unknown."""
    import wfdb  # late: it takes a second to import, and only this format needs it

    stored = {file: f"signal{i}.dat" for i, file in enumerate(header.files)}
    lines = [f"record {len(header.signals)} 500 {samples}"]
    for signal in header.signals:
        gain, baseline = (signal.gain, signal.baseline) if signal.gain else (1.0, 0)
        offset = f"+{signal.offset}" if signal.offset else ""
        lines.append(f"{stored[signal.file]} {signal.format}{offset} {gain!r}({baseline})/mV 16 0 0 0 0 x")
    (folder / "record.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
    for file, safe in stored.items():
        (folder / safe).write_bytes(files[file])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            large = any(abs(signal.baseline) > _EXACT_IN_FLOAT32 for signal in header.signals)
            record = wfdb.rdrecord(str(folder / "record"), return_res=64 if large else 32)
        return np.asarray(record.p_signal, dtype=np.float32).T
    except Exception as error:  # whatever the package raises, the file is at fault
        raise MalformedFile(f"{name}: the samples cannot be decoded. Export the recording again.") from error


def _stated(comments: tuple[str, ...]) -> Stated:
    """Age, sex and statements from the comment lines of PhysioNet's databases."""
    age, sex, statements = None, None, []
    for comment in comments:
        key, _, value = (part.strip() for part in comment.partition(":"))
        key = key.strip("<>").lower()
        if key == "age":
            age = float(value) if re.fullmatch(r"\d{1,3}(\.\d+)?", value) else None
        elif key in ("sex", "gender"):
            sex = value[:1].upper() if value[:1].upper() in ("F", "M") else None
        elif ":" not in comment or value.lower() not in ("", "unknown", "unknows"):  # the misspelling is CPSC's
            statements.append(short(comment))
    return Stated(age=age, sex=sex, statements=tuple(filter(None, statements)))
