"""What skin and recorder add lies in its band; exchanged cables look as the textbook says; cohorts are files."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.cohort import write_cohort
from ecgfm_core.simulate.heart import Noise, Patient

FS = 500
QUIET = Noise(wander_mv=0.0, muscle_mv=0.0, step_mv=0.0)
SILENT = Patient(qrs=1e-9, p=0.0, t=0.0)
"""A heart that is not seen, so that only the noise is."""


def added(seed: int = 0, seconds: float = 20.0, **noise: Any) -> np.ndarray:
    heart = Heart(patient=SILENT, noise=replace(QUIET, **noise))
    return ecg.simulate(heart, seed=seed, seconds=seconds).record.signal.astype(float)


def share(signal: np.ndarray, low: float, high: float) -> float:
    """Share of the power between two frequencies."""
    power = (np.abs(np.fft.rfft(signal * np.hanning(signal.shape[1]), axis=1)) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(signal.shape[1], 1 / FS)
    return float(power[(hz >= low) & (hz < high)].sum() / power.sum())


@pytest.mark.parametrize(
    ("noise", "low", "high", "least"),
    [
        ({"wander_mv": 0.3}, 0.0, 2.0, 0.97),
        ({"mains_mv": 0.3, "mains_hz": 50}, 49, 51, 0.9),
        ({"mains_mv": 0.3, "mains_hz": 60}, 59, 61, 0.9),
        ({"muscle_mv": 0.2}, 15, 150, 0.85),
        ({"muscle_mv": 0.2, "bursts": 1.0}, 15, 150, 0.85),
        ({"motion_mv": 0.5}, 0.2, 12, 0.9),
        ({"pops": 4}, 0.0, 15, 0.8),
    ],
)
def test_each_noise_lies_in_its_band(noise: dict[str, Any], low: float, high: float, least: float):
    assert share(added(**noise), low, high) > least
    assert added(**noise).std() > 20 * added().std()


@pytest.mark.parametrize("hz", [50, 60])
def test_mains_bring_harmonics(hz: Any):
    signal = added(mains_mv=0.3, mains_hz=hz, band_hz=(0.05, 220.0))
    assert share(signal, 2 * hz - 1, 2 * hz + 1) > 1e-3
    assert share(signal, 3 * hz - 1, 3 * hz + 1) > 1e-3


@pytest.mark.parametrize(("noise", "size"), [({"wander_mv": 0.2}, 0.2), ({"muscle_mv": 0.1}, 0.1)])
def test_noise_is_about_as_strong_as_asked_for(noise: dict[str, Any], size: float):
    spread = np.median([added(seed, **noise).std(axis=1) for seed in range(12)])
    assert size < spread < 2.6 * size  # a lead is the difference of electrodes


def test_bursts_come_and_go():
    def unevenness(bursts: float) -> float:
        parts = np.array_split(added(muscle_mv=0.1, bursts=bursts), 40, axis=1)
        spread = np.array([part.std(axis=1) for part in parts])
        return float((spread.max(axis=0) / spread.min(axis=0)).mean())

    assert unevenness(1.0) > 2 * unevenness(0.0)


def test_wander_rises_towards_low_frequencies():
    signal = added(seconds=60, wander_mv=0.3, band_hz=(0.01, 150.0))
    assert share(signal, 0.05, 0.35) > share(signal, 0.35, 0.65) > share(signal, 0.65, 0.95)


def test_a_recorders_band_takes_away_what_lies_outside():
    loud = {"muscle_mv": 0.2, "wander_mv": 0.2}
    assert share(added(**loud, band_hz=(0.5, 40.0)), 60, 250) < 0.02 < share(added(**loud), 60, 250)


def test_a_loose_chest_electrode_spoils_its_own_lead_only():
    spread = added(loose=("V2",)).std(axis=1)
    assert spread[LEADS.index("V2")] > 0.1
    assert np.delete(spread, LEADS.index("V2")).max() < 0.02


def test_a_loose_arm_spoils_the_limb_leads_and_a_third_of_it_the_chest_leads():
    spread = added(loose=("RA",)).std(axis=1)
    assert spread[LEADS.index("III")] < 0.05 * spread[LEADS.index("I")]
    assert spread[LEADS.index("V1")] == pytest.approx(spread[LEADS.index("I")] / 3, rel=0.05)


def test_lost_flat_and_clipped_leads_are_what_they_say():
    signal = ecg.simulate(Heart(noise=Noise(lost=("V3",), flat=("V5",), clip_mv=0.5))).record.signal
    assert not signal[LEADS.index("V3")].any()
    assert (np.diff(signal[LEADS.index("V5")]) == 0).sum() > 900
    assert np.abs(signal[[0, 1, 6, 7]]).max() == pytest.approx(0.5)
    assert (np.abs(signal) == np.float32(0.5)).sum() > 50


@pytest.mark.parametrize(
    "noise",
    [
        {"lost": ("I",)}, {"flat": ("V1",)}, {"pops": 4}, {"loose": ("V1",)}, {"clip_mv": 1.0}, {"wander_mv": 0.6},
        {"mains_mv": 0.2}, {"muscle_mv": 0.15}, {"motion_mv": 0.4},
    ],
)  # fmt: skip
def test_a_reader_would_complain_about_each_strong_fault(noise: dict[str, Any]):
    assert ecg.simulate(Heart(noise=replace(QUIET, **noise))).truth.labels["Poor data quality"]
    assert not ecg.simulate(Heart()).truth.labels["Poor data quality"]


def swapped(*pair: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Leads with right and with exchanged cables."""
    right, wrong = (
        ecg.simulate(Heart(noise=replace(QUIET, swaps=swaps))).record.signal for swaps in ((), ((pair[0], pair[1]),))
    )
    return dict(zip(LEADS, right, strict=True)), dict(zip(LEADS, wrong, strict=True))


@pytest.mark.parametrize(
    ("pair", "becomes"),
    [
        (("LA", "RA"), {"I": "-I", "II": "III", "III": "II", "aVR": "aVL", "aVL": "aVR", "aVF": "aVF", "V1": "V1"}),
        (("LA", "LL"), {"I": "II", "II": "I", "III": "-III", "aVR": "aVR", "aVL": "aVF", "aVF": "aVL", "V6": "V6"}),
        (("RA", "LL"), {"I": "-III", "II": "-II", "III": "-I", "aVR": "aVF", "aVL": "aVL", "aVF": "aVR", "V4": "V4"}),
        (("V1", "V2"), {"V1": "V2", "V2": "V1", "V3": "V3", "I": "I", "aVF": "aVF"}),
        (("V4", "V5"), {"V4": "V5", "V5": "V4", "V6": "V6", "II": "II"}),
    ],
)
def test_exchanged_cables_do_what_the_textbook_says(pair: tuple[str, str], becomes: dict[str, str]):
    right, wrong = swapped(*pair)
    for lead, other in becomes.items():
        sign = -1 if other.startswith("-") else 1
        # the residue is the recorder's own noise of under a microvolt, which moves with no cable
        np.testing.assert_allclose(wrong[lead], sign * right[other.removeprefix("-")], atol=0.012, err_msg=lead)


def test_with_the_right_arm_on_the_right_leg_lead_ii_is_nearly_flat():
    right, wrong = swapped("RA", "RL")
    assert wrong["II"].std() < 0.02 * right["II"].std()
    np.testing.assert_allclose(wrong["I"], -right["III"], atol=0.012)


def columns(folder: Path) -> list[dict[str, str]]:
    with (folder / "records.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_cohort_is_a_table_readable_recordings_and_their_truth(tmp_path: Path):
    steps: list[tuple[int, int]] = []
    write_cohort(tmp_path, 6, seed=5, seconds=6.0, progress=lambda done, of: steps.append((done, of)))
    rows = columns(tmp_path)
    truths = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert steps == [(number, 6) for number in range(1, 7)]
    assert list(rows[0])[9:] == [label.name for label in MIMIC_IV_ECG]
    for row, truth in zip(rows, truths, strict=True):
        record = ecg.read_record(tmp_path / f"{row['path']}.hea")
        assert (record.leads, record.unit, record.signal.shape) == (LEADS, "mV", (12, int(row["n_samples"])))
        assert record.fs == float(row["fs_hz"])
        assert row["record_id"] == truth["record_id"]
        assert {name: row[name] == "1" for name in truth["labels"]} == truth["labels"]
        assert all(0 <= beat["r_s"] < 6 for beat in truth["beats"])
    assert len({row["patient_id"] for row in rows}) == 6
    assert not list(tmp_path.glob("*.partial"))


def test_a_cohort_is_the_same_for_the_same_seed_and_begins_like_a_longer_one(tmp_path: Path):
    for name, count, seed in (("a", 3, 1), ("b", 3, 1), ("longer", 4, 1), ("other", 3, 2)):
        write_cohort(tmp_path / name, count, seed=seed)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 2 * 3 + 2
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    third = (tmp_path / "a" / "sim1-000002.dat").read_bytes()
    assert third == (tmp_path / "longer" / "sim1-000002.dat").read_bytes()
    assert third != (tmp_path / "other" / "sim2-000002.dat").read_bytes()


def test_a_cohort_that_was_cut_off_has_no_table(tmp_path: Path):
    write_cohort(tmp_path, 2)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_cohort(tmp_path, 2, progress=stop)
    assert not (tmp_path / "records.csv").exists()
