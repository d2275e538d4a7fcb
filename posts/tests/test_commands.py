"""`publish_due`: sends what is due, once, and says how much."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posts.models import SandboxPost, Target
from posts.operations import publishing
from posts.tests import _engine as engine
from workspaces.models import Workspace
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)


def run(**options: object) -> str:
    said = StringIO()
    call_command("publish_due", stdout=said, stderr=StringIO(), **options)
    return said.getvalue()


@pytest.fixture
def two_rooms(workspace: Workspace, other_workspace: Workspace) -> None:
    """A post that is due in each of two workspaces."""
    for room in (workspace, other_workspace):
        with use_workspace(room):
            engine.due_post(engine.channel("sandbox"))


def sent(room: Workspace) -> int:
    with use_workspace(room):
        return SandboxPost.objects.count()


def test_what_is_due_goes_out_once(two_rooms: None, workspace: Workspace, other_workspace: Workspace) -> None:
    assert run() == "Worked on 2 that were due.\n"
    assert run() == "Worked on 0 that were due.\n"
    assert (sent(workspace), sent(other_workspace)) == (1, 1)


def test_one_workspace_alone(two_rooms: None, workspace: Workspace, other_workspace: Workspace) -> None:
    assert run(workspace="barrow-rye") == "Worked on 1 that were due.\n"
    assert (sent(workspace), sent(other_workspace)) == (1, 0)
    with pytest.raises(CommandError, match="There is no workspace at /w/no-such-room/"):
        run(workspace="no-such-room")


def test_one_that_breaks_keeps_no_other_and_is_a_failure(
    two_rooms: None, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = publishing.call, []

    def break_once(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise OSError("the disk is gone")
        return real(*args, **kwargs)

    monkeypatch.setattr(publishing, "call", break_once)
    with pytest.raises(CommandError, match="1 broke on the way"):
        run()
    assert len(calls) == 2
    with use_workspace(workspace):
        assert Target.objects.get().status in {"sending", "published"}
