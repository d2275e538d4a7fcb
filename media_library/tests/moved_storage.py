"""What test_moving runs as its own process, so that it can be killed: moves what is in DATA/old to DATA/new."""

from __future__ import annotations

import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from django.conf import settings

backend = "aura.kit.files.DurableFileSystemStorage"
for name in ("old", "new"):
    settings.STORAGES[name] = {"BACKEND": backend, "OPTIONS": {"location": str(settings.DATA_DIR / name)}}
settings.STORAGES["default"] = {"BACKEND": "aura.kit.moving.MovingStorage"}
settings.AURA_STORAGE_FROM = "local"
django.setup()

from django.core.files.storage import default_storage, storages  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from aura.kit import jobs  # noqa: E402
from media_library.tests import pictures  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402


def prepare() -> None:
    """Make a workspace with three ready pictures, their files in the old storage."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    workspace = Workspace.objects.create(name="Moved", slug="moved", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for number in range(3):
        file = pictures.Named(pictures.encoded(seed=number), f"{number}.jpg")
        client.post("/w/moved/media/upload/", {"files": file}, headers={"HX-Request": "true"})
    for workspace_id, pk in jobs.REGISTRY["media_library.make_renditions"].find(100):
        jobs.run_one("media_library.make_renditions", workspace_id, pk)
    (settings.DATA_DIR / "new").rename(settings.DATA_DIR / "old")


def look() -> None:
    """Say whether rows and files agree, and how many files are where."""
    call_command("check_storage", hashes=True)
    folder = str(Workspace.objects.get().pk)
    for name in ("old", "new"):
        try:
            print(name, len(storages[name].listdir(folder)[1]))
        except FileNotFoundError:
            print(name, 0)
    assert default_storage.exists(f"{folder}/{default_storage.listdir(folder)[1][0]}")


if __name__ == "__main__":
    steps = {"prepare": prepare, "look": look, "move": lambda: call_command("move_storage")}
    steps[sys.argv[1]]()
