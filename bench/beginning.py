"""What benchmarks begin with: an empty database, a filled workspace, a running Aura. Import it once Django is up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from aura.kit.statistics import refresh_statistics
from aura.serve.warm import warm_up
from aura.tests.processes import Running, free_port, wait_for
from bench import rows
from workspaces.models import User, Workspace
from workspaces.operations import create_workspace
from workspaces.scope import use_workspace


def empty_database() -> None:
    """Make the tables, and empty those that another run left."""
    if connection.vendor == "postgresql":
        call_command("flush", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("createcachetable")


def filled_workspace(owner: User, slug: str, posts: int, assets: int) -> tuple[Workspace, dict[str, object]]:
    """Make a workspace with so many rows; return it, and ids of what is in it for addresses."""
    workspace = Workspace(name=slug.title(), slug=slug, zone="Europe/Dublin")
    create_workspace(workspace, owner=owner, by=owner)
    with use_workspace(workspace):
        ids = rows.fill(workspace, owner, posts, assets)
    as_it_is_served()
    return workspace, ids


def as_it_is_served() -> None:
    """Let the database know its rows, and this process its templates, as they would after a while."""
    if connection.vendor == "sqlite":
        refresh_statistics()  # as the worker does every quarter of an hour
    else:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does
    warm_up()  # as a web process does


@contextmanager
def running_aura(**more: str) -> Iterator[str]:
    """Run the whole Aura on this process's database and folder, with these settings beside; give its address."""
    ours = ("AURA_", "DATABASE_", "REDIS_")
    kept = {name: value for name, value in os.environ.items() if name.startswith(ours)}
    port = free_port()
    with Running("manage.py", "run", **(kept | more | {"PORT": str(port)})) as running:
        wait_for(lambda: "Ctrl-C stops" in running.output or running.process.poll() is not None, 120, "start")
        yield f"http://127.0.0.1:{port}"
