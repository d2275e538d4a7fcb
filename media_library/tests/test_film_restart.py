"""F2: a worker killed while it makes a film ready. What is ready has its files, and the next try makes the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_library.tests import kills

SCRIPT = "killed_film"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, begun_data: Path) -> Path:
    return kills.begun(begun_data, tmp_path_factory.mktemp("prepared") / "data", SCRIPT)


@pytest.mark.parametrize("point", kills.points("upload.after_part", "upload.after_rename"))
def test_F2_a_worker_killed_over_a_film_leaves_it_to_the_next(prepared, tmp_path, point):
    folder = tmp_path / "data"
    kills.killed(SCRIPT, "make", prepared, folder, point)
    before, after = kills.told(SCRIPT, "again", folder)
    whole = {"missing": [], "wrong": []}
    assert before["status"] == "pending"
    assert before["made"] == [], "I4: nothing is promised that is not there"
    assert {name: before[name] for name in whole} == whole
    assert {name: after[name] for name in whole} == whole
    assert (after["status"], after["runs"], after["made"]) == ("ready", "0:02", ["clean", "thumb", "web"])
    assert after["extra"] == (1 if point == "upload.after_part" else 0), "half a file is swept when a day old"
