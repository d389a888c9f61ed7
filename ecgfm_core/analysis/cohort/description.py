"""What a cohort says of itself once: format, version, labels, encoders. A small JSON file, written last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from ecgfm_core.analysis.cohort.layout import Kind
from ecgfm_core.errors import CohortInvalid, WeightsInvalid
from ecgfm_core.labels import Label
from ecgfm_core.model.manifest import parse_labels

FORMAT, VERSION = "ecgfm-cohort", 2
FILE = "cohort.json"


@dataclass(frozen=True, slots=True)
class EncoderFacts:
    """An encoder that has embedded a cohort.

    Attributes:
        name: short name for people.
        fingerprint: of its weights and labels, in hexadecimal.
        labels: [C] what its logits mean; empty for a backbone.
    """

    name: str
    fingerprint: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What holds for every recording of a cohort.

    Attributes:
        labels: [C] names, in the order of the label columns.
        source: what was prepared ("ptb-xl", "folder", ...).
        seed: of the split.
        title: for people.
        metadata: kinds of the further columns, by name.
        encoders: that have embedded it, the one that it was built with first.
    """

    labels: tuple[str, ...]
    source: str
    seed: int = 0
    title: str = ""
    metadata: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    encoders: tuple[EncoderFacts, ...] = ()


def save_description(folder: Path, description: Description) -> None:
    """Write the description whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    facts = {"format": FORMAT, "version": VERSION, "title": description.title, "source": description.source}
    facts |= {"seed": description.seed, "labels": description.labels, "metadata": dict(description.metadata)}
    facts |= {"encoders": [asdict(encoder) for encoder in description.encoders]}
    write_whole(folder / FILE, (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in the place of the one that is there, whole or not at all.

    Raises:
        OSError: the folder cannot be written, or the disk is full; what was there is unchanged.
    """
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def is_unfinished(name: str, file: str) -> bool:
    """Whether a file is what a killed `write_whole` left of another."""
    return name.startswith(f"{file}.") and name.endswith(".part")


def load_description(folder: Path) -> Description:
    """Read the description of a cohort's folder.

    Raises:
        CohortInvalid: the folder holds no cohort, a damaged one, or one of another version.
    """
    try:
        facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ValueError(facts["format"])
        version = int(facts["version"])
        if version == VERSION:
            return _parse(facts)
    except OSError as error:
        message = f"{folder.name}: the folder holds no cohort ({FILE} is absent). Make one with ecgfm embed or prepare."
        raise CohortInvalid(message) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, WeightsInvalid) as error:
        message = f"{folder.name}: {FILE} is damaged or describes something else. Make the cohort again."
        raise CohortInvalid(message) from error
    do = "Update the program" if version > VERSION else "Make the cohort again"
    raise CohortInvalid(
        f"{folder.name}: the cohort has version {version} of its format; this program reads version {VERSION}. {do}."
    )


def _parse(facts: Mapping[str, object]) -> Description:
    metadata, encoders, labels = facts["metadata"], facts["encoders"], facts["labels"]
    if not (isinstance(metadata, dict) and isinstance(encoders, list) and isinstance(labels, list)):
        raise TypeError("metadata")
    kinds: dict[str, Kind] = {str(name): "number" if kind == "number" else "text" for name, kind in metadata.items()}
    return Description(
        labels=tuple(map(str, labels)),
        source=str(facts["source"]),
        seed=int(str(facts["seed"])),
        title=str(facts["title"]),
        metadata=MappingProxyType(kinds),
        encoders=tuple(
            EncoderFacts(str(one["name"]), str(one["fingerprint"]), parse_labels(one["labels"], FILE))
            for one in encoders
        ),
    )
