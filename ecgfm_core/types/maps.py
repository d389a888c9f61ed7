"""A cohort's map, where a new recording lies on it, and the recordings nearest by embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecgfm_core.types.arrays import FloatArray, freeze

Method = Literal["umap", "pca", "tsne"]


@dataclass(frozen=True, slots=True, eq=False)
class MapTrust:
    """How far neighbors on a map are neighbors by embedding (cosine), and the other way round.

    Attributes:
        k: how many neighbors were compared.
        trustworthiness: 0..1; 1 = no point has a neighbor on the map that is far by embedding (Venna & Kaski 2001).
        continuity: 0..1; 1 = no point has lost a neighbor by embedding from its surroundings on the map.
        overlap: 0..1; mean share of the k nearest by embedding among the k nearest on the map.
        trustworthiness_each: [P] of each point; their mean is `trustworthiness`.
        continuity_each: [P].
        overlap_each: [P].
    """

    k: int
    trustworthiness: float
    continuity: float
    overlap: float
    trustworthiness_each: FloatArray
    continuity_each: FloatArray
    overlap_each: FloatArray

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("trustworthiness_each", "continuity_each", "overlap_each"):
            freeze(self, name, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """Embeddings in two dimensions: P points, each a recording or a window of one.

    Attributes:
        xy: [P, 2] coordinates; without a unit.
        ids: [P] recording of each point.
        windows: [P] number of the window of each point; None where a point is a whole recording.
        method: "umap", "pca" or "tsne".
        parameters: what the method was run with, by name.
        seed: of the method.
        encoder: fingerprint of the encoder whose embeddings were projected.
        trust: what the two dimensions keep of the neighborhoods.
    """

    xy: FloatArray
    ids: tuple[str, ...]
    windows: tuple[int, ...] | None
    method: Method
    parameters: Mapping[str, float | str]
    seed: int
    encoder: str
    trust: MapTrust

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze(self, "xy", 2)


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The recordings of a cohort that are nearest by embedding, nearest first.

    Attributes:
        ids: [k] recordings.
        distances: [k] cosine distance, 0 (same direction) to 2.
    """

    ids: tuple[str, ...]
    distances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a recording lies on a map that was made without it.

    Attributes:
        xy: on the map.
        neighbors: the recordings by whose places it was placed.
        spread: distance on the map within which half of these neighbors lie around the place, as a share of the
            map's width; small = they agree.
        sure: whether the neighbors lie together and the recording is not far from the cohort.
        why: what speaks against the place, in words; empty where it is sure.
        percentile: 0..100; share of the cohort's own recordings that lie nearer to their k-th neighbor than this
            one does to its own; above 95 = unlike the cohort.
        overlap: 0..1; share of `neighbors` among as many nearest on the map.
    """

    xy: tuple[float, float]
    neighbors: Neighbors
    spread: float
    sure: bool
    why: str
    percentile: float
    overlap: float
