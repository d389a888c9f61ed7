"""A served dashboard and a real browser, one each for all browser tests."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.chromium import FLAGS, MISSING, find_chromium
from browser.opener import Opener
from browser.served import served
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from unit.test_hub import Hub

expect.set_options(timeout=30_000)  # the first page waits for torch


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    """A server in place of the hub."""
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def dashboard(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that was started as a user starts it."""
    cache = tmp_path_factory.mktemp("cache")
    environment = {
        **os.environ,
        "ECGFM_CACHE": str(cache),
        "ECGFM_COHORTS": str(cache / "cohorts"),
        "ECGFM_HUB": hub.address,
        "ECGFM_DEVICE": "cpu",
    }
    with served([sys.executable, "-m", "app.cli", "app"], "--port", environment, cache / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        path = find_chromium()
    except (RuntimeError, subprocess.TimeoutExpired):
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, dashboard: str) -> Iterator[Opener]:
    """Open a page of the dashboard in a session of its own."""
    contexts: list[BrowserContext] = []

    def opener(path: str | None = "/", *, size: tuple[int, int] = (1280, 720), dark: bool = False) -> Page:
        scheme = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        if path is not None:
            page.goto(dashboard + path)
        return page

    yield opener
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def upload_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("upload")
