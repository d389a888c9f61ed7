"""A cohort as an encoder sees it: recordings, embeddings, probabilities and table, row by row the same recordings."""

from pathlib import Path

import numpy as np
import pytest
from publishers import simulated

import ecgfm_core as ecg
from ecgfm_core.analysis.cohort import (
    Cohort,
    CohortWriter,
    Description,
    EncoderFacts,
    Entry,
    create_cohort,
    extend_cohort,
    open_cohort,
)
from ecgfm_core.errors import CohortInvalid, CohortMismatch
from ecgfm_core.labels import Label
from ecgfm_core.types import Encoding

LABELS = (Label("AF", temperature=2.0), Label("PVC", "max"), Label("VT", trained=False))
FACTS = EncoderFacts("tiny", "ab" * 32, LABELS)
OTHER = EncoderFacts("other", "cd" * 32, ())


def description(**changes: object) -> Description:
    given: dict[str, object] = {"labels": ("AF", "scar"), "source": "made", "encoders": (FACTS,)}
    return Description(**(given | {"metadata": {"rate": "number", "site": "text"}} | changes))  # type: ignore[arg-type]


def entry(number: int, **facts: object) -> Entry:
    given: dict[str, object] = {"labels": {"AF": number % 2 == 0}, "metadata": {"rate": 60.0 + number}}
    return Entry(
        id=f"r{number}", source="made", patient_id=f"p{number // 2}", split="train", age=50.0, sex="F", stated="",
        record=simulated(number), quality=0.5, verdict="", **(given | facts),
    )  # type: ignore[arg-type]  # fmt: skip


def outputs(number: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(number)
    windows = 1 + number % 3
    return rng.normal(size=(windows, 6)).astype(np.float32), rng.normal(size=(windows, 3)).astype(np.float32)


def add(writer: CohortWriter, numbers: list[int], embedded: list[int]) -> None:
    writer.add([writer.pack(entry(number)) for number in numbers], [])
    made = [outputs(number) for number in embedded]
    writer.add_embeddings(FACTS.fingerprint, [f"r{n}" for n in embedded], [p for p, _ in made], [lg for _, lg in made])


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Six recordings, added and embedded in different orders; the sixth is not embedded."""
    folder = tmp_path_factory.mktemp("cohort")
    with create_cohort(folder, description()) as writer:
        add(writer, [0, 1, 2], [2, 0])
        add(writer, [3, 4, 5], [4, 1, 3])
    return open_cohort(folder)


def test_only_what_is_embedded_is_seen_and_all_rows_belong_together(cohort: Cohort):
    assert cohort.ids == ("r0", "r1", "r2", "r3", "r4")
    assert len(cohort) == 5
    assert cohort.table["id"].tolist() == list(cohort.ids)
    for row in range(5):
        pooled, logits = outputs(row)
        np.testing.assert_allclose(cohort.vectors[row], pooled.mean(axis=0), atol=1e-6)
        kept = cohort.window_values([row])[0]
        assert np.array_equal(kept.pooled, pooled)
        assert kept.logits is not None
        assert np.array_equal(kept.logits, logits)
        assert cohort.digests[row] == cohort.record(f"r{row}").digest
        assert cohort.windows[row] == 2


def test_probabilities_are_those_of_predict(cohort: Cohort):
    for row in range(5):
        pooled, logits = outputs(row)
        starts = np.arange(len(pooled), dtype=np.float32)
        said = ecg.predict(Encoding(pooled, logits, None, starts, LABELS, "", FACTS.fingerprint)).overall
        np.testing.assert_allclose(cohort.probabilities[row], said, atol=1e-6)
    assert np.isnan(cohort.table["p:VT"]).all()


def test_the_table_has_the_columns_of_the_contract(cohort: Cohort):
    facts = ["id", "source", "patient_id", "split", "age", "sex", "stated", "quality", "verdict"]
    assert list(cohort.table.columns) == [*facts, "rate", "site", "AF", "scar", "p:AF", "p:PVC", "p:VT"]
    assert cohort.table["rate"].tolist() == [60.0, 61.0, 62.0, 63.0, 64.0]
    assert cohort.table["site"].isna().all()
    assert cohort.table["AF"].tolist() == [1, 0, 1, 0, 1]
    assert np.isnan(cohort.table["scar"]).all()
    assert cohort.table["quality"].tolist() == [0.5] * 5


def test_a_recording_embedded_later_is_seen_after_opening_again(tmp_path: Path):
    with create_cohort(tmp_path, description()) as writer:
        add(writer, [0, 1], [1])
    before = open_cohort(tmp_path)
    with create_cohort(tmp_path, description()) as writer:
        assert writer.ids - writer.embedded(FACTS.fingerprint) == {"r0"}
        add(writer, [], [0])
    assert before.ids == ("r1",)
    assert before.vectors.shape == (1, 6)
    assert open_cohort(tmp_path).ids == ("r0", "r1")


def test_a_second_encoder_sees_the_same_recordings(tmp_path: Path):
    with create_cohort(tmp_path, description()) as writer:
        add(writer, [0, 1, 2], [0, 1, 2])
    with extend_cohort(tmp_path, OTHER) as writer:
        writer.add_embeddings(OTHER.fingerprint, ["r2", "r1"], [np.ones((1, 4), np.float32)] * 2, None)
    first, second = open_cohort(tmp_path), open_cohort(tmp_path, encoder=OTHER.fingerprint)
    assert [facts.name for facts in first.encoders] == ["tiny", "other"]
    assert (first.vectors.shape, second.vectors.shape) == ((3, 6), (2, 4))
    assert second.ids == ("r1", "r2")
    assert second.probabilities.shape == (2, 0)


def test_another_encoder_is_refused_with_the_reason(tmp_path: Path):
    with create_cohort(tmp_path, description()):
        pass
    with (
        pytest.raises(CohortMismatch, match="embedded by the encoder abababab, and cdcdcdcd is asked for"),
        create_cohort(tmp_path, description(encoders=(OTHER,))),
    ):
        pass
    with pytest.raises(CohortMismatch, match=r"encoder cdcdcdcd has embedded nothing here \(those that have: tiny"):
        open_cohort(tmp_path, encoder=OTHER.fingerprint)


def test_a_prepared_store_has_no_vectors(tmp_path: Path):
    with create_cohort(tmp_path, description(encoders=())) as writer:
        writer.add([writer.pack(entry(0))], [])
    assert open_cohort(tmp_path).ids == ("r0",)
    with pytest.raises(CohortMismatch, match="no encoder has embedded it"):
        _ = open_cohort(tmp_path).vectors


@pytest.mark.parametrize("name", ["id", "AF", "p:AF", "quality"])
def test_a_column_of_metadata_cannot_take_a_name_that_every_cohort_has(tmp_path: Path, name: str):
    with (
        pytest.raises(CohortMismatch, match="this name of a column is taken"),
        create_cohort(tmp_path, description(metadata={name: "number"})),
    ):
        pass


def test_a_description_whose_encoder_is_damaged_is_told(tmp_path: Path):
    with create_cohort(tmp_path, description()):
        pass
    text = (tmp_path / "cohort.json").read_text()
    (tmp_path / "cohort.json").write_text(text.replace('"rule": "mean"', '"rule": "median"'))
    with pytest.raises(CohortInvalid, match=r"cohort.json is damaged"):
        open_cohort(tmp_path)


def test_a_cohort_that_cannot_be_written_can_be_read(cohort: Cohort):
    held = [path for path in sorted(cohort.folder.rglob("*")) if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in held}
    opened = open_cohort(cohort.folder)
    _ = opened.table, opened.vectors, opened.record("r0")
    now = [path for path in sorted(cohort.folder.rglob("*")) if path.is_file()]
    assert {path: path.stat().st_mtime_ns for path in now} == before
