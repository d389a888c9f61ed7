"""Quality on real recordings: recordings judged by people, and how rarely good ones are objected to."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from faulty import names
from sklearn.metrics import roc_auc_score

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS
from ecgfm_core.records.packed import read_packed
from ecgfm_core.types import Quality, Record

CINC_LEADS = (*LEADS[:4], "aVF", "aVL", *LEADS[6:])


@pytest.fixture(scope="module")
def table(recordings: Path) -> pd.DataFrame:
    return pd.read_csv(recordings / "ecg12" / "records.csv", low_memory=False)


@pytest.fixture(scope="module")
def good(recordings: Path, table: pd.DataFrame) -> list[Record]:
    """Every third recording of PTB-XL."""
    paths = table[table.source == "ptb-xl"].path.iloc[::3]
    return [ecg.read_record(recordings / "ecg12" / f"{path}.hea") for path in paths]


@pytest.fixture(scope="module")
def examined(good: list[Record]) -> list[Quality]:
    return [ecg.quality(record) for record in good]


def test_the_score_ranks_acceptable_before_unacceptable_recordings(recordings: Path, table: pd.DataFrame):
    rows = table[table.source == "cinc2011"]
    poor = rows["Poor data quality"].to_numpy(float)
    held_out = np.random.default_rng(0).permutation(len(rows))[2 * len(rows) // 3 :]
    scores = []
    for number in held_out:
        packed = read_packed(recordings / "ecg12" / "cinc2011.xz", int(number), 250.0, "cinc")
        scores.append(ecg.quality(Record(packed.signal / 200, 250.0, CINC_LEADS, "mV", "cinc", packed.meta)).score)
    assert roc_auc_score(poor[held_out], -np.array(scores)) > 0.95


def test_few_real_recordings_fail_or_are_suspected_of_exchanged_cables(examined: list[Quality]):
    counts = Counter(name for found in examined for name in names(found))
    assert counts["limb_swap"] <= 0.02 * len(examined)
    assert counts["precordial_swap"] <= 0.03 * len(examined)
    assert sum(found.verdict is not None for found in examined) <= 0.03 * len(examined)


def test_exchanged_arms_are_found_in_real_recordings(good: list[Record]):
    """Left for right arm: I upside down, II and III exchanged, aVR and aVL exchanged."""
    order = [0, 2, 1, 4, 3, 5, 6, 7, 8, 9, 10, 11]
    found = []
    for record in good:
        signal = record.signal[[record.leads.index(LEADS[place]) for place in order]]
        signal[0] *= -1
        found.append("limb_swap" in names(ecg.quality(Record(signal, record.fs, LEADS, "mV", "arms", record.meta))))
    assert np.mean(found) > 0.9
