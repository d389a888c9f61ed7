"""Page config and navigation. The icon is a file: one by its name would be fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import cache, state
from app.parts.notice import error_boundary, permanent_notice
from app.views import build, metrics, model, read
from app.views.explain import page as explain_page
from app.views.map import page as map_page

_STYLE = """
<style>
  .block-container { padding: 3.6rem 2.4rem 2rem; max-width: 1680px; }
  .st-key-notice { margin-bottom: -0.6rem; }
  @media (max-width: 1000px) {  /* a tablet upright: paper above, probabilities below */
    .st-key-reading > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] { flex-direction: column; }
    .st-key-reading [data-testid="stColumn"] { width: 100% !important; flex: 1 1 auto !important; }
  }
</style>"""

st.set_page_config(page_title="ECG-FM dashboard", page_icon=str(Path(__file__).with_name("favicon.svg")), layout="wide")
st.html(_STYLE)
pages = [
    st.Page(read.page, title="Read", icon=":material/ecg_heart:", url_path="read", default=True),
    st.Page(explain_page.page, title="Explain", icon=":material/troubleshoot:", url_path="explain"),
    st.Page(map_page.page, title="Map", icon=":material/scatter_plot:", url_path="map"),
    st.Page(build.page, title="Build", icon=":material/conveyor_belt:", url_path="build"),
    st.Page(metrics.page, title="Metrics", icon=":material/monitoring:", url_path="metrics"),
    st.Page(model.page, title="Model", icon=":material/memory:", url_path="model"),
]
state.remember_pages({page.title.lower(): page for page in pages})
current = st.navigation(pages, position="top")
with error_boundary():
    permanent_notice()
current.run()
cache.warm_up()
