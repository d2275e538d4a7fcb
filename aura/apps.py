"""The app of what is wired together: commands, health, system checks, the bells."""

from __future__ import annotations

import uuid

from django.apps import AppConfig


class AuraConfig(AppConfig):
    """Puts the parts together."""

    name = "aura"

    def ready(self) -> None:
        """Load the system checks, connect the bell, have the trash emptied daily and statistics kept fresh.

        The bell goes to the broker where there is one, else to the workers of this machine. Nothing is opened or
        connected before the first ring.
        """
        from django.conf import settings

        from aura.kit import checks, jobs  # noqa: F401 (checks registers itself)
        from aura.kit.statistics import refresh_statistics
        from aura.purge import purge_daily

        jobs.add_bell(_ring_broker if settings.REDIS_URL else _ring_neighbours)
        jobs.register_chore(jobs.Chore("aura.purge_trash", 24 * 3600, purge_daily))
        jobs.register_chore(jobs.Chore("aura.refresh_statistics", 900, refresh_statistics))


def _ring_broker(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    from aura.celery import ring

    ring(name, workspace_id, row_id)


def _ring_neighbours(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    from django.conf import settings

    from aura.serve.bell import ring_all

    ring_all(settings.DATA_DIR / "bells", name)
