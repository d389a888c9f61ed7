"""What the demo encoder learns from: who is kept apart, what each source says, and what is simulated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgfm_core.analysis.cohort import Cohort
from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.training.examples import Recordings, from_cohort
from ecgfm_core.types import FloatArray

LABELS = tuple(label.name for label in MIMIC_IV_ECG)
RARE = (
    "Ventricular tachycardia",
    "Supraventricular tachycardia with aberrancy",
    "Atrial flutter",
    "Accessory pathway conduction",
    "1st degree atrioventricular block",
    "Bifascicular block",
    "Electronic pacemaker",
)
"""Labels that few of the development recordings have, or none: these rest on simulation."""

KEPT_SEED = 2026
"""Decides the fifth of the patients that is kept apart. It was chosen before any encoder was trained on this split."""
FOLD_SEED, FOLDS = 7, 5
SIMULATED_SEED, FEW_SIMULATED = 77, 400
"""Of the simulated cohort; how many of its recordings are mixed with the real ones, half of them with a rare label."""

SITES: Mapping[str, tuple[str, ...]] = {
    "PTB-XL": ("ptb-xl", "ptb-xl-zscored"),
    "CPSC, Chapman, PTB": ("cpsc2018", "cpsc_2018", "cpsc_2018_extra", "chapman_shaoxing", "ptb"),
    "LUDB": ("ludb",),
}
"""Sources that share hospitals."""

TWINS = {"ptb-xl/16723": "ptb-xl/16690"}
"""Two patients with one signal: their recordings 00463_hr and 00145_hr correlate to 1.000 (I, II, V2, 1-30 Hz).

All other pairs above 0.8 among the development recordings carry one patient id already.
"""

WEAK = 0.12
"""How much counts that a recording lacks what its source does not state but would hardly have left unsaid."""
TAUGHT, FILLED = 0.5, 0.3
"""Share of a soft target that comes from encoders that had not seen the recording; weight of one that they fill in."""
_LACKING: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("Poor data quality", "Ventricular tachycardia", "Supraventricular tachycardia with aberrancy"),
        tuple(source for site in SITES.values() for source in site),
    ),
    (("Accessory pathway conduction", "Electronic pacemaker"), ("ludb", "cpsc2018")),
)

_PTB_XL: Mapping[str, tuple[str, ...]] = {
    "normal": ("NORM",),
    "hypertrophy": ("LVH", "VCLVH"),
    "ST and T": ("STTC", "NDT", "NST", "NST_", "LOWT", "STD", "STD_", "INVT", "NT", "NT_", "TAB_"),
    "anterior infarction": ("AMI", "ASMI", "ALMI"),
    "inferior infarction": ("IMI", "ILMI", "PMI"),
    "ischemia": ("ISC", "ISC_", "ISCA", "ISCI", "ISCAL", "ISCIL", "ISCIN", "ISCLA"),
    "fascicular block": ("LAFB", "LAFB/LPFB"),
    "incomplete right bundle branch block": ("IRBBB",),
    "slow ventricular conduction": ("IVCD", "ILBBB"),
    "sinus arrhythmia": ("SARRH",),
    "premature atrial contraction": ("PAC", "SVARR"),
    "left atrium": ("LAO/LAE",),
    "Q wave": ("QWAVE", "ABQRS"),
    "low voltage": ("LVOLT",),
}
_SIMULATED: Mapping[str, tuple[str, ...]] = {
    "hypertrophy": ("left ventricular hypertrophy",),
    "ST and T": ("flat T", "inverted T", "ST depression"),
    "anterior infarction": ("anterior infarction", "septal infarction"),
    "inferior infarction": ("inferior infarction", "posterior infarction"),
    "fascicular block": ("left anterior fascicular block",),
    "sinus arrhythmia": ("sinus arrhythmia",),
    "premature atrial contraction": ("premature atrial contractions",),
    "low voltage": ("low voltage",),
}
_WORDS = {"ptb-xl": _PTB_XL, "ptb-xl-zscored": _PTB_XL, "simulated": _SIMULATED}
FINDINGS = tuple(_PTB_XL)
"""Learned beside the labels, from the words of the sources that have them; their rows of the head are dropped."""
FINDING_WEIGHT = 0.5


def stated(cohort: Cohort) -> Recordings:
    """The recordings of a cohort with the 17 labels as their sources state them; twins are one patient.

    Raises:
        NothingToLearn: a label is not the cohort's.
    """
    data = from_cohort(cohort, None, LABELS)
    return replace(data, patients=tuple(TWINS.get(patient, patient) for patient in data.patients))


def labelled(cohort: Cohort) -> Recordings:
    """The same to learn from: with weak zeros, and the findings beside the labels.

    Args:
        cohort: of the development recordings, or of simulated ones.

    Returns:
        Columns: `LABELS`, then `FINDINGS`.

    Raises:
        NothingToLearn: a label is not the cohort's.
    """
    data = stated(cohort)
    sources = cohort.table["source"].astype(str).tolist()
    targets, weights = data.targets.copy(), data.weights.copy()
    for names, databases in _LACKING:
        for name in names:
            column = LABELS.index(name)
            unsaid = np.isnan(targets[:, column]) & np.isin(sources, databases)
            targets[unsaid, column], weights[unsaid, column] = 0.0, WEAK
    found = _findings(cohort.table["stated"].astype(str).tolist(), sources)
    return replace(
        data,
        labels=(*LABELS, *FINDINGS),
        targets=np.concatenate([targets, found], axis=1),
        weights=np.concatenate([weights, FINDING_WEIGHT * ~np.isnan(found)], axis=1, dtype=np.float32),
    )


def _findings(stated: Sequence[str], sources: Sequence[str]) -> FloatArray:
    """[N, F] 1, 0, or NaN where the source has no word for a finding."""
    found = np.full((len(sources), len(FINDINGS)), np.nan, np.float32)
    for row, (statement, source) in enumerate(zip(stated, sources, strict=True)):
        said = [part.strip() for part in statement.split(";")]
        for finding, words in _WORDS.get(source, {}).items():
            holds = any(part == word or part.endswith(f" {word}") for part in said for word in words)
            found[row, FINDINGS.index(finding)] = holds
    return found


def softened(data: Recordings, said: FloatArray) -> Recordings:
    """Targets between what the source states and what others say; what no source states, the others fill in.

    Args:
        data: columns `LABELS`, then `FINDINGS`.
        said: [N, C] probabilities of `LABELS`, by encoders that did not learn from the recording.
    """
    count = len(LABELS)
    targets, weights = data.targets.copy(), data.weights.copy()
    known = weights[:, :count] > 0.5
    hard = np.nan_to_num(targets[:, :count])
    targets[:, :count] = np.where(known, (1 - TAUGHT) * hard + TAUGHT * said, said)
    weights[:, :count] = np.where(known, weights[:, :count], FILLED)
    return replace(data, targets=targets, weights=weights)


def some_simulated(simulated: Recordings) -> list[int]:
    """Rows of the simulated recordings that are mixed with real ones: half with a rare label, half without."""
    rare = simulated.targets[:, [LABELS.index(name) for name in RARE]].any(axis=1)
    rng = np.random.default_rng(SIMULATED_SEED)
    each = FEW_SIMULATED // 2
    chosen = [rng.permutation(np.flatnonzero(part))[:each] for part in (rare, ~rare)]
    return [int(row) for rows in chosen for row in rows]


def positives(data: Recordings) -> Counter[str]:
    """How many recordings have each label."""
    return Counter(dict(zip(data.labels, np.nansum(data.targets, axis=0).astype(int).tolist(), strict=True)))


def kept_apart(patients: Sequence[str]) -> frozenset[str]:
    """The fifth of the patients on whom the finished encoder is judged, once."""
    names = sorted(set(patients))
    order = np.random.default_rng(KEPT_SEED).permutation(len(names))
    return frozenset(names[i] for i in order[: len(names) // 5])


def folds(patients: Sequence[str]) -> npt.NDArray[np.intp]:
    """[N] the fold, 0 to 4, of each recording by its patient; -1 = kept apart."""
    kept = kept_apart(patients)
    names = [name for name in sorted(set(patients)) if name not in kept]
    order = np.random.default_rng(FOLD_SEED).permutation(len(names))
    place = {names[i]: turn % FOLDS for turn, i in enumerate(order)} | dict.fromkeys(kept, -1)
    return np.array([place[patient] for patient in patients], np.intp)


def site_of(ids: Sequence[str]) -> list[str]:
    """[N] the site of each recording, from the source before the slash of its id; "" = none of `SITES`."""
    sites = {source: site for site, sources in SITES.items() for source in sources}
    return [sites.get(id.partition("/")[0], "") for id in ids]
