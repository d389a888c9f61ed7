"""Simulated hearts: exact relations, seeded, and as they say."""

from pathlib import Path

import numpy as np
import pytest
from places import SAMPLES
from scipy.signal import find_peaks

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import beats
from ecgfm_core.simulate.samples import SAMPLES as HEARTS
from ecgfm_core.simulate.samples import main


def lead(record: ecg.types.Record, name: str) -> np.ndarray:
    return record.signal[LEADS.index(name)].astype(np.float64)


def test_einthoven_and_goldberger_hold_for_every_heart():
    for heart in HEARTS.values():
        made = ecg.simulate(heart, seed=3)
        one, two = lead(made, "I"), lead(made, "II")
        np.testing.assert_allclose(lead(made, "III"), two - one, atol=1e-6)
        np.testing.assert_allclose(lead(made, "aVR"), -(one + two) / 2, atol=1e-6)
        np.testing.assert_allclose(lead(made, "aVL") + lead(made, "aVF"), (one + two) / 2 + 0 * one, atol=1e-6)


def test_a_seed_gives_the_same_samples_and_another_seed_others():
    heart = Heart(rhythm="atrial fibrillation")
    assert ecg.simulate(heart, seed=1).digest == ecg.simulate(heart, seed=1).digest
    assert ecg.simulate(heart, seed=1).digest != ecg.simulate(heart, seed=2).digest


@pytest.mark.parametrize("rate", [45, 75, 120])
def test_the_rate_is_what_was_asked_for(rate: int):
    made = ecg.simulate(Heart(rate=rate, noise_mv=0, wander_mv=0), seconds=30)
    peaks, _ = find_peaks(lead(made, "II"), height=0.5, distance=100)
    assert 60 / np.diff(peaks / made.fs).mean() == pytest.approx(rate, rel=0.02)


def test_fibrillation_is_irregular_and_without_p_waves():
    def spread(heart: Heart) -> float:
        rr = [beat.rr_s for beat in beats(heart, 60, np.random.default_rng(0))]
        return float(np.std(rr) / np.mean(rr))

    fibrillating = Heart(rhythm="atrial fibrillation")
    assert spread(fibrillating) > 0.15 > 0.05 > spread(Heart())
    assert not any(beat.p_wave for beat in beats(fibrillating, 10, np.random.default_rng(0)))


def test_an_extrasystole_is_early_and_followed_by_a_pause():
    found = beats(Heart(rate=60, extrasystoles=4), 12, np.random.default_rng(0))
    at = [beat.r_s for beat in found]
    for number, beat in enumerate(found[:-1]):
        if beat.ventricular:
            assert at[number] - at[number - 1] < 0.75
            assert at[number + 1] - at[number] > 1.2


def test_bundle_branch_blocks_widen_qrs_and_look_their_way_in_v1():
    quiet = {"noise_mv": 0.0, "wander_mv": 0.0}
    normal, right, left = (ecg.simulate(Heart(conduction=c, **quiet)) for c in ("normal", "rbbb", "lbbb"))  # type: ignore[arg-type]
    assert lead(right, "V1").max() > 2 * lead(normal, "V1").max()  # a late R'
    assert lead(left, "V1").min() < 1.3 * lead(normal, "V1").min()  # a broad S
    assert lead(left, "V6").min() < -0.1 < lead(normal, "V6").min()  # a discordant T


def test_the_samples_of_the_repository_come_from_this_code(tmp_path: Path):
    main(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (SAMPLES / path.name).read_bytes(), path.name
    assert 8 <= len(HEARTS) <= 12


def test_the_samples_state_that_they_are_simulated():
    for name in HEARTS:
        assert "Simulated; not a recording of a person" in ecg.read_record(SAMPLES / f"{name}.hea").meta.statements
