"""Map, Build and Metrics without a browser: what they show of the sample cohort, and that links and choices agree."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from streamlit.testing.v1 import AppTest

import ecgfm_core as ecg
from app.map.touched import outline_text
from app.settings import settings
from ecgfm_core import analysis

SAMPLE = ROOT / "data_samples" / "cohort"
SCRIPT = """
from app import state
from app.views.{view} import page
state.remember_pages({{}})
page()
"""

Opened = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Opened]:
    """Draw one page by itself, with an address."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ECGFM_COHORTS", str(tmp_path))
    settings.cache_clear()

    def opener(view: str, **address: str) -> AppTest:
        page = AppTest.from_string(SCRIPT.format(view=view), default_timeout=90)
        for name, value in address.items():
            page.query_params[name] = value
        return page.run()

    yield opener
    settings.cache_clear()


def address_of(id: str) -> str:
    """How the address names a recording: an id may be a person's name."""
    cohort = ecg.open_cohort(SAMPLE)
    return cohort.digests[cohort.row_of[id]][:16]


def texts(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return "\n".join(str(part.value) for part in parts)


def test_the_map_opens_on_the_sample_cohort(opened: Opened):
    page = opened("map.page")
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="cohort").value == "sample"
    assert page.query_params["cohort"] == "sample"
    assert "recordings of the cohort" in texts(page)
    assert "Trustworthiness" in texts(page)
    assert page.dataframe[0].value["id"].iloc[0] == ecg.open_cohort(SAMPLE).ids[0]


def test_a_link_shows_its_recording_with_what_is_known_of_it(opened: Opened):
    cohort = ecg.open_cohort(SAMPLE)
    id = cohort.ids[3]
    page = opened("map.page", id=address_of(id))
    assert not page.error
    said = texts(page).replace("\\", "")
    assert f"**{id}**" in said
    holds = [label for label in cohort.labels if cohort.table[label].iloc[3] == 1]
    assert f"States: {', '.join(holds)}" in said
    nearest = ecg.neighbors(cohort.vectors[3], cohort, 9).ids[1:]
    shown = next(table.value for table in page.dataframe if "distance" in table.value.columns)
    assert tuple(shown["id"]) == nearest


def test_a_linked_outline_selects_what_lies_inside(opened: Opened):
    cohort = ecg.open_cohort(SAMPLE)
    drawn = analysis.load_map(cohort, analysis.list_maps(cohort)[0].name)
    reach = np.sort(np.linalg.norm(drawn.xy - drawn.xy[0], axis=1))[30]
    low, high = drawn.xy[0] - reach, drawn.xy[0] + reach
    inside = ((drawn.xy >= low) & (drawn.xy <= high)).all(axis=1)
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    page = opened("map.page", lasso=outline_text(corners))
    assert 3 < inside.sum() < len(inside) / 2
    assert set(page.dataframe[0].value["id"]) == {drawn.ids[point] for point in np.flatnonzero(inside)}
    assert page.query_params["lasso"] == outline_text(corners)
    page.text_input(key="find").set_value(cohort.ids[0]).run()
    assert page.query_params["lasso"] == outline_text(corners)


@pytest.mark.parametrize("said", ["1_2~3_4", "x", "nan_1~2_2~3_1", "1_2~3_4~1e99_3", "<svg>", "1_2_3~4_5_6~7_8_9"])
def test_an_outline_that_makes_no_sense_selects_nothing(opened: Opened, said: str):
    page = opened("map.page", lasso=said)
    assert not page.exception
    assert not page.error
    assert len(page.dataframe[0].value) == len(ecg.open_cohort(SAMPLE).ids)


def test_an_id_that_is_not_there_chooses_nothing(opened: Opened):
    page = opened("map.page", id="../../etc/passwd", map="'; DROP TABLE recordings", cohort="../..", color="__class__")
    assert not page.exception
    assert not page.error
    assert "Click a point" in texts(page)


@pytest.mark.parametrize(
    "choice",
    ["probability: Atrial fibrillation", "disagreement: Infarction", "age", "column: rhythm", "neighbors kept",
     "cluster", "distance", "tag", "quality"],
)  # fmt: skip
def test_the_map_is_colored_by_anything(opened: Opened, choice: str):
    page = opened("map.page", color=choice)
    assert not page.exception
    assert not page.error
    assert page.query_params["color"] == choice


def test_a_filter_leaves_out_what_does_not_pass(opened: Opened):
    page = opened("map.page")
    page.multiselect(key="filters").set_value(["Atrial fibrillation"]).run()
    page.multiselect(key="values-Atrial fibrillation").set_value(["yes"]).run()
    count = int((ecg.open_cohort(SAMPLE).table["Atrial fibrillation"] == 1).sum())
    assert f"**{count}** recordings that the filters keep" in texts(page)
    assert len(page.dataframe[0].value) == count


def test_a_range_that_is_left_open_keeps_everything(opened: Opened):
    page = opened("map.page")
    page.multiselect(key="filters").set_value(["age", "p:Atrial fibrillation"]).run()
    assert not page.error
    assert "**500** recordings of the cohort" in texts(page)


def test_finding_an_id_chooses_it(opened: Opened):
    page = opened("map.page")
    id = ecg.open_cohort(SAMPLE).ids[10]
    page.text_input(key="find").set_value(f" {id} ").run()
    assert page.query_params["id"] == address_of(id)
    assert f"**{id}**" in texts(page).replace("\\", "")


def test_notes_on_the_sample_stay_in_the_session(opened: Opened):
    before = {path: path.stat().st_mtime_ns for path in SAMPLE.rglob("*")}
    id = ecg.open_cohort(SAMPLE).ids[0]
    page = opened("map.page", id=address_of(id))
    page.text_area(key=f"note-sample-{id}").set_value("look at V1").run()
    page.button(key="note_keep").click().run()
    assert not page.error
    assert page.text_area(key=f"note-sample-{id}").value == "look at V1"
    assert {path: path.stat().st_mtime_ns for path in SAMPLE.rglob("*")} == before


def test_clusters_become_a_color_and_a_list(opened: Opened):
    page = opened("map.page", color="cluster")
    page.button(key="cluster_find").click().run()
    assert not page.error
    found = next(table.value for table in page.dataframe if "cluster" in table.value.columns)
    assert found["recordings"].sum() == 500
    assert found["recordings"].is_monotonic_decreasing


def test_issues_are_listed(opened: Opened):
    page = opened("map.page")
    page.button(key="issues_find").click().run()
    assert not page.error
    found = next(table.value for table in page.dataframe if "what is the matter" in table.value.columns)
    assert "outlier" in set(found["kind"])


def test_metrics_are_those_of_the_library(opened: Opened):
    page = opened("metrics", judged_label="Atrial fibrillation")
    assert not page.error
    judged = {entry.label: entry for entry in analysis.judge(ecg.open_cohort(SAMPLE), bootstrap=0).labels}
    value = judged["Atrial fibrillation"].auroc.value
    assert f"AUROC {value:.3f}" in texts(page).replace("\\", "")
    cells = analysis.confusion(ecg.open_cohort(SAMPLE), "Atrial fibrillation", 0.5)
    assert sum(map(len, cells.values())) == 500
    page.slider(key="threshold-sample-Atrial fibrillation").set_value(0.5).run()
    assert page.button(key="cell-True-True").label == f"{len(cells[True, True])} true positives"


def test_build_asks_for_an_input_and_says_what_it_needs(opened: Opened):
    page = opened("build")
    assert "ecgfm app --data FOLDER" in texts(page)
    page.button(key="build_start").click().run()
    assert "no input was chosen" in texts(page)


def test_a_broken_cohort_does_not_hide_the_others(opened: Opened, tmp_path: Path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "cohort.json").write_text("{")
    page = opened("map.page")
    assert not page.error
    assert page.selectbox(key="cohort").options == ["Sample: simulated ECGs (500)"]


def test_the_sample_cohort_holds_every_finding_and_its_maps():
    cohort = ecg.open_cohort(SAMPLE)
    assert min(int((cohort.table[label] == 1).sum()) for label in cohort.labels) >= 10
    assert [facts.method for facts in analysis.list_maps(cohort)] == ["umap", "pca", "tsne"]
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 20e6
    assert np.isfinite(cohort.vectors).all()


def test_the_sample_cohort_was_embedded_by_the_demo_encoder_as_it_is_now(demo: ecg.Encoder):
    cohort = ecg.open_cohort(SAMPLE)
    assert cohort.encoder is not None
    assert cohort.encoder.fingerprint == demo.fingerprint
    for row in (0, 250, 498):
        encoding = ecg.encode(ecg.to_windows(cohort.record(cohort.ids[row])), demo)
        np.testing.assert_allclose(cohort.vectors[row], encoding.pooled.mean(axis=0), atol=1e-4)
