"""What publishers' codes and sentences say of the 17 labels, and what they leave open."""

import re
from pathlib import Path

import pandas as pd
import pytest
from places import ROOT

from ecgfm_core.training.sources.cinc import _stated
from ecgfm_core.training.sources.code15 import labels_of as exam_labels
from ecgfm_core.training.sources.codes import FASCICULAR, Line, load_codes, translate
from ecgfm_core.training.sources.listing import LABELS
from ecgfm_core.training.sources.ptbxl import _labels as ptbxl_labels
from ecgfm_core.training.sources.statements import ABERRANT, SVT_ABERRANT, labels_of

TABLES = ROOT / "ecgfm_core" / "training" / "sources"
DIAGNOSES = frozenset({"IMI", "AMI", "1AVB", "CRBBB", "LAFB", "CLBBB", "NORM"})


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(TABLES / name, dtype=str, keep_default_na=False)


def holding(labels: dict[str, bool | None]) -> set[str]:
    return {name for name, value in labels.items() if value}


def said(*sentences: str) -> set[str]:
    return holding(dict(labels_of(sentences)))


def challenge(codes: str, subset: str = "georgia") -> dict[str, bool | None]:
    return dict(translate(codes.split(","), load_codes("cinc_codes.csv", subset), _stated()[subset]))


@pytest.mark.parametrize("name", ["cinc_codes.csv", "ptbxl_codes.csv", "mimic_statements.csv", "cinc_subsets.csv"])
def test_every_table_names_known_labels_and_answers(name: str):
    table = read(name)
    assert set(table["label"]) <= {*LABELS, FASCICULAR, ABERRANT}
    assert "holds" not in table or set(table["holds"]) <= {"1", "0", ""}
    assert not table.duplicated([name for name in table.columns if name not in ("holds", "comment")]).any()


def test_every_code_has_one_name():
    for name in ("cinc_codes.csv", "ptbxl_codes.csv"):
        table = read(name)
        assert (table.groupby("code")["name"].nunique() == 1).all()
    assert all(re.fullmatch(r"\d{6,14}", code) for code in read("cinc_codes.csv")["code"])


def test_every_label_but_two_is_reached_by_some_code():
    reached = set(read("cinc_codes.csv").query("holds == '1'")["label"])
    assert set(LABELS) - reached == {
        "Poor data quality", "Supraventricular tachycardia with aberrancy", "Bifascicular block",
    }  # fmt: skip


def test_affirmed_goes_before_open_and_open_before_denied():
    lines = {"a": (Line("AF", True),), "b": (Line("AF", None),), "c": (Line("AF", False),)}
    assert translate("abc", lines, ())["AF"] is True
    assert translate("bc", lines, ())["AF"] is None
    assert translate("c", lines, ())["AF"] is False
    assert translate("", lines, ("AF",))["AF"] is False
    assert "AF" not in translate("", lines, ())


def test_a_missing_code_means_absence_only_where_the_subset_uses_it():
    assert challenge("426783006")["Left bundle branch block"] is False
    assert challenge("426783006").get("Infarction") is None
    assert challenge("164865005", "ptb")["Infarction"] is True
    assert challenge("426783006", "ptb").get("Left bundle branch block") is None


def test_sinus_rhythm_is_denied_by_another_rhythm_only():
    assert challenge("164889003")["Sinus rhythm"] is False
    assert challenge("713427006").get("Sinus rhythm") is None
    assert holding(challenge("426177001")) == {"Sinus rhythm", "Bradycardia"}


def test_one_code_of_ningbo_serves_for_flutter_and_fibrillation():
    assert challenge("164890007", "ningbo")["Atrial flutter"] is None
    assert challenge("164890007", "ningbo")["Atrial fibrillation"] is None
    assert challenge("426177001", "ningbo")["Atrial fibrillation"] is False
    assert challenge("164890007", "georgia")["Atrial flutter"] is True


def test_right_bundle_and_one_fascicle_are_bifascicular():
    assert challenge("713427006,445118002")["Bifascicular block"] is True
    assert challenge("713427006")["Bifascicular block"] is False
    assert challenge("445118002")["Bifascicular block"] is False
    assert challenge("713427006", "chapman_shaoxing")["Bifascicular block"] is None  # speaks of no fascicles


def test_incomplete_blocks_do_not_count_among_codes():
    assert challenge("713426002")["Right bundle branch block"] is False


def test_a_diagnosis_of_ptbxl_needs_a_likelihood_of_half():
    assert ptbxl_labels({"IMI": 50.0}, DIAGNOSES)["Infarction"] is True
    assert ptbxl_labels({"IMI": 15.0}, DIAGNOSES)["Infarction"] is None
    assert ptbxl_labels({"AMI": 100.0, "IMI": 15.0}, DIAGNOSES)["Infarction"] is True
    assert ptbxl_labels({"NORM": 100.0}, DIAGNOSES)["Infarction"] is False
    assert ptbxl_labels({"AFIB": 0.0}, DIAGNOSES)["Atrial fibrillation"] is True  # a rhythm has no likelihood


def test_bigeminy_of_unknown_origin_leaves_extrasystoles_open():
    assert ptbxl_labels({"BIGU": 0.0}, DIAGNOSES)["Premature ventricular contraction"] is None


def test_a_normal_exam_of_code15_has_no_findings_but_sinus_rhythm():
    nothing: dict[str, bool | None] = dict.fromkeys(("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF"), False)
    normal = exam_labels(nothing | {"normal_ecg": True})
    assert holding(dict(normal)) == {"Sinus rhythm"}
    assert normal["Infarction"] is False
    assert "Poor data quality" not in normal
    assert "Sinus rhythm" not in exam_labels(nothing | {"normal_ecg": False})


FIBRILLATION = {"Atrial fibrillation", "Tachycardia", "Accessory pathway conduction"}
FLUTTER = {"Atrial flutter", "Tachycardia", "Accessory pathway conduction"}


@pytest.mark.parametrize(
    ("sentence", "labels"),
    [
        ("Sinus rhythm", {"Sinus rhythm"}),
        ("Sinus tachycardia with PVCs", {"Sinus rhythm", "Tachycardia", "Premature ventricular contraction"}),
        ("Atrial fibrillation with slow ventricular response", FIBRILLATION),
        ("Atrial fibrillation/flutter", FIBRILLATION | FLUTTER),
        ("Atrial flutter with 2:1 A-V conduction", FLUTTER | {"Atrioventricular block"}),
        ("Supraventricular tachycardia", {"Tachycardia"}),
        ("Ventricular tachycardia", {"Ventricular tachycardia", "Tachycardia"}),
        ("Supraventricular premature complexes", set()),
        ("Left bundle branch block", {"Left bundle branch block"}),
        ("Incomplete right bundle branch block", {"Right bundle branch block"}),
        ("RBBB with left anterior fascicular block", {"Right bundle branch block", "Bifascicular block"}),
        ("Bifascicular block", {"Right bundle branch block", "Bifascicular block"}),
        ("1st degree A-V block", {"Atrioventricular block", "1st degree atrioventricular block"}),
        ("Complete heart block", {"Atrioventricular block", "Bradycardia"}),
        ("Prolonged PR interval", set()),
        ("Inferior infarct - age undetermined", {"Infarction"}),
        ("Cannot rule out anterior infarct - age undetermined", {"Infarction"}),
        ("No evidence of acute infarct", set()),
        ("Sinus bradycardia, atrial flutter is no longer present", {"Sinus rhythm", "Bradycardia"}),
        ("Ventricular pacing", {"Electronic pacemaker"}),
        ("*** No further rhythm analysis attempted due to paced rhythm ***", {"Electronic pacemaker"}),
        ("WPW pattern", {"Accessory pathway conduction"}),
        ("Poor data quality, interpretation may be adversely affected", {"Poor data quality"}),
        ("All 12 leads are missing", {"Poor data quality"}),
        ("Normal ECG", set()),
    ],
)
def test_a_sentence_says(sentence: str, labels: set[str]):
    assert said(sentence) == labels


def test_a_bundle_branch_block_in_tachycardia_is_called_aberrancy_as_in_the_labeler():
    assert SVT_ABERRANT in said("Sinus tachycardia", "Left bundle branch block")
    assert SVT_ABERRANT in said("Supraventricular tachycardia with aberrancy")
    assert SVT_ABERRANT not in said("Ventricular tachycardia", "Left bundle branch block")
    assert SVT_ABERRANT not in said("Sinus rhythm", "Left bundle branch block")


def test_the_development_table_agrees_where_both_know(recordings: Path):
    """Its makers translated the same codes on their own; they do not tell likelihoods."""
    table = pd.read_csv(recordings / "ecg12" / "records.csv", dtype=str, keep_default_na=False)
    compared, differing = 0, []
    for line in table.to_dict("records"):
        ours = development_labels(line["source"], line["stated"])
        known = [label for label in LABELS if line[label] and ours.get(label) is not None]
        compared += len(known)
        differing += [(line["record_id"], label) for label in known if ours[label] != (line[label] == "1")]
    assert compared > 5000
    assert differing == []


def development_labels(source: str, stated: str) -> dict[str, bool | None]:
    if re.fullmatch(r"[\d,]+", stated):
        return challenge(stated, source)
    if source == "ptb-xl":
        return dict(ptbxl_labels(dict.fromkeys(stated.split(";"), 100.0), DIAGNOSES))
    return {}
