"""Examine a record: its faults as flags, a score, and the sentence why it should not be believed."""

from __future__ import annotations

from collections.abc import Iterable

from ecgfm_core.leads import LEADS
from ecgfm_core.signal.quality import thresholds as limits
from ecgfm_core.signal.quality.cables import cable_faults, examinable
from ecgfm_core.signal.quality.contact import contact_faults
from ecgfm_core.signal.quality.einthoven import einthoven_faults, relating_leads
from ecgfm_core.signal.quality.faults import Fault
from ecgfm_core.signal.quality.judge import score, verdict
from ecgfm_core.signal.quality.noise import noise_faults
from ecgfm_core.signal.quality.seconds import seconds, visible_mains
from ecgfm_core.signal.quality.spikes import spike_faults
from ecgfm_core.types import Flag, Quality, Record

FLAGS = (
    "einthoven", "limb_swap", "precordial_swap", "lost", "flat", "clipped", "noisy", "wander", "mains", "pacing_spikes",
)  # fmt: skip
"""The order in which flags are told: what concerns all leads first."""


def quality(record: Record) -> Quality:
    """Examine every lead of a record, as its file holds it; of any length, rate, unit and set of leads.

    Returns:
        The flags, the checks that could be made, a score of 0..1, and a verdict or None.

    Source: docs/quality.md.
    """
    measured = seconds(record)
    contact = contact_faults(record, measured)
    faults = contact + noise_faults(record, measured, contact)
    checks = ["lost", "flat", "clipped", *_possible(record)]
    unusable = {fault.lead for fault in contact if fault.lead}
    if "pacing_spikes" in checks:
        faults += spike_faults(record)
    if relating_leads(record, unusable):
        checks.append("einthoven")
        faults += einthoven_faults(record, unusable)
    reached = score(record, measured.edges, faults)
    paced = any(fault.flag == "pacing_spikes" for fault in faults)  # a paced beat starts anywhere
    if reached >= limits.LEAST_SCORE and not paced and examinable(record, unusable):
        checks += ["limb_swap", "precordial_swap"]
        faults += cable_faults(record, measured)
    faults.sort(key=_order)
    flags = tuple(
        Flag(fault.flag, fault.lead, fault.span[0] / record.fs, fault.span[1] / record.fs, fault.why)
        for fault in faults
    )
    return Quality(reached, flags, tuple(checks), verdict(record, faults, reached))


def _possible(record: Record) -> Iterable[str]:
    """Checks of noise and pacing that rate and unit allow."""
    if record.fs >= limits.NOISE_FS:
        yield "noisy"
    if record.unit is not None:
        yield "wander"
    if visible_mains(record.fs):
        yield "mains"
    if record.unit is not None and record.fs >= limits.SPIKE_FS:
        yield "pacing_spikes"


def _order(fault: Fault) -> tuple[int, int, int]:
    """As the checks are listed, then lead by lead, then in time."""
    lead = LEADS.index(fault.lead) if fault.lead else -1
    return FLAGS.index(fault.flag), lead, fault.span[0]
