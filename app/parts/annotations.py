"""Notes, subsets, probes: kept with a person's own cohort; of the project's, which all share, in the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app import state
from app.parts.cohorts import SHIPPED
from ecgfm_core import analysis
from ecgfm_core.analysis import Annotations

if TYPE_CHECKING:
    from ecgfm_core.analysis import Cohort
    from ecgfm_core.types import Probe

_HELD, _PROBES = "annotations", "probes"


def said_of(key: str, cohort: Cohort) -> Annotations:
    """What was said of a cohort."""
    if key != SHIPPED:
        return analysis.load_annotations(cohort)
    held = state.kept(_HELD)
    return held if isinstance(held, Annotations) else Annotations()


def annotate(key: str, cohort: Cohort, change: Callable[[Annotations], Annotations]) -> None:
    """Say something more, or take it back.

    Raises:
        AnnotationInvalid: it cannot be kept.
        CohortUnwritable: the cohort's folder cannot be written.
    """
    if key == SHIPPED:
        state.keep(_HELD, change(said_of(key, cohort)))
    else:
        analysis.annotate(cohort, change)


def probes_of(key: str, cohort: Cohort) -> tuple[Probe, ...]:
    """The probes that were learnt on a cohort."""
    if key != SHIPPED:
        return analysis.load_probes(cohort)
    held = state.kept(_PROBES)
    return held if isinstance(held, tuple) else ()


def keep_probe(key: str, cohort: Cohort, probe: Probe) -> None:
    """Keep a probe, in place of one of its name.

    Raises:
        CohortUnwritable: the cohort's folder cannot be written.
    """
    if key == SHIPPED:
        others = [one for one in probes_of(key, cohort) if one.label.name != probe.label.name]
        state.keep(_PROBES, (*others, probe))
    else:
        analysis.save_probe(cohort, probe)
