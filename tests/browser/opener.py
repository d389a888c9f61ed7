"""The type of the fixture that opens pages."""

from collections.abc import Callable

from playwright.sync_api import Page

Opener = Callable[..., Page]
