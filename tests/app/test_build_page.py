"""Build without a browser: what it offers, how a cohort is made, what fails in a sentence, and going on."""

import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from places import ROOT, SAMPLES
from streamlit.testing.v1 import AppTest

import ecgfm_core as ecg
from app.parts.cohorts import available, key_of
from app.settings import settings

SCRIPT = """
from app import state
from app.views.build import page
state.remember_pages({})
page()
"""
SLOW_S = 120

Opened = Callable[[], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Opened]:
    """Draw the page, with a folder of inputs and one of cohorts."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ECGFM_COHORTS", str(tmp_path / "cohorts"))
    monkeypatch.setenv("ECGFM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ECGFM_DEVICE", "cpu")
    (tmp_path / "data").mkdir()
    settings.cache_clear()
    yield lambda: AppTest.from_string(SCRIPT, default_timeout=90).run()
    settings.cache_clear()


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def some_recordings(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        for ending in ("hea", "dat"):
            shutil.copy(SAMPLES / f"{name}.{ending}", folder)
    return folder


def make(page: AppTest, chosen: str, title: str = "") -> AppTest:
    page.selectbox(key="build_input").set_value(chosen)
    page.text_input(key="build_title").set_value(title)
    return finished(page.button(key="build_start").click().run())


def finished(page: AppTest) -> AppTest:
    deadline = time.monotonic() + SLOW_S
    while any(button.key == "build-job-cancel" for button in page.button):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def keys(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


def test_a_folder_becomes_a_cohort_with_what_failed_and_why(opened: Opened, tmp_path: Path):
    folder = some_recordings(tmp_path / "data" / "ward", "af", "lbbb")
    (folder / "scan.csv").write_text("this is no ECG\n1\n")
    page = make(opened(), "ward", "Ward 7")
    assert "2 added, 0 were there, 1 failed" in texts(page)
    failed = next(table.value for table in page.dataframe if "why" in table.value.columns)
    assert list(failed["recording"]) == ["scan"]
    (made,) = (tmp_path / "cohorts").iterdir()
    assert made.name.isalnum()
    cohort = ecg.open_cohort(made)
    assert (cohort.title, sorted(cohort.ids)) == ("Ward 7", ["af", "lbbb"])
    assert {"build_map", "build_again"} <= keys(page)
    here = next(table.value for table in page.dataframe if "title" in table.value.columns)
    assert list(here["title"]) == [one.title for one in available()]
    assert "Ward 7" in set(here["title"])
    page.button(key="build_close").click().run()
    assert "2 added" not in texts(page)
    assert {"build_map", "build_again"}.isdisjoint(keys(page))


def test_a_zip_in_which_nothing_can_be_read_is_one_sentence(opened: Opened, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "data" / "empty.zip", "w"):
        pass
    with zipfile.ZipFile(tmp_path / "data" / "letters.zip", "w") as file:
        file.writestr("a.csv", "dear colleague\n")
    page = make(opened(), "empty.zip")
    assert "empty.zip: the zip is empty" in texts(page)
    assert str(tmp_path) not in texts(page)
    assert not available() or all(one.key == "sample" for one in available())
    page = make(page, "letters.zip")
    assert len(page.error) == 1
    assert "no recording could be taken in (1 of 1 failed). The first: " in page.error[0].value.replace("\\", "")
    assert "build_map" not in keys(page)


def test_nothing_chosen_is_said(opened: Opened):
    page = opened()
    page.button(key="build_start").click().run()
    assert "no input was chosen" in texts(page)


def test_a_folder_of_cohorts_that_cannot_be_made_is_said(opened: Opened, tmp_path: Path):
    some_recordings(tmp_path / "data" / "ward", "af")
    (tmp_path / "cohorts").write_text("a file in its place")
    page = make(opened(), "ward")
    assert "the folder of the cohorts cannot be made (File exists)" in texts(page)
    assert str(tmp_path) not in texts(page)


def test_hidden_and_other_files_are_not_offered(opened: Opened, tmp_path: Path):
    for name in (".secret", "ward"):
        (tmp_path / "data" / name).mkdir()
    (tmp_path / "data" / "notes.txt").write_text("")
    assert opened().selectbox(key="build_input").options == ["ward"]


def test_a_broken_or_empty_cohort_does_not_hide_the_others(opened: Opened, tmp_path: Path):
    some_recordings(tmp_path / "data" / "ward", "af")
    make(opened(), "ward", "good")
    for name, content in (("broken", "{"), ("newer", '{"format": "ecgfm-cohort", "version": 99}')):
        (tmp_path / "cohorts" / name).mkdir()
        (tmp_path / "cohorts" / name / "cohort.json").write_text(content)
    assert [one.title for one in available() if one.key != "sample"] == ["good"]


def test_a_cohort_s_key_says_nothing_of_its_folder(tmp_path: Path):
    assert key_of(tmp_path / "a1b2c3") == key_of(Path("elsewhere") / "a1b2c3")
    assert "a1b2c3" not in key_of(tmp_path / "a1b2c3")
