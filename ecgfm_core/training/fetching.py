"""Fetching a part of the open PTB-XL 1.0.3 from PhysioNet: whole patients, each file verified, laid out as published.

`wfdb.dl_files` is not used: it writes under the final names, verifies nothing, and takes a cut file for a whole one.
Nothing is fetched unless somebody asks; nothing is sent.
"""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pandas as pd
from filelock import FileLock, Timeout

from ecgfm_core.analysis.building.tables import read_table
from ecgfm_core.errors import FetchFailed, MalformedTable, UnknownLayout
from ecgfm_core.training.sources.listing import LABELS, Item
from ecgfm_core.training.sources.ptbxl import list_ptbxl

ADDRESS = "https://physionet.org/files"
_PUBLICATION = "ptb-xl/1.0.3"
_SUMS, _STATEMENTS, _LICENCE = "SHA256SUMS.txt", "scp_statements.csv", "LICENSE.txt"
_TABLE, _WHOLE = "ptbxl_database.csv", "ptbxl_database.all.csv"
"""The publisher's table is kept under another name; under its own, the folder has the lines of what was fetched."""
_RECORDS, _LOCK = "records.csv", "fetch.lock"
_SEED = 0
_CONNECTIONS = 2
"""At a time, so as not to burden the publisher; wfdb keeps to as many."""
_RECORD_BYTES = 121_000
_SECONDS = 30.0
"""Without an answer, after which the connection is given up."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far a fetch is, or what became of it.

    Attributes:
        total: recordings of the patients that were chosen.
        done: of these, what lies in the folder and was verified by this run.
        new: of these, what this run has fetched.
        bytes: that this run has fetched.
        seconds: that this run has taken.
    """

    total: int
    done: int = 0
    new: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take, as fast as it went; None before anything was fetched."""
        return self.seconds / self.new * (self.total - self.done) if self.new else None


def fetch_ptb_xl(
    folder: Path,
    count: int,
    *,
    address: str | None = None,
    progress: Callable[[Fetched], None] = lambda fetched: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Fetched:
    """Fetch at least `count` recordings of PTB-XL at 500 Hz, or go on with what was begun.

    Whole patients are taken, in an order by chance that is the same everywhere: a larger count begins with the
    recordings of a smaller one, and findings are about as frequent as in all of PTB-XL. What is there and verifies is
    not fetched again. The folder is what `prepare("ptb-xl", ...)` takes; its `records.csv`, with labels and the
    publisher's folds, is what `embed_cohort` takes. Both hold what is there, also when the run ends early.

    Args:
        folder: made where absent.
        count: of recordings; the last patient may bring a few more.
        address: in whose place PhysioNet is asked by default: a mirror of its `files`.
        progress: called after each recording.
        cancel: asked after each recording; True ends the run.

    Raises:
        FetchFailed: offline, unknown, interrupted, wrong sum or disk full.
        UnknownLayout: the folder holds something else.
        MalformedTable: the publisher's table is not what was published.
    """
    if count < 1:
        raise FetchFailed(f"the number of recordings must be 1 or more. Got {count}.")
    timeout, raw = httpx2.Timeout(_SECONDS), {"Accept-Encoding": "identity"}
    with _alone(folder), httpx2.Client(timeout=timeout, follow_redirects=True, headers=raw) as client:
        publisher = _Publisher(client, f"{(address or ADDRESS).rstrip('/')}/{_PUBLICATION}", folder)
        return _fetch(publisher, count, progress, cancel)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the one that fetches into a folder, and say in one sentence that it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_own(folder)
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout as error:
        raise FetchFailed(
            f"{folder.name}: another process is fetching into this folder. Wait for it to end."
        ) from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        message = f"{folder.name}: the files cannot be written ({reason}). Make room and start again; it resumes."
        raise FetchFailed(message) from error


def _fetch(
    publisher: _Publisher, count: int, progress: Callable[[Fetched], None], cancel: Callable[[], bool]
) -> Fetched:
    publisher.fetch(_TABLE, _WHOLE)
    publisher.fetch(_STATEMENTS, _STATEMENTS)
    if _LICENCE in publisher.sums:
        publisher.fetch(_LICENCE, _LICENCE)
    folder = publisher.folder
    whole = read_table(folder / _WHOLE, ["ecg_id", "patient_id", "filename_hr"], "ecg_id")
    chosen = whole.iloc[_chosen(list(whole["patient_id"]), count)]
    paths = [_checked(str(path)) for path in chosen["filename_hr"]]
    _require_space(folder, paths)
    state, begun = Fetched(len(paths)), time.monotonic()
    pool = ThreadPoolExecutor(_CONNECTIONS)
    try:
        for finished in as_completed([pool.submit(publisher.fetch_record, path) for path in paths]):
            size = finished.result()
            state = replace(
                state, done=state.done + 1, new=state.new + (size > 0), bytes=state.bytes + size,
                seconds=time.monotonic() - begun,
            )  # fmt: skip
            progress(state)
            if cancel():
                break
    finally:
        pool.shutdown(cancel_futures=True)
        _write_tables(folder, whole, chosen)
    return state


class _Publisher:
    """Files of the publication, by name: fetched, verified, and only then under the name that they are kept by.

    Attributes:
        folder: where they are kept.
        sums: sha256 of each, in hexadecimal, by name.
    """

    def __init__(self, client: httpx2.Client, base: str, folder: Path) -> None:
        """Learn the publisher's sums, from the folder or the network."""
        self.folder = folder
        self._client = client
        self._base = base
        self.sums: dict[str, str] = {}
        self.fetch(_SUMS, _SUMS)
        text = (folder / _SUMS).read_text(encoding="utf-8", errors="replace")
        self.sums = {name: sha256 for sha256, name in re.findall(r"^([0-9a-f]{64}) +\*?(\S+)\s*$", text, re.MULTILINE)}
        if not {_TABLE, _STATEMENTS} <= self.sums.keys():
            (folder / _SUMS).unlink()
            raise FetchFailed(
                f"{_SUMS}: what came does not list the files of PTB-XL. Check the address, or the network."
            )

    def fetch_record(self, path: str) -> int:
        """Fetch both files of a record; returns the bytes that were fetched."""
        return sum(self.fetch(path + ending, path + ending) for ending in (".dat", ".hea"))

    def fetch(self, name: str, kept: str) -> int:
        """Fetch a file unless it is there and verifies; returns the bytes that were fetched.

        A cut connection is taken up once from where it broke, and a wrong file is fetched once more.

        Raises:
            FetchFailed: it cannot be had, or does not verify.
        """
        target = self.folder / kept
        if self.sums and name not in self.sums:
            raise FetchFailed(f"{name}: the publisher states no sum for this file; it cannot be verified. Try later.")
        if target.is_file() and self.sums.get(name) in (None, _sha256(target)):
            return 0
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        failed: Exception | None = None
        for _ in range(2):
            try:
                self._receive(name, part)
            except httpx2.HTTPError as error:
                failed = error
                continue
            failed = None
            if self.sums.get(name) in (None, _sha256(part)):
                part.replace(target)
                return target.stat().st_size
            part.unlink()
        if failed is not None:
            raise FetchFailed(_OFFLINE) from failed
        raise FetchFailed(
            f"{name}: what came twice has not the sha256 that the publisher states; it was deleted. Start again later; "
            "it resumes."
        )

    def _receive(self, name: str, part: Path) -> None:
        """Add to a partial file what it lacks."""
        here = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={here}-"} if here else {}
        with self._client.stream("GET", f"{self._base}/{name}", headers=headers) as answer:
            if here and answer.status_code == 416:  # nothing is lacking: the sum decides
                return
            if answer.status_code not in (200, 206):
                raise FetchFailed(
                    f"the publisher answered {answer.status_code} for {_PUBLICATION}/{name}. Check the address, or try "
                    "later: what was fetched is kept."
                )
            with part.open("ab" if answer.status_code == 206 else "wb") as file:
                for chunk in answer.iter_raw():
                    file.write(chunk)


_OFFLINE = (
    "the publisher cannot be reached, or the connection broke. What was fetched is kept: "
    "check the network and start again; it resumes."
)


def _require_own(folder: Path) -> None:
    """Refuse a folder of anything else, and a whole download, whose table would be replaced."""
    found = sorted(path.name for path in folder.iterdir() if path.name not in (_SUMS, _LOCK) and path.suffix != ".part")
    if found and _WHOLE not in found:
        held = ", ".join(found[:3])
        raise UnknownLayout(f"{folder.name}: the folder holds something else (found {held}). Name a new folder.")


def _chosen(patients: Sequence[str], count: int) -> list[int]:
    """Rows of the first patients, in an order by chance, that have `count` recordings together; by patient."""
    rows: dict[str, list[int]] = {}
    for row, patient in enumerate(patients):
        rows.setdefault(patient, []).append(row)
    chosen: list[int] = []
    for patient in sorted(rows, key=lambda name: hashlib.sha256(f"{_SEED}:{name}".encode()).digest()):
        if len(chosen) >= count:
            break
        chosen += rows[patient]
    return chosen


def _checked(path: str) -> str:
    """Refuse a path that leads elsewhere: the table comes from the network."""
    if not re.fullmatch(r"records500/\d{5}/\d{5}_hr", path):
        raise MalformedTable(f"{_TABLE}: {path[:40]!r} is no path of a recording at 500 Hz. Check the address.")
    return path


def _require_space(folder: Path, paths: Sequence[str]) -> None:
    needed = _RECORD_BYTES * sum(not (folder / f"{path}.dat").exists() for path in paths)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise FetchFailed(f"the disk has {free / 1e9:.1f} GB free; the rest needs {needed / 1e9:.1f} GB. Make room.")


def _write_tables(folder: Path, whole: pd.DataFrame, chosen: pd.DataFrame) -> None:
    """The publisher's table of what is there, and what its statements mean as `records.csv`."""
    paths = {str(id): str(path) for id, path in zip(chosen["ecg_id"], chosen["filename_hr"], strict=True)}
    there = {id for id, path in paths.items() if all((folder / f"{path}{end}").exists() for end in (".dat", ".hea"))}
    if not there:
        return
    _replace(folder / _TABLE, [list(whole.columns), *whole[whole["ecg_id"].isin(there)].to_numpy().tolist()])
    head = ["record_id", "path", "patient_id", "source", "age", "sex", "stated", "split", *LABELS]
    _replace(folder / _RECORDS, [head, *(_line(item, paths[item.id]) for item in list_ptbxl(folder).items)])


def _line(item: Item, path: str) -> list[object]:
    answers = [item.labels.get(label) for label in LABELS]
    facts = [item.id, path, item.patient, item.source, item.age, item.sex, item.stated, item.split]
    return [*facts, *(None if answer is None else int(answer) for answer in answers)]


def _replace(path: Path, lines: Sequence[Sequence[object]]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    part.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
