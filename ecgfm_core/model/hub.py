"""Encoders by name: where "demo" lies, where a downloaded "ecg-fm" is kept, and fetching it from the hub.

The only file of the library that knows a place on the disk, and with `training/fetching.py` one in the network.
Nothing is fetched unless somebody asks for "ecg-fm"; no token is sent.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ecgfm_core.errors import DownloadFailed, WeightsInvalid
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.checkpoint import CONFIG, Encoder, load_folder
from ecgfm_core.model.convert import convert

DEMO_FOLDER = Path(__file__).parents[2] / "data_samples" / "encoder"
CACHE = Path.home() / ".cache" / "ecgfm"
REPOSITORY = "wanglab/ecg-fm"
PUBLISHED = "mimic_iv_ecg_finetuned.pt"
ECG_FM = "ecg-fm"
RUN_ENCODER = "encoder"

Progress = Callable[[int, int], None]


def load_encoder(
    name: str | Path, *, device: str | None = None, cache: Path | None = None, endpoint: str | None = None
) -> Encoder:
    """Load an encoder by name or from a weights folder.

    Args:
        name: "demo" (in the repository), "ecg-fm" (downloaded on first use), a weights folder, or a training's folder.
        device: "cpu", "cuda", "mps"; None = the best there is.
        cache: where downloaded encoders are kept; None = the user's cache folder.
        endpoint: address of the hub; None = the public one, or what HF_ENDPOINT says.

    Raises:
        WeightsInvalid: a file is absent or breaks its format.
        WeightsMismatch: the tensors do not fit the architecture.
        DeviceUnavailable: the device is not there.
        DownloadFailed: "ecg-fm" is not here yet and cannot be fetched.
    """
    return load_folder(encoder_folder(name, cache=cache, endpoint=endpoint), device=device)


def encoder_folder(name: str | Path, *, cache: Path | None = None, endpoint: str | None = None) -> Path:
    """The weights folder of an encoder; the arguments are those of `load_encoder`.

    Raises:
        WeightsInvalid: there is no such folder.
        DownloadFailed: "ecg-fm" is not here yet and cannot be fetched.
    """
    if name == "demo":
        return DEMO_FOLDER
    if name == ECG_FM:
        kept = cache or CACHE
        return kept / ECG_FM if is_downloaded(kept) else download_ecg_fm(kept, endpoint=endpoint)
    folder = Path(name)
    try:
        if (folder / RUN_ENCODER / CONFIG).is_file():  # the folder of a training
            folder = folder / RUN_ENCODER
        there = folder.is_dir()
    except OSError:  # a name that is too long for a path
        there = False
    if not there:
        raise WeightsInvalid(f"{folder.name[:60]}: no such encoder. Use demo, ecg-fm, or a folder with {CONFIG}.")
    return folder


def is_downloaded(cache: Path | None = None) -> bool:
    """Whether "ecg-fm" lies in the cache folder."""
    return ((cache or CACHE) / ECG_FM / CONFIG).is_file()


def download_ecg_fm(
    cache: Path | None = None,
    *,
    endpoint: str | None = None,
    revision: str = "main",
    progress: Progress = lambda done, total: None,
) -> Path:
    """Fetch the published fine-tuned ECG-FM, verify it, convert it, load it once; a broken download resumes.

    Args:
        cache: where it is kept.
        endpoint: address of the hub.
        revision: a branch or commit of the hub's repository; it is resolved to a commit, which the config states.
        progress: called with (bytes so far, bytes in all); raising from it stops, and a later call resumes.

    Returns:
        The weights folder.

    Raises:
        DownloadFailed: offline, unknown, interrupted, wrong hash or disk full.
        UnsafeCheckpoint: the file asks for more than the allow-list.
        WeightsInvalid: the file is no such checkpoint.
    """
    kept = cache or CACHE
    folder = kept / ECG_FM
    try:
        (kept / "download").mkdir(parents=True, exist_ok=True)
        with FileLock(kept / "download.lock", timeout=0):
            published, commit = _fetch(kept / "download", endpoint, revision, progress)
            origin = f"{REPOSITORY}, file {PUBLISHED}, commit {commit}"
            convert(published, folder, name=ECG_FM, labels=MIMIC_IV_ECG, licence="MIT", origin=origin)
            load_folder(folder, device="cpu")
            shutil.rmtree(kept / "download", ignore_errors=True)
    except Timeout as error:
        raise DownloadFailed("ECG-FM is being downloaded already, by another session. Wait for it to end.") from error
    except OSError as error:
        raise DownloadFailed(_disk_message(error)) from error
    return folder


def _fetch(folder: Path, endpoint: str | None, revision: str, progress: Progress) -> tuple[Path, str]:
    """The published file and the commit it is of, with its hash checked; a part that is there is gone on from.

    The hub's own `hf_hub_download` no longer keeps a broken download, so its `http_get` is called directly.
    """
    import httpx2
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    try:
        url = hf_hub_url(REPOSITORY, PUBLISHED, revision=revision, endpoint=endpoint)
        stated = get_hf_file_metadata(url, token=False, endpoint=endpoint)
        size, sha256, commit = stated.size or 0, stated.etag or "", stated.commit_hash or ""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise DownloadFailed("the hub states no sha256 or no commit for ECG-FM; it cannot be verified. Try later.")
        part = folder / f"{sha256}.part"
        here = part.stat().st_size if part.exists() else 0
        if here > size:  # of an earlier program, or written twice
            part.unlink()
            here = 0
        _require_space(folder, 2 * size - here)
        at_commit = hf_hub_url(REPOSITORY, PUBLISHED, revision=commit, endpoint=endpoint)
        with part.open("ab") as file:
            http_get(
                at_commit, file, resume_size=here, headers=build_hf_headers(token=False), expected_size=size,
                tqdm_class=_bar(progress),
            )  # fmt: skip
    except HfHubHTTPError as error:
        message = f"the hub answered {error.response.status_code} for {REPOSITORY} at {revision}."
        raise DownloadFailed(f"{message} Check the revision, or try later.") from error
    except httpx2.HTTPError as error:
        raise DownloadFailed(_OFFLINE) from error
    _require_hash(part, sha256)
    return part, commit


def _require_hash(file: Path, sha256: str) -> None:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        file.unlink()
        raise DownloadFailed(
            f"the downloaded file has sha256 {found[:12]}..., the hub states {sha256[:12]}...; it was deleted. "
            "Download it again."
        )


_OFFLINE = (
    "the hub cannot be reached, or the connection broke. What was fetched is kept: "
    "check the network and start the download again; it resumes."
)


def _require_space(folder: Path, needed: int) -> None:
    """Ask for room for the rest of the file and its converted copy."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DownloadFailed(
            f"the disk has {free / 1e9:.1f} GB free; ECG-FM needs {needed / 1e9:.1f} GB while it is converted. "
            "Make room."
        )


def _disk_message(error: OSError) -> str:
    reason = (error.strerror or "").lower() or "the file is incomplete"
    return f"the download could not be written ({reason}). Check the disk and start it again; it resumes."


def _bar(progress: Progress) -> type[Any]:
    """A progress bar class, as the hub's library wants it, that calls back instead of printing."""
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: object, **options: object) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "file": StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            progress(int(self.n), int(self.total or 0))
            return shown

    return Bar
