"""Import and load times, peak memory, and windows a second at full size, beside plain PyTorch in the same run."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.plain import Plain
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.checkpoint import build, save_folder
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import InputSpec, Manifest

ROUNDS = 7
IMPORTS = {
    "import ecgfm_core": "import ecgfm_core",
    "read a recording (no torch)": "import ecgfm_core as e; e.to_windows(e.read_record('data_samples/af.hea'))",
    "import torch": "import torch",
    "first probability, demo encoder": (
        "import ecgfm_core as e; n = e.load_encoder('demo', device='cpu'); "
        "e.predict(e.encode(e.to_windows(e.read_record('data_samples/af.hea')), n))"
    ),
}


def main() -> None:
    """Print three Markdown tables."""
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, medians of {ROUNDS}\n")
    print("| from a fresh process | s |\n|---|---|")
    for name, code in IMPORTS.items():
        print(f"| {name} | {statistics.median(_process_seconds(code) for _ in range(3)):.2f} |")
    _loading()
    print("\n| windows a second, 90.4 M parameters, random weights | ours | plain PyTorch | ratio |\n|---|---|---|---|")
    ours, plain = build(manifest(), EcgFm(EncoderConfig(), len(MIMIC_IV_ECG)).state_dict()), Plain().eval()
    for batch in (1, 8, 32):
        a, b = _interleaved(batch, ours, plain)
        print(f"| batch {batch} | {a:.2f} | {b:.2f} | {a / b:.2f} |")


def _process_seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def _loading() -> None:
    """Time and memory of loading a full-size folder, in a process of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        net = EcgFm(EncoderConfig(), len(MIMIC_IV_ECG))
        save_folder(folder, net.state_dict(), manifest(), "")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.encoder", str(folder)], check=True, capture_output=True, text=True
        )
    print(done.stdout, end="")


def manifest() -> Manifest:
    """Of an encoder of full size with random weights."""
    return Manifest("random", EncoderConfig(), InputSpec(), MIMIC_IV_ECG, "none", "random weights")


def _load_once(folder: Path) -> None:
    import ecgfm_core as ecg

    windows = ecg.to_windows(ecg.read_record("data_samples/af.hea"))
    ecg.Encoder  # noqa: B018  (imports torch before the clock starts)
    before, start = _peak(), time.perf_counter()
    encoder = ecg.load_encoder(folder, device="cpu")
    loaded, seconds = _peak(), time.perf_counter() - start
    ecg.encode(windows, encoder)
    print("\n| loading the full size (362 MB) | |\n|---|---|")
    print(f"| time, with the fingerprint | {seconds:.2f} s |")
    print(f"| peak memory of the process before, after loading, after two windows | {before:.2f}, {loaded:.2f}, "
          f"{_peak():.2f} GB |")  # fmt: skip


def _peak() -> float:
    """Peak resident memory of this process in GB (Linux; `ru_maxrss` would carry the parent's over)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def _interleaved(
    batch: int, ours: Callable[[torch.Tensor], object], plain: Callable[[torch.Tensor], object]
) -> tuple[float, float]:
    """Windows a second of both, measured in turn so that a noisy machine hits both alike."""
    x = torch.randn(batch, 12, 2500)
    seconds: tuple[list[float], list[float]] = ([], [])
    with torch.inference_mode():
        ours(x), plain(x)
        for _ in range(ROUNDS):
            for run, kept in zip((ours, plain), seconds, strict=True):
                start = time.perf_counter()
                run(x)
                kept.append(time.perf_counter() - start)
    return batch / statistics.median(seconds[0]), batch / statistics.median(seconds[1])


if __name__ == "__main__":
    _load_once(Path(sys.argv[1]))
