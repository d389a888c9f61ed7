"""What is computed once. The only file with st.cache_*: encoders are shared, recordings stay in their session."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ecgfm_core as ecg
from app.settings import settings
from ecgfm_core.errors import EcgfmError, WeightsInvalid
from ecgfm_core.types import Encoding, Facts, Measurements, Quality, Reading, Record, Source

if TYPE_CHECKING:
    from ecgfm_core import Encoder

SAMPLES = Path(__file__).parents[1] / "data_samples"
_KEPT_ENCODINGS = 12


def encoder(name: str) -> Encoder:
    """The encoder of this name, one for all sessions; a folder that has changed is loaded again.

    Raises:
        WeightsInvalid: ECG-FM is not on this machine; it is never fetched without being asked for.
    """
    if name == "ecg-fm" and not ecg.is_downloaded(settings().cache_folder):
        raise WeightsInvalid("ECG-FM is not on this machine yet. Download it on the page Model, or choose another.")
    return _encoder(name, _stamp(Path(name)))


@st.cache_resource(max_entries=2, show_spinner="Loading the encoder ...")
def _encoder(name: str, stamp: tuple[int, ...]) -> Encoder:
    chosen = settings()
    return ecg.load_encoder(name, device=chosen.device or None, cache=chosen.cache_folder, endpoint=chosen.hub or None)


def _stamp(folder: Path) -> tuple[int, ...]:
    """When the files of a folder were written; empty for what is none."""
    try:
        return tuple(file.stat().st_mtime_ns for file in sorted(folder.glob("*")) if file.is_file())
    except OSError:
        return ()


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def readings(digests: tuple[str, ...], _sources: list[Source], facts: Facts) -> list[Reading]:
    """What became of the uploaded files; the digests of their names and bytes are the key."""
    found = list(ecg.read_each(_sources, facts))
    for reading in found:
        if reading.error is not None:  # a kept traceback would keep the bytes of the file
            reading.error.__traceback__ = reading.error.__cause__ = reading.error.__context__ = None
    return found


@st.cache_resource(show_spinner=False)
def samples() -> dict[str, Record]:
    """The recordings that come with the project, by name."""
    return {path.stem: ecg.read_record(path) for path in sorted(SAMPLES.glob("*.hea"))}


def encoding(record: Record, network: Encoder, *, attention: bool, progress: Callable[[int, int], None]) -> Encoding:
    """The encoding of a record; its digest, the fingerprint and the precision are the key.

    Kept in a plain dictionary of the session: `progress` draws, which a cached function must not.
    """
    kept = _encodings()
    key = (record.digest, network.fingerprint, settings().precision, attention)
    if key not in kept:
        windows = ecg.to_windows(record)
        made = ecg.encode(windows, network, attention=attention, precision=settings().precision, progress=progress)
        kept[key] = made
        while len(kept) > _KEPT_ENCODINGS:
            kept.popitem(last=False)
    return kept[key]


def measured(record: Record) -> Measurements:
    """The measurements on a record; its digest is the key."""
    return _measured(record.digest, record)


@st.cache_resource(scope="session", max_entries=12, show_spinner="Measuring ...")
def _measured(digest: str, _record: Record) -> Measurements:
    return ecg.measure(_record)


def examined(record: Record) -> Quality:
    """The quality of a record; its digest is the key."""
    return _examined(record.digest, record)


@st.cache_resource(scope="session", max_entries=12, show_spinner="Examining the quality ...")
def _examined(digest: str, _record: Record) -> Quality:
    return ecg.quality(_record)


@st.cache_resource(scope="session", show_spinner=False)
def _encodings() -> OrderedDict[tuple[object, ...], Encoding]:
    return OrderedDict()


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Import torch and the readers in the background, so that the first upload does not wait for them."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        ecg.encode(ecg.to_windows(ecg.read_record(SAMPLES / "af.hea")), ecg.load_encoder("demo", device="cpu"))
    except EcgfmError:
        return  # the page will say it
