"""Enrichment: shares by hand, intervals that hold what they promise, and patients who count once."""

import numpy as np
import pandas as pd
import pytest

from ecgfm_core.analysis.enriching import enrichment
from ecgfm_core.errors import SelectionInvalid
from ecgfm_core.types import Enrichment


def table(**columns: object) -> pd.DataFrame:
    made = pd.DataFrame(columns)
    return made if "patient_id" in made else made.assign(patient_id=[f"p{row}" for row in range(len(made))])


def one(members: np.ndarray, made: pd.DataFrame, column: str = "AF") -> Enrichment:
    (found,) = enrichment(members, made, [column])
    return found


def first(count: int, of: int) -> np.ndarray:
    return np.arange(of) < count


def test_shares_and_lift_by_hand_and_what_is_missing_is_left_out():
    holds = [1, 1, 1, 0, np.nan] + [1] * 2 + [0] * 8 + [np.nan] * 2
    found = one(first(5, 17), table(AF=holds))
    assert (found.held_inside, found.known_inside, found.held_outside, found.known_outside) == (3, 4, 2, 10)
    assert (found.share_inside, found.share_outside, found.missing) == (0.75, 0.2, 3)
    assert found.lift.value == pytest.approx(3.75)
    assert found.lift.low < 3.75 < found.lift.high
    assert found.p == pytest.approx(0.0949, abs=1e-4)  # Fisher: (4 * 45 + 1 * 10) / 2002
    assert found.value is None


def test_the_complement_has_the_inverse_lift():
    rng = np.random.default_rng(0)
    members, made = rng.random(300) < 0.3, table(AF=(rng.random(300) < 0.2).astype(float))
    inside, outside = one(members, made), one(~members, made)
    assert outside.lift.value == pytest.approx(1 / inside.lift.value)
    assert (outside.lift.low, outside.lift.high) == pytest.approx((1 / inside.lift.high, 1 / inside.lift.low))
    assert outside.p == pytest.approx(inside.p)


def test_neither_the_order_of_rows_nor_the_names_of_patients_matter():
    rng = np.random.default_rng(1)
    members, patients = rng.random(200) < 0.4, [f"p{k}" for k in rng.integers(0, 60, 200)]
    made = table(AF=(rng.random(200) < 0.3).astype(float), patient_id=patients)
    order = rng.permutation(200)
    renamed = made.assign(patient_id="x" + made["patient_id"].str[::-1])
    shuffled = one(members[order], renamed.iloc[order].reset_index(drop=True))
    assert shuffled.lift.low == pytest.approx(one(members, made).lift.low)


@pytest.mark.parametrize(
    ("sizes", "shares"), [((30, 500), (0.3, 0.1)), ((200, 200), (0.1, 0.1)), ((8, 400), (0.5, 0.02))]
)
def test_intervals_hold_the_true_lift(sizes: tuple[int, int], shares: tuple[float, float]):
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(200):
        holds = np.concatenate([rng.random(size) < share for size, share in zip(sizes, shares, strict=True)])
        lift = one(first(sizes[0], sum(sizes)), table(AF=holds.astype(float))).lift
        high = np.inf if lift.high is None else lift.high
        covered += lift.low is None or lift.low <= shares[0] / shares[1] <= high
    assert covered >= 0.93 * 200


def test_ten_ecgs_of_one_patient_are_not_ten_witnesses():
    holds = np.r_[np.repeat([1, 1, 0, 0], 10), np.repeat(np.arange(40) < 4, 10)].astype(float)
    many = table(AF=holds, patient_id=[f"p{row // 10}" for row in range(440)])
    few = table(AF=holds[::10])
    clustered, single = one(first(40, 440), many), one(first(4, 44), few)
    assert clustered.lift.value == single.lift.value == 5
    assert clustered.lift.low == pytest.approx(single.lift.low, rel=1e-6)
    assert clustered.p == pytest.approx(single.p)
    naive = one(first(40, 440), table(AF=holds))
    assert naive.lift.low > 2 * clustered.lift.low


def test_recordings_without_a_patient_are_nobody_elses():
    holds = np.r_[np.repeat([1.0, 0.0], 20), np.zeros(60)]
    nobody = table(AF=holds, patient_id=[""] * 50 + [None] * 50)
    assert one(first(40, 100), nobody).lift == one(first(40, 100), table(AF=holds)).lift


def test_no_case_on_one_side_still_has_the_bound_that_exists():
    inside = one(first(10, 110), table(AF=np.r_[np.ones(5), np.zeros(105)]))
    assert (inside.lift.value, inside.lift.high) == (None, None)
    assert inside.lift.low > 1
    assert "no recording outside holds it" in inside.lift.why
    outside = one(first(10, 110), table(AF=np.r_[np.zeros(10), np.ones(50), np.zeros(50)]))
    assert (outside.lift.value, outside.lift.low) == (0, 0)
    assert 0 < outside.lift.high < 1


def test_a_single_recording_proves_nothing():
    assert one(first(1, 200), table(AF=np.r_[1.0, np.ones(10), np.zeros(189)])).lift.low < 1


@pytest.mark.parametrize(
    ("holds", "why"),
    [(np.zeros(20), "no recording holds it"), (np.r_[np.full(5, np.nan), np.ones(15)], "no recording inside states it"),
     (np.r_[np.ones(5), np.full(15, np.nan)], "no recording outside states it")],
)  # fmt: skip
def test_what_cannot_be_compared_says_why(holds: np.ndarray, why: str):
    found = one(first(5, 20), table(AF=holds))
    assert (found.lift.why, found.lift.low, found.p, found.q) == (why, None, None, None)


def test_words_are_asked_for_one_by_one_and_numbers_by_thirds():
    made = table(sex=["F"] * 4 + ["M"] * 4 + ["", None], age=[20, 30, 40, 50, 60, 70, 80, 90, 95, np.nan])
    found = {(row.column, row.value): row for row in enrichment(first(4, 10), made, ["sex", "age"])}
    assert set(found) == {("sex", "F"), ("sex", "M"), ("age", "at most 40"), ("age", "above 40, at most 70"),
                          ("age", "above 70")}  # fmt: skip
    assert (found["sex", "F"].share_inside, found["sex", "F"].missing) == (1.0, 2)
    assert (found["age", "at most 40"].held_inside, found["age", "at most 40"].missing) == (3, 1)


def test_a_column_of_categories_is_one_of_words():
    made = table(device=pd.Categorical(["a", "a", None, "b", "b", "b"]))
    found = {row.value: row for row in enrichment(first(3, 6), made, ["device"])}
    assert (found["a"].share_inside, found["a"].missing, found["b"].held_inside) == (1.0, 1, 0)


def test_of_free_text_only_the_commonest_values_are_asked_for():
    words = [f"text {row}" for row in range(400)] + ["often"] * 50
    values = [row.value for row in enrichment(first(100, 450), table(stated=words), ["stated"])]
    assert len(values) == 30
    assert "often" in values


def test_the_surely_commoner_comes_first_and_the_surely_rarer_last():
    rng = np.random.default_rng(3)
    inside = first(100, 1000)
    columns = {"often": rng.random(1000) < np.where(inside, 0.6, 0.1), "same": rng.random(1000) < 0.3,
               "seldom": rng.random(1000) < np.where(inside, 0.02, 0.4)}  # fmt: skip
    made = table(**{name: held.astype(float) for name, held in columns.items()}, never=np.zeros(1000))
    assert [row.column for row in enrichment(inside, made, list(made.columns[:4]))] == [
        "often",
        "same",
        "seldom",
        "never",
    ]


def test_among_many_questions_q_keeps_chance_from_passing_for_a_finding():
    rng = np.random.default_rng(4)
    noise = {f"c{k}": (rng.random(400) < 0.3).astype(float) for k in range(100)}
    found = enrichment(first(100, 400), table(**noise), list(noise))
    assert min(row.p for row in found) < 0.05
    assert min(row.q for row in found) > 0.05
    assert all(row.q >= row.p for row in found)


@pytest.mark.parametrize(
    ("members", "column", "message"),
    [(np.zeros(9, bool), "AF", "Got 0 of 9 inside"), (np.ones(9, bool), "AF", "Got 9 of 9 inside"),
     (np.ones(8, bool), "AF", r"each of the 9 recordings\. Got bool of shape \(8,\)"),
     (np.arange(9), "AF", "Got int64"), (first(3, 9), "height", "no column height")],
)  # fmt: skip
def test_selections_that_cannot_be_compared_are_refused(members: np.ndarray, column: str, message: str):
    with pytest.raises(SelectionInvalid, match=message):
        enrichment(members, table(AF=np.ones(9)), [column])
