"""The mean map of many recordings: R on R, one voice a recording, and what was left out is said."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

import ecgfm_core as ecg
from ecgfm_core import Encoder, Heart
from ecgfm_core.analysis.averaging import MOST_RECORDINGS, _over_beats, standard_error, typical_saliency
from ecgfm_core.analysis.cohort import Cohort, Description, Entry, create_cohort, open_cohort
from ecgfm_core.analysis.explain.aim import aim_at
from ecgfm_core.analysis.explain.explain import explain
from ecgfm_core.errors import Canceled, EncoderMismatch, NoLabels, SelectionInvalid
from ecgfm_core.labels import Label
from ecgfm_core.leads import LEADS
from ecgfm_core.signal.measure.shapes import AFTER, BEFORE
from ecgfm_core.simulate.record import Simulated, simulate
from ecgfm_core.types import Estimate, Meta, Probe, Record, Saliency

LBBB, AF = "Left bundle branch block", "Atrial fibrillation"


def heart(seed: int, **settings: object) -> Simulated:
    return simulate(Heart(**settings), seconds=10, seed=seed)


def record(signal: np.ndarray, unit: str | None = "mV") -> Record:
    return Record(signal, 500.0, LEADS, unit, "made", Meta(format="test"))


def flat(level: float = 0.0) -> Record:
    return record(np.full((12, 5000), level, np.float32))


def cohort_of(folder: Path, records: Sequence[Record], patients: Sequence[str] | None = None) -> Cohort:
    with create_cohort(folder, Description((), "made")) as writer:
        entries = [
            Entry(f"r{at}", "made", patients[at] if patients else f"p{at}", "train", None, None, "", {}, one)
            for at, one in enumerate(records)
        ]
        writer.add([writer.pack(entry) for entry in entries], [])
    return open_cohort(folder)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Two of bundle branch block, one sinus, one without beats, one too short."""
    hearts = [heart(1, conduction="lbbb"), heart(2, conduction="lbbb", rate=90), heart(3)]
    records = [*(one.record for one in hearts), flat(), record(heart(4).record.signal[:, :1500])]
    return cohort_of(tmp_path_factory.mktemp("mixed"), records)


def test_the_order_of_the_rows_and_repetition_do_not_matter(mixed: Cohort, demo: Encoder):
    one, other = (typical_saliency(mixed, rows, demo, LBBB) for rows in ([0, 1, 2], [2, 0, 1, 0]))
    np.testing.assert_array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.standard_error, other.standard_error)
    assert one.recordings == other.recordings == ("r0", "r1", "r2")
    assert one.asked == other.asked == 3
    assert not one.sampled


def test_it_is_what_one_finds_by_hand_on_the_true_r_peaks(tmp_path: Path, demo: Encoder):
    truths = [heart(5, conduction="lbbb"), heart(6, rate=65)]
    cohort = cohort_of(tmp_path, [one.record for one in truths])
    found = typical_saliency(cohort, [0, 1], demo, LBBB, method="gradient_x_input")
    by_hand, beats = [], 0
    for number, truth in enumerate(truths):
        windows = ecg.to_windows(cohort.record(f"r{number}"))
        values = explain(windows, demo, LBBB, method="gradient_x_input").values
        whole = np.concatenate(list(values), axis=1)
        peaks = [round(beat.r_s * 500) for beat in truth.truth.beats]
        cuts = [whole[:, at - BEFORE : at + AFTER] for at in peaks if BEFORE <= at <= whole.shape[1] - AFTER]
        by_hand.append(np.mean(cuts, axis=0) / np.abs(cuts).mean())
        beats += len(cuts)
    assert found.beats == beats
    smooth = np.ones(25) / 25  # the measured R peaks lie a few samples off the true ones
    for lead in range(12):
        ours, theirs = (np.convolve(one[lead], smooth, "same") for one in (found.mean, np.mean(by_hand, axis=0)))
        assert np.corrcoef(ours, theirs)[0, 1] > 0.8


def spiked(peaks: Sequence[int], lead: int, after: int, size: float = 1.0) -> Saliency:
    """Two windows, 0 but for one sample of one lead some time after every R peak."""
    values = np.zeros((12, 5000), np.float32)
    values[lead, np.array(peaks) + after] = size
    windows = values.reshape(12, 2, 2500).swapaxes(0, 1)
    return Saliency(windows, LBBB, "occlusion", "logit", 0.002, True, True, None, np.array([0.0, 5.0]), "", "")


def test_what_lies_after_every_r_peak_lies_there_in_the_mean_over_the_edge_of_a_window_too():
    peaks = np.array([600, 1500, 2490, 3400])  # what follows the third lies in the second window
    values = _over_beats(spiked(peaks, 7, 20), peaks)
    assert np.argwhere(values).tolist() == [[7, BEFORE + 20]]
    assert values[7, BEFORE + 20] == pytest.approx(12 * (BEFORE + AFTER))  # so that the mean size is 1


def test_recordings_weigh_alike_however_loud():
    peaks = np.array([600, 1500, 3400])
    quiet, loud = (_over_beats(spiked(peaks, 7, 20, size), peaks) for size in (1e-3, 1e3))
    np.testing.assert_allclose(quiet, loud, rtol=1e-5)
    assert not _over_beats(spiked(peaks, 7, 20, 0.0), peaks).any()


def test_two_recordings_have_half_a_voice_each(mixed: Cohort, demo: Encoder):
    both, first, third = (typical_saliency(mixed, rows, demo, LBBB) for rows in ([0, 2], [0], [2]))
    assert first.beats != third.beats
    np.testing.assert_allclose(both.mean, (first.mean + third.mean) / 2, atol=1e-5)
    np.testing.assert_allclose(both.standard_error, np.abs(first.mean - third.mean) / 2, atol=1e-4)
    assert first.mean.mean() == pytest.approx(1, abs=1e-4)  # relevance has no sign


def test_a_louder_score_has_the_same_map(mixed: Cohort, demo: Encoder):
    aim = aim_at(LBBB, demo)
    probes = [
        Probe(Label("Mine", "mean"), aim.weights.numpy() * gain, 0.0, 1.0, Estimate(0.9), 10, 10, demo.fingerprint)
        for gain in (1.0, 50.0)
    ]
    one, other = (typical_saliency(mixed, [0], demo, probe, method="gradient_x_input") for probe in probes)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-3, atol=1e-3)
    assert one.target == "Mine"


def test_recordings_without_a_beat_are_left_out_and_named(mixed: Cohort, demo: Encoder):
    found, alone = typical_saliency(mixed, range(5), demo, LBBB), typical_saliency(mixed, [0, 1, 2], demo, LBBB)
    assert found.left_out == {
        "r3": "no two beats of one shape were found", "r4": "it lasts 3.0 s; one window is 5 s",
    }  # fmt: skip
    assert (found.asked, found.recordings, found.beat.beats) == (5, ("r0", "r1", "r2"), 3)
    np.testing.assert_array_equal(found.mean, alone.mean)


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"conduction": "lbbb"}, {"normal"}),
        ({"pacing": "ventricular", "rate": 70}, {"paced"}),
        ({"ectopy": "ventricular"}, {"normal"}),
        ({"rhythm": "ventricular tachycardia", "rate": 170}, {"other"}),
    ],
)
def test_the_beats_of_the_median_beat_count_whatever_started_them(
    tmp_path: Path, demo: Encoder, settings: dict[str, object], kinds: set[str]
):
    cohort = cohort_of(tmp_path, [heart(8, **settings).record])
    beats = ecg.measure(cohort.record("r0")).beats
    whole = [beat for beat in beats if BEFORE / 500 <= beat.r_s <= 10 - AFTER / 500]
    found = typical_saliency(cohort, [0], demo, LBBB)
    assert found.beats == sum(beat.kind in kinds for beat in whole) > 0


def test_the_signal_is_in_millivolts_where_all_know_their_unit_else_in_deviations(tmp_path: Path, demo: Encoder):
    known, unknown = heart(1).record, record(heart(2).record.signal * 200, None)
    cohort = cohort_of(tmp_path, [known, unknown])
    assert typical_saliency(cohort, [0], demo, LBBB).unit == "mV"
    found = typical_saliency(cohort, [0, 1], demo, LBBB)
    assert found.unit is None
    each = []
    for id in cohort.ids:
        one = cohort.record(id)
        each.append(ecg.measure(one).median.values / one.signal.std(axis=1, keepdims=True))
    np.testing.assert_allclose(found.beat.values, np.median(each, axis=0), rtol=1e-3, atol=1e-3)


def test_a_patients_recordings_are_one_witness():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((6, 12, 5))
    alone = standard_error(values, np.arange(6))
    np.testing.assert_allclose(alone, values.std(axis=0, ddof=1) / np.sqrt(6))
    copies = standard_error(np.repeat(values, 4, axis=0), np.repeat(np.arange(6), 4))
    np.testing.assert_allclose(copies, alone)
    assert np.isnan(standard_error(values, np.zeros(6, np.intp))).all()


def test_of_one_patient_no_error_is_known(tmp_path: Path, demo: Encoder):
    found = typical_saliency(cohort_of(tmp_path, [heart(1).record, heart(2).record], ["p", "p"]), [0, 1], demo, LBBB)
    assert np.isnan(found.standard_error).all()
    assert all(part.share.low is None and part.share.why for part in found.segments)


def test_shares_of_the_segments_add_up_and_hold_their_means(mixed: Cohort, demo: Encoder):
    found = typical_saliency(mixed, [0, 1, 2], demo, LBBB)
    assert {"P", "QRS", "T"} <= {part.name for part in found.segments}
    assert sum(part.share.value for part in found.segments) == pytest.approx(1, abs=1e-5)
    assert sum(part.time for part in found.segments) == pytest.approx(1, abs=1e-5)
    for part in found.segments:
        assert 0 <= part.share.low <= part.share.value <= part.share.high <= 1
    assert typical_saliency(mixed, [0, 1], demo, LBBB, method="lead_removal").segments == ()


def test_a_cancel_between_recordings_ends_it_and_leaves_the_encoder_as_it_was(mixed: Cohort, demo: Encoder):
    before = [(one.requires_grad, one.grad is None, one.sum().item()) for one in demo.net.parameters()]
    told: list[tuple[int, int]] = []
    with pytest.raises(Canceled):
        typical_saliency(
            mixed, [0, 1, 2], demo, LBBB, progress=lambda *steps: told.append(steps), cancel=lambda: len(told) == 2
        )
    assert told == [(1, 3), (2, 3)]
    assert [(one.requires_grad, one.grad is None, one.sum().item()) for one in demo.net.parameters()] == before
    assert not demo.net.training
    assert not torch.is_inference_mode_enabled()


def test_a_cancel_is_heard_where_no_recording_has_a_beat(mixed: Cohort, demo: Encoder):
    with pytest.raises(Canceled):
        typical_saliency(mixed, [3, 4], demo, LBBB, cancel=lambda: True)


def test_a_cancel_within_a_map_ends_it(mixed: Cohort, demo: Encoder):
    asked: list[int] = []

    def after(steps: int) -> Callable[[], bool]:
        return lambda: asked.append(1) is None and len(asked) > steps

    with pytest.raises(Canceled):
        typical_saliency(mixed, [0], demo, LBBB, method="integrated_gradients", cancel=after(5))
    assert len(asked) == 6


def test_of_more_than_are_looked_at_a_sample_is_drawn_by_seed(tmp_path: Path, demo: Encoder):
    count = MOST_RECORDINGS + 8
    records = [*(heart(seed).record for seed in range(3)), *(flat(level) for level in range(count - 3))]
    cohort = cohort_of(tmp_path, records)
    first, again, other = (typical_saliency(cohort, range(count), demo, LBBB, seed=seed) for seed in (0, 0, 1))
    for found in (first, again, other):
        assert (found.sampled, found.asked) == (True, count)
        assert len(found.recordings) + len(found.left_out) == MOST_RECORDINGS
    assert list(first.left_out) == list(again.left_out) != list(other.left_out)


def test_what_cannot_be_asked_is_refused(mixed: Cohort, demo: Encoder):
    with pytest.raises(SelectionInvalid, match=r"at least one\. None is selected"):
        typical_saliency(mixed, [], demo, LBBB)
    with pytest.raises(SelectionInvalid, match=r"between 0 and 4\. Got 3 to 5"):
        typical_saliency(mixed, [5, 3], demo, LBBB)
    with pytest.raises(SelectionInvalid, match=r"None of the 2 recordings has one \(the first: no two beats"):
        typical_saliency(mixed, [4, 3], demo, LBBB)
    with pytest.raises(NoLabels, match="Torsades"):
        typical_saliency(mixed, [0], demo, "Torsades")
    probe = Probe(Label("Mine", "mean"), np.zeros(4, np.float32), 0.0, 1.0, Estimate(0.9), 10, 10, "1234567890")
    with pytest.raises(EncoderMismatch, match="the probe Mine belongs to the encoder 12345678"):
        typical_saliency(mixed, [0], demo, probe)
