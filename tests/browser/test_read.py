"""What people touch on Read and Model, in a real browser."""

import re
from pathlib import Path

import numpy as np
import pytest
from browser.opener import Opener
from places import SAMPLES
from playwright.sync_api import Page, expect

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS

pytestmark = pytest.mark.xdist_group("browser")

PAPER = "[role=application][aria-label^='ECG paper']"


def upload(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files([str(file) for file in files])


def expect_paper_and_probabilities(page: Page, name: str) -> None:
    """The paper is drawn over its whole width, and the chart shows a number for a label."""
    paper = page.locator(f"[role=application][aria-label*='{name}']")
    expect(paper).to_have_attribute("data-draws", re.compile(r"[1-9]"))
    box = paper.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] > 1.2
    chart = page.locator(f"[aria-label*='Probabilities of {name}']")
    expect(chart.locator("text=Sinus rhythm")).to_be_visible()
    expect(chart.locator(".annotation-text", has_text=re.compile(r"^(<0\.01|[01]\.\d\d)$"))).to_have_count(17)
    expect(chart.locator(".annotation-text", has_text="not trained")).to_have_count(0)


def test_the_page_opens_on_a_sample_without_asking_anybody_else(open_page: Opener, dashboard: str):
    page = open_page(None)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(dashboard)
    expect_paper_and_probabilities(page, "sinus_75")
    expect(page.get_by_text("Demo encoder, not ECG-FM")).to_be_visible()
    expect(page.get_by_text("Research and teaching only. Not a medical device")).to_be_visible()
    outside = [
        url for url in asked if not url.startswith((dashboard, dashboard.replace("http", "ws"), "data:", "blob:"))
    ]
    assert outside == []
    assert errors == []


@pytest.mark.parametrize(
    "files",
    [
        ("ecg12/ptb-xl/00001_hr.hea", "ecg12/ptb-xl/00001_hr.dat"),
        ("ecg12/cpsc2018/A0001.hea", "ecg12/cpsc2018/A0001.mat"),
        ("formats/dicom/waveform_ecg.dcm",),
    ],
    ids=["ptb-xl", "cpsc", "dicom"],
)
def test_a_real_recording_reaches_paper_and_probabilities(open_page: Opener, recordings: Path, files: tuple[str, ...]):
    page = open_page()
    upload(page, *(recordings / file for file in files))
    expect_paper_and_probabilities(page, Path(files[0]).name)
    expect(page).not_to_have_url(re.compile("sample="))


def test_a_bare_csv_is_asked_about_and_then_read(open_page: Opener, recordings: Path):
    page = open_page()
    upload(page, recordings / "formats" / "csv" / "00001_lr_100hz.csv")
    expect(page.get_by_text("does not say everything")).to_be_visible()
    page.get_by_label("Sampling rate (Hz)").fill("100")
    for label, option in (("Unit of the samples", "mV"), ("Order of the leads", "I, II, III")):
        page.get_by_role("combobox", name=re.compile(label)).click()
        page.get_by_role("option", name=re.compile(f"^{option}")).click()
    page.get_by_role("button", name="Read", exact=True).click()
    expect_paper_and_probabilities(page, "00001_lr_100hz.csv")


def test_a_failing_file_among_several_is_one_line(open_page: Opener, tmp_path: Path):
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 nothing")
    page = open_page()
    upload(
        page, SAMPLES / "af.hea", SAMPLES / "af.dat", tmp_path / "scan.pdf", SAMPLES / "rbbb.hea", SAMPLES / "rbbb.dat"
    )
    expect(page.get_by_text("scan.pdf: none of the readers recognizes this file (it is a PDF)")).to_have_count(1)
    expect_paper_and_probabilities(page, "af.hea")
    page.get_by_role("combobox", name=re.compile("2 recordings were read")).click()
    page.get_by_role("option", name="2. rbbb.hea").click()
    expect_paper_and_probabilities(page, "rbbb.hea")


def test_a_recording_that_is_too_short_is_drawn_and_explained(open_page: Opener, tmp_path: Path):
    np.savez(tmp_path / "short.npz", signal=np.random.default_rng(0).normal(size=(12, 1500)), fs=500, unit="mV",
             leads=np.array(LEADS))  # fmt: skip
    page = open_page()
    upload(page, tmp_path / "short.npz")
    expect(page.locator("[role=application][aria-label*='short.npz']")).to_be_visible()
    expect(page.get_by_text("the recording lasts 3.00 s; one window is 5 s").first).to_be_visible()


def test_an_upload_is_seen_by_its_own_session_only(open_page: Opener, tmp_path: Path):
    np.savez(tmp_path / "private.npz", signal=ecg.simulate(ecg.Heart(), seed=9).record.signal, fs=500, unit="mV",
             leads=np.array(LEADS))  # fmt: skip
    mine, other = open_page(), open_page()
    upload(mine, tmp_path / "private.npz")
    expect_paper_and_probabilities(mine, "private.npz")
    other.reload()
    expect_paper_and_probabilities(other, "sinus_75")
    expect(other.get_by_text("private")).to_have_count(0)


def test_a_sample_is_linked_and_the_attention_band_is_drawn(open_page: Opener):
    page = open_page("/?sample=rbbb")
    expect_paper_and_probabilities(page, "rbbb")
    plain = page.locator(PAPER).screenshot()
    page.get_by_text("Attention", exact=True).click()
    expect(page.get_by_text("class-agnostic").first).to_be_visible()
    expect(page.get_by_text("Fixed logarithmic scale")).to_be_visible()
    assert page.locator(PAPER).screenshot() != plain
    page.get_by_role("combobox", name="or pick a simulated sample").click()
    page.get_by_role("option", name=re.compile("^lbbb")).click()
    expect_paper_and_probabilities(page, "lbbb")
    expect(page).to_have_url(re.compile(r"\?sample=lbbb$"))


def test_a_setting_of_the_paper_becomes_a_link_that_another_person_can_open(open_page: Opener):
    page = open_page("/?sample=lbbb")
    expect_paper_and_probabilities(page, "lbbb")
    page.get_by_role("button", name="Paper", exact=True).click()
    page.get_by_text("Cabrera", exact=True).click()
    page.get_by_text("50", exact=True).click()
    expect(page.locator(f"{PAPER}[aria-label*='50 mm/s'][aria-label*='-aVR']")).to_be_visible()
    expect(page).to_have_url(re.compile("order=Cabrera.*speed=50|speed=50.*order=Cabrera"))
    other = open_page(re.sub(r"^\w+://[^/]+", "", page.url))
    expect(other.locator(f"{PAPER}[aria-label*='50 mm/s'][aria-label*='-aVR'][aria-label*='lbbb']")).to_be_visible()


def test_a_filter_is_named_on_the_paper_and_changes_no_probability(open_page: Opener):
    page = open_page("/?sample=noisy")
    expect_paper_and_probabilities(page, "noisy")
    numbers = page.locator("[aria-label*='Probabilities of noisy'] .annotation-text")
    before = numbers.all_text_contents()
    page.get_by_role("button", name="Paper", exact=True).click()
    page.get_by_role("button", name="baseline 0.5 Hz").click()
    expect(page.locator(f"{PAPER}[aria-label*='baseline 0.5 Hz']")).to_be_visible()
    expect(numbers).to_have_text(before)  # waits: the chart is drawn anew, and is empty for a moment


@pytest.mark.parametrize(("kind", "start"), [("PDF", b"%PDF-"), ("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_the_sheet_is_saved_as_a_file_that_names_recording_and_encoder(open_page: Opener, kind: str, start: bytes):
    page = open_page("/?sample=rbbb")
    expect_paper_and_probabilities(page, "rbbb")
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    assert download.value.suggested_filename == f"rbbb.{kind.lower()}"
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(start)
    if kind == "SVG":
        assert f"encoder {ecg.load_encoder('demo').fingerprint[:8]}" in content.decode()
        assert "rbbb.hea" in content.decode()


def test_a_recording_that_fails_the_gate_says_why_before_the_probabilities(open_page: Opener):
    page = open_page("/?sample=lost_v3")
    expect_paper_and_probabilities(page, "lost_v3")
    warning = page.get_by_text("V3 is lost. The probabilities are dimmed: do not rely on them.")
    chart = page.locator("[aria-label*='Probabilities of lost_v3']")
    above, below = warning.bounding_box(), chart.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
    opacity = chart.locator(".trace.bars").first.evaluate("element => getComputedStyle(element).opacity")
    assert float(opacity) < 0.5


def test_a_clicked_beat_and_a_caliper_survive_another_layout_and_page(open_page: Opener):
    page = open_page("/?sample=pvc")
    expect_paper_and_probabilities(page, "pvc")
    paper = page.locator(PAPER)
    paper.press("k")
    paper.press("b")
    expect(page.get_by_text(re.compile(r"Beat 1 of \d+ at 0\.\d{3} s: premature ventricular"))).to_be_visible()
    paper.press("t")
    expect(page.get_by_role("button", name=re.compile(r"^time .* ms"))).to_be_visible()
    page.get_by_role("link", name="Model").click()
    expect(page.get_by_text("fingerprint").first).to_be_attached()
    page.get_by_role("link", name="Read").click()
    expect(page.get_by_role("button", name=re.compile(r"^time .* ms"))).to_be_visible()


def test_probabilities_of_another_recording_do_not_stand_beside_a_new_one(open_page: Opener, tmp_path: Path):
    long = ecg.simulate(ecg.Heart(), seconds=600, seed=9).record
    np.savez(tmp_path / "long.npz", signal=long.signal, fs=500, unit="mV", leads=np.array(LEADS))
    page = open_page()
    expect_paper_and_probabilities(page, "sinus_75")
    upload(page, tmp_path / "long.npz")
    expect(page.locator("[role=application][aria-label*='long.npz']")).to_be_visible()
    expect(page.get_by_text(re.compile(r"window \d+ of 120"))).to_be_visible()
    assert page.locator("[aria-label*='Probabilities of sinus_75']").count() == 0
    expect_paper_and_probabilities(page, "long.npz")


def test_an_interval_that_was_drawn_is_not_taken_by_the_next_click(open_page: Opener):
    page = open_page("/?sample=pvc")
    expect_paper_and_probabilities(page, "pvc")
    page.get_by_role("button", name="Interval").click()
    box = page.locator(PAPER).bounding_box()
    assert box is not None
    y = box["y"] + 0.3 * box["height"]
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], y, steps=3)
    page.mouse.up()
    drawn = page.get_by_role("button", name=re.compile(r"^interval .* ms"))
    text = drawn.text_content()
    page.mouse.click(box["x"] + 0.7 * box["width"], y)
    expect(drawn).to_have_text(str(text))
    expect(page.get_by_role("button", name="Interval", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text(re.compile(r"^Interval in \w+: \d"))).to_be_visible()


def test_where_the_browser_draws_no_canvas_a_picture_stands_in(open_page: Opener, dashboard: str):
    page = open_page(None)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{dashboard}/?sample=rbbb&layout=6+x+2")
    picture = page.locator("img[alt='ECG on paper: rbbb.hea']")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.naturalWidth / img.naturalHeight") > 1.2
    expect(page.locator(PAPER)).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (820, 1180), (1180, 820)], ids=["laptop", "upright", "tablet"])
def test_nothing_is_wider_than_the_screen(open_page: Opener, size: tuple[int, int], dark: bool):
    page = open_page(size=size, dark=dark)
    expect_paper_and_probabilities(page, "sinus_75")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    paper = page.locator(PAPER).bounding_box()
    assert paper is not None
    assert paper["width"] > 0.5 * size[0]
    background = page.locator("[data-testid=stApp]").evaluate("element => getComputedStyle(element).backgroundColor")
    assert (background == "rgb(20, 25, 27)") is dark


def test_the_download_button_fetches_converts_and_switches(open_page: Opener):
    page = open_page("/model")
    expect(page.get_by_text("fingerprint").first).to_be_attached()
    page.get_by_text("ECG-FM (published").click()
    page.get_by_role("button", name="Download ECG-FM").click()
    expect(page.get_by_role("heading", name="ecg-fm")).to_be_visible()
    expect(page.get_by_text("Demo encoder, not ECG-FM")).to_have_count(0)
    page.get_by_role("link", name="Read").click()
    expect(page.locator(PAPER)).to_be_visible()
    expect(page.locator(".js-plotly-plot").first.locator("text=Sinus rhythm")).to_be_visible()
