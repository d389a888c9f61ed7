"""Read without a browser: how the paper is set, what was measured, and the gate before the probabilities."""

import numpy as np
import pytest
from places import ROOT
from streamlit.testing.v1 import AppTest

import ecgfm_core as ecg
from app.figures.measurements import in_words, interval_table, lead_table, stated_beside
from app.figures.median import median_drawing
from app.figures.shapes import Area, Line, Text
from app.figures.theme import LIGHT
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.samples import write_wfdb
from ecgfm_core.types import Meta, Record, Source

SCRIPT = "from app.views import read\nread.page()\n"
SIMULATED = ecg.simulate(ecg.Heart(rate=70), seed=3).record


def opened(record: Record, folder: object) -> AppTest:
    """Read, with a recording that was uploaded."""
    write_wfdb(folder, record)
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    page.session_state["kept_uploads"] = [Source(p.name, p.read_bytes()) for p in sorted(folder.iterdir())]
    return page.run()


def said(page: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*page.markdown, *page.caption, *page.warning, *page.error])


def table(page: AppTest, column: str) -> object:
    return next(frame.value for frame in page.dataframe if column in frame.value.columns)


def changed(signal: np.ndarray) -> Record:
    return Record(signal, SIMULATED.fs, LEADS, "mV", "changed", Meta("test"))


def test_the_tables_hold_what_python_measures():
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    page.query_params["sample"] = "pvc"
    page.run()
    assert not page.error
    measured = ecg.measure(ecg.read_record(ROOT / "data_samples" / "pvc.hea"))
    intervals = table(page, "measured").set_index("what")["measured"]
    assert intervals["Heart rate"] == in_words(measured["HR"])
    assert intervals["QRS axis"] == in_words(measured["QRS_axis"])
    voltages = table(page, "ST J").set_index("lead")
    assert voltages.loc["V2", "ST J"] == pytest.approx(measured["ST_J/V2"].value)
    assert "this is no rhythm strip" in said(page)


def test_what_the_file_states_stands_beside_what_was_measured():
    stated = {"PR Interval": 148.0, "QRS duration global": 74.0, "QTc Interval": 443.0, "PP Interval": 0.0}
    assert stated_beside(stated) == {"PR": 148.0, "QRS": 74.0}
    rows = interval_table(ecg.measure(SIMULATED), stated).set_index("what")["the file says"]
    assert (rows["PR"], rows["QRS"], rows["QTc Bazett"], rows["QTc Interval"]) == ("148", "74", "", "443")


def test_a_recording_without_a_beat_says_so_in_every_row(tmp_path: object):
    noise = np.random.default_rng(0).normal(0, 0.01, SIMULATED.signal.shape).astype(np.float32)
    page = opened(changed(noise), tmp_path)
    assert not page.exception
    rows = table(page, "measured")
    assert set(rows["measured"]) == {"not measured"}
    assert all(rows["how, or why not"])
    assert table(page, "ST J")["R"].isna().all()
    assert "No median beat: no beat was found." in said(page)
    assert "**Nothing was measured**" in said(page)
    assert "No heartbeat was found. The probabilities are dimmed" in said(page)


def test_a_recording_that_fails_the_gate_says_why_before_dimmed_probabilities(tmp_path: object):
    signal = SIMULATED.signal.copy()
    signal[[LEADS.index(lead) for lead in ("V1", "V2", "V3")]] = 0
    page = opened(changed(signal), tmp_path)
    examined = ecg.quality(changed(signal))
    assert examined.verdict is not None
    (warning,) = page.warning
    assert examined.verdict.partition(",")[0] in str(warning.value).replace("\\", "")
    assert "The probabilities are dimmed" in str(warning.value)
    assert not page.error


def test_a_clean_recording_passes_without_a_warning(tmp_path: object):
    page = opened(SIMULATED, tmp_path)
    assert not page.warning
    assert "**Quality: passes**, score 1.00" in said(page)


def test_a_link_sets_the_paper():
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    page.query_params["layout"] = "12 x 1"
    page.query_params["rhythm"] = "nonsense"
    page.run()
    assert not page.error
    assert page.selectbox(key="layout").value == "12x1"
    assert page.selectbox(key="rhythm").value == "II"


def test_the_median_beat_is_drawn_lead_by_lead_at_one_scale():
    median = ecg.measure(SIMULATED).median
    drawing = median_drawing(median, "mV", LIGHT)
    lines = [shape for shape in drawing.traces if isinstance(shape, Line) and shape.color == LIGHT.trace]
    assert [line.name for line in lines] == list(LEADS)
    for line, values in zip(lines, median.values, strict=True):
        assert np.ptp(line.points[1]) == pytest.approx(10 * np.ptp(values), rel=1e-5)
        assert np.ptp(line.points[0]) == pytest.approx(25 * (len(values) - 1) / median.fs)
    areas = [area for area in drawing.traces if isinstance(area, Area)]
    starts = [areas[wave].x - lines[0].points[0, 0] for wave in range(3)]
    assert starts == pytest.approx([25 * wave[0] for wave in (median.p, median.qrs, median.t)])
    assert {text.text for text in drawing.traces if isinstance(text, Text)} == {*LEADS, "P", "QRS", "T"}
    assert "no rhythm strip" in drawing.texts[0].text
    assert all(shape.y > shape.size for shape in drawing.traces if isinstance(shape, Text))


def test_every_lead_is_a_row_even_where_nothing_was_measured():
    rows = lead_table(ecg.measure(changed(np.zeros_like(SIMULATED.signal))))
    assert list(rows["lead"]) == list(LEADS)
    assert rows.drop(columns="lead").isna().all(axis=None)
