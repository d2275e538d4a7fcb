"""What test_versions runs as its own process, to be killed: `killed_version.py prepare|upload|edit|again`."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from aura.kit import clock, jobs  # noqa: E402
from media_library import operations  # noqa: E402
from media_library.models import Asset, AssetVersion, FileDeletion, StoredFile  # noqa: E402
from media_library.tests import pictures  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.operation import SYSTEM  # noqa: E402
from workspaces.scope import every_workspace, use_workspace  # noqa: E402


def due(name: str) -> None:
    for workspace_id, pk in jobs.REGISTRY[name].find(100):
        jobs.run_one(name, workspace_id, pk)


def post(path: str, **body: Any) -> None:
    """Send a form as the person who uploads; the answer is not looked at."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(f"/w/killed/media/{path}", body)


def asset() -> Asset:
    with use_workspace(Workspace.objects.get()):
        return Asset.objects.select_related("current").get()


def prepare() -> None:
    """Make a workspace with one ready picture."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    workspace = Workspace.objects.create(name="Killed", slug="killed", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    post("upload/", files=pictures.Named(pictures.encoded(width=600, height=400), "one.jpg"))
    due("media_library.make_renditions")


def upload() -> None:
    """Send another version, and make it."""
    post(f"{asset().pk}/versions/", file=pictures.Named(pictures.encoded(seed=2), "two.jpg"))
    due("media_library.make_version")


def edit() -> None:
    """Ask for an edit, and make it."""
    with use_workspace(Workspace.objects.get()):
        operations.edit_picture(asset(), recipe={"turn": 90}, by=SYSTEM)
    due("media_library.make_version")


def again() -> None:
    """Do what a client and a worker do after that, and two days later; say what is there then."""
    with use_workspace(Workspace.objects.get()):
        edited = AssetVersion.objects.exclude(made_from=None).exists()
    if not edited:
        upload()
    with every_workspace("the leases of a worker that was killed have run out"):
        AssetVersion.objects.update(lease_until=None, claim_token=None)
    due("media_library.make_version")
    with every_workspace("two days have passed"):
        StoredFile.objects.filter(status="pending").update(due_at=clock.now() - timedelta(seconds=1))
    due("media_library.drop_stale_upload")
    FileDeletion.objects.update(due_at=clock.now() - timedelta(seconds=1))
    due("media_library.delete_file")
    shown = asset().current
    with use_workspace(Workspace.objects.get()) as workspace:
        found = operations.check_storage(workspace, hashes=True)
        versions = AssetVersion.objects.count()
    told = {
        "shown": shown.number if shown else None,
        "versions": versions,
        "missing": found.missing,
        "wrong": found.wrong,
        "extra": found.files - found.rows,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    {"prepare": prepare, "upload": upload, "edit": edit, "again": again}[sys.argv[1]]()
