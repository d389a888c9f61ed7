"""`python -m hostile.reading FORMAT`: read every spoiled file in this process and print what became of them."""

import json
import resource
import signal
import sys
import warnings
import zipfile

import numpy as np
from hostile.seeds import spoiled

import ecgfm_core as ecg
from ecgfm_core.errors import EcgfmError
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Facts, Record, Source

FILES, SECONDS = 200, 10


def main(format_name: str) -> None:
    """One JSON object: errors, records, failures, and by how much the memory grew at most."""
    warnings.simplefilter("ignore")
    zipfile.ZipFile.__del__ = lambda self: None  # type: ignore[method-assign]
    counts = {"errors": 0, "records": 0}
    failures: list[str] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, files in enumerate(spoiled(format_name, FILES)):
        signal.alarm(SECONDS)  # a hang ends this process
        try:
            _read(files, counts)
        except Exception as error:  # noqa: BLE001  (whatever gets through is the finding)
            failures.append(f"{number}: {type(error).__name__}: {error}"[:300])
    signal.alarm(0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(json.dumps({**counts, "failures": failures, "mebibytes": grown}))


def _read(files: list[Source], counts: dict[str, int]) -> None:
    for reading in ecg.read_each(files, Facts(500.0, "mV", LEADS)):
        counts["errors" if reading.error else "records"] += 1
        if reading.record is not None:
            ecg.quality(reading.record)
            _windows(reading.record)


def _windows(record: Record) -> None:
    try:
        assert np.isfinite(ecg.to_windows(record).values).all()
    except EcgfmError:
        return


if __name__ == "__main__":
    main(sys.argv[1])
