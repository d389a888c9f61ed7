"""The permanent notices, and the one error boundary of the pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from app import state
from ecgfm_core.errors import EcgfmError

log = logging.getLogger(__name__)

RESEARCH = "Research and teaching only. Not a medical device; do not base care on it."
DEMO = "Demo encoder, not ECG-FM"
_LARGE = """
<style>
  html { font-size: 21px !important; }
  @media (max-width: 1500px) {  /* the paper takes the whole width */
    .st-key-reading > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] { flex-direction: column; }
    .st-key-reading [data-testid="stColumn"] { width: 100% !important; flex: 1 1 auto !important; }
  }
</style>
"""


def permanent_notice() -> None:
    """One line at the head of every page."""
    with st.container(horizontal=True, vertical_alignment="center", key="notice"):
        if state.is_demo():
            st.badge(DEMO, icon=":material/science:", color="orange")
        else:
            st.badge(f"Encoder: {plain(_encoder_name())}", icon=":material/memory:", color="gray")
        st.caption(RESEARCH, width="content")
        st.space("stretch")
        large = st.toggle(
            "Large type", key=state.LARGE, bind="query-params", help="For the last row of a lecture hall."
        )
    if large:
        st.html(_LARGE)


def _encoder_name() -> str:
    """The folder's name; of an encoder in a training's folder, the training's."""
    path = Path(state.encoder_name())
    return path.parent.name if path.name == "encoder" and path.parent.name else path.name


def plain(text: str) -> str:
    """Text that Markdown leaves as it is: names and messages may hold anything."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~:$" else c for c in text)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Show an expected error as its sentence, any other with a short id that is also in the log.

    The log gets the type and the place of an unexpected error, never its text: that may hold a patient's words.
    """
    try:
        yield
    except EcgfmError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except Exception as error:  # noqa: BLE001  (this is the boundary)
        number = secrets.token_hex(4)
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place is not None else "nowhere"
        log.error("unexpected %s at %s, shown as %s", type(error).__name__, where, number)
        st.error(f"Something unexpected went wrong (id {number}). Nothing was changed; please report the id.")
