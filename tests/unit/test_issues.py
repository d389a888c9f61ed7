"""What was planted is found: copies, wrong labels, strangers; and what is in order is left alone."""

import numpy as np
import pytest
from neighborhoods import neighbors, patients

from ecgfm_core.analysis.issues import contradiction, duplicates, mislabels, outliers
from ecgfm_core.errors import SelectionInvalid

N = 300


def vectors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N, 12))


def digests() -> list[str]:
    return [f"d{row}" for row in range(N)]


def test_different_recordings_are_no_duplicates():
    assert duplicates(*neighbors(vectors()), digests(), patients(N)) == ()


def test_planted_copies_are_found_and_say_whose_they_are():
    planted = vectors()
    planted[7] = planted[250] * 3
    planted[20] = planted[30] + 0.002 * np.random.default_rng(1).standard_normal(12)
    same, people = digests(), patients(N)
    same[7], people[20] = same[250], people[30]
    exact, near = duplicates(*neighbors(planted), same, people)
    assert (exact.kind, exact.rows, exact.score) == ("duplicate", (7, 250), 0)
    assert exact.sentence == "2 recordings hold the same samples, stated to be of 2 patients"
    assert (near.kind, near.rows) == ("near_duplicate", (20, 30))
    assert 0 < near.score < 1e-4
    assert near.sentence.endswith("stated to be of one patient")


def test_copies_of_one_recording_are_one_group_even_beyond_the_neighbors():
    planted = vectors()
    planted[:40] = planted[0]
    (found,) = duplicates(*neighbors(planted, k=5), digests(), patients(N))
    assert (found.kind, found.rows) == ("near_duplicate", tuple(range(40)))


def test_a_cohort_of_one_recording_copied_is_one_group():
    (found,) = duplicates(*neighbors(np.ones((6, 4)), k=2), [f"d{row}" for row in range(6)], patients(6))
    assert found.rows == (0, 1, 2, 3, 4, 5)


def labelled(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of neighbors, and a label of 60 that the vectors show beside one of 240 that they do not."""
    rng = np.random.default_rng(seed)
    holds = np.arange(N) < 60
    shown = vectors(seed) + 8 * np.eye(12)[0] * np.where(holds, 1, -1)[:, None]
    return neighbors(shown)[0], np.stack([holds, rng.random(N) < 0.8], axis=1).astype(np.float32)


NO_MODEL = np.full((N, 2), np.nan)


def test_planted_mislabels_come_first_without_a_model():
    rows, targets = labelled()
    flipped = {3, 17, 100, 200}
    for row in flipped:
        targets[row, 0] = 1 - targets[row, 0]
    found = [one for one in mislabels(rows, targets, NO_MODEL, ("AF", "noise"), patients(N)) if one.label == "AF"]
    assert {one.rows[0] for one in found} == flipped
    assert all(0.7 <= one.score <= 1 for one in found)
    wording = {one.rows[0]: one.sentence for one in found}
    assert wording[100] == "AF is stated, but its neighbors speak against it"
    assert wording[3] == "AF is said to be absent, but its neighbors speak against it"


def test_the_model_has_half_a_say():
    rows, targets = labelled()
    alone = contradiction(rows, targets, NO_MODEL, ("AF", "noise"), patients(N))
    sure = contradiction(rows, targets, np.where(targets == 1, 0.9, 0.2), ("AF", "noise"), patients(N))
    np.testing.assert_allclose(sure, (alone + np.where(targets == 1, 0.1, 0.2)) / 2, atol=1e-6)
    opposed = mislabels(rows, targets, 1 - targets, ("AF", "noise"), patients(N))
    assert all("the model" in one.sentence for one in opposed)


def test_what_is_not_stated_is_not_contradicted():
    rows, targets = labelled()
    targets[:10, 0] = np.nan
    scores = contradiction(rows, targets, NO_MODEL, ("AF", "noise"), patients(N))
    np.testing.assert_array_equal(np.isnan(scores), np.isnan(targets))
    assert np.nanmin(scores) >= 0
    assert np.nanmax(scores) <= 1


def test_exchanging_present_and_absent_leaves_the_scores():
    rows, targets = labelled()
    scores = contradiction(rows, targets, NO_MODEL, ("AF", "noise"), patients(N))
    np.testing.assert_allclose(
        contradiction(rows, 1 - targets, NO_MODEL, ("AF", "noise"), patients(N)), scores, atol=1e-6
    )


def test_recordings_of_the_same_patient_do_not_vote():
    rows, targets = labelled()
    targets[0, 0] = 0
    people = ["one"] * 60 + patients(N)[60:]
    scores = contradiction(rows, targets, NO_MODEL, ("AF", "noise"), people)
    prevalence = targets[:, 0].mean()
    assert scores[0, 0] == pytest.approx(prevalence, abs=1e-5)


def test_planted_strangers_are_the_farthest():
    planted = np.abs(vectors())
    planted[[5, 50]] = -np.eye(12)[[2, 7]]
    found = outliers(*neighbors(planted, k=15))
    assert {one.rows[0] for one in found[:2]} == {5, 50}
    assert len(found) == N // 100
    assert found[0].score > 99
    assert "its neighbor number 15 is" in found[0].sentence


def test_nobody_names_a_patient():
    planted = vectors()
    planted[1] = planted[2]
    people = [f"Mueller {row}" for row in range(N)]
    rows, targets = labelled()
    found = (
        *duplicates(*neighbors(planted), digests(), people),
        *mislabels(rows, targets, 1 - targets, ("AF", "noise"), people),
        *outliers(*neighbors(planted)),
    )
    assert found
    assert not any("Mueller" in one.sentence for one in found)


def test_arrays_that_do_not_fit_are_refused():
    rows, distances = neighbors(vectors())
    with pytest.raises(SelectionInvalid, match=r"Got 299 and 300"):
        duplicates(rows, distances, digests()[1:], patients(N))
    with pytest.raises(SelectionInvalid, match=r"Got \(300, 10\) and \(300, 9\)"):
        outliers(rows, distances[:, 1:])
    with pytest.raises(SelectionInvalid, match=r"must fit each other"):
        mislabels(rows, np.ones((N, 3)), np.ones((N, 3)), ("AF",), patients(N))
