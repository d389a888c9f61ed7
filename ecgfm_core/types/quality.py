"""What is said of a recording's quality."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """One objection: which check, which lead, from when to when, and why, in words.

    Attributes:
        flag: "lost", "flat", "clipped", "noisy", "wander", "mains", "pacing_spikes", "einthoven", "limb_swap" or
            "precordial_swap".
        lead: the lead, or None where it concerns no single one.
        from_s: s from the start of the recording.
        to_s: s, where it ends.
        why: the reason, with numbers and units.
    """

    flag: str
    lead: str | None
    from_s: float
    to_s: float
    why: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What the checks found.

    Attributes:
        score: 0..1; 1 = no check objects, and lower the less of the recording can be used.
        flags: the objections, and pacing spikes, which are a finding and no fault.
        checks: names of the checks that could be made.
        verdict: one sentence why a model's probabilities on it should not be believed; None where it passes.
    """

    score: float
    flags: tuple[Flag, ...]
    checks: tuple[str, ...]
    verdict: str | None
