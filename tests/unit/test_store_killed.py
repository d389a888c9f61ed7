"""A cohort whose writer is killed at any moment: nothing complete is lost, nothing is half, the next run goes on."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from publishers import simulated

from ecgfm_core.analysis.cohort import (
    CohortWriter,
    Description,
    EncoderFacts,
    Entry,
    create_cohort,
    extend_cohort,
    open_cohort,
)

COUNT, BATCH = 60, 3
FACTS = EncoderFacts("tiny", "ab" * 32, ())
DESCRIPTION = Description((), "made", encoders=(FACTS,))


def pooled(id: str) -> np.ndarray:
    number = int(id[1:])
    return np.full((1 + number % 3, 5), number, np.float32)


def go_on(writer: CohortWriter) -> Iterator[str]:
    """What a builder does: rows first, then their embeddings; gives the last id of each batch once it is complete."""
    entry = Entry("", "made", "p", "train", None, None, "", {}, simulated(0))
    packed = writer.pack(entry)
    for start in range(0, COUNT, BATCH):
        ids = [f"r{number}" for number in range(start, start + BATCH)]
        writer.add([packed | {"id": id} for id in ids if id not in writer.ids], [])
        writer.add_embeddings(FACTS.fingerprint, ids, [pooled(id) for id in ids], None)
        yield ids[-1]


CHILD = """
import sys; sys.path[:0] = ["tests", "tests/unit"]
from pathlib import Path
from test_store_killed import DESCRIPTION, create_cohort, go_on
print("begun", flush=True)
with create_cohort(Path(sys.argv[1]), DESCRIPTION) as writer:
    for id in go_on(writer):
        print(id, flush=True)
"""

MANY = """
import sys; sys.path[:0] = ["tests", "tests/unit"]
from pathlib import Path
from test_store_killed import EncoderFacts, extend_cohort, open_cohort, pooled
first = len(open_cohort(Path(sys.argv[1])).encoders)
print("begun", flush=True)
for number in range(first, 1000):
    facts = EncoderFacts(f"e{number}", f"{number:032x}", ())
    with extend_cohort(Path(sys.argv[1]), facts) as writer:
        writer.add_embeddings(facts.fingerprint, ["r0"], [pooled("r0")], None)
    print(number, flush=True)
"""


def started(code: str, folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    return child


def killed(child: subprocess.Popen[str], after: int) -> str:
    """Kill a writer at a random moment of the batch after so many; its last line says what is complete."""
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(after)]
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(random.uniform(0, 0.02))
    child.send_signal(signal.SIGKILL)
    rest, _ = child.communicate()
    return [*said, *rest.splitlines()][-1].strip()


def require_whole(folder: Path) -> tuple[str, ...]:
    """All rows of a reader are of the same recordings; returns their ids."""
    if not (folder / "cohort.json").exists():
        return ()
    cohort = open_cohort(folder)
    assert max(Counter(cohort.ids).values(), default=1) == 1
    assert cohort.table["id"].tolist() == list(cohort.ids)
    if cohort.ids:
        assert np.array_equal(cohort.vectors[:, 0], [int(id[1:]) for id in cohort.ids])
        last = len(cohort.ids) - 1
        assert np.array_equal(cohort.window_values([last])[0].pooled, pooled(cohort.ids[last]))
    return cohort.ids


def test_a_writer_killed_at_any_moment_loses_nothing_that_was_complete(tmp_path: Path):
    random.seed(0)
    for after in (1, 7, 13):
        said = killed(started(CHILD, tmp_path), after)
        assert said in require_whole(tmp_path)
    with create_cohort(tmp_path, DESCRIPTION) as writer:
        list(go_on(writer))
    assert require_whole(tmp_path) == tuple(f"r{number}" for number in range(COUNT))


def test_readers_beside_a_writer_see_whole_batches_only(tmp_path: Path):
    child = started(CHILD, tmp_path)
    seen, deadline = [0], time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        seen.append(len(require_whole(tmp_path)))
    child.communicate()
    assert child.returncode == 0
    assert seen == sorted(seen)
    assert all(count % BATCH == 0 for count in seen)
    assert len(require_whole(tmp_path)) == COUNT


def test_a_kill_while_an_encoder_is_added_spoils_no_other(tmp_path: Path):
    random.seed(1)
    with create_cohort(tmp_path, DESCRIPTION) as writer:
        list(go_on(writer))
    for after in (1, 2):
        killed(started(MANY, tmp_path), after)
        assert len(require_whole(tmp_path)) == COUNT
        last = open_cohort(tmp_path).encoders[-1]
        with extend_cohort(tmp_path, last) as writer:
            writer.add_embeddings(last.fingerprint, ["r0"], [pooled("r0")], None)
        for facts in open_cohort(tmp_path).encoders[1:]:
            assert open_cohort(tmp_path, encoder=facts.fingerprint).ids == ("r0",)


@pytest.mark.parametrize("begun", ["", "_versions", "data"])
def test_a_table_that_was_only_begun_is_made_anew(tmp_path: Path, begun: str):
    with create_cohort(tmp_path, DESCRIPTION) as writer:
        writer.add([writer.pack(Entry("r1", "made", "p", "train", None, None, "", {}, simulated(0)))], [])
    (tmp_path / f"embeddings-{'ab' * 8}.lance" / begun).mkdir(parents=True)
    assert open_cohort(tmp_path).ids == ()
    with create_cohort(tmp_path, DESCRIPTION) as writer:
        writer.add_embeddings(FACTS.fingerprint, ["r1"], [pooled("r1")], None)
    assert require_whole(tmp_path) == ("r1",)
