"""Where a wave begins and ends: the numbers that were tuned against cardiologists, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the delineation may be tuned by. A share is of the wave's steepest slope.

    The defaults were tuned on all 100 recordings of the benchmark (`python -m benchmarks delineation`).

    Attributes:
        qrs_hz: Hz above which nothing is seen of QRS.
        qrs_onset: share at which QRS begins.
        qrs_offset: share at which QRS ends.
        p_hz: Hz above which nothing is seen of P.
        p_onset: share at which P begins.
        p_offset: share at which P ends.
        p_steady: correlation of single P waves with their median (-1..1) from which there is a P wave.
        p_steady_irregular: the same where RR varies as in atrial fibrillation.
        p_shortest_s: s that a P wave lasts at least.
        t_hz: Hz above which nothing is seen of T.
        t_offset: share at which T ends.
    """

    qrs_hz: float = 30.0
    qrs_onset: float = 0.03
    qrs_offset: float = 0.03
    p_hz: float = 25.0
    p_onset: float = 0.2
    p_offset: float = 0.3
    p_steady: float = 0.88
    p_steady_irregular: float = 0.93
    p_shortest_s: float = 0.07
    t_hz: float = 10.0
    t_offset: float = 0.2


DEFAULT = Thresholds()
