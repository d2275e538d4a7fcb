"""What test_fits runs as its own process, so that it can be killed: `killed_fit.py prepare|cut|again`."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from PIL import Image  # noqa: E402

from aura.kit import clock, jobs  # noqa: E402
from media_library import operations  # noqa: E402
from media_library.models import Asset, FileDeletion, Rendition  # noqa: E402
from media_library.placements import by_key  # noqa: E402
from media_library.tests import pictures  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.operation import SYSTEM  # noqa: E402
from workspaces.scope import every_workspace, use_workspace  # noqa: E402


def due(name: str) -> None:
    for workspace_id, pk in jobs.REGISTRY[name].find(100):
        jobs.run_one(name, workspace_id, pk)


def prepare() -> None:
    """Make a workspace with one ready picture, and ask for a cut of it."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    workspace = Workspace.objects.create(name="Killed", slug="killed", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    out = io.BytesIO()
    Image.effect_noise((800, 800), 60).convert("RGB").save(out, "JPEG")
    body = {"files": pictures.Named(out.getvalue(), "one.jpg")}
    client.post("/w/killed/media/upload/", body, headers={"HX-Request": "true"})
    due("media_library.make_renditions")
    with use_workspace(workspace):
        asset = Asset.objects.select_related("current").get()
        operations.request_fits(asset, placements=[by_key("google-square")], by=SYSTEM)  # type: ignore[list-item]


def again() -> None:
    """Do what a worker finds after the lease has ended, and two days later; say what is there then."""
    with every_workspace("the leases of a worker that was killed have run out"):
        Rendition.objects.update(lease_until=None, claim_token=None)
    due("media_library.make_fit")
    FileDeletion.objects.update(due_at=clock.now() - timedelta(seconds=1))
    due("media_library.delete_file")
    with use_workspace(Workspace.objects.get()) as workspace:
        found = operations.check_storage(workspace, hashes=True)
        status = Rendition.objects.get(preset="fit:google-square").status
    extra = found.files - found.rows
    print(json.dumps({"status": status, "missing": found.missing, "wrong": found.wrong, "extra": extra}))


if __name__ == "__main__":
    {"prepare": prepare, "cut": lambda: due("media_library.make_fit"), "again": again}[sys.argv[1]]()
