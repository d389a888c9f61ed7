"""Values: frozen, checked, with a digest."""

import dataclasses

import numpy as np
import pytest

from ecgfm_core.errors import DuplicateLeads, NotFinite, RecordError
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Meta, Record


def record(signal: np.ndarray | None = None, **changes: object) -> Record:
    samples = np.random.default_rng(0).standard_normal((12, 100)) if signal is None else signal
    facts = {"signal": samples, "fs": 500.0, "leads": LEADS, "unit": "mV", "name": "r", "meta": Meta("test")}
    return Record(**{**facts, **changes})


def test_a_record_cannot_be_changed():
    made = record()
    with pytest.raises(ValueError, match="read-only"):
        made.signal[0, 0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.fs = 250.0


def test_a_record_does_not_share_memory_with_what_it_was_made_from():
    samples = np.zeros((12, 10), np.float32)
    made = record(samples)
    samples[0, 0] = 7.0
    assert made.signal[0, 0] == 0.0


def test_the_digest_changes_if_and_only_if_the_content_does():
    base = record()
    changed = base.signal.copy()
    changed[5, 50] += 1e-4
    same = [record(), record(name="another name"), record(meta=Meta("other"))]
    others = [
        record(changed), record(fs=250.0), record(unit=None), record(leads=(*LEADS[:10], "V6", "V5")),
        record(base.signal[:, :99]),
    ]  # fmt: skip
    assert {other.digest for other in same} == {base.digest}
    assert len({base.digest, *(other.digest for other in others)}) == 1 + len(others)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_named_by_lead_and_time(value: float):
    signal = np.zeros((12, 1000), np.float32)
    signal[7, 250] = value
    with pytest.raises(NotFinite, match=r"lead V2 holds no number at 0\.500 s") as caught:
        record(signal)
    assert (caught.value.lead, caught.value.time_s) == ("V2", 0.5)


@pytest.mark.parametrize(
    "changes", [{"fs": 0.0}, {"fs": np.nan}, {"unit": "uV"}, {"leads": ("x", *LEADS[1:])}, {"leads": LEADS[:3]}]
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, object]):
    with pytest.raises(RecordError):
        record(**changes)


def test_a_lead_that_occurs_twice_is_refused():
    with pytest.raises(DuplicateLeads):
        record(leads=("I", "I", *LEADS[2:]))
