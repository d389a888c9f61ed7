"""Simulated recordings with one fault each, for the tests of quality."""

from collections.abc import Callable
from typing import Any

import numpy as np

import ecgfm_core as ecg
from ecgfm_core import Heart
from ecgfm_core.leads import LEADS
from ecgfm_core.simulate.heart import Noise, Patient
from ecgfm_core.types import Meta, Quality, Record


def recorded(
    seed: int = 5, seconds: float = 10.0, fs: float = 500.0, heart: Heart | None = None, **noise: Any
) -> Record:
    """A textbook heart with a little of everybody's noise, and what is asked for."""
    made = heart or Heart(patient=Patient(shape=seed), noise=Noise(**noise))
    return ecg.simulate(made, seconds=seconds, fs=fs, seed=seed).record


def changed(signal: np.ndarray, like: Record, unit: str | None = "mV") -> Record:
    """The same recording with other samples."""
    return Record(signal, like.fs, like.leads, unit, "changed", Meta("test"))


def with_lead(lead: str, change: Callable[[np.ndarray], np.ndarray], like: Record) -> Record:
    """The same recording with one lead changed."""
    signal = like.signal.copy()
    signal[LEADS.index(lead)] = change(signal[LEADS.index(lead)])
    return changed(signal, like)


def names(found: Quality) -> set[str]:
    return {flag.flag for flag in found.flags}


def leads(found: Quality, name: str) -> set[str | None]:
    return {flag.lead for flag in found.flags if flag.flag == name}
