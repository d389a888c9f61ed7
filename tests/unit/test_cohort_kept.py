"""What is kept beside a cohort's recordings: maps, notes, tags, subsets, probes. Whole or not at all."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from publishers import simulated

from ecgfm_core.analysis.cohort import (
    Annotations,
    Cohort,
    Description,
    EncoderFacts,
    Entry,
    annotate,
    create_cohort,
    delete_map,
    list_maps,
    load_annotations,
    load_map,
    load_probes,
    open_cohort,
    save_map,
    save_probe,
)
from ecgfm_core.errors import AnnotationInvalid, CohortInvalid
from ecgfm_core.labels import Label
from ecgfm_core.types import Estimate, Map, MapTrust, Probe

FACTS = EncoderFacts("tiny", "ab" * 32, ())


def small(folder: Path) -> Cohort:
    with create_cohort(folder, Description((), "made", encoders=(FACTS,))) as writer:
        record = simulated(0)
        writer.add([writer.pack(Entry("r", "made", "p", "train", None, None, "", {}, record))], [])
        writer.add_embeddings(FACTS.fingerprint, ["r"], [np.ones((2, 4), np.float32)], None)
    return open_cohort(folder)


def made(points: int, seed: int = 0, *, windows: bool = False) -> Map:
    rng = np.random.default_rng(seed)
    each = [rng.random(points).astype(np.float32) for _ in range(3)]
    trust = MapTrust(15, 0.9, 0.8, 0.7, *each)
    numbers = tuple(range(points)) if windows else None
    ids = tuple(f"r{i}" for i in range(points))
    xy = rng.normal(size=(points, 2)).astype(np.float32)
    return Map(xy, ids, numbers, "umap", {"n_neighbors": 15.0, "metric": "cosine"}, seed, FACTS.fingerprint, trust)


@pytest.mark.parametrize("windows", [False, True])
def test_a_map_comes_back_as_it_was(tmp_path: Path, windows: bool):
    cohort, drawn = small(tmp_path), made(7, windows=windows)
    name = save_map(cohort, drawn)
    again = load_map(cohort, name)
    assert np.array_equal(again.xy, drawn.xy)
    assert (again.ids, again.windows, again.method, again.seed) == (drawn.ids, drawn.windows, "umap", 0)
    assert dict(again.parameters) == dict(drawn.parameters)
    assert np.array_equal(again.trust.overlap_each, drawn.trust.overlap_each)
    (facts,) = list_maps(cohort)
    assert (facts.name, facts.points, facts.windows, facts.trustworthiness) == (name, 7, windows, 0.9)


def test_one_map_twice_is_one_file_and_another_seed_another(tmp_path: Path):
    cohort = small(tmp_path)
    first = save_map(cohort, made(5))
    assert save_map(cohort, made(5)) == first
    second = save_map(cohort, made(5, seed=1))
    assert [facts.name for facts in list_maps(cohort)] == [first, second]
    delete_map(cohort, first)
    assert [facts.name for facts in list_maps(cohort)] == [second]


def test_a_damaged_map_hides_no_other_and_is_told_when_it_is_asked_for(tmp_path: Path):
    cohort = small(tmp_path)
    good, bad = save_map(cohort, made(5)), save_map(cohort, made(6))
    (tmp_path / "maps" / f"{bad}.parquet").write_bytes(b"PAR1 no more")
    assert [facts.name for facts in list_maps(cohort)] == [good]
    with pytest.raises(CohortInvalid, match=f"the map {bad} is damaged"):
        load_map(cohort, bad)


def test_a_name_that_is_no_map_becomes_no_path(tmp_path: Path):
    cohort = small(tmp_path)
    for name in ("../cohort", "/etc/passwd", "*", ""):
        with pytest.raises(CohortInvalid, match="no map"):
            load_map(cohort, name)
        delete_map(cohort, name)
    assert (tmp_path / "cohort.json").exists()


def test_notes_tags_and_subsets_come_back(tmp_path: Path):
    cohort = small(tmp_path)
    assert load_annotations(cohort) == Annotations()
    annotate(cohort, lambda said: said.with_note("r", "two lines\nof text").with_tag(["r", "s"], "odd"))
    annotate(cohort, lambda said: said.with_subset("mine", ["r"]).without_tag(["s"], "odd"))
    said = load_annotations(cohort)
    assert said.notes == {"r": "two lines\nof text"}
    assert said.tags == {"r": frozenset({"odd"})}
    assert said.subsets == {"mine": frozenset({"r"})}
    annotate(cohort, lambda said: said.with_note("r", " ").without_subset("mine"))
    assert (load_annotations(cohort).notes, load_annotations(cohort).subsets) == ({}, {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said.with_note("r", "x" * 2001), "a note must be printable text of at most 2000 characters"),
        (lambda said: said.with_tag(["r"], " "), "a tag must be one line of 1 to 40"),
        (lambda said: said.with_tag(["r"], "a\nb"), "a tag must be one line"),
        (lambda said: said.with_subset("a\x00", ["r"]), "the name of a subset must be printable"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_changes(tmp_path: Path, change: object, words: str):
    cohort = small(tmp_path)
    annotate(cohort, lambda said: said.with_note("r", "kept"))
    with pytest.raises(AnnotationInvalid, match=words):
        annotate(cohort, change)  # type: ignore[arg-type]
    assert load_annotations(cohort).notes == {"r": "kept"}


def note_many(folder: Path, first: int) -> None:
    cohort = open_cohort(folder)
    for number in range(first, first + 20):
        annotate(cohort, lambda said, number=number: said.with_note(f"r{number}", "x"))  # type: ignore[misc]
    os._exit(0)  # threads of the store may abort a Python that shuts down on a busy machine


def test_two_processes_that_write_notes_lose_none(tmp_path: Path):
    small(tmp_path)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=note_many, args=(tmp_path, first)) for first in (0, 100)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(load_annotations(open_cohort(tmp_path)).notes) == 40


def test_a_note_waits_for_no_builder(tmp_path: Path):
    cohort = small(tmp_path)
    with create_cohort(tmp_path, Description((), "made", encoders=(FACTS,))):
        annotate(cohort, lambda said: said.with_note("r", "while it is written"))
    assert load_annotations(cohort).notes == {"r": "while it is written"}


def test_damaged_annotations_are_told(tmp_path: Path):
    cohort = small(tmp_path)
    (tmp_path / "annotations.json").write_text("{")
    with pytest.raises(CohortInvalid, match=r"annotations.json is damaged"):
        load_annotations(cohort)


def test_a_probe_comes_back_and_only_for_its_encoder(tmp_path: Path):
    cohort = small(tmp_path)
    weights = np.array([1.5, -2.0, 0.25, 1e-7], np.float32)
    probe = Probe(
        Label("mine", prevalence=0.5), weights, 0.1, 0.01, Estimate(0.9, 0.8, 0.95), 12, 13, FACTS.fingerprint
    )
    save_probe(cohort, probe)
    save_probe(cohort, Probe(Label("other's"), weights, 0.1, 0.01, Estimate(0.9), 12, 13, "cd" * 32))
    (again,) = load_probes(cohort)
    assert np.array_equal(again.weights, weights)
    assert (again.label, again.bias, again.auroc, again.positives) == (probe.label, 0.1, probe.auroc, 12)


SAVING = """
import sys; sys.path[:0] = ["tests", "tests/unit"]
from pathlib import Path
from test_cohort_kept import made
from ecgfm_core.analysis.cohort import annotate, open_cohort, save_map
cohort = open_cohort(Path(sys.argv[1]))
print("begun", flush=True)
for seed in range(10_000):
    save_map(cohort, made(4000, seed))
    annotate(cohort, lambda said: said.with_note(f"r{seed}", "x" * 1000))
"""


def test_a_kill_while_maps_and_notes_are_saved_leaves_whole_ones(tmp_path: Path):
    cohort = small(tmp_path)
    for round in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        before = len(list_maps(cohort))
        deadline = time.monotonic() + 30
        while len(list((tmp_path / "maps").glob("*.parquet"))) < before + 2 + round and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    maps = list_maps(cohort)
    assert len(maps) == len(list((tmp_path / "maps").glob("*.parquet")))
    assert all(len(load_map(cohort, facts.name).ids) == 4000 for facts in maps)
    notes = load_annotations(cohort).notes
    assert notes
    assert all(len(note) == 1000 for note in notes.values())
