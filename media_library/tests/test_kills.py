"""Killed while renditions are made, or while something is deleted for good: what is ready has its intact files, and no
file stays that no row knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from media_library.tests import kills

SCRIPT = "killed_asset"
WHOLE = {"missing": [], "wrong": [], "extra": 0}


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory, begun_data: Path) -> Path:
    """Data with an uploaded picture that is not made ready yet."""
    return kills.begun(begun_data, tmp_path_factory.mktemp("uploaded") / "data", SCRIPT)


@pytest.mark.parametrize(
    "point",
    kills.points("upload.after_part", "upload.after_rename", "rendition.after_rows", "rendition.after_files"),
)
def test_F2_renditions_killed_at_any_step_are_made_again_and_leave_nothing(uploaded, tmp_path, point) -> None:
    folder = tmp_path / "data"
    kills.killed(SCRIPT, "make", uploaded, folder, point)
    at_once, later = kills.told(SCRIPT, "again", folder)
    assert (at_once["assets"], at_once["missing"], at_once["wrong"]) == (["pending"], [], [])
    parts = 1 if point == "upload.after_part" else 0  # the half-written file, swept when it is a day old
    assert later == WHOLE | {"assets": ["ready"], "extra": parts}


@pytest.mark.parametrize(
    "point", kills.points("delete.before_file", "purge.before_commit", "delete.after_file")
)
def test_I4_a_purge_killed_at_any_step_has_happened_or_not(uploaded, tmp_path, point) -> None:
    origin, folder = tmp_path / "origin", tmp_path / "data"
    shutil.copytree(uploaded, origin)
    kills.run(SCRIPT, "trash", origin)
    kills.killed(SCRIPT, "purge", origin, folder, point)
    at_once, later = kills.told(SCRIPT, "again", folder)
    assert (at_once["missing"], at_once["wrong"]) == ([], [])
    assert later == WHOLE | {"assets": ["ready"] if point == "purge.before_commit" else []}
