"""`manage.py export_openapi`: the contract of the API as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Writes what /api/v1/openapi.json answers: for clients made from it, and for the snapshot of the tests."""

    help = "Write the OpenAPI contract of the JSON API to a file, or to the screen."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to write it."""
        parser.add_argument("--to", metavar="FILE", type=Path, help="the file; the screen without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say where."""
        from aura.api import contract

        text = json.dumps(contract(), indent=1, ensure_ascii=False)
        if options["to"] is None:
            self.stdout.write(text)
            return
        try:
            options["to"].write_text(text + "\n")
        except OSError as problem:
            raise CommandError(f"{options['to']} cannot be written: {problem.strerror}.") from None
        self.stdout.write(f"The contract is in {options['to']}.")
