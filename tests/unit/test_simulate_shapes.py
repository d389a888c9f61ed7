"""Conduction, pacing, infarction and recovery change the waves as the textbooks say, in the noise-free leads."""

from typing import Any

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Infarction, Patient
from ecgfm_core.simulate.record import noise_free
from ecgfm_core.simulate.truth import Truth

FS = 500
STILL = Patient(breathing=0.0)


def truth(seed: int = 0, seconds: float = 10.0, **heart: Any) -> Truth:
    return ecg.simulate(Heart(**heart), seed=seed, seconds=seconds).truth


def beat(number: int = 3, **heart: Any) -> dict[str, dict[str, float]]:
    """Measures of one beat in each lead: largest and smallest value of QRS, Q, level 60 ms after J, T, J's side."""
    made = Heart(**({"patient": STILL} | heart))
    leads, found = noise_free(made, fs=FS), ecg.simulate(made).truth.beats[number]
    on, off = (round(FS * at) for at in found.qrs)
    assert found.t is not None
    level = leads[:, on - 4 : on - 2].mean(axis=1)
    measures = {}
    for lead, row, zero in zip(LEADS, leads, level, strict=True):
        wave = row - zero
        qrs = wave[on : off + 1]
        after = wave[off + 5 : round(FS * found.t[1])]
        measures[lead] = {
            "R": float(qrs.max()),
            "S": float(qrs.min()),
            "Q": float(qrs[: round(0.045 * FS)].min()),
            "last": float(qrs[-round(0.35 * len(qrs)) :].mean()),
            "ST": float(wave[off + round(0.04 * FS)]),
            "T": float(after[np.abs(after).argmax()]),
        }
    return measures


def test_right_bundle_branch_block_has_a_late_r_in_v1_and_a_late_s_in_i_and_v6():
    made, normal = beat(conduction="rbbb"), beat()
    assert made["V1"]["last"] > 0.2 > normal["V1"]["last"]
    assert made["I"]["last"] < -0.1
    assert made["V6"]["last"] < -0.1
    assert made["V1"]["T"] < 0
    assert truth(conduction="rbbb").qrs_ms > 120  # type: ignore[operator]


def test_left_bundle_branch_block_is_broad_negative_in_v1_positive_in_i_and_v6_without_q():
    made = beat(conduction="lbbb")
    assert made["V1"]["S"] < -0.8
    assert made["V1"]["R"] < 0.1
    assert made["I"]["R"] > 0.4
    assert min(made["I"]["Q"], made["V6"]["Q"]) > -0.03
    assert made["V6"]["T"] < 0 < made["V1"]["T"]
    assert made["V6"]["ST"] < 0 < made["V1"]["ST"]


@pytest.mark.parametrize("conduction", ["lafb", "rbbb+lafb"])
def test_left_anterior_fascicular_block_turns_the_axis_up_with_r_in_inferior_leads_first(conduction: Any):
    found = truth(conduction=conduction)
    assert -90 < found.axis_deg < -40
    made = beat(conduction=conduction)
    assert made["III"]["S"] < -0.4
    assert made["III"]["R"] > 0.08
    assert found.labels["Bifascicular block"] is (conduction == "rbbb+lafb")
    assert found.labels["Right bundle branch block"] is (conduction == "rbbb+lafb")


def test_the_textbook_axis_is_normal_and_turns_with_the_patient():
    assert 20 < truth().axis_deg < 75
    assert truth(patient=Patient(axis_deg=-60)).axis_deg < -15
    assert truth(patient=Patient(axis_deg=50)).axis_deg > 90


@pytest.mark.parametrize(("pathway", "upwards"), [("wpw left", True), ("wpw right", False)])
def test_an_accessory_pathway_shortens_pr_and_begins_qrs_with_a_slow_delta_wave(pathway: Any, upwards: bool):
    found = truth(conduction=pathway, pr_s=0.1)
    assert found.pr_ms == pytest.approx(100, abs=2)
    assert found.qrs_ms > 110  # type: ignore[operator]
    leads = noise_free(Heart(conduction=pathway, pr_s=0.1, patient=STILL), fs=FS)
    on = round(FS * found.beats[2].qrs[0])
    v1 = leads[LEADS.index("V1"), on : on + 20] - leads[LEADS.index("V1"), on - 3]
    assert bool(v1.sum() > 0) is upwards
    assert 0.1 < np.abs(v1[:18]).max() < 0.6
    assert found.labels["Accessory pathway conduction"]


@pytest.mark.parametrize(
    ("pacing", "spikes_a_beat"), [("atrial", 1), ("ventricular", 1), ("dual", 2), ("tracking", 1), ("none", 0)]
)
def test_each_paced_chamber_has_its_spike(pacing: Any, spikes_a_beat: int):
    fine = 4000  # a spike lasts 2 ms, the sharpest wave of the heart twenty
    leads = noise_free(Heart(pacing=pacing, patient=STILL), seconds=10, fs=fine)
    bend = np.abs(np.diff(leads, 2, axis=1)).max(axis=0)
    sharp = np.flatnonzero(bend > 0.02)
    count = 0 if sharp.size == 0 else 1 + (np.diff(sharp) > 0.02 * fine).sum()
    assert count == pytest.approx(spikes_a_beat * 10 * 70 / 60, abs=2)
    assert truth(pacing=pacing).labels["Electronic pacemaker"] is (pacing != "none")


@pytest.mark.parametrize("pacing", ["ventricular", "dual", "tracking"])
def test_a_paced_ventricle_is_wide_with_an_axis_upwards_and_negative_in_v1(pacing: Any):
    found = truth(pacing=pacing)
    assert found.qrs_ms > 140  # type: ignore[operator]
    assert -100 < found.axis_deg < -40
    assert beat(pacing=pacing)["V1"]["S"] < -0.5
    assert {each.kind for each in found.beats} == {"paced"}


FACING = {
    "anterior": ("V2", "V3"),
    "septal": ("V1", "V2"),
    "lateral": ("I", "aVL", "V6"),
    "inferior": ("II", "III", "aVF"),
}


@pytest.mark.parametrize("territory", FACING)
def test_an_old_infarction_has_q_waves_and_less_r_in_the_leads_that_face_it(territory: Any):
    made, healthy = beat(infarction=Infarction(territory)), beat()
    for lead in FACING[territory]:
        assert made[lead]["Q"] < -0.1
        assert made[lead]["Q"] < healthy[lead]["Q"] - 0.1
        assert made[lead]["R"] < healthy[lead]["R"]
    assert truth(infarction=Infarction(territory)).labels["Infarction"]


OPPOSITE = {"inferior": ("aVL",), "lateral": ("III",), "anterior": ("aVR",), "posterior": ("V1", "V2", "V3")}


@pytest.mark.parametrize("territory", FACING)
def test_an_acute_infarction_lifts_st_in_the_leads_that_face_it(territory: Any):
    made, healthy = beat(infarction=Infarction(territory, "acute")), beat()
    for lead in FACING[territory]:
        assert made[lead]["ST"] > healthy[lead]["ST"] + 0.1


@pytest.mark.parametrize("territory", OPPOSITE)
def test_an_acute_infarction_lowers_st_in_the_leads_opposite_to_it(territory: Any):
    for lead in OPPOSITE[territory]:
        assert beat(infarction=Infarction(territory, "acute"))[lead]["ST"] < -0.02


@pytest.mark.parametrize("territory", FACING)
def test_a_subacute_infarction_inverts_t_in_the_leads_that_face_it(territory: Any):
    made, healthy = beat(infarction=Infarction(territory, "subacute")), beat()
    assert all(made[lead]["T"] < healthy[lead]["T"] - 0.1 for lead in FACING[territory])
    assert sum(made[lead]["T"] < -0.05 for lead in FACING[territory]) >= 2


def test_a_posterior_infarction_makes_r_tall_in_v1_and_v2():
    made, healthy = beat(infarction=Infarction("posterior")), beat()
    assert made["V1"]["R"] > 1.4 * healthy["V1"]["R"]
    assert made["V2"]["R"] / -made["V2"]["S"] > healthy["V2"]["R"] / -healthy["V2"]["S"]


def test_hypertrophy_raises_voltage_by_sokolow_and_lyon_and_strain_inverts_t():
    def index(measures: dict[str, dict[str, float]]) -> float:
        return measures["V5"]["R"] - measures["V1"]["S"]

    assert index(beat()) < 3.5 < index(beat(hypertrophy="voltage"))
    strain = beat(hypertrophy="strain")
    assert strain["V5"]["T"] < -0.1
    assert strain["V5"]["ST"] < -0.05


def test_low_voltage_and_long_qt_are_found():
    low = truth(patient=Patient(qrs=0.3))
    assert "low voltage" in low.findings
    limb = beat(patient=Patient(qrs=0.3, breathing=0.0))
    assert max(limb[lead]["R"] - limb[lead]["S"] for lead in LEADS[:6]) < 0.5
    long = truth(qtc_s=0.52, rate=60)
    assert long.qt_ms == pytest.approx(520, abs=5)
    assert "long QT" in long.findings


def test_early_repolarization_lifts_st_in_lateral_and_inferior_leads_without_opposite_depression():
    made = beat(repolarization="early")
    assert min(made[lead]["ST"] for lead in ("II", "V3", "V4", "V5")) > 0.09
    assert min(made[lead]["ST"] for lead in LEADS if lead != "aVR") > -0.03


def test_qt_follows_the_cube_root_of_rr():
    slow, fast = truth(rate=50), truth(rate=100)
    assert slow.qt_ms is not None
    assert fast.qt_ms is not None
    assert slow.qt_ms / fast.qt_ms == pytest.approx(2 ** (1 / 3), rel=0.02)
