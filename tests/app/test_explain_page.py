"""Explain without a browser: what is asked, what is found in the worker's process, words, tables, checks, refusals."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from places import GOLDEN, ROOT
from streamlit.testing.v1 import AppTest
from unit.waiting import waiting

import ecgfm_core as ecg
from app import jobs
from app.parts.notice import plain
from app.settings import settings
from ecgfm_core import analysis
from ecgfm_core.labels import MIMIC_IV_ECG, Label
from ecgfm_core.types import Estimate, Probe

pytestmark = pytest.mark.xdist_group("explain")  # one process for all of them

SCRIPT = """
from app import state
from app.views.explain.page import page
state.remember_pages({})
page()
"""
SLOW_S = 120
COHORT = ROOT / "data_samples" / "cohort"

Opened = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Draw the page at an address."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ECGFM_DEVICE", "cpu")
    settings.cache_clear()

    def open_page(**address: str) -> AppTest:
        page = AppTest.from_string(SCRIPT, default_timeout=90)
        page.query_params.update(address)
        return page

    yield open_page
    settings.cache_clear()


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def finished(page: AppTest, *awaited: str) -> AppTest:
    """Run until a map and a study are no longer being made, or one of them."""
    page.run()
    deadline = time.monotonic() + SLOW_S
    while {f"explain-{job}-cancel" for job in awaited or ("job", "study")} & {button.key for button in page.button}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert not page.error
    return page


def table(page: AppTest, column: str) -> dict[str, list[object]]:
    return next(one.value for one in page.dataframe if column in one.value.columns)


def test_the_page_says_what_python_computes(opened: Opened, demo: ecg.Encoder):
    page = finished(opened(sample="lbbb", label="Left bundle branch block"))
    record = ecg.read_record(ROOT / "data_samples" / "lbbb.hea")
    windows, beats = ecg.to_windows(record), ecg.measure(record).beats
    found = ecg.explain(windows, demo, "Left bundle branch block", beats=beats)
    assert analysis.in_words(found, beats) in texts(page)
    assert "probability " in texts(page)
    lies = analysis.energy(found, beats)
    assert lies is not None
    shown = table(page, "of the evidence")
    assert list(shown["wave"]) == [part.name for part in lies.segments]
    assert list(shown["of the evidence"]) == pytest.approx([100 * part.share for part in lies.segments], abs=0.06)
    assert plain(analysis.METHODS["relevance"].says).replace("\\", "") in texts(page)


def test_a_contrast_in_one_window_by_occlusion(opened: Opened, demo: ecg.Encoder):
    address = {"label": "Atrial fibrillation", "versus": "Atrial flutter", "method": "occlusion", "window": "5"}
    page = finished(opened(sample="af", **address))
    record = ecg.read_record(ROOT / "data_samples" / "af.hea")
    every, beats = ecg.to_windows(record), ecg.measure(record).beats
    second = type(every)(every.values[1:], every.starts_s[1:], every.source)
    target = analysis.Contrast("Atrial fibrillation", "Atrial flutter")
    found = ecg.explain(second, demo, target, method="occlusion", beats=beats)
    assert "Atrial fibrillation rather than Atrial flutter" in texts(page)
    assert analysis.in_words(found, beats) in texts(page)
    assert {"V1", "V6"} <= set(table(page, "of the evidence"))


def test_integrated_gradients_state_their_gap_and_shapley_values_their_error(opened: Opened):
    page = finished(opened(sample="af", label="Atrial fibrillation", method="integrated_gradients", window="0"))
    assert "Not explained by the map: 0." in texts(page)
    page.selectbox(key="explain_method").set_value("lead_importance")
    page = finished(page)
    assert "Standard error: 0.0" in texts(page)
    assert "This method knows leads only" in texts(page)


def test_the_mean_over_a_selection_is_what_python_computes(opened: Opened, demo: ecg.Encoder):
    cohort = ecg.open_cohort(COHORT)
    page = opened(sample="lbbb", label="Left bundle branch block")
    page.session_state["selected"] = {"sample": frozenset(cohort.ids[row] for row in (3, 5, 8))}
    page = finished(page)
    page.selectbox(key="explain_group").set_value("the selection on the Map").run()
    page.button(key="explain_mean").click()
    page = finished(page)
    mean = analysis.typical_saliency(cohort, [3, 5, 8], demo, "Left bundle branch block")
    assert f"{mean.beats} beats of 3 recordings" in texts(page)
    shown = table(page, "interval")
    assert list(shown["wave"]) == [part.name for part in mean.segments]
    assert list(shown["of the evidence"]) == pytest.approx([100 * part.share.value for part in mean.segments], abs=0.06)


def test_an_address_that_makes_no_sense_falls_back(opened: Opened):
    page = finished(opened(sample="af", label="../../etc", method="magic", window="-3", id="0" * 16, cohort="sample"))
    assert page.selectbox(key="explain_label").value == "Atrial fibrillation"  # the most probable
    assert page.selectbox(key="explain_method").value == "relevance"


def test_a_recording_of_a_cohort_is_explained(opened: Opened):
    cohort = ecg.open_cohort(COHORT)
    page = finished(opened(cohort="sample", id=cohort.digests[7][:16], method="attention"))
    assert f"**{cohort.ids[7]}**" in texts(page)
    assert "From the cohort" in texts(page)
    assert "attention lies in" in texts(page)
    page.button(key="explain_close").click()
    assert "From the cohort" not in texts(finished(page))


def test_a_person_s_own_probe_is_a_target(opened: Opened, demo: ecg.Encoder):
    cohort = ecg.open_cohort(COHORT)
    assert cohort.encoder is not None
    weights = np.random.default_rng(0).normal(size=cohort.vectors.shape[1]).astype(np.float32)
    label = Label("Ward <7> *", prevalence=0.5)
    probe = Probe(label, weights, 0.0, 1.0, Estimate(0.9, 0.8, 1.0), 12, 12, demo.fingerprint)
    page = opened(sample="af")
    page.session_state["probes"] = (probe,)
    page = finished(page)
    (name,) = [option for option in page.selectbox(key="explain_label").options if option.startswith("probe:")]
    assert name == "probe: Ward <7> *"
    keys = page.selectbox(key="explain_label")
    page.selectbox(key="explain_label").select_index(keys.options.index(name))
    page = finished(page)
    assert "evidence for Ward <7> *" in texts(page)
    assert "Ward" not in str(page.query_params)


def test_a_map_is_checked_when_it_is_asked_for(opened: Opened):
    page = finished(opened(sample="lbbb", label="Left bundle branch block", method="gradient_x_input", window="0"))
    assert "Not checked yet" in texts(page)
    page.button(key="explain_check").click()
    page = finished(page)
    assert "etter than random: " in texts(page)
    assert "Not checked yet" not in texts(page)
    beside = table(page, "better by")
    assert list(beside["beside"]) == ["20 random orders", "the map shuffled, 20 times"]
    assert "random weights: head" in set(table(page, "signed")["what is changed"])


def test_a_canceled_map_is_not_begun_again_until_it_is_asked_for(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "explain_recording", waiting)
        page = opened(sample="af", label="Atrial fibrillation", method="attention").run()
        page.button(key="explain-job-cancel").click().run()
        page = finished(page)
    assert "Canceled. Nothing was changed." in texts(page)
    assert not [one for one in page.dataframe if "of the evidence" in one.value.columns]
    page.button(key="explain_again").click()
    assert "attention lies in" in texts(finished(page))


def test_a_check_goes_on_while_another_map_is_looked_at(opened: Opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "check_map", waiting)
    page = finished(opened(sample="af", label="Atrial fibrillation", method="relevance"))
    page.button(key="explain_check").click().run()
    study = jobs.find(page.session_state["explain-study"])
    page.selectbox(key="explain_method").set_value("attention")
    page = finished(page, "job")
    assert "attention lies in" in texts(page)
    assert study is not None
    assert (study.state, study.asked) == ("running", False)
    page.button(key="explain-study-cancel").click()
    finished(page)
    page.selectbox(key="explain_method").set_value("relevance")
    assert "Canceled. " in texts(finished(page))


def test_all_methods_are_made_at_once_and_their_agreement_is_told(opened: Opened):
    page = finished(opened(sample="af", label="Atrial fibrillation", method="attention", window="0"))
    page.button(key="explain_all").click()
    page = finished(page)
    assert "explain_all" not in {button.key for button in page.button}
    agree = table(page, "Relevance")
    assert set(agree.columns) == {method.title for method in analysis.METHODS.values()}
    assert np.isnan(agree.loc["Relevance", "Leads, one left out"])


@pytest.mark.parametrize("labels", [(), tuple(replace(label, trained=False) for label in MIMIC_IV_ECG)])
def test_an_encoder_without_a_trained_label_has_nothing_to_explain(
    opened: Opened, tmp_path: Path, labels: tuple[Label, ...]
):
    checkpoint = "tiny_classifier.pt" if labels else "tiny_pretrain.pt"
    ecg.convert(GOLDEN / checkpoint, tmp_path / "made", name="made", labels=labels, licence="MIT", origin="the goldens")
    page = opened(sample="af")
    page.session_state["encoder"] = str(tmp_path / "made")
    page.run()
    assert not page.exception
    assert not page.error
    assert "This encoder has no trained label" in texts(page)


def test_a_question_waits_for_that_of_another_session_and_those_who_left_hold_no_place(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "explain_recording", waiting)
        first = opened(sample="pvc", method="gradient_x_input", window="0").run()
    second = opened(sample="rbbb", method="attention", window="5").run()
    for label in ("Infarction", "Electronic pacemaker", "Bradycardia", "Tachycardia", "Atrial flutter"):
        second.selectbox(key="explain_label").set_value(label).run()
    waits = jobs.find(second.session_state["explain-job"])
    assert waits is not None
    assert waits.waits
    assert not second.error
    first.button(key="explain-job-cancel").click().run()
    assert "attention lies in" in texts(finished(second))
