"""The app of what is wired together: commands, health, the bells."""

from __future__ import annotations

import uuid

from django.apps import AppConfig


class AuraConfig(AppConfig):
    """Connects the bell: to the broker where there is one, else to the workers of this machine."""

    name = "aura"

    def ready(self) -> None:
        """Register the bell. Nothing is opened or connected before the first ring."""
        from django.conf import settings

        from aura.kit import jobs

        jobs.add_bell(_ring_broker if settings.REDIS_URL else _ring_neighbours)


def _ring_broker(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    from aura.celery import ring

    ring(name, workspace_id, row_id)


def _ring_neighbours(name: str, workspace_id: uuid.UUID | None, row_id: uuid.UUID) -> None:
    from django.conf import settings

    from aura.serve.bell import ring_all

    ring_all(settings.DATA_DIR / "bells", name)
