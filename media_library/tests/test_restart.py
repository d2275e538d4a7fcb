"""F1: an upload killed at each of its steps. What was acknowledged is there; a second try makes one asset."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_upload.py")
POINTS = [
    "upload.after_row",
    "upload.after_part",
    "upload.after_rename",
    "upload.after_ready",
    "upload.after_commit",
]


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
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, lines


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "tmp").mkdir()
    run("prepare", folder)
    return folder


@pytest.mark.parametrize("point", POINTS)
def test_F1_an_upload_killed_at_any_step_is_lost_or_whole_and_never_doubled(prepared, tmp_path, point):
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    status, answers = run("upload", folder, f"{point}:kill")
    assert (status, answers) == (-signal.SIGKILL, [])
    _, (before, answer, after) = run("again", folder)
    assert before == {"missing": [], "wrong": []}, "I4: what is ready has its intact file"
    assert answer == {"status": 200, "added": True}, "the client's retry gets the answer of the first"
    parts = 1 if point == "upload.after_part" else 0  # the half-written file, swept when it is a day old
    assert after == {"assets": ["ready"], "files": ["ready"], "missing": [], "wrong": [], "extra": parts}
