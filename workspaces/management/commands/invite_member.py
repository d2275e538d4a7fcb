"""`manage.py invite_member`: a link into a workspace."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces.models import Invitation, Membership, Workspace
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import invitation_url, invite_member
from workspaces.roles import Role
from workspaces.scope import use_workspace


class Command(BaseCommand):
    """Invites a person; does nothing when they are a member."""

    help = "Make an invitation to a workspace, mail it where there is a mail server, and print its link."

    def add_arguments(self, parser: CommandParser) -> None:
        """Read whom to invite, where, as what."""
        parser.add_argument("email", help="whom to invite")
        parser.add_argument("--workspace", required=True, metavar="SLUG", help="where to")
        roles = [role for role in Role.values if role != Role.OWNER]
        parser.add_argument("--role", default=Role.EDITOR, choices=roles, help="as what (default: editor)")

    def handle(self, *args: Any, email: str, workspace: str, role: str, **options: Any) -> None:
        """Invite them, or say that they are a member."""
        room = Workspace.objects.filter(slug=workspace, trashed_at=None).first()
        if room is None:
            raise CommandError(f"There is no workspace at /w/{workspace}/.")
        if Membership.objects.filter(workspace=room, user__email=email.strip().lower()).exists():
            self.stdout.write(f"{email} is a member of {room} already.")
            return
        with use_workspace(room):
            invitation = Invitation(email=email, role=role)
            try:
                invitation.clean_fields(exclude=["token_hash", "expires_at", "workspace"])
                invitation.clean()
                invite_member(invitation, by=SYSTEM)
            except ValidationError as problem:
                raise CommandError(" ".join(problem.messages)) from None
            except Refused as problem:
                raise CommandError(str(problem)) from None
        self.stdout.write(f"Invited {invitation.email} to {room} as {role}. The link works once, for 7 days:")
        self.stdout.write(invitation_url(invitation.token))
