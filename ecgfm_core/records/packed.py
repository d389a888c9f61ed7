"""Packed arrays: an lzma file whose first line is JSON {"shape": [n, 12, S]}.

Then come all high bytes and all low bytes of the uint16 view of the first difference along time of int16 samples.
"""

from __future__ import annotations

import json
import lzma
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecgfm_core.errors import MalformedFile
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Meta, Record


def read_packed(path: Path, entry: int, fs: float, name: str) -> Record:
    """Entry of a packed array as a record without a unit: its scale is not stated, and the model needs none.

    Raises:
        MalformedFile: the file is damaged, or has no such entry.
    """
    arrays = _unpack(path)
    if not 0 <= entry < len(arrays):
        raise MalformedFile(f"{path.name}: {len(arrays)} entries; number {entry} is asked for. Correct the table.")
    return Record(arrays[entry].astype(np.float32), fs, LEADS, None, name, Meta(format="packed"))


@lru_cache(maxsize=2)
def _unpack(path: Path) -> npt.NDArray[np.int16]:
    try:
        content = lzma.decompress(path.read_bytes())
        line, _, packed = content.partition(b"\n")
        shape = tuple(json.loads(line)["shape"])
        size = int(np.prod(shape))
        halves = np.frombuffer(packed, np.uint8, 2 * size)
    except (lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise MalformedFile(f"{path.name}: the packed array is damaged. Copy the file again.") from error
    words = (halves[:size].astype(np.uint16) << 8) | halves[size:]
    return np.cumsum(words.reshape(shape).view(np.int16), axis=-1, dtype=np.int16)
