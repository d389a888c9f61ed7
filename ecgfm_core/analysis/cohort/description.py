"""What a cohort says of itself once: format, version, labels, source, seed. A small JSON file, written last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ecgfm_core.errors import CohortInvalid

FORMAT, VERSION = "ecgfm-cohort", 1
FILE = "cohort.json"


@dataclass(frozen=True, slots=True)
class Description:
    """What holds for every recording of a cohort.

    Attributes:
        labels: [C] names, in the order of the label columns.
        source: what was prepared ("ptb-xl", "folder", ...).
        seed: of the split.
    """

    labels: tuple[str, ...]
    source: str
    seed: int


def save_description(folder: Path, description: Description) -> None:
    """Write the description whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    facts = {"format": FORMAT, "version": VERSION, "source": description.source, "seed": description.seed}
    text = json.dumps({**facts, "labels": description.labels}, ensure_ascii=False, indent=2)
    unfinished = folder / f"{FILE}.part"
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(folder / FILE)


def load_description(folder: Path) -> Description:
    """Read the description of a cohort's folder.

    Raises:
        CohortInvalid: the folder holds no cohort, a damaged one, or one of a newer version.
    """
    try:
        facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ValueError(facts["format"])
        version = int(facts["version"])
        description = Description(tuple(map(str, facts["labels"])), str(facts["source"]), int(facts["seed"]))
    except OSError as error:
        message = f"{folder.name}: the folder holds no cohort ({FILE} is absent). Make one with ecgfm prepare."
        raise CohortInvalid(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{folder.name}: {FILE} is damaged or describes something else. Prepare the cohort again."
        raise CohortInvalid(message) from error
    if version > VERSION:
        raise CohortInvalid(
            f"{folder.name}: the cohort has version {version} of its format; this program reads up to {VERSION}. "
            "Update the program."
        )
    return description
