"""From a heart to its recording and the truth about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecgfm_core.leads import LEADS, arrange
from ecgfm_core.simulate import statements
from ecgfm_core.simulate.beat import Anatomy, all_waves, anatomy, beats, fibrillation, flutter
from ecgfm_core.simulate.field import EIGHT, lead_field
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.noise import padded, recorded
from ecgfm_core.simulate.rhythm import Course, Origin, course
from ecgfm_core.simulate.truth import Truth
from ecgfm_core.simulate.waves import Array, draw
from ecgfm_core.types import Beat, Meta, Record


class Simulated(NamedTuple):
    """A simulated recording and what is known of it."""

    record: Record
    truth: Truth


class _Playing(NamedTuple):
    """A heart that beats: its course, its shape, its lead field [8, 3], and the generator of what moves."""

    heart: Heart
    course: Course
    body: Anatomy
    field: Array
    rng: np.random.Generator


def simulate(
    heart: Heart, *, seconds: float = 10.0, fs: float = 500.0, seed: int = 0, name: str = "simulated"
) -> Simulated:
    """Simulate a recording.

    Args:
        heart: what is simulated; its `patient.shape` makes it one person's.
        seconds: duration.
        fs: sampling rate in Hz.
        seed: of rhythm and noise; the same heart and seed give the same samples.
        name: of the record.

    Returns:
        Twelve leads in mV, float32, and the truth; the record states the labels that hold.

    Source: docs/simulator.md.
    """
    playing = _play(heart, seconds, seed)
    before, total = padded(seconds, fs)
    eight = _eight(playing, -before / fs, fs, total)
    noise_rng = np.random.default_rng([seed, 1])
    signal = recorded(eight, heart.noise, fs, round(seconds * fs), noise_rng)
    truth = _truth(playing, seconds)
    held = tuple(label for label, holds in truth.labels.items() if holds)
    meta = Meta("simulated", "simulated in mV", heart.patient.age, heart.patient.sex, held)
    return Simulated(Record(signal, fs, LEADS, "mV", name, meta), truth)


def noise_free(heart: Heart, *, seconds: float = 10.0, fs: float = 500.0, seed: int = 0) -> Array:
    """[12, S] mV in double precision: the same beats as `simulate`, before swaps, noise and recorder.

    Einthoven's and Goldberger's relations hold to rounding.
    """
    return arrange(_eight(_play(heart, seconds, seed), 0.0, fs, round(seconds * fs)), EIGHT)[0].astype(np.float64)


def _play(heart: Heart, seconds: float, seed: int) -> _Playing:
    rng = np.random.default_rng(seed)
    person = None if heart.patient.shape is None else np.random.default_rng(heart.patient.shape)
    played = course(heart, seconds, rng)
    origins: set[Origin] = {cycle.origin for cycle in played.cycles} | {"conducted"}
    return _Playing(heart, played, anatomy(heart, origins, person), lead_field(person), rng)


def _eight(playing: _Playing, start_s: float, fs: float, samples: int) -> Array:
    """[8, S] mV of `EIGHT` from `start_s` on."""
    heart, played, body, field, rng = playing
    dipole = draw(all_waves(heart, body, played, rng), start_s, fs, samples)
    times_s = start_s + np.arange(samples) / fs
    if heart.rhythm == "atrial fibrillation":
        dipole += heart.patient.p * fibrillation(times_s, rng)
    if heart.rhythm == "atrial flutter":
        dipole += heart.patient.p * flutter(times_s, played.flutter, rng)
    leads: Array = field @ dipole
    return leads


def _truth(playing: _Playing, seconds: float) -> Truth:
    heart, played, body, _, _ = playing
    found = beats(heart, body, played, seconds)
    kind = Counter(beat.kind for beat in found).most_common(1)[0][0] if found else None
    usual = [beat for beat in found if beat.kind == kind]
    rate = 60 * (len(found) - 1) / (found[-1].r_s - found[0].r_s) if len(found) > 1 else None
    pr_ms = _median_ms([(beat.p[0], beat.qrs[0]) for beat in usual if beat.p])
    return Truth(
        labels=statements.labels(heart, found, rate, pr_ms),
        rhythm=statements.rhythm(heart, rate),
        findings=statements.findings(heart),
        beats=found,
        pr_ms=pr_ms,
        qrs_ms=_median_ms([beat.qrs for beat in usual]),
        qt_ms=_median_ms([(beat.qrs[0], beat.t[1]) for beat in usual if beat.t]),
        axis_deg=_axis(playing, usual),
        rate=rate,
    )


def _median_ms(spans: Sequence[tuple[float, float]]) -> float | None:
    return float(np.median([1000 * (stop - start) for start, stop in spans])) if spans else None


def _axis(playing: _Playing, usual: Sequence[Beat]) -> float:
    """Of the net area of QRS: of each Gaussian, its amplitude times its width."""
    onsets = {round(cycle.qrs_s, 6): cycle.origin for cycle in playing.course.cycles}
    origin = onsets[round(usual[0].qrs[0], 6)] if usual else "conducted"
    qrs = playing.body.shapes[origin].qrs
    one, two = (playing.field[:2] @ (qrs[:, 3:] * qrs[:, 1:3].sum(axis=1, keepdims=True)).sum(axis=0)).tolist()
    return float(np.rad2deg(np.arctan2((two - one / 2) * 2 / np.sqrt(3), one)))
