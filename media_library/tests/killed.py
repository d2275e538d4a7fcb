"""What processes share that are started by tests to be killed (kills.py): a workspace, its owner, its due work."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from aura.kit import clock, jobs, testing_points
from media_library import operations
from media_library.models import FileDeletion, StoredFile
from workspaces.models import Membership, User, Workspace
from workspaces.scope import every_workspace, use_workspace


def begin() -> None:
    """Make the database, a workspace and its owner."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    made = Workspace.objects.create(name="Killed", slug="killed", zone="UTC")
    user = User.objects.create_user("alice@example.com", "a long enough password")
    Membership.objects.create(workspace=made, user=user, role="owner")


def post(path: str, **body: Any) -> HttpResponse:
    """Send a form to the library as the owner, as the page's script does."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.post(f"/w/killed/media/{path}", body, headers={"HX-Request": "true"})  # type: ignore[return-value]


def due(*names: str) -> None:
    """Do all that is due of these kinds of the library's work, in turn, as a worker does."""
    for name in names:
        work = f"media_library.{name}"
        for workspace_id, pk in jobs.REGISTRY[work].find(100):
            jobs.run_one(work, workspace_id, pk)


def release(*models: Any) -> None:
    """Let the leases run out that a killed worker held on these rows."""
    with every_workspace("the leases of a worker that was killed have run out"):
        for model in models:
            model.objects.update(lease_until=None, claim_token=None)


def days_later() -> None:
    """Clear away what is cleared away after a day: uploads that broke off, and files that nothing needs."""
    with every_workspace("two days have passed"):
        StoredFile.objects.filter(status="pending").update(due_at=clock.now() - timedelta(seconds=1))
    due("drop_stale_upload")
    FileDeletion.objects.update(due_at=clock.now() - timedelta(seconds=1))
    due("delete_file")


def workspace() -> Workspace:
    """Return the one workspace."""
    return Workspace.objects.get()


def tell(**more: object) -> None:
    """Print as JSON whether rows and files agree, how many files no row knows, and `more`."""
    with use_workspace(workspace()) as place:
        found = operations.check_storage(place, hashes=True)
    said = {"missing": found.missing, "wrong": found.wrong, "extra": found.files - found.rows, **more}
    print(json.dumps(said), flush=True)


def in_a_process(do: Callable[[], None], failpoint: str = "") -> None:
    """Run something in a process forked from this one; one with a failpoint has to die by it."""
    connections.close_all()
    child = os.fork()
    if not child:
        os.environ["AURA_FAILPOINTS"] = failpoint and f"{failpoint}:kill"
        testing_points._armed.cache_clear()
        try:
            do()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == (-signal.SIGKILL if failpoint else 0), (failpoint, status)


def main(**steps: Callable[[], None]) -> None:
    """Do the step that the command line names."""
    steps[sys.argv[1]]()


if __name__ == "__main__":
    main(begin=begin)
