"""The sample recordings of the repository: `python -m ecgfm_core.simulate.samples FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from ecgfm_core.simulate.cohort import write_wfdb
from ecgfm_core.simulate.heart import Heart, Noise, Patient
from ecgfm_core.simulate.record import simulate

SAMPLES: dict[str, Heart] = {
    "sinus_75": Heart(rate=75),
    "sinus_45": Heart(rate=45, patient=Patient(age=24, axis_deg=15, qrs=1.1)),
    "sinus_120": Heart(rate=120, patient=Patient(age=37, sex="F", axis_deg=10)),
    "af": Heart(rate=95, rhythm="atrial fibrillation", patient=Patient(age=78, axis_deg=-20, p=1.5)),
    "rbbb": Heart(rate=72, conduction="rbbb", patient=Patient(age=66, axis_deg=-30)),
    "lbbb": Heart(rate=68, conduction="lbbb", patient=Patient(age=74, sex="F")),
    "pvc": Heart(rate=70, ectopy="ventricular", patient=Patient(age=61, axis_deg=-15)),
    "av_block_1": Heart(rate=66, pr_s=0.28, patient=Patient(age=83, sex="F", axis_deg=-25)),
    "noisy": Heart(rate=80, noise=Noise(wander_mv=0.5, muscle_mv=0.1, bursts=0.5)),
    "lost_v3": Heart(rate=78, noise=Noise(lost=("V3",))),
}


def main(folder: Path) -> None:
    """Simulate every sample, seeded by its place in the list, and write it."""
    for seed, (name, heart) in enumerate(SAMPLES.items()):
        write_wfdb(folder, simulate(heart, seed=seed, name=name).record)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
