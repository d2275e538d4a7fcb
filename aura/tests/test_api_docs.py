"""docs/api.md: its examples run as they stand there, against a server over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from campaigns.models import Brand, Campaign
from media_library.models import Asset
from media_library.tests import pictures
from posts.tests._made import make_channel
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

WORDS = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()


@pytest.fixture
def examples(
    transactional_db: None, live_server: Any, workspace: Workspace, alice: User, tmp_path: Path, settings: Any
) -> Any:
    """Run one example of the docs in a folder with a photograph, and return what it printed."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "tmp"
    (tmp_path / "tmp").mkdir()
    (tmp_path / "rye.jpg").write_bytes(pictures.encoded())
    with use_workspace(workspace):
        Brand.objects.create(name="Barrow & Rye")
        make_channel()
    words = ("campaigns:write", "media:write", "posts:write", "channels:read")
    token = make(workspace, alice, *words, role="editor").secret
    env = {"PATH": os.environ["PATH"], "AURA_URL": live_server.url, "AURA_TOKEN": token}

    def run(language: str, *command: str) -> str:
        (code,) = re.findall(rf"```{language}\n(.+?)```", WORDS, re.DOTALL)
        done = subprocess.run(
            [*command, code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl on this machine.")
def test_the_lines_for_curl_make_a_campaign_and_bring_a_photograph(
    examples: Any, workspace: Workspace
) -> None:
    examples("bash", "bash", "-euc")
    examples("bash", "bash", "-euc")
    with use_workspace(workspace):
        assert Campaign.objects.get().name == "Spring bake", "Repeated with its key it is one."
        assert Asset.objects.get().current.original_name == "rye.jpg"


def test_the_lines_of_python_bring_describe_make_change_and_list(examples: Any, workspace: Workspace) -> None:
    said = examples("python", sys.executable, "-c")
    lines = ["rye.jpg added", "draft ['Rye is back, on Fridays.', 'Baked on Rye Street.']"]
    assert said.splitlines() == [*lines, "Autumn bake onboarding_incomplete"]
    with use_workspace(workspace):
        assert Asset.objects.get().alt_text == "A dark loaf, cut open."
        assert Campaign.objects.get().goal == "Rye for everyone"
