"""WCR pretraining of an encoder on pairs of consecutive windows; no label is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ecgfm_core.errors import NothingToLearn
from ecgfm_core.model.checkpoint import save_folder
from ecgfm_core.model.config import Dropout, EncoderConfig
from ecgfm_core.model.export import export_published
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.model.masking import draw_negatives, keep_leads, mask_frames
from ecgfm_core.model.pretraining import PUBLISHED_DROPOUT, Batch, Losses, Objective, Pretraining
from ecgfm_core.signal.windows import WINDOW_SAMPLES
from ecgfm_core.training.chance import Chance, order_of, rng_at
from ecgfm_core.training.examples import Parts, Recordings
from ecgfm_core.training.loop import Outcome, Pace, Place, State, Task, fit, require_numbers
from ecgfm_core.training.optimizer import PublishedAdam
from ecgfm_core.training.run import Run
from ecgfm_core.training.world import World, joined

VALIDATION_PAIRS = 256


@dataclass(frozen=True, slots=True)
class PretrainRecipe:
    """How an encoder is pretrained; the defaults are the paper's.

    One update sees `pairs` times `micro_batches` pairs of windows; a contrast never reaches across a
    micro-batch, so the two are not interchangeable.

    Attributes:
        architecture: sizes of the encoder.
        objective: the task.
        dropout: chances of silencing.
        steps: updates; None = `epochs` passes over all pairs.
        epochs: passes, where `steps` is None.
        pairs: pairs of consecutive windows in a micro-batch.
        micro_batches: micro-batches an update, over all processes.
        lr: learning rate, constant.
        betas: of Adam's moments.
        eps: of Adam, added before the bias correction.
        decay: of all weights.
        precision: "fp32" or "bf16".
        save_every: updates from one checkpoint to the next.
        seed: of all chance.
    """

    architecture: EncoderConfig = EncoderConfig()  # noqa: RUF009  (frozen)
    objective: Objective = Objective()  # noqa: RUF009
    dropout: Dropout = PUBLISHED_DROPOUT
    steps: int | None = None
    epochs: int = 200
    pairs: int = 64
    micro_batches: int = 8
    lr: float = 5e-5
    betas: tuple[float, float] = (0.9, 0.98)
    eps: float = 1e-6
    decay: float = 0.01
    precision: str = "fp32"
    save_every: int = 500
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers out of range.

        Raises:
            RecipeInvalid: a number is not above 0.
        """
        require_numbers(self, "steps", "epochs", "pairs", "micro_batches", "lr", "eps", "save_every")


def pretrain(
    data: Parts,
    folder: Path,
    recipe: PretrainRecipe,
    *,
    device: str | None = None,
    progress: Callable[[State], None] = lambda state: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Pretrain, from the folder's last checkpoint on; writes the encoder, and the same under the published names.

    Args:
        data: recordings to learn from, and of other patients, whose loss is recorded at every checkpoint.
        folder: of the run: checkpoint, metrics.csv, and at the end encoder/ and published.pt.
        recipe: how.
        device: "cpu", "cuda", "mps"; None = the best there is.
        progress: called after every update.
        cancel: where it says yes, a checkpoint is written and TrainingError raised.

    Returns:
        The weights folder of the encoder, a backbone without a head; None in a process that does not lead.

    Raises:
        NothingToLearn: fewer than two pairs of consecutive windows.
        RunMismatch: the folder holds another training.
        TrainingDiverged: the loss is no longer a number.
    """
    with joined(device) as world:
        pairs = _Pairs(data.train, recipe)
        steps = recipe.steps or recipe.epochs * pairs.updates_per_epoch
        settings = {"kind": "pretrain", "data": data.train.digest, **asdict(recipe)}
        del settings["save_every"]  # decides nothing
        torch.manual_seed(recipe.seed)
        net = Pretraining(recipe.architecture, recipe.objective, recipe.dropout).to(world.device)
        task = _task(net, pairs, recipe, world, data.valid)
        with Run.opened(folder, settings, world) as run:
            fit(task, _pace(recipe, steps, 2 * pairs.size), run, world, progress=progress, cancel=cancel)
            return _export(net, folder, recipe, data.train, steps) if world.leads else None


class _Pairs:
    """Micro-batches of pairs of consecutive windows; each a function of the seed and its place alone."""

    def __init__(self, data: Recordings, recipe: PretrainRecipe) -> None:
        self.data, self.recipe = data, recipe
        self.pairs = [(row, k) for row, count in enumerate(data.windows) for k in range(count // 2)]
        if len(self.pairs) < 2:
            raise NothingToLearn(
                f"pretraining needs at least two recordings of 10 s or more. Found {len(self.pairs)} among "
                f"{len(data.windows)} recordings. Prepare longer recordings."
            )
        self.size = min(recipe.pairs, len(self.pairs))
        self.batches_per_epoch = len(self.pairs) // self.size
        self.updates_per_epoch = max(1, self.batches_per_epoch // recipe.micro_batches)

    def load(self, place: Place) -> Batch:
        """A micro-batch with hidden leads, hidden frames and negatives."""
        recipe = self.recipe
        epoch, turn = divmod(place.update * recipe.micro_batches + place.micro, self.batches_per_epoch)
        order = order_of(len(self.pairs), recipe.seed, epoch)
        chosen = [self.pairs[i] for i in order[turn * self.size : (turn + 1) * self.size]]
        rng = np.random.RandomState(rng_at(recipe.seed, Chance.CONTENT, *place).integers(2**32))
        return self.batch(chosen, rng, hide_leads=True)

    def batch(self, chosen: Sequence[tuple[int, int]], rng: np.random.RandomState, *, hide_leads: bool) -> Batch:
        rows = [row for row, _ in chosen]
        signals = dict(zip(dict.fromkeys(rows), self.data.signals(list(dict.fromkeys(rows))), strict=True))
        windows = np.stack([_window(signals[row], 2 * k + half) for row, k in chosen for half in (0, 1)])
        if hide_leads:
            windows *= keep_leads(len(windows), windows.shape[1], rng)[..., None]
        ecg = torch.from_numpy(windows)
        goal = self.recipe.objective
        frames = self.recipe.architecture.frames(WINDOW_SAMPLES)
        masked = mask_frames(len(ecg), frames, rng, share=goal.mask_share, span=goal.mask_span)
        generator = torch.Generator().manual_seed(int(rng.randint(2**31)))
        negatives = draw_negatives(len(ecg), int(masked[0].sum()), goal.negatives, generator)
        recordings = torch.tensor(rows).repeat_interleave(2)
        segments = torch.tensor([0, 1]).repeat(len(chosen))
        return Batch(ecg, torch.from_numpy(masked), negatives, recordings, segments)


def _window(signal: np.ndarray, number: int) -> np.ndarray:
    return signal[:, number * WINDOW_SAMPLES : (number + 1) * WINDOW_SAMPLES]


def _task(
    net: Pretraining, pairs: _Pairs, recipe: PretrainRecipe, world: World, validation: Recordings | None
) -> Task[Batch]:
    def outcome(wrapped: nn.Module, batch: Batch, step: int) -> Outcome:
        losses: Losses = wrapped(batch.to(world.device), recipe.objective.gumbel_temperature(step))
        return Outcome(losses.total, losses.targets, _sums(losses))

    optimizer = PublishedAdam(net.parameters(), recipe.lr, recipe.betas, recipe.eps, recipe.decay)
    validate = None if validation is None else _validation(validation, recipe, world)
    return Task(net, optimizer, lambda step: 1.0, pairs.load, outcome, validate)


def _pace(recipe: PretrainRecipe, steps: int, windows: int) -> Pace:
    return Pace(steps, recipe.micro_batches, windows, recipe.save_every, precision=recipe.precision, seed=recipe.seed)


def _sums(losses: Losses) -> dict[str, torch.Tensor]:
    """What is recorded, as sums over the hidden frames."""
    return {
        "contrastive": losses.contrastive,
        "diversity": losses.diversity,
        "penalty": losses.penalty,
        "cmsc": losses.cmsc,
        "accuracy": losses.correct,
        "codes": losses.code_perplexity * losses.targets,
    }


def _validation(
    data: Recordings, recipe: PretrainRecipe, world: World
) -> Callable[[nn.Module], Mapping[str, float]] | None:
    """The losses on some pairs kept apart, one a recording, with the same masks every time and all leads there."""
    try:
        pairs = _Pairs(data, recipe)
    except NothingToLearn:
        return None
    batches = []
    first = list({row: (row, k) for row, k in reversed(pairs.pairs)}.values())
    rng_at(recipe.seed, Chance.VALIDATION, 0).shuffle(first)
    kept = first[:VALIDATION_PAIRS]
    for start in range(0, len(kept) - 1, pairs.size):
        chosen = kept[start : start + pairs.size]
        rng = np.random.RandomState(rng_at(recipe.seed, Chance.VALIDATION, start + 1).integers(2**32))
        batches.append(pairs.batch(chosen, rng, hide_leads=False))

    def validate(net: nn.Module) -> Mapping[str, float]:
        sums: dict[str, float] = {}
        count = 0
        for batch in batches:
            losses = net(batch.to(world.device))
            count += int(losses.targets)
            for name, value in {"loss": losses.total, **_sums(losses)}.items():
                sums[name] = sums.get(name, 0.0) + float(value)
        return {name: value / count for name, value in sums.items()}

    return validate


def _export(net: Pretraining, folder: Path, recipe: PretrainRecipe, data: Recordings, steps: int) -> Path:
    origin = f"pretrained by this project (WCR, {steps} updates) on {len(data.windows)} recordings"
    manifest = Manifest(folder.name, recipe.architecture, InputSpec(), (), "see its data", origin)
    card = (
        f"# {folder.name}\n\nA backbone without a head: embeddings, no probabilities. For research and teaching only; "
        f"not a medical device.\n\n- Pretrained with WCR (wav2vec 2.0, CMSC, random lead masking), {steps} updates of "
        f"{recipe.micro_batches} x {recipe.pairs} pairs of 5 s windows, seed {recipe.seed}.\n"
        f"- Recordings: {len(data.windows)} from {', '.join(data.origin)}.\n"
    )
    save_folder(folder / "encoder", net.encoder.state_dict(), manifest, card)
    export_published(net, recipe.dropout, folder / "published.pt", steps)
    return folder / "encoder"
