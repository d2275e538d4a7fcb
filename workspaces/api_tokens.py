"""Which API tokens there are, and the end of one. Making them is for people, who are asked for their password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from aura.kit.paging import Sort
from workspaces import operations
from workspaces.api.calls import Call, Resource
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.models import ApiToken
from workspaces.narrowing import EVERYTHING, WORDS
from workspaces.roles import Role

tokens = Resource(
    "tokens",
    about="The API tokens of the workspace, without their secrets. A program can revoke them, and makes none: that is "
    "for people, in Settings, Tokens.",
)

NEWEST = Sort("newest", "Newest first", "created_at")


class TokenOut(Shown):
    """An API token. Its secret was shown to whoever made it, once."""

    id: UUID = Field(description="Its id.", examples=[ID])
    name: str = Field(description="What it is called.", examples=["Nightly report"])
    begins_with: str = Field(
        description="The first letters of its secret, to know it by.", examples=["aura_api_3kq9"]
    )
    role: Annotated[str, OneOf(Role.values)] = Field(
        description="It may do no more than this, nor than whoever made it.", examples=["editor"]
    )
    scopes: list[Annotated[str, OneOf([EVERYTHING, *WORDS])]] = Field(
        description="What it is for; `*` is everything its role may do.", examples=[["posts:read"]]
    )
    works: bool = Field(
        description="Whether it is let in. It is not past its end, with an account that is switched off, or after a "
        "new password of whoever made it.",
        examples=[True],
    )
    created_by: UUID = Field(description="The id of whoever made it: it acts for them.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])
    expires_at: datetime | None = Field(
        description="When it ends by itself; null where it does not.", examples=["2026-06-07T09:00:00Z"]
    )
    last_used_at: datetime | None = Field(
        description="When it was last used, to the minute; null where it never was.", examples=[INSTANT]
    )


def _shown(token: ApiToken, now: datetime) -> TokenOut:
    return TokenOut(
        id=token.pk,
        name=token.name,
        begins_with=token.prefix,
        role=token.role,
        scopes=token.scopes,
        works=token.works(now),
        created_by=token.created_by.pk,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def _found(call: Call, token_id: UUID) -> ApiToken:
    return call.find(operations.unrevoked_tokens(), token_id, shown=lambda token: _shown(token, call.now))


@tokens.listing("/tokens", TokenOut)
def list_tokens(call: Call) -> Listing[ApiToken]:
    """List the tokens that nobody has revoked, newest first."""
    rows = operations.unrevoked_tokens()
    return Listing(rows, NEWEST, lambda page: [_shown(token, call.now) for token in page])


@tokens.get("/tokens/{uuid:token_id}", TokenOut)
def show_token(call: Call, token_id: UUID) -> TokenOut:
    """Show a token."""
    return _shown(_found(call, token_id), call.now)


@tokens.remove("/tokens/{uuid:token_id}")
def revoke_token(call: Call, token_id: UUID) -> None:
    """Revoke a token: no call with it is answered any more, from this moment on."""
    operations.revoke_token(_found(call, token_id), by=call.by, now=call.now)
