"""`python -m benchmarks`: everything; `python -m benchmarks encoder`, `paper`, ...: one part."""

import sys

from benchmarks import delineation, encoder, pages, paper, quality, simulate, training

parts = {
    "encoder": encoder.main,
    "pages": pages.main,
    "paper": paper.main,
    "simulate": simulate.main,
    "training": training.main,
    "delineation": delineation.main,
    "quality": quality.main,
}
for name in sys.argv[1:] or parts:
    parts[name]()
