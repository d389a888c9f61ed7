"""Training: from raw downloads to encoders. Sources, pretraining, fine-tuning, probes, evaluation.

    from pathlib import Path
    from ecgfm_core import training

    training.prepare("ptb-xl", Path("ptb-xl-1.0.3"), Path("stores/ptb-xl"))
    training.pretrain_cohorts([Path("stores/ptb-xl")], Path("runs/first"), training.PRETRAIN["demo"])

Public are the names below. They are imported on first use, so that the command line does not wait for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecgfm_core.lazy import lazily

if TYPE_CHECKING:
    from ecgfm_core.model.hub import encoder_folder
    from ecgfm_core.simulate.cohort import write_cohort
    from ecgfm_core.training.cohorts import evaluate_cohort, finetune_cohorts, pretrain_cohorts, probe_cohort
    from ecgfm_core.training.fetching import Fetched, fetch_ptb_xl
    from ecgfm_core.training.finetuning import FinetuneRecipe
    from ecgfm_core.training.loop import State
    from ecgfm_core.training.presets import FINETUNE, PRETRAIN
    from ecgfm_core.training.pretraining import PretrainRecipe
    from ecgfm_core.training.run import read_metrics
    from ecgfm_core.training.sources import Prepared, prepare

_HOME = {
    "FINETUNE": "training.presets",
    "PRETRAIN": "training.presets",
    "Fetched": "training.fetching",
    "FinetuneRecipe": "training.finetuning",
    "Prepared": "training.sources",
    "PretrainRecipe": "training.pretraining",
    "State": "training.loop",
    "encoder_folder": "model.hub",
    "evaluate_cohort": "training.cohorts",
    "fetch_ptb_xl": "training.fetching",
    "finetune_cohorts": "training.cohorts",
    "prepare": "training.sources",
    "pretrain_cohorts": "training.cohorts",
    "probe_cohort": "training.cohorts",
    "read_metrics": "training.run",
    "write_cohort": "simulate.cohort",
}

__all__ = [
    "FINETUNE",
    "PRETRAIN",
    "Fetched",
    "FinetuneRecipe",
    "Prepared",
    "PretrainRecipe",
    "State",
    "encoder_folder",
    "evaluate_cohort",
    "fetch_ptb_xl",
    "finetune_cohorts",
    "prepare",
    "pretrain_cohorts",
    "probe_cohort",
    "read_metrics",
    "write_cohort",
]

__getattr__ = lazily(__name__, _HOME)
