"""Pictures: positions are read back and compared with what was measured."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from places import SAMPLES
from unit.test_encode_predict import encoding
from unit.test_types import record

import ecgfm_core as ecg
from app.figures.attention import FULL_COLOR, attention_strip
from app.figures.probabilities import probability_chart, probability_table
from app.figures.sheet import Sheet, Strip, lay_out
from app.figures.steps import steps_chart, steps_in_words
from app.figures.svg import to_svg
from app.figures.theme import DARK, LIGHT
from ecgfm_core.labels import Label
from ecgfm_core.leads import LEADS

SVG = "{http://www.w3.org/2000/svg}"
FS = 500.0


def spikes() -> np.ndarray:
    """[12, 5000]: a spike of 1 mV every second, and a step in lead II that tells every sample apart."""
    signal = np.zeros((12, 5000), np.float32)
    signal[:, 250::500] = 1.0
    return signal


def sheet(signal: np.ndarray | None = None, **options: object) -> Sheet:
    return lay_out(spikes() if signal is None else signal, FS, **{"unit": "mV", **options})


def test_every_lead_is_there_once_and_the_rhythm_strip_again():
    assert [trace.lead for trace in sheet().traces] == [
        "I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6", "II",
    ]  # fmt: skip


def test_columns_run_on_in_time_at_25_mm_a_second():
    traces = sheet().traces
    left = traces[12].points[0, 0]
    for row in range(3):
        for column, trace in enumerate(traces[4 * row : 4 * row + 4]):
            x = trace.points[0]
            assert x[0] == pytest.approx(left + column * 62.5)
            assert x[-1] - x[0] == pytest.approx(62.5 if column < 3 else 62.45)  # the recording ends a sample earlier
            assert trace.label_x == pytest.approx(x[0] + 1.5)
    rhythm = traces[12].points
    peaks = rhythm[0][rhythm[1] < rhythm[1].max() - 5]
    np.testing.assert_allclose(np.diff(peaks), 25.0)
    np.testing.assert_allclose(peaks - left, 12.5 + 25.0 * np.arange(10))


def test_each_column_shows_its_own_lead_at_its_own_time():
    signal = np.zeros((12, 5000), np.float32)
    signal[LEADS.index("V4"), 3750 + 100] = 2.0  # only in the last column's time
    signal[LEADS.index("I"), 3750 + 100] = 2.0  # outside the first column's time
    by_lead = {trace.lead: trace.points for trace in sheet(signal).traces[:12]}
    assert np.ptp(by_lead["V4"][1]) == pytest.approx(20.0)
    assert np.ptp(by_lead["I"][1]) == 0.0


def test_a_millivolt_is_ten_millimetres_and_so_is_the_pulse():
    made = sheet()
    assert all(np.ptp(trace.points[1]) == pytest.approx(10.0) for trace in made.traces)
    assert len(made.pulses) == 4
    for pulse in made.pulses:
        assert np.ptp(pulse[1]) == pytest.approx(10.0)
        high = pulse[0][pulse[1] == pulse[1].min()]
        assert np.ptp(high) == pytest.approx(5.0)


def test_without_a_unit_there_is_no_pulse_and_the_footer_says_so():
    made = sheet(unit=None)
    assert made.pulses == ()
    assert "unit not stated" in made.footer
    assert "mm/mV" not in made.footer


def test_without_a_unit_all_leads_keep_one_scale():
    signal = np.random.default_rng(0).standard_normal((12, 5000))
    signal[LEADS.index("V2")] *= 3
    by_lead = {trace.lead: trace.points[1] for trace in sheet(signal, unit=None).traces}
    assert np.std(by_lead["V2"]) / np.std(by_lead["V5"]) == pytest.approx(3, rel=0.1)
    np.testing.assert_allclose(np.std(by_lead["V5"]), 4.0, rtol=0.1)


def test_a_later_page_begins_where_it_says():
    signal = np.zeros((12, 15000), np.float32)
    signal[:, 10_000 + 500] = 1.0
    rhythm = sheet(signal, start_s=20.0).traces[12].points
    at = rhythm[0][np.argmin(rhythm[1])] - rhythm[0][0]
    assert at == pytest.approx(25.0)


def test_a_short_recording_leaves_its_columns_empty():
    made = sheet(spikes()[:, :1500])
    lengths = [trace.points.shape[1] for trace in made.traces[:4]]
    assert lengths == [1251, 250, 0, 0]
    ET.fromstring(to_svg(made, LIGHT))


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_the_svg_keeps_millimetres_and_its_grid(colors: object):
    made = sheet()
    root = ET.fromstring(to_svg(made, colors))
    assert root.attrib["viewBox"] == f"0 0 {made.width:g} {made.height:g}"
    assert root.attrib["width"] == f"{made.width:g}mm"
    grids = [path for path in root.iter(f"{SVG}path") if path.attrib.get("vector-effect") == "non-scaling-stroke"]
    lines = [len(re.findall("M", path.attrib["d"])) for path in grids]
    assert lines == [int(made.width) + int(made.height) + 2, int(made.width) // 5 + int(made.height) // 5 + 2]


def test_the_svg_draws_every_sample_to_a_hundredth_of_a_millimetre():
    signal = ecg.read_record(SAMPLES / "pvc.hea").signal
    made = sheet(signal)
    root = ET.fromstring(to_svg(made, LIGHT))
    paths = [path for path in root.iter(f"{SVG}path") if path.attrib.get("data-lead") in LEADS]
    assert len(paths) == 13
    for path, trace in zip(paths, made.traces, strict=True):
        start, _, moves = path.attrib["d"].removeprefix("M").partition("l")
        steps = np.array(moves.split(), float).reshape(-1, 2)
        drawn = np.vstack([np.array(start.split(), float), steps]).cumsum(axis=0).T / 100
        np.testing.assert_allclose(drawn, trace.points, atol=0.0051)


def test_a_name_cannot_put_anything_into_the_svg():
    text = to_svg(sheet(title="<script>alert(1)</script>&\"'"), LIGHT)
    assert "<script>" not in text
    assert ET.fromstring(text).find(f"{SVG}title").text == "<script>alert(1)</script>&\"'"


def test_a_strip_lies_under_its_time():
    strip = Strip(np.array([1.0, 12.0], np.float32), 0.5, np.array([0.7, 1.0], np.float32))
    bands = sheet(strip=strip).bands
    assert len(bands) == 4  # one a row; the second lies beyond the sheet
    left = sheet().traces[12].points[0, 0]
    assert all((band.x, band.width) == (pytest.approx(left + 25.0), pytest.approx(12.5)) for band in bands)
    later = sheet(np.zeros((12, 10_000), np.float32), strip=strip, start_s=10.0).bands
    assert len(later) == 4
    assert later[0].x == pytest.approx(left + 50.0)


def test_attention_is_colored_on_a_fixed_scale():
    weights = np.full((1, 100), 0.5 / 98)
    weights[0, 0], weights[0, 1] = 0.3, 0.2
    strip = attention_strip(weights.astype(np.float32), np.array([5.0], np.float32), 0.032)
    assert strip.strengths[0] == pytest.approx(1.0)
    assert strip.strengths[1] == pytest.approx(np.log(20) / np.log(FULL_COLOR), rel=1e-4)
    assert not strip.strengths[2:].any()
    np.testing.assert_allclose(strip.starts_s[:3], [5.0, 5.032, 5.064], atol=1e-5)


LABELS = (Label("low", prevalence=0.2), Label("high", prevalence=None), Label("none", trained=False))
MADE = ecg.predict(encoding(np.array([[-1.0, 2.0, 9.0], [-1.5, 1.0, 9.0]]), LABELS))


def test_bars_are_sorted_and_an_untrained_label_has_no_number():
    figure = probability_chart(MADE, LIGHT)
    bars, windows, prevalence = figure.data
    assert list(bars.y) == ["high", "low", "none"]
    assert bars.x[2] is None
    assert "none" not in windows.y
    assert len(windows.y) == 4
    assert list(prevalence.y) == ["low"]
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == [f"<b>{MADE['high']:.2f}</b>", f"<b>{MADE['low']:.2f}</b>", "not trained"]


def test_the_table_says_what_is_missing():
    table = probability_table(MADE)
    assert list(table["label"]) == ["high", "low", "none"]
    assert list(table.columns[:4]) == ["label", "probability", "0-5 s", "5-10 s"]
    assert set(table["threshold"]) == {"no threshold"}
    assert table["probability"].isna().tolist() == [False, False, True]


def test_the_steps_are_said_and_drawn():
    signal = np.random.default_rng(0).standard_normal((12, 2600))
    signal[4] = 1.0
    keep = [i for i, lead in enumerate(LEADS) if lead != "aVF"]
    made = record(signal[keep], leads=tuple(LEADS[i] for i in keep), fs=400.0)
    steps = ecg.preprocess(made)
    said = " ".join(steps_in_words(steps, made.fs, made.unit))
    assert "aVF derived from I and II" in said
    assert "Resampled linearly from 400 to 500 Hz: 2600 to 3250 samples a lead" in said
    assert "aVL never changes and is zero for the model" in said
    assert "Cut into 1 window of 5 s; the last 1.50 s fill no window and are dropped" in said
    figure = steps_chart(steps, made, "V1", DARK)
    assert [len(trace.y) for trace in figure.data] == [2600, 3250]
    assert {note.text for note in figure.layout.annotations} >= {"window 1", "dropped"}
