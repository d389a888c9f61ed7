"""Embedding many recordings: every kind of input, the numbers of each alone, failures that stop nothing."""

import csv
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import SAMPLES
from unit.embedding import counted, hearts
from unit.publishers import microvolts, write_packed, write_table

import ecgfm_core as ecg
from ecgfm_core import Encoder, training
from ecgfm_core.analysis import Progress, load_failures
from ecgfm_core.analysis.building.run import Embedded
from ecgfm_core.errors import CohortMismatch, MalformedFile, MalformedTable, UnknownLayout
from ecgfm_core.types import Source

COUNT = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hearts(tmp_path_factory.mktemp("plain") / "hearts", COUNT)


@pytest.fixture(scope="module")
def plain(folder: Path, tiny: Encoder) -> Path:
    """The cohort of a plain folder."""
    ecg.embed_cohort(folder, folder.parent / "cohort", tiny)
    return folder.parent / "cohort"


def numbers(made: Embedded) -> tuple[int, int, int, int]:
    return made.added, made.present, len(made.failures), made.total


def test_each_recording_has_the_numbers_that_it_has_alone(folder: Path, plain: Path, tiny: Encoder):
    cohort = ecg.open_cohort(plain)
    assert cohort.ids == tuple(f"sim7-{number:06d}" for number in range(COUNT))
    for row in (0, 5, 11):
        record = ecg.read_record(folder / f"{cohort.ids[row]}.hea")
        alone = ecg.encode(ecg.to_windows(record), tiny)
        np.testing.assert_allclose(cohort.vectors[row], alone.pooled.mean(axis=0), atol=1e-5)
        np.testing.assert_allclose(cohort.probabilities[row], ecg.predict(alone).overall, atol=1e-5)
        examined = ecg.quality(record)
        assert cohort.table["quality"][row] == pytest.approx(examined.score)
        assert cohort.table["verdict"][row] == (examined.verdict or "")


def test_a_folder_with_a_table_brings_facts_labels_and_metadata(folder: Path, tiny: Encoder, tmp_path: Path):
    told = shutil.copytree(folder, tmp_path / "told")
    table = pd.read_csv(folder.with_name("hearts.csv"), dtype=str, keep_default_na=False)
    table.assign(ward="B2", weight=[str(50 + i) for i in range(COUNT)]).to_csv(told / "records.csv", index=False)
    assert numbers(ecg.embed_cohort(told, tmp_path / "c", tiny)) == (COUNT, 0, 0, COUNT)
    cohort = ecg.open_cohort(tmp_path / "c")
    assert set(cohort.labels) == {label.name for label in tiny.labels}
    assert cohort.metadata == ("ward", "weight")
    assert cohort.table["weight"].tolist() == [50.0 + i for i in range(COUNT)]
    assert cohort.table["age"].tolist() == table["age"].astype(float).tolist()
    assert (cohort.targets[:, 1] == table[cohort.labels[1]].astype(float)).all()


def test_a_zip_is_its_folder(folder: Path, plain: Path, tiny: Encoder, tmp_path: Path):
    shutil.make_archive(str(tmp_path / "hearts"), "zip", folder.parent, "hearts")
    assert numbers(ecg.embed_cohort(tmp_path / "hearts.zip", tmp_path / "c", tiny)) == (COUNT, 0, 0, COUNT)
    zipped = ecg.open_cohort(tmp_path / "c")
    assert zipped.ids == ecg.open_cohort(plain).ids
    np.testing.assert_allclose(zipped.vectors, ecg.open_cohort(plain).vectors, atol=1e-6)


def test_files_in_memory_are_an_input(folder: Path, tiny: Encoder, tmp_path: Path):
    files = [Source(path.name, path.read_bytes()) for path in sorted(folder.glob("sim7-00000[01].*"))]
    assert numbers(ecg.embed_cohort(files, tmp_path / "c", tiny)) == (2, 0, 0, 2)


def test_a_table_of_paths_is_an_input_and_its_names_may_be_the_files(folder: Path, tiny: Encoder, tmp_path: Path):
    write_packed(tmp_path / "many.xz", np.stack([microvolts(seed) for seed in range(3)]))
    rows = [{"path": str(folder / f"sim7-{i:06d}"), "fs_hz": "", "AF": i % 2} for i in range(3)]
    rows += [{"path": f"many.xz#{i}", "fs_hz": 500, "AF": ""} for i in (2, 0)]
    write_table(tmp_path / "list.csv", rows)
    assert numbers(ecg.embed_cohort(tmp_path / "list.csv", tmp_path / "c", tiny)) == (5, 0, 0, 5)
    cohort = ecg.open_cohort(tmp_path / "c")
    assert cohort.ids == ("sim7-000000", "sim7-000001", "sim7-000002", "many.xz#2", "many.xz#0")
    assert cohort.labels == ("AF",)
    assert cohort.targets[:3, 0].tolist() == [0, 1, 0]
    assert np.isnan(cohort.targets[3:]).all()


def test_a_prepared_store_keeps_its_signals_byte_for_byte(folder: Path, tiny: Encoder, tmp_path: Path):
    shutil.copytree(folder, tmp_path / "raw")
    shutil.copy(folder.with_name("hearts.csv"), tmp_path / "raw" / "records.csv")
    training.prepare("folder", tmp_path / "raw", tmp_path / "store")
    assert numbers(ecg.embed_cohort(tmp_path / "store", tmp_path / "c", tiny)) == (COUNT, 0, 0, COUNT)
    store, cohort = ecg.open_cohort(tmp_path / "store"), ecg.open_cohort(tmp_path / "c")
    assert cohort.digests == store.digests
    assert cohort.labels == store.labels
    assert cohort.table["quality"].notna().all()


def test_a_cohort_is_embedded_by_another_encoder_too(folder: Path, tiny: Encoder, demo: Encoder, tmp_path: Path):
    ecg.embed_cohort(folder, tmp_path / "c", tiny)
    assert numbers(ecg.embed_cohort(tmp_path / "c", tmp_path / "c", demo)) == (COUNT, 0, 0, COUNT)
    first = ecg.open_cohort(tmp_path / "c")
    other = ecg.open_cohort(tmp_path / "c", encoder=demo.fingerprint)
    assert [facts.name for facts in first.encoders] == ["tiny", "demo"]
    assert first.ids == other.ids
    assert first.vectors.shape[1] != other.vectors.shape[1]


def test_another_encoder_is_refused_where_it_would_mix(folder: Path, plain: Path, demo: Encoder):
    with pytest.raises(CohortMismatch, match=r"was embedded by the encoder .* distances between them mean nothing"):
        ecg.embed_cohort(folder, plain, demo)


def test_a_table_of_labels_is_joined_by_id_and_says_what_it_cannot_join(folder: Path, tiny: Encoder, tmp_path: Path):
    lines = {"file": ["sim7-000003", "sim7-000001", "stranger"], "Gout": ["1", "0", "1"], "device": ["A", "", "C"]}
    made = ecg.embed_cohort(folder, tmp_path / "c", tiny, labels=pd.DataFrame(lines))
    assert (made.added, made.unused) == (COUNT, 1)
    cohort = ecg.open_cohort(tmp_path / "c")
    assert (cohort.labels, cohort.metadata) == (("Gout",), ("device",))
    assert cohort.targets[[1, 3], 0].tolist() == [0, 1]
    assert np.isnan(cohort.targets[[0, 2], 0]).all()
    assert cohort.table["device"][3] == "A"


def test_labels_are_not_joined_to_a_cohort(plain: Path, tiny: Encoder, tmp_path: Path):
    with pytest.raises(CohortMismatch, match="a cohort brings its labels along"):
        ecg.embed_cohort(plain, tmp_path / "c", tiny, labels=pd.DataFrame({"id": ["x"]}))


def test_failures_are_kept_and_stop_nothing(folder: Path, tiny: Encoder, tmp_path: Path):
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "sim7-000002.dat").unlink()
    (broken / "notes.csv").write_text("this,is\nno,recording\n")
    (broken / "labels.csv").write_text("record_id,AF\nx,1\n")  # says something of recordings, and is none
    made = ecg.embed_cohort(broken, tmp_path / "c", tiny)
    assert numbers(made) == (COUNT - 1, 0, 2, COUNT + 1)
    assert [failure.id for failure in made.failures] == ["notes", "sim7-000002"]
    with (tmp_path / "c" / "errors.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["notes", "sim7-000002"]
    assert made.failures[1].error == "IncompleteUpload"


def test_what_is_there_is_read_and_not_encoded(folder: Path, plain: Path, tiny: Encoder):
    with counted(tiny) as passes:
        assert numbers(ecg.embed_cohort(folder, plain, tiny)) == (0, COUNT, 0, COUNT)
    assert passes == []


def test_the_same_samples_are_taken_once(folder: Path, tiny: Encoder, tmp_path: Path):
    twice = tmp_path / "twice"
    for name in ("a", "b"):
        shutil.copytree(folder, twice / name)
    assert numbers(ecg.embed_cohort(twice, tmp_path / "c", tiny)) == (COUNT, COUNT, 0, 2 * COUNT)


def test_a_copy_is_named_beside_the_recording_that_is_kept(folder: Path, tiny: Encoder, tmp_path: Path):
    raw = shutil.copytree(folder, tmp_path / "raw")
    for name, kept in (("x", "sim7-000000"), ("y", "sim7-000001")):
        (raw / f"{name}.hea").write_text((raw / f"{kept}.hea").read_text().replace(f"{kept} ", f"{name} "))
    labels = pd.DataFrame({"id": ["sim7-000000", "x", "sim7-000001", "y"], "AF": ["1", "1", "1", "0"]})
    told = [
        ("x", "Copy", "x: the same samples as sim7-000000, which is kept, with the same labels."),
        ("y", "Copy", "y: the same samples as sim7-000001, which is kept, with other labels."),
    ]
    for added, present in ((COUNT, 2), (0, COUNT + 2)):  # the second run meets them in the cohort, not on the way
        made = ecg.embed_cohort(raw, tmp_path / "c", tiny, labels=labels)
        assert numbers(made) == (added, present, 0, COUNT + 2)
        assert [tuple(one) for one in load_failures(tmp_path / "c")] == told


def test_corrected_labels_are_not_passed_over(folder: Path, tiny: Encoder, tmp_path: Path):
    labels = {"id": ["sim7-000000", "sim7-000001"], "AF": ["1", "0"]}
    ecg.embed_cohort(folder, tmp_path / "c", tiny, labels=pd.DataFrame(labels))
    with pytest.raises(CohortMismatch, match=r"other labels for the recording sim7-000001. Name another folder."):
        ecg.embed_cohort(folder, tmp_path / "c", tiny, labels=pd.DataFrame(labels | {"AF": ["1", "1"]}))


def test_another_recording_of_a_known_id_is_a_failure(tiny: Encoder, tmp_path: Path):
    (tmp_path / "in").mkdir()
    for suffix in (".hea", ".dat"):
        shutil.copy(SAMPLES / f"af{suffix}", tmp_path / "in")
    assert numbers(ecg.embed_cohort(tmp_path / "in", tmp_path / "c", tiny)) == (1, 0, 0, 1)
    shutil.copy(SAMPLES / "lbbb.dat", tmp_path / "in" / "af.dat")
    (failure,) = ecg.embed_cohort(tmp_path / "in", tmp_path / "c", tiny).failures
    assert failure.message != ""


def test_a_canceled_run_keeps_what_is_encoded_and_goes_on(folder: Path, tiny: Encoder, tmp_path: Path):
    seen: list[Progress] = []
    made = ecg.embed_cohort(folder, tmp_path / "c", tiny, progress=seen.append, cancel=lambda: len(seen) >= 9)
    assert 0 < made.added < COUNT
    assert not made.finished
    with counted(tiny) as passes:
        rest = ecg.embed_cohort(folder, tmp_path / "c", tiny)
    assert (rest.present, rest.added) == (made.added, COUNT - made.added)
    assert sum(passes) == 2 * rest.added


def test_progress_ends_at_the_whole(folder: Path, tiny: Encoder, tmp_path: Path):
    seen: list[Progress] = []
    ecg.embed_cohort(folder, tmp_path / "c", tiny, progress=seen.append)
    assert [now.done for now in seen] == sorted(now.done for now in seen)
    assert seen[-1][:3] == (COUNT, COUNT, 0)
    assert seen[-1].windows_per_s > 0
    assert seen[-1].left_s == 0


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv"])
def test_a_zip_does_not_write_outside(tiny: Encoder, tmp_path: Path, name: str):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(MalformedFile, match="a name in the zip leads out of it"):
        ecg.embed_cohort(tmp_path / "evil.zip", tmp_path / "c", tiny)


def test_a_table_in_a_zip_names_no_file_outside(folder: Path, tiny: Encoder, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("records.csv", f"record_id,path\nx,{folder}/sim7-000000\n")
    with pytest.raises(MalformedTable, match="names a file that is not in the zip"):
        ecg.embed_cohort(tmp_path / "evil.zip", tmp_path / "c", tiny)


def test_what_is_no_input_is_said(tiny: Encoder, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnknownLayout, match="no file there could be a recording"):
        ecg.embed_cohort(tmp_path / "empty", tmp_path / "c", tiny)
    assert not (tmp_path / "c").exists()
