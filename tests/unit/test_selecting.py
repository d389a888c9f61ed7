"""Selecting: points in outlines of any shape, ranges and values, with what is missing said aloud."""

import time

import numpy as np
import pandas as pd
import pytest

from ecgfm_core.analysis.selecting import among, in_range, inside_box, inside_polygon
from ecgfm_core.errors import SelectionInvalid

SQUARE = [(0, 0), (0, 2), (2, 2), (2, 0)]


def one_by_one(points: np.ndarray, polygon: np.ndarray) -> list[bool]:
    """Ray casting as textbooks have it, point by point."""
    found = []
    for x, y in points:
        inside = False
        for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1):
                inside = not inside
        found.append(inside)
    return found


def test_points_in_a_square():
    points = [(1, 1), (3, 1), (-1, 1), (1, 3), (1, -1), (np.nan, 1), (1, np.inf)]
    assert inside_polygon(points, SQUARE).tolist() == [True, *[False] * 6]


def test_outlines_that_cross_themselves_follow_the_even_odd_rule():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((500, 2))
    for corners in (3, 4, 10, 40):
        polygon = rng.standard_normal((corners, 2))
        assert inside_polygon(points, polygon).tolist() == one_by_one(points, polygon)


def test_where_an_outline_begins_and_which_way_it_goes_do_not_matter():
    rng = np.random.default_rng(1)
    points, polygon = rng.standard_normal((300, 2)), rng.standard_normal((12, 2))
    expected = inside_polygon(points, polygon)
    np.testing.assert_array_equal(inside_polygon(points, np.roll(polygon, 5, axis=0)), expected)
    np.testing.assert_array_equal(inside_polygon(points, polygon[::-1]), expected)
    order = rng.permutation(300)
    np.testing.assert_array_equal(inside_polygon(points[order], polygon), expected[order])


def test_two_outlines_that_share_an_edge_share_no_point():
    points = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    left, right = [(0, 0), (2, 0), (2, 4), (0, 4)], [(2, 0), (4, 0), (4, 4), (2, 4)]
    assert not (inside_polygon(points, left) & inside_polygon(points, right)).any()


def test_a_lasso_of_500_corners_round_100000_points_takes_no_time():
    rng = np.random.default_rng(2)
    points, star = rng.standard_normal((100_000, 2)), rng.standard_normal((500, 2))
    taken = []
    for _ in range(3):
        start = time.process_time()
        inside_polygon(points, star)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.3


def test_a_box_may_be_drawn_from_any_corner():
    points = [(0, 0), (1, 1), (2, 2), (3, 1)]
    for corners in (((0, 0), (2, 2)), ((2, 2), (0, 0)), ((0, 2), (2, 0))):
        assert inside_box(points, *corners).tolist() == [True, True, True, False]


@pytest.mark.parametrize("missing", [True, False])
def test_a_range_says_what_becomes_of_the_missing(missing: bool):
    ages = pd.Series([30.0, 60, 90, np.nan], name="age")
    assert in_range(ages, 30, 60, missing=missing).tolist() == [True, True, False, missing]
    assert in_range(ages, None, 60, missing=missing).tolist() == [True, True, False, missing]
    assert in_range(ages, 60, None, missing=missing).tolist() == [False, True, True, missing]


@pytest.mark.parametrize("missing", [True, False])
def test_values_say_what_becomes_of_the_missing(missing: bool):
    sexes = pd.Series(["F", "M", "", None, "F"])
    assert among(sexes, {"F"}, missing=missing).tolist() == [True, False, missing, missing, True]
    assert among(sexes, (), missing=missing).tolist() == [False, False, missing, missing, False]


def test_selections_combine():
    ages, sexes = pd.Series([30.0, 60, 90]), pd.Series(["F", "F", "M"])
    old, female = in_range(ages, 60, None, missing=False), among(sexes, {"F"}, missing=False)
    assert (old & female).tolist() == [False, True, False]
    assert (old | female).tolist() == [True, True, True]
    assert (~old).tolist() == [True, False, False]


def test_what_is_no_outline_or_no_number_is_refused():
    with pytest.raises(SelectionInvalid, match=r"three finite corners\. Got 2"):
        inside_polygon([(0, 0)], SQUARE[:2])
    with pytest.raises(SelectionInvalid, match="three finite corners"):
        inside_polygon([(0, 0)], [(0, 0), (1, np.nan), (1, 1)])
    with pytest.raises(SelectionInvalid, match=r"two coordinates each. Got an array of shape \(1, 3\)"):
        inside_box([(0, 0, 0)], (0, 0), (1, 1))
    with pytest.raises(SelectionInvalid, match="sex: a range needs a column of numbers"):
        in_range(pd.Series(["F"], name="sex"), 0, 1, missing=True)
