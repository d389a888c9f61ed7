"""The rules that hold the code together; each can fail, and the import contracts are seen to fail."""

import ast
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from places import ROOT

import ecgfm_core as ecg
from ecgfm_core import analysis, training

CODE = sorted((ROOT / "ecgfm_core").rglob("*.py")) + sorted((ROOT / "app").rglob("*.py"))
EVERYTHING = CODE + sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

VIOLATIONS = {
    "Layers of the library": ("ecgfm_core/leads.py", "import ecgfm_core.types"),
    "The network knows tensors only": ("ecgfm_core/model/device.py", "import ecgfm_core.types"),
    "The library draws nothing": ("ecgfm_core/analysis/predict.py", "import streamlit"),
    "Reading and drawing do without torch": ("ecgfm_core/signal/quality/examine.py", "import torch"),
    "The app uses the library's public names only": ("app/cache.py", "import ecgfm_core.records.read"),
    "Layers of the app": ("app/parts/notice.py", "import app.views.read"),
    "Pages do not know each other, the command line knows no page": ("app/cli/common.py", "import app.views.read"),
    "Figures are drawn without Streamlit": ("app/figures/svg.py", "import streamlit"),
}


def functions(path: Path) -> list[tuple[str, int]]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        (node.name, (node.end_lineno or 0) - node.lineno + 1)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path):
    assert len(path.read_text().splitlines()) <= 300
    long = [(name, lines) for name, lines in functions(path) if lines > 40]
    assert not long


@pytest.mark.parametrize("package", [analysis, training])
def test_no_public_name_is_hidden_by_a_module_of_its_name(package: ModuleType):
    """An import of the module, wherever it happens first, would put it in the place of the function."""
    assert not set(package.__all__) & {module.name for module in pkgutil.iter_modules(package.__path__)}


def test_the_main_page_is_short():
    assert len((ROOT / "app" / "main.py").read_text().splitlines()) <= 40


@pytest.mark.parametrize(
    ("text", "home"),
    [
        (r"st\.(session_state|query_params)", "app/state.py"),
        (r"st\.cache_(resource|data)", "app/cache.py"),
        (r"torch\.load\(", "ecgfm_core/model/convert.py"),
        (
            r"^\s*(import|from) (requests|httpx2?|urllib|huggingface_hub)",
            "ecgfm_core/model/hub.py ecgfm_core/training/fetching.py",
        ),
        (r"unsafe_allow", "nowhere"),
        (r"^\s*(import|from) pickle", "ecgfm_core/model/convert.py"),
        (
            r"os\.environ",
            "app/settings.py app/cli/__init__.py app/cli/serving.py ecgfm_core/analysis/building/ray_engine.py",
        ),
    ],
)
def test_one_file_owns_each_danger(text: str, home: str):
    owners = {str(path.relative_to(ROOT)) for path in CODE if re.search(text, path.read_text(), re.MULTILINE)}
    assert owners <= set(home.split())


def test_what_comes_from_an_upload_is_cached_for_its_session_only():
    text = (ROOT / "app" / "cache.py").read_text()
    cached = {name: arguments for arguments, name in re.findall(r"@st\.cache_resource\(([^)]*)\)\ndef (\w+)", text)}
    assert {name for name, arguments in cached.items() if 'scope="session"' not in arguments} == {
        "_encoder", "samples", "warm_up",
        # of cohorts, in a folder that all share
        "_cohort", "_in_brief", "drawn", "shared_neighbors", "_summary", "_judged", "_clusters", "_issues",
    }  # fmt: skip


def test_every_public_name_exists_and_there_are_few():
    assert len(ecg.__all__) <= 24
    assert all(getattr(ecg, name) is not None for name in ecg.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ecg.nonsense  # noqa: B018


def test_the_docs_mention_every_public_name_and_command():
    text = "\n".join(path.read_text() for path in DOCS)
    assert [name for name in ecg.__all__ if not re.search(rf"\b{name}\b", text)] == []
    assert [name for name in training.__all__ if not re.search(rf"\b{name}\b", text)] == []
    for command in (
        "inspect", "predict", "convert", "download", "app", "simulate", "prepare", "pretrain", "finetune", "probe",
        "evaluate", "measure", "paper", "fetch",
    ):  # fmt: skip
        assert f"ecgfm {command}" in text


def test_links_between_the_docs_lead_somewhere():
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_public_name_of_training_exists():
    assert all(getattr(training, name) is not None for name in training.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        training.nonsense  # noqa: B018


def test_reading_a_recording_and_the_command_line_import_no_torch():
    code = "import sys, app.cli, ecgfm_core as e; e.to_windows(e.read_record('data_samples/af.hea'))"
    code += "; print([name for name in ('torch', 'lancedb') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pins_are_exact_and_cover_what_is_asked_for():
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    project = (ROOT / "pyproject.toml").read_text()
    asked = re.search(r"dependencies = \[(.*?)\]", project, re.DOTALL)
    assert asked is not None
    names = {re.split(r"[=<>]", name)[0].replace("_", "-").lower() for name in re.findall(r'"([^"]+)"', asked[1])}
    assert names <= {pin.split("==")[0] for pin in pins}


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code in which contracts may be broken."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("ecgfm_core", "app"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_each_import_contract_fails_when_it_is_broken(contract: str, tree: Path):
    file, line = VIOLATIONS[contract]
    original = (tree / file).read_text()
    (tree / file).write_text(f"{original}\n{line}\n")
    try:
        lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
        done = subprocess.run(lint, cwd=tree, capture_output=True, text=True, check=False)
    finally:
        (tree / file).write_text(original)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout


def test_a_module_without_a_place_fails_the_layers(tree: Path):
    (tree / "ecgfm_core" / "helpers.py").write_text('"""No place."""\n')
    try:
        lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
        done = subprocess.run(lint, cwd=tree, capture_output=True, text=True, check=False)
    finally:
        (tree / "ecgfm_core" / "helpers.py").unlink()
    assert done.returncode != 0
    assert "helpers" in done.stdout + done.stderr


def test_every_contract_is_broken_once():
    names = re.findall(r'^name = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(VIOLATIONS) == {name for name in names if name != "ecgfm"}
