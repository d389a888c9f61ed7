"""Embedding a folder: windows a second of the whole against the encoder alone, and peak memory as the folder grows.

The encoder alone is measured before and after in the same process, so that the ratio can be compared between machines.
Memory is that of the process and its workers together, by proportional set size, looked at ten times a second.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ecgfm_core as ecg
from benchmarks.encoder import manifest
from ecgfm_core import Encoder, training
from ecgfm_core.analysis import Progress
from ecgfm_core.analysis.building.embedding import encode_together
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.checkpoint import save_folder
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.encoder import EcgFm

RECORDINGS = {"demo": 600, "full size, random weights": 120}
SIZES = (1_000, 10_000)
TOGETHER = 8
"""Recordings of 10 s that the encoder alone takes together, as the builder does."""


def main() -> None:
    """Print two Markdown tables."""
    print(
        "| windows a second | encoder alone | embedding, once begun | ratio | with its start |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        save_folder(folder / "full", EcgFm(EncoderConfig(), len(MIMIC_IV_ECG)).state_dict(), manifest(), "")
        for name, source in zip(RECORDINGS, ("demo", folder / "full"), strict=True):
            _throughput(name, ecg.load_encoder(source), folder / f"hearts-{RECORDINGS[name]}")
    print("\n| recordings | peak memory of all processes |\n|---|---|", flush=True)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            print(f"| {size:,} | {_peak_of_embedding(Path(temporary), size) / 1e9:.2f} GB |", flush=True)


def _throughput(name: str, encoder: Encoder, hearts: Path) -> None:
    """A line of the table; what the encoder waits shows on a busy machine too, where the ratio says little."""
    training.write_cohort(hearts, RECORDINGS[name], seed=5)
    before = _alone(encoder, hearts)
    passes = [time.perf_counter()]
    seen: list[tuple[float, int]] = []

    def watch(now: Progress) -> None:
        seen.append((time.perf_counter(), now.done))

    hooks = [
        encoder.net.register_forward_pre_hook(lambda *_: passes.append(time.perf_counter())),
        encoder.net.register_forward_hook(lambda *_: passes.append(time.perf_counter())),
    ]
    made = ecg.embed_cohort(hearts, hearts.with_name(f"{hearts.name}-cohort"), encoder, progress=watch)
    for hook in hooks:
        hook.remove()
    assert made.finished
    first = next(entry for entry in seen if entry[1] >= 2 * TOGETHER)
    once_begun = 2 * (seen[-1][1] - first[1]) / (seen[-1][0] - first[0])
    busy = sum(end - start for start, end in zip(passes[1::2], passes[2::2], strict=True)) / (passes[-1] - passes[1])
    alone = (before + _alone(encoder, hearts)) / 2
    print(f"| {name} | {alone:.1f} | {once_begun:.1f} | {once_begun / alone:.2f} | {busy:.0%} |", flush=True)


def _alone(encoder: Encoder, hearts: Path) -> float:
    """Windows a second of the encoder, with everything prepared."""
    files = sorted(hearts.glob("*.hea"))[: 5 * TOGETHER]
    windows = [ecg.to_windows(ecg.read_record(file)).values for file in files]
    encode_together(windows[:TOGETHER], encoder)
    began = time.perf_counter()
    for start in range(0, len(windows), TOGETHER):
        encode_together(windows[start : start + TOGETHER], encoder)
    return sum(map(len, windows)) / (time.perf_counter() - began)


def _peak_of_embedding(folder: Path, size: int) -> float:
    """Bytes."""
    training.write_cohort(folder / "hearts", size, seed=6)
    command = [sys.executable, "-m", "app.cli", "embed", str(folder / "hearts"), "-o", str(folder / "cohort")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(0.1)
    assert process.returncode == 0
    return peak


def _memory(pid: int) -> float:
    """Proportional set size of a process and all below it (Linux)."""
    try:
        children = [c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    own = next(1024 * float(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return own + sum(_memory(int(child)) for child in children)
