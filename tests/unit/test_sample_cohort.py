"""The cohort that comes with the project: what it holds, that alike lies by alike, and that reading leaves no trace."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from places import SAMPLES

from ecgfm_core.analysis.cohort import Cohort, list_maps, load_annotations, load_map, open_cohort
from ecgfm_core.training.sample_cohort import COUNT, drawn

SAMPLE = SAMPLES / "cohort"
NEIGHBORS = 10


@pytest.fixture(scope="module")
def sample() -> Cohort:
    return open_cohort(SAMPLE)


def traces(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of everything in a folder, the folders too: a file made and removed again shows."""
    found = {path: path.stat() for path in (folder, *folder.rglob("*"))}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}


def test_reading_the_sample_changes_and_leaves_nothing():
    before = traces(SAMPLE)
    cohort = open_cohort(SAMPLE)
    assert len(cohort.table) == len(cohort.vectors) == len(cohort.probabilities) == len(cohort.targets)
    assert cohort.record(cohort.ids[-1]).digest == cohort.digests[-1]
    assert len(cohort.window_values([0, 1])) == 2
    assert {load_map(cohort, facts.name).ids for facts in list_maps(cohort)} == {cohort.ids}
    assert load_annotations(cohort).notes == {}
    assert traces(SAMPLE) == before


def test_no_two_recordings_are_the_same_and_none_was_refused(sample: Cohort):
    assert len(sample) == len(set(sample.digests)) == COUNT
    assert sample.errors == ()
    assert (sample.source, sample.metadata) == ("simulated", ("rhythm", "heart rate", "QRS (ms)"))


def test_the_sample_is_drawn_again_from_its_seed(sample: Cohort):
    for made in islice(drawn(), 3):
        kept = sample.record(made.record.name)
        np.testing.assert_allclose(kept.signal, made.record.signal, atol=0.0026)  # half a step of 5 uV
        labels = [made.truth.labels[label] for label in sample.labels]
        assert sample.targets[sample.row_of[kept.name]].astype(bool).tolist() == labels


def test_the_words_of_the_table_tell_what_no_label_does(sample: Cohort):
    stated = " ".join(sample.table["stated"])
    words = (
        "sinus arrhythmia", "premature atrial contractions", "ventricular bigeminy", "ventricular couplets",
        "wenckebach", "mobitz", "third degree", "atrial paced", "ventricular paced", "dual paced",
        "left anterior fascicular block", "anterior infarction", "inferior infarction", "septal infarction",
        "lateral infarction", "posterior infarction", "left ventricular hypertrophy", "long QT", "low voltage",
        "early repolarization", "inverted T", "exchanged electrodes",
    )  # fmt: skip
    assert [word for word in words if word not in stated] == []
    assert min(np.nansum(sample.targets, axis=0)) >= 10


@pytest.mark.parametrize(
    ("label", "share"),
    [
        ("Left bundle branch block", 0.75),
        ("Right bundle branch block", 0.7),
        ("Premature ventricular contraction", 0.7),
        ("Ventricular tachycardia", 0.65),
        ("Electronic pacemaker", 0.6),
        ("Atrial fibrillation", 0.55),
        ("Atrioventricular block", 0.5),
    ],
)
def test_recordings_with_a_finding_lie_by_each_other(sample: Cohort, label: str, share: float):
    held = sample.targets[:, sample.labels.index(label)] == 1
    rows = np.flatnonzero(held)
    near = sample.nearest.search(sample.vectors[rows], NEIGHBORS + 1).rows
    others = [held[found[found != row][:NEIGHBORS]].mean() for row, found in zip(rows, near, strict=True)]
    assert np.mean(others) > share


def test_no_file_is_too_large_for_a_repository():
    sizes = [path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()]
    assert max(sizes) < 10e6
    assert sum(sizes) < 20e6
