"""A recording -> its row in the cohort and its windows for the model; runs in worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecgfm_core.analysis.building.listing import Item, age, sex
from ecgfm_core.analysis.building.tables import split_of
from ecgfm_core.analysis.cohort import Entry, Failure, Kind, to_row
from ecgfm_core.analysis.cohort.layout import to_record
from ecgfm_core.errors import EcgfmError
from ecgfm_core.signal.quality import quality
from ecgfm_core.signal.windows import to_windows
from ecgfm_core.types import FloatArray, Record

if TYPE_CHECKING:
    from ecgfm_core.analysis.building.embedding import Outputs  # with torch, which reading does without


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for all recordings of a run.

    Attributes:
        source: name of the input.
        labels: [C] names of the cohort's labels.
        metadata: kinds of its further columns.
        done: digests of the recordings that are complete; they are read and no more.
    """

    source: str
    labels: tuple[str, ...]
    metadata: dict[str, Kind]
    done: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """A recording of another cohort: its row is taken as it is."""

    id: str
    row: dict[str, object]


Task = Item | Stored


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording on its way into the cohort.

    Attributes:
        row: of the cohort's table.
        windows: [W, 12, 2500] for the encoder.
        outputs: of the encoder, once it was there; the windows are gone then.
    """

    row: dict[str, object]
    windows: FloatArray | None
    outputs: Outputs | None = None

    @property
    def complete(self) -> bool:
        """Whether the cohort has it already."""
        return self.windows is None and self.outputs is None


Result = Prepared | Failure


def prepare(task: Task, plan: Plan) -> Result:
    """Read, check, examine and pack one recording; what keeps it out of the cohort is its result, not an error."""
    if isinstance(task, Item) and isinstance(task.held, Failure):
        return task.held
    try:
        return _prepared(task, plan)
    except EcgfmError as error:
        return Failure(task.id, type(error).__name__, str(error))
    except OSError as error:
        reason = error.strerror or "damaged"
        return Failure(task.id, type(error).__name__, f"{task.id}: the file cannot be read ({reason}). Copy it again.")
    except Exception as error:  # noqa: BLE001  (a defect that one recording shows must not end a run of hours)
        kind = type(error).__name__
        return Failure(task.id, kind, f"{task.id}: reading it failed unexpectedly ({kind}). Leave the file out.")


def _prepared(task: Task, plan: Plan) -> Prepared:
    if isinstance(task, Stored):
        record, row = to_record(task.row), task.row
    else:
        record = task.read()
        row = to_row(_entry(task, record, plan.source), plan.labels, plan.metadata)
    windows = to_windows(record).values
    if row["digest"] in plan.done:
        return Prepared(row, None)
    if row["quality"] is None:
        examined = quality(record)
        row = row | {"quality": examined.score, "verdict": examined.verdict or ""}
    return Prepared(row, windows)


def _entry(item: Item, record: Record, source: str) -> Entry:
    said = item.said.facts
    patient = said.get("patient_id") or item.id
    stated = said.get("split", "")
    return Entry(
        id=item.id,
        source=said.get("source") or source,
        patient_id=patient,
        split=stated if stated in ("train", "valid", "test") else split_of(patient, 0),
        age=age(item.said, record),
        sex=sex(item.said, record),
        stated=said.get("stated") or "; ".join(record.meta.statements),
        labels=item.said.labels,
        record=record,
        metadata=item.said.metadata,
    )
