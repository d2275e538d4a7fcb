"""`move_storage`: files from one storage to the other, while Aura runs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from media_library.operations.moving import move_files
from workspaces.models import Workspace

SAY_EVERY = 5.0  # seconds


class Command(BaseCommand):
    """Takes over, one by one, what AURA_STORAGE_FROM still holds."""

    help = "Move files from AURA_STORAGE_FROM to AURA_STORAGE while Aura runs; stop it and run it again as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move the files of one workspace or all, and say what became of them."""
        if not settings.AURA_STORAGE_FROM:
            raise CommandError(
                "Nothing says where files come from. Set AURA_STORAGE to the new storage and AURA_STORAGE_FROM to "
                "the one they are in now, restart Aura, then run this."
            )
        workspaces = Workspace.objects.order_by("slug")
        if options["workspace"]:
            workspaces = workspaces.filter(slug=options["workspace"])
            if not workspaces:
                raise CommandError(f"There is no workspace {options['workspace']}.")
        troubled = sum(not self._move(workspace) for workspace in workspaces)
        if troubled:
            raise CommandError(
                f"Not everything could be moved in {troubled} of {len(workspaces)} workspaces."
            )
        if not options["workspace"]:
            self.stdout.write(
                "Everything is moved. Take AURA_STORAGE_FROM out of the settings, then restart Aura."
            )

    def _move(self, workspace: Workspace) -> bool:
        said_at = time.monotonic()
        for done in move_files(workspace):
            if time.monotonic() - said_at > SAY_EVERY:
                said_at = time.monotonic()
                self.stdout.write(f"{workspace.slug}: {done.moved} files moved so far ...")
        for word, keys in (("missing", done.missing), ("damaged, left where it is", done.damaged)):
            for key in keys:
                self.stdout.write(f"{word}: {key}")
        self.stdout.write(
            f"{workspace.slug}: {done.moved} files moved, {done.there_already} were there already."
        )
        return done.is_whole
