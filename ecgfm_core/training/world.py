"""The processes that train together: one, or several that torchrun has started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ecgfm_core.model.device import choose_device


@dataclass(frozen=True, slots=True)
class World:
    """Which of the processes this one is: `rank` of `size`, and the device it computes on."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def wrap(self, net: nn.Module) -> nn.Module:
        """The network, averaging gradients over the processes where there are several."""
        return DistributedDataParallel(net) if self.size > 1 else net

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.size > 1:
            dist.barrier()

    def total(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        if self.size > 1:
            dist.all_reduce(values)
        return values


@contextmanager
def joined(device: str | None = None) -> Iterator[World]:
    """Join the processes that torchrun has started; alone where it has started none.

    Args:
        device: "cpu", "cuda", "mps"; None = the best there is, one card a process.

    Raises:
        DeviceUnavailable: the device is not there.
    """
    place = choose_device(device)
    if not dist.is_torchelastic_launched():
        yield World(0, 1, place)
        return
    dist.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        if place.type == "cuda":
            place = torch.device("cuda", dist.get_node_local_rank(0))
            torch.cuda.set_device(place)
        yield World(dist.get_rank(), dist.get_world_size(), place)
    finally:
        dist.destroy_process_group()
