"""`python -m benchmarks`: everything; `python -m benchmarks encoder`, `pages`, `simulate` or `training`: one part."""

import sys

from benchmarks import encoder, pages, simulate, training

parts = {"encoder": encoder.main, "pages": pages.main, "simulate": simulate.main, "training": training.main}
for name in sys.argv[1:] or parts:
    parts[name]()
