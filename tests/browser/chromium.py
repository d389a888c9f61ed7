"""Finding a browser: Debian's Chromium where it is or can be installed, Playwright's own otherwise.

Run before the tests, so that none of them waits for an installation.
"""

import os
import shutil
import subprocess
import sys

MISSING = "no browser for these tests: install Chromium (apt-get install chromium, or playwright install chromium)"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
]  # fmt: skip


def find_chromium() -> str | None:
    """The path of a browser, or None for Playwright's own.

    Raises:
        RuntimeError: there is none, and none can be installed.
    """
    found = _on_path()
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]):
            subprocess.run(command, check=False, capture_output=True)
        found = _on_path()
    if found is not None:
        return found
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, check=False, capture_output=True, timeout=600).returncode != 0:
        raise RuntimeError(MISSING)
    return None


def _on_path() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


if __name__ == "__main__":
    try:
        sys.stderr.write(f"browser for the tests: {find_chromium() or 'of Playwright'}\n")
    except (RuntimeError, subprocess.TimeoutExpired):
        sys.stderr.write(f"{MISSING}\n")  # the browser tests will fail with the same words
