"""Changing the key that seals: everything sealed is known, sealed anew once, and nothing is lost."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import models

from aura.kit import secrets
from aura.sealed import COLUMNS
from aura.tests.world import make_world, tenant_models
from posts.models import Channel, Connecting, NetworkApp
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace


def rotate() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


def test_every_column_with_a_secret_is_rotated() -> None:
    sealed = {
        (model, column.name)
        for model in tenant_models()
        for column in model._meta.concrete_fields
        if isinstance(column, models.TextField) and column.name in {"secret", "sealed"}
    }
    assert sealed == set(COLUMNS)


def test_a_key_is_changed_while_everything_stays_readable(
    workspace: Workspace, alice: User, settings: Any, db: None
) -> None:
    old, new = settings.AURA_SECRET_KEYS[0], secrets.new_key()
    make_world(workspace, alice)
    with use_workspace(workspace):
        Channel.objects.update(secret=secrets.seal_dict({"access_token": "t"}))
    step = Authenticator.objects.create(
        user=alice, type="totp", data={"secret": secrets.seal("seed"), "n": 1}
    )
    settings.AURA_SECRET_KEYS = [new, old]
    assert rotate() == (
        "Sealed anew: 1 channels, 1 network apps, 1 connections under way, 1 webhook endpoints, 1 authenticators.\n"
    )
    assert rotate() == "Everything is sealed with the first key.\n"
    settings.AURA_SECRET_KEYS = [new]
    step.refresh_from_db()
    assert (secrets.unseal(step.data["secret"]), step.data["n"]) == ("seed", 1)
    with use_workspace(workspace):
        assert secrets.unseal_dict(Channel.objects.get().secret) == {"access_token": "t"}
        assert secrets.unseal(NetworkApp.objects.get().secret) == "s"
        assert secrets.unseal_dict(Connecting.objects.get().sealed) == {"accounts": []}


def test_what_no_key_opens_is_named_and_left_as_it_is(
    workspace: Workspace, alice: User, settings: Any, db: None
) -> None:
    make_world(workspace, alice)
    with use_workspace(workspace):
        before = NetworkApp.objects.get().secret
    settings.AURA_SECRET_KEYS = [secrets.new_key()]
    with pytest.raises(CommandError, match="end of AURA_SECRET_KEYS"):
        rotate()
    with use_workspace(workspace):
        assert NetworkApp.objects.get().secret == before
