"""The empty SQLite database that every test process starts from: migrated once, then copied.

Migrating takes ten seconds and more, and was done by each of the processes that share a suite, and again at each run.
Kept in the temporary folder under a name that says what it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def kept_at() -> Path:
    """Return where the database is kept that these migrations, search tables and libraries make."""
    made_of = hashlib.blake2b(digest_size=8)
    for path in sorted(
        [*ROOT.glob("*/migrations/*.py"), ROOT / "aura/kit/search.py", ROOT / "requirements.txt"]
    ):
        made_of.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"aura-test-database-{os.getuid()}-{made_of.hexdigest()}.sqlite3"


@pytest.fixture(scope="session")
def database_lock() -> Iterator[int]:
    """Keep other processes waiting while this one makes the database; let go of it by LOCK_UN."""
    with open(kept_at().with_suffix(".lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@pytest.fixture(scope="session")
def django_db_keepdb(
    django_db_modify_db_settings: None, database_lock: int, request: pytest.FixtureRequest
) -> bool:
    """Put the kept database where pytest-django will look for one; tell whether there was one."""
    from django.db import connection

    kept = kept_at()
    if connection.vendor != "sqlite":
        fcntl.flock(database_lock, fcntl.LOCK_UN)
        return bool(request.config.getvalue("reuse_db"))
    if not kept.exists():
        return False
    shutil.copyfile(kept, connection.settings_dict["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, database_lock: int) -> None:
    """Keep the database that was just migrated, before any test has written into it."""
    from django.db import connection

    if connection.vendor == "sqlite" and not django_db_keepdb:
        kept = kept_at()
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as part:
            made = Path(part.name)
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as ours,
            closing(sqlite3.connect(made)) as copy,
        ):
            ours.backup(copy)
        made.replace(kept)
    fcntl.flock(database_lock, fcntl.LOCK_UN)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> None:
    """Leave content types and permissions where they are when a test's rows are flushed from SQLite.

    Writing them anew after every test that commits took ten times as long as the flush, and they were the same ones.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        return
    flush: Any = import_module("django.core.management.commands.flush")
    every_table = flush.sql_flush

    def our_tables(*args: Any, **options: Any) -> list[str]:
        kept = ('"django_content_type"', '"auth_permission"')
        return [sql for sql in every_table(*args, **options) if not any(name in sql for name in kept)]

    flush.sql_flush = our_tables
    flush.emit_post_migrate_signal = lambda *args, **options: None
