"""Each rhythm is what the textbooks say, in the truth and in the noise-free leads."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Patient
from ecgfm_core.simulate.record import noise_free
from ecgfm_core.simulate.truth import Truth

FS = 500


def truth(seed: int = 0, seconds: float = 10.0, **heart: Any) -> Truth:
    return ecg.simulate(Heart(**heart), seed=seed, seconds=seconds).truth


def test_pr_above_200_ms_is_first_degree_block():
    labels = truth(pr_s=0.26).labels
    assert labels["1st degree atrioventricular block"]
    assert labels["Atrioventricular block"]
    assert labels["Sinus rhythm"]
    assert not truth(pr_s=0.19).labels["Atrioventricular block"]


def test_fibrillation_is_irregular_without_p_waves_and_oscillates_at_5_to_9_hz():
    heart = Heart(rhythm="atrial fibrillation", rate=80)
    found = ecg.simulate(heart, seconds=60).truth
    rr = np.diff([beat.r_s for beat in found.beats])
    assert rr.std() / rr.mean() > 0.15
    assert abs(np.corrcoef(rr[1:], rr[:-1])[0, 1]) < 0.3  # without order
    assert all(beat.p is None for beat in found.beats)
    assert found.pr_ms is None
    assert 4 < peak_hz(replace(heart, patient=Patient(qrs=1e-9, t=0.0)), "V1", 2.5) < 9


def peak_hz(heart: Heart, lead: str, above_hz: float) -> float:
    row = noise_free(heart, seconds=20, fs=FS)[LEADS.index(lead)]
    power = np.abs(np.fft.rfft(row)) ** 2
    hz = np.fft.rfftfreq(len(row), 1 / FS)
    return float(hz[(hz > above_hz)][power[hz > above_hz].argmax()])


@pytest.mark.parametrize(("waves", "rate"), [((2,), 150.0), ((4,), 75.0), ((2, 4), 100.0)])
def test_flutter_has_a_peak_at_its_rate_and_conducts_in_whole_numbers_of_waves(waves: tuple[int, ...], rate: float):
    heart = Heart(rhythm="atrial flutter", rate=rate, flutter_waves=waves)
    assert peak_hz(replace(heart, patient=Patient(qrs=1e-9, t=0.0)), "II", 2.5) == pytest.approx(5.0, abs=0.1)
    rr = np.diff([beat.r_s for beat in ecg.simulate(heart, seconds=30).truth.beats])
    assert np.abs(rr / 0.2 - np.rint(rr / 0.2)).max() < 0.12
    assert set(np.rint(rr / 0.2).astype(int)) == set(waves)


def test_flutter_waves_point_down_in_inferior_leads_and_up_in_v1():
    leads = noise_free(Heart(rhythm="atrial flutter", rate=75, patient=Patient(qrs=1e-9, t=0.0)), fs=FS)
    one_wave = leads[:, : FS // 5]
    for lead in ("II", "III", "aVF"):
        row = one_wave[LEADS.index(lead)]
        steps = np.diff(np.concatenate([row, row[:1]]))
        assert (steps < 0).mean() > 0.6  # a slow fall and a steep rise
        assert steps.max() > 1.8 * -steps.min()
    v1 = one_wave[LEADS.index("V1")]
    assert v1.max() > 1.2 * -v1.min()


def test_a_premature_ventricular_beat_is_early_wide_without_p_and_followed_by_a_full_pause():
    found = truth(ectopy="ventricular", rate=60, patient=Patient(variability=0.0), seconds=30)
    kinds = [beat.kind for beat in found.beats]
    place = kinds.index("premature_ventricular", 1)
    before, early, after = found.beats[place - 1 : place + 2]
    assert early.r_s - before.r_s < 0.85
    assert after.r_s - before.r_s == pytest.approx(2.0, abs=0.05)
    assert early.p is None
    assert early.qrs[1] - early.qrs[0] > 0.12
    assert found.labels["Premature ventricular contraction"]


def test_bigeminy_alternates_and_couplets_come_in_pairs():
    alternating = [beat.kind == "premature_ventricular" for beat in truth(ectopy="bigeminy").beats]
    assert all(one != other for one, other in pairwise(alternating))
    paired = "".join(
        "V" if b.kind == "premature_ventricular" else "N" for b in truth(ectopy="couplets", seconds=30).beats[1:-1]
    )
    assert "NVVN" in paired
    assert "NVN" not in paired


def test_a_premature_atrial_beat_is_early_narrow_and_its_pause_is_not_compensatory():
    found = truth(ectopy="atrial", rate=60, patient=Patient(variability=0.0), seconds=30)
    place = [beat.kind for beat in found.beats].index("premature_atrial", 1)
    before, early, after = found.beats[place - 1 : place + 2]
    assert early.p is not None
    assert early.r_s - before.r_s < 0.85
    assert after.r_s - before.r_s < 1.9
    assert early.qrs[1] - early.qrs[0] < 0.11
    assert not found.labels["Premature ventricular contraction"]


def test_in_wenckebach_block_pr_grows_until_a_beat_is_dropped():
    found = truth(block="wenckebach", rate=75, patient=Patient(variability=0.0), seconds=20)
    pr = np.array([beat.qrs[0] - beat.p[0] for beat in found.beats if beat.p])
    rr = np.diff([beat.r_s for beat in found.beats])
    dropped = np.flatnonzero(rr > 1.3 * rr.min())
    assert len(dropped) >= 2
    assert all(pr[place + 1] < pr[place] for place in dropped)
    grows = np.delete(np.diff(pr), dropped)
    assert (grows > 0.01).all()
    assert found.labels["Atrioventricular block"]
    assert not found.labels["1st degree atrioventricular block"]


def test_in_mobitz_block_pr_stays_and_beats_are_dropped():
    found = truth(block="mobitz", rate=75, patient=Patient(variability=0.0), seconds=20)
    pr = [beat.qrs[0] - beat.p[0] for beat in found.beats if beat.p]
    assert np.ptp(pr) < 1e-9
    assert found.rate is not None
    assert found.rate < 60
    assert found.labels["Sinus rhythm"]


@pytest.mark.parametrize(("escape", "wide"), [("junctional", False), ("ventricular", True)])
def test_in_third_degree_block_atria_and_ventricles_go_their_own_ways(escape: Any, wide: bool):
    heart = Heart(block="third degree", escape=escape, rate=40, atrial_rate=90)
    found = ecg.simulate(heart).truth
    assert found.rate == pytest.approx(40, rel=0.05)
    assert all(beat.p is None for beat in found.beats)
    assert found.pr_ms is None
    assert found.qrs_ms is not None
    assert (found.qrs_ms > 120) is wide
    alone = noise_free(replace(heart, patient=Patient(qrs=1e-9, t=0.0)), fs=FS, seconds=20)[LEADS.index("II")]
    above = alone > 0.5 * alone.max()
    assert np.flatnonzero(np.diff(above.astype(int)) == 1).size == pytest.approx(30, abs=2)  # 90 P waves a minute


def test_ventricular_tachycardia_is_fast_wide_and_dissociated():
    found = truth(rhythm="ventricular tachycardia", rate=160)
    assert found.qrs_ms is not None
    assert found.qrs_ms > 120
    assert found.rate == pytest.approx(160, rel=0.03)
    assert all(beat.p is None and beat.kind == "other" for beat in found.beats)
    assert found.labels["Tachycardia"]
    assert not found.labels["Sinus rhythm"]


@pytest.mark.parametrize(("conduction", "aberrant"), [("normal", False), ("rbbb", True), ("lbbb", True)])
def test_a_wide_supraventricular_tachycardia_is_aberrant(conduction: Any, aberrant: bool):
    found = truth(rhythm="supraventricular tachycardia", rate=180, conduction=conduction)
    assert found.labels["Supraventricular tachycardia with aberrancy"] is aberrant
    assert found.qrs_ms is not None
    assert (found.qrs_ms > 120) is aberrant
    assert found.labels["Tachycardia"]
