"""Loading the demo: whole or not at all, and never over what is there. Its tests start from an empty database."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from aura.demo import content, load
from aura.tests.small_demo import run, small_and_apart  # noqa: F401
from workspaces.models import User, Workspace


def test_a_load_that_breaks_off_leaves_nothing_and_the_next_is_whole_and_says_how_to_sign_in(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AURA_DEMO_PASSWORD", raising=False)
    with monkeypatch.context() as broken:

        def break_off(*args: Any) -> None:
            raise KeyboardInterrupt

        broken.setattr(load._Loader, "_make_campaign", break_off)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert not User.objects.exists()
    assert not Workspace.objects.exists()
    left = set(default_storage.listdir(str(load.WORKSPACE_ID))[1])
    assert left, "The files of the pictures were written before it broke off."
    said = re.search(r"Sign in as (\S+) with (\S+)\.", run())
    assert said
    assert User.objects.get(email=said[1]).check_password(said[2]), "a password of its own"
    workspace = Workspace.objects.get()
    now = set(default_storage.listdir(str(workspace.pk))[1])
    assert not left & now
    checked = StringIO()
    call_command("check_storage", stdout=checked)
    assert "agree" in checked.getvalue()


def test_an_address_that_somebody_has_is_left_alone(alice: User, workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(slug=load.SLUG)
    with pytest.raises(CommandError, match="/w/demo/"):
        run()
    assert not User.objects.filter(email=content.DEMO_OWNER).exists()
