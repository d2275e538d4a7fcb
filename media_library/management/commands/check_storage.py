"""`check_storage`: rows against files, both ways."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from media_library import operations
from workspaces.models import Workspace


class Command(BaseCommand):
    """Compares what the library promises with what the storage holds."""

    help = "Compare media rows with files, both ways; exit code 1 where they disagree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--workspace", metavar="SLUG", help="only this workspace")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="make missing renditions again, delete files without a row, add up the total",
        )
        parser.add_argument(
            "--hashes", action="store_true", help="also read every file and compare its SHA-256"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check one workspace or all, and say what was found."""
        workspaces = Workspace.objects.order_by("slug")
        if options["workspace"]:
            workspaces = workspaces.filter(slug=options["workspace"])
            if not workspaces:
                raise CommandError(f"There is no workspace {options['workspace']}.")
        troubled = 0
        for workspace in workspaces:
            found = operations.check_storage(workspace, repair=options["repair"], hashes=options["hashes"])
            for word, keys in (
                ("missing", found.missing),
                ("not as stored", found.wrong),
                ("without a row", found.orphans),
            ):
                for key in keys:
                    self.stdout.write(f"{word}: {key}")
            if found.counted_off:
                self.stdout.write(
                    f"counted wrong: the total of the originals is off by {found.counted_off:,} bytes"
                )
            mended = f", {found.repaired} being mended" if found.repaired else ""
            self.stdout.write(f"{workspace.slug}: {found.rows} rows, {found.files} files{mended}.")
            troubled += not found.all_is_well
        if troubled:
            raise CommandError(f"Rows and files disagree in {troubled} of {len(workspaces)} workspaces.")
        self.stdout.write("Rows and files agree.")
