"""System checks of our own: what Django cannot know about this machine."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.core.checks import CheckMessage, Info, register
from django.db import connection

# The WAL-reset bug: 3.7.0 up to 3.51.2, fixed in 3.51.3 and in the maintenance releases 3.50.7 and 3.44.6.
_FIXED = (3, 51, 3)
_FIXED_BACKPORTS = {(3, 50): 7, (3, 44): 6}


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Tell whether an SQLite release may corrupt a database when a WAL is reset at a bad moment."""
    if version >= _FIXED:
        return False
    return version[2] < _FIXED_BACKPORTS.get(version[:2], version[2] + 1)


@register(deploy=True)  # not before every command: `check --deploy` says it, and `run` once at its start
def check_sqlite_release(**kwargs: Any) -> list[CheckMessage]:
    """Say so when the database is SQLite in a release with the WAL-reset bug."""
    if connection.vendor != "sqlite" or not has_wal_reset_bug(sqlite3.sqlite_version_info):
        return []
    return [
        Info(
            f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug, which can damage a database in rare cases.",
            hint="Use a Python built with SQLite 3.51.3 or later (or 3.50.7, 3.44.6), and keep backups.",
            id="aura.I001",
        )
    ]
