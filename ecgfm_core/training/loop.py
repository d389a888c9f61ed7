"""The loop that every training runs: accumulate, update, average, record, save, go on after a kill.

All chance is a function of (seed, update, micro-batch), never of what came before; so a resumed training equals
an uninterrupted one, and several processes together equal one process with as many micro-batches.
"""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from ecgfm_core.errors import RecipeInvalid, TrainingDiverged, TrainingError
from ecgfm_core.training.chance import Chance, rng_at
from ecgfm_core.training.run import Run
from ecgfm_core.training.world import World

B = TypeVar("B")
WORKERS = {"cpu": 1}
"""Background threads that prepare micro-batches: on a CPU they would take what the network needs."""
WORKERS_OF_A_GPU = 8


class Place(NamedTuple):
    """Which micro-batch of which update."""

    update: int
    micro: int


class Outcome(NamedTuple):
    """Of one micro-batch: the summed loss, the number to divide it by, further sums that are recorded alike."""

    loss: Tensor
    divisor: Tensor
    sums: Mapping[str, Tensor]


class State(NamedTuple):
    """Where a training stands: `windows_per_s` over all processes, `left_s` seconds to go."""

    step: int
    steps: int
    loss: float
    windows_per_s: float
    left_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How long, how often, how exact.

    Attributes:
        steps: updates in all.
        micro_batches: batches whose gradients make one update, over all processes.
        windows: of one micro-batch, for the throughput.
        save_every: updates from one checkpoint, and validation, to the next.
        clip: largest norm of the gradient; None = any.
        average: decay of the averaged weights; None = none are kept.
        precision: "fp32", or "bf16" for autocast.
        seed: of all chance.
    """

    steps: int
    micro_batches: int = 1
    windows: int = 1
    save_every: int = 200
    clip: float | None = None
    average: float | None = None
    precision: str = "fp32"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Task(Generic[B]):
    """What is trained, apart from how long.

    Attributes:
        net: the network, on its device.
        optimizer: over its parameters.
        lr: factor of the learning rate at an update.
        load: prepares a micro-batch, in a background thread.
        outcome: loss of a micro-batch at an update; takes the network, perhaps wrapped.
        validate: figures on recordings kept apart; the same names as the training's.
    """

    net: nn.Module
    optimizer: torch.optim.Optimizer
    lr: Callable[[int], float]
    load: Callable[[Place], B]
    outcome: Callable[[nn.Module, B, int], Outcome]
    validate: Callable[[nn.Module], Mapping[str, float]] | None = None


def require_numbers(recipe: object, *names: str) -> None:
    """Refuse a recipe in which one of these numbers is not above 0, where it is given, or the seed is below 0.

    Raises:
        RecipeInvalid: names the first.
    """
    for name in names:
        value = getattr(recipe, name)
        if value is not None and not 0 < value < math.inf:
            raise RecipeInvalid(f"{name} must be above 0. Got {value}.")
    if getattr(recipe, "seed", 0) < 0:
        raise RecipeInvalid(f"seed must be 0 or more. Got {getattr(recipe, 'seed', 0)}.")


def fit(
    task: Task[B],
    pace: Pace,
    run: Run,
    world: World,
    *,
    progress: Callable[[State], None] = lambda state: None,
    cancel: Callable[[], bool] = lambda: False,
) -> nn.Module:
    """Train to the end, from the run's last checkpoint on; returns the averaged network, or the network.

    Args:
        task: what is trained.
        pace: how long.
        run: where checkpoints and curves are kept.
        world: the processes that share the work.
        progress: called after every update.
        cancel: asked before every update; where it says yes, a checkpoint is written and the training ends early.

    Raises:
        TrainingDiverged: the loss is no longer a number; the last checkpoint stays.
        TrainingError: the micro-batches cannot be shared by the processes, or the training was cancelled.
    """
    training = _Training(task, pace, run, world)
    mine = range(world.rank, pace.micro_batches, world.size)
    places = (Place(update, micro) for update in range(training.start, pace.steps) for micro in mine)
    with prefetched(task.load, places, WORKERS.get(world.device.type, WORKERS_OF_A_GPU)) as batches:
        for step in range(training.start, pace.steps):
            if cancel():
                training.save(step)
                raise TrainingError(f"cancelled after {step} of {pace.steps} updates. Start it again to go on.")
            state = training.update(batches, step)
            if world.leads:
                progress(state)
            if state.step % pace.save_every == 0 or state.step == pace.steps:
                training.validate(state.step)
                training.save(state.step)
    return training.kept


class _Training(Generic[B]):
    """A training under way: the network, its average, and where it began."""

    def __init__(self, task: Task[B], pace: Pace, run: Run, world: World) -> None:
        if pace.micro_batches % world.size:
            raise TrainingError(
                f"micro-batches: {pace.micro_batches} cannot be shared by {world.size} processes. "
                "Start as many processes as divide them."
            )
        self.task, self.pace, self.run, self.world = task, pace, run, world
        for group in task.optimizer.param_groups:
            group["peak_lr"] = group["lr"]
        self.average = copy.deepcopy(task.net).requires_grad_(False) if pace.average is not None else None
        self.start = run.restore(task.net, task.optimizer, self.average)
        if world.leads:
            run.cut_metrics(self.start)
        self.wrapped = world.wrap(task.net)
        self.clock = _Clock(pace, self.start)

    @property
    def kept(self) -> nn.Module:
        """What is validated and given back."""
        return self.task.net if self.average is None else self.average

    def update(self, batches: Iterator[tuple[Place, B]], step: int) -> State:
        """One update."""
        self.wrapped.train()
        for group in self.task.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * self.task.lr(step)
        self.task.optimizer.zero_grad(set_to_none=True)
        figures, divisor = self._gradients(batches, step)
        for parameter in self.task.net.parameters():
            if parameter.grad is not None and divisor:
                parameter.grad *= self.world.size / divisor  # the processes' gradients were averaged
        longest = math.inf if self.pace.clip is None else self.pace.clip
        norm = torch.nn.utils.clip_grad_norm_(self.task.net.parameters(), longest).item()
        if not (math.isfinite(figures["loss"]) and math.isfinite(norm)):
            raise TrainingDiverged(
                f"the loss is {figures['loss']:.4g} and the gradient {norm:.4g} at update {step + 1}. Train anew in "
                "another folder, with a lower learning rate.",
                step + 1,
            )
        self.task.optimizer.step()
        self._follow(step)
        state = self.clock.after(step + 1, figures["loss"])
        if self.world.leads:
            self.run.record(step + 1, "train", {**figures, "windows_per_s": state.windows_per_s})
        return state

    def validate(self, step: int) -> None:
        """Record the figures on recordings kept apart."""
        if self.task.validate is not None and self.world.leads:
            self.kept.eval()
            with torch.no_grad(), self._precision():
                figures = self.task.validate(self.kept)
            self.run.record(step, "valid", {**figures, "windows_per_s": float("nan")})

    def save(self, step: int) -> None:
        """Write the checkpoint."""
        if self.world.leads:
            self.run.save(self.task.net, self.task.optimizer, self.average, step)

    def _gradients(self, batches: Iterator[tuple[Place, B]], step: int) -> tuple[dict[str, float], float]:
        """Add up the gradients of this process's micro-batches; figures and divisor are of all processes."""
        sums: dict[str, Tensor] = {}
        share = self.pace.micro_batches // self.world.size
        for turn in range(share):
            place, batch = next(batches)
            torch.manual_seed(int(rng_at(self.pace.seed, Chance.NETWORK, *place).integers(2**62)))
            alone = self.world.size == 1 or turn == share - 1
            quiet = nullcontext() if alone else self.wrapped.no_sync()  # type: ignore[operator]
            with quiet, self._precision():
                outcome = self.task.outcome(self.wrapped, batch, step)
                outcome.loss.backward()  # type: ignore[no-untyped-call]
            for name, value in {"loss": outcome.loss, "divisor": outcome.divisor, **outcome.sums}.items():
                sums[name] = sums.get(name, torch.zeros((), device=self.world.device)) + value.detach()
        totals = dict(zip(sums, self.world.total(torch.stack(list(sums.values()))).tolist(), strict=True))
        divisor = totals.pop("divisor")
        return {name: value / divisor if divisor else 0.0 for name, value in totals.items()}, divisor

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.world.device.type, torch.bfloat16, enabled=self.pace.precision == "bf16")

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        """Move the average towards the network."""
        if self.average is not None:
            decay = min(self.pace.average or 0.0, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.task.net.parameters()), 1 - decay)


class _Clock:
    """Throughput and time left, over the last updates."""

    def __init__(self, pace: Pace, start: int) -> None:
        self.pace = pace
        self.marks: deque[tuple[int, float]] = deque([(start, time.monotonic())], maxlen=50)

    def after(self, step: int, loss: float) -> State:
        self.marks.append((step, time.monotonic()))
        (first, began), (last, now) = self.marks[0], self.marks[-1]
        updates_per_s = (last - first) / max(now - began, 1e-9)
        windows = updates_per_s * self.pace.micro_batches * self.pace.windows
        return State(step, self.pace.steps, loss, windows, (self.pace.steps - step) / updates_per_s)


@contextmanager
def prefetched(
    load: Callable[[Place], B], places: Iterable[Place], workers: int
) -> Iterator[Iterator[tuple[Place, B]]]:
    """Micro-batches in order, prepared by background threads; a failure there is raised here."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="batches")

    def items() -> Iterator[tuple[Place, B]]:
        waiting: deque[tuple[Place, Future[B]]] = deque()
        for place in places:
            waiting.append((place, pool.submit(load, place)))
            if len(waiting) > 2 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()

    try:
        yield items()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
