"""What `manage.py run` does before it serves: folders, tables, static files, demo content. All of it safe to repeat."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from aura.serve.bell import ring_all

Say = Callable[[str], object]
LEAVING = 15.0
"""Seconds that the children of a killed supervisor may take to leave: a little more than they have for their work."""


class CannotStart(Exception):
    """A sentence that says why, and what to do."""


def make_folders() -> None:
    """Make the folders of the data directory. Raises CannotStart when it cannot be written to."""
    try:
        for name in ("", "media", "tmp", "static", "bells"):
            (settings.DATA_DIR / name).mkdir(mode=0o750, parents=True, exist_ok=True)
        probe = settings.DATA_DIR / "tmp" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise CannotStart(
            f"{problem.filename} cannot be written to ({problem.strerror}). "
            "Give Aura another folder with AURA_DATA_DIR, or change who owns this one."
        ) from problem


def listen(bind: str, port: int, say: Say) -> socket.socket:
    """Return the listening socket, which children inherit. Raises CannotStart when the port is taken.

    The supervisor keeps it, so that a web server that is started again loses no connection. Where one was killed a
    moment ago, its children finish what they do and still hold the port: that is waited for.
    """
    is_ours, until = False, time.monotonic() + LEAVING
    while True:
        try:
            return _listen(bind, port)
        except CannotStart:
            if not is_ours:
                is_ours = ring_all(settings.DATA_DIR / "bells", "still-there") > 0
                if is_ours:
                    say(f"Waiting for what ran here before to leave port {port} ...")
            if not is_ours or time.monotonic() > until:
                raise
        time.sleep(0.2)


def _listen(bind: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((bind, port))
        sock.listen(512)
    except OSError as problem:
        sock.close()
        raise CannotStart(
            f"Port {port} on {bind} is not free ({problem.strerror}). "
            f"Stop what uses it, or pick another: PORT={port + 1 if port < 65535 else 8000} make run."
        ) from problem
    sock.set_inheritable(True)
    return sock


def migrate(say: Say) -> None:
    """Bring the database to this version."""
    connection = connections[DEFAULT_DB_ALIAS]
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_new = not executor.loader.applied_migrations
    if plan:
        say(
            "Making the database ..."
            if is_new
            else f"Bringing the database up to date ({len(plan)} step{'s' if len(plan) > 1 else ''}) ..."
        )
        call_command("migrate", verbosity=0, interactive=False)
    if "DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
        call_command("createcachetable", verbosity=0)


def collect_static(say: Say) -> None:
    """Gather and compress the static files, unless the last time saw the same ones."""
    root = Path(settings.STATIC_ROOT)
    stamp, seen = root / ".made-from", _static_fingerprint()
    if stamp.exists() and stamp.read_text() == seen:
        return
    say("Gathering styles, scripts and icons ...")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(seen)


def _static_fingerprint() -> str:
    """Return a hash over name, size and time of every static file, and the release of Django."""
    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = os.stat(storage.path(name))
            digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def load_demo(say: Say) -> str | None:
    """Fill an instance without people with demo content; return the demo owner's password, None without a demo.

    The password is AURA_DEMO_PASSWORD, or a new one that is put there.
    """
    if not settings.AURA_DEMO or get_user_model().objects.exists():
        return None
    say("Loading the demo content ...")
    password = os.environ.get("AURA_DEMO_PASSWORD") or "-".join(secrets.token_hex(3) for _ in range(3))
    os.environ["AURA_DEMO_PASSWORD"] = password
    # Whole or not at all: a start that is interrupted here begins it again the next time.
    call_command("load_demo", verbosity=0)
    return password
