"""Uploads without a browser: long recordings, facts of one file only, files that survive a change of page."""

import hashlib

import numpy as np
import pytest
from places import ROOT
from streamlit.testing.v1 import AppTest
from unit.test_readers import SIGNAL, table

import ecgfm_core as ecg
from app.figures.sheet import Shown, lay_out, trace
from app.parts.notice import plain
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.samples import write_wfdb
from ecgfm_core.types import Source

SCRIPT = "from app.views import read\nread.page()\n"


def opened(*sources: Source) -> AppTest:
    """The page Read in a session that has uploaded these files."""
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    page.session_state["kept_uploads"] = list(sources)
    return page.run()


def long_recording(tmp_path_factory: pytest.TempPathFactory, seconds: float) -> list[Source]:
    folder = tmp_path_factory.mktemp("long")
    write_wfdb(folder, ecg.simulate(ecg.Heart(), seconds=seconds, name="long").record)
    return [Source(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def test_a_recording_of_a_minute_stays_readable_when_touched(tmp_path_factory: pytest.TempPathFactory):
    page = opened(*long_recording(tmp_path_factory, 64))
    assert not page.error
    assert len(page.dataframe[0].value.columns) == 2 + 12 + 4
    page.toggle(key="attention").set_value(True).run()
    assert not page.error
    page.select_slider(key="start").set_value(54.0).run()
    assert not page.error
    assert page.select_slider(key="start").options[-2:] == ["50.0", "54.0"]


def test_facts_hold_for_the_files_they_were_given_for_and_can_be_taken_back():
    first, second = Source("a.csv", table(None, SIGNAL)), Source("b.csv", table(None, SIGNAL + 1))
    page = opened(first)
    page.number_input(key="fact_fs").set_value(500.0)
    page.selectbox(key="fact_unit").set_value("mV")
    page.selectbox(key="fact_order").set_value("I, II, III, aVR, aVL, aVF, V1 to V6")
    next(button for button in page.button if button.label == "Read").click().run()
    assert not page.error
    assert any("500 Hz" in str(caption.value) for caption in page.caption)
    page.session_state["kept_uploads"] = [second]
    page.run()
    assert any("does not say everything" in str(text.value) for text in page.markdown)
    page.session_state["kept_uploads"] = [first]
    page.run()
    assert not any("does not say everything" in str(text.value) for text in page.markdown)
    page.button(key="ask_again").click().run()
    assert any("does not say everything" in str(text.value) for text in page.markdown)


def test_files_survive_a_change_of_page_and_can_be_closed():
    page = opened(*[Source(f"af{end}", (ROOT / "data_samples" / f"af{end}").read_bytes()) for end in (".hea", ".dat")])
    page.run()
    assert any("af" in str(text.value) for text in page.markdown)
    assert "sample" not in page.query_params
    page.button(key="close").click().run()
    assert page.selectbox(key="sample").value == "sinus_75"


def test_an_impossible_swing_asks_for_the_unit():
    lines = [",".join(f"{lead} (mV)" for lead in LEADS)]
    lines += [",".join(f"{value * 500:.1f}" for value in row) for row in SIGNAL.T]
    source = Source("uv.csv", "\n".join(lines).encode())
    record = ecg.read_record(source, fs=500)
    assert "which no heart does" in record.meta.warnings[0]
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    page.session_state["kept_uploads"] = [source]
    page.session_state["given_facts"] = {
        hashlib.sha256(source.name.encode() + b"\0" + source.content).hexdigest(): ecg.types.Facts(fs=500)
    }
    page.run()
    assert plain("Is the unit right?") in "".join(str(warning.value) for warning in page.warning)


def test_missing_leads_are_said_with_the_name_of_the_file():
    content = table([f"{lead} (mV)" for lead in LEADS[:8]], SIGNAL[:8])
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    source = Source("eight.csv", content)
    page.session_state["kept_uploads"] = [source]
    page.session_state["given_facts"] = {
        hashlib.sha256(source.name.encode() + b"\0" + source.content).hexdigest(): ecg.types.Facts(fs=500)
    }
    page.run()
    assert plain("eight.csv: 12 leads are needed; V3, V4, V5, V6 are missing") in page.error[0].value


def test_a_drifting_lead_stays_in_its_row():
    drift = np.linspace(0, 40, 30_000)[None] + 0.1 * np.sin(np.arange(30_000) / 20)[None] * np.ones((12, 1))
    shown = Shown(drift, 500.0, "mV", "drift")
    made = lay_out(shown, start_s=50.0)
    for cell in made.cells:
        assert abs(np.median(trace(cell, shown, made.mm_per_s)[1]) - cell.middle) < 40


def test_two_files_of_two_statements_are_shown_together():
    sources = [Source("a.csv", table(None, SIGNAL)), Source("b.csv", table(None, SIGNAL + 1))]
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    page.session_state["kept_uploads"] = sources
    page.session_state["given_facts"] = {
        hashlib.sha256(source.name.encode() + b"\0" + source.content).hexdigest(): ecg.types.Facts(fs, "mV", LEADS)
        for source, fs in zip(sources, (500.0, 250.0), strict=True)
    }
    page.run()
    assert not page.error
    label = page.button(key="ask_again").label
    assert "500 Hz" in label
    assert "250 Hz" in label
