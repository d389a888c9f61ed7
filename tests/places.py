"""Where the tests find things."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = ROOT / "data_samples"
SHARED = ROOT.parent / "shared" / "data"
