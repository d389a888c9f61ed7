"""Making a cohort on a served page, from dropped files to its map."""

import os
import re
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser.served import served
from places import SAMPLES
from playwright.sync_api import Browser, Page, expect

import ecgfm_core as ecg
from ecgfm_core import training

pytestmark = pytest.mark.xdist_group("browser")

SLOW_MS = 120_000
WARD = 200
"""Recordings of the folder on the machine: enough for a person to end the embedding half-way."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs: a zip of three recordings of which one is broken, a table of labels, a folder of many."""
    root = tmp_path_factory.mktemp("build")
    with zipfile.ZipFile(root / "ward.zip", "w") as file:
        for name in ("af.hea", "af.dat", "lbbb.hea", "lbbb.dat"):
            file.write(SAMPLES / name, name)
        file.writestr("letter.csv", "dear colleague\n")
    (root / "labels.csv").write_text("id,ward,Atrial fibrillation\naf,7,1\nlbbb,8,0\n")
    training.write_cohort(root / "data" / "hearts", WARD, seed=3)
    return root


@contextmanager
def serving(places: Path) -> Iterator[str]:
    environment = {
        **os.environ, "ECGFM_COHORTS": str(places / "cohorts"), "ECGFM_DATA": str(places / "data"),
        "ECGFM_CACHE": str(places), "ECGFM_DEVICE": "cpu",
    }  # fmt: skip
    with served([sys.executable, "-m", "app.cli", "app"], "--port", environment, places / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def address(places: Path) -> Iterator[str]:
    with serving(places) as address:
        yield address


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def opener(path: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 720}))
        page = contexts[-1].new_page()
        page.goto(address + path)
        return page

    yield opener
    for context in contexts:
        context.close()


def test_a_dropped_zip_becomes_a_cohort_and_leads_to_its_map(opened: Callable[[str], Page], places: Path):
    page = opened("/map")
    expect(page.get_by_role("combobox", name=re.compile("Cohort"))).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("link", name="Build").click()
    inputs = page.locator("input[type=file]")
    expect(inputs).to_have_count(2)
    inputs.nth(0).set_input_files(str(places / "ward.zip"))
    inputs.nth(1).set_input_files(str(places / "labels.csv"))
    page.get_by_label("Title").fill("Ward <7> *")
    page.get_by_role("button", name="Make the cohort").click()
    expect(page.get_by_text("2 added, 0 were there, 1 failed")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Not taken in: 1")).to_be_visible()
    page.get_by_role("button", name="Open the map").click()
    expect(page).to_have_url(re.compile(r"/map\?.*cohort=[0-9a-f]{10}"))
    expect(page.get_by_text("This cohort has no map yet")).to_be_visible()
    expect(page.get_by_role("combobox", name=re.compile("Cohort"))).to_have_value("Ward <7> * (2)")
    made = next(cohort for cohort in map(ecg.open_cohort, (places / "cohorts").iterdir()) if len(cohort) == 2)
    assert made.title == "Ward <7> *"
    assert list(made.table["ward"]) == [7.0, 8.0]
    assert list(made.table["Atrial fibrillation"]) == [1.0, 0.0]


def done_of(page: Page, least: int) -> int:
    """How many recordings the page tells to be done, once it tells so many."""
    step = page.get_by_text(re.compile(rf"Embedding: \d+ of {WARD}"))
    for _ in range(600):
        expect(step).to_be_visible(timeout=SLOW_MS)
        done = int(re.findall(r"\d+", step.inner_text())[0])
        if done >= least:
            return done
        page.wait_for_timeout(100)
    raise AssertionError(f"{done} of {WARD} recordings are done, and it goes no further")


def kill_worker(places: Path) -> None:
    """End the process that embeds, as a machine does that has no memory left."""
    own = f"ECGFM_COHORTS={places / 'cohorts'}".encode()
    workers = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"app.jobs.process" in (process / "cmdline").read_bytes() and own in (process / "environ").read_bytes():
                workers.append(process)
        except OSError:
            continue  # it has just ended
    os.kill(int(max(workers, key=_started).name), signal.SIGKILL)  # one that makes maps has rested since the page Map


def _started(process: Path) -> int:
    """When, in ticks since the machine was."""
    return int((process / "stat").read_text().rpartition(")")[2].split()[19])


def test_an_embedding_that_is_canceled_or_killed_goes_on_from_there(opened: Callable[[str], Page], places: Path):
    page = opened("/build")
    page.get_by_role("combobox", name=re.compile("lies on this machine")).click(timeout=SLOW_MS)
    page.get_by_role("option", name="hearts").click()
    page.get_by_label("Title").fill("Hearts")
    page.get_by_role("button", name="Make the cohort").click()
    before = done_of(page, least=10)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Canceled.")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Go on").click()
    after = done_of(page, least=before + 10)
    kill_worker(places)
    expect(page.get_by_text("the process that did this was ended")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The cohort is made: ")).to_be_visible(timeout=SLOW_MS)
    added, present, failed = map(int, re.findall(r"\d+", page.get_by_text("were there").inner_text())[:3])
    assert (added + present, failed) == (WARD, 0)
    assert present >= before
    assert after < WARD
    made = next(cohort for cohort in map(ecg.open_cohort, (places / "cohorts").iterdir()) if len(cohort) == WARD)
    assert len(set(made.ids)) == WARD
