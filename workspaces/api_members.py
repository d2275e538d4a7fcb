"""Who is in the workspace: names for the ids that everything else tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import OneOf, Shown
from workspaces.models import Membership
from workspaces.roles import Role

members = Resource("members", about="Who is in the workspace. Invite and change them in Settings.")

ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
INSTANT = "2026-03-09T09:00:00Z"
FIRST = Sort("first", "First", descending=False)


class MemberOut(Shown):
    """A person in the workspace."""

    id: UUID = Field(description="The id of the person: `created_by` and the like name it.", examples=[ID])
    name: str = Field(description="What they are called.", examples=["Bob"])
    role: Annotated[str, OneOf(Role.values)] = Field(description="What they may do.", examples=["editor"])
    created_at: datetime = Field(description="When they joined.", examples=[INSTANT])


@members.listing("/members", MemberOut, word="")
def list_members(call: Call) -> Listing[Membership]:
    """List who is in the workspace, whoever joined first first."""
    rows = Membership.objects.filter(workspace=call.workspace, user__is_active=True).select_related("user")
    return Listing(rows, FIRST, _shown_many)


def _shown_many(rows: list[Membership]) -> list[BaseModel]:
    return [
        MemberOut(id=one.user_id, name=one.user.get_full_name(), role=one.role, created_at=one.created_at)
        for one in rows
    ]
