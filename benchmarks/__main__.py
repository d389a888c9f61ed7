"""`python -m benchmarks`: everything; `python -m benchmarks pages`, `encoder` or `simulate`: one part."""

import sys

from benchmarks import encoder, pages, simulate

parts = {"encoder": encoder.main, "pages": pages.main, "simulate": simulate.main}
for name in sys.argv[1:] or parts:
    parts[name]()
