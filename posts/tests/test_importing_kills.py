"""An import that is killed at every edge (trust F17, I5): no row comes in twice, none is lost, and undo undoes all."""

from __future__ import annotations

from pathlib import Path

from media_library.tests import kills


def test_F17_an_import_killed_at_every_edge_goes_on_without_doubling_or_losing_a_row(
    tmp_path: Path, django_db_setup: None
) -> None:
    folder = tmp_path / "data"
    kills.seed(folder)
    said = kills.told("killed_import", "all_of_it", folder, package="posts.tests")
    assert all(each["most_of_one"] <= 1 for each in said), said
    assert all(each["in"] == each["counted"] == each["posts"] == each["scheduled"] for each in said), said
    statuses = [(each["point"], each["status"], each["rows"], each["posts"]) for each in said]
    assert statuses == [
        ("", "checking", 0, 0),
        ("import.read", "checking", 0, 0),
        ("import.judged", "checking", 5, 0),
        ("", "checked", 5, 0),
        ("import.brought_in", "bringing", 5, 0),
        ("import.after_row", "bringing", 5, 1),
        ("import.brought_in", "bringing", 5, 1),
        ("import.after_row", "bringing", 5, 2),
        ("", "done", 5, 5),
        ("import.taken_back", "undoing", 5, 5),
        ("", "undone", 5, 0),
    ]
