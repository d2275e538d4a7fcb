"""F1: an upload killed at each of its steps. What was acknowledged is there; a second try makes one asset."""

from __future__ import annotations

import pytest

from media_library.tests import kills

SCRIPT = "killed_upload"
POINTS = kills.points(
    "upload.after_row",
    "upload.after_part",
    "upload.after_rename",
    "upload.after_ready",
    "upload.after_commit",
)


@pytest.mark.parametrize("point", POINTS)
def test_F1_an_upload_killed_at_any_step_is_lost_or_whole_and_never_doubled(begun_data, tmp_path, point):
    folder = tmp_path / "data"
    kills.killed(SCRIPT, "upload", begun_data, folder, point)
    before, answer, after = kills.told(SCRIPT, "again", folder)
    assert (before["missing"], before["wrong"]) == ([], []), "I4: what is ready has its intact file"
    assert answer == {"status": 200, "added": True}, "the client's retry gets the answer of the first"
    parts = 1 if point == "upload.after_part" else 0  # the half-written file, swept when it is a day old
    assert after == {"assets": ["ready"], "files": ["ready"], "missing": [], "wrong": [], "extra": parts}
