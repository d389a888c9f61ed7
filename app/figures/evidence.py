"""Where evidence lies, as tables in percent."""

from __future__ import annotations

import pandas as pd

from ecgfm_core.leads import LEADS
from ecgfm_core.types import Energy, TypicalSaliency


def segment_table(lies: Energy) -> pd.DataFrame:
    """A row a kind of segment: its share of the time and of the evidence, and the part of each lead."""
    return pd.DataFrame(
        [
            {
                "wave": part.name,
                "of the time": round(100 * part.time, 1),
                "of the evidence": round(100 * part.share, 1),
                **({} if part.by_lead is None else _by_lead(part.by_lead)),
            }
            for part in lies.segments
        ]
    )


def lead_table(lies: Energy) -> pd.DataFrame:
    """One row: the part of each lead."""
    return pd.DataFrame([] if lies.leads is None else [_by_lead(lies.leads)])


def beat_table(lies: Energy) -> pd.DataFrame:
    """A row a beat, most evidence first."""
    return pd.DataFrame(
        [
            {"beat": beat.beat + 1, "R at (s)": round(beat.r_s, 2), "of the evidence": round(100 * beat.share, 1)}
            for beat in lies.beats
        ]
    )


def share_table(mean: TypicalSaliency) -> pd.DataFrame:
    """A row a kind of segment over many recordings, with intervals."""
    return pd.DataFrame(
        [
            {
                "wave": part.name,
                "of the time": round(100 * part.time, 1),
                "of the evidence": round(100 * part.share.value, 1) if part.share.value is not None else None,
                "interval": "" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}",
            }
            for part in mean.segments
            for low, high in [(part.share.low, part.share.high)]
        ]
    )


def _by_lead(shares: tuple[float, ...]) -> dict[str, float]:
    return {lead: round(100 * share, 1) for lead, share in zip(LEADS, shares, strict=True)}
