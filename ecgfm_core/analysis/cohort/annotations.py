"""What people say of a cohort's recordings: notes, tags, named subsets. One JSON file, changed under a lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ecgfm_core.analysis.cohort.access import storing
from ecgfm_core.analysis.cohort.description import write_whole
from ecgfm_core.errors import AnnotationInvalid, CohortInvalid, CohortUnwritable

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort.store import Cohort

FILE, LOCK = "annotations.json", "annotations.lock"
LONGEST_NOTE, LONGEST_TAG, LONGEST_SUBSET, MOST_SUBSETS = 2000, 40, 60, 200
_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Annotations:
    """What was said.

    Attributes:
        notes: text by recording.
        tags: words by recording.
        subsets: recordings by the subset's name.
    """

    notes: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    subsets: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def with_note(self, id: str, text: str) -> Annotations:
        """The same with this note on a recording; empty text removes it.

        Raises:
            AnnotationInvalid: it is too long, or cannot be shown.
        """
        others = {key: value for key, value in self.notes.items() if key != id}
        kept = _words(text, "a note", LONGEST_NOTE)
        return replace(self, notes=others | ({id: kept} if kept else {}))

    def with_tag(self, ids: Iterable[str], tag: str) -> Annotations:
        """The same with a tag on these recordings.

        Raises:
            AnnotationInvalid: it is empty, too long, or cannot be shown.
        """
        word = _name(tag, "a tag", LONGEST_TAG)
        return replace(self, tags={**self.tags, **{id: self.tags.get(id, frozenset()) | {word} for id in ids}})

    def without_tag(self, ids: Iterable[str], tag: str) -> Annotations:
        """The same without a tag on these recordings."""
        changed = {**self.tags, **{id: self.tags.get(id, frozenset()) - {tag} for id in ids}}
        return replace(self, tags={id: tags for id, tags in changed.items() if tags})

    def with_subset(self, name: str, ids: Iterable[str]) -> Annotations:
        """The same with a named subset, in place of one of this name.

        Raises:
            AnnotationInvalid: the name is empty, too long or cannot be shown; or there are too many subsets.
        """
        kept = _name(name, "the name of a subset", LONGEST_SUBSET)
        subsets = {**self.subsets, kept: frozenset(ids)}
        if len(subsets) > MOST_SUBSETS:
            raise AnnotationInvalid(f"a cohort has at most {MOST_SUBSETS} subsets. Remove one first.")
        return replace(self, subsets=subsets)

    def without_subset(self, name: str) -> Annotations:
        """The same without a subset."""
        return replace(self, subsets={key: ids for key, ids in self.subsets.items() if key != name})


def load_annotations(cohort: Cohort) -> Annotations:
    """What was said so far.

    Raises:
        CohortInvalid: the file is damaged.
    """
    path = cohort.folder / FILE
    if not path.exists():
        return Annotations()
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Annotations(
            notes={str(id): str(text) for id, text in said["notes"].items()},
            tags={str(id): frozenset(map(str, words)) for id, words in said["tags"].items()},
            subsets={str(name): frozenset(map(str, ids)) for name, ids in said["subsets"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{cohort.folder.name}: {FILE} is damaged. Restore it, or remove it to begin anew."
        raise CohortInvalid(message) from error


def annotate(cohort: Cohort, change: Callable[[Annotations], Annotations]) -> Annotations:
    """Change what is said, from what is there at that moment; another process that does the same waits.

    Args:
        cohort: opened.
        change: gives the new from the old, as `lambda said: said.with_note(id, text)`.

    Raises:
        AnnotationInvalid: `change` says so; nothing is changed.
        CohortUnwritable: the folder cannot be written, or another process does not finish.
    """
    lock = FileLock(cohort.folder / LOCK)
    try:
        with storing(cohort.folder):
            lock.acquire(timeout=_WAIT_S)
    except Timeout as error:
        message = f"{cohort.folder.name}: another process is writing notes for too long. Try again."
        raise CohortUnwritable(message) from error
    try:
        changed = change(load_annotations(cohort))
        with storing(cohort.folder):
            _save(cohort.folder / FILE, changed)
    finally:
        lock.release()
    return changed


def _save(path: Path, said: Annotations) -> None:
    content = {
        "notes": dict(said.notes),
        "tags": {id: sorted(words) for id, words in said.tags.items()},
        "subsets": {name: sorted(ids) for name, ids in said.subsets.items()},
    }
    write_whole(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def _name(text: str, what: str, longest: int) -> str:
    kept = _words(text, what, longest)
    if not kept or "\n" in kept:
        raise AnnotationInvalid(f"{what} must be one line of 1 to {longest} characters. Write one.")
    return kept


def _words(text: str, what: str, longest: int) -> str:
    kept = text.strip()
    if len(kept) > longest or not all(c.isprintable() or c == "\n" for c in kept):
        raise AnnotationInvalid(f"{what} must be printable text of at most {longest} characters. Got {len(kept)}.")
    return kept
