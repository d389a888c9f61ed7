"""The twelve standard leads: names, order, aliases, and deriving the four that I and II determine."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import DuplicateLeads, MissingLeads

LEADS: tuple[str, ...] = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
"""The order in which ECG-FM takes the leads, and in which arrays of twelve leads are kept."""

DERIVABLE: dict[str, tuple[float, float]] = {
    # Einthoven: III = II - I. Goldberger: the augmented leads from the limb potentials.
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
"""Weights of leads I and II that give each derivable lead."""

_CANONICAL = {lead.upper(): lead for lead in LEADS}
_ROMAN = {"1": "I", "2": "II", "3": "III"}
_LONGEST_NAME = 80
_ADDITION = re.compile(r"\s*\((EINTHOVEN|GOLDBERGER|WILSON)\)$")
_PREFIX = re.compile(r"^(?:MDC[_ ]ECG[_ ]LEAD[_ ]|ECG[_ ]LEAD[_ ]|LEAD[_ ]?|ECG[_ ])")


def lead_name(text: str) -> str | None:
    """Standard name of a lead, or None where the text names no standard lead.

    Case, surrounding blanks, a prefix such as `Lead` or `MDC_ECG_LEAD_`, the
    words `(Einthoven)`, `(Goldberger)`, `(Wilson)`, and the aliases `C1` (IEC
    for V1), `D1`, `DI` and `Lead 1` (for I) are understood. Any other addition,
    as in `I (reversed)` or `V4R`, makes it another lead.
    """
    if len(text) > _LONGEST_NAME:
        return None
    whole = _ADDITION.sub("", text.strip().strip("\"'").upper()).strip()
    name = _PREFIX.sub("", whole).strip().replace(" ", "")
    if name in _CANONICAL:
        return _CANONICAL[name]
    if re.fullmatch(r"C[1-6]", name):
        return "V" + name[1]
    numbered = re.fullmatch(r"(?:D|LEAD[_ ]?)(I{1,3}|[123])", whole)  # a bare number is a column's place, not a lead
    return _ROMAN.get(numbered[1], numbered[1]) if numbered else None


def require_unique(leads: Sequence[str], name: str = "") -> None:
    """Refuse a list in which a lead occurs twice; `name` begins the sentence.

    Raises:
        DuplicateLeads: names the leads that occur more than once.
    """
    twice = sorted({lead for lead in leads if list(leads).count(lead) > 1})
    if twice:
        message = (
            f"{_begin(name)}{', '.join(twice)} occurs more than once among the leads. Keep one channel for each lead."
        )
        raise DuplicateLeads(message)


def arrange(
    signal: npt.NDArray[np.floating], leads: Sequence[str], *, one_scale: bool = True, name: str = ""
) -> tuple[npt.NDArray[np.floating], tuple[str, ...]]:
    """Put the leads in standard order; derive III, aVR, aVL, aVF where they are absent.

    Args:
        signal: [L, S], one row a lead.
        leads: the name of each row.
        name: of the recording, which begins the sentence of an error.
        one_scale: whether all rows share one voltage scale; without it nothing can be derived.

    Returns:
        [12, S] in the order of `LEADS`, and the names of the derived leads.

    Raises:
        MissingLeads: a lead is absent and cannot be derived.
    """
    require_unique(leads, name)
    row = {lead: signal[i] for i, lead in enumerate(leads)}
    absent = [lead for lead in LEADS if lead not in row]
    can_derive = one_scale and "I" in row and "II" in row
    missing = tuple(lead for lead in absent if not (can_derive and lead in DERIVABLE))
    if missing:
        raise MissingLeads(_begin(name) + _missing_message(missing, leads), missing)
    for lead in absent:
        of_one, of_two = DERIVABLE[lead]
        row[lead] = of_one * row["I"] + of_two * row["II"]
    return np.stack([row[lead] for lead in LEADS]), tuple(absent)


def _begin(name: str) -> str:
    return f"{name}: " if name else ""


def _missing_message(missing: Sequence[str], leads: Sequence[str]) -> str:
    verb = "is" if len(missing) == 1 else "are"
    found = ", ".join(leads) if leads else "none"
    return f"12 leads are needed; {', '.join(missing)} {verb} missing (found {found}). Export all twelve leads."
