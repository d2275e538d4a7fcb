"""`manage.py purge_trash`: delete for good what has been in the trash for 30 days."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aura import purge
from aura.kit import clock
from workspaces.models import Workspace


class Command(BaseCommand):
    """Empties what is old in the trash. The worker does the same once a day."""

    help = "Delete for good what has been in the trash for 30 days: posts, campaigns, assets with files, workspaces."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read which workspace, if only one."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this workspace")

    def handle(self, *args: Any, workspace: str | None, **options: Any) -> None:
        """Purge, and say what went."""
        if workspace:
            chosen = Workspace.objects.filter(slug=workspace)
            if not chosen:
                raise CommandError(f"There is no workspace at /w/{workspace}/.")
            purged = purge.purge_trash(chosen, now=clock.now())
        else:
            purged = purge.purge_instance(now=clock.now())
        went = ", ".join(f"{count} {kind}" for kind, count in purged.gone.items() if count)
        self.stdout.write(f"Deleted for good: {went}." if went else "Nothing in the trash is 30 days old.")
        if purged.broken:
            raise CommandError(f"It broke in {', '.join(purged.broken)}. The log says how; run it again.")
