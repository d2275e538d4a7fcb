"""The calls of signing in: tokens for a password, the next pair, the end of it, and who it is that calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django import forms
from ninja import Schema
from pydantic import Field

from aura.kit.problems import Refused
from workspaces import limits
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.opened import OpenCall, open_post
from workspaces.api.schemas import ID, OneOf, Shown
from workspaces.models import ApiSession
from workspaces.operations import Issued, refresh_program, sign_out_program
from workspaces.program_sign_in import ProgramSignInForm, sign_in_by_password
from workspaces.roles import Role

auth = Resource(
    "auth",
    about="A program comes in by a token that an owner or admin made, or by a person's password for a while.",
)

INSTANT = "2026-03-09T09:15:00Z"
REFRESH = "aura_ref_…"
ANYBODY = ""
TOO_OFTEN = "That was too often. An access token lasts a quarter of an hour: refresh when it runs out."


class RefreshForm(forms.Form):
    """The refresh token that is to be exchanged."""

    refresh = forms.CharField(label="The refresh token of the answer before", max_length=200)


SIGN_IN = Takes(
    "SignIn",
    ProgramSignInForm,
    {
        "email": "bob@example.com",
        "password": "a long enough password",
        "workspace": "barrow-rye",
        "code": "123456",
    },
)
REFRESHING = Takes("Refreshing", RefreshForm, {"refresh": REFRESH})


class TokensOut(Shown):
    """A pair of tokens for one workspace."""

    token_type: Literal["Bearer"] = Field(
        default="Bearer", description="How it is sent: `Authorization: Bearer …`.", examples=["Bearer"]
    )
    access: str = Field(description="The token to call with.", examples=["eyJhbGciOiJIUzI1NiIs…"])
    access_expires_at: datetime = Field(description="When it runs out.", examples=[INSTANT])
    refresh: str = Field(
        description="What the next pair costs. It works once; sent twice, it ends the whole sign-in.",
        examples=[REFRESH],
    )
    refresh_expires_at: datetime = Field(
        description="Until when it can be exchanged.", examples=["2026-03-23T09:00:00Z"]
    )
    workspace: str = Field(description="The slug of the workspace.", examples=["barrow-rye"])


class PersonOut(Schema):
    """A person."""

    id: UUID = Field(description="Their id.", examples=[ID])
    name: str = Field(description="What they are called.", examples=["Bob Cullen"])
    email: str = Field(description="Their e-mail address.", examples=["bob@example.com"])


class RoomOut(Schema):
    """A workspace."""

    id: UUID = Field(description="Its id.", examples=[ID])
    slug: str = Field(description="Its part of addresses.", examples=["barrow-rye"])
    name: str = Field(description="What it is called.", examples=["Barrow & Rye"])
    zone: str = Field(description="The time zone of its clocks.", examples=["Europe/Dublin"])


class MeOut(Shown):
    """By what right a call comes."""

    kind: Literal["access", "token", "session"] = Field(
        description="Signed in by password, a token that somebody made, or a browser.", examples=["token"]
    )
    user: PersonOut = Field(description="For whom it acts.", examples=[{"id": ID}])
    workspace: RoomOut = Field(description="Where it acts.", examples=[{"id": ID}])
    role: Annotated[str, OneOf(Role.values)] = Field(
        description="The lesser of the person's role and the token's.", examples=["editor"]
    )
    scopes: list[str] = Field(
        description="What it is for; `*` is everything its role may do.", examples=[["posts:read"]]
    )
    token: str = Field(description="What the token is called, where it is one.", examples=["Nightly report"])


@open_post(auth, "/auth/token", TokensOut, takes=SIGN_IN)
def sign_in(call: OpenCall) -> TokensOut:
    """Sign in with a person's password.

    The rules of the sign-in page hold: after nine wrong tries it is 429, and whoever has a second step sends its
    `code` (401 `TOTP_REQUIRED` without it). For what runs by itself make a token in Settings, Tokens instead.
    """
    form = call.bind(ProgramSignInForm())
    return _pair(sign_in_by_password(call.request, form, now=call.now))


@open_post(auth, "/auth/refresh", TokensOut, takes=REFRESHING)
def refresh(call: OpenCall) -> TokensOut:
    """Exchange a refresh token for the next pair of tokens.

    It works once. Whoever sends one again that was used signs the program out: one of the two who have it should not.
    """
    form = call.bind(RefreshForm())
    limits.count(call.request, "refresh_program", sentence=TOO_OFTEN)
    return _pair(refresh_program(form.cleaned_data["refresh"], now=call.now))


@auth.post("/auth/logout", None, word=ANYBODY)
def sign_out(call: Call) -> None:
    """End this sign-in: its access tokens count no more, and no refresh token of it works."""
    if call.credential.kind != "access":
        raise Refused("Only a sign-in by password ends here. A token is revoked in Settings, Tokens.")
    sign_out_program(call.find(ApiSession.objects.all(), call.credential.id), now=call.now)


@auth.get("/auth/me", MeOut, word=ANYBODY)
def me(call: Call) -> MeOut:
    """Say who calls, for which workspace, and what they may do."""
    credential = call.credential
    person, workspace = credential.user, credential.workspace
    return MeOut(
        kind=credential.kind,
        user=PersonOut(id=person.pk, name=str(person), email=person.email),
        workspace=RoomOut(id=workspace.pk, slug=workspace.slug, name=workspace.name, zone=workspace.zone),
        role=credential.role,
        scopes=sorted(credential.scopes),
        token=credential.name,
    )


def _pair(issued: Issued) -> TokensOut:
    return TokensOut(
        access=issued.access,
        access_expires_at=issued.access_ends_at,
        refresh=issued.refresh,
        refresh_expires_at=issued.refresh_ends_at,
        workspace=issued.session.membership.workspace.slug,
    )
