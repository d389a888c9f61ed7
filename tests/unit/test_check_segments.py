"""The parts of the beats, by which evidence is summed up and taken out."""

import numpy as np
import pytest

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.analysis.explain.segments import Segment, segments
from ecgfm_core.types import Beat

FIRST = Beat(1.0, "normal", (0.8, 0.9), (0.95, 1.05), (1.2, 1.4))
SECOND = Beat(2.0, "normal", (1.8, 1.9), (1.95, 2.05), (2.2, 2.4))


def named(parts: tuple[Segment, ...]) -> list[str]:
    return [part.name for part in parts]


def test_each_part_has_its_name_and_its_beat():
    parts = segments([FIRST, SECOND], 0, 3)
    assert named(parts) == ["other", *["P", "PR", "QRS", "ST", "T", "TP"], "P", "PR", "QRS", "ST", "T", "other"]
    known = [part for part in parts if part.name != "other"]
    assert known[5:7] == [Segment("TP", 1.4, 1.8, 0), Segment("P", 1.8, 1.9, 1)]
    assert [part.beat for part in known] == [*[0] * 6, *[1] * 5]
    assert {part.beat for part in parts if part.name == "other"} == {None}


def test_without_a_p_wave_tp_lasts_until_the_next_qrs():
    parts = segments([FIRST, Beat(2.0, "normal", None, (1.95, 2.05), (2.2, 2.4))], 0, 3)
    assert Segment("TP", 1.4, 1.95, 0) in parts


def test_without_a_t_wave_the_stretch_to_the_next_beat_is_not_named():
    parts = segments([Beat(1.0, "normal", (0.8, 0.9), (0.95, 1.05), None), SECOND], 0, 3)
    assert named(parts) == ["other", "P", "PR", "QRS", "other", "P", "PR", "QRS", "ST", "T", "other"]


def test_a_t_wave_ends_where_a_p_wave_begins():
    early = Beat(1.5, "premature_atrial", (1.35, 1.42), (1.46, 1.55), (1.7, 1.9))
    parts = segments([FIRST, early], 0, 3)
    assert Segment("T", 1.2, 1.35, 0) in parts
    assert "TP" not in named(parts)


def test_a_stretch_is_cut_where_it_begins_and_ends():
    parts = segments([FIRST, SECOND], 1.0, 1.85)
    assert parts[0] == Segment("QRS", 1.0, 1.05, 0)
    assert parts[-1] == Segment("P", 1.8, 1.85, 1)
    assert segments([FIRST], 1.5, 2.0) == (Segment("other", 1.5, 2.0, None),)
    assert segments([], 5, 10) == (Segment("other", 5, 10, None),)


@pytest.mark.parametrize("rhythm", ["sinus", "atrial fibrillation"])
@pytest.mark.parametrize("rate", [50, 140])
def test_parts_cover_every_sample_of_a_window_once(rhythm: str, rate: float):
    record = ecg.simulate(Heart(rhythm=rhythm, rate=rate), seed=3).record
    beats = ecg.measure(record).beats
    assert len(beats) > 5
    for start in (0.0, 5.0):
        parts = segments(beats, start, start + 5)
        count = np.zeros(2500, int)
        for part in parts:
            count[part.samples(start, 500)] += 1
        assert (count == 1).all()
        assert {"QRS", "ST", "T"} <= set(named(parts))
