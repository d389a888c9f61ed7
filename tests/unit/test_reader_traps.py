"""Traps that a reviewer set for the readers: each was accepted wrongly, crashed, or hung once."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hostile.seeds import dicom_bytes
from pydicom.uid import ExplicitVRBigEndian
from unit.test_readers import SIGNAL, sample, table, zipped

import ecgfm_core as ecg
from ecgfm_core.errors import (
    FactsNeeded,
    IncompleteUpload,
    LimitExceeded,
    MalformedFile,
    MissingLeads,
    UnknownUnit,
)
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts, Reading, Source


def header(files: list[str], more: str = "") -> bytes:
    lines = ["r 12 500 3000"]
    lines += [f"{file} 16 1000(0)/mV 16 0 0 0 0 {lead}" for file, lead in zip(files, LEADS, strict=True)]
    return ("\n".join(lines) + more).encode()


def dat(leads: int = 12) -> bytes:
    return np.rint(SIGNAL[:leads] * 1000).astype("<i2").T.tobytes()


def only(readings: list[Reading]) -> Reading:
    (reading,) = readings
    return reading


def npz(**fields: object) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **fields)
    return stream.getvalue()


def dicom(**changes: object) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom_bytes()))
    for name, value in changes.items():
        setattr(dataset.WaveformSequence[0], name, value)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def test_a_missing_signal_file_is_not_replaced_by_another():
    content = header(["a.dat"] * 6 + ["b.dat"] * 6)
    with pytest.raises(IncompleteUpload, match=r"b\.dat is missing"):
        ecg.read_record([Source("a.hea", content), Source("a.dat", dat(6))])


def test_two_pairs_of_one_name_are_both_refused():
    other = header(["r.dat"] * 12).replace(b"1000(0)", b"500(0)")
    files = [("r.hea", header(["r.dat"] * 12)), ("r.hea", other), ("r.dat", dat()), ("r.dat", dat()[::-1])]
    reading = only(list(ecg.read_each([Source(*file) for file in files])))
    assert "two different files of this name" in str(reading.error)


def test_a_file_beside_a_header_of_its_name_is_not_lost():
    csv = table(list(LEADS), SIGNAL)
    found = list(ecg.read_each([*sample("af"), Source("af.csv", csv)], Facts(500, "mV")))
    assert [reading.file for reading in found if reading.record] == ["af.hea", "af.csv"]


def test_annotations_beside_a_header_are_no_failures():
    found = list(ecg.read_each([*sample("af"), Source("af.atr", b"\x01\x02\x00\x00")]))
    assert only(found).record is not None


def test_names_match_whatever_their_case_and_in_folders():
    (_, first), (_, second) = sample("af")
    for names in (("AF.HEA", "AF.DAT"), ("./af.hea", "./af.dat"), ("x\\af.hea", "x\\af.dat")):
        files = [Source(names[0], first), Source(names[1], second)]
        assert only(list(ecg.read_each(files))).record is not None


@pytest.mark.parametrize("name", ["", ".", "/", "\x00", "a" * 5000, "\u202egpj.hea"])
def test_odd_names_stop_nothing_and_messages_stay_short(name: str):
    found = list(ecg.read_each([Source(name, b"nonsense"), *sample("af")]))
    assert [reading.record is not None for reading in found].count(True) == 1
    assert all(len(str(reading.error)) < 400 and "\x00" not in str(reading.error) for reading in found if reading.error)


def test_a_long_name_does_not_hang():
    start = time.monotonic()
    for title in ("(" * 200_000, "x" + "_" * 200_000 + "y"):
        ecg.leads.lead_name(title)
        content = table([title, *LEADS[1:]], SIGNAL[:, :50])
        list(ecg.read_each([Source("a.csv", content)], Facts(500, "mV")))
    assert time.monotonic() - start < 5


def test_numbers_of_thousands_of_digits_are_refused():
    for old in (b"12 500 3000", b"500 3000", b"16 1000(0)"):
        content = header(["r.dat"] * 12).replace(old, b"9" * 5000, 1)
        assert only(list(ecg.read_each([Source("r.hea", content), Source("r.dat", dat())]))).error is not None


def test_more_signal_lines_than_announced_are_refused():
    content = header(["r.dat"] * 12).replace(b"r 12 500", b"r 8 500")
    with pytest.raises(MalformedFile, match="announces 8 signals and describes 12"):
        ecg.read_record([Source("r.hea", content), Source("r.dat", dat())])


def test_a_gain_that_is_known_for_some_leads_only_is_not_filled_in():
    content = header(["r.dat"] * 12).replace(b"1000(0)/mV", b"0", 1)
    with pytest.raises(UnknownUnit, match="for some leads only"):
        ecg.read_record([Source("r.hea", content), Source("r.dat", dat())], unit="mV")


def test_a_large_baseline_keeps_its_digits():
    base = 2**30
    lines = header(["r.dat"] * 12).replace(b" 16 1000(0)/mV", f" 32 1000({base})/mV".encode())
    counts = (np.rint(SIGNAL * 1000).astype(np.int64) + base).astype("<i4")
    record = ecg.read_record([Source("r.hea", lines), Source("r.dat", counts.T.tobytes())])
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-6)


@pytest.mark.parametrize("storage", ["24", "212", "310", "311", "160", "80", "61"])
def test_every_storage_format_is_read_to_its_full_length(storage: str):
    samples, packed = (
        3000,
        {"24": (3, 1), "212": (3, 2), "310": (4, 3), "311": (4, 3), "80": (1, 1)}.get(storage, (2, 1)),
    )
    content = header(["r.dat"] * 12).replace(b" 16 1000(0)", f" {storage} 1000(0)".encode())
    size = -(-12 * samples // packed[1]) * packed[0]
    filler = b"\x80" if storage in ("80", "160") else b"\x00"  # zero means "missing" in the offset formats
    record = ecg.read_record([Source("r.hea", content), Source("r.dat", filler * size)])
    assert record.signal.shape == (12, samples)


def test_a_sample_that_wfdb_marks_as_missing_is_named():
    counts = np.frombuffer(dat(), "<i2").copy()
    counts[12 * 100 + 1] = -32768
    files = [Source("r.hea", header(["r.dat"] * 12)), Source("r.dat", counts.tobytes())]
    assert "lead II holds no number at 0.200 s" in str(only(list(ecg.read_each(files))).error)


def test_units_in_a_header_are_taken_in_brackets_of_any_kind():
    for title in ("{} (uV)", "{} [uV]", "{}_uV", "{} uV"):
        content = table([title.format(lead) for lead in LEADS], SIGNAL * 1000)
        np.testing.assert_allclose(ecg.read_record(content, fs=500, unit="mV").signal, SIGNAL, atol=1e-5)


def test_a_row_of_column_numbers_is_no_sample():
    content = table(None, np.vstack([np.arange(12), SIGNAL.T]).T)
    record = ecg.read_record(content, "a.csv", fs=500, unit="mV", leads=LEADS)
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-6)


def test_columns_that_are_numbered_are_no_leads():
    with pytest.raises(MissingLeads, match="none of its 12 channels"):
        ecg.read_record(table([f"ecg_{i}" for i in range(12)], SIGNAL), "a.csv", fs=500, unit="mV")


def test_a_first_row_of_names_and_numbers_is_refused():
    content = table(None, SIGNAL).replace(table(None, SIGNAL[:, :1]), b"1.0,2.0,x,4,5,6,7,8,9,10,11,12", 1)
    with pytest.raises(MalformedFile, match="mixes names and numbers"):
        ecg.read_record(content, "a.csv", fs=500, unit="mV", leads=LEADS)


def test_a_column_of_sample_numbers_gives_no_rate():
    content = table(["samples", *LEADS], np.vstack([np.arange(3000), SIGNAL]))
    with pytest.raises(FactsNeeded) as caught:
        ecg.read_record(content, "a.csv", unit="mV")
    assert caught.value.facts == ("fs",)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_tables_in_other_encodings(encoding: str):
    content = table([f"{lead} (µV)" for lead in LEADS], SIGNAL * 1000).decode().replace("\n", "\r\n").encode(encoding)
    np.testing.assert_allclose(ecg.read_record(content, "a.csv", fs=500).signal, SIGNAL, atol=1e-5)


def test_comments_before_the_header_are_skipped():
    content = b"# exported\n\n" + table(list(LEADS), SIGNAL)
    np.testing.assert_allclose(ecg.read_record(content, "a.csv", fs=500, unit="mV").signal, SIGNAL, atol=1e-6)


def test_a_tab_separated_table_of_whole_numbers_is_no_wfdb_header():
    content = table(None, np.rint(SIGNAL * 1000), "\t").replace(b".000", b"")
    assert ecg.read_record(content, "a.tsv", fs=500, unit="uV", leads=LEADS).signal.shape == (12, 3000)


def test_units_in_an_npz_may_differ_by_lead():
    units = np.array(["mV"] + ["uV"] * 11)
    signal = SIGNAL * np.array([1.0] + [1000.0] * 11)[:, None]
    record = ecg.read_record(npz(signal=signal, fs=500, unit=units, leads=np.array(LEADS)))
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-5)
    with pytest.raises(MalformedFile, match="3 units for 12 leads"):
        ecg.read_record(npz(signal=signal, fs=500, unit=np.array(["mV"] * 3), leads=np.array(LEADS)))


def test_a_rate_that_is_there_but_no_number_is_not_replaced():
    with pytest.raises(MalformedFile, match="fs must be one number"):
        ecg.read_record(npz(signal=SIGNAL, fs=np.array("250"), unit="mV", leads=np.array(LEADS)), fs=500)


def test_a_zip_of_arrays_without_facts_is_an_archive_of_recordings():
    stream = io.BytesIO()
    np.save(stream, SIGNAL)
    files = {"signal.npy": stream.getvalue(), "b.npy": stream.getvalue()}
    found = list(ecg.read_each([Source("a.zip", zipped(files))], Facts(500, "mV", LEADS)))
    assert [reading.record is not None for reading in found] == [True, True]


@pytest.mark.parametrize("shape", ["(-12, -50)", "(0, 10**9)", "(True, 50)", "(1,) * 90", "(12, 3, 9)"])
def test_odd_shapes_of_arrays_are_refused(shape: str):
    stream = io.BytesIO()
    np.save(stream, SIGNAL)
    forged = stream.getvalue().replace(b"(12, 3000)", shape.encode())
    with pytest.raises(MalformedFile):
        ecg.read_record(forged, "a.npy", fs=500, unit="mV", leads=LEADS)


def test_a_zip_with_one_name_twice_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("r.csv", b"1,2")
        archive.writestr("r.csv", b"3,4")
    with pytest.raises(MalformedFile, match="two entries of the zip have the same name"):
        ecg.read_record(stream.getvalue(), "a.zip")


def test_absurd_voltages_are_refused():
    signal = SIGNAL.copy()
    signal[0, 5] = 3e38
    with pytest.raises(MalformedFile, match="is no voltage of a heart"):
        ecg.read_record(npz(signal=signal, fs=500, unit="mV", leads=np.array(LEADS)))


def test_big_endian_dicom_is_read_as_such():
    dataset = pydicom.dcmread(io.BytesIO(dicom_bytes()))
    group = dataset.WaveformSequence[0]
    expected = np.frombuffer(group.WaveformData, "<i2")
    group.WaveformData = expected.astype(">i2").tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, little_endian=False, implicit_vr=False, enforce_file_format=True)
    little, big = ecg.read_record(dicom_bytes(), "a.dcm"), ecg.read_record(stream.getvalue(), "b.dcm")
    np.testing.assert_allclose(big.signal, little.signal, atol=1e-6)


def test_dicom_faults_are_named():
    with pytest.raises(MalformedFile, match="breaks the DICOM standard"):
        ecg.read_record(dicom(SamplingFrequency="0"), "a.dcm")
    with pytest.raises(MalformedFile, match="samples of 12 channels take"):
        ecg.read_record(dicom(NumberOfWaveformSamples=999_999), "a.dcm")
    with pytest.raises(LimitExceeded, match="2000 items"):
        ecg.read_record(dicom_bytes() + b"\xfe\xff\x00\xe0\x00\x00\x00\x00" * 3000, "a.dcm")


def test_a_lead_code_of_another_scheme_is_no_lead():
    dataset = pydicom.dcmread(io.BytesIO(dicom_bytes()))
    source = dataset.WaveformSequence[0].ChannelDefinitionSequence[11].ChannelSourceSequence[0]
    source.CodeMeaning, source.CodeValue = "Channel 3", "CH-3"
    stream = io.BytesIO()
    dataset.save_as(stream)
    record = ecg.read_record(stream.getvalue(), "a.dcm")
    assert record.leads == LEADS[:11]
    assert "Channel 3" in record.meta.warnings[0]


def test_paths_are_read_one_after_another_and_a_pair_once(tmp_path: Path):
    for part in sample("af"):
        (tmp_path / part.name).write_bytes(part.content)
    found = list(ecg.read_each([tmp_path / "af.dat", tmp_path / "af.hea"]))
    assert only(found).record is not None
