"""Recordings -> embedded recordings on a Ray cluster: each worker holds the encoder, and reads, checks and encodes."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ecgfm_core.analysis.building.embedding import encoded
from ecgfm_core.analysis.building.preparing import Plan, Prepared, Result, Task, prepare
from ecgfm_core.errors import EngineFailed
from ecgfm_core.model.checkpoint import Encoder

if TYPE_CHECKING:
    from ray.data import Dataset

_TOGETHER = 32
"""Recordings of an errand; their windows, two each as a rule, are one pass of a GPU."""
_PORTION = 16_384
"""Recordings that are handed over at once: those of a cohort carry their signals, 60 kB each."""
_PER_GPU = 8
"""Workers that share a GPU, so that some read while others encode."""
_TRIES = 3
"""Times that an errand whose worker ended is given to another one; machines may leave, recordings may be deadly."""

Objects = npt.NDArray[np.object_]


class _Share(NamedTuple):
    """How many workers there are, and what each one takes of a GPU."""

    workers: int
    gpus: float


def embed_by_ray(tasks: Iterable[Task], total: int, plan: Plan, *, encoder: Encoder) -> Iterator[Result]:
    """Prepare and encode all tasks on the running cluster, or on this machine where none runs; results in order.

    The workers must see the files of the input under the paths that they have here. They encode on GPUs where the
    cluster has any. What goes between the processes is Ray's own serialization of values made here.

    Args:
        tasks: taken as they are needed.
        total: how many there are.
        plan: what holds for all of them.
        encoder: sent to each worker once.

    Raises:
        EngineFailed: Ray is not installed, or its workers ended again and again at the same recordings.
    """
    require_ray()
    if not total:
        return
    packed = replace(encoder, net=copy.deepcopy(encoder.net).cpu(), device=torch.device("cpu"))
    waiting = iter(tasks)
    with _cluster() as share:
        while portion := list(islice(waiting, _PORTION)):
            yield from _results(_asked(portion, plan, packed, share))


def require_ray() -> None:
    """See that Ray is there, and that a cluster which is started from here reports nothing to its makers.

    Raises:
        EngineFailed: it is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray.data  # noqa: F401  (an extra, and slow to import)
    except ImportError as error:
        message = "Ray is not installed. Install it by pip install 'ecgfm[ray]', or use the engine local."
        raise EngineFailed(message) from error


class _Worker:
    """Holds the plan and the encoder, in a process of its own."""

    def __init__(self, plan: Plan, packed: Encoder, gpu: bool) -> None:
        device = torch.device("cuda" if gpu else "cpu")
        if not gpu:
            torch.set_num_threads(1)  # one worker a core: more threads would only wait for each other
        self._plan, self._encoder = plan, replace(packed, net=packed.net.to(device), device=device)

    def __call__(self, errand: Mapping[str, Objects]) -> dict[str, Objects]:
        """A column of tasks -> the column of their results."""
        prepared = [prepare(task, self._plan) for task in errand["task"]]
        return {"result": _column(_encoded(prepared, self._encoder))}


def _encoded(results: Sequence[Result], encoder: Encoder) -> list[Result]:
    """The same results, with outputs in the place of windows."""
    waiting = {place: one for place, one in enumerate(results) if isinstance(one, Prepared) and not one.complete}
    made = dict(zip(waiting, encoded(list(waiting.values()), encoder), strict=True))
    return [made.get(place, one) for place, one in enumerate(results)]


def _column(values: Sequence[object]) -> Objects:
    column = np.empty(len(values), dtype=object)  # filled afterwards: numpy would look into tuples
    for place, value in enumerate(values):
        column[place] = value
    return column


@contextmanager
def _cluster() -> Iterator[_Share]:
    """Connect, unless the program is connected; a cluster that was started here ends with this."""
    import ray  # an extra

    own = not ray.is_initialized()
    if own:
        try:
            ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError:  # none runs
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        found = ray.cluster_resources()
        gpus, processors = int(found.get("GPU", 0)), max(1, int(found.get("CPU", 1)))
        each = max(1, min(_PER_GPU, processors // gpus)) if gpus else 0
        yield _Share(gpus * each, 1 / each) if gpus else _Share(processors, 0)
    finally:
        if own:
            ray.shutdown()


def _asked(tasks: Sequence[Task], plan: Plan, packed: Encoder, share: _Share) -> Dataset:
    """What Ray is to do; it begins when the results are asked for."""
    import ray.data  # an extra

    context = ray.data.DataContext.get_current().copy()
    context.execution_options.preserve_order = True  # of two recordings with the same samples the first is kept
    context.enable_progress_bars = context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    errands = -(-len(tasks) // _TOGETHER)
    with ray.data.DataContext.current(context):
        given = ray.data.from_items([{"task": task} for task in tasks], override_num_blocks=errands)
        return given.map_batches(
            _Worker,
            fn_constructor_args=(plan, packed, share.gpus > 0),
            batch_size=_TOGETHER,
            batch_format="numpy",
            compute=ray.data.ActorPoolStrategy(size=min(share.workers, errands)),
            num_cpus=1,
            num_gpus=share.gpus,
            max_restarts=_TRIES - 1,
            max_task_retries=_TRIES - 1,
        )


def _results(asked: Dataset) -> Iterator[Result]:
    """As they come, in order; closing the iterator ends the work."""
    from ray.exceptions import RayError  # an extra

    rows = iter(asked.iter_rows())
    while True:
        try:
            row = next(rows, None)
        except RayError as error:
            raise EngineFailed(
                "Ray: the workers ended before their work did; what was written is kept. The same command goes on "
                "from there; if it ends there again, the engine local names the recording that is to blame."
            ) from error
        if row is None:
            return
        yield row["result"]
