"""PhysioNet/CinC Challenge 2021: WFDB records in one folder a subset, with SNOMED CT codes in their headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.building.tables import number, sex_of
from ecgfm_core.errors import MalformedTable, UnknownLayout
from ecgfm_core.training.sources.codes import load_codes, translate
from ecgfm_core.training.sources.listing import LABELS, Item, Listing, read_wfdb, require_layout

NAME = "cinc2021"
_CODE = re.compile(r"\d+")
_COMMENT = re.compile(r"^#\s*(Age|Sex|Dx)\s*:\s*(.*?)\s*$", re.MULTILINE)


def list_cinc(raw: Path) -> Listing:
    """The recordings below training/, subset by subset.

    The publication names no patients: each recording counts as a patient of its own.

    Raises:
        UnknownLayout: the folder is not laid out like the publication.
        MalformedTable: two recordings of a subset share a name.
    """
    require_layout(raw, "the Challenge of 2021", ["training"])
    folders = sorted(path for path in (raw / "training").iterdir() if path.is_dir())
    strange = [folder.name for folder in folders if folder.name not in _stated()]
    if strange or not folders:
        raise UnknownLayout(
            f"{raw.name}: training/ holds one folder for each subset ({', '.join(sorted(_stated()))}); "
            f"found {strange[0] if strange else 'none'}. Download the subsets that are wanted as they are."
        )
    headers = [(folder.name, path) for folder in folders for path in sorted(folder.rglob("*.hea"))]
    if not headers:
        raise UnknownLayout(f"{raw.name}: there is no header (.hea) below training/. Download the recordings too.")
    _require_unique([f"{subset}/{path.stem}" for subset, path in headers])
    return Listing(LABELS, len(headers), _items(headers))


def _items(headers: list[tuple[str, Path]]) -> Iterator[Item]:
    for subset, path in headers:
        said = dict(_COMMENT.findall(path.read_text(encoding="utf-8", errors="replace")))
        codes = _CODE.findall(said.get("Dx", ""))  # none where it reads "Unknown"
        yield Item(
            id=f"{subset}/{path.stem}",
            source=subset,
            patient=f"{subset}/{path.stem}",
            split=None,
            age=number(said.get("Age", "")),
            sex=sex_of(said.get("Sex", "")),
            stated=",".join(codes),
            labels=translate(codes, load_codes("cinc_codes.csv", subset), _stated()[subset]) if codes else {},
            read=partial(read_wfdb, path.with_suffix("")),
        )


@lru_cache
def _stated() -> dict[str, tuple[str, ...]]:
    """Which labels the codes of each subset speak of, so that a missing code means absence."""
    table = pd.read_csv(Path(__file__).with_name("cinc_subsets.csv"), dtype=str)
    return {str(subset): tuple(lines["label"]) for subset, lines in table.groupby("subset")}


def _require_unique(ids: list[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise MalformedTable(f"{id}: two recordings of this name. Keep one of them.")
        seen.add(id)
