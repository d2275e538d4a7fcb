"""`make_renditions`: have what is shown of assets made anew by the worker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from media_library import operations
from media_library.operations import Which
from workspaces.models import Workspace
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace


class Command(BaseCommand):
    """Queues; the worker makes. What is there goes on being served until then."""

    help = "Queue thumbnails, previews, copies and cuts to be made again: what failed and what is missing, or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this workspace")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_const", dest="which", const="all", help="everything")
        which.add_argument(
            "--failed", action="store_const", dest="which", const="failed", help="only what failed"
        )
        which.add_argument(
            "--missing",
            action="store_const",
            dest="which",
            const="missing",
            help="only what was never made, or lost its file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue in one workspace or all, and say how much."""
        workspaces = Workspace.objects.order_by("slug")
        if options["workspace"]:
            workspaces = workspaces.filter(slug=options["workspace"])
            if not workspaces:
                raise CommandError(f"There is no workspace {options['workspace']}.")
        which = frozenset({Which(options["which"])} if options["which"] else {Which.FAILED, Which.MISSING})
        for workspace in workspaces:
            with use_workspace(workspace):
                queued = operations.remake_renditions(which=which, by=SYSTEM)
            self.stdout.write(
                f"{workspace.slug}: {queued.assets} assets and {queued.cuts} cuts wait to be made, "
                f"{queued.waiting} were waiting already."
            )
