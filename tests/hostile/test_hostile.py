"""200 hostile files of each format end in a named error (or in a valid record): no traceback, no hang, no flood."""

import json
import os
import subprocess
import sys

import pytest
from hostile.reading import FILES
from hostile.seeds import SPOILERS
from places import ROOT

MEBIBYTES = 500


@pytest.mark.parametrize("format_name", SPOILERS)
def test_hostile_files_end_in_a_named_error(format_name: str):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "hostile.reading", format_name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"the reading process ended with {done.returncode}: {done.stderr[-500:]}"
    outcome = json.loads(done.stdout)
    assert outcome["failures"] == []
    assert outcome["errors"] > FILES // 4, outcome
    assert outcome["mebibytes"] < MEBIBYTES
