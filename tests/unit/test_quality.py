"""Quality: each fault raises its own flag and no other."""

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Meta, Record


def damaged(fault: str) -> Record:
    clean = ecg.simulate(Heart(), seed=5).record
    signal = clean.signal.copy()
    row = LEADS.index("V4")
    if fault == "lost":
        signal[row] = 0.0
    elif fault == "flat":
        signal[row, 2000:3000] = signal[row, 2000]
    elif fault == "clipped":
        signal[row] = np.clip(signal[row], None, 0.2)
    elif fault == "einthoven":
        signal[LEADS.index("III")] *= -1
    return Record(signal, clean.fs, LEADS, "mV", fault, Meta("test"))


def test_a_clean_recording_has_no_flag():
    examined = ecg.quality(damaged("nothing"))
    assert examined.flags == ()
    assert examined.score == 1.0


@pytest.mark.parametrize(("fault", "lead"), [("lost", "V4"), ("flat", "V4"), ("clipped", "V4"), ("einthoven", "III")])
def test_each_fault_raises_its_own_flag_and_no_other(fault: str, lead: str):
    examined = ecg.quality(damaged(fault))
    assert {(flag.flag, flag.lead) for flag in examined.flags} == {(fault, lead)}
    assert fault in examined.checks


def test_a_flag_lowers_the_score():
    assert ecg.quality(damaged("einthoven")).score == pytest.approx(11 / 12)


def test_a_flat_stretch_says_from_when_to_when():
    (flag,) = ecg.quality(damaged("flat")).flags
    assert (flag.from_s, flag.to_s) == (pytest.approx(4.0), pytest.approx(6.0, abs=0.01))
    assert ecg.quality(damaged("flat")).score == pytest.approx(1 - 1000 / 60000, abs=1e-4)


def test_einthoven_is_not_asked_of_leads_of_unknown_scale():
    made = damaged("einthoven")
    unknown = Record(made.signal, made.fs, made.leads, None, "x", Meta("test"))
    assert ecg.quality(unknown).flags == ()
