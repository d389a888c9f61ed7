"""What all formats share: sources, facts given by a person, and the last step from channels to a Record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import FactsNeeded, LimitExceeded, MalformedFile, MissingLeads, UnknownUnit
from ecgfm_core.leads import LEADS, lead_name
from ecgfm_core.records import limits
from ecgfm_core.types import Facts, Meta, Record

MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "nv": 1e-6, "v": 1e3, "millivolt": 1.0, "microvolt": 1e-3}
"""Factor to millivolts for each spelling of a voltage, in lower case (both code points of the micro sign)."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a file says beside its samples; see `Meta`."""

    age: float | None = None
    sex: str | None = None
    statements: tuple[str, ...] = ()
    measurements: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """What a format's reader found.

    Attributes:
        values: [L, S] as stored, after the file's own scaling.
        names: [L] as stored, or None where the file names no channel.
        fs: Hz, or None where the file does not state it.
        units: [L] as stored; None for a channel without one.
        scale_unknown: the format never states a unit and the model needs none (Record.unit = None).
    """

    values: npt.NDArray[np.floating]
    names: tuple[str, ...] | None
    fs: float | None
    units: tuple[str | None, ...]
    stated: Stated = Stated()
    scale_unknown: bool = False


def assemble(name: str, format_name: str, channels: Channels, facts: Facts) -> Record:
    """Channels of a file and the facts that a person added -> Record.

    Raises:
        FactsNeeded: rate, unit or leads are neither stated nor given.
        UnknownUnit: a unit is no voltage.
        LimitExceeded: too many channels or samples.
        MissingLeads: no channel carries a standard lead.
        RecordError: the samples break a rule of `Record`.
    """
    require_size(name, *channels.values.shape)
    warnings = list(channels.stated.warnings)
    fs = channels.fs if channels.fs is not None else facts.fs
    names = channels.names if channels.names is not None else facts.leads
    warnings += _contradictions(channels, facts)
    _require_facts(name, channels, fs, names, facts)
    if fs is None or names is None:
        raise AssertionError  # for the type checker: the line above has raised
    _require_rate(name, fs, channels.values.shape)
    rows, leads = _standard_rows(name, names, len(channels.values), warnings)
    unit, source, signal = _to_millivolts(name, channels, rows, facts)
    warnings += _scale_warnings(signal, unit)
    stated = channels.stated
    meta = Meta(
        format=format_name,
        unit_source=source,
        age=stated.age,
        sex=stated.sex,
        statements=stated.statements[: limits.STATEMENTS],
        measurements=dict(list(stated.measurements.items())[: limits.STATEMENTS]),
        warnings=tuple(warnings),
    )
    return Record(signal=signal, fs=float(fs), leads=leads, unit=unit, name=name, meta=meta)


def require_size(name: str, count: int, samples: int) -> None:
    """Refuse what no 12-lead ECG needs.

    Raises:
        LimitExceeded: too many channels or samples.
        MalformedFile: no channel or no sample.
    """
    if count < 1 or samples < 1:
        raise MalformedFile(f"{name}: the file holds no samples. Export the recording again.")
    if count > limits.CHANNELS:
        raise LimitExceeded(f"{name}: {count} channels; at most {limits.CHANNELS} are read. Export the twelve leads.")
    if count * samples > limits.VALUES:
        millions = count * samples / 1e6
        raise LimitExceeded(
            f"{name}: {millions:.0f} million samples; at most {limits.VALUES / 1e6:.0f} million are read. "
            "Cut the recording into shorter pieces."
        )


def short(text: str) -> str:
    """A text of the file on one line, printable, and cut to the limit."""
    line = re.sub(r"\s+", " ", text[: 4 * limits.TEXT_CHARS]).strip()
    return "".join(c for c in line if c.isprintable())[: limits.TEXT_CHARS]


def _scale_warnings(signal: npt.NDArray[np.float32], unit: str | None) -> list[str]:
    """Say so where the middle lead's swing is none of a heart: the unit is the usual reason."""
    if unit is None:
        return []
    middle = float(np.median(np.nanpercentile(signal, 99.5, axis=1) - np.nanpercentile(signal, 0.5, axis=1)))
    if not np.isfinite(middle) or limits.SWING_MV[0] <= middle <= limits.SWING_MV[1] or middle == 0:
        return []
    return [f"The leads swing by {middle:.3g} mV, which no heart does. Is the unit right?"]


def _require_facts(name: str, channels: Channels, fs: float | None, names: Sequence[str] | None, facts: Facts) -> None:
    needed: dict[str, str] = {}
    if fs is None:
        needed["fs"] = "its sampling rate"
    if not channels.scale_unknown and facts.unit is None and all(unit is None for unit in channels.units):
        needed["unit"] = "its unit"
    if names is None:
        needed["leads"] = f"the order of its {len(channels.values)} leads"
    if needed:
        words = " and ".join([", ".join(list(needed.values())[:-1]), list(needed.values())[-1]]).removeprefix(" and ")
        raise FactsNeeded(
            f"{name}: the file does not state {words}. Say so in the form, or with "
            f"{' '.join('--' + fact for fact in needed)} on the command line.",
            tuple(needed),
            len(channels.values),
        )


def _require_rate(name: str, fs: float, shape: tuple[int, ...]) -> None:
    if not limits.MIN_FS <= fs <= limits.MAX_FS:
        raise MalformedFile(
            f"{name}: the sampling rate must be between {limits.MIN_FS:.0f} and {limits.MAX_FS:.0f} Hz. Got {fs:g} Hz."
        )
    if shape[0] * shape[1] * limits.MODEL_FS / fs > limits.MODEL_VALUES:
        raise LimitExceeded(
            f"{name}: the recording lasts {shape[1] / fs / 60:.0f} minutes in {shape[0]} channels; about half an hour "
            "of twelve leads is read. Cut the recording into shorter pieces."
        )


def _contradictions(channels: Channels, facts: Facts) -> list[str]:
    warnings = []
    if channels.fs is not None and facts.fs is not None and channels.fs != facts.fs:
        warnings.append(f"The file states {channels.fs:g} Hz; the {facts.fs:g} Hz that were given are not used.")
    stated = {unit for unit in channels.units if unit is not None}
    if facts.unit is not None and stated and stated != {facts.unit}:
        warnings.append(f"The file states its unit ({', '.join(sorted(stated))}); the one given is not used.")
    return warnings


def _standard_rows(
    name: str, names: Sequence[str], count: int, warnings: list[str]
) -> tuple[list[int], tuple[str, ...]]:
    """Rows that carry a standard lead, and the leads; the others are dropped with a warning."""
    if len(names) != count:
        raise MalformedFile(f"{name}: {len(names)} lead names for {count} channels. Give one name for each channel.")
    known = [(row, lead) for row, lead in enumerate(map(lead_name, names)) if lead is not None]
    if not known:
        message = f"{name}: none of its {count} channels carries a standard lead name (I, II, ..., V6). Name the leads."
        raise MissingLeads(message, LEADS)
    dropped = [short(str(names[row]))[:20] or "(unnamed)" for row in range(count) if row not in {r for r, _ in known}]
    if dropped:
        warnings.append(f"Not used, because they are no standard leads: {', '.join(dropped)}.")
    return [row for row, _ in known], tuple(lead for _, lead in known)


def _to_millivolts(
    name: str, channels: Channels, rows: list[int], facts: Facts
) -> tuple[str | None, str, npt.NDArray[np.float32]]:
    values = channels.values[rows]
    if channels.scale_unknown and facts.unit is None:
        return None, "not stated by this format", values.astype(np.float32)
    stated = [channels.units[row] is not None for row in rows]
    if any(stated) and not all(stated):
        raise UnknownUnit(f"{name}: the unit is stated for some leads only. State it for every lead.")
    factors = []
    for row in rows:
        unit = channels.units[row] or facts.unit
        factor = None if unit is None else MILLIVOLTS.get(unit.strip().lower())
        if factor is None:
            found = "none" if unit is None else repr(short(unit)[:20])
            raise UnknownUnit(f"{name}: the unit of every lead must be a voltage (mV, uV, V). Found {found}.")
        factors.append(factor)
    with np.errstate(over="ignore"):
        scaled = values.astype(np.float32) * np.array(factors, np.float32)[:, None]
    highest = float(np.nanmax(np.abs(scaled), initial=0.0))
    if np.isfinite(highest) and highest > limits.MILLIVOLTS:
        raise MalformedFile(
            f"{name}: {highest:.3g} mV is no voltage of a heart (at most {limits.MILLIVOLTS:g}). "
            "Check the unit and the gain."
        )
    return "mV", "stated in the file" if all(stated) else "given by the user", scaled
