"""`python -m benchmarks`: everything; `python -m benchmarks pages` or `encoder`: one part."""

import sys

from benchmarks import encoder, pages

parts = {"encoder": encoder.main, "pages": pages.main}
for name in sys.argv[1:] or parts:
    parts[name]()
