"""`python -m benchmarks`: everything; `python -m benchmarks encoder`, `paper`, ...: one part."""

import sys

from benchmarks import (
    building,
    cohort,
    delineation,
    encoder,
    explain,
    explorer,
    groups,
    pages,
    paper,
    projection,
    quality,
    simulate,
    training,
)  # fmt: skip
from benchmarks import map as maps

parts = {
    "encoder": encoder.main,
    "map": maps.main,
    "explorer": explorer.main,
    "pages": pages.main,
    "paper": paper.main,
    "simulate": simulate.main,
    "training": training.main,
    "delineation": delineation.main,
    "quality": quality.main,
    "groups": groups.main,
    "cohort": cohort.main,
    "building": building.main,
    "projection": projection.main,
    "explain": explain.main,
}
for name in sys.argv[1:] or parts:
    parts[name]()
