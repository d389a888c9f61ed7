"""Downloading ECG-FM, from a server on this machine in place of the hub."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from places import GOLDEN, ROOT

import ecgfm_core as ecg
from ecgfm_core.errors import DownloadFailed, UnsafeCheckpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONTENT = (GOLDEN / "tiny_classifier.pt").read_bytes()


class Hub(ThreadingHTTPServer):
    """Serves one file as the hub does; what it does wrong is set by the test."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.sha256 = hashlib.sha256(CONTENT).hexdigest()
        self.breaks: list[int] = []  # after how many bytes the next answers break off
        self.status = 200
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        hub = self.server
        hub.requests.append((self.command, self.path, dict(self.headers)))
        if hub.status != 200 or not self.path.startswith("/wanglab/ecg-fm/resolve/"):
            content = json.dumps({"error": "no"}).encode()
            self.send_response(hub.status if hub.status != 200 else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if body else b"")
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-") or 0)
        part = hub.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hub.sha256}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
        self.end_headers()
        if body and hub.breaks:
            self.wfile.write(part[: hub.breaks.pop(0)])
            self.close_connection = True
        elif body:
            self.wfile.write(part)


class Places(NamedTuple):
    hub: Hub
    cache: Path


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    yield Places(hub, tmp_path / "cache")
    hub.shutdown()
    hub.server_close()


def download(places: Places, **options: object) -> Path:
    return ecg.download_ecg_fm(places.cache, endpoint=places.hub.address, **options)


def test_a_download_is_verified_converted_and_says_its_commit(places: Places):
    told: list[tuple[int, int]] = []
    assert not ecg.is_downloaded(places.cache)
    folder = download(places, progress=lambda done, total: told.append((done, total)))
    assert ecg.is_downloaded(places.cache)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    encoder = ecg.load_encoder(folder, device="cpu")
    assert encoder.name == "ecg-fm"
    assert COMMIT in encoder.config.origin
    assert not (places.cache / "download").exists()


def test_the_content_is_asked_for_at_one_commit_and_without_a_token(places: Places, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    download(places)
    gets = [path for command, path, _ in places.hub.requests if command == "GET"]
    assert gets == [f"/wanglab/ecg-fm/resolve/{COMMIT}/mimic_iv_ecg_finetuned.pt"]
    assert not any("authorization" in {name.lower() for name in headers} for _, _, headers in places.hub.requests)


def test_by_name_it_is_fetched_once(places: Places):
    first = ecg.load_encoder("ecg-fm", device="cpu", cache=places.cache, endpoint=places.hub.address)
    asked = len(places.hub.requests)
    again = ecg.load_encoder("ecg-fm", device="cpu", cache=places.cache, endpoint=places.hub.address)
    assert (first.fingerprint, len(places.hub.requests)) == (again.fingerprint, asked)


def test_a_cancelled_download_resumes(places: Places, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)

    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done > total // 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        download(places, progress=cancel)
    assert not ecg.is_downloaded(places.cache)
    download(places)
    ranges = [
        headers["Range"] for command, _, headers in places.hub.requests if "Range" in headers and command == "GET"
    ]
    assert ranges and int(ranges[-1].removeprefix("bytes=").rstrip("-")) > 0


def test_an_interrupted_connection_says_that_it_resumes(places: Places, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)
    places.hub.breaks = [100_000, *[0] * 6]
    with pytest.raises(DownloadFailed, match=r"the connection broke\. What was fetched is kept"):
        download(places)
    (part,) = (places.cache / "download").glob("*.part")
    kept = part.stat().st_size
    assert kept >= 100_000
    places.hub.breaks = []
    places.hub.requests.clear()
    assert download(places).is_dir()
    assert f"bytes={kept}-" in {headers.get("Range") for _, _, headers in places.hub.requests}


def test_a_wrong_hash_is_refused_and_nothing_is_kept(places: Places):
    places.hub.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(DownloadFailed, match=r"it was deleted\. Download it again"):
        download(places)
    assert not ecg.is_downloaded(places.cache)
    assert list((places.cache / "download").iterdir()) == []


def test_a_file_that_asks_for_foreign_code_is_refused(places: Places, tmp_path: Path):
    import argparse

    import torch

    torch.save({"args": argparse.Namespace()}, tmp_path / "bad.pt")
    places.hub.content = (tmp_path / "bad.pt").read_bytes()
    places.hub.sha256 = hashlib.sha256(places.hub.content).hexdigest()
    with pytest.raises(UnsafeCheckpoint):
        download(places)
    assert not ecg.is_downloaded(places.cache)


def test_a_full_disk_is_said_before_anything_is_fetched(places: Places, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DownloadFailed, match=r"the disk has 0\.0 GB free"):
        download(places)
    assert all(command == "HEAD" for command, _, _ in places.hub.requests)


def test_a_disk_that_fills_while_writing_is_said(places: Places, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    with pytest.raises(DownloadFailed, match=r"could not be written .no space left on device."):
        download(places)


@pytest.mark.parametrize("status", [404, 500])
def test_what_the_hub_refuses_is_said(places: Places, status: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    places.hub.status = status
    with pytest.raises(DownloadFailed, match=f"the hub answered {status} for wanglab/ecg-fm at main"):
        download(places)


def test_offline_is_said(tmp_path: Path):
    with pytest.raises(DownloadFailed, match="the hub cannot be reached"):
        ecg.download_ecg_fm(tmp_path, endpoint="http://127.0.0.1:9")


def test_the_command_takes_the_hub_from_the_environment(places: Places):
    environment = {**os.environ, "HF_ENDPOINT": places.hub.address, "ECGFM_CACHE": str(places.cache)}
    command = [sys.executable, "-m", "app.cli", "download", "ecg-fm"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"ready, from wanglab/ecg-fm, file mimic_iv_ecg_finetuned.pt, commit {COMMIT}" in done.stderr
    assert ecg.is_downloaded(places.cache)
    places.hub.status = 404
    again = subprocess.run(
        [*command, "--revision", "nowhere"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 3
    assert "the hub answered 404 for wanglab/ecg-fm at nowhere" in again.stderr


def test_two_downloads_do_not_disturb_each_other(places: Places):
    def second(done: int, total: int) -> None:
        with pytest.raises(DownloadFailed, match="is being downloaded already"):
            download(places)

    assert download(places, progress=second).is_dir()


def test_a_part_that_is_longer_than_the_file_is_begun_anew(places: Places):
    part = places.cache / "download" / f"{places.hub.sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"more")
    assert download(places).is_dir()
