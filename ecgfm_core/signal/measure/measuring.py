"""The measurement of a record, from its samples to its values."""

from __future__ import annotations

from ecgfm_core.leads import LEADS
from ecgfm_core.signal.measure import intervals, voltages
from ecgfm_core.signal.measure.delineation import Delineation, Wave, delineate
from ecgfm_core.signal.measure.families import Family, Sorted, sort_beats
from ecgfm_core.signal.measure.kinds import Rhythm, rhythm
from ecgfm_core.signal.measure.placing import place_beats
from ecgfm_core.signal.measure.preparing import FS, Floats, Prepared, prepare
from ecgfm_core.signal.measure.shapes import BEFORE
from ecgfm_core.signal.measure.thresholds import DEFAULT
from ecgfm_core.types import Record
from ecgfm_core.types.measurements import Measurement, Measurements, MedianBeat, Span

LEVEL = slice(-round(0.02 * FS), -round(0.004 * FS))
"""samples before QRS over which the level of 0 mV is taken."""
NO_BEAT = "no two beats of one shape were found"
NO_UNIT = "the unit of the samples is not stated"


def measure(record: Record) -> Measurements:
    """Find the beats of a recording and measure them, all leads together.

    What cannot be measured says why; nothing is guessed, and nothing raises. Times are measured whatever the unit.

    Source: docs/measurements.md.
    """
    prepared = prepare(record)
    found = sort_beats(prepared)
    if found is None:
        units = {**intervals.UNITS, **voltages.UNITS}
        nothing = {name: Measurement(None, unit, method, NO_BEAT) for name, (unit, method) in units.items()}
        return Measurements(nothing, (), None, record.digest)
    waves = [delineate(family, found, DEFAULT) for family in found.families]
    order = rhythm(found, waves)
    main = waves[order.prevailing]
    median = _median(found.families[order.prevailing], main, prepared)
    values = intervals.intervals(found, main, order) | _voltages(record, prepared, median, main, found, order)
    return Measurements(values, place_beats(found, waves, order.kinds), median, record.digest)


def _median(family: Family, own: Delineation, prepared: Prepared) -> MedianBeat:
    level = family.median[:, own.qrs[0] + LEVEL.start : own.qrs[0] + LEVEL.stop].mean(axis=1, keepdims=True)
    return MedianBeat(
        values=family.median - level,
        spread=family.spread,
        leads=prepared.leads,
        fs=FS,
        r_s=BEFORE / FS,
        p=_seconds(own.p),
        qrs=(own.qrs[0] / FS, own.qrs[1] / FS),
        t=_seconds(own.t),
        beats=len(family.beats),
    )


def _seconds(wave: Wave | None) -> Span | None:
    return None if wave is None else (wave[0] / FS, wave[1] / FS)


def _voltages(
    record: Record, prepared: Prepared, median: MedianBeat, own: Delineation, found: Sorted, order: Rhythm
) -> dict[str, Measurement]:
    if record.unit is None:
        return {name: Measurement(None, unit, how, NO_UNIT) for name, (unit, how) in voltages.UNITS.items()}
    there: dict[str, Floats] = {
        lead: row for lead, row, live in zip(prepared.leads, median.values, prepared.live, strict=True) if live
    }
    absent = {
        lead: f"lead {lead} {'never changes' if lead in prepared.leads else 'is missing'}"
        for lead in LEADS
        if lead not in there
    }
    return voltages.voltages(voltages.Readable(there, own, absent, intervals.why_no_p(found, order)))
