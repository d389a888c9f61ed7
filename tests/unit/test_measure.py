"""Measurements of simulated hearts, whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Infarction, Patient
from ecgfm_core.types import Measurement, Measurements, Record

SOMEBODY = Heart(rate=72, patient=Patient(shape=3))
ECTOPY = {"atrial": "premature_atrial", "ventricular": "premature_ventricular", "bigeminy": "premature_ventricular"}


def measured(heart: Heart = SOMEBODY, fs: float = 500.0, seed: int = 1) -> Measurements:
    return ecg.measure(ecg.simulate(heart, fs=fs, seed=seed).record)


def number(found: Measurements, name: str) -> float:
    value = found[name].value
    assert value is not None, found[name].why
    return value


def changed(record: Record, signal: np.ndarray, leads: tuple[str, ...] = LEADS) -> Record:
    return Record(signal.astype(np.float32), record.fs, leads, record.unit, record.name, record.meta)


def test_the_names_come_in_the_order_of_the_contract():
    of_leads = [f"{name}/{lead}" for lead in LEADS for name in ("ST_J", "ST_J60", "ST_J80", "R", "S")]
    assert list(measured().values) == [
        "HR", "RR", "RR_SD", "RR_min", "RR_max", "PR", "QRS", "QT", "QTc_Bazett", "QTc_Fridericia", "QTc_Framingham",
        "QTc_Hodges", "P_axis", "QRS_axis", "T_axis", "Sokolow_Lyon", "Cornell", *of_leads,
    ]  # fmt: skip


@pytest.mark.parametrize("rate", [42, 60, 72, 110])
def test_rate_and_rr_are_those_of_the_true_beats(rate: float):
    made = ecg.simulate(replace(SOMEBODY, rate=rate), seed=2)
    found = ecg.measure(made.record)
    truth = np.array([beat.r_s for beat in made.truth.beats])
    own = np.array([beat.r_s for beat in found.beats])
    nearest = np.abs(own[:, None] - truth).min(axis=1)
    assert nearest.max() < 0.02
    rr = 1000 * np.diff(own)
    assert number(found, "HR") == pytest.approx(made.truth.rate, abs=0.5)
    assert number(found, "RR") == pytest.approx(rr.mean())
    assert number(found, "RR_SD") == pytest.approx(rr.std(ddof=1))
    assert (number(found, "RR_min"), number(found, "RR_max")) == pytest.approx((rr.min(), rr.max()))


@pytest.mark.parametrize("pr_s", [0.13, 0.16, 0.2, 0.26])
def test_pr_follows_the_conduction_of_the_av_node(pr_s: float):
    assert number(measured(replace(SOMEBODY, pr_s=pr_s)), "PR") == pytest.approx(1000 * pr_s, abs=10)


@pytest.mark.parametrize("qtc_s", [0.36, 0.41, 0.5])
def test_qt_follows_repolarization(qtc_s: float):
    made = ecg.simulate(replace(SOMEBODY, qtc_s=qtc_s), seed=1)
    assert number(ecg.measure(made.record), "QT") == pytest.approx(made.truth.qt_ms, abs=30)


def test_bundle_branch_block_widens_qrs():
    narrow = number(measured(), "QRS")
    for block in ("rbbb", "lbbb"):
        made = ecg.simulate(replace(SOMEBODY, conduction=block), seed=1)
        wide = number(ecg.measure(made.record), "QRS")
        assert wide > narrow + 25
        assert wide == pytest.approx(made.truth.qrs_ms, abs=45)


def test_the_corrected_qt_follows_its_formulas():
    found = measured(replace(SOMEBODY, rate=95))
    qt, rr_s = number(found, "QT"), number(found, "RR") / 1000
    assert number(found, "QTc_Bazett") == pytest.approx(qt / rr_s**0.5)
    assert number(found, "QTc_Fridericia") == pytest.approx(qt / rr_s ** (1 / 3))
    assert number(found, "QTc_Framingham") == pytest.approx(qt + 154 * (1 - rr_s))
    assert number(found, "QTc_Hodges") == pytest.approx(qt + 1.75 * (60 / rr_s - 60))


@pytest.mark.parametrize("axis", [-70, -20, 30, 70, 120])
def test_the_axis_is_that_of_the_net_area(axis: float):
    made = ecg.simulate(replace(SOMEBODY, patient=Patient(shape=3, axis_deg=axis - 40)), seed=1)
    difference = number(ecg.measure(made.record), "QRS_axis") - made.truth.axis_deg
    assert abs((difference + 180) % 360 - 180) < 6


def test_st_rises_over_an_acute_infarction_and_falls_opposite_to_it():
    found = measured(replace(SOMEBODY, infarction=Infarction("inferior", "acute")))
    assert number(found, "ST_J60/III") > 0.1
    assert number(found, "ST_J60/aVL") < -0.05
    assert abs(number(measured(), "ST_J/II")) < 0.06


def test_voltages_are_read_from_r_and_s():
    found = measured()
    r_v5, r_v6 = number(found, "R/V5"), number(found, "R/V6")
    assert number(found, "Sokolow_Lyon") == pytest.approx(max(r_v5, r_v6) - number(found, "S/V1"))
    assert number(found, "Cornell") == pytest.approx(number(found, "R/aVL") - number(found, "S/V3"))
    assert r_v5 > 0.5
    assert number(found, "S/V1") < -0.3


@pytest.mark.parametrize("fs", [100.0, 250.0, 1000.0])
def test_the_sampling_rate_hardly_matters(fs: float):
    usual, other = measured(), measured(fs=fs)
    for name, least in {"HR": 0.2, "PR": 8, "QRS": 8, "QT": 8, "QRS_axis": 5, "R/V5": 0.05, "ST_J80/V2": 0.03}.items():
        assert number(other, name) == pytest.approx(number(usual, name), abs=least), name


def test_the_order_of_the_leads_does_not_matter():
    record = ecg.simulate(SOMEBODY, seed=1).record
    turned = changed(record, record.signal[::-1], LEADS[::-1])
    assert ecg.measure(turned).values == ecg.measure(record).values


def test_gain_scales_voltages_and_leaves_times():
    record = ecg.simulate(SOMEBODY, seed=1).record
    once, twice = ecg.measure(record), ecg.measure(changed(record, 2 * record.signal))
    for name, found in once.values.items():
        assert found.value is not None
        factor = 2 if found.unit == "mV" else 1
        assert number(twice, name) == pytest.approx(factor * found.value, rel=1e-3, abs=1e-3), name


@pytest.mark.parametrize("ectopy", ECTOPY)
def test_beats_are_told_by_shape_and_time(ectopy: str):
    made = ecg.simulate(replace(SOMEBODY, ectopy=ectopy), seed=3)
    found = ecg.measure(made.record)
    inside = [beat for beat in made.truth.beats if 0.15 < beat.r_s < 9.85]
    assert {beat.kind for beat in inside} == {"normal", ECTOPY[ectopy]}
    for beat in inside[1:]:
        (own,) = [own for own in found.beats if abs(own.r_s - beat.r_s) < 0.1]
        assert own.kind == beat.kind


@pytest.mark.parametrize("seed", range(4))
def test_breathing_makes_no_premature_beats(seed: int):
    found = measured(replace(SOMEBODY, patient=Patient(shape=3, variability=0.14)), seed=seed)
    assert {beat.kind for beat in found.beats} == {"normal"}
    assert number(found, "PR") == pytest.approx(160, abs=12)


@pytest.mark.parametrize("pacing", ["ventricular", "dual"])
def test_a_spike_makes_a_paced_beat(pacing: str):
    found = measured(Heart(pacing=pacing, rate=70, patient=Patient(shape=4)))
    assert {beat.kind for beat in found.beats} == {"paced"}


def test_each_beat_has_its_waves_in_order():
    for beat in measured().beats[1:-1]:
        assert beat.p is not None
        assert beat.t is not None
        times = [*beat.p, beat.qrs[0], beat.r_s, beat.qrs[1], *beat.t]
        assert times == sorted(times)


def test_the_median_beat_lies_on_zero_before_qrs_and_carries_the_boundaries():
    found = measured()
    median = found.median
    assert median is not None
    assert median.values.shape == median.spread.shape
    assert median.leads == LEADS
    at = round(median.qrs[0] * median.fs)
    assert np.abs(median.values[:, at - 8 : at - 2]).max() < 0.05
    assert 1000 * (median.qrs[1] - median.qrs[0]) == pytest.approx(number(found, "QRS"))
    assert median.beats >= 8
    assert not median.values.flags.writeable
    assert found.source == ecg.simulate(SOMEBODY, seed=1).record.digest


def test_a_measurement_has_a_value_or_a_reason():
    with pytest.raises(ValueError, match="either value or why must be given"):
        Measurement(1.0, "ms", "how", "because")
    with pytest.raises(ValueError, match="either value or why must be given"):
        Measurement(None, "ms", "how")
