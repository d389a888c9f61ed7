"""The sample recordings of the repository: `python -m ecgfm_core.simulate.samples FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from ecgfm_core.simulate.heart import Heart, simulate
from ecgfm_core.types import Record

SAMPLES: dict[str, Heart] = {
    "sinus_75": Heart(rate=75),
    "sinus_45": Heart(rate=45),
    "sinus_120": Heart(rate=120),
    "af": Heart(rate=95, rhythm="atrial fibrillation"),
    "rbbb": Heart(rate=72, conduction="rbbb"),
    "lbbb": Heart(rate=68, conduction="lbbb"),
    "pvc": Heart(rate=70, extrasystoles=4),
    "av_block_1": Heart(rate=66, pr_s=0.28),
    "noisy": Heart(rate=80, noise_mv=0.08, wander_mv=0.4),
    "lost_v3": Heart(rate=78, lost=("V3",)),
}
COUNTS_PER_MV = 1000


def main(folder: Path) -> None:
    """Simulate every sample, seeded by its place in the list, and write it."""
    for seed, (name, heart) in enumerate(SAMPLES.items()):
        write_wfdb(folder, simulate(heart, seed=seed, name=name))


def write_wfdb(folder: Path, record: Record) -> None:
    """Write `name.hea` and `name.dat`: 16-bit counts, 1000 to the millivolt.

    The checksum of each lead is the sum of its samples in 16 bits, as the format has it.
    """
    counts = np.rint(record.signal * COUNTS_PER_MV).astype("<i2")
    lines = [f"{record.name} {len(record.leads)} {record.fs:g} {counts.shape[1]}"]
    for lead, row in zip(record.leads, counts, strict=True):
        checksum = int(row.sum(dtype=np.int64).astype(np.int16))
        lines.append(f"{record.name}.dat 16 {COUNTS_PER_MV}(0)/mV 16 0 {row[0]} {checksum} 0 {lead}")
    lines += ["# Simulated; not a recording of a person", f"# Labels: {'; '.join(record.meta.statements)}"]
    (folder / f"{record.name}.dat").write_bytes(counts.T.tobytes())
    (folder / f"{record.name}.hea").write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
