"""A cohort of 50,000 recordings on disk, and one of a million embeddings: adding, opening, reading.

`python -m benchmarks cohort` makes both in a temporary folder (2 GB each) and removes them.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import ecgfm_core as ecg
from benchmarks.synthetic import make
from ecgfm_core.analysis.cohort import (
    Description,
    EncoderFacts,
    Entry,
    create_cohort,
    list_maps,
    load_map,
    open_cohort,
)
from ecgfm_core.leads import LEADS
from ecgfm_core.types import FloatArray, Meta, Record

RECORDINGS, EMBEDDINGS, WIDTH, ASKED = 50_000, 1_000_000, 256, 200


def _ms(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return 1000 * (time.perf_counter() - began)


def _report(folder: Path, count: int, *, signals: bool) -> None:
    took = _ms(lambda: make(folder, count, WIDTH, signals=signals)) / 1000
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{count:,} x {WIDTH}: added in {took:.0f} s ({count / took:,.0f} a second), {stored / 1e9:.2f} GB")
    cohort = open_cohort(folder)
    steps: dict[str, Callable[[], object]] = {
        "open": lambda: open_cohort(folder),
        "ids": lambda: cohort.ids,
        "vectors": lambda: cohort.vectors,
        "probabilities": lambda: cohort.probabilities,
        "table": lambda: cohort.table,
        "map": lambda: load_map(cohort, list_maps(cohort)[0].name),
    }
    print("  ms: " + ", ".join(f"{name} {_ms(step):.0f}" for name, step in steps.items()))
    rows = np.random.default_rng(0).integers(0, count, ASKED)
    each = [_ms(lambda row=row: cohort.record(cohort.ids[row])) for row in rows]  # type: ignore[misc]
    fragments = len(list((folder / "recordings.lance" / "data").iterdir()))
    print(f"  a record by id: median {np.median(each):.1f} ms, 95 % {np.quantile(each, 0.95):.1f} ms, ", end="")
    print(f"longest {max(each):.1f} ms, of {fragments} batches")
    _searching(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  memory at most {peak:.2f} GB so far, of which vectors {cohort.vectors.nbytes / 1e9:.2f} GB")


def _searching(folder: Path) -> None:
    """Exact search of one recording, no index: the first from a cohort just opened, then others."""
    cohort = open_cohort(folder)
    rng = np.random.default_rng(1)
    opened = _ms(lambda: cohort.vectors)
    asked = cohort.vectors[rng.integers(0, len(cohort), ASKED)] + rng.normal(size=(ASKED, WIDTH)).astype(np.float32)
    ways: dict[str, Callable[[FloatArray], object]] = {"neighbors": lambda vector: ecg.neighbors(vector, cohort, k=10)}
    drawn = load_map(cohort, list_maps(cohort)[0].name)
    ways["place"] = lambda vector: ecg.place(vector, cohort, drawn)
    print(f"  exact search: vectors loaded in {opened:.0f} ms", end="")
    for name, way in ways.items():
        first, *others = [_ms(lambda vector=vector, way=way: way(vector)) for vector in asked[:50]]  # type: ignore[misc]
        print(
            f"; {name}: first {first:.0f} ms, then {np.median(others):.0f} ms ({np.quantile(others, 0.95):.0f})", end=""
        )
    print()


def _adding() -> None:
    """What the store itself takes, packing and embedding left out: 512 recordings of 2 windows at a time."""
    facts = EncoderFacts("made-up", "0" * 64, ())
    rng = np.random.default_rng(0)
    pooled = list(rng.normal(size=(512, 2, WIDTH)).astype(np.float32))
    with (
        tempfile.TemporaryDirectory() as work,
        create_cohort(Path(work), Description((), "made-up", encoders=(facts,))) as writer,
    ):
        record = Record(rng.normal(size=(12, 5000)).astype(np.float32), 500.0, LEADS, "mV", "r", Meta("made"))
        row = writer.pack(Entry("", "made-up", "", "train", None, None, "", {}, record))
        rows, embeddings = [], []
        for batch in range(20):
            ids = [f"{batch}/{number}" for number in range(512)]
            rows.append(_ms(lambda ids=ids: writer.add([row | {"id": id} for id in ids], [])))  # type: ignore[misc]
            embeddings.append(_ms(lambda ids=ids: writer.add_embeddings(facts.fingerprint, ids, pooled, None)))  # type: ignore[misc]
    print(f"a batch of 512: rows {np.median(rows):.0f} ms, embeddings {np.median(embeddings):.0f} ms")


def main() -> None:
    """Print all."""
    _adding()
    with tempfile.TemporaryDirectory() as work:
        _report(Path(work) / "recordings", RECORDINGS, signals=True)
    with tempfile.TemporaryDirectory() as work:
        _report(Path(work) / "embeddings", EMBEDDINGS, signals=False)
