"""A component's JavaScript: modules that an editor understands, sent as one.

Streamlit takes one text. Its other way, a declared folder of assets, is found for an installed package only when a
`pyproject.toml` lies in it; one text works alike from a clone and from a wheel.
"""

from __future__ import annotations

import re
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\.[\w./]*/\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


def script(name: str) -> str:
    """All modules of the component `app.<name>` and `dom.js`, one after another, without the words that tie them.

    Functions may be called before the place where they are written, so the order does not matter; names at a module's
    top level must differ between modules.
    """
    folder = files("app") / name / "static"
    modules = sorted((file for file in folder.iterdir() if file.name.endswith(".js")), key=lambda file: file.name)
    texts = [file.read_text("utf-8") for file in (files("app") / "dom.js", *modules)]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def style(name: str) -> str:
    """What all components look like, and the style sheet of the component `app.<name>`."""
    folder = files("app")
    return "\n".join(file.read_text("utf-8") for file in (folder / "dom.css", folder / name / "static" / f"{name}.css"))
