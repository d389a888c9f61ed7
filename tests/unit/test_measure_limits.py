"""What is measured when a recording is poor, and what is said where nothing can be."""

import time
from dataclasses import replace

import numpy as np
import pytest
from places import SAMPLES

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Patient
from ecgfm_core.types import Measurements, Meta, Record

SOMEBODY = Heart(rate=72, patient=Patient(shape=3))
INTERVALS = {"HR": 0.5, "PR": 8.0, "QRS": 8.0, "QT": 10.0}


@pytest.fixture(scope="module")
def clean() -> Record:
    return ecg.simulate(SOMEBODY, seed=1).record


def of(signal: np.ndarray, leads: tuple[str, ...] = LEADS, unit: str | None = "mV") -> Measurements:
    return ecg.measure(Record(np.asarray(signal, np.float32), 500.0, leads, unit, "a", Meta("simulated")))


def assert_alike(found: Measurements, usual: Measurements, times: float = 1.0) -> None:
    for name, tolerance in INTERVALS.items():
        assert found[name].value == pytest.approx(usual[name].value, abs=times * tolerance), name


def test_a_lost_lead_costs_its_own_values_only(clean: Record):
    signal = clean.signal.copy()
    signal[LEADS.index("V3")] = 0.0
    found = of(signal)
    assert_alike(found, ecg.measure(clean))
    lost = {name for name, value in found.values.items() if value.value is None}
    assert lost == {"Cornell", "ST_J/V3", "ST_J60/V3", "ST_J80/V3", "R/V3", "S/V3"}
    assert found["R/V3"].why == "lead V3 never changes"


def test_artefacts_of_20_mv_in_some_leads_change_little(clean: Record):
    rng = np.random.default_rng(0)
    signal = clean.signal.copy()
    for start in (700, 1900, 3300, 4400):
        signal[rng.integers(0, 12, 3), start : start + rng.integers(1, 90)] += rng.choice([-20, 20])
    assert_alike(of(signal), ecg.measure(clean))


def test_a_lead_full_of_artefacts_is_left_out(clean: Record):
    signal = clean.signal.copy()
    signal[LEADS.index("III")] += 20 * np.sign(np.sin(np.arange(5000) / 40))
    assert_alike(of(signal), ecg.measure(clean))


def test_what_happens_in_all_leads_at_once_costs_its_beat_at_most(clean: Record):
    signal = clean.signal.copy()
    signal[:, 2000:2050] += 20
    found, usual = of(signal), ecg.measure(clean)
    assert len(usual.beats) - 1 <= len(found.beats) <= len(usual.beats)
    assert found["QRS"].value == pytest.approx(usual["QRS"].value, abs=8)


def test_wander_moves_st_by_little(clean: Record):
    wander = 0.8 * np.sin(2 * np.pi * 0.25 * np.arange(5000) / 500)
    found, usual = of(clean.signal + wander), ecg.measure(clean)
    for lead in LEADS:
        assert found[f"ST_J60/{lead}"].value == pytest.approx(usual[f"ST_J60/{lead}"].value, abs=0.05)


@pytest.mark.parametrize("signal", ["flat", "noise", "wander", "one sample", "half a second"])
def test_without_beats_everything_says_so(signal: str, clean: Record):
    rng = np.random.default_rng(7)
    shapes = {
        "flat": np.zeros((12, 5000)),
        "noise": 0.1 * rng.standard_normal((12, 5000)),
        "wander": np.cumsum(rng.standard_normal((12, 5000)), axis=1),
        "one sample": np.ones((12, 1)),
        "half a second": clean.signal[:, :250],
    }
    found = of(shapes[signal])
    assert (found.beats, found.median) == ((), None)
    assert {value.why for value in found.values.values()} == {"no two beats of one shape were found"}


def test_atrial_fibrillation_has_no_pr():
    for seed in range(4):
        heart = replace(SOMEBODY, rhythm="atrial fibrillation", rate=90)
        found = ecg.measure(ecg.simulate(heart, seed=seed).record)
        assert found["PR"].value is None
        assert found["PR"].why == "no P wave found; the RR intervals vary as in atrial fibrillation"
        assert found["P_axis"].why == found["PR"].why
        assert found["HR"].value is not None
        assert {beat.p for beat in found.beats} == {None}


def test_dissociated_p_waves_are_no_pr():
    found = ecg.measure(ecg.simulate(replace(SOMEBODY, block="third degree", rate=45), seed=1).record)
    assert found["PR"].why == "no P wave found that comes before every QRS at the same time"


def test_without_a_unit_times_are_measured_and_voltages_are_not(clean: Record):
    found, usual = of(clean.signal * 217, unit=None), ecg.measure(clean)
    assert_alike(found, usual)
    for name, value in found.values.items():
        if value.unit in ("mV", "deg"):
            assert value.why == "the unit of the samples is not stated", name


def test_absent_leads_are_derived_or_named(clean: Record):
    eight = [LEADS.index(lead) for lead in ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")]
    derived = of(clean.signal[eight], tuple(LEADS[row] for row in eight))
    assert derived["R/aVL"].value == pytest.approx(ecg.measure(clean)["R/aVL"].value, abs=0.02)
    two = of(clean.signal[[1, 6]], ("II", "V1"))
    assert_alike(two, ecg.measure(clean), times=2)
    assert two["QRS_axis"].why == "lead I is missing"
    assert two["S/V1"].value == pytest.approx(ecg.measure(clean)["S/V1"].value, abs=0.05)


def test_minutes_of_signal_take_seconds():
    made = ecg.simulate(SOMEBODY, seconds=300, seed=1)
    start = time.process_time()
    found = ecg.measure(made.record)
    assert time.process_time() - start < 3
    assert len(found.beats) == pytest.approx(len(made.truth.beats), abs=2)
    assert found["HR"].value == pytest.approx(made.truth.rate, abs=0.3)


def test_few_beats_are_measured_and_p_waves_not_claimed(clean: Record):
    found = of(clean.signal[:, :1100])
    assert len(found.beats) == 2
    assert found["PR"].why == "a P wave is told from chance by 3 beats of one shape; there are fewer"
    assert found["QRS"].value == pytest.approx(ecg.measure(clean)["QRS"].value, abs=12)
    assert found["RR_SD"].why == "fewer than two RR intervals"


@pytest.mark.parametrize("hz", [50, 60])
def test_hum_of_the_mains_is_no_p_wave(hz: int):
    clean = ecg.read_record(SAMPLES / "sinus_75.hea")
    hum = 0.3 * np.sin(2 * np.pi * hz * np.arange(clean.signal.shape[1]) / clean.fs)
    humming = Record(clean.signal + hum.astype(np.float32), clean.fs, clean.leads, "mV", "hum", Meta("test"))
    for name in ("PR", "QRS", "QT"):
        assert ecg.measure(humming)[name].value == pytest.approx(ecg.measure(clean)[name].value, abs=6)


def test_beats_keep_their_times_at_odd_rates():
    clean = ecg.simulate(ecg.Heart(), seconds=60, fs=999.0, seed=4)
    found = ecg.measure(clean.record).beats[-1].r_s
    assert min(abs(found - beat.r_s) for beat in clean.truth.beats) < 0.03
