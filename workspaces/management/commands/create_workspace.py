"""`manage.py create_workspace`: a workspace and its owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces.models import Membership, User, Workspace
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import create_workspace
from workspaces.roles import Role


class Command(BaseCommand):
    """Makes a workspace with an owner; does nothing when its slug exists, or that owner has one of that name."""

    help = "Make a workspace with its owner; an account without a password is made where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read name, owner, slug and zone."""
        parser.add_argument("name", help="the team's name")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who owns it")
        parser.add_argument("--slug", default="", help="its address, /w/SLUG/; made from the name otherwise")
        parser.add_argument("--zone", default="UTC", help="IANA time zone, such as Europe/Dublin")

    def handle(self, *args: Any, name: str, owner: str, slug: str, zone: str, **options: Any) -> None:
        """Make it, or say that it is there."""
        if slug and Workspace.objects.filter(slug=slug).exists():
            self.stdout.write(f"There is a workspace at /w/{slug}/ already.")
            return
        email = owner.strip().lower()
        theirs = Membership.objects.filter(
            user__email=email, role=Role.OWNER, workspace__name=name, workspace__trashed_at=None
        ).select_related("workspace")
        if not slug and (there := theirs.first()) is not None:
            at = f"/w/{there.workspace.slug}/"
            self.stdout.write(f"{email} has {name} at {at} already. Another one takes a --slug of its own.")
            return
        workspace = Workspace(name=name, slug=slug, zone=zone)
        user = User.objects.filter(email=email).first() or User(email=email)
        try:
            workspace.full_clean(exclude=[] if slug else ["slug"])
            user.clean_fields(exclude=["password"])
            if user._state.adding:
                user = User.objects.create_user(email)
            create_workspace(workspace, owner=user, by=SYSTEM)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        except Refused as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Made {workspace} at /w/{workspace.slug}/ for {email}.")
        if not user.has_usable_password():
            self.stdout.write(
                f"The owner has no password yet: let them reset it at {settings.AURA_URL}/account/password/reset/."
            )
