"""A cohort's store: what goes in comes out, piece by piece, for readers beside one writer."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from publishers import microvolts, simulated

import ecgfm_core as ecg
from ecgfm_core.analysis.cohort import (
    Cohort,
    Description,
    EncoderFacts,
    Entry,
    Failure,
    create_cohort,
    extend_cohort,
    open_cohort,
)
from ecgfm_core.analysis.cohort.codec import pack, unpack
from ecgfm_core.errors import CohortInvalid, CohortMismatch, CohortUnwritable
from ecgfm_core.labels import Label
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Meta, Record

LABELS = ("Atrial fibrillation", "LVEF <= 0.4 `%`")
FINGERPRINT = "0123456789abcdef"


def record_of(signal: np.ndarray, *, fs: float = 500.0, unit: str | None = "mV", leads: tuple[str, ...] = LEADS):
    return Record(signal, fs, leads, unit, "made", Meta(format="made"))


def entry(id: str, record: Record, **facts: object) -> Entry:
    given = {"source": "made", "patient_id": id, "split": "train", "age": None, "sex": None, "stated": "", "labels": {}}
    return Entry(id=id, record=record, **(given | facts))  # type: ignore[arg-type]


def fill(folder: Path, entries: list[Entry]) -> Cohort:
    with create_cohort(folder, Description(LABELS, "made")) as writer:
        writer.add([writer.pack(each) for each in entries], [])
    return open_cohort(folder)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Five recordings; the first is known best."""
    first = {
        "age": 61.5,
        "sex": "F",
        "patient_id": "p",
        "stated": "AFIB",
        "labels": {LABELS[0]: True, LABELS[1]: False},
    }
    entries = [entry(f"r{seed}", simulated(seed)) for seed in range(1, 5)]
    return fill(tmp_path_factory.mktemp("cohort"), [entry("r0", simulated(0), **first), *entries])


def whole_microvolts(seed: int) -> np.ndarray:
    return microvolts(seed).astype(np.float32) / np.float32(1000)


def test_whole_microvolts_come_back_bit_for_bit():
    signal = whole_microvolts(0)
    packed = pack(signal)
    assert packed.counts_per_unit == 1000
    assert np.array_equal(unpack(packed), signal)
    assert len(packed.content) < signal.size  # less than a byte a sample of four


def test_steps_of_5_microvolts_and_whole_numbers_come_back_bit_for_bit():
    fives = np.rint(simulated(0).signal * 200).astype(np.float32) / np.float32(200)
    assert pack(fives).counts_per_unit == 200
    assert np.array_equal(unpack(pack(fives)), fives)
    counts = np.random.default_rng(0).integers(-32000, 32000, (12, 700)).astype(np.float32)  # differences wrap round
    assert np.array_equal(unpack(pack(counts)), counts)


def test_any_other_signal_keeps_16_bits():
    signal = np.random.default_rng(0).normal(size=(12, 3000)).astype(np.float32)
    error = np.abs(unpack(pack(signal)) - signal).max()
    assert 0 < error <= 0.51 * np.abs(signal).max() / 32767


def test_a_flat_signal_stays_flat():
    assert not unpack(pack(np.zeros((12, 100), np.float32))).any()


def test_a_record_is_what_was_put_in(cohort: Cohort):
    record = cohort.record("r0")
    assert np.abs(record.signal - simulated(0).signal).max() < 1e-3
    assert (record.fs, record.unit, record.leads, record.name) == (500.0, "mV", LEADS, "r0")
    assert (record.meta.age, record.meta.sex, record.meta.statements) == (61.5, "F", ("AFIB",))


def test_exact_samples_keep_their_digest(tmp_path: Path):
    record = record_of(whole_microvolts(3))
    assert fill(tmp_path, [entry("r", record)]).record("r").digest == record.digest


def test_leads_are_put_in_standard_order_and_derived(tmp_path: Path):
    signal = whole_microvolts(0)
    eight = [i for i, lead in enumerate(LEADS) if lead not in ("III", "aVR", "aVL", "aVF")][::-1]
    stored = fill(tmp_path, [entry("r", record_of(signal[eight], leads=tuple(LEADS[i] for i in eight)))]).record("r")
    assert stored.leads == LEADS
    assert np.abs(stored.signal - signal).max() < 2e-3  # the other four follow from I and II, rounded on their own


def test_signals_are_exactly_what_the_published_preprocessing_gives(tmp_path: Path):
    slow = record_of(simulated(1).signal[:, :4000], fs=400.0, unit=None)
    cohort = fill(tmp_path, [entry("r0", simulated(0)), entry("r1", slow)])
    for row, signal in enumerate(cohort.signals([0, 1])):
        assert signal.dtype == np.float32
        assert np.array_equal(signal, ecg.preprocess(cohort.record(f"r{row}")).standardized)


def test_signals_come_in_the_order_asked_for_and_may_repeat(cohort: Cohort):
    found = cohort.signals([4, 0, 4])
    assert np.array_equal(found[0], found[2])
    assert np.array_equal(found[1], cohort.signals([0])[0])
    assert not np.array_equal(found[0], found[1])


def test_the_table_holds_facts_and_labels_by_name(cohort: Cohort):
    assert len(cohort) == 5
    assert cohort.ids == ("r0", "r1", "r2", "r3", "r4")
    facts = ["id", "source", "patient_id", "split", "age", "sex", "stated", "quality", "verdict"]
    assert list(cohort.table.columns) == [*facts, *cohort.labels]
    assert cohort.table["patient_id"].tolist() == ["p", "r1", "r2", "r3", "r4"]


def test_targets_are_one_zero_or_nan(cohort: Cohort):
    assert cohort.targets.tolist()[0] == [1.0, 0.0]
    assert np.isnan(cohort.targets[1:]).all()


def test_one_record_takes_at_most_10_ms(cohort: Cohort):
    cohort.record("r0")
    took = []
    for row in range(20):
        started = time.perf_counter()
        cohort.record(f"r{row % 5}")
        took.append(time.perf_counter() - started)
    assert np.median(took) < 0.010


def test_a_cohort_without_labels_is_a_cohort(tmp_path: Path):
    with create_cohort(tmp_path, Description((), "made")) as writer:
        writer.add([writer.pack(entry("r", simulated(0)))], [])
    assert open_cohort(tmp_path).targets.shape == (1, 0)


def test_readers_see_the_last_complete_batch_while_another_is_written(tmp_path: Path):
    with create_cohort(tmp_path, Description(LABELS, "made")) as writer:
        writer.add([writer.pack(entry("r0", simulated(0)))], [])
        reader = open_cohort(tmp_path)
        writer.add([writer.pack(entry("r1", simulated(1)))], [Failure("r2", "RecordTooShort", "r2: short.")])
        assert (len(reader), reader.ids) == (1, ("r0",))
        assert len(open_cohort(tmp_path)) == 2
        assert reader.errors == (Failure("r2", "RecordTooShort", "r2: short."),)


def test_there_is_one_writer(tmp_path: Path):
    with (
        create_cohort(tmp_path, Description(LABELS, "made")),
        pytest.raises(CohortUnwritable, match="another process is writing"),
        create_cohort(tmp_path, Description(LABELS, "made")),
    ):
        pass


def test_a_writer_killed_before_the_description_leaves_no_obstacle(tmp_path: Path):
    fill(tmp_path, [entry("r0", simulated(0))])
    (tmp_path / "cohort.json").rename(tmp_path / "cohort.json.part")
    (tmp_path / "errors.csv").unlink()
    assert fill(tmp_path, [entry("r1", simulated(1))]).ids == ("r1",)


def test_embeddings_of_each_encoder_stand_side_by_side(tmp_path: Path):
    cohort = fill(tmp_path, [entry(f"r{seed}", simulated(seed)) for seed in range(3)])
    rng = np.random.default_rng(0)
    pooled = [rng.normal(size=(windows, 8)).astype(np.float32) for windows in (2, 1, 3)]
    logits = [rng.normal(size=(windows, 2)).astype(np.float32) for windows in (2, 1, 3)]
    assert cohort.embeddings(FINGERPRINT) is None
    assert cohort.add_embeddings(FINGERPRINT, ["r2", "r0"], [pooled[2], pooled[0]], [logits[2], logits[0]]) == 2
    assert cohort.add_embeddings(FINGERPRINT, ["r0", "r1"], [pooled[1], pooled[1]], [logits[1], logits[1]]) == 1
    ids, vectors = cohort.embeddings(FINGERPRINT) or pytest.fail("nothing was kept")
    assert ids == ("r2", "r0", "r1")
    assert np.allclose(vectors, [pooled[2].mean(0), pooled[0].mean(0), pooled[1].mean(0)], atol=1e-6)
    facts = EncoderFacts("tiny", FINGERPRINT, (Label("a"), Label("b", "max")))
    with extend_cohort(tmp_path, facts):
        pass
    seen = open_cohort(tmp_path)
    kept = seen.window_values([0])[0]
    assert np.array_equal(kept.pooled, pooled[0])
    assert kept.logits is not None
    assert np.array_equal(kept.logits, logits[0])
    assert cohort.embeddings("f" * 64) is None


def test_embeddings_that_do_not_belong_here_are_refused(cohort: Cohort):
    ones = [np.ones((1, 4), np.float32)]
    with pytest.raises(CohortMismatch, match="stranger is not among its recordings"):
        cohort.add_embeddings(FINGERPRINT, ["stranger"], ones)
    with pytest.raises(CohortMismatch, match="8 to 64 hexadecimal digits"):
        cohort.embeddings("../../etc")
    cohort.add_embeddings(FINGERPRINT, ["r0"], ones)
    with pytest.raises(CohortMismatch, match="5 numbers among others of 4"):
        cohort.add_embeddings(FINGERPRINT, ["r1"], [np.ones((1, 5), np.float32)])


def test_a_folder_that_is_no_cohort_is_refused(tmp_path: Path):
    with pytest.raises(CohortInvalid, match=r"holds no cohort \(cohort.json is absent\)"):
        open_cohort(tmp_path)
    (tmp_path / "cohort.json").write_text("[]")
    with pytest.raises(CohortInvalid, match="damaged or describes something else"):
        open_cohort(tmp_path)


def test_a_newer_version_is_refused_with_the_reason(tmp_path: Path):
    fill(tmp_path, [])
    text = json.loads((tmp_path / "cohort.json").read_text()) | {"version": 3}
    (tmp_path / "cohort.json").write_text(json.dumps(text))
    with pytest.raises(
        CohortInvalid, match=r"version 3 of its format; this program reads version 2. Update the program"
    ):
        open_cohort(tmp_path)


def test_a_lost_part_of_the_table_is_told(tmp_path: Path):
    cohort = fill(tmp_path, [entry("r0", simulated(0))])
    next((tmp_path / "recordings.lance" / "data").iterdir()).unlink()
    with pytest.raises(CohortInvalid, match="absent or damaged"):
        cohort.record("r0")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ("Atrial flutter",)}, r"other labels than were asked for \(2 and 1; first difference"),
        ({"source": "ptb-xl"}, "prepared with source made; ptb-xl was asked for"),
        ({"seed": 1}, "prepared with seed 0; 1 was asked for"),
    ],
)
def test_a_cohort_of_something_else_is_not_mixed_with(tmp_path: Path, change: dict[str, object], words: str):
    fill(tmp_path, [])
    asked = Description(**({"labels": LABELS, "source": "made"} | change))  # type: ignore[arg-type]
    with pytest.raises(CohortMismatch, match=words), create_cohort(tmp_path, asked):
        pass


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with (
        pytest.raises(CohortInvalid, match=r"holds other files \(thesis.txt\)"),
        create_cohort(tmp_path, Description(LABELS, "made")),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CohortUnwritable, match=r"store: the cohort cannot be written \(Not a directory\)"),
        create_cohort(tmp_path / "file" / "store", Description(LABELS, "made")),
    ):
        pass
