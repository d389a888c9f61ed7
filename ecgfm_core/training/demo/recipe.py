"""How the demo encoder is made: simulated hearts first, then real recordings too, with targets softened by folds.

Every fine-tuning is a run that goes on where it was stopped. Several go side by side, a process and a thread each.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ecgfm_core.analysis.cohort import open_cohort
from ecgfm_core.model.config import Dropout
from ecgfm_core.simulate.cohort import TABLE, write_cohort
from ecgfm_core.training.batches import HIDDEN_SHARE, MOST_OFTEN
from ecgfm_core.training.demo.recordings import (
    FEW_SIMULATED,
    FILLED,
    FINDINGS,
    LABELS,
    SIMULATED_SEED,
    WEAK,
    labelled,
    softened,
    some_simulated,
)
from ecgfm_core.training.examples import Parts, Recordings, joined
from ecgfm_core.training.finetuning import FinetuneRecipe, Start, finetune
from ecgfm_core.training.loop import State
from ecgfm_core.training.presets import DEMO, FINETUNE
from ecgfm_core.training.sources.preparation import prepare

REAL, SIMULATED, TUNED = "real", "simulated", "tuned.safetensors"
PROCESSES = 2
SIMULATED_COUNT = 6000

BEGINNING = replace(FINETUNE["demo"], steps=600, batch=32, dropout=Dropout())
"""On simulated recordings alone, from scratch."""
SHORT = replace(FINETUNE["demo"], steps=1200)
"""On real recordings and some simulated ones, for folds and sites."""
FINAL = replace(FINETUNE["demo"], steps=2400)
"""The same for the encoder that is kept."""
WORDS = f"""From scratch and supervised, in three steps; AdamW at {FINAL.lr:g} with a rise and a cosine, averaged
weights ({FINAL.average:g}), bf16.

1. {BEGINNING.steps} updates of {BEGINNING.batch} windows on {SIMULATED_COUNT} simulated recordings.
2. Five encoders go on from there, {SHORT.steps} updates of {SHORT.batch} windows each, every one on four of the five
   folds and {FEW_SIMULATED} simulated recordings, half of these with a rare label. What each says of its fifth fold is
   kept.
3. This encoder goes on from step 1, {FINAL.steps} updates, on all five folds and the same simulated recordings. Its
   targets lie half way between what the source states and what the encoder of step 2 says that had not seen the
   recording; what no source states, that encoder fills in (weight {FILLED:g}).

Recordings whose facts are rare are drawn up to {MOST_OFTEN:g} times as often. A window is a random crop, time scaled
by up to 5 %, each lead with a gain of its own, with wander, noise and mains. In {HIDDEN_SHARE:.0%} of the windows half
of the leads are hidden; {FINAL.spoil:.0%} are spoiled as electrodes do it and count as of poor quality.

A source that does not state a label leaves it out of the loss, but for weak zeros (weight {WEAK:g}) where it would
hardly have left it unsaid. Beside the labels, {len(FINDINGS)} findings are learned that PTB-XL or the simulation
states, such as the place of an infarction; their outputs are dropped.

Command: `make demo-encoder`. What was tried: `docs/demo-encoder.md`.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One fine-tuning.

    Attributes:
        name: of its folder.
        rows: of the development recordings to learn from; none = all simulated ones instead.
        recipe: how.
        start: file of the tensors to begin with; None = from scratch.
        teacher: file of what encoders say of recordings that they had not seen, [N, C] probabilities, a row for each
            of the development recordings; None = hard targets alone.
    """

    name: str
    rows: Sequence[int]
    recipe: FinetuneRecipe
    start: Path | None = None
    teacher: Path | None = None


def prepare_recordings(recordings: Path, work: Path) -> None:
    """Bring the development recordings, and simulated ones, into cohorts; what is there is passed over.

    Raises:
        SourceError: the development recordings are not laid out as expected.
        CohortError: a cohort cannot be written.
    """
    prepare("folder", recordings, work / REAL)
    files = work / "simulated-files"
    if not (files / TABLE).exists():
        write_cohort(files, SIMULATED_COUNT, seed=SIMULATED_SEED)
    prepare("folder", files, work / SIMULATED)


def side_by_side(work: Path, jobs: Sequence[Job]) -> None:
    """Do the jobs, as many at a time as there are `PROCESSES`."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(partial(tune, work), jobs))


def tune(work: Path, job: Job) -> Path:
    """Do one job with one thread: two are slower than one on such small products."""
    torch.set_num_threads(1)
    start = {} if job.start is None else load_file(job.start)
    tuned = finetune(
        Parts(_mixture(work, job)), Start(DEMO, start), work / job.name, job.recipe, device="cpu",
        progress=partial(_report, job.name),
    )  # fmt: skip
    file = work / job.name / TUNED
    save_file(tuned.state, file)
    return file


def tensors(file: Path) -> dict[str, Tensor]:
    """The tensors of a job; of the head, the rows of the labels alone."""
    return {
        name: tensor[: len(LABELS)].clone() if name.startswith("head.") else tensor
        for name, tensor in load_file(file).items()
    }


def _mixture(work: Path, job: Job) -> Recordings:
    """All simulated recordings; or real ones, and a few simulated."""
    simulated = labelled(open_cohort(work / SIMULATED))
    if not job.rows:
        return simulated.held()
    real = labelled(open_cohort(work / REAL)).take(job.rows)
    if job.teacher is not None:
        real = softened(real, load_file(job.teacher)["said"].numpy()[list(job.rows)])
    return joined([real, simulated.take(some_simulated(simulated))]).held()


def _report(name: str, state: State) -> None:
    if state.step % 100 == 0:
        sys.stderr.write(f"{name}: {state.step} of {state.steps}, loss {state.loss:.4f}, {state.left_s:.0f} s left\n")
