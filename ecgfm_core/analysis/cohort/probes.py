"""A cohort's own probes: one JSON file a probe, named by its content; never pickled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ecgfm_core.analysis.cohort.access import storing
from ecgfm_core.analysis.cohort.description import write_whole
from ecgfm_core.errors import WeightsInvalid
from ecgfm_core.model.manifest import parse_labels
from ecgfm_core.types import Estimate, Probe

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort.store import Cohort

FOLDER = "probes"


def save_probe(cohort: Cohort, probe: Probe) -> None:
    """Keep a probe with its cohort, in place of one of the same name and encoder.

    Raises:
        CohortUnwritable: the folder cannot be written, or the disk is full.
    """
    content = {
        "label": asdict(probe.label), "encoder": probe.encoder, "weights": probe.weights.tolist(), "bias": probe.bias,
        "regularization": probe.regularization, "auroc": asdict(probe.auroc), "positives": probe.positives,
        "negatives": probe.negatives,
    }  # fmt: skip
    name = hashlib.sha256(f"{probe.encoder}:{probe.label.name}".encode()).hexdigest()[:24]
    with storing(cohort.folder):
        (cohort.folder / FOLDER).mkdir(exist_ok=True)
        write_whole(cohort.folder / FOLDER / f"{name}.json", json.dumps(content, indent=1).encode())


def load_probes(cohort: Cohort) -> tuple[Probe, ...]:
    """The probes of the cohort's encoder by name; a damaged file is passed over."""
    found = []
    for path in sorted((cohort.folder / FOLDER).glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            (label,) = parse_labels([said["label"]], path.name)
            probe = Probe(
                label, np.array(said["weights"], np.float32), float(said["bias"]), float(said["regularization"]),
                Estimate(**said["auroc"]), int(said["positives"]), int(said["negatives"]), str(said["encoder"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, RecursionError, WeightsInvalid):
            continue
        if cohort.encoder is not None and probe.encoder == cohort.encoder.fingerprint:
            found.append(probe)
    return tuple(sorted(found, key=lambda probe: probe.label.name))
