"""`python -m ecgfm_core.training.demo RECORDINGS FOLDER`: make the demo encoder and its card from the recordings.

A training that was stopped goes on where it was when it is started again with the same work folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ecgfm_core.training.demo.making import make


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, and make the encoder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path, help="folder with records.csv")
    parser.add_argument("folder", type=Path, help="the weights folder to write")
    parser.add_argument("--work", type=Path, default=Path("build/demo"), help="cohorts and runs, about 2 GB")
    options = parser.parse_args(arguments)
    make(options.recordings, options.folder, options.work)


if __name__ == "__main__":
    main()
