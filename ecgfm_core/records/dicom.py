"""DICOM ECG waveforms, through `pydicom`: the rhythm group before median beats, units as each channel states them."""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from typing import cast

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from ecgfm_core.errors import EcgfmError, LimitExceeded, MalformedFile
from ecgfm_core.leads import lead_name
from ecgfm_core.records import limits
from ecgfm_core.records.assemble import Channels, Stated, assemble, require_size, short
from ecgfm_core.types import Facts, Record, Source

FORMAT = "dicom"

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_SAMPLES = {("SS", 16): "<i2", ("US", 16): "<u2", ("SB", 8): "<i1", ("UB", 8): "<u1", ("SL", 32): "<i4"}
# DICOM CID 3001: the last number of an SCP-ECG (5.6.3-9-n) or MDC (2:n) code
_LEAD_CODES = {
    "1": "I", "2": "II", "61": "III", "62": "aVR", "63": "aVL", "64": "aVF",
    "3": "V1", "4": "V2", "5": "V3", "6": "V4", "7": "V5", "8": "V6",
}  # fmt: skip


def looks_like(source: Source) -> bool:
    """Whether the DICOM prefix stands behind the preamble."""
    return source.content[128:132] == b"DICM"


def read(source: Source, facts: Facts) -> Record:
    """Read the rhythm waveform of a DICOM file.

    Raises:
        MalformedFile: no waveform, or one that breaks the standard.
        LimitExceeded: a compressed file, whose size cannot be known beforehand.
    """
    _require_small(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(BytesIO(source.content))
            group = _rhythm(source.name, dataset)
            syntax = dataset.file_meta.get("TransferSyntaxUID")
            channels = _channels(source.name, group, _stated(dataset), big_endian=syntax == ExplicitVRBigEndian)
    except EcgfmError:
        raise
    except Exception as error:  # pydicom raises what it meets: any of a dozen types
        raise MalformedFile(
            f"{source.name}: the file breaks the DICOM standard where its waveform is described. Export it again."
        ) from error
    return assemble(source.name, FORMAT, channels, facts)


def _require_small(source: Source) -> None:
    """Refuse what would take long or much to parse."""
    if _DEFLATED in source.content:
        raise LimitExceeded(f"{source.name}: deflated DICOM files are not read. Export it without compression.")
    items = source.content.count(b"\xfe\xff\x00\xe0") + source.content.count(b"\xff\xfe\xe0\x00")
    if len(source.content) > limits.DICOM_BYTES or items > limits.DICOM_ITEMS:
        most = limits.DICOM_BYTES // limits.MEBIBYTE
        raise LimitExceeded(
            f"{source.name}: larger than a resting ECG ({most} MiB, {limits.DICOM_ITEMS} items). Cut it."
        )


def _rhythm(name: str, dataset: Dataset) -> Dataset:
    """The multiplex group that holds the recording itself: originals first, then the longest."""
    groups = list(dataset.get("WaveformSequence") or [])
    if not groups:
        raise MalformedFile(
            f"{name}: this DICOM file holds no waveform. Export the ECG as a waveform, not as a picture."
        )

    def rank(group: Dataset) -> tuple[bool, bool, float]:
        derived = group.get("WaveformOriginality") == "DERIVED"
        median = "MEDIAN" in str(group.get("MultiplexGroupLabel", "")).upper()
        return (not derived, not median, float(group.NumberOfWaveformSamples) / float(group.SamplingFrequency))

    chosen: Dataset = max(groups, key=rank)
    return chosen


def _channels(name: str, group: Dataset, stated: Stated, *, big_endian: bool) -> Channels:
    count, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    require_size(name, count, samples)
    kind = _SAMPLES.get((str(group.WaveformSampleInterpretation), int(group.WaveformBitsAllocated)))
    if kind is None:
        raise MalformedFile(f"{name}: samples of type {group.WaveformSampleInterpretation} are not read. Export again.")
    kind = kind.replace("<", ">") if big_endian else kind
    stored = cast("bytes", group.WaveformData)
    expected = count * samples * np.dtype(kind).itemsize
    if len(stored) < expected:
        raise MalformedFile(
            f"{name}: {samples} samples of {count} channels take {expected} bytes; the file holds {len(stored)}. "
            "The file is probably cut short; export the recording again."
        )
    counts = np.frombuffer(stored, kind, count * samples).reshape(samples, count)
    values = counts.T.astype(np.float32)
    padding = group.get("WaveformPaddingValue")
    if isinstance(padding, bytes) and any(padding):  # a padding of 0 is stated by devices whose zeros are real
        values[np.frombuffer(padding, kind, 1)[0] == counts.T] = np.nan
    definitions = list(group.ChannelDefinitionSequence)
    if len(definitions) != count:
        raise MalformedFile(f"{name}: {len(definitions)} channel definitions for {count} channels. Export it again.")
    units = []
    for row, definition in enumerate(definitions):
        gain, offset, unit = _scale(definition)
        values[row] = values[row] * np.float32(gain) + np.float32(offset)
        units.append(unit)
    names = tuple(_lead(definition) for definition in definitions)
    return Channels(values, names, float(group.SamplingFrequency), tuple(units), stated)


def _scale(definition: Dataset) -> tuple[float, float, str | None]:
    """Factor, offset and unit of a channel; without a sensitivity the stored counts have no unit."""
    if definition.get("ChannelSensitivity") is None:
        return 1.0, 0.0, None
    gain = float(definition.ChannelSensitivity) * float(definition.get("ChannelSensitivityCorrectionFactor") or 1.0)
    units = definition.get("ChannelSensitivityUnitsSequence")
    return gain, float(definition.get("ChannelBaseline") or 0.0), str(units[0].CodeValue) if units else None


def _lead(definition: Dataset) -> str:
    source = definition.ChannelSourceSequence[0]
    meaning = str(source.get("CodeMeaning", ""))
    code = re.fullmatch(r"(?:5\.6\.3-9-|(?:MDC )?2:)(\d{1,3})", str(source.get("CodeValue", ""))[:40])
    return lead_name(meaning) or _LEAD_CODES.get(code[1] if code else "") or meaning


def _stated(dataset: Dataset) -> Stated:
    """Age, sex, and the device's own statements and measurements."""
    age = re.fullmatch(r"(\d{1,3})Y", str(dataset.get("PatientAge") or ""))
    sex = str(dataset.get("PatientSex") or "")
    statements: list[str] = []
    measurements: dict[str, float] = {}
    for note in dataset.get("WaveformAnnotationSequence") or []:
        text, concept = note.get("UnformattedTextValue"), note.get("ConceptNameCodeSequence")
        if text:
            statements.append(short(str(text)))
        elif concept and isinstance(note.get("NumericValue"), float | int):  # a list of values is none of ours
            measurements[short(str(concept[0].get("CodeMeaning", "")))] = float(note.NumericValue)
    return Stated(
        age=float(age[1]) if age else None,
        sex=sex if sex in ("F", "M") else None,
        statements=tuple(statements),
        measurements=measurements,
    )
