"""Fine-tuning: a pretrained encoder and labelled recordings -> an encoder with a head."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (the name PyTorch's own documentation uses)
from torch import Tensor, nn

from ecgfm_core.errors import RecipeInvalid, TrainingError
from ecgfm_core.labels import Label
from ecgfm_core.model.checkpoint import require_finite, require_match
from ecgfm_core.model.config import Dropout, EncoderConfig
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.training.batches import Labelled, LabelledWindows
from ecgfm_core.training.chance import order_of
from ecgfm_core.training.examples import Parts, Recordings, learnable
from ecgfm_core.training.loop import Outcome, Pace, State, Task, fit, require_numbers
from ecgfm_core.training.optimizer import PublishedAdam
from ecgfm_core.training.run import Run
from ecgfm_core.training.world import World, joined

VALIDATION_BATCH, VALIDATION_WINDOWS = 64, 2048
WARM_UP = 0.05
"""Share of the updates over which the learning rate rises, with the cosine schedule."""


@dataclass(frozen=True, slots=True)
class FinetuneRecipe:
    """How an encoder is fine-tuned; the defaults are the paper's.

    Attributes:
        labels: names to learn, each of which must have both classes; none = all, as far as they have them.
        steps: updates; None = `epochs` passes over all windows.
        epochs: passes, where `steps` is None.
        batch: windows an update.
        lr: learning rate of the head.
        schedule: constant, or a rise over a twentieth of the updates and a cosine to zero.
        layer_decay: factor of the learning rate from each layer to the one below it; 1 = the same everywhere.
        trained: all, all but the stem (as published), or the head alone.
        class_weights: whether a positive counts (1 - prevalence) / prevalence times.
        varied: random crops, changed at random, rare labels drawn more often.
        spoil: share of windows spoiled on purpose, as examples of poor quality; only when varied.
        betas: of Adam's moments.
        eps: of Adam.
        decay: of all weights.
        clip: largest norm of the gradient; None = any.
        average: decay of the averaged weights that are kept; None = the last are kept.
        dropout: chances of silencing.
        precision: "fp32" or "bf16".
        save_every: updates from one checkpoint to the next.
        seed: of all chance.
    """

    labels: tuple[str, ...] = ()
    steps: int | None = None
    epochs: int = 140
    batch: int = 256
    lr: float = 1e-6
    schedule: Literal["constant", "cosine"] = "constant"
    layer_decay: float = 1.0
    trained: Literal["all", "transformer", "head"] = "transformer"
    class_weights: bool = False
    varied: bool = False
    spoil: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-8
    decay: float = 0.0
    clip: float | None = None
    average: float | None = None
    dropout: Dropout = Dropout(activation=0.1)  # noqa: RUF009  (frozen)
    precision: str = "fp32"
    save_every: int = 500
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers out of range.

        Raises:
            RecipeInvalid: a number is not above 0, or a share above 1.
        """
        require_numbers(self, "steps", "epochs", "batch", "lr", "layer_decay", "eps", "clip", "average", "save_every")
        for name in ("layer_decay", "spoil", "average"):
            if (getattr(self, name) or 0) > 1:
                raise RecipeInvalid(f"{name} must be at most 1. Got {getattr(self, name)}.")


class Start(NamedTuple):
    """What is fine-tuned: sizes, and the tensors of a backbone; no tensors = from scratch."""

    architecture: EncoderConfig
    state: Mapping[str, Tensor]


class Tuned(NamedTuple):
    """What fine-tuning gives: the tensors, what each output means, updates made, recordings that state a label."""

    state: dict[str, Tensor]
    labels: tuple[Label, ...]
    steps: int
    recordings: int


def finetune(
    data: Parts,
    start: Start,
    folder: Path,
    recipe: FinetuneRecipe,
    *,
    device: str | None = None,
    progress: Callable[[State], None] = lambda state: None,
) -> Tuned:
    """Fine-tune, from the folder's last checkpoint on.

    Args:
        data: recordings with targets to learn from, and of other patients to judge by at every checkpoint.
        start: the encoder to begin with; its head, if it has one, is replaced.
        folder: of the run: checkpoint and metrics.csv.
        recipe: how.
        device: "cpu", "cuda", "mps"; None = the best there is.
        progress: called after every update.

    Returns:
        The tensors, on the CPU.

    Raises:
        TrainingError: there are several processes.
        WeightsMismatch: the tensors to begin with do not fit.
        NothingToLearn: a label that the recipe names has one class only, or none has two.
        RunMismatch: the folder holds another training.
        TrainingDiverged: the loss is no longer a number.
    """
    labels = learnable(data.train, recipe.labels)
    train = data.train.take(np.flatnonzero(data.train.weights.any(axis=1)).tolist())
    with joined(device) as world:
        _require_alone(world)
        windows = LabelledWindows(train, recipe.batch, recipe.seed, varied=recipe.varied, spoil=recipe.spoil)
        pace = _pace(recipe, windows)
        net = _begin(start, len(labels), recipe).to(world.device)
        task = _task(net, data, windows, recipe, pace.steps, world)
        with Run.opened(folder, _settings(train, start, recipe), world) as run:
            trained = fit(task, pace, run, world, progress=progress)
        return Tuned({n: t.detach().cpu() for n, t in trained.state_dict().items()}, labels, pace.steps, len(train))


def learning_rate(schedule: str, step: int, steps: int) -> float:
    """Factor of the learning rate at an update."""
    if schedule == "constant":
        return 1.0
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def masked_bce(logits: Tensor, batch: Labelled, positive: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Binary cross entropy over what is known: its sum, and the sum of the weights to divide it by.

    Args:
        logits: [B, C].
        batch: targets and weights [B, C].
        positive: [C] how many times a positive counts.
    """
    losses = F.binary_cross_entropy_with_logits(logits.float(), batch.targets, reduction="none", pos_weight=positive)
    return (losses * batch.weights).sum(), batch.weights.sum()


def _require_alone(world: World) -> None:
    if world.size > 1:
        raise TrainingError(f"fine-tuning runs in one process; {world.size} were started. Start it without torchrun.")


def _task(
    net: EcgFm, data: Parts, windows: LabelledWindows, recipe: FinetuneRecipe, steps: int, world: World,
) -> Task[Labelled]:  # fmt: skip
    optimizer = PublishedAdam(_groups(net, recipe), recipe.lr, recipe.betas, recipe.eps, recipe.decay)
    validate = None if data.valid is None else _validation(data.valid, world)
    rate = partial(learning_rate, recipe.schedule, steps=steps)
    return Task(net, optimizer, rate, windows.load, _outcome(data.train, recipe, world), validate)


def _pace(recipe: FinetuneRecipe, windows: LabelledWindows) -> Pace:
    steps = recipe.steps or recipe.epochs * windows.per_epoch
    return Pace(steps, 1, windows.size, recipe.save_every, recipe.clip, recipe.average, recipe.precision, recipe.seed)


def _begin(start: Start, labels: int, recipe: FinetuneRecipe) -> EcgFm:
    torch.manual_seed(recipe.seed)
    net = EcgFm(start.architecture, labels, recipe.dropout)
    if start.state:
        body = {name: tensor for name, tensor in start.state.items() if not name.startswith("head.")}
        expected = {n: tuple(t.shape) for n, t in net.state_dict().items() if not n.startswith("head.")}
        require_match(expected, body)
        require_finite(body)
        net.load_state_dict(body, strict=False)  # the head is new
    if recipe.trained == "transformer":
        net.stem.requires_grad_(False)
    elif recipe.trained == "head":
        net.requires_grad_(False)
        if net.head is not None:
            net.head.requires_grad_(True)
    return net


def _groups(net: EcgFm, recipe: FinetuneRecipe) -> list[dict[str, object]]:
    """Parameters by depth: the head learns at the full rate, each layer below at `layer_decay` of the one above."""
    depth = len(net.layers) + 1
    by_depth: dict[int, list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            first, *rest = name.split(".")
            at = {"head": depth, "layers": int(rest[0]) + 1 if first == "layers" else 0}.get(first, 0)
            by_depth.setdefault(at, []).append(parameter)
    return [
        {"params": parameters, "lr": recipe.lr * recipe.layer_decay ** (depth - at)}
        for at, parameters in sorted(by_depth.items())
    ]


def _outcome(data: Recordings, recipe: FinetuneRecipe, world: World) -> Callable[[nn.Module, Labelled, int], Outcome]:
    positive = None
    if recipe.class_weights:
        share = np.nanmean(np.where(np.isnan(data.targets).all(axis=0), 0.5, data.targets), axis=0).clip(1e-3, 1)
        positive = torch.tensor((1 - share) / share, dtype=torch.float32, device=world.device)

    def outcome(net: nn.Module, batch: Labelled, step: int) -> Outcome:
        here = Labelled(*(tensor.to(world.device, non_blocking=True) for tensor in batch))
        loss, count = masked_bce(net(here.windows).logits, here, positive)
        return Outcome(loss, count, {})

    return outcome


def _validation(data: Recordings, world: World) -> Callable[[nn.Module], Mapping[str, float]]:
    """The loss on windows of recordings kept apart, as they are; the same ones every time."""
    windows = LabelledWindows(data, VALIDATION_BATCH, 0, varied=False, spoil=0.0)
    order = order_of(len(windows.windows), 0, 0)[:VALIDATION_WINDOWS]
    kept = [windows.windows[i] for i in order]

    def validate(net: nn.Module) -> Mapping[str, float]:
        total, count = 0.0, 0.0
        for start in range(0, len(kept), VALIDATION_BATCH):
            batch = windows.plain(kept[start : start + VALIDATION_BATCH])
            here = Labelled(*(tensor.to(world.device) for tensor in batch))
            loss, weight = masked_bce(net(here.windows).logits, here)
            total, count = total + float(loss), count + float(weight)
        return {"loss": total / count if count else float("nan")}

    return validate


def _settings(data: Recordings, start: Start, recipe: FinetuneRecipe) -> dict[str, object]:
    """What decides the result."""
    settings = {"kind": "finetune", "data": data.digest, "start": _digest(start), **asdict(recipe)}
    del settings["save_every"]
    return settings


def _digest(start: Start) -> str:
    """What is begun with, for the run's settings."""
    found = hashlib.sha256(repr(start.architecture).encode())
    for name, tensor in sorted(start.state.items()):
        found.update(name.encode() + tensor.contiguous().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
