"""Pages without a browser: what they show, and that an error is a sentence."""

import gc
import logging
import re
from pathlib import Path

import pytest
from places import GOLDEN, ROOT
from streamlit.testing.v1 import AppTest

import ecgfm_core as ecg
from app import cache
from app.parts.notice import error_boundary, plain
from ecgfm_core.labels import MIMIC_IV_ECG

MAIN = str(ROOT / "app" / "main.py")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(MAIN, default_timeout=60)


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.text, *page.error, *page.warning, *page.info, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def test_read_opens_on_a_sample_with_the_permanent_notices(page: AppTest):
    page.run()
    assert not page.exception
    assert not page.error
    assert "Research and teaching only" in texts(page)
    assert "Demo encoder, not ECG-FM" in texts(page)
    assert page.selectbox(key="sample").value == "sinus_75"
    assert len(page.selectbox(key="sample").options) == 10


def test_the_table_holds_what_python_computes(page: AppTest, demo: ecg.Encoder):
    page.query_params["sample"] = "af"
    page.run()
    table = page.dataframe[0].value
    record = ecg.read_record(ROOT / "data_samples" / "af.hea")
    expected = ecg.predict(ecg.encode(ecg.to_windows(record), demo))
    assert table["label"][0] == "Atrial fibrillation"
    for label, probability in zip(table["label"], table["probability"], strict=True):
        known = expected[label]
        assert probability == pytest.approx(known, abs=1e-5) if known is not None else probability != probability
    rows = table.set_index("label")
    assert "highest F1, chosen on cross-fitted folds" in rows.loc["Atrial fibrillation", "threshold"]
    assert rows.loc["Infarction", "calibration"].startswith("temperature 1.")
    unjudged = rows.loc["Ventricular tachycardia"]
    assert (unjudged["threshold"], unjudged["calibration"]) == ("no threshold", "not calibrated")


def test_a_link_opens_its_sample_and_a_choice_becomes_a_link(page: AppTest):
    page.query_params["sample"] = "lost_v3"
    page.run()
    assert page.selectbox(key="sample").value == "lost_v3"
    assert "lost: V3" in texts(page)
    assert "V3 is lost. The probabilities are dimmed" in texts(page)
    page.selectbox(key="sample").set_value("rbbb").run()
    assert page.query_params["sample"] in ("rbbb", ["rbbb"])


def test_what_a_page_imports_is_spared_the_garbage_collector(page: AppTest):
    """Streamlit collects after every run: a second of another session's time, on a busy machine, for each."""
    page.run()
    cache.warm_up().join()
    assert gc.get_freeze_count() > 100_000


def test_an_unknown_sample_in_the_address_is_ignored(page: AppTest):
    page.query_params["sample"] = "../../etc/passwd"
    page.run()
    assert not page.exception
    assert page.selectbox(key="sample").value == "sinus_75"


def test_what_the_model_saw_is_said_in_numbers(page: AppTest):
    page.run()
    said = texts(page)
    assert "Not resampled: the file has 500 Hz" in said
    assert "Cut into 2 windows of 5 s" in said


def test_attention_is_called_class_agnostic(page: AppTest):
    page.run()
    assert "class-agnostic" not in texts(page)
    page.toggle(key="attention").set_value(True).run()
    assert not page.error
    assert "**class-agnostic** attention of the last layer" in texts(page)


def script(name: str) -> str:
    return f"from app.views import {name}\n{name}.page()\n"


def test_model_says_which_encoder_it_is(demo: ecg.Encoder):
    page = AppTest.from_string(script("model"), default_timeout=60).run()
    assert not page.exception
    facts = dict(zip(page.dataframe[0].value["what"], page.dataframe[0].value["value"], strict=True))
    assert facts["fingerprint"] == demo.fingerprint
    assert "2.0 M parameters" in facts["size"]
    assert facts["licence"] == "MIT"
    assert "torch 2.13.0" in facts["versions"]
    assert list(page.dataframe[1].value["trained"]).count("not trained") == 0


def test_model_loads_a_folder_and_keeps_the_old_encoder_when_it_cannot(tiny_folder: Path, tmp_path: Path):
    page = AppTest.from_string(script("model"), default_timeout=60).run()
    page.radio(key="kind").set_value("folder").run()
    page.text_input(key="folder").set_value(str(tmp_path / "secret" / "nothing")).run()
    page.button(key="load").click().run()
    (error,) = page.error
    assert error.value == plain("nothing: no such encoder. Use demo, ecg-fm, or a folder with config.json.")
    assert page.session_state["encoder"] == "demo"
    page.text_input(key="folder").set_value(str(tiny_folder)).run()
    page.button(key="load").click().run()
    assert not page.error
    assert page.subheader[-1].value == "tiny"


def test_model_offers_the_download_and_fetches_nothing_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from app import settings

    chosen = settings.Settings(cache=str(tmp_path), hub="http://127.0.0.1:9")
    monkeypatch.setattr("app.views.model.settings", lambda: chosen)
    page = AppTest.from_string(script("model"), default_timeout=60).run()
    page.radio(key="kind").set_value("ecg-fm").run()
    assert not page.error
    assert page.session_state["encoder"] == "demo"
    page.button(key="download").click().run()
    assert "the hub cannot be reached" in page.error[0].value
    assert page.session_state["encoder"] == "demo"


def test_a_backbone_without_labels_gives_paper_and_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    ecg.convert(GOLDEN / "tiny_pretrain.pt", tmp_path, name="b", labels=(), licence="MIT", origin="x")
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.session_state["encoder"] = str(tmp_path)
    page.run()
    assert "this encoder has no labels" in page.error[0].value
    assert "Demo encoder" not in texts(page)
    assert "Cut into 2 windows" in texts(page)


def test_an_unexpected_error_shows_an_id_and_no_patient_text(caplog: pytest.LogCaptureFixture):
    def body() -> None:
        from app.parts.notice import error_boundary

        with error_boundary():
            raise ZeroDivisionError("Jane Doe, born 1950")

    with caplog.at_level(logging.ERROR):
        page = AppTest.from_function(body).run()
    shown = page.error[0].value
    number = re.search(r"id ([0-9a-f]{8})", shown)
    assert number is not None
    assert number[1] in caplog.text
    assert "Jane" not in shown + caplog.text
    assert error_boundary is not None


def test_all_seventeen_labels_are_on_the_page(page: AppTest):
    page.run()
    assert set(page.dataframe[0].value["label"]) == {label.name for label in MIMIC_IV_ECG}
