"""`manage.py work`: the background worker of one machine."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Runs due work until TERM or Ctrl-C; exit code 70 when a task hung."""

    # `run` has made them; a worker that comes back must be quick, and needs none of the pages.
    requires_system_checks: list[str] = []
    help = "Do what is due: publish, make renditions, send mails. Runs until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--threads", type=int, default=settings.AURA_WORK_THREADS, help="tasks at one time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work."""
        from aura.serve.parent import watch_parent
        from aura.serve.worker import Queues, Worker

        queues: Queues | None = None
        if settings.REDIS_URL:
            from aura.celery import BrokerQueues

            queues = BrokerQueues()
        if os.environ.get("AURA_SUPERVISOR"):
            watch_parent()
        threads = max(options["threads"], 1)
        sys.exit(Worker(threads=threads, bells=settings.DATA_DIR / "bells", queues=queues).run())
