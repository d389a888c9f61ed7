"""Quality: limb leads that do not fit each other, and cables exchanged at the limbs and on the chest."""

import re

import numpy as np
import pytest
from faulty import changed, leads, names, recorded, with_lead

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.simulate.field import EIGHT, lead_field
from ecgfm_core.simulate.heart import Noise
from ecgfm_core.types import Record

SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (("RA", "LA"), "the arm electrodes are probably exchanged"),
        (("RA", "LL"), "the electrodes of right arm and left leg are probably exchanged"),
        (("RA", "RL"), "the cables of right arm and right leg are probably exchanged"),
    ],
)
def test_exchanged_limb_cables_are_suspected_and_fail(swap: tuple[str, str], words: str, seed: int):
    examined = ecg.quality(recorded(seed, swaps=(swap,)))
    assert names(examined) == {"limb_swap"}
    assert words in examined.flags[0].why
    assert examined.verdict is not None
    assert words[1:] in examined.verdict


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("swap", [("V1", "V2"), ("V2", "V3"), ("V3", "V4")])
def test_exchanged_chest_cables_are_suspected_by_name_and_do_not_fail(swap: tuple[str, str], seed: int):
    examined = ecg.quality(recorded(seed, swaps=(swap,)))
    assert names(examined) == {"precordial_swap"}
    assert examined.flags[0].why.startswith(f"{swap[0]} and {swap[1]} fit the waves of their neighbors better")
    assert examined.verdict is None


def test_the_reason_says_how_a_limb_lead_goes_with_v6():
    why = ecg.quality(recorded(1, swaps=(("RA", "LA"),))).flags[0].why
    assert re.match(r"P, QRS and T of lead I go with those of V6 by -[01]\.\d, -[01]\.\d and -[01]\.\d ", why)


def test_limbs_and_chest_are_both_told():
    both = ecg.quality(recorded(1, swaps=(("RA", "LA"), ("V2", "V3"))))
    assert names(both) == {"limb_swap", "precordial_swap"}


def test_exchanged_cables_are_seen_without_a_unit_and_in_any_order_of_leads():
    made = recorded(1, swaps=(("RA", "LA"),))
    scaled = made.signal * np.arange(1, 13, dtype=np.float32)[:, None]
    turned = Record(scaled[::-1], made.fs, LEADS[::-1], None, "turned", made.meta)
    assert names(ecg.quality(turned)) == {"limb_swap"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_heart_on_the_right_is_not_taken_for_exchanged_arms(seed: int):
    made, field = recorded(seed), lead_field()
    dipole = np.linalg.pinv(field) @ made.signal[[LEADS.index(lead) for lead in EIGHT]]
    dipole[0] *= -1  # left and right
    mirrored = changed(arrange(field @ dipole, EIGHT)[0], made)
    assert ecg.quality(mirrored).flags == ()


def test_dextrocardia_is_named_beside_exchanged_arms_where_r_does_not_grow():
    made = recorded(1, swaps=(("RA", "LA"),))
    assert "dextrocardia" not in ecg.quality(made).flags[0].why
    same = with_lead("V1", lambda _: made.signal[LEADS.index("V6")], made)
    (why,) = [flag.why for flag in ecg.quality(same).flags if flag.flag == "limb_swap"]
    assert "dextrocardia" in why


@pytest.mark.parametrize("pacing", ["ventricular", "dual"])
def test_cables_are_not_judged_on_paced_beats(pacing: str):
    checks = ecg.quality(recorded(heart=Heart(pacing=pacing, noise=Noise()))).checks
    assert not {"limb_swap", "precordial_swap"} & set(checks)


def test_cables_are_not_judged_with_a_lead_lost_or_absent():
    made = recorded(1, swaps=(("RA", "LA"),))
    absent = Record(made.signal[:11], made.fs, LEADS[:11], "mV", "eleven", made.meta)
    for record in (absent, recorded(1, lost=("V6",), swaps=(("RA", "LA"),))):
        assert not {"limb_swap", "precordial_swap"} & set(ecg.quality(record).checks)


@pytest.mark.parametrize("lead", ["I", "II", "III", "aVR", "aVL", "aVF"])
def test_einthoven_names_the_lead_that_is_upside_down(lead: str):
    examined = ecg.quality(with_lead(lead, np.negative, recorded(2)))
    assert leads(examined, "einthoven") == {lead}
    assert f"{lead} differs from" in examined.flags[0].why


def test_einthoven_names_two_leads_whose_names_are_exchanged():
    made = recorded(2)
    order = [0, 1, 2, 3, 5, 4, *range(6, 12)]  # aVF before aVL, as some archives store them
    examined = ecg.quality(changed(made.signal[order], made))
    assert leads(examined, "einthoven") == {"aVL"}
    assert examined.verdict == "The limb leads fit each other only with the names aVL and aVF exchanged"


def test_a_lead_that_is_lost_or_flat_is_not_held_against_the_others():
    assert names(ecg.quality(with_lead("I", np.zeros_like, recorded(2)))) == {"lost"}
    held = with_lead("II", lambda row: np.where(np.arange(5000) < 2000, row[0], row), recorded(2))
    assert names(ecg.quality(held)) == {"flat"}


def test_leads_scaled_one_by_one_are_one_flag_and_cost_nothing():
    made = recorded(3)
    examined = ecg.quality(changed(made.signal / np.ptp(made.signal, axis=1, keepdims=True), made))
    (flag,) = [flag for flag in examined.flags if flag.flag == "einthoven"]
    assert flag.lead is None
    assert "scaled one by one" in flag.why
    assert examined.score == 1.0


def test_three_limb_leads_are_enough_for_einthoven():
    made = with_lead("III", np.negative, recorded(2))
    three = Record(made.signal[:3], made.fs, LEADS[:3], "mV", "three", made.meta)
    (flag,) = ecg.quality(three).flags
    assert (flag.flag, flag.lead) == ("einthoven", "III")
    assert flag.why.startswith("III differs from II - I by ")
    assert "einthoven" not in ecg.quality(Record(made.signal[:2], made.fs, LEADS[:2], "mV", "two", made.meta)).checks
