"""The component's JavaScript: modules that an editor understands, sent as one.

Streamlit takes one text. Its other way, a declared folder of assets, is found for an installed package only when a
`pyproject.toml` lies in it; one text works alike from a clone and from a wheel.
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


def script() -> str:
    """All modules one after another, without the words that tie them together.

    Functions may be called before the place where they are written, so the order does not matter; names at a module's
    top level must differ between modules.
    """
    modules = sorted(file.name for file in _static().iterdir() if file.name.endswith(".js"))
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(name))) for name in modules)


def style() -> str:
    """The style sheet."""
    return _read("paper.css")


def _static() -> Traversable:
    return files("app.paper") / "static"


def _read(name: str) -> str:
    return (_static() / name).read_text("utf-8")
