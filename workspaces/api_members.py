"""Who is in the workspace and who is invited: read, invited, given another role, taken out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces import limits, operations
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.forms import InvitationForm, LesserRoleForm
from workspaces.models import Invitation, Membership
from workspaces.roles import Role

members = Resource(
    "members",
    about="Who is in the workspace, and who is invited to it. A program gives no role above its own or its person's, "
    "and makes no owners: that is for people, in Settings.",
)

FIRST = Sort("first", "First", descending=False)
NEWEST = Sort("newest", "Newest first", "created_at")
MANAGERS = Role.ADMIN
READ = "members:read"


class MemberOut(Shown):
    """A person in the workspace."""

    id: UUID = Field(description="The id of the person: `created_by` and the like name it.", examples=[ID])
    name: str = Field(description="What they are called.", examples=["Bob"])
    email: str | None = Field(
        description="Their address; null for a credential that does not include `members:read`.",
        examples=["bob@example.com"],
    )
    role: Annotated[str, OneOf(Role.values)] = Field(description="What they may do.", examples=["editor"])
    is_active: bool = Field(
        description="Whether they can sign in. Whoever runs the instance may have switched their account off.",
        examples=[True],
    )
    created_at: datetime = Field(description="When they joined.", examples=[INSTANT])


class InvitationOut(Shown):
    """An invitation that still works."""

    id: UUID = Field(description="Its id.", examples=[ID])
    email: str = Field(
        description="Whom it is for; empty where it is for whoever has the link.",
        examples=["dora@example.com"],
    )
    role: Annotated[str, OneOf(value for value in Role.values if value != Role.OWNER)] = Field(
        description="What they will be.", examples=["editor"]
    )
    created_by: UUID | None = Field(description="The id of whoever invited.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])
    expires_at: datetime = Field(
        description="Until when it works. It works once.", examples=["2026-03-16T09:00:00Z"]
    )


class InvitationLinkOut(InvitationOut):
    """A new invitation with its link."""

    link: str = Field(
        description="The link to hand on, shown this once. Empty where it was mailed, as then the mail alone has it, "
        "and where the answer is given again for an `Idempotency-Key`.",
        examples=["https://aura.example.org/invitations/vJ3kq…/"],
    )


INVITATION = Takes(
    "NewInvitation",
    InvitationForm,
    examples={"email": "dora@example.com", "role": "editor"},
    optional=["role"],
    descriptions={
        "email": "Whom it is for. Leave it out for a link that the first person who opens it can use.",
        "role": "What they will be: `editor` where it is left out. No role above your own.",
    },
)
ROLE = Takes(
    "MemberRole",
    LesserRoleForm,
    examples={"role": "editor"},
    descriptions={"role": "What they may do from now on. No role above your own; owners are made by people."},
)


def _members(call: Call) -> QuerySet[Membership]:
    return Membership.objects.filter(workspace=call.workspace).select_related("user")


def _shown_to(call: Call) -> Callable[[Membership], MemberOut]:
    """Return how a member is shown: addresses are for credentials that are for members."""
    with_email = call.credential.may(READ)

    def shown(member: Membership) -> MemberOut:
        return MemberOut(
            id=member.user_id,
            name=member.user.get_full_name(),
            email=member.user.email if with_email else None,
            role=member.role,
            is_active=member.user.is_active,
            created_at=member.created_at,
        )

    return shown


def _found(call: Call, person: UUID) -> Membership:
    return call.find(_members(call), person, shown=_shown_to(call), key="user")


@members.listing("/members", MemberOut, word="")
def list_members(call: Call) -> Listing[Membership]:
    """List who is in the workspace, whoever joined first first."""
    shown = _shown_to(call)
    return Listing(_members(call), FIRST, lambda rows: [shown(one) for one in rows])


@members.get("/members/{uuid:member_id}", MemberOut, word="")
def show_member(call: Call, member_id: UUID) -> MemberOut:
    """Show a member."""
    return _shown_to(call)(_found(call, member_id))


@members.patch("/members/{uuid:member_id}", MemberOut, takes=ROLE)
def change_role(call: Call, member_id: UUID) -> MemberOut:
    """Give a member another role.

    It counts from their next request on, for their tokens too. Refused (403) where the role they have or get is above
    your own, and (409) for the last owner.
    """
    member = _found(call, member_id)
    role = call.bind(LesserRoleForm()).cleaned_data["role"]
    return _shown_to(call)(operations.change_role(member, role=role, by=call.by))


@members.remove("/members/{uuid:member_id}")
def remove_member(call: Call, member_id: UUID) -> None:
    """Take a person out of the workspace.

    They are out at once, with their tokens, the programs they signed in and the invitations they made. What they had
    scheduled here is taken back. Refused (403) for somebody above you, and (409) for the last owner.
    """
    operations.remove_member(_found(call, member_id), by=call.by)


@members.post("/members/leave", None)
def leave_workspace(call: Call) -> None:
    """Leave the workspace: whoever the call is made for, and this credential with them.

    What they had scheduled here is taken back. Refused (409) for the last owner.
    """
    operations.leave_workspace(_found(call, call.by.pk), by=call.by)


def _invitation(invitation: Invitation) -> InvitationOut:
    return InvitationOut(
        id=invitation.pk,
        email=invitation.email,
        role=invitation.role,
        created_by=invitation.created_by_id,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def _invitations(rows: list[Invitation]) -> list[BaseModel]:
    return [_invitation(one) for one in rows]


@members.listing("/invitations", InvitationOut, word=READ)
def list_invitations(call: Call) -> Listing[Invitation]:
    """List the invitations that still work, newest first. As on their page, owners and admins alone read them."""
    call.need(MANAGERS)
    return Listing(operations.open_invitations(call.now), NEWEST, _invitations)


@members.get("/invitations/{uuid:invitation_id}", InvitationOut, word=READ)
def show_invitation(call: Call, invitation_id: UUID) -> InvitationOut:
    """Show an invitation that still works."""
    call.need(MANAGERS)
    return _invitation(call.find(operations.open_invitations(call.now), invitation_id))


@members.post(
    "/invitations", InvitationLinkOut, takes=INVITATION, status=201, at="/invitations/{id}", hides=["link"]
)
def invite_member(call: Call) -> InvitationLinkOut:
    """Invite somebody.

    It works once, and for seven days. With an address it is mailed, and another one to that address ends: so it is
    sent again. Without one, or where no mail server is set, its link is in the answer, this once. Refused (422) for a
    role above your own and for whoever is a member.
    """
    start = InvitationForm(instance=Invitation(workspace=call.workspace), giver_role=call.credential.role)
    invitation = call.bind(start).instance
    limits.count_invitation(call.request, call.by)
    made = operations.invite_member(invitation, by=call.by, now=call.now)
    return InvitationLinkOut(**_invitation(made).model_dump(), link=operations.link_to_show(made))


@members.remove("/invitations/{uuid:invitation_id}")
def revoke_invitation(call: Call, invitation_id: UUID) -> None:
    """End an invitation: its link works no more."""
    invitation = call.find(operations.open_invitations(call.now), invitation_id, shown=_invitation)
    operations.revoke_invitation(invitation, by=call.by, now=call.now)
