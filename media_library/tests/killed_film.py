"""What test_film_restart runs as its own process, so that it can be killed: `killed_film.py prepare|make|again`."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from aura.kit import clock, jobs  # noqa: E402
from media_library import operations  # noqa: E402
from media_library.models import Asset, FileDeletion, Rendition  # noqa: E402
from media_library.tests import films, pictures  # noqa: E402
from workspaces.models import Membership, User, Workspace  # noqa: E402
from workspaces.scope import every_workspace, use_workspace  # noqa: E402


def due(name: str) -> None:
    for workspace_id, pk in jobs.REGISTRY[name].find(100):
        jobs.run_one(name, workspace_id, pk)


def prepare() -> None:
    """Make a workspace and upload one film."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    workspace = Workspace.objects.create(name="Killed", slug="killed", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    body = {"files": pictures.Named(films.film("mov", sound=True), "opening.mov")}
    client.post("/w/killed/media/upload/", body, headers={"HX-Request": "true"})


def again() -> None:
    """Do what a worker finds after the lease has ended; say what is there before and then."""
    with every_workspace("the leases of a worker that was killed have run out"):
        Asset.objects.update(lease_until=None, claim_token=None)
    with use_workspace(Workspace.objects.get()) as workspace:
        tell(workspace)
    due("media_library.make_renditions")
    FileDeletion.objects.update(due_at=clock.now() - timedelta(seconds=1))
    due("media_library.delete_file")
    with use_workspace(workspace):
        tell(workspace)


def tell(workspace: Workspace) -> None:
    found = operations.check_storage(workspace, hashes=True)
    asset = Asset.objects.get()
    renditions = sorted(Rendition.objects.filter(status="ready").values_list("preset", flat=True))
    told = {"status": asset.status, "runs": asset.duration, "made": renditions}
    print(
        json.dumps(
            {**told, "missing": found.missing, "wrong": found.wrong, "extra": found.files - found.rows}
        )
    )


if __name__ == "__main__":
    steps = {"prepare": prepare, "make": lambda: due("media_library.make_renditions"), "again": again}
    steps[sys.argv[1]]()
