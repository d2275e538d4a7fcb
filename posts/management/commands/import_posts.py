"""`import_posts`: posts from a sheet, brought in as on the pages, and only once."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aura.kit import jobs
from aura.kit.files import CHUNK, HashedUpload, kept
from aura.kit.problems import Refused
from campaigns.models import Campaign
from imports import operations
from imports.days import ORDERS
from imports.files import local
from imports.forms import ColumnsForm, data_of, sentences_of
from imports.looking import look_at
from imports.models import Import, ImportRow, most_bytes
from imports.operations import WORK
from imports.reading import Shape, Unreadable
from posts.forms.post import REVIEW, SAVE, SCHEDULE
from posts.importing import KIND
from workspaces.models import User, Workspace
from workspaces.operation import SYSTEM, Actor
from workspaces.scope import use_workspace

THEN = {"draft": SAVE, "review": REVIEW, "schedule": SCHEDULE}
SHOWN = 20  # rows that were left out, in words
S = Import.Status


class Command(BaseCommand):
    """Brings in a CSV or XLSX. A file that is in already is not brought in twice; one that broke off goes on."""

    help = "Bring in posts from a CSV or XLSX; exit code 1 where rows were left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, where it goes, and what its rows become."""
        parser.add_argument("file", type=Path, help="the sheet; its first row names the columns")
        parser.add_argument("--workspace", required=True, metavar="SLUG", help="where to")
        parser.add_argument(
            "--by", metavar="EMAIL", help="who is said to have written them (default: Aura itself)"
        )
        parser.add_argument("--campaign", metavar="NAME", help="the campaign of rows that name none")
        parser.add_argument(
            "--then", choices=THEN, default="draft", help="what the rows become (default: draft)"
        )
        parser.add_argument(
            "--order", choices=ORDERS, help="how 03/04 is read, where the file leaves that open"
        )
        parser.add_argument(
            "--all-or-none", action="store_true", help="bring in nothing where a row is wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the file in, and say what became of it."""
        room = Workspace.objects.filter(slug=options["workspace"], trashed_at=None).first()
        if room is None:
            raise CommandError(f"There is no workspace {options['workspace']}.")
        with use_workspace(room):
            by = _actor(room, options["by"])
            try:
                with _upload(options["file"]) as upload:
                    source = self._begun(upload, by)
                    if source is None:
                        return
                self._columns(source, by, options)
                self._check_and_bring_in(source, by, options["all_or_none"])
            except (Refused, Unreadable) as problem:
                raise CommandError(str(problem)) from problem
            self._say(source)

    def _begun(self, upload: HashedUpload, by: Actor) -> Import | None:
        """Return the import of this file: a new one, one that broke off, or None where it is in already."""
        same = Import.objects.filter(kind=KIND.key, sha256=upload.sha256).exclude(
            status__in=[S.UNDONE, S.UNDOING, S.ARRIVING]
        )
        for source in same.order_by("-id"):
            if source.status == S.DONE and source.brought:
                when = source.ended_at or source.created_at
                self.stdout.write(
                    f"{upload.name} was imported already on {when:%-d %B %Y, %H:%M} UTC: "
                    f"{KIND.counted(source.brought)}. Undo that first, if you want it once more."
                )
                return None
            if source.status != S.DONE:
                self.stdout.write("This file was begun before. It goes on from there.")
                return source
        return operations.receive_import(upload, kind=KIND, by=by)

    @staticmethod
    def _columns(source: Import, by: Actor, options: dict[str, Any]) -> None:
        if source.brought or source.is_working or not source.may_be_mapped:
            return
        with local(source) as path:
            look = look_at(path, Shape.of(source.shape))
        campaign = _campaign(options["campaign"]) if options["campaign"] else ""
        chosen = {"then": THEN[options["then"]], "campaign": campaign, "order": options["order"] or ""}
        form = ColumnsForm(data_of(source.mapping, chosen), source=source, kind=KIND, look=look, by=by)
        if not form.is_valid():
            named = {"--order": "order" in form.errors, "--campaign": "campaign" in form.options.errors}
            hint = "".join(f" Say it with {flag}." for flag, is_wrong in named.items() if is_wrong)
            raise CommandError(sentences_of(form, form.options) + hint)
        operations.set_columns(source, mapping=form.mapping, options=form.choices, is_kept=False, by=by)

    @staticmethod
    def _check_and_bring_in(source: Import, by: Actor, only_whole: bool) -> None:
        _work(source)
        if source.may_begin:
            operations.bring_in_import(source, only_whole=only_whole, by=by)
            _work(source)

    def _say(self, source: Import) -> None:
        """Say how many are in and why the others are not. Raises CommandError where something was left out."""
        wrong = ImportRow.objects.filter(source=source, status=ImportRow.Status.WRONG).order_by("line")
        for row in wrong[:SHOWN]:
            self.stdout.write(f"Row {row.line}: {' '.join(row.sentences)}")
        if source.wrong > SHOWN:
            self.stdout.write(f"… and {source.wrong - SHOWN:,} more.")
        self.stdout.write(f"{KIND.counted(source.brought)} of {source.rows:,} rows are in.")
        if source.status != S.DONE:
            raise CommandError(
                source.failure or "No row could come in. What is wrong with each stands above."
            )
        if source.wrong:
            raise CommandError(
                f"{source.wrong:,} rows were left out. Correct them, and bring those as a file of their own."
            )


def _upload(path: Path) -> HashedUpload:
    try:
        with path.open("rb") as file:
            return kept(path.name, iter(lambda: file.read(CHUNK), b""), most=most_bytes())
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from problem


def _work(source: Import) -> None:
    """Do the work here until it is done; a worker that has it already is waited for."""
    while True:
        source.refresh_from_db()
        if not source.is_working:
            return
        if not jobs.run_one(WORK, source.workspace_id, source.pk):
            time.sleep(0.2)


def _actor(room: Workspace, email: str | None) -> Actor:
    if not email:
        return SYSTEM
    person = User.objects.filter(email=email.strip().lower(), memberships__workspace=room).first()
    if person is None:
        raise CommandError(f"{email} is no member of {room}.")
    return person


def _campaign(name: str) -> str:
    there = Campaign.objects.filter(trashed_at=None)
    found = list(there.filter(name__iexact=name.strip())[:2])
    if len(found) > 1:
        raise CommandError(f"More than one campaign is called “{name}”. Give one of them another name first.")
    if not found:
        names = ", ".join(f"“{one}”" for one in there.order_by("-id")[:5]) or "none yet"
        raise CommandError(f"No campaign is called “{name}”. The newest are: {names}.")
    return str(found[0].pk)
