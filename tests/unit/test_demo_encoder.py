"""The demo encoder's making: who is kept apart, what is known of whom, what is learned beside, and its card."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from ecgfm_core import training
from ecgfm_core.analysis.cohort import Cohort, open_cohort
from ecgfm_core.labels import Threshold
from ecgfm_core.training.card import Part, Results, demo_card
from ecgfm_core.training.demo.judging import Judged, calibrated, evaluated, known_labels, manifest, together
from ecgfm_core.training.demo.recipe import tensors
from ecgfm_core.training.demo.recordings import (
    FINDINGS,
    LABELS,
    RARE,
    TWINS,
    folds,
    kept_apart,
    labelled,
    site_of,
    softened,
    some_simulated,
    stated,
)
from ecgfm_core.training.examples import Recordings

PATIENTS = tuple(f"p{i // 2}" for i in range(400))
POOR, AF, VT = (LABELS.index(name) for name in ("Poor data quality", "Atrial fibrillation", "Ventricular tachycardia"))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Three simulated recordings; two pretend to be from PTB-XL, one of them a twin, with what that source states."""
    folder = tmp_path_factory.mktemp("made")
    training.write_cohort(folder / "files", 3, seed=1)
    table = pd.read_csv(folder / "files" / "records.csv", dtype=str)
    table.loc[:1, "source"] = "ptb-xl"
    table.loc[0, ["patient_id", "stated"]] = [next(iter(TWINS)), "IMI;LAFB/LPFB;SR"]
    table.loc[1, ["patient_id", "stated"]] = ["ptb-xl/1", "NORM;SR"]
    table.loc[2, "stated"] = "sinus rhythm; old inferior infarction; flat T"
    table.loc[:1, [LABELS[POOR], LABELS[VT]]] = ""
    table.to_csv(folder / "files" / "records.csv", index=False)
    training.prepare("folder", folder / "files", folder / "store")
    return open_cohort(folder / "store")


def finding(data: Recordings, row: int, name: str) -> float:
    return float(data.targets[row, len(LABELS) + FINDINGS.index(name)])


def test_a_fifth_of_the_patients_is_kept_apart_whatever_the_order():
    kept = kept_apart(PATIENTS)
    assert len(kept) == 40
    assert kept == kept_apart(PATIENTS[::-1])


def test_no_patient_is_in_two_folds_and_the_kept_are_in_none():
    place = folds(PATIENTS)
    for patient in set(PATIENTS):
        assert len({place[i] for i, other in enumerate(PATIENTS) if other == patient}) == 1
    assert {PATIENTS[i] for i in np.flatnonzero(place < 0)} == kept_apart(PATIENTS)
    assert Counter(place.tolist()) == {-1: 80, **dict.fromkeys(range(5), 64)}


def test_twins_are_one_patient(cohort: Cohort):
    (other, one), *_ = TWINS.items()
    assert stated(cohort).patients[0] == one != other


def test_twins_hold_one_signal(recordings: Path):
    from ecgfm_core import read_record

    first, second = (read_record(recordings / "ecg12" / "ptb-xl" / f"{name}_hr.hea") for name in ("00145", "00463"))
    assert np.corrcoef(first.signal[1], second.signal[1])[0, 1] > 0.99


def test_what_a_source_would_hardly_leave_unsaid_counts_a_little(cohort: Cohort):
    plain, learned = stated(cohort), labelled(cohort)
    assert np.isnan(plain.targets[:2, [POOR, VT]]).all()
    assert (learned.targets[:2, [POOR, VT]] == 0).all()
    assert learned.weights[:2, [POOR, VT]].max() < 0.2
    np.testing.assert_array_equal(learned.targets[2, : len(LABELS)], plain.targets[2])
    assert learned.weights[2, : len(LABELS)].min() == 1


def test_findings_are_learned_where_a_source_has_a_word_for_them(cohort: Cohort):
    data = labelled(cohort)
    assert data.labels == (*LABELS, *FINDINGS)
    assert [finding(data, row, "inferior infarction") for row in range(3)] == [1, 0, 1]
    assert [finding(data, row, "fascicular block") for row in range(3)] == [1, 0, 0]
    assert [finding(data, row, "normal") for row in range(2)] == [0, 1]
    assert np.isnan(finding(data, 2, "normal"))


def test_targets_move_half_way_to_what_others_say_and_blanks_are_filled(cohort: Cohort):
    data = labelled(cohort)
    soft = softened(data, np.full((3, len(LABELS)), 0.2, np.float32))
    hard = data.targets[2, : len(LABELS)]
    np.testing.assert_allclose(soft.targets[2, : len(LABELS)], 0.5 * hard + 0.1)
    np.testing.assert_allclose(soft.targets[0, [POOR, VT]], 0.2)
    assert soft.weights[0, VT] == pytest.approx(0.3)
    np.testing.assert_array_equal(soft.targets[:, len(LABELS) :], data.targets[:, len(LABELS) :])


def simulated(count: int = 1000) -> Recordings:
    targets = np.zeros((count, len(LABELS)), np.float32)
    targets[: count // 3, LABELS.index(RARE[0])] = 1
    names = tuple(str(i) for i in range(count))
    return Recordings(
        lambda rows: [], (2,) * count, names, names, names, LABELS, targets, np.ones_like(targets), ("simulated",)
    )


def test_half_of_the_simulated_recordings_that_are_mixed_in_have_a_rare_label():
    rows = some_simulated(simulated())
    assert len(rows) == len(set(rows)) == 400
    assert sum(row < 333 for row in rows) == 200


def test_the_findings_leave_the_head(tmp_path: Path):
    head = {"head.weight": torch.arange(62.0).view(31, 2), "head.bias": torch.arange(31.0), "norm.bias": torch.ones(40)}
    save_file(head, tmp_path / "tuned.safetensors")
    kept = tensors(tmp_path / "tuned.safetensors")
    assert {name: tuple(tensor.shape) for name, tensor in kept.items()} == {
        "head.weight": (17, 2), "head.bias": (17,), "norm.bias": (40,),
    }  # fmt: skip
    assert kept["head.weight"].equal(head["head.weight"][:17])


def test_sites_are_told_by_the_source():
    assert site_of(["ptb-xl-zscored/1", "ludb/3", "cinc2011/4", "ptb/S1"]) == [
        "PTB-XL", "LUDB", "", "CPSC, Chapman, PTB",
    ]  # fmt: skip


def judged(count: int = 200) -> Judged:
    """Two windows each; every fourth fibrillates and is told so, though far too surely."""
    data = simulated(count)
    targets = np.full((count, len(LABELS)), np.nan, np.float32)
    targets[:, AF] = np.arange(count) % 4 == 0
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (count, 2, len(LABELS))).astype(np.float32)
    logits[..., AF] += 1.5 * (2 * targets[:, AF, None] - 1)
    return Judged(replace(data, targets=targets), tuple(10 * logits))


def test_parts_are_put_together_by_id():
    whole = judged(20)
    first, second = (Judged(whole.data.take(rows), tuple(whole.logits[row] for row in rows)) for rows in ([7, 3], [4]))
    both = together([first, second], whole.data)
    assert both.data.ids == ("3", "4", "7")
    for id, logits in zip(both.data.ids, both.logits, strict=True):
        np.testing.assert_array_equal(logits, whole.logits[int(id)])


def test_calibration_cools_and_finds_a_threshold_where_there_are_positives():
    labels = calibrated(judged(), known_labels(judged().data))
    assert labels[AF].temperature > 1.5
    assert isinstance(labels[AF].threshold, Threshold)
    assert "cross-fitted folds" in labels[AF].threshold.provenance
    assert labels[AF].prevalence == 0.25
    assert (labels[VT].temperature, labels[VT].threshold, labels[VT].prevalence) == (1, None, None)


def test_the_card_says_what_was_measured_and_what_was_not():
    labels = calibrated(judged(), known_labels(judged().data))
    figures = evaluated(judged(), labels, bootstrap=20)
    results = Results(
        kept=figures, uncalibrated=figures, folds=(figures, figures), across=figures, sites={"LUDB": figures},
        samples={
            "pvc": (frozenset({"Sinus rhythm"}), frozenset()),
            "af": (frozenset({"Atrial fibrillation"}), frozenset({"Atrial fibrillation"})),
        },
    )  # fmt: skip
    part = Part(("ludb",) * 3, ("a", "b", "b"))
    card = demo_card(manifest(labels), "Words of the recipe.", (part, part), results, Counter({LABELS[VT]: 47}))
    assert "3 recordings of 2 patients to learn from" in card
    assert "| ludb | 3 | 3 | Lobachevsky" in card
    assert f"Macro AUROC {figures.macro_auroc.value:.3f} [" in card
    assert "| Ventricular tachycardia | 0 | 0 | no recording states it | no recording states it |" in card
    assert "| Ventricular tachycardia | 0 | 47 |" in card
    assert "  - pvc: missed Sinus rhythm\n" in card
    assert "  - af" not in card
