"""Each publisher's layout, made from simulated recordings, becomes a cohort."""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy.io
from publishers import (
    exam,
    microvolts,
    simulated,
    write_cinc,
    write_code15,
    write_folder,
    write_mimic,
    write_packed,
    write_ptbxl,
    write_table,
    write_wfdb,
)

import ecgfm_core as ecg
from ecgfm_core.analysis.building.tables import split_of
from ecgfm_core.analysis.cohort import Cohort, open_cohort
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.leads import LEADS
from ecgfm_core.training.sources import SOURCES, prepare

NAMES = tuple(label.name for label in MIMIC_IV_ECG)


def prepared(source: str, raw: Path) -> Cohort:
    store = raw.parent / "store"
    run = prepare(source, raw, store)
    assert run.finished
    assert (run.present, run.failed) == (0, 0)
    return open_cohort(store)


def holds(cohort: Cohort, id: str) -> set[str]:
    """The labels of one recording that hold."""
    row = cohort.targets[cohort.ids.index(id)]
    return {name for name, value in zip(cohort.labels, row, strict=True) if value == 1}


def unknown(cohort: Cohort, id: str) -> set[str]:
    row = cohort.targets[cohort.ids.index(id)]
    return {name for name, value in zip(cohort.labels, row, strict=True) if np.isnan(value)}


def assert_same_signal(cohort: Cohort, id: str, seed: int) -> None:
    """Whole microvolts are kept exactly, whatever the order of the leads in the file."""
    assert np.array_equal(cohort.record(id).signal, microvolts(seed).astype(np.float32) / np.float32(1000))


def test_mimic_is_read_as_physionet_lays_it_out(tmp_path: Path):
    reports = {"40689238": ["Sinus rhythm", "Left bundle branch block"], "41953793": ["Atrial fibrillation"], "4": []}
    cohort = prepared("mimic-iv-ecg", write_mimic(tmp_path / "raw", reports))
    assert cohort.ids == ("40689238", "41953793", "4")
    assert cohort.table["patient_id"].tolist() == ["10000032", "10000032", "10000033"]
    assert cohort.table["stated"].tolist() == ["Sinus rhythm; Left bundle branch block", "Atrial fibrillation", ""]
    assert cohort.labels == NAMES
    assert holds(cohort, "40689238") == {"Sinus rhythm", "Left bundle branch block"}
    assert "Atrial fibrillation" in holds(cohort, "41953793")
    assert unknown(cohort, "40689238") == set()
    assert unknown(cohort, "4") == set(NAMES)  # no report, no labels
    assert_same_signal(cohort, "41953793", 1)


def test_the_challenge_is_read_as_physionet_lays_it_out(tmp_path: Path):
    codes = {"georgia/E00001": "426783006,713427006", "ptb-xl/HR00001": "445118002, 59118001", "ptb/S0001": "164865005"}
    codes["georgia/E00002"] = "Unknown"
    cohort = prepared("cinc2021", write_cinc(tmp_path / "raw", codes))
    assert cohort.ids == ("georgia/E00001", "georgia/E00002", "ptb/S0001", "ptb-xl/HR00001")
    assert cohort.table["source"].tolist() == ["georgia", "georgia", "ptb", "ptb-xl"]
    assert cohort.table["patient_id"].tolist() == list(cohort.ids)
    assert cohort.table["age"].tolist() == [60, 63, 62, 61]
    assert set(cohort.table["sex"]) == {"F"}
    assert holds(cohort, "georgia/E00001") == {"Sinus rhythm", "Right bundle branch block"}
    assert "Infarction" in unknown(cohort, "georgia/E00001")
    assert unknown(cohort, "georgia/E00002") == set(NAMES)
    assert holds(cohort, "ptb-xl/HR00001") == {"Right bundle branch block", "Bifascicular block"}
    assert holds(cohort, "ptb/S0001") == {"Infarction"}
    assert "Atrial fibrillation" in unknown(cohort, "ptb/S0001")
    assert_same_signal(cohort, "ptb/S0001", 2)


def test_code15_is_read_as_its_publisher_lays_it_out(tmp_path: Path):
    exams = [exam("11", "7", SB=True), exam("12", "7", AF=True, RBBB=True), exam("13", "8", normal_ecg=True)]
    signals = {id: simulated(seed).signal[:, :length] for seed, (id, length) in enumerate([("12", 2934), ("11", 4096)])}
    cohort = prepared("code-15", write_code15(tmp_path / "raw", exams, signals))
    assert cohort.ids == ("12", "11")  # in the order of the shard; exam 13 is in a shard that was not downloaded
    assert cohort.table["patient_id"].tolist() == ["7", "7"]
    assert cohort.table["sex"].tolist() == ["M", "M"]
    assert holds(cohort, "11") == {"Sinus rhythm", "Bradycardia"}
    assert holds(cohort, "12") == {"Atrial fibrillation", "Right bundle branch block"}
    assert {"Tachycardia", "Bradycardia", "Infarction"} <= unknown(cohort, "12")
    record = cohort.record("12")
    assert (record.fs, record.unit, record.signal.shape) == (400.0, None, (12, 2934))  # the padding is gone
    assert np.abs(record.signal - signals["12"]).max() < np.abs(signals["12"]).max() / 32767


def test_ptbxl_is_read_as_physionet_lays_it_out(tmp_path: Path):
    records = [
        {"scp_codes": "{'NORM': 100.0, 'SR': 0.0}", "patient_id": "15709.0", "strat_fold": 3},
        {"scp_codes": "{'IMI': 35.0, 'AFIB': 0.0}", "patient_id": "13243.0", "strat_fold": 9, "age": 300.0, "sex": 0},
        {"scp_codes": "{'IMI': 80.0, '1AVB': 100.0, 'SBRAD': 0.0}", "patient_id": "2.0", "strat_fold": 10},
    ]
    cohort = prepared("ptb-xl", write_ptbxl(tmp_path / "raw", records))
    assert cohort.ids == ("1", "2", "3")
    assert cohort.table["split"].tolist() == ["train", "valid", "test"]
    assert cohort.table["patient_id"].tolist() == ["15709", "13243", "2"]
    assert cohort.table["sex"].tolist() == ["F", "M", "F"]
    assert np.isnan(cohort.table["age"][1])  # above 89, which the publication writes as 300
    assert holds(cohort, "1") == {"Sinus rhythm"}
    assert holds(cohort, "2") == {"Atrial fibrillation"}
    assert "Infarction" in unknown(cohort, "2")  # a likelihood of 35 % is no diagnosis
    assert holds(cohort, "3") == {
        "Sinus rhythm", "Bradycardia", "Infarction", "Atrioventricular block", "1st degree atrioventricular block",
    }  # fmt: skip
    assert_same_signal(cohort, "3", 2)


def test_a_plain_folder_takes_any_label_table(tmp_path: Path):
    rows = [
        {
            "record_id": "a",
            "path": "a",
            "patient_id": "1",
            "age": "",
            "sex": "male",
            "split": "test",
            "LVEF <= 40 %": 1,
        },
        {"record_id": "b", "path": "in/b", "patient_id": "2", "age": 50, "sex": "", "split": "", "LVEF <= 40 %": ""},
        {
            "record_id": "c",
            "path": "c",
            "patient_id": "3",
            "age": 50,
            "sex": "F",
            "split": "train",
            "LVEF <= 40 %": "0.0",
        },
    ]
    cohort = prepared("folder", write_folder(tmp_path / "raw", rows))
    assert cohort.labels == ("LVEF <= 40 %",)
    assert np.array_equal(cohort.targets[:, 0], [1, np.nan, 0], equal_nan=True)
    assert cohort.table["split"].tolist() == ["test", split_of("2", 0), "train"]
    assert set(cohort.table["source"]) == {"raw"}
    assert_same_signal(cohort, "b", 1)


def test_a_plain_folder_takes_any_file_and_packed_arrays(tmp_path: Path):
    raw = tmp_path / "raw"
    raw.mkdir()
    write_packed(raw / "many.xz", np.stack([microvolts(seed)[:, ::2] for seed in (5, 6)]))
    signal = simulated(7).signal
    pd.DataFrame(signal.T, columns=[f"{lead} (mV)" for lead in simulated(7).leads]).to_csv(raw / "one.csv", index=False)
    rows = [
        {"record_id": "packed", "path": "many.xz#1", "fs_hz": 250, "patient_id": "1"},
        {"record_id": "csv", "path": "one.csv", "fs_hz": 500, "patient_id": "2"},
    ]
    write_table(raw / "records.csv", rows)
    cohort = prepared("folder", raw)
    packed, table = cohort.record("packed"), cohort.record("csv")
    assert (packed.fs, packed.unit) == (250.0, None)
    assert np.array_equal(packed.signal, microvolts(6)[:, ::2].astype(np.float32))
    assert (table.fs, table.unit) == (500.0, "mV")
    assert np.abs(table.signal - signal).max() < 1e-3


def test_the_splits_are_four_fifths_and_two_tenths_by_patient():
    splits = [split_of(str(patient), 0) for patient in range(20_000)]
    assert [round(splits.count(name) / 20_000, 2) for name in ("train", "valid", "test")] == [0.8, 0.1, 0.1]
    assert splits != [split_of(str(patient), 1) for patient in range(20_000)]


def test_a_split_is_the_same_everywhere():
    assert [split_of(patient, 0) for patient in ("10000032", "ptb/S0001", "b", "e", "15")] == [
        "train", "train", "valid", "valid", "train",
    ]  # fmt: skip


def test_a_recording_that_fails_stops_nothing(tmp_path: Path):
    rows = [{"record_id": id, "path": id, "patient_id": id, "AF": 0} for id in ("a", "b", "c", "d")]
    raw = write_folder(tmp_path / "raw", rows)
    (raw / "b.hea").unlink()
    (raw / "c.dat").write_bytes(b"\0" * 100)
    run = prepare("folder", raw, tmp_path / "store")
    assert (run.added, run.failed, run.finished) == (2, 2, True)
    errors = open_cohort(tmp_path / "store").errors
    assert [(failure.id, failure.error) for failure in errors] == [("b", "IncompleteUpload"), ("c", "MalformedFile")]
    assert "names this file; it is absent" in errors[0].message
    write_wfdb(raw / "b", 1)
    again = prepare("folder", raw, tmp_path / "store")
    assert (again.present, again.added, again.failed) == (2, 1, 1)
    cohort = open_cohort(tmp_path / "store")
    assert cohort.ids == ("a", "d", "b")
    assert [failure.id for failure in cohort.errors] == ["c"]


def test_a_recording_shorter_than_a_window_fails(tmp_path: Path):
    raw = tmp_path / "raw"
    write_code15(raw, [exam("1")], {"1": simulated(0).signal[:, :1999]})
    prepare("code-15", raw, tmp_path / "store")
    assert open_cohort(tmp_path / "store").errors[0].error == "RecordTooShort"


def test_progress_counts_to_the_end_and_cancel_keeps_what_was_read(tmp_path: Path):
    raw = write_folder(
        tmp_path / "raw", [{"record_id": str(i), "path": str(i), "patient_id": i, "AF": ""} for i in range(5)]
    )
    seen: list[tuple[int, int]] = []
    run = prepare(
        "folder", raw, tmp_path / "store", progress=lambda *at: seen.append(at), cancel=lambda: len(seen) == 3
    )
    assert seen == [(1, 5), (2, 5), (3, 5)]
    assert (run.added, run.finished) == (3, False)
    rest = prepare("folder", raw, tmp_path / "store", progress=lambda *at: seen.append(at))
    assert seen[-1] == (5, 5)
    assert (rest.present, rest.added, rest.finished) == (3, 2, True)


def test_one_of_each_development_source_is_prepared(recordings: Path, tmp_path: Path):
    table = pd.read_csv(recordings / "ecg12" / "records.csv", dtype=str, keep_default_na=False)
    few = table.groupby("source", sort=False).head(1).copy()
    few["path"] = [str(recordings / "ecg12" / path) for path in few["path"]]
    (tmp_path / "raw").mkdir()
    few.to_csv(tmp_path / "raw" / "records.csv", index=False)
    cohort = prepared("folder", tmp_path / "raw")
    assert cohort.ids == tuple(few["record_id"])
    assert cohort.labels == NAMES
    assert (few["Sinus rhythm"] == "1").tolist() == (cohort.targets[:, 1] == 1).tolist()


def test_code15_through_the_store_is_what_the_original_pipeline_gives(recordings: Path, tmp_path: Path):
    folder = recordings / "code15"
    exams = {path.stem.rpartition("_")[2]: path for path in sorted((folder / "org").glob("*.mat"))}
    signals = {id: scipy.io.loadmat(path)["feats"].astype(np.float32) for id, path in exams.items()}
    cohort = prepared("code-15", write_code15(tmp_path / "raw", [exam(id) for id in exams], signals))
    compared = 0
    for id, signal in zip(cohort.ids, cohort.signals(range(len(cohort))), strict=True):
        for path in (folder / "segmented").glob(f"code_15_{id}_*.mat"):
            begin = 2500 * int(path.stem.rpartition("_")[2])
            original = scipy.io.loadmat(path)["feats"]
            raw = ecg.preprocess(cohort.record(id))
            step = np.abs(signals[id]).max() / 32767 / raw.std[:, None]  # one count, in standard deviations
            assert (np.abs(signal[:, begin : begin + 2500] - original) <= step).all()
            compared += 1
    assert compared == 14


def test_there_are_five_sources():
    assert set(SOURCES) == {"mimic-iv-ecg", "cinc2021", "code-15", "ptb-xl", "folder"}


UNITS = (("stated", "uV"), ("not stated", ""))


def test_a_table_states_the_rate_and_the_unit_of_a_file_that_does_not(tmp_path: Path):
    raw, signal = tmp_path / "raw", simulated(0).signal
    raw.mkdir()
    np.savetxt(raw / "a.csv", signal.T * 1000, delimiter=",", header=",".join(LEADS), comments="")
    rows = [{"record_id": id, "path": "a.csv", "patient_id": "1", "fs_hz": 500, "unit": unit} for id, unit in UNITS]
    write_table(raw / "records.csv", rows)
    prepare("folder", raw, tmp_path / "store")
    cohort = open_cohort(tmp_path / "store")
    np.testing.assert_allclose(cohort.record("stated").signal, signal, atol=1e-3)
    (failure,) = cohort.errors
    assert failure.id == "not stated"
    assert "does not state unit. Put fs_hz and unit into the table" in failure.message
