"""Seconds a window and peak memory of each method of explanation, with the demo encoder and at full size."""

import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import torch

import ecgfm_core as ecg
from benchmarks.encoder import manifest
from ecgfm_core.analysis.explain.explain import METHODS, explain
from ecgfm_core.model.checkpoint import build
from ecgfm_core.model.config import EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.types import ExplainMethod, Windows

TARGET = "Atrial fibrillation"


def main() -> None:
    """Print a Markdown table; each line from a process of its own, so that its peak memory is its own."""
    print("| explain one window | encoder | s | peak memory, GB | more than after loading, GB |\n|---|---|---|---|---|")
    for encoder in ("demo", "full size"):
        for method in METHODS:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.explain", encoder, method],
                check=True,
                capture_output=True,
                text=True,
            )
            print(done.stdout, end="", flush=True)


def _once(name: str, method: ExplainMethod) -> None:
    record = ecg.read_record("data_samples/af.hea")
    both, beats = ecg.to_windows(record), ecg.measure(record).beats
    one = Windows(both.values[:1], both.starts_s[:1], both.source)
    torch.manual_seed(0)
    encoder = ecg.load_encoder("demo", device="cpu") if name == "demo" else _full_size()
    ecg.encode(one, encoder)
    loaded = _peak()
    start = time.perf_counter()
    explain(one, encoder, TARGET, method=method, beats=beats)
    seconds = time.perf_counter() - start
    print(f"| {method} | {name} | {seconds:.2f} | {_peak():.2f} | {_peak() - loaded:.2f} |")


def _full_size() -> ecg.Encoder:
    config = manifest()
    net = build(config, EcgFm(EncoderConfig(), len(config.labels)).state_dict())
    return ecg.Encoder(net, config, "random", torch.device("cpu"), "")


def _peak() -> float:
    """Peak resident memory of this process in GB (Linux)."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1e6


if __name__ == "__main__":
    _once(sys.argv[1], cast(ExplainMethod, sys.argv[2]))
