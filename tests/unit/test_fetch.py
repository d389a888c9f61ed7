"""Fetching PTB-XL, from a server on this machine in place of PhysioNet."""

import csv
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from physionet import PATIENTS, SUMS, PhysioNet, publish
from places import ROOT

import ecgfm_core as ecg
from ecgfm_core import training
from ecgfm_core.errors import FetchFailed, MalformedTable, UnknownLayout
from ecgfm_core.training import Fetched, fetch_ptb_xl


class Places(NamedTuple):
    server: PhysioNet
    folder: Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("publisher"))


@pytest.fixture
def places(published: Path, tmp_path: Path) -> Iterator[Places]:
    server = PhysioNet(published)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Places(server, tmp_path / "fetched")
    server.shutdown()
    server.server_close()


def fetch(places: Places, count: int, **options: object) -> Fetched:
    return fetch_ptb_xl(places.folder, count, address=places.server.address, **options)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recordings(folder: Path) -> set[str]:
    return {line["filename_hr"] for line in lines(folder / "ptbxl_database.csv")}


def test_what_is_fetched_is_what_was_published(places: Places, published: Path):
    told: list[Fetched] = []
    made = fetch(places, 5, progress=told.append)
    assert told[-1] == made
    assert made.done == made.total == made.new >= 5
    files = [path.relative_to(places.folder) for path in places.folder.rglob("*_hr.*")]
    assert len(files) == 2 * made.total
    assert all((places.folder / file).read_bytes() == (published / file).read_bytes() for file in files)
    assert made.bytes == sum((places.folder / file).stat().st_size for file in files)
    assert not list(places.folder.rglob("*.part"))


def test_whole_patients_come_and_more_begin_with_fewer(places: Places):
    fetch(places, 2)
    few = recordings(places.folder)
    patients = {line["patient_id"] for line in lines(places.folder / "ptbxl_database.csv")}
    of_them = sum(patient in patients for patient in PATIENTS)
    assert len(few) == of_them >= 2
    made = fetch(places, 6)
    assert few < recordings(places.folder)
    assert made.new == made.total - len(few)
    assert fetch(places, 100).total == len(PATIENTS)
    everything = (places.folder / "ptbxl_database.csv").read_text().splitlines()
    assert everything == (places.server.folder / "ptbxl_database.csv").read_text().splitlines()


def test_nothing_that_verifies_is_fetched_again_and_what_does_not_is(places: Places):
    fetch(places, 3)
    before = len(places.server.asked)
    assert fetch(places, 3).new == 0
    assert len(places.server.asked) == before
    file = next(places.folder.rglob("*_hr.dat"))
    file.write_bytes(b"\0" + file.read_bytes()[1:])
    assert fetch(places, 3).new == 1
    assert [name for name, _ in places.server.asked[before:]] == [file.relative_to(places.folder).as_posix()]


def test_a_cut_connection_is_taken_up_from_where_it_broke(places: Places, published: Path):
    places.server.cuts = {"_hr.dat": [50_000]}
    fetch(places, 1)
    assert "bytes=50000-" in {of for _, of in places.server.asked}
    file = next(places.folder.rglob("*_hr.dat"))
    assert file.read_bytes() == (published / file.relative_to(places.folder)).read_bytes()


def test_a_server_that_goes_half_way_is_said_and_the_next_run_goes_on(places: Places):
    places.server.cuts = {"_hr.dat": [1000, 1000, 1000, 1000]}
    with pytest.raises(FetchFailed, match=r"the connection broke\. What was fetched is kept.*it resumes"):
        fetch(places, 1)
    assert list(places.folder.rglob("*_hr.dat.part"))
    assert not list(places.folder.rglob("*_hr.dat"))
    places.server.cuts = {}
    places.server.asked.clear()
    assert fetch(places, 1).done
    assert "bytes=2000-" in {of for _, of in places.server.asked}


def test_a_wrong_file_is_fetched_once_more_and_then_refused(places: Places):
    places.server.spoiled = {"_hr.hea": 1}
    assert fetch(places, 1).done
    shutil.rmtree(places.folder)
    places.server.spoiled = {"_hr.hea": 1000}
    with pytest.raises(FetchFailed, match=r"_hr\.hea: what came twice has not the sha256 that the publisher states"):
        fetch(places, 1)
    assert not list(places.folder.rglob("*_hr.hea*"))


@pytest.mark.parametrize("name", [SUMS, "ptbxl_database.csv", "_hr.dat"])
def test_what_the_publisher_refuses_is_said(places: Places, name: str):
    places.server.status = {name: 404}
    with pytest.raises(
        FetchFailed, match=rf"the publisher answered 404 for ptb-xl/1\.0\.3/.*{name}\. Check the address"
    ):
        fetch(places, 1)


def test_offline_is_said(tmp_path: Path):
    with pytest.raises(FetchFailed, match="the publisher cannot be reached"):
        fetch_ptb_xl(tmp_path / "fetched", 1, address="http://127.0.0.1:9")


def test_a_page_in_place_of_the_sums_is_refused_and_not_kept(places: Places, tmp_path: Path):
    places.server.folder = tmp_path / "portal"
    places.server.folder.mkdir()
    (places.server.folder / SUMS).write_text("<html>Please log in</html>")
    with pytest.raises(FetchFailed, match="does not list the files of PTB-XL"):
        fetch(places, 1)
    assert not (places.folder / SUMS).exists()


def test_a_path_that_leads_elsewhere_is_refused(places: Places, tmp_path: Path):
    evil = publish(tmp_path / "evil")
    table = (evil / "ptbxl_database.csv").read_text().replace("records500/00000/", "../../")
    (evil / "ptbxl_database.csv").write_text(table)
    sums = (evil / SUMS).read_text().splitlines()
    sums = [line for line in sums if "ptbxl_database" not in line]
    sums.append(f"{hashlib.sha256(table.encode()).hexdigest()} ptbxl_database.csv")
    (evil / SUMS).write_text("\n".join(sums))
    places.server.folder = evil
    with pytest.raises(MalformedTable, match="is no path of a recording"):
        fetch(places, 1)


def test_a_folder_of_something_else_is_refused(places: Places, published: Path):
    with pytest.raises(UnknownLayout, match="the folder holds something else"):
        fetch(Places(places.server, published), 1)
    assert places.server.asked == []


def test_a_full_disk_is_said_before_any_recording_is_fetched(places: Places, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(FetchFailed, match=r"the disk has 0\.0 GB free"):
        fetch(places, 1)
    assert not any("records500" in name for name, _ in places.server.asked)


def test_a_disk_that_fills_is_said(places: Places, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FetchFailed, match=r"cannot be written .no space left on device.\. Make room"):
        fetch(places, 1)


def test_two_fetches_do_not_disturb_each_other(places: Places):
    def second(_: Fetched) -> None:
        with pytest.raises(FetchFailed, match="another process is fetching"):
            fetch(places, 1)

    assert fetch(places, 1, progress=second).done


def test_no_recording_is_no_count(places: Places):
    with pytest.raises(FetchFailed, match=r"must be 1 or more\. Got 0"):
        fetch(places, 0)


def test_a_run_that_is_stopped_leaves_a_folder_that_can_be_used(places: Places, tmp_path: Path):
    made = fetch(places, 6, cancel=lambda: True)
    assert made.done == 1 < made.total
    there = recordings(places.folder)
    assert 1 <= len(there) < made.total
    assert {line["path"] for line in lines(places.folder / "records.csv")} == there
    assert training.prepare("ptb-xl", places.folder, tmp_path / "store").failed == 0


def test_an_interrupt_from_the_keyboard_keeps_what_came(places: Places):
    def interrupt(_: Fetched) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(places, 6, progress=interrupt)
    kept = recordings(places.folder)
    made = fetch(places, 6)
    assert made.new == made.total - len(kept) < made.total


def test_prepare_and_embed_take_the_folder(places: Places, tmp_path: Path, demo: ecg.Encoder):
    made = fetch(places, 5)
    prepared = training.prepare("ptb-xl", places.folder, tmp_path / "store")
    assert (prepared.added, prepared.failed) == (made.total, 0)
    ecg.embed_cohort(places.folder, tmp_path / "cohort", demo)
    cohort, store = ecg.open_cohort(tmp_path / "cohort"), ecg.open_cohort(tmp_path / "store")
    assert sorted(cohort.ids) == sorted(store.ids)
    assert cohort.labels == store.labels
    for id in cohort.ids:
        facts = ["source", "patient_id", "split", "age", "sex", "stated", *cohort.labels]
        mine, theirs = cohort.table.set_index("id").loc[id, facts], store.table.set_index("id").loc[id, facts]
        assert mine.equals(theirs)
    assert cohort.metadata == ()


def test_the_command_takes_the_address_from_the_environment(places: Places):
    environment = {**os.environ, "ECGFM_PHYSIONET": places.server.address}
    command = [sys.executable, "-m", "app.cli", "fetch", "ptb-xl", "--records", "3", "-o", str(places.folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "CC BY 4.0" in done.stderr
    assert "of them fetched now" in done.stderr
    places.server.status = {"_hr.dat": 503}
    shutil.rmtree(places.folder / "records500")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the publisher answered 503" in done.stderr
