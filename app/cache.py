"""What is computed once. The only file with st.cache_*: encoders are shared, recordings stay in their session."""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ecgfm_core as ecg
from app.figures.cohorts import summary_table
from app.settings import settings
from ecgfm_core import analysis
from ecgfm_core.errors import EcgfmError, WeightsInvalid
from ecgfm_core.types import (
    ClusterMethod,
    Clusters,
    Encoding,
    Evaluation,
    Facts,
    FloatArray,
    Issue,
    Map,
    Measurements,
    Quality,
    Reading,
    Record,
    Source,
)

if TYPE_CHECKING:
    import pandas as pd

    from ecgfm_core import Encoder
    from ecgfm_core.analysis import Cohort

SAMPLES = Path(__file__).parents[1] / "data_samples"
_KEPT_ENCODINGS, _KEPT_ANSWERS = 12, 80


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
    return settings().load_encoder(name)


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


def cohort(folder: Path, encoder: str | None = None) -> Cohort:
    """An opened cohort, as one encoder sees it; one that has grown is opened anew.

    Raises:
        CohortInvalid: the folder holds no cohort, or a damaged one.
        CohortMismatch: this encoder has embedded nothing there.
    """
    return _cohort(folder, encoder, _versions(folder))


@st.cache_resource(max_entries=4, show_spinner="Opening the cohort ...")
def _cohort(folder: Path, encoder: str | None, stamp: tuple[int, ...]) -> Cohort:
    return ecg.open_cohort(folder, encoder=encoder)


def in_brief(folder: Path) -> tuple[str, int, str]:
    """A cohort's title, its recordings and its encoder: what a list of cohorts says, without keeping them all open.

    Raises:
        CohortInvalid: the folder holds no cohort, or a damaged one.
    """
    return _in_brief(folder, _versions(folder))


@st.cache_resource(max_entries=1000, show_spinner=False)
def _in_brief(folder: Path, stamp: tuple[int, ...]) -> tuple[str, int, str]:
    found = ecg.open_cohort(folder)
    encoder = f"{found.encoder.name} {found.encoder.fingerprint[:8]}" if found.encoder is not None else ""
    return found.title, len(found), encoder


def _versions(folder: Path) -> tuple[int, ...]:
    """When a cohort was described, and how many versions its tables have: a batch makes one, a note makes none."""
    described = folder / "cohort.json"
    written = described.stat().st_mtime_ns if described.is_file() else 0
    return written, *(sum(1 for _ in (table / "_versions").glob("*")) for table in sorted(folder.glob("*.lance")))


@st.cache_resource(max_entries=6, show_spinner="Opening the map ...")
def drawn(_cohort: Cohort, folder: Path, name: str) -> Map:
    """A map of a cohort; maps never change, so its name is the key."""
    return analysis.load_map(_cohort, name)


@st.cache_resource(max_entries=4, show_spinner=False)
def shared_neighbors(_drawn: Map, _other: Map, folder: Path, names: tuple[str, str]) -> FloatArray:
    """What two maps of one cohort agree on, by their names."""
    return analysis.shared_neighbors(_drawn, _other)


def cohort_record(cohort: Cohort, id: str) -> Record:
    """A recording of a cohort."""
    return _cohort_record(cohort, cohort.folder, cohort.digests[cohort.row_of[id]], id)


@st.cache_resource(scope="session", max_entries=24, show_spinner=False)
def _cohort_record(_cohort: Cohort, folder: Path, digest: str, id: str) -> Record:
    return _cohort.record(id)


def summary(cohort: Cohort) -> pd.DataFrame:
    """[N] a few columns for people: who, what the source states, what the encoder tells."""
    return _summary(cohort, cohort.folder, _versions(cohort.folder), _fingerprint(cohort))


@st.cache_resource(max_entries=4, show_spinner=False)
def _summary(_cohort: Cohort, folder: Path, stamp: tuple[int, ...], encoder: str) -> pd.DataFrame:
    return summary_table(_cohort)


def clusters(cohort: Cohort, method: ClusterMethod, count: int) -> Clusters:
    """Groups of a cohort by embedding."""
    return _clusters(cohort, cohort.folder, _versions(cohort.folder), _fingerprint(cohort), method, count)


@st.cache_resource(max_entries=6, show_spinner="Grouping the recordings ...")
def _clusters(
    _cohort: Cohort, folder: Path, stamp: tuple[int, ...], encoder: str, method: ClusterMethod, count: int
) -> Clusters:
    return analysis.cluster(_cohort.vectors, method=method, count=count)


def issues(cohort: Cohort) -> tuple[Issue, ...]:
    """What is in doubt in a cohort."""
    return _issues(cohort, cohort.folder, _versions(cohort.folder), _fingerprint(cohort))


@st.cache_resource(max_entries=4, show_spinner="Comparing every recording with its neighbors ...")
def _issues(_cohort: Cohort, folder: Path, stamp: tuple[int, ...], encoder: str) -> tuple[Issue, ...]:
    return analysis.data_issues(_cohort)


def _fingerprint(cohort: Cohort) -> str:
    return cohort.encoder.fingerprint if cohort.encoder is not None else ""


def judged(cohort: Cohort) -> Evaluation:
    """How well a cohort's labels are told."""
    return _judged(cohort, cohort.folder, _versions(cohort.folder), _fingerprint(cohort))


@st.cache_resource(max_entries=4, show_spinner="Judging the probabilities ...")
def _judged(_cohort: Cohort, folder: Path, stamp: tuple[int, ...], encoder: str) -> Evaluation:
    return analysis.judge(_cohort, bootstrap=200)


@st.cache_resource(scope="session", show_spinner=False)
def _encodings() -> OrderedDict[tuple[object, ...], Encoding]:
    return OrderedDict()


@st.cache_resource(scope="session", show_spinner=False)
def answers() -> OrderedDict[tuple[object, ...], object]:
    """Maps and check cards of the session, under names that hold the digest of the recording."""
    return OrderedDict()


def keep_answers(found: dict[tuple[object, ...], object]) -> None:
    """Keep them; the oldest go."""
    kept = answers()
    kept.update(found)
    while len(kept) > _KEPT_ANSWERS:
        kept.popitem(last=False)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Import torch, LanceDB and the readers in the background, so that neither the first upload nor the map waits."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    try:
        ecg.encode(ecg.to_windows(ecg.read_record(SAMPLES / "af.hea")), ecg.load_encoder("demo", device="cpu"))
        summary_table(ecg.open_cohort(SAMPLES / "cohort"))
    except EcgfmError:
        return  # the page will say it
    # Streamlit collects all generations after every run of a page, and of a part of it that follows a job: 0.3 s among
    # the million objects that were imported. None of them will ever be garbage.
    gc.collect()
    gc.freeze()
