"""What a cohort's store refuses, and what it says of damage: one sentence each, and nothing is changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from test_cohort_embedded import FACTS, add, description, entry
from test_cohort_kept import made

from ecgfm_core.analysis.cohort import create_cohort, layout, list_maps, load_map, load_probes, open_cohort, save_map
from ecgfm_core.errors import CohortInvalid, CohortMismatch


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings, embedded."""
    folder = tmp_path_factory.mktemp("kept") / "cohort"
    with create_cohort(folder, description()) as writer:
        add(writer, [0, 1, 2], [0, 1, 2])
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(kept, tmp_path / "cohort"))


def test_before_anything_is_embedded_everything_is_there_and_empty(tmp_path: Path):
    with create_cohort(tmp_path, description()) as writer:
        writer.add([writer.pack(entry(0))], [])
    cohort = open_cohort(tmp_path)
    assert (len(cohort), cohort.ids, cohort.windows) == (0, (), ())
    assert (cohort.targets.shape, cohort.probabilities.shape) == ((0, 2), (0, 3))
    assert list(cohort.table.columns)[-3:] == ["p:AF", "p:PVC", "p:VT"]


def test_an_id_twice_in_a_batch_is_embedded_once_and_stored_never(folder: Path):
    with create_cohort(folder, description()) as writer:
        row = writer.pack(entry(3))
        with pytest.raises(CohortMismatch, match="r3: the cohort would hold two recordings of this id"):
            writer.add([row, row], [])
        with pytest.raises(CohortMismatch, match="r0: the cohort would hold two recordings"):
            writer.add([row | {"id": "r0"}], [])
        add(writer, [3], [3, 3])
        assert writer.add_embeddings(FACTS.fingerprint, [], [], None) == 0
    cohort = open_cohort(folder)
    assert cohort.ids == ("r0", "r1", "r2", "r3")
    assert (cohort.embeddings(FACTS.fingerprint) or pytest.fail("nothing kept")).vectors.shape == (4, 6)


def test_logits_that_do_not_fit_windows_or_labels_are_told(folder: Path):
    with create_cohort(folder, description()) as writer:
        writer.add([writer.pack(entry(3)), writer.pack(entry(4))], [])
        ones = np.ones((2, 6), np.float32)
        with pytest.raises(
            CohortMismatch, match=r"r3: each window needs its embedding and its logits. Got 2 windows em"
        ):
            writer.add_embeddings(FACTS.fingerprint, ["r3"], [ones], [np.ones((1, 3), np.float32)])
        writer.add_embeddings(FACTS.fingerprint, ["r3"], [ones], [np.ones((2, 2), np.float32)])
    with pytest.raises(CohortMismatch, match="stored logits are not those of an encoder with 3 labels"):
        _ = open_cohort(folder).probabilities


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": ("age",)}, "age: this name of a column is taken"),
        ({"labels": ("p:AF",)}, "p:AF: this name of a column is taken"),
        ({"labels": ("AF", "AF")}, "AF: this name of a column is taken"),
        ({"metadata": {"  ": "text"}}, "the name of a column must be printable text of 1 to 200 characters"),
        ({"metadata": {"a\nb": "text"}}, "must be printable text"),
        ({"labels": ("x" * 201,)}, "must be printable text"),
    ],
)
def test_a_column_has_a_name_of_its_own_that_can_be_shown(tmp_path: Path, changes: dict[str, object], words: str):
    with pytest.raises(CohortMismatch, match=words), create_cohort(tmp_path / "new", description(**changes)):
        pass
    assert not (tmp_path / "new").exists()


def test_odd_names_of_columns_come_back(tmp_path: Path):
    labels, metadata = ("a.b`%", '"; drop', "ü 日"), {"Site": "text", "site": "text", "x.y": "number"}
    with create_cohort(tmp_path, description(labels=labels, metadata=metadata, encoders=())) as writer:
        facts = {"labels": {"a.b`%": True}, "metadata": {"Site": "A", "site": "b", "x.y": 1.5}}
        writer.add([writer.pack(entry(0, **facts))], [])
    row = open_cohort(tmp_path).table.iloc[0]
    assert row[["Site", "site", "x.y", "a.b`%"]].tolist() == ["A", "b", 1.5, 1.0]


def test_samples_that_are_not_those_that_were_stored_are_told():
    row = layout.to_row(entry(0), ("AF",))
    assert layout.to_record(row).digest == row["digest"]
    other = layout.to_row(entry(1), ())
    with pytest.raises(CohortInvalid, match=r"r0: the samples in the cohort are damaged. Restore the cohort"):
        layout.to_record(row | {"signal": other["signal"]})
    for content in (b"", row["signal"][:-100], bytes(len(row["signal"]))):  # type: ignore[index, arg-type]
        with pytest.raises(CohortInvalid, match="r0: the samples in the cohort are damaged"):
            layout.to_signal(row | {"signal": content})


@pytest.mark.parametrize("table", ["recordings", "embeddings-*"])
@pytest.mark.parametrize("part", ["data/*.lance", "_versions/*.manifest"])
@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
def test_a_damaged_part_of_a_table_is_told(folder: Path, table: str, part: str, damage: str):
    for path in folder.glob(f"{table}.lance/{part}"):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2 if damage == "cut" else 0])
        if damage == "gone":
            path.unlink()
    with pytest.raises(CohortInvalid, match=r"cohort: a part of the cohort is absent or damaged. Restore it"):
        _ = open_cohort(folder).table


def test_json_of_absurd_depth_is_told(folder: Path):
    (folder / "cohort.json").write_text("[" * 100_000)
    with pytest.raises(CohortInvalid, match=r"cohort.json is damaged"):
        open_cohort(folder)


def test_a_map_in_the_place_of_another_and_a_changed_byte_are_told(folder: Path):
    cohort = open_cohort(folder)
    first, second = save_map(cohort, made(50)), save_map(cohort, made(60))
    assert save_map(cohort, made(50)) == first
    assert [facts.name for facts in list_maps(cohort)] == [first, second]  # as they were made; the third was the first
    path = folder / "maps" / f"{first}.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.write_bytes(content)
    with pytest.raises(CohortInvalid, match=f"the map {first} is damaged. Make it again."):
        load_map(cohort, first)
    shutil.copy(folder / "maps" / f"{second}.parquet", path)
    with pytest.raises(CohortInvalid, match=f"the map {first} is damaged"):
        load_map(cohort, first)


def test_a_damaged_probe_hides_no_other(folder: Path):
    (folder / "probes").mkdir()
    for name, text in (("a", "["), ("b", "[" * 100_000), ("c", "{}"), ("d", '{"label": 1}')):
        (folder / "probes" / f"{name}.json").write_text(text)
    assert load_probes(open_cohort(folder)) == ()


FULL = """
import resource, signal, sys; sys.path[:0] = ["tests", "tests/unit"]
from pathlib import Path
from test_cohort_embedded import add, create_cohort, description, open_cohort
from test_cohort_kept import annotate, made, save_map
from ecgfm_core.errors import CohortUnwritable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
folder = Path(sys.argv[1])

def add_three():
    with create_cohort(folder, description()) as writer:
        add(writer, [3, 4, 5], [3])

for step in (
    add_three,
    lambda: save_map(open_cohort(folder), made(8000)),
    lambda: annotate(open_cohort(folder), lambda said: said.with_subset("many", map(str, range(9000)))),
):
    try:
        step()
    except CohortUnwritable as error:
        print(error)
"""


def test_a_full_disk_is_told_without_a_path_and_loses_nothing(folder: Path):
    """A limit on the size of files stands for the disk: the system refuses the write in the same way."""
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = "cohort: the cohort cannot be written (File too large). Choose a folder with room and permission."
    assert child.stdout.splitlines() == [told] * 3
    assert open_cohort(folder).ids == ("r0", "r1", "r2")
    assert not list(folder.rglob("*.part"))
    with create_cohort(folder, description()) as writer:
        add(writer, [3], [3])
    assert open_cohort(folder).ids == ("r0", "r1", "r2", "r3")
