"""A Streamlit server for tests and benchmarks: started on a free port, waited for, ended."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from places import ROOT

READY_S = 60


@contextmanager
def served(command: Sequence[str], port_flag: str, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """The address of what a command serves; nothing that it wrote to its log may be a traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, port_flag, str(port)], cwd=ROOT, env=dict(environment), stdout=written, stderr=written
        )
        try:
            wait_until_healthy(port)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(10)
    assert "Traceback" not in log.read_text()


def wait_until_healthy(port: int) -> None:
    """Wait until a Streamlit server answers on this port."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing was served on port {port} within {READY_S} s")
