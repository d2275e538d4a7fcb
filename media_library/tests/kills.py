"""Starts processes that die at a failpoint, and others that look at what is left (killed.py)."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def points(first: Any, *others: Any) -> list[Any]:
    """Return the failpoints of a test: the first for the fast suite, all of them for the thorough one."""
    return [first, *(pytest.param(*_tuple(other), marks=pytest.mark.thorough) for other in others)]


def _tuple(values: Any) -> tuple[Any, ...]:
    return values if isinstance(values, tuple) else (values,)


def run(
    script: str, step: str, folder: Path, failpoints: str = "", *, package: str = "media_library.tests"
) -> subprocess.CompletedProcess[str]:
    """Do one step of a script of this folder (or `package`) in a process of its own, with its data in `folder`.

    SQLite and local files. Fails when the process ends by anything but itself or SIGKILL.
    """
    left_out = {"DATABASE_URL", "REDIS_URL", "AURA_STORAGE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {
        "AURA_ENV": "test",
        "AURA_DATA_DIR": str(folder),
        "AURA_FAILPOINTS": failpoints,
        "DJANGO_SETTINGS_MODULE": "aura.settings",
    }
    module = f"{package}.{script}"
    code = f"import runpy, django; django.setup(); runpy.run_module({module!r}, run_name='__main__')"
    command = [sys.executable, "-c", code, step]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done


def seed(folder: Path) -> None:
    """Put the tables of the tests' own database into a data folder, where that is SQLite: to migrate takes long."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    if connection.vendor != "sqlite":
        return
    ours, theirs = sqlite3.connect(connection.settings_dict["NAME"]), sqlite3.connect(folder / "aura.sqlite3")
    with contextlib.closing(ours), contextlib.closing(theirs):
        ours.backup(theirs)


def begun(origin: Path, folder: Path, script: str) -> Path:
    """Copy a data folder and do the script's step `prepare` in it."""
    shutil.copytree(origin, folder)
    assert run(script, "prepare", folder).returncode == 0
    return folder


def killed(script: str, step: str, origin: Path, folder: Path, point: str) -> None:
    """Do a step in a copy of a data folder, and see it killed at a failpoint."""
    shutil.copytree(origin, folder)
    assert run(script, step, folder, f"{point}:kill").returncode == -signal.SIGKILL, point


def told(
    script: str, step: str, folder: Path, *, package: str = "media_library.tests"
) -> list[dict[str, Any]]:
    """Do a step and return what it said, a dict for each line."""
    done = run(script, step, folder, package=package)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
