"""Numeric matrices of a MATLAB 5 file, and nothing else: no cells, structures, objects or text.

Our own and small, because scipy's reader ends the whole process (segmentation fault) on some damaged
files; see docs/adr/0002-own-mat5-reader.md. Format: "MAT-File Format", The MathWorks, chapter 1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

MAGIC = b"MATLAB 5.0 MAT-file"

_HEADER = 128
_MOST_ELEMENTS = 1_000
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)
_COMPLEX_FLAG = 0x0800


class NotMat5(ValueError):
    """The bytes break the format, or unpack to more than is allowed."""


def read_matrices(content: bytes, names: Collection[str], most_bytes: int) -> dict[str, npt.NDArray[np.generic]]:
    """The real numeric matrices of these names, by name.

    Args:
        content: the file.
        names: what to look for; everything else is skipped.
        most_bytes: to which all elements together may unpack.

    Raises:
        NotMat5: the bytes break the format, or unpack to more.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if not content.startswith(MAGIC) or order is None:
        raise NotMat5("no MATLAB 5 header")
    found: dict[str, npt.NDArray[np.generic]] = {}
    left = most_bytes
    for kind, body in _elements(content[_HEADER:], order):
        if kind == _COMPRESSED:
            unpacked = _unpack(body, left)
            left -= len(unpacked)
            inner = next(_elements(unpacked, order), None)
            if inner is None:
                raise NotMat5("an empty compressed element")
            kind, body = inner  # noqa: PLW2901  (the element inside takes the place of its wrapping)
        if kind == _MATRIX:
            name, matrix = _matrix(body, order)
            if name in names and matrix is not None:
                found[name] = matrix
    return found


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Type and bytes of each element; a small element packs both into eight bytes."""
    position = count = 0
    while position + 8 <= len(content):
        count += 1
        if count > _MOST_ELEMENTS:
            raise NotMat5("too many elements")
        kind, size = struct.unpack_from(f"{order}II", content, position)
        start = position + 8
        if kind >> 16:  # small: the upper half of the first word is the size, the second word the bytes
            kind, size, start = kind & 0xFFFF, kind >> 16, position + 4
            if size > 4:
                raise NotMat5("a small element of more than four bytes")
        if start + size > len(content):
            raise NotMat5("an element reaches beyond the end")
        yield kind, content[start : start + size]
        end = start + size
        position = end if kind == _COMPRESSED else -(-end // 8) * 8  # compressed elements are not padded


def _unpack(body: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise NotMat5("a compressed element is damaged") from error
    if len(unpacked) > most:
        raise NotMat5("too large")
    return unpacked


def _matrix(body: bytes, order: str) -> tuple[str, npt.NDArray[np.generic] | None]:
    """Name and values of a matrix: flags, dimensions, name, then the real part; None where it is not numeric."""
    parts = list(_elements(body, order))
    if len(parts) < 3 or len(parts[0][1]) != 8:
        raise NotMat5("a matrix without its parts")
    (flags,) = struct.unpack_from(f"{order}I", parts[0][1])
    shape = struct.unpack(f"{order}{len(parts[1][1]) // 4}i", parts[1][1][: len(parts[1][1]) // 4 * 4])
    name = parts[2][1].decode("latin-1").rstrip("\0")
    numeric = flags & 0xFF in _NUMERIC_CLASSES and not flags & _COMPLEX_FLAG
    if not numeric or len(parts) < 4 or parts[3][0] not in _TYPES:
        return name, None
    values = np.frombuffer(parts[3][1], order + _TYPES[parts[3][0]])
    count = 1
    for size in shape:
        count *= size
    if min(shape, default=-1) < 0 or count != len(values):
        raise NotMat5("dimensions that do not fit the values")
    return name, values.reshape(shape, order="F")
