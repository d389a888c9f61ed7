"""A cohort's maps: one Parquet file a map, written at once and never changed, named by its content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecgfm_core.analysis.cohort.access import storing
from ecgfm_core.analysis.cohort.description import write_whole
from ecgfm_core.errors import CohortInvalid
from ecgfm_core.types import FloatArray, Map, MapTrust, Method

if TYPE_CHECKING:
    from ecgfm_core.analysis.cohort.store import Cohort

FOLDER = "maps"
_FACTS = b"ecgfm-map"
_EACH = ("trustworthiness_each", "continuity_each", "overlap_each")


class MapFacts(NamedTuple):
    """A map without its points, for a list of maps.

    Attributes:
        name: hexadecimal digest of its content.
        method: "umap", "pca" or "tsne".
        parameters: what the method was run with.
        seed: of the method.
        encoder: fingerprint of the encoder.
        windows: whether a point is a window; else it is a recording.
        points: how many.
        trustworthiness: see `MapTrust`.
        overlap: see `MapTrust`.
    """

    name: str
    method: Method
    parameters: dict[str, float | str]
    seed: int
    encoder: str
    windows: bool
    points: int
    trustworthiness: float
    overlap: float

    @property
    def title(self) -> str:
        """Method and seed in a few words."""
        given = ", ".join(f"{name} {value:g}" for name, value in self.parameters.items() if not isinstance(value, str))
        names = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE"}
        of = "windows" if self.windows else "recordings"
        return f"{names[self.method]} of {of}{f' ({given})' if given else ''}, seed {self.seed}"


def save_map(cohort: Cohort, made: Map) -> str:
    """Keep a map with its cohort; the same map twice is one file. Returns its name.

    Raises:
        CohortUnwritable: the folder cannot be written, or the disk is full.
    """
    facts = {
        "method": made.method, "parameters": dict(made.parameters), "seed": made.seed, "encoder": made.encoder,
        "windows": made.windows is not None, "points": len(made.ids), "k": made.trust.k,
        "trustworthiness": made.trust.trustworthiness, "continuity": made.trust.continuity,
        "overlap": made.trust.overlap,
    }  # fmt: skip
    name = _name(facts, made.ids, made.xy)
    numbers = {known.name: number for number, known in _numbered(cohort)}
    if name in numbers:
        return name
    columns = {"id": pa.array(made.ids, pa.string()), "x": made.xy[:, 0], "y": made.xy[:, 1]}
    if made.windows is not None:
        columns["window"] = pa.array(made.windows, pa.int32())
    columns |= {name: getattr(made.trust, name) for name in _EACH}
    told = facts | {"number": 1 + max(numbers.values(), default=0)}
    table = pa.table(columns).replace_schema_metadata({_FACTS: json.dumps(told, sort_keys=True)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    with storing(cohort.folder):
        (cohort.folder / FOLDER).mkdir(exist_ok=True)
        write_whole(cohort.folder / FOLDER / f"{name}.parquet", sink.getvalue().to_pybytes())
    return name


def list_maps(cohort: Cohort) -> tuple[MapFacts, ...]:
    """The maps that are there, in the order in which they were made; a damaged file is passed over."""
    return tuple(facts for _, facts in _numbered(cohort))


def _numbered(cohort: Cohort) -> list[tuple[int, MapFacts]]:
    """The maps and their numbers: a copy of the folder keeps no times."""
    found = []
    for path in (cohort.folder / FOLDER).glob("*.parquet"):
        if not re.fullmatch(r"[0-9a-f]{24}", path.stem):
            continue
        try:
            facts = _facts(pq.read_schema(path))
            made = MapFacts(path.stem, *(facts[name] for name in MapFacts._fields[1:]))  # type: ignore[arg-type]
            found.append((int(str(facts.get("number", 0))), made))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return sorted(found, key=lambda one: (one[0], one[1].name))


def load_map(cohort: Cohort, name: str) -> Map:
    """One of the maps that `list_maps` names.

    Raises:
        CohortInvalid: there is no such map, or its file is damaged.
    """
    path = next((path for path in (cohort.folder / FOLDER).glob("*.parquet") if path.stem == name), None)
    if path is None:
        raise CohortInvalid(
            f"{cohort.folder.name}: no map {name[:24]!r} is there. Choose one of its maps, or make one."
        )
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        facts = _facts(table.schema)
        each = [_numbers(table, column) for column in _EACH]
        trust = MapTrust(facts["k"], facts["trustworthiness"], facts["continuity"], facts["overlap"], *each)  # type: ignore[arg-type]
        windows = tuple(table["window"].to_pylist()) if facts["windows"] else None
        xy = np.stack([_numbers(table, "x"), _numbers(table, "y")], axis=1)
        how = [facts[name] for name in ("method", "parameters", "seed", "encoder")]
        ids = tuple(table["id"].to_pylist())
        if _name(facts, ids, xy) != name:
            raise ValueError(name)
        return Map(xy, ids, windows, *how, trust)  # type: ignore[arg-type, call-arg]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CohortInvalid(f"{cohort.folder.name}: the map {name} is damaged. Make it again.") from error


def delete_map(cohort: Cohort, name: str) -> None:
    """Remove one of the maps that `list_maps` names.

    Raises:
        CohortUnwritable: the folder cannot be written.
    """
    for path in (cohort.folder / FOLDER).glob("*.parquet"):
        if path.stem == name:
            with storing(cohort.folder):
                path.unlink()


def _name(facts: Mapping[str, object], ids: Sequence[str], xy: FloatArray) -> str:
    """Digest of what was projected, how, and of what came out; not of the map's number."""
    text = json.dumps({name: facts[name] for name in facts if name != "number"}, sort_keys=True) + "\n".join(ids)
    return hashlib.sha256(text.encode() + xy.tobytes()).hexdigest()[:24]


def _facts(schema: pa.Schema) -> dict[str, object]:
    facts = json.loads((schema.metadata or {})[_FACTS])
    if not isinstance(facts, dict):
        raise TypeError("facts")
    return facts


def _numbers(table: pa.Table, column: str) -> FloatArray:
    values: FloatArray = table[column].to_numpy().astype(np.float32)
    return values
