"""What is wrong with a raw download is told in one sentence, and nothing is half-written."""

from collections.abc import Callable
from pathlib import Path

import pytest
from publishers import exam, simulated, write_cinc, write_code15, write_folder, write_mimic, write_ptbxl, write_table

from ecgfm_core.analysis.cohort import Description, create_cohort, open_cohort
from ecgfm_core.errors import (
    CohortInvalid,
    CohortMismatch,
    CohortUnwritable,
    EcgfmError,
    MalformedFile,
    MalformedTable,
    UnknownLayout,
)
from ecgfm_core.training.sources import prepare
from ecgfm_core.training.sources.listing import Item
from ecgfm_core.training.sources.preparation import _store
from ecgfm_core.types import Record


def folder(raw: Path, **change: object) -> Path:
    rows = [{"record_id": "a", "path": "a", "patient_id": "1", "AF": 1}]
    return write_folder(raw, [*rows, {"record_id": "b", "path": "b", "patient_id": "2", "AF": 0} | change])


def code15(raw: Path) -> Path:
    return write_code15(raw, [exam("11"), exam("12")], {id: simulated(0).signal[:, :2934] for id in ("11", "12")})


def ptbxl(raw: Path, **change: object) -> Path:
    return write_ptbxl(raw, [{"scp_codes": "{'SR': 0.0}", "patient_id": "1.0"} | change])


def refused(source: str, raw: Path, error: type[EcgfmError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        prepare(source, raw, raw.parent / "store")
    assert not (raw.parent / "store").exists()
    assert str(raw.parent) not in str(raised.value)
    assert str(raised.value).endswith(".")


@pytest.mark.parametrize("source", ["mimic-iv-ecg", "cinc2021", "code-15", "ptb-xl", "folder"])
def test_a_folder_in_another_layout_is_told(source: str, tmp_path: Path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "something.zip").write_bytes(b"")
    refused(source, tmp_path / "raw", UnknownLayout, r"raw: .+ holds .+ is missing \(found something.zip\)")
    refused(source, tmp_path / "nowhere", UnknownLayout, r"\(found no such folder\)")


def test_a_source_that_nobody_knows_is_told(tmp_path: Path):
    refused("mimic", tmp_path / "raw", UnknownLayout, "mimic: no such source. Choose one of mimic-iv-ecg, cinc2021")


def test_a_truncated_shard_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    shard = raw / "exams_part0.hdf5"
    shard.write_bytes(shard.read_bytes()[:200_000])
    refused("code-15", raw, MalformedFile, r"exams_part0.hdf5: the shard is cut short .+ \(200000 bytes are there\)")


def test_a_shard_without_tracings_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    (raw / "exams_part1.hdf5").write_bytes(b"no HDF5 at all")
    refused("code-15", raw, MalformedFile, "exams_part1.hdf5: the shard is cut short or holds no tracings")


def test_a_zipped_shard_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    (raw / "exams_part1.zip").write_bytes(b"PK")
    refused("code-15", raw, UnknownLayout, r"exams_part1.zip is still packed. Unpack every exams_part\*.zip")


def test_no_shard_at_all_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    (raw / "exams_part0.hdf5").unlink()
    refused("code-15", raw, UnknownLayout, "no shard")


def test_an_exam_in_two_shards_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    (raw / "exams_part1.hdf5").write_bytes((raw / "exams_part0.hdf5").read_bytes())
    refused("code-15", raw, MalformedTable, "an exam occurs in two places of the shards")


def test_an_answer_that_is_none_is_told(tmp_path: Path):
    raw = code15(tmp_path / "raw")
    write_table(raw / "exams.csv", [exam("11", AF="maybe")])
    refused("code-15", raw, MalformedTable, "AF of exam 11 must be True, False or blank. Got 'maybe'")


@pytest.mark.parametrize("cell", ["yes", "2", "0.5", "positive"])
def test_a_label_that_is_neither_one_nor_zero_is_told(tmp_path: Path, cell: str):
    words = rf"records.csv: AF of recording b must be 1, 0 or blank. Got '{cell}'. .+ remove the column"
    refused("folder", folder(tmp_path / "raw", AF=cell), MalformedTable, words)


def test_a_recording_that_is_named_twice_is_told(tmp_path: Path):
    raw = folder(tmp_path / "raw", record_id="a")
    refused("folder", raw, MalformedTable, "records.csv: recording a occurs more than once")


def test_a_blank_patient_is_told(tmp_path: Path):
    raw = folder(tmp_path / "raw", patient_id=" ")
    refused("folder", raw, MalformedTable, r"records.csv: patient_id is blank in line 3 \(1 lines in all\)")


@pytest.mark.parametrize("name", ["AF\nnow", " ", "x" * 201])
def test_a_label_that_cannot_be_shown_is_told(tmp_path: Path, name: str):
    raw = tmp_path / "raw"
    write_folder(raw, [{"record_id": "a", "path": "a", "patient_id": "1", name: 1}])
    refused("folder", raw, MalformedTable, "the name of a label must be printable text of 1 to 200 characters")


def test_a_missing_column_is_told(tmp_path: Path):
    raw = tmp_path / "raw"
    raw.mkdir()
    write_table(raw / "records.csv", [{"record_id": "a", "patient": "1"}])
    refused("folder", raw, MalformedTable, r"column path is missing \(found record_id, patient, ...\)")


def test_a_table_that_is_no_csv_is_told(tmp_path: Path):
    raw = folder(tmp_path / "raw")
    (raw / "records.csv").write_bytes(b'record_id,path\n"a,b\n\xff\xfe')
    refused("folder", raw, MalformedTable, "records.csv: the table cannot be read as CSV")


def test_a_split_of_another_name_and_a_patient_in_two_splits_are_told(tmp_path: Path):
    rows = [
        {"record_id": id, "path": id, "patient_id": "1", "split": split} for id, split in (("a", "train"), ("b", "x"))
    ]
    refused(
        "folder",
        write_folder(tmp_path / "raw", rows),
        MalformedTable,
        "split must be train, .+ Got 'x' for recording b",
    )
    rows[1]["split"] = "test"
    write_table(tmp_path / "raw" / "records.csv", rows)
    refused("folder", tmp_path / "raw", MalformedTable, "patient 1 is in more than one split")


def test_a_subset_that_is_none_of_the_challenge_is_told(tmp_path: Path):
    raw = write_cinc(tmp_path / "raw", {"georgia/E00001": "426783006"})
    (raw / "training" / "kaggle").mkdir()
    refused("cinc2021", raw, UnknownLayout, "one folder for each subset .+ found kaggle")


def test_two_recordings_of_one_name_are_told(tmp_path: Path):
    raw = write_cinc(tmp_path / "raw", {"georgia/E00001": "426783006"})
    copy = raw / "training" / "georgia" / "g2"
    copy.mkdir()
    (copy / "E00001.hea").write_text("E00001 12 500 5000\n")
    refused("cinc2021", raw, MalformedTable, "georgia/E00001: two recordings of this name")


@pytest.mark.parametrize("change", [{"scp_codes": "{'SR'"}, {"scp_codes": "exec('x')"}, {"strat_fold": "a"}])
def test_a_line_of_ptbxl_that_cannot_be_understood_is_told(tmp_path: Path, change: dict[str, object]):
    refused("ptb-xl", ptbxl(tmp_path / "raw", **change), MalformedTable, "recording 1 has no readable scp_codes")


def test_a_missing_file_is_an_error_of_its_recording_only(tmp_path: Path):
    raw = write_mimic(tmp_path / "raw", {"40689238": ["Sinus rhythm"], "41953793": ["Atrial fibrillation"]})
    next(raw.rglob("41953793.hea")).unlink()
    assert prepare("mimic-iv-ecg", raw, tmp_path / "store").failed == 1
    assert open_cohort(tmp_path / "store").errors[0][:2] == ("41953793", "IncompleteUpload")


def test_a_file_that_the_system_refuses_is_told_without_its_path(tmp_path: Path):
    def read() -> Record:
        raise PermissionError(13, "Permission denied", "/secret/place/a.hea")

    item = Item("a", "made", "1", None, None, None, "", {}, read)
    with create_cohort(tmp_path / "store", Description((), "folder")) as writer:
        assert _store(iter([item]), writer, 0) == 1
    failure = open_cohort(tmp_path / "store").errors[0]
    assert failure == ("a", "PermissionError", "a: the file cannot be read (Permission denied). Download it again.")


def test_a_packed_array_without_the_entry_is_an_error_of_its_recording_only(tmp_path: Path):
    raw = folder(tmp_path / "raw", path="none.xz#4")
    (raw / "none.xz").write_bytes(b"not lzma")
    prepare("folder", raw, tmp_path / "store")
    assert "needs the number of an entry and fs_hz" in open_cohort(tmp_path / "store").errors[0].message


@pytest.mark.parametrize(
    ("make", "source", "words"),
    [
        (ptbxl, "ptb-xl", "prepared with source folder; ptb-xl was asked for"),
        (lambda raw: write_folder(raw, [{"record_id": "a", "path": "a", "patient_id": 1, "LVEF": 1}]), "folder", "AF"),
    ],
)
def test_a_store_of_something_else_is_not_mixed_with(
    make: Callable[[Path], Path], source: str, words: str, tmp_path: Path
):
    prepare("folder", folder(tmp_path / "first"), tmp_path / "store")
    with pytest.raises(CohortMismatch, match=words):
        prepare(source, make(tmp_path / "second"), tmp_path / "store")
    assert len(open_cohort(tmp_path / "store")) == 2


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path):
    raw = folder(tmp_path / "raw")
    with pytest.raises(CohortUnwritable, match="store: the cohort cannot be written"):
        prepare("folder", raw, raw / "records.csv" / "store")
    with pytest.raises(CohortInvalid, match="holds other files"):
        prepare("folder", raw, raw)
