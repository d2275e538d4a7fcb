"""Keeps the query planner's statistics fresh where the engine does not do it by itself."""

from __future__ import annotations

from django.db import connection

ROWS_LOOKED_AT = 1000  # of each index; enough for the planner, and milliseconds at any size


def refresh_statistics() -> None:
    """Have SQLite look at its indexes. Without statistics it takes any index over `id IN (…)`, and pages get slow.

    PostgreSQL does this itself (autovacuum), so there it does nothing.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
