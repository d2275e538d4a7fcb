"""`manage.py publish_due`: send what is due, once, without a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aura.kit import jobs
from workspaces.models import Workspace

LISTS = ["posts.publish_target", "posts.reconcile_target"]


class Command(BaseCommand):
    """Walks the publishing due lists once. Harmless beside a running worker: a claim is won by one of them."""

    help = "Send every post that is due and look after those without a clear answer, then stop."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read which workspace, if only one."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this workspace")
        parser.add_argument("--limit", type=int, default=1000, help="at most so many (default: 1000)")

    def handle(self, *args: Any, workspace: str | None, limit: int, **options: Any) -> None:
        """Do what is due; exit 1 when something broke on the way."""
        only = None
        if workspace:
            only = Workspace.objects.filter(slug=workspace).values_list("pk", flat=True).first()
            if only is None:
                raise CommandError(f"There is no workspace at /w/{workspace}/.")
        done = broken = 0
        for name in LISTS:
            for workspace_id, row_id in jobs.REGISTRY[name].find(limit):
                if only is not None and workspace_id != only:
                    continue
                try:
                    done += jobs.run_one(name, workspace_id, row_id)
                except Exception as problem:  # one broken row must not keep the others
                    broken += 1
                    self.stderr.write(f"{name} {row_id}: {problem}")
        self.stdout.write(f"Worked on {done} that were due.")
        if broken:
            raise CommandError(f"{broken} broke on the way; the worker will take them up again.")
