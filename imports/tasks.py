"""The due list of imports."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from aura.kit import jobs
from imports.models import WORKING, Import


def _working() -> QuerySet[Any]:
    return Import.objects.filter(status__in=WORKING)


def _work_import(import_id: uuid.UUID, token: uuid.UUID) -> None:
    from imports.operations import working

    working.work_import(import_id, token)


def _set_aside(import_id: uuid.UUID, token: uuid.UUID) -> None:
    from imports.operations import working

    working.set_aside(import_id, token)


def register() -> None:
    """Make the kind of work known."""
    jobs.register(
        jobs.DueList(
            "imports.work_import",
            rows=_working,
            run=_work_import,
            queue="imports",
            lease=150.0,
            deadline=130.0,
            set_aside=_set_aside,
        )
    )
