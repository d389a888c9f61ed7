"""Readers: what each format states, asks for, and refuses. Files are made here or are the samples."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from places import SAMPLES
from wfdb import rdrecord

import ecgfm_core as ecg
from ecgfm_core.errors import (
    DuplicateLeads,
    FactsNeeded,
    IncompleteUpload,
    LimitExceeded,
    MalformedFile,
    MissingLeads,
    NotFinite,
    UnknownFormat,
    UnknownUnit,
)
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts, Source

SIGNAL = np.random.default_rng(0).normal(0, 0.5, (12, 3000)).round(3)


def table(header: list[str] | None, columns: np.ndarray, delimiter: str = ",", decimal: str = ".") -> bytes:
    lines = [] if header is None else [delimiter.join(header)]
    lines += [delimiter.join(f"{value:.3f}".replace(".", decimal) for value in row) for row in columns.T]
    return "\n".join(lines).encode()


def sample(name: str) -> list[Source]:
    return [Source(f"{name}{end}", (SAMPLES / f"{name}{end}").read_bytes()) for end in (".hea", ".dat")]


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_wfdb_equals_the_wfdb_package():
    record = ecg.read_record(SAMPLES / "af.hea")
    theirs = rdrecord(str(SAMPLES / "af"))
    np.testing.assert_allclose(record.signal, theirs.p_signal.T, atol=1e-6)
    assert (record.fs, record.leads, record.unit, record.meta.format) == (500.0, LEADS, "mV", "wfdb")


def test_wfdb_is_found_by_header_signal_file_or_bare_name():
    digests = {ecg.read_record(SAMPLES / name).digest for name in ("af.hea", "af.dat", "af")}
    assert len(digests) == 1
    assert ecg.read_record(sample("af")).digest in digests


def test_a_header_without_its_signal_file_asks_for_it():
    with pytest.raises(IncompleteUpload, match=r"af\.hea: the signal file af\.dat is missing"):
        ecg.read_record(sample("af")[:1])
    with pytest.raises(IncompleteUpload, match=r"needs its header"):
        ecg.read_record(sample("af")[1:])


def test_a_header_that_claims_more_than_its_file_holds_is_refused():
    header, signal = sample("af")
    forged = header.content.replace(b"af 12 500 5000", b"af 12 500 500000000")
    with pytest.raises(MalformedFile, match="announces 500000000 samples a lead; the signal files hold 5000"):
        ecg.read_record([Source("af.hea", forged), signal])


def test_a_signal_file_never_comes_from_a_path_in_the_header(tmp_path: Path):
    header = sample("af")[0].content.replace(b"af.dat", b"/etc/passwd")
    (tmp_path / "af.hea").write_bytes(header)
    with pytest.raises(IncompleteUpload):
        ecg.read_record(tmp_path / "af.hea")


def test_an_uncalibrated_wfdb_lead_has_no_unit():
    header, signal = sample("af")
    bare = header.content.replace(b"1000(0)/mV", b"0")
    with pytest.raises(FactsNeeded) as caught:
        ecg.read_record([Source("af.hea", bare), signal])
    assert caught.value.facts == ("unit",)


def test_a_renamed_pair_is_still_a_pair():
    header, signal = sample("af")
    renamed = [Source("af (1).hea", header.content), Source("af (1).dat", signal.content)]
    assert ecg.read_record(renamed).digest == ecg.read_record(sample("af")).digest


def test_a_zip_gives_every_recording_and_a_line_for_every_failure():
    files = {f"x/{s.name}": s.content for name in ("af", "pvc") for s in sample(name)} | {"x/scan.pdf": b"%PDF-1.7 ..."}
    found = list(ecg.read_each([Source("all.zip", zipped(files))]))
    assert [r.file for r in found] == ["all.zip/x/af.hea", "all.zip/x/pvc.hea", "all.zip/x/scan.pdf"]
    assert [type(r.error) for r in found] == [type(None), type(None), UnknownFormat]
    assert "it is a PDF" in str(found[-1].error)


def test_two_files_of_one_name_are_not_confused():
    found = list(ecg.read_each([Source("a.csv", b"1,2\n3,4\n"), Source("a.csv", b"5,6\n7,8\n")]))
    assert any("two different files of this name" in str(reading.error) for reading in found)


def test_a_table_with_a_full_header_needs_nothing():
    times = np.arange(3000) / 250
    content = table(["time [s]", *(f"{lead} (uV)" for lead in LEADS)], np.vstack([times, SIGNAL * 1000]))
    record = ecg.read_record(content, "a.csv")
    assert record.fs == 250.0
    assert record.unit == "mV"
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-5)


def test_a_bare_table_asks_for_everything_and_takes_the_answer():
    content = table(None, SIGNAL)
    with pytest.raises(FactsNeeded, match="sampling rate, its unit and the order of its 12 leads") as caught:
        ecg.read_record(content, "a.csv")
    assert caught.value.facts == ("fs", "unit", "leads")
    assert caught.value.channels == 12
    record = ecg.read_record(content, "a.csv", fs=500, unit="mV", leads=LEADS)
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-6)
    assert record.meta.unit_source == "given by the user"


@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", "."), (" ", "."), ("\t", ",")]
)
def test_separators_and_decimal_commas(delimiter: str, decimal: str):
    content = table(list(LEADS), SIGNAL, delimiter, decimal)
    np.testing.assert_allclose(ecg.read_record(content, "a", fs=500, unit="mV").signal, SIGNAL, atol=1e-6)


def test_a_table_with_leads_in_rows_is_turned():
    record = ecg.read_record(table(None, SIGNAL.T), "a.csv", fs=500, unit="mV", leads=LEADS)
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-6)


def test_what_a_file_states_goes_before_what_is_given():
    content = table(["time (ms)", *LEADS], np.vstack([np.arange(3000) * 4.0, SIGNAL]))
    record = ecg.read_record(content, "a.csv", fs=1000, unit="mV")
    assert record.fs == 250.0
    assert "The file states 250 Hz" in record.meta.warnings[0]


def test_a_column_that_is_no_lead_is_dropped_and_said():
    content = table([*LEADS, "RESP"], np.vstack([SIGNAL, SIGNAL[:1]]))
    record = ecg.read_record(content, "a.csv", fs=500, unit="mV")
    assert record.leads == LEADS
    assert record.meta.warnings == ("Not used, because they are no standard leads: RESP.",)


def test_bad_tables_say_what_is_wrong():
    with pytest.raises(MalformedFile, match="every cell must be a number"):
        ecg.read_record(table(list(LEADS), SIGNAL) + b"\n1,2,three", "a.csv", fs=500, unit="mV")
    early = table(list(LEADS), SIGNAL).replace(b"\n", b"\n1,2,three,4,5,6,7,8,9,10,11,12\n", 1)
    with pytest.raises(MalformedFile, match="every cell must be a number"):
        ecg.read_record(early, "a.csv", fs=500, unit="mV")
    with pytest.raises(DuplicateLeads, match="V1 occurs more than once"):
        ecg.read_record(table([*LEADS[:11], "V1"], SIGNAL), "a.csv", fs=500, unit="mV")
    with pytest.raises(UnknownUnit, match=r"a voltage .*Found 'kg'"):
        ecg.read_record(table(list(LEADS), SIGNAL), "a.csv", fs=500, unit="kg")
    with pytest.raises(MissingLeads, match="none of its 2 channels"):
        ecg.read_record(table(["a", "b"], SIGNAL[:2]), "a.csv", fs=500, unit="mV")
    with pytest.raises(NotFinite, match="lead II holds no number"):
        ecg.read_record(
            table(list(LEADS), SIGNAL).replace(b"\n", b"\n1,nan,1,1,1,1,1,1,1,1,1,1\n", 1), "a", fs=500, unit="mV"
        )


@pytest.mark.parametrize("turned", [False, True])
def test_npy_in_both_directions(turned: bool):
    stream = io.BytesIO()
    np.save(stream, SIGNAL.T if turned else SIGNAL)
    record = ecg.read_record(stream.getvalue(), "a.npy", fs=500, unit="mV", leads=LEADS)
    np.testing.assert_allclose(record.signal, SIGNAL, atol=1e-6)


def test_npz_can_state_everything():
    stream = io.BytesIO()
    np.savez(stream, signal=SIGNAL, fs=500, unit="mV", leads=np.array(LEADS))
    record = ecg.read_record(stream.getvalue(), "a.npz")
    assert (record.fs, record.leads, record.unit) == (500.0, LEADS, "mV")


def test_pickled_arrays_are_never_loaded():
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(MalformedFile, match="Python objects are never read"):
        ecg.read_record(stream.getvalue(), "a.npy")


def test_an_array_that_announces_more_than_it_holds_is_refused():
    stream = io.BytesIO()
    np.save(stream, np.zeros((12, 10)))
    forged = stream.getvalue().replace(b"(12, 10)", b"(12, 99)")
    with pytest.raises(MalformedFile, match=r"announces 9504 bytes of samples; the file holds 960"):
        ecg.read_record(forged, "a.npy")


def test_ecgfm_mat_has_no_unit_and_absent_leads_are_absent():
    feats = SIGNAL.copy()
    feats[3] = np.nan
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"feats": feats, "curr_sample_rate": 500, "org_sample_rate": 400, "idx": 1})
    record = ecg.read_record(stream.getvalue(), "a.mat")
    assert (record.unit, record.fs, record.meta.format) == (None, 500.0, "ecg-fm-mat")
    assert "aVR" not in record.leads


def test_a_bomb_in_a_zip_is_refused_before_it_unpacks():
    content = zipped({"a.csv": b"0" * (80 * 1024 * 1024)})
    assert len(content) < 100_000
    with pytest.raises(LimitExceeded, match="larger than 64 MiB"):
        ecg.read_record(content, "bomb.zip")


def test_facts_given_hold_for_every_file_that_needs_them():
    files = [Source("a.csv", table(None, SIGNAL)), Source("b.csv", table(None, SIGNAL + 1)), *sample("af")]
    found = list(ecg.read_each(files, Facts(250.0, "uV", LEADS)))
    rates = {reading.file: reading.record.fs for reading in found if reading.record}
    assert rates == {"a.csv": 250.0, "b.csv": 250.0, "af.hea": 500.0}
