"""The command that serves the dashboard."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from app.cli import common
from app.settings import Settings, settings


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    sub = commands.add_parser("app", help=serve.__doc__, description=serve.__doc__)
    sub.set_defaults(command=serve)
    sub.add_argument("--port", type=int, default=8501)
    sub.add_argument("--address", default="localhost", help="localhost; 0.0.0.0 serves the whole network")
    sub.add_argument("--cohorts", type=Path, metavar="FOLDER", help="where cohorts are made and found")
    sub.add_argument("--data", type=Path, metavar="FOLDER", help="whose folders, tables and zips the page Build offers")
    common.add_encoder(sub)


def serve(options: argparse.Namespace) -> int:
    """Serve the dashboard."""
    page = Path(__file__).parents[1] / "main.py"
    environment = {**os.environ, **_as_variables(settings(), options)}
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(options.port)]
    command += ["--server.address", options.address]
    os.chdir(page.parents[1])  # where .streamlit/config.toml lies
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606  (our own words; a signal then reaches the server)
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


def _as_variables(chosen: Settings, options: argparse.Namespace) -> dict[str, str]:
    """All settings for the server, with paths that hold whatever its working folder is."""
    encoder = options.encoder or chosen.encoder
    data = options.data or chosen.data_folder
    wanted = {
        "encoder": str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder,
        "device": options.device or chosen.device,
        "precision": chosen.precision,
        "cache": str(chosen.cache_folder.resolve()) if chosen.cache_folder else "",
        "hub": chosen.hub,
        "cohorts": str((options.cohorts or chosen.cohorts_folder).resolve()),
        "data": str(data.resolve()) if data else "",
    }
    return {f"ECGFM_{name.upper()}": value for name, value in wanted.items() if value}
