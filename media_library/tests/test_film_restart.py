"""F2: a worker killed while it makes a film ready. What is ready has its files, and the next try makes the rest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_film.py")


def run(step: str, folder: Path, failpoints: str = "") -> tuple[int, list[dict[str, object]]]:
    """Run one step in a process of its own; return its exit status and the lines it printed."""
    left_out = {"DATABASE_URL", "REDIS_URL", "AURA_STORAGE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {
        "AURA_ENV": "test",
        "AURA_DATA_DIR": str(folder),
        "AURA_FAILPOINTS": failpoints,
        "DJANGO_SETTINGS_MODULE": "aura.settings",
    }
    done = subprocess.run(
        [sys.executable, SCRIPT, step], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "tmp").mkdir()
    run("prepare", folder)
    return folder


@pytest.mark.parametrize("point", ["upload.after_part", "upload.after_rename"])
def test_F2_a_worker_killed_over_a_film_leaves_it_to_the_next(prepared, tmp_path, point):
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    assert run("make", folder, f"{point}:kill") == (-signal.SIGKILL, [])
    _, (before, after) = run("again", folder)
    whole = {"missing": [], "wrong": []}
    assert before["status"] == "pending"
    assert before["made"] == [], "I4: nothing is promised that is not there"
    assert {name: before[name] for name in whole} == whole
    assert {name: after[name] for name in whole} == whole
    assert (after["status"], after["runs"], after["made"]) == ("ready", "0:02", ["clean", "thumb", "web"])
    assert after["extra"] == (1 if point == "upload.after_part" else 0), "half a file is swept when a day old"
