"""Commands as ops meet them: a line of help, what was done, safe twice, exit codes (product.md, Commands)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection

from aura import purge
from aura.kit import clock
from aura.tests.world import OUR_APPS, make_world
from campaigns.models import Brand, Campaign
from media_library.models import Asset, FileDeletion, Rendition
from media_library.tests import kills
from posts.models import Post, PostMedia
from workspaces.models import Activity, User, Workspace
from workspaces.scope import use_workspace

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(name for name, app in get_commands().items() if app in {*OUR_APPS, "aura"})
OF_ISSUE = {
    "check_storage", "create_workspace", "export_openapi", "import_media", "import_posts", "invite_member",
    "load_demo", "make_renditions", "publish_due", "purge_trash", "rotate_keys", "run", "work",
}  # fmt: skip
IN_ONE_WORKSPACE = {
    "check_storage", "import_media", "import_posts", "invite_member", "make_renditions", "publish_due", "purge_trash",
}  # fmt: skip


def say(name: str, **options: Any) -> str:
    said = StringIO()
    call_command(name, stdout=said, stderr=StringIO(), **options)
    return said.getvalue()


def test_the_commands_are_there() -> None:
    assert set(OURS) >= OF_ISSUE


@pytest.mark.parametrize("name", OURS)
def test_each_has_one_line_of_help(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert command.help
    assert "\n" not in command.help
    assert command.help.rstrip().endswith(".")
    assert len(command.help) <= 120
    undescribed = [
        action.dest
        for action in command.create_parser("manage.py", name)._actions
        if not action.help and action.dest != "help"
    ]
    assert undescribed == []


@pytest.mark.parametrize("name", sorted(IN_ONE_WORKSPACE))
def test_a_workspace_that_is_not_is_an_error(name: str, db: None) -> None:
    words = {"invite_member": ["new@example.com"], "import_media": ["/"], "import_posts": ["plan.csv"]}.get(
        name, []
    )
    with pytest.raises(CommandError, match="no workspace"):
        call_command(name, *words, workspace="no-such-room", stdout=StringIO())


def test_failure_is_an_exit_code_and_a_sentence_without_a_trace(
    tmp_path: Path, django_db_setup: None
) -> None:
    kills.seed(tmp_path)
    environment = {**os.environ, "AURA_ENV": "test", "AURA_DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "aura.settings"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    if connection.vendor != "sqlite":  # nothing was put there
        assert run("migrate", "-v0").returncode == 0
    failed = run("purge_trash", "--workspace", "no-such-room")
    assert failed.returncode == 1
    assert "There is no workspace at /w/no-such-room/." in failed.stderr
    assert "Traceback" not in failed.stderr
    assert run("purge_trash").returncode == 0


def test_a_folder_without_a_database_is_named_instead_of_a_trace(tmp_path: Path) -> None:
    environment = {**os.environ, "AURA_ENV": "test", "AURA_DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "aura.settings"
    command = [sys.executable, "manage.py", "check_storage"]
    failed = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert failed.returncode == 1
    assert f"The database {tmp_path / 'aura.sqlite3'} has not the tables of this Aura." in failed.stderr
    assert "AURA_DATA_DIR" in failed.stderr and "Traceback" not in failed.stderr
    assert (tmp_path / "tmp").is_dir(), "it is nothing to keep, so a folder from a backup has none"


# The trash ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(workspace: Workspace, alice: User) -> datetime:
    """A workspace whose post, campaign and asset went to the trash 31 days ago; return when."""
    make_world(workspace, alice)
    long_ago = clock.now() - timedelta(days=31)
    with use_workspace(workspace):
        for model in (Post, Campaign, Asset):
            model.objects.update(trashed_at=long_ago)
    return long_ago


def left(workspace: Workspace) -> list[int]:
    with use_workspace(workspace):
        return [model.objects.count() for model in (Post, Campaign, Asset)]


def test_what_is_thirty_days_in_the_trash_goes_for_good(old: datetime, workspace: Workspace) -> None:
    with use_workspace(workspace):
        Brand.objects.update(logo=None)
    assert say("purge_trash") == "Deleted for good: 1 posts, 1 campaigns, 1 assets.\n"
    assert left(workspace) == [0, 0, 0]
    assert FileDeletion.objects.count() == 1 + len(Rendition.Preset)  # the original and its renditions
    with use_workspace(workspace):
        done = set(Activity.objects.filter(actor_name="Aura").values_list("verb", flat=True))
        assert {"posts.purge_post", "campaigns.purge_campaign", "media_library.purge_asset"} <= done
    assert say("purge_trash") == "Nothing in the trash is 30 days old.\n"


def test_a_day_too_early_nothing_goes(old: datetime, workspace: Workspace) -> None:
    assert purge.purge_trash([workspace], now=old + timedelta(days=29)).gone.total() == 0
    assert left(workspace) == [1, 1, 1]


def test_what_is_used_stays_in_the_trash(old: datetime, workspace: Workspace, alice: User) -> None:
    with use_workspace(workspace):
        Post.objects.update(trashed_at=None)
        Campaign.objects.update(trashed_at=None)
        assert PostMedia.objects.exists()
    say("purge_trash", workspace="barrow-rye")
    assert left(workspace) == [1, 1, 1]


def test_a_campaign_takes_its_posts_along(old: datetime, workspace: Workspace) -> None:
    with use_workspace(workspace):
        Post.objects.update(trashed_at=None)
    say("purge_trash", workspace="barrow-rye")
    assert left(workspace)[:2] == [0, 0]


def test_only_the_workspace_that_is_named(
    old: datetime, workspace: Workspace, other_workspace: Workspace, mallory: User
) -> None:
    make_world(other_workspace, mallory)
    with use_workspace(other_workspace):
        Post.objects.update(trashed_at=old)
    say("purge_trash", workspace="moss-co")
    assert left(workspace)[0] == 1
    assert left(other_workspace)[0] == 0


def test_a_deleted_workspace_goes_with_all_of_it(
    old: datetime, workspace: Workspace, other_workspace: Workspace
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(trashed_at=old)
    assert say("purge_trash") == "Deleted for good: 1 workspaces.\n"
    assert list(Workspace.objects.all()) == [other_workspace]
    assert left(workspace) == [0, 0, 0]


def test_one_workspace_that_breaks_keeps_no_other(
    old: datetime,
    workspace: Workspace,
    other_workspace: Workspace,
    mallory: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_world(other_workspace, mallory)
    with use_workspace(other_workspace):
        Post.objects.update(trashed_at=old)
    real = purge.PURGES["posts"]

    def break_once(*, now: datetime) -> int:
        from workspaces.scope import current_workspace

        if current_workspace() == workspace:
            raise OSError("the disk is gone")
        return real(now=now)

    monkeypatch.setitem(purge.PURGES, "posts", break_once)
    with pytest.raises(CommandError, match="It broke in barrow-rye"):
        say("purge_trash")
    assert left(other_workspace)[0] == 0


# Storage -------------------------------------------------------------------------------------------------------------


def test_rows_and_files_that_disagree_are_an_exit_code(
    workspace: Workspace, alice: User, settings: Any
) -> None:
    from django.core.files.storage import default_storage

    world = make_world(workspace, alice)
    assert say("check_storage", workspace="barrow-rye").endswith("Rows and files agree.\n")
    with use_workspace(workspace):
        key = world[Asset].current.stored_file.key
    default_storage.delete(key)
    with pytest.raises(CommandError, match="disagree in 1 of 1"):
        say("check_storage")
