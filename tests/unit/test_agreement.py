"""Agreement of labels with neighborhoods: by hand, at chance, and without a recording's own patient."""

import numpy as np
import pytest
from neighborhoods import neighbors

from ecgfm_core.analysis.agreement import disagreement, label_agreement, of_others
from ecgfm_core.errors import SelectionInvalid

ROWS = [[1, 2], [0, 2], [3, 1], [2, 0]]


def test_agreement_and_chance_by_hand():
    targets = [[1, 0], [1, np.nan], [1, np.nan], [0, np.nan]]
    first, second = label_agreement(ROWS, targets, ("AF", "LBBB"))
    assert (first.agreement, first.chance, first.recordings) == (pytest.approx((1 + 1 + 0.5) / 3), 0.75, 3)
    assert (second.label, second.agreement, second.chance, second.recordings) == ("LBBB", None, 0.0, 0)


def test_neighbors_that_do_not_state_a_label_are_left_out():
    (found,) = label_agreement(ROWS, [[1], [1], [np.nan], [np.nan]], ("AF",))
    assert (found.agreement, found.recordings) == (1.0, 2)
    (nobody,) = label_agreement([[-1, -1]] * 4, [[1], [1], [1], [0]], ("AF",))
    assert (nobody.agreement, nobody.chance) == (None, 0.75)
    (unstated,) = label_agreement(ROWS, np.full((4, 1), np.nan), ("AF",))
    assert (unstated.agreement, unstated.chance) == (None, None)


def test_a_label_that_has_nothing_to_do_with_the_vectors_agrees_as_chance_would():
    rng = np.random.default_rng(0)
    rows, _ = neighbors(rng.standard_normal((1000, 8)))
    (found,) = label_agreement(rows, (rng.random((1000, 1)) < 0.2), ("noise",))
    assert found.agreement == pytest.approx(found.chance, abs=0.03)


def test_neither_the_order_of_recordings_nor_that_of_labels_matters():
    rng = np.random.default_rng(1)
    vectors, targets = rng.standard_normal((200, 8)), (rng.random((200, 2)) < 0.4).astype(float)
    order = rng.permutation(200)
    plain = label_agreement(neighbors(vectors)[0], targets, ("a", "b"))
    mixed = label_agreement(neighbors(vectors[order])[0], targets[order][:, ::-1], ("b", "a"))
    for one, other in zip(plain, mixed[::-1], strict=True):
        assert (one.label, one.recordings) == (other.label, other.recordings)
        assert one.agreement == pytest.approx(other.agreement)


def test_a_patients_own_recordings_are_no_neighbors():
    assert of_others(ROWS, ("a", "a", "b", "a")).tolist() == [[-1, 2], [-1, 2], [3, 1], [2, -1]]
    again = of_others([[-1, 2], [-1, 2], [3, 1], [2, -1]], ("a", "a", "b", "b"))
    assert again.tolist() == [[-1, 2], [-1, 2], [-1, 1], [-1, -1]]


def test_disagreement_is_known_where_both_sides_are():
    found = disagreement([[1, 0], [np.nan, 1]], [[0.25, 0.25], [0.5, np.nan]])
    np.testing.assert_array_equal(found, np.array([[0.75, 0.25], [np.nan, np.nan]], np.float32))
    assert found.dtype == np.float32


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(SelectionInvalid, match=r"Got \(4, 2\) and \(3, 1\)"):
        label_agreement(ROWS, np.ones((3, 1)), ("AF",))
    with pytest.raises(SelectionInvalid, match=r"rows of the 4 recordings\. Got 4"):
        label_agreement([[4]] * 4, np.ones((4, 1)), ("AF",))
    with pytest.raises(SelectionInvalid, match=r"Got \(2, 2\) and \(2, 1\)"):
        disagreement(np.ones((2, 2)), np.ones((2, 1)))
