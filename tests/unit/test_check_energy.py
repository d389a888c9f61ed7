"""Where the positive evidence lies, in numbers and in words."""

import numpy as np
import pytest

from ecgfm_core.analysis.checking.energy import energy, in_words
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Beat, Saliency

BEATS = tuple(
    Beat(at, "normal", (at - 0.2, at - 0.1), (at - 0.05, at + 0.05), (at + 0.2, at + 0.4)) for at in np.arange(0.5, 10)
)
"""One a second; QRS takes a tenth of it."""


def drawn(
    values: np.ndarray, *, per_lead: bool = True, resolution_s: float = 0.002, class_specific: bool = True
) -> Saliency:
    starts = np.arange(len(values), dtype=np.float32) * 5
    return Saliency(values, "Left bundle branch block", "occlusion", "probability", resolution_s, per_lead,
                    class_specific, None, starts, "", "")  # fmt: skip


def evidence(*places: tuple[str, float, float, float], windows: int = 2) -> np.ndarray:
    """Zero but for (lead, from_s, to_s, sum)."""
    values = np.zeros((windows, 12, 2500), np.float32)
    flat = values.swapaxes(0, 1).reshape(12, -1).copy()
    for lead, from_s, to_s, total in places:
        span = slice(round(from_s * 500), round(to_s * 500))
        flat[LEADS.index(lead), span] += total / (span.stop - span.start)
    return flat.reshape(12, windows, 2500).swapaxes(0, 1)


def test_shares_are_those_that_were_put_there():
    values = evidence(("V1", 1.46, 1.54, 4), ("I", 6.46, 6.54, 2), ("II", 2.75, 2.85, 2), ("V6", 3.3, 3.4, 2))
    values[:, 3] -= 5  # what speaks against it does not count
    found = energy(drawn(values), BEATS)
    assert found is not None
    shares = {part.name: part.share for part in found.segments}
    assert shares == pytest.approx({"P": 0.2, "PR": 0, "QRS": 0.6, "ST": 0, "T": 0.2, "TP": 0, "other": 0}, abs=1e-5)
    times = {part.name: part.time for part in found.segments}
    assert times["QRS"] == pytest.approx(0.1) and sum(times.values()) == pytest.approx(1)
    qrs = next(part for part in found.segments if part.name == "QRS")
    assert qrs.by_lead is not None
    assert qrs.by_lead[LEADS.index("V1")] == pytest.approx(0.4) and qrs.by_lead[LEADS.index("I")] == pytest.approx(0.2)
    assert found.leads is not None and found.leads[LEADS.index("V6")] == pytest.approx(0.2)
    assert [(beat.beat, beat.r_s) for beat in found.beats[:1]] == [(1, 1.5)]
    assert found.beats[0].share == pytest.approx(0.4)


def test_the_wave_and_its_leads_are_named():
    values = evidence(("V1", 1.46, 1.54, 4), ("I", 6.46, 6.54, 2), ("V6", 2.46, 2.54, 1), ("II", 2.75, 2.85, 3))
    assert in_words(drawn(values), BEATS) == (
        "60 % of the positive evidence for Left bundle branch block lies in QRS of V1, I; evenly spread it would be "
        "2 %."
    )


def test_no_lead_is_named_where_many_share_the_evidence():
    values = evidence(*((lead, 1.46, 1.54, 1) for lead in LEADS), ("I", 0.75, 0.85, 4))
    assert in_words(drawn(values), BEATS).startswith(
        "75 % of the positive evidence for Left bundle branch block lies in QRS; "
    )


def test_a_map_that_does_not_know_leads_names_none():
    values = np.broadcast_to(evidence(("I", 1.46, 1.54, 1))[:, :1], (2, 12, 2500))
    found = energy(drawn(values, per_lead=False), BEATS)
    assert found is not None and found.leads is None and all(part.by_lead is None for part in found.segments)
    assert "100 % of the positive evidence for Left bundle branch block lies in QRS;" in in_words(
        drawn(values, per_lead=False), BEATS
    )


def test_a_long_wave_is_not_named_for_its_length():
    values = evidence(*(("V1", at - 0.05, at + 0.05, 1) for at in np.arange(0.5, 10)), ("V1", 0, 10, 15))
    found = energy(drawn(values), BEATS)
    assert found is not None
    shares = {part.name: part.share for part in found.segments}
    assert shares["TP"] > 0.2 and "lies in QRS of V1;" in in_words(drawn(values), BEATS)


def test_a_map_that_lies_where_no_wave_is_names_none():
    assert in_words(drawn(evidence(("V1", 0.0, 0.25, 1), windows=1)), BEATS) == (
        "No wave holds more of the positive evidence for Left bundle branch block than its share of the time."
    )


def test_without_beats_or_times_only_leads_are_named():
    values = evidence(("V1", 1.46, 1.54, 3), ("II", 2.75, 2.85, 1))
    sentence = "75 % of the positive evidence for Left bundle branch block lies in V1."
    assert in_words(drawn(values)) == sentence
    assert in_words(drawn(values, resolution_s=np.inf), BEATS) == sentence
    found = energy(drawn(values, resolution_s=np.inf), BEATS)
    assert found is not None and (found.segments, found.beats) == ((), ())


def test_what_cannot_be_said_is_not_said():
    nothing = np.full((1, 12, 2500), -1.0)
    assert energy(drawn(nothing), BEATS) is None
    assert in_words(drawn(nothing), BEATS) == "Nothing in this map speaks for Left bundle branch block."
    even = np.ones((1, 12, 2500))
    assert in_words(drawn(even)).endswith("positive evidence for Left bundle branch block: its leads share it.")
    assert in_words(drawn(even, per_lead=False)).endswith("Left bundle branch block: no beats are known.")


def test_attention_is_not_called_evidence():
    values = np.broadcast_to(evidence(("I", 1.46, 1.54, 1))[:, :1], (2, 12, 2500))
    assert in_words(drawn(values, per_lead=False, class_specific=False), BEATS) == (
        "100 % of the attention lies in QRS; evenly spread it would be 10 %."
    )
