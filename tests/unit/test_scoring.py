"""An encoder over a cohort: the numbers of a single recording, kept once, gone on with."""

from pathlib import Path

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Encoder, training
from ecgfm_core.analysis.cohort import Cohort, open_cohort
from ecgfm_core.errors import NothingToLearn, TrainingError
from ecgfm_core.training.cohorts import evaluate_cohort
from ecgfm_core.training.scoring import TOGETHER, embed, outputs, scored


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scoring")
    training.write_cohort(folder / "hearts", 40, seed=4)
    training.prepare("folder", folder / "hearts", folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def cohort(store: Path, demo: Encoder) -> Cohort:
    embed(open_cohort(store), demo, range(40))
    return open_cohort(store)


def test_together_they_give_what_each_gives_alone(cohort: Cohort, demo: Encoder):
    together = outputs(cohort.signals([3, 7]), demo)
    for row, one in zip((3, 7), together, strict=True):
        alone = ecg.encode(ecg.to_windows(cohort.record(cohort.ids[row])), demo)
        np.testing.assert_allclose(one.pooled, alone.pooled, atol=1e-5)
        np.testing.assert_allclose(one.logits, alone.logits, atol=1e-5)


def test_probabilities_are_those_of_predict(cohort: Cohort, demo: Encoder):
    judged, labels = scored(cohort, demo, range(40))
    assert [label.name for label in labels] == [label.name for label in demo.labels]
    record = cohort.record(judged.ids[5])
    alone = ecg.predict(ecg.encode(ecg.to_windows(record), demo))
    np.testing.assert_allclose(judged.probabilities[5], alone.overall, atol=1e-5)
    np.testing.assert_array_equal(judged.truth, cohort.targets)
    assert set(judged.sexes) <= {"F", "M", None}


def test_what_is_there_is_not_computed_again(cohort: Cohort, demo: Encoder):
    calls: list[int] = []
    embed(cohort, demo, range(40), progress=lambda done, total: calls.append(total))
    assert calls == []


def test_a_cancelled_run_keeps_what_it_has_and_goes_on(store: Path, tiny: Encoder):
    asked = iter([False, True])
    with pytest.raises(TrainingError, match=f"cancelled after {TOGETHER} of 40 recordings"):
        embed(open_cohort(store), tiny, range(40), cancel=lambda: next(asked))
    seen: list[tuple[int, int]] = []
    embed(open_cohort(store), tiny, range(40), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(40 - TOGETHER, 40 - TOGETHER)]
    there = open_cohort(store).embeddings(tiny.fingerprint)
    assert there is not None
    assert sorted(there.ids) == sorted(open_cohort(store).ids)


def test_an_empty_split_is_said_before_anything_is_encoded(store: Path, tiny: Encoder):
    with pytest.raises(NothingToLearn, match="no recording is in the split 'nonsense'"):
        evaluate_cohort(store, tiny, "nonsense", progress=lambda done, total: pytest.fail("encoded"))


def test_only_what_is_judged_and_what_thresholds_come_from_is_encoded(store: Path, tiny: Encoder, tmp_path: Path):
    training.prepare("folder", store.parent / "hearts", tmp_path / "store")
    evaluate_cohort(tmp_path / "store", tiny, "test")
    cohort = open_cohort(tmp_path / "store")
    splits = dict(zip(cohort.ids, cohort.table["split"], strict=True))
    asked = {id for id, split in splits.items() if split in ("test", "valid")}
    assert cohort.embedded(tiny.fingerprint) == asked
    assert 0 < len(asked) < 40
