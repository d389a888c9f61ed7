"""What the tests of embedding share: folders of simulated recordings, and a count of what an encoder computes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecgfm_core import Encoder, training
from ecgfm_core.analysis.building.listing import Item
from ecgfm_core.types import Record


def hearts(folder: Path, count: int) -> Path:
    """Simulated recordings without their table: plain files."""
    training.write_cohort(folder, count, seed=7)
    (folder / "records.csv").rename(folder.with_name(f"{folder.name}.csv"))
    return folder


@contextmanager
def counted(encoder: Encoder) -> Iterator[list[int]]:
    """Windows of each pass through the encoder."""
    passes: list[int] = []
    hook = encoder.net.register_forward_hook(lambda net, given, output: passes.append(len(given[0])))
    try:
        yield passes
    finally:
        hook.remove()


class Deadly(Item):
    """A recording that ends the process that reads it."""

    __slots__ = ()

    def read(self) -> Record:
        os._exit(3)
