"""What an upload may cost: however it is packed, its samples are counted before they flood the memory."""

import numpy as np
import pytest
from unit.test_reader_traps import dat, header, npz
from unit.test_readers import SIGNAL, table, zipped

import ecgfm_core as ecg
from ecgfm_core.errors import LimitExceeded
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts, Source


def test_many_headers_cannot_share_one_signal_file():
    files = {f"{i}.hea": header(["x.dat"] * 12) for i in range(5)} | {"x.dat": dat()}
    found = list(ecg.read_each([Source("a.zip", zipped(files))]))
    assert sum(reading.record is not None for reading in found) == 1


def test_an_upload_that_unpacks_to_too_many_samples_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ecgfm_core.records.limits.TOTAL_VALUES", 50_000)
    files = {f"{i}.csv": table(list(LEADS), SIGNAL + i) for i in range(3)}
    found = list(ecg.read_each([Source("a.zip", zipped(files))], Facts(500, "mV")))
    assert [type(reading.error) for reading in found] == [type(None), LimitExceeded]


def test_several_zips_of_one_upload_share_one_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ecgfm_core.records.limits.TOTAL_VALUES", 50_000)
    zips = [Source(f"{i}.zip", zipped({f"{i}.csv": table(list(LEADS), SIGNAL + i)})) for i in range(3)]
    found = list(ecg.read_each(zips, Facts(500, "mV")))
    assert [type(reading.error) for reading in found] == [type(None), LimitExceeded]


def test_a_slow_rate_cannot_make_memory_grow():
    signal = np.random.default_rng(0).integers(-9, 9, (12, 100_000)).astype("i1")
    with pytest.raises(LimitExceeded, match="half an hour"):
        ecg.read_record(npz(signal=signal, fs=20, unit="mV", leads=np.array(LEADS)))
