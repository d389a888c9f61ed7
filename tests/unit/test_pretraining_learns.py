"""Pretraining on simulated hearts learns something: the contrastive loss falls, and a linear probe gains by it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ecgfm_core as ecg
from ecgfm_core import training
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.model.checkpoint import Encoder, build, load_folder
from ecgfm_core.model.encoder import EcgFm
from ecgfm_core.model.manifest import InputSpec, Manifest
from ecgfm_core.simulate.population import random_heart
from ecgfm_core.training.examples import Parts, Recordings
from ecgfm_core.training.pretraining import pretrain
from ecgfm_core.training.scoring import outputs

TRAINING, JUDGING = range(300), range(300, 500)
ENOUGH = 8


@pytest.fixture(scope="module")
def cohort() -> Recordings:
    names = tuple(label.name for label in MIMIC_IV_ECG)
    made = [ecg.simulate(random_heart(np.random.default_rng([8, i])), seed=i) for i in range(500)]
    signals = [ecg.preprocess(one.record).standardized for one in made]
    targets = np.array([[one.truth.labels[name] for name in names] for one in made], np.float32)
    ids = tuple(str(i) for i in range(500))
    return Recordings(
        lambda rows: [signals[row] for row in rows],
        (2,) * 500,
        ids,
        ids,
        ids,
        names,
        targets,
        np.ones_like(targets),
        ("s",),
    )


def probed(encoder: Encoder, data: Recordings) -> float:
    """Mean AUROC of linear probes on the embeddings, over the labels that both halves have."""
    rows = range(len(data))
    made = [
        one for start in range(0, len(data), 50) for one in outputs(data.signals(rows[start : start + 50]), encoder)
    ]
    vectors = np.stack([one.pooled.mean(axis=0) for one in made])
    scores = []
    for column in data.targets.T:
        known, asked = column[TRAINING], column[JUDGING]
        if min(known.sum(), asked.sum(), (1 - known).sum(), (1 - asked).sum()) >= ENOUGH:
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=500))
            model.fit(vectors[TRAINING], known)
            scores.append(roc_auc_score(asked, model.decision_function(vectors[JUDGING])))
    assert len(scores) >= 5
    return float(np.mean(scores))


def test_the_contrastive_loss_falls_and_embeddings_beat_those_of_a_random_encoder(cohort: Recordings, tmp_path: Path):
    recipe = replace(training.PRETRAIN["tiny"], steps=250)
    folder = pretrain(Parts(cohort.take(TRAINING)), tmp_path / "run", recipe, device="cpu")
    assert folder is not None
    rows = training.read_metrics(tmp_path / "run")
    contrastive, accuracy, codes = ([float(row[name]) for row in rows] for name in ("contrastive", "accuracy", "codes"))
    chance = np.log(1 + recipe.objective.negatives)
    assert contrastive[0] > chance
    assert np.mean(contrastive[-20:]) < 0.98 * np.mean(contrastive[20:40])
    assert np.mean(contrastive[-20:]) < 0.98 * chance
    assert np.mean(accuracy[-20:]) > 2 / (1 + recipe.objective.negatives)
    assert np.mean(codes[-20:]) > 0.5 * recipe.objective.codes * recipe.objective.groups  # not by using fewer codes

    torch.manual_seed(1)
    manifest = Manifest("random", recipe.architecture, InputSpec(), (), "MIT", "nowhere")
    random = Encoder(build(manifest, EcgFm(recipe.architecture, 0).state_dict()), manifest, "", torch.device("cpu"), "")
    assert probed(load_folder(folder, device="cpu"), cohort) > probed(random, cohort) + 0.05
