"""What test_restart runs as its own process, so that it can be killed: `killed_upload.py prepare|upload|again`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from aura.kit import jobs  # noqa: E402
from media_library import operations  # noqa: E402
from media_library.models import Asset, StoredFile  # noqa: E402
from media_library.tests import pictures  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402


def prepare() -> None:
    """Make the database, a workspace and its owner."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    workspace = Workspace.objects.create(name="Killed", slug="killed", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=user, role="owner")


def upload() -> None:
    """Send one picture with a key, and print the answer: what was acknowledged."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    body = {"files": pictures.Named(pictures.encoded(), "one.jpg"), "upload_key": "the-key"}
    answer = client.post("/w/killed/media/upload/", body, headers={"HX-Request": "true"})
    print(json.dumps({"status": answer.status_code, "added": "Added" in answer.content.decode()}), flush=True)


def again() -> None:
    """Say what is promised after the kill, send it again, do the worker's part, and say what is there then."""
    with use_workspace(Workspace.objects.get()) as workspace:
        promised = operations.check_storage(workspace, hashes=True)
        print(json.dumps({"missing": promised.missing, "wrong": promised.wrong}))
    upload()
    with use_workspace(workspace):
        for name in ("media_library.make_renditions", "media_library.delete_file"):
            for workspace_id, pk in jobs.REGISTRY[name].find(100):
                jobs.run_one(name, workspace_id, pk)
        found = operations.check_storage(workspace, hashes=True)
        print(
            json.dumps(
                {
                    "assets": list(Asset.objects.values_list("status", flat=True)),
                    "files": list(StoredFile.objects.values_list("status", flat=True)),
                    "missing": found.missing,
                    "wrong": found.wrong,
                    "extra": found.files - found.rows,
                }
            )
        )


if __name__ == "__main__":
    {"prepare": prepare, "upload": upload, "again": again}[sys.argv[1]]()
