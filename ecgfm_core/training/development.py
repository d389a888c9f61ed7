"""The development recordings: a table of labels beside WFDB records and packed arrays.

Layout of the folder: records.csv (record_id, source, path, fs_hz, n_samples, patient_id, age, sex, stated, then
one column a label: 1 holds, 0 does not, blank = not stated). `path` is a WFDB record, or `file.xz#i`: entry i
of an lzma file whose first line is JSON {"shape": [n, 12, S]}, then all high bytes and all low bytes of the
uint16 view of the first difference along time of int16 samples.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecgfm_core.labels import MIMIC_IV_ECG
from ecgfm_core.leads import LEADS
from ecgfm_core.records.wfdb_files import parse_header, read
from ecgfm_core.signal.windows import preprocess
from ecgfm_core.types import Facts, FloatArray, Meta, Record, Source

LABELS = tuple(label.name for label in MIMIC_IV_ECG)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Recordings with labels, ready for training.

    Attributes:
        ids: [N] record ids.
        sources: [N] database of each.
        patients: [N] patient of each, for splitting.
        targets: [N, C] 1, 0 or NaN where the source does not say.
        signals: [N] arrays [12, S] at 500 Hz, in standard deviations of the recording, float16 to spare memory.
    """

    ids: tuple[str, ...]
    sources: tuple[str, ...]
    patients: tuple[str, ...]
    targets: FloatArray
    signals: list[npt.NDArray[np.float16]]

    def __len__(self) -> int:
        """N."""
        return len(self.ids)

    def take(self, rows: npt.NDArray[np.intp]) -> Labelled:
        """The recordings of these rows."""
        return Labelled(
            tuple(self.ids[i] for i in rows),
            tuple(self.sources[i] for i in rows),
            tuple(self.patients[i] for i in rows),
            self.targets[rows],
            [self.signals[i] for i in rows],
        )


def load_development(folder: Path) -> Labelled:
    """Read every recording of the table, preprocessed as the model takes it.

    Raises:
        RecordError: a recording cannot be read.
        OSError: the table or a file is absent.
    """
    table = pd.read_csv(folder / "records.csv", dtype={"patient_id": str, "path": str})
    signals = [preprocess(record).standardized.astype(np.float16) for record in _records(folder, table)]
    return Labelled(
        ids=tuple(table["record_id"]),
        sources=tuple(table["source"]),
        patients=tuple(table["patient_id"]),
        targets=table[list(LABELS)].to_numpy(np.float32),
        signals=signals,
    )


def _records(folder: Path, table: pd.DataFrame) -> Iterator[Record]:
    for path, fs in zip(table["path"], table["fs_hz"], strict=True):
        file, _, entry = str(path).partition("#")
        if entry:
            # packed arrays are z-scored or counts: their scale is not stated, and the model needs none
            samples = _unpack(folder / file)[int(entry)].astype(np.float32)
            yield Record(samples, float(fs), LEADS, None, str(path), Meta(format="packed"))
        else:
            yield read_wfdb(folder / file)


def read_wfdb(path: Path) -> Record:
    """Read a WFDB record from its path without extension."""
    header = Source(path.name + ".hea", path.with_name(path.name + ".hea").read_bytes())
    files = {name: path.with_name(name).read_bytes() for name in parse_header(header).files}
    return read(header, files, Facts())


@lru_cache(maxsize=2)
def _unpack(path: Path) -> npt.NDArray[np.int16]:
    content = lzma.decompress(path.read_bytes())
    line, _, packed = content.partition(b"\n")
    shape = tuple(json.loads(line)["shape"])
    size = int(np.prod(shape))
    halves = np.frombuffer(packed, np.uint8, 2 * size)
    words = (halves[:size].astype(np.uint16) << 8) | halves[size:]
    steps = words.reshape(shape).view(np.int16)
    return np.cumsum(steps, axis=-1, dtype=np.int16)
