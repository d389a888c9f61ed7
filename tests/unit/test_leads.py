"""Leads: names, aliases, deriving."""

import numpy as np
import pytest

from ecgfm_core.errors import DuplicateLeads, MissingLeads
from ecgfm_core.leads import LEADS, arrange, lead_name


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("I", "I"), ("i", "I"), (" avr ", "aVR"), ("AVF", "aVF"), ("v6", "V6"), ("Lead I (Einthoven)", "I"),
        ("MDC_ECG_LEAD_AVL", "aVL"), ("Lead V1", "V1"), ("LEAD II", "II"), ("C3", "V3"), ("DIII", "III"), ("D1", "I"),
        ("ECG V2", "V2"), ("Lead 3", "III"), ("3", None),
        ("(" * 300_000, None), ("ECG_1", None), ("I (reversed)", None), ("V3 (V3R)", None), ("aVR (-)", None),
        ("lead_aVR", "aVR"),
        ("vx", None), ("V7", None), ("MLII", None), ("", None), ("PLETH", None), ("IV", None), ("V", None),
    ],
)  # fmt: skip
def test_a_lead_is_known_by_its_name(text: str, lead: str | None):
    assert lead_name(text) == lead


def test_the_four_derivable_leads_follow_from_one_and_two():
    one, two = np.array([1.0, -2.0]), np.array([3.0, 0.5])
    rows = {"II": two, "I": one, **{f"V{i}": np.full(2, float(i)) for i in range(1, 7)}}
    arranged, derived = arrange(np.stack(list(rows.values())), list(rows))
    assert derived == ("III", "aVR", "aVL", "aVF")
    by_lead = dict(zip(LEADS, arranged, strict=True))
    np.testing.assert_allclose(by_lead["III"], two - one)
    np.testing.assert_allclose(by_lead["aVR"], -(one + two) / 2)
    np.testing.assert_allclose(by_lead["aVL"], one - two / 2)
    np.testing.assert_allclose(by_lead["aVF"], two - one / 2)


def test_a_lead_that_is_there_is_never_derived():
    signal = np.random.default_rng(0).standard_normal((12, 5))
    order = ("V6", "aVF", "I", "aVL", "V1", "II", "V2", "III", "V3", "aVR", "V4", "V5")
    arranged, derived = arrange(signal, order)
    assert derived == ()
    for lead, row in zip(order, signal, strict=True):
        np.testing.assert_array_equal(arranged[LEADS.index(lead)], row)


def test_missing_leads_are_named():
    with pytest.raises(MissingLeads, match=r"12 leads are needed; V6 is missing \(found I, II, .*V5\)") as caught:
        arrange(np.zeros((11, 3)), LEADS[:-1])
    assert caught.value.missing == ("V6",)
    with pytest.raises(MissingLeads, match="aVF is missing"):
        arrange(np.zeros((11, 3)), [lead for lead in LEADS if lead != "aVF"], one_scale=False)


def test_one_lead_twice_is_refused():
    with pytest.raises(DuplicateLeads, match="V1 occurs more than once"):
        arrange(np.zeros((3, 3)), ["V1", "V2", "V1"])
