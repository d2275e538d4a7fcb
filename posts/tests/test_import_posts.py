"""The command `import_posts`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from imports.models import Import
from posts.models import Post
from posts.tests._made import make_campaign, make_channel
from workspaces.scope import use_workspace

GOOD = (
    "Title,Date,Time,Channel,Words\nBuns,2099-03-23,09:30,Sandbox,Warm\nRye,24/03/2099,10:00,Sandbox,Dark\n"
)


@pytest.fixture
def sheet(workspace: Any, tmp_path: Path) -> Path:
    with use_workspace(workspace):
        make_campaign()
        make_channel()
    path = tmp_path / "plan.csv"
    path.write_text(GOOD)
    return path


def run(path: Path, *args: str) -> str:
    out = StringIO()
    call_command("import_posts", str(path), "--workspace", "barrow-rye", *args, stdout=out)
    return out.getvalue()


def posts(workspace: Any) -> list[tuple[str, str]]:
    with use_workspace(workspace):
        return list(Post.objects.order_by("id").values_list("title", "status"))


def test_a_sheet_is_brought_in_once_however_often_it_is_run(sheet, workspace, alice) -> None:
    args = ("--campaign", "hot-spring rye", "--then", "schedule", "--by", "alice@example.com")
    assert "2 posts of 2 rows are in." in run(sheet, *args)
    assert posts(workspace) == [("Buns", "scheduled"), ("Rye", "scheduled")]
    assert "was imported already" in run(sheet, *args)
    assert len(posts(workspace)) == 2
    with use_workspace(workspace):
        assert {post.created_by for post in Post.objects.all()} == {alice}


def test_what_is_left_out_is_said_and_is_a_failure(sheet, workspace) -> None:
    sheet.write_text(GOOD + ",,,,\nNowhere,,,Pinterest,x\n")
    out = StringIO()
    with pytest.raises(CommandError, match="1 rows were left out"):
        call_command(
            "import_posts",
            str(sheet),
            "--workspace",
            "barrow-rye",
            "--campaign",
            "Hot-spring rye",
            stdout=out,
        )
    assert "Row 5: No channel is called “Pinterest”" in out.getvalue()
    assert posts(workspace) == [("Buns", "draft"), ("Rye", "draft")]


def test_nothing_comes_in_where_all_have_to_be_right(sheet, workspace) -> None:
    sheet.write_text(GOOD + "Bad,2099-02-31,09:00,\n")
    with pytest.raises(CommandError, match="1 row is not right"):
        run(sheet, "--all-or-none", "--campaign", "Hot-spring rye")
    assert posts(workspace) == []


def test_an_order_that_nobody_said_and_what_is_no_sheet_are_refused(sheet, workspace, tmp_path) -> None:
    sheet.write_text("Title,Date,Time\nBuns,03/04/2099,09:00\n")
    with pytest.raises(CommandError, match="can be two days.*--order"):
        run(sheet, "--campaign", "Hot-spring rye")
    assert "1 post of 1 rows are in." in run(sheet, "--campaign", "Hot-spring rye", "--order", "mdy")
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(CommandError, match="nothing in this file"):
        run(empty)
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="is no member"):
        run(sheet, "--by", "nobody@example.com")
    with use_workspace(workspace):
        assert Import.objects.count() == 1
