"""Encoding and prediction: one pass, micro-batches, rules by name."""

import numpy as np
import pytest
from unit.test_types import record

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.errors import EncoderMismatch, NoLabels
from ecgfm_core.labels import Label
from ecgfm_core.types import Encoding, Windows


def windows(count: int) -> Windows:
    signal = np.random.default_rng(1).standard_normal((12, 2500 * count))
    return ecg.to_windows(record(signal))


def encoding(logits: np.ndarray, labels: tuple[Label, ...]) -> Encoding:
    starts = np.arange(len(logits)) * 5.0
    return Encoding(np.zeros((len(logits), 4)), logits, None, starts, labels, "record", "encoder")


def test_a_batch_equals_one_by_one(tiny: Encoder, demo: Encoder):
    many = windows(19)
    for encoder in (tiny, demo):
        together = ecg.encode(many, encoder)
        assert together.logits is not None
        for number, start_s in enumerate(many.starts_s):
            one = ecg.encode(Windows(many.values[number : number + 1], np.array([start_s]), many.source), encoder)
            assert one.logits is not None
            np.testing.assert_allclose(together.logits[number], one.logits[0], atol=1e-5)
            np.testing.assert_allclose(together.pooled[number], one.pooled[0], atol=1e-5)


def test_an_encoding_carries_its_origins(tiny: Encoder):
    two = windows(2)
    made = ecg.encode(two, tiny)
    assert (made.source, made.encoder) == (two.source, tiny.fingerprint)
    assert made.attention is None
    explained = ecg.encode(two, tiny, attention=True)
    assert explained.attention is not None
    np.testing.assert_allclose(explained.attention.sum(axis=2), 1, atol=1e-5)
    received = ecg.attention_per_frame(explained)
    assert received.shape == (2, 156)
    np.testing.assert_allclose(received.sum(axis=1), 1, atol=1e-5)
    with pytest.raises(EncoderMismatch, match="holds no attention"):
        ecg.attention_per_frame(made)


def test_progress_is_told_and_can_cancel(tiny: Encoder):
    told: list[tuple[int, int]] = []
    ecg.encode(windows(10), tiny, progress=lambda done, total: told.append((done, total)))
    assert told == [(8, 10), (10, 10)]

    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        ecg.encode(windows(10), tiny, progress=cancel)


def test_windows_of_another_shape_are_refused(tiny: Encoder):
    with pytest.raises(EncoderMismatch, match="takes windows of 12 leads by 2500 samples"):
        ecg.encode(Windows(np.zeros((1, 12, 1000)), np.zeros(1), "x"), tiny)


def test_each_label_combines_by_its_own_rule():
    labels = (Label("event", "max"), Label("state", "mean"))
    made = ecg.predict(encoding(np.array([[-2.0, -2.0], [2.0, 2.0]]), labels))
    low, high = 1 / (1 + np.exp(2)), 1 / (1 + np.exp(-2))
    assert made["event"] == pytest.approx(high)
    assert made["state"] == pytest.approx((low + high) / 2)
    assert made.by_name(0) == {"event": pytest.approx(low), "state": pytest.approx(low)}


def test_an_untrained_label_has_no_number():
    labels = (Label("a"), Label("b", trained=False), Label("c"))
    made = ecg.predict(encoding(np.array([[0.0, 9.0, 1.0]]), labels))
    assert made["b"] is None
    assert [name for name, _ in made.top(3)] == ["c", "a"]
    assert np.isnan(made.per_window[0, 1])


def test_temperature_divides_the_logit():
    made = ecg.predict(encoding(np.array([[4.0]]), (Label("a", temperature=2.0),)))
    assert made["a"] == pytest.approx(1 / (1 + np.exp(-2.0)))


def test_a_backbone_gives_embeddings_and_says_that_it_has_no_labels(tiny: Encoder):
    bare = Encoding(np.zeros((1, 4)), None, None, np.zeros(1), (), "record", "encoder")
    with pytest.raises(NoLabels, match="a backbone that gives embeddings only"):
        ecg.predict(bare)


def test_published_rules_are_kept_by_name():
    from ecgfm_core.labels import MIMIC_IV_ECG

    highest = {label.name for label in MIMIC_IV_ECG if label.rule == "max"}
    assert highest == {
        "Poor data quality", "Premature ventricular contraction", "Ventricular tachycardia",
        "Supraventricular tachycardia with aberrancy", "Electronic pacemaker",
    }  # fmt: skip
    assert len(MIMIC_IV_ECG) == 17
