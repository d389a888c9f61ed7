"""Charts of probabilities and preprocessing: what they hold is what was computed."""

import numpy as np
from unit.test_encode_predict import encoding
from unit.test_types import record

import ecgfm_core as ecg
from app.figures.probabilities import probability_chart, probability_table
from app.figures.steps import steps_chart, steps_in_words
from app.figures.theme import DARK, LIGHT
from ecgfm_core.labels import Label
from ecgfm_core.leads import LEADS

LABELS = (Label("low", prevalence=0.2), Label("high", prevalence=None), Label("none", trained=False))
MADE = ecg.predict(encoding(np.array([[-1.0, 2.0, 9.0], [-1.5, 1.0, 9.0]]), LABELS))


def test_bars_are_sorted_and_an_untrained_label_has_no_number():
    figure = probability_chart(MADE, LIGHT)
    bars, windows, prevalence, why = figure.data
    assert list(bars.y) == ["high", "low", "none"]
    assert bars.x[2] is None
    assert "none" not in windows.y
    assert len(windows.y) == 4
    assert list(prevalence.y) == ["low"]
    assert list(why.y) == list(why.customdata) == ["high", "low"]  # an untrained label has nothing to explain
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
