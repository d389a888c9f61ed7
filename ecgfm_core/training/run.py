"""A run's folder: what is trained, the last checkpoint, and the curves. Nothing in it is ever half-written.

run.json                what is trained, so that another training is not continued by mistake
checkpoint.safetensors  weights and moments, with the number of updates; replaced in one move
metrics.csv             one row an update, and one a validation
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ecgfm_core.errors import RunMismatch, WeightsInvalid
from ecgfm_core.training.world import World

SETTINGS, CHECKPOINT, METRICS, LOCK = "run.json", "checkpoint.safetensors", "metrics.csv", "run.lock"


class Run:
    """The folder of one training."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        """Open the folder, or begin it.

        Args:
            folder: made where it is absent.
            settings: what decides the result, as JSON holds it.

        Raises:
            RunMismatch: the folder holds a training with other settings.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        wanted = json.loads(json.dumps(settings))
        path = folder / SETTINGS
        if not path.exists():
            _write(path, json.dumps(wanted, indent=1, sort_keys=True) + "\n")
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found = {}
        differing = sorted(key for key in {*wanted, *found} if wanted.get(key) != found.get(key))
        if differing:
            key = differing[0]
            raise RunMismatch(
                f"{folder.name}: the folder holds a training with other settings; first {key}: there "
                f"{found.get(key)!r:.60}, now {wanted.get(key)!r:.60}. Choose another folder, or the same settings."
            )

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, settings: Mapping[str, object], world: World) -> Iterator[Run]:
        """The run of these processes, and of no others as long as it is open.

        The first process begins the folder before the others look at it.

        Raises:
            RunMismatch: the folder holds a training with other settings, or one that is under way.
        """
        if not world.leads:
            world.wait()
            yield cls(folder, settings)
            return
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / LOCK, timeout=0):
                run = cls(folder, settings)
                world.wait()
                yield run
        except Timeout as error:
            raise RunMismatch(f"{folder.name}: another process is training there. Wait for it, or stop it.") from error

    def save(self, net: nn.Module, optimizer: torch.optim.Optimizer, average: nn.Module | None, step: int) -> None:
        """Write the checkpoint: to a temporary neighbor first, then in one move."""
        tensors = {name: tensor.detach().contiguous() for name, tensor in _state(net, optimizer, average).items()}
        new = self.folder / f".{CHECKPOINT}"
        save_file(tensors, new, metadata={"step": str(step)})
        new.replace(self.folder / CHECKPOINT)

    def restore(self, net: nn.Module, optimizer: torch.optim.Optimizer, average: nn.Module | None) -> int:
        """Load the last checkpoint; returns the number of updates that it holds, 0 where there is none.

        Raises:
            WeightsInvalid: the checkpoint cannot be read.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            return 0
        try:
            with safe_open(path, "pt") as file:
                step = int(file.metadata()["step"])
                saved = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dictionary)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise WeightsInvalid(f"{CHECKPOINT} cannot be read. Remove it and start the training anew.") from error
        _begin_moments(net, optimizer)
        for name, tensor in _state(net, optimizer, average).items():
            tensor.detach().copy_(saved[name])
        return step

    def cut_metrics(self, step: int) -> None:
        """Drop the rows of updates after `step`: they will be made again."""
        path = self.folder / METRICS
        if not path.exists() or not path.stat().st_size:
            return
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        kept = [row for row in rows if len(row) == len(header) and int(row[0]) <= step]
        _write(path, "".join(",".join(row) + "\n" for row in [header, *kept]))

    def record(self, step: int, part: str, values: Mapping[str, float]) -> None:
        """Add a row to the metrics: after `step` updates, on "train" or "valid"."""
        path = self.folder / METRICS
        new = not path.exists() or not path.stat().st_size
        with path.open("a", newline="", encoding="utf-8") as file:
            if new:
                file.write(",".join(["step", "part", *values]) + "\n")
            file.write(",".join([str(step), part, *(f"{value:.7g}" for value in values.values())]) + "\n")


def read_metrics(folder: Path) -> list[dict[str, str]]:
    """The rows of a run's metrics.csv, as they were written; none where there is no such file."""
    path = folder / METRICS
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _state(net: nn.Module, optimizer: torch.optim.Optimizer, average: nn.Module | None) -> dict[str, Tensor]:
    """Every tensor that a training goes on from, by name; they share memory with what is trained."""
    tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
    for name, parameter in net.named_parameters():
        for moment, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{moment}.{name}"] = value
    if average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    return tensors


def _begin_moments(net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Make Adam's moments, so that they can be filled from a checkpoint."""
    for parameter in net.parameters():
        if parameter.requires_grad:
            optimizer.state[parameter] = {
                "step": torch.zeros(()),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
