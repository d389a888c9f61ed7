"""Quality: each fault raises its own flag and no other; the score and the verdict follow from the flags."""

import numpy as np
import pytest
from faulty import changed, leads, names, recorded, with_lead

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Noise
from ecgfm_core.types import Record

SEEDS = (5, 6, 7)


def damaged(fault: str, seed: int = 5) -> Record:
    clean = recorded(seed)
    if fault == "lost":
        return with_lead("V4", np.zeros_like, clean)
    if fault == "flat":
        return with_lead("V4", lambda row: np.where((np.arange(5000) // 1000) == 2, row[2000], row), clean)
    if fault == "clipped":
        return with_lead("V4", lambda row: np.clip(row, None, 0.4 * row.max()), clean)
    if fault == "einthoven":
        return with_lead("III", np.negative, clean)
    return clean


def test_a_clean_recording_has_no_flag():
    for seed in range(10):
        examined = ecg.quality(recorded(seed))
        assert examined.flags == ()
        assert (examined.score, examined.verdict) == (1.0, None)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("fault", "lead"), [("lost", "V4"), ("flat", "V4"), ("clipped", "V4"), ("einthoven", "III")])
def test_each_fault_of_a_lead_raises_its_own_flag_and_no_other(fault: str, lead: str, seed: int):
    examined = ecg.quality(damaged(fault, seed))
    assert {(flag.flag, flag.lead) for flag in examined.flags} == {(fault, lead)}
    assert fault in examined.checks


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("flag", "noise"),
    [
        ("noisy", {"muscle_mv": 0.1, "bursts": 0.5}),
        ("wander", {"wander_mv": 0.5}),
        ("mains", {"mains_mv": 0.15, "mains_hz": 50}),
        ("mains", {"mains_mv": 0.15, "mains_hz": 60}),
        ("lost", {"lost": ("V3",)}),
        ("flat", {"flat": ("V2",)}),
        ("clipped", {"clip_mv": 0.3}),
    ],
)
def test_each_simulated_noise_raises_its_own_flag_and_no_other(flag: str, noise: dict[str, object], seed: int):
    assert names(ecg.quality(recorded(seed, **noise))) == {flag}


@pytest.mark.parametrize("pacing", ["ventricular", "dual", "tracking"])
def test_pacing_spikes_are_a_finding_that_costs_nothing(pacing: str):
    examined = ecg.quality(recorded(heart=Heart(pacing=pacing, noise=Noise())))
    (flag,) = examined.flags
    assert (flag.flag, flag.lead) == ("pacing_spikes", None)
    assert "spikes of a few ms" in flag.why
    assert (examined.score, examined.verdict) == (1.0, None)


def test_a_flag_lowers_the_score():
    assert ecg.quality(damaged("einthoven")).score == pytest.approx(11 / 12)
    assert ecg.quality(damaged("lost")).score == pytest.approx(11 / 12)


def test_a_flat_stretch_says_from_when_to_when():
    (flag,) = ecg.quality(damaged("flat")).flags
    assert (flag.from_s, flag.to_s) == (pytest.approx(4.0), pytest.approx(6.0, abs=0.01))
    assert ecg.quality(damaged("flat")).score == pytest.approx(1 - 1000 / 60000, abs=1e-4)


def test_noise_is_told_where_it_is():
    clean = recorded()
    noise = np.zeros(5000)
    noise[1500:2500] = np.random.default_rng(0).normal(0, 0.2, 1000)
    (flag,) = ecg.quality(with_lead("V5", lambda row: row + noise, clean)).flags
    assert (flag.flag, flag.lead) == ("noisy", "V5")
    assert (flag.from_s, flag.to_s) == (3.0, 5.0)
    assert "noise from 20 to 40 Hz is 0." in flag.why
    assert flag.why.endswith("mV")


def test_more_noise_means_a_lower_score():
    scores = [ecg.quality(recorded(muscle_mv=muscle)).score for muscle in (0.006, 0.08, 0.2, 0.6)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.5


def test_mains_are_told_with_their_frequency_and_share():
    flag = next(flag for flag in ecg.quality(recorded(mains_mv=0.2, mains_hz=60)).flags)
    assert flag.why.startswith("60 Hz is ")
    assert "% of the power, 0." in flag.why


def test_many_stretches_of_one_lead_become_one_flag():
    clean = recorded(seconds=60)
    held = np.arange(clean.signal.shape[1])
    row = np.where(held % 3000 < 750, held - held % 3000, held)
    (flag,) = ecg.quality(with_lead("V2", lambda signal: signal[row], clean)).flags
    assert flag.flag == "flat"
    assert "10 stretches, 15.0 s in all" in flag.why


def test_the_verdict_names_what_is_wrong():
    spoiled = recorded(muscle_mv=0.3, lost=("V1", "V2", "V3"))
    verdict = ecg.quality(spoiled).verdict
    assert verdict is not None
    assert verdict.startswith("V1 to V3 are lost and ")
    assert verdict.endswith(" % of lead time is noisy")


def test_as_much_as_a_lead_must_be_lost_for_a_recording_to_fail():
    assert ecg.quality(damaged("flat")).verdict is None
    assert ecg.quality(damaged("lost")).verdict == "V4 is lost"


def test_without_a_unit_noise_is_measured_against_the_lead_and_wander_is_not_asked_for():
    noisy, wandering = recorded(muscle_mv=0.2), recorded(wander_mv=0.8)
    examined = ecg.quality(changed(noisy.signal * 317, noisy, None))
    assert names(examined) == {"noisy"}
    assert "% of the lead's usual span" in examined.flags[0].why
    assert not {"wander", "einthoven", "pacing_spikes"} & set(examined.checks)
    assert "wander" not in names(ecg.quality(changed(wandering.signal, wandering, None)))


def test_einthoven_is_not_asked_of_leads_of_unknown_scale():
    made = damaged("einthoven")
    examined = ecg.quality(changed(made.signal, made, None))
    assert "einthoven" not in examined.checks
    assert examined.flags == ()


def test_gain_does_not_change_what_is_said_without_a_unit():
    made = recorded(muscle_mv=0.15)
    found = [ecg.quality(changed(made.signal * np.float32(gain), made, None)).flags for gain in (1.0, 1024.0)]
    assert found[0] == found[1]
    assert leads(ecg.quality(made), "noisy") <= set(LEADS)
