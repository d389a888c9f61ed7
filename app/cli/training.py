"""Commands that make encoders: simulate, prepare, pretrain, finetune, probe, evaluate."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import common
from app.cli.common import DONE, INPUT_AT_FAULT, talk
from app.settings import settings
from ecgfm_core import training

if TYPE_CHECKING:
    from ecgfm_core.training import State

LONGEST_S = 3600
SEEN = (
    "These recordings are not the test split alone. An encoder that was trained on this store has learnt from them or "
    "was tuned on them, and every figure flatters it."
)
Commands = argparse._SubParsersAction  # noqa: SLF001  (argparse gives it no public name)


def add_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Declare them."""
    sub = _command(commands, simulate)
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    sub.add_argument("-n", "--count", type=int, default=1000, help="recordings; 1000 by default")
    sub.add_argument("--seconds", type=float, default=10.0, help="of each recording; 10 by default")
    sub.add_argument("--seed", type=int, default=0)
    sub = _command(commands, prepare)
    sub.add_argument("source", help="mimic-iv-ecg, cinc2021, code-15, ptb-xl, or folder: one with a records.csv")
    sub.add_argument("raw", type=Path, metavar="RAW", help="folder of the download")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="STORE")
    sub.add_argument("--seed", type=int, default=0, help="of the split by patient, where the source has none")
    for command in (pretrain, finetune):
        sub = _command(commands, command)
        sub.add_argument("stores", type=Path, nargs="+", metavar="STORE", help="what `ecgfm prepare` has written")
        sub.add_argument("-o", "--output", type=Path, required=True, metavar="RUN")
        sub.add_argument("--recipe", choices=["paper", "demo", "tiny"], default="paper", help="paper by default")
        sub.add_argument("--steps", type=int, help="updates; the recipe's by default")
        sub.add_argument("--lr", type=float, help="learning rate; the recipe's by default")
        sub.add_argument("--precision", choices=["fp32", "bf16"], help="the recipe's by default")
        sub.add_argument("--seed", type=int, help="of all chance; 1 by default")
        sub.add_argument("--device", help="cpu, cuda or mps; by default the best there is")
        if command is finetune:
            sub.add_argument("--from", dest="encoder", required=True, metavar="E", help="the encoder to begin with")
            sub.add_argument("--label", action="append", dest="labels", metavar="L", help="to learn; all by default")
            sub.add_argument("--trained", choices=["all", "transformer", "head"], help="what learns")
            sub.add_argument("--layer-decay", type=float, help="factor of the rate from each layer to the one below")
            sub.add_argument("--class-weights", action="store_true", default=None, help="a rare positive counts more")
    sub = _command(commands, probe)
    sub.add_argument("store", type=Path, metavar="STORE")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    sub.add_argument("--label", action="append", dest="labels", metavar="L", required=True, help="to tell")
    common.add_encoder(sub)
    sub = _command(commands, evaluate)
    sub.add_argument("store", type=Path, metavar="STORE")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    sub.add_argument("--split", choices=["train", "valid", "test", "all"], default="test", help="test by default")
    common.add_encoder(sub)


def simulate(options: argparse.Namespace) -> int:
    """Write simulated ECGs: WFDB files, a table of labels, the truth of every beat."""
    if options.count < 1 or not 0 < options.seconds <= LONGEST_S or options.seed < 0:
        talk(
            f"a cohort needs at least one recording of up to {LONGEST_S} s, and a seed of 0 or more. Got "
            f"{options.count} of {options.seconds:g} s, seed {options.seed}."
        )
        return INPUT_AT_FAULT
    if (options.output / "records.csv").exists():
        talk(f"{options.output.name}: the folder holds recordings already. Choose another folder, or remove it.")
        return INPUT_AT_FAULT
    progress = _counting("recordings")
    training.write_cohort(options.output, options.count, seed=options.seed, seconds=options.seconds, progress=progress)
    talk(f"{options.output}: {options.count} recordings, seed {options.seed}")
    return DONE


def prepare(options: argparse.Namespace) -> int:
    """Read a raw download into a store of recordings, labels and splits; goes on where it stopped."""
    made = training.prepare(
        options.source, options.raw, options.output, seed=options.seed, progress=_counting("recordings")
    )
    talk(f"{options.output}: {made.added} recordings added, {made.present} were there, {made.failed} failed")
    if made.failed:
        talk(f"{options.output}/errors.csv says which, and why")
    return INPUT_AT_FAULT if made.failed else DONE


def pretrain(options: argparse.Namespace) -> int:
    """Pretrain an encoder with WCR; goes on where it stopped. Several processes: start it with torchrun."""
    recipe = replace(training.PRETRAIN[options.recipe], **_given(options, "steps", "lr", "precision", "seed"))
    made = training.pretrain_cohorts(
        options.stores, options.output, recipe, device=_device(options), progress=_updates()
    )
    return _finished(made, options.output)


def finetune(options: argparse.Namespace) -> int:
    """Fine-tune an encoder on labelled recordings; goes on where it stopped."""
    names = ("steps", "lr", "precision", "seed", "trained", "layer_decay", "class_weights")
    recipe = replace(training.FINETUNE[options.recipe], labels=tuple(options.labels or ()), **_given(options, *names))
    encoder = common.encoder_folder(options.encoder)
    made = training.finetune_cohorts(
        options.stores, encoder, options.output, recipe, device=_device(options), progress=_updates()
    )
    return _finished(made, options.output)


def probe(options: argparse.Namespace) -> int:
    """Learn a linear head on an encoder's embeddings; strength chosen by cross-validation by patient."""
    from app.figures.evaluation import interval_text  # plotly is slow to import

    folder = common.encoder_folder(options.encoder or settings().encoder)
    for made in training.probe_cohort(options.store, folder, options.labels, options.output, device=_device(options)):
        talk(
            f"{made.label.name}: AUROC {interval_text(made.auroc)} by patient, {made.positives} positive, "
            f"{made.negatives} negative recordings"
        )
    talk(f"{options.output}: written")
    return DONE


def evaluate(options: argparse.Namespace) -> int:
    """Judge an encoder on a split of a store: evaluation.json and evaluation.html."""
    from app.standalone.evaluation import Judged, evaluation_document, evaluation_page  # plotly is slow to import

    encoder = common.encoder(options)
    if options.output.exists() and not options.output.is_dir():
        talk(f"{options.output.name}: a file of this name is there. Choose another folder.")
        return INPUT_AT_FAULT
    split = None if options.split == "all" else options.split
    found = training.evaluate_cohort(options.store, encoder, split, progress=_counting("recordings encoded"))
    day = datetime.now(UTC).date().isoformat()
    where = "all recordings" if split is None else f"the {split} split"
    note = "" if split == "test" else SEEN
    judged = Judged(encoder.name, encoder.fingerprint, options.store.name, where, day, note)
    options.output.mkdir(parents=True, exist_ok=True)
    document = json.dumps(evaluation_document(found, judged), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, text in {"evaluation.json": document, "evaluation.html": evaluation_page(found, judged)}.items():
        new = options.output / f".{name}"
        new.write_text(text, encoding="utf-8")
        new.replace(options.output / name)
    macro = found.macro_auroc
    if macro.value is None:
        talk("no macro AUROC: no label has 10 positives and 10 negatives")
    else:
        talk(f"macro AUROC {macro.value:.3f} over {len(found.macro_labels)} labels, {found.recordings} recordings")
    talk(f"{options.output}: evaluation.html, evaluation.json")
    return DONE


def _command(
    commands: Commands[argparse.ArgumentParser], command: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    sub = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
    sub.set_defaults(command=command)
    return sub


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The flags that were given; a recipe keeps its own value for the others."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def _device(options: argparse.Namespace) -> str | None:
    return options.device or settings().device or None


def _finished(made: Path | None, run: Path) -> int:
    if made is not None:
        _draw_curves(run)
        talk(f"{made}: written; the curves are in {run}/curves.html")
    return DONE


def _draw_curves(run: Path) -> None:
    from app.standalone.curves import curves_page

    (run / "curves.html").write_text(curves_page(run.name, training.read_metrics(run)), encoding="utf-8")


def _counting(what: str) -> Callable[[int, int], None]:
    """Report on stderr, now and then, and at the end."""
    due = common.now_and_then()

    def report(done: int, total: int) -> None:
        if due() or done == total:
            talk(f"{done:,} of {total:,} {what}")

    return report


def _updates() -> Callable[[State], None]:
    """Report a training on stderr: where it begins, now and then, and at the end."""
    due, begun = common.now_and_then(), False

    def report(state: State) -> None:
        nonlocal begun
        if not begun and state.step > 1:
            talk(f"goes on after update {state.step - 1:,}")
        begun = True
        if due() or state.step == state.steps:
            talk(
                f"update {state.step:,} of {state.steps:,}: loss {state.loss:.4f}, "
                f"{state.windows_per_s:,.0f} windows/s, {common.duration(state.left_s)} left"
            )

    return report
