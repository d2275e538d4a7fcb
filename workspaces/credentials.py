"""Who calls the API: the one place that reads a credential, and opens what it opens.

A bearer credential names its workspace itself; no address, header or cookie that comes along counts. A browser's
session counts only below /w/<slug>/, where the address names the workspace.

    credential = identify(request)          # None: nobody; raises Refused (401)
    with use_credential(credential): ...    # its workspace, and no more rights than it has
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from aura.kit import clock, problems
from workspaces import access_tokens
from workspaces.models import ApiSession, ApiToken, Membership, RefreshToken, User, Workspace
from workspaces.models.people import hash_token
from workspaces.narrowing import EVERYTHING, Limit, in_use, includes, lesser, narrowed_to
from workspaces.prepared import Prepared
from workspaces.scope import every_workspace, is_open, use_rows_of, use_workspace
from workspaces.token_text import API, REFRESH, is_token

USED_EVERY = timedelta(minutes=1)
"""The last use of a token is written down at most this often: a call does not cost a write each time."""
_LONGEST = 4096
_BESIDE = ("workspace", "membership__user")
_BY_HASH = Prepared(lambda value: ApiToken.objects.select_related(*_BESIDE).filter(token_hash=value))
_SESSION = Prepared(lambda value: ApiSession.objects.select_related(*_BESIDE).filter(pk=value))
_OURS = "aura_"


class Refused(problems.Refused):
    """Who calls cannot be told (401); `str()` is the sentence, `code` the word for programs."""

    status = 401

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Credential:
    """Who calls, for which workspace, and how much of it: the lesser of the person's role and the credential's own.

    `id` is for limits and logs: of the token, of the sign-in of a program, or of the person whose browser it is.
    `name` is what people call a token.
    """

    kind: Literal["access", "token", "session"]
    id: uuid.UUID
    workspace: Workspace
    user: User
    membership: Membership
    role: str
    scopes: frozenset[str]
    name: str = ""

    def may(self, word: str) -> bool:
        """Tell whether it is for `word`, one of workspaces.narrowing.WORDS."""
        return includes(self.scopes, word)

    @cached_property
    def limit(self) -> Limit:
        """What operations may do for it at most."""
        return Limit(self.role, self.scopes, self.name, is_lower=self.role != self.membership.role)


@contextmanager
def use_credential(credential: Credential) -> Iterator[None]:
    """Open the credential's workspace with its zone; operations inside may do no more than the credential.

    Nothing is done where it is open already: a call asks at its door, and again where it is served.
    """
    workspace = credential.workspace
    if in_use() is credential.limit and is_open(workspace):
        yield
        return
    with use_workspace(workspace), timezone.override(ZoneInfo(workspace.zone)), narrowed_to(credential.limit):
        yield


def identify(request: HttpRequest, *, now: datetime | None = None) -> Credential | None:
    """Return by what right a request comes, or None where it brings nothing. Asked again, it remembers the answer.

    Raises Refused for a credential that does not work (any more).
    """
    known = getattr(request, "_identified", None)
    if known is None:
        try:
            known = _identify(request, now or clock.now())
        except Refused as refused:
            known = refused
        request._identified = known  # type: ignore[attr-defined]
    if isinstance(known, Refused):
        raise Refused(str(known), known.code)
    return known


def _identify(request: HttpRequest, now: datetime) -> Credential | None:
    membership: Membership | None = getattr(request, "membership", None)
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return _of_session(membership) if membership is not None else None
    if membership is not None:
        raise Refused(
            "A token names its workspace itself. Call /api/v1/ with it, not an address below /w/.",
            "TOKEN_NOT_HERE",
        )
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or len(header) > _LONGEST:
        raise Refused(
            "Send the credential as “Authorization: Bearer …”, and nothing else.", "UNKNOWN_CREDENTIAL"
        )
    secret = secret.strip()
    return _of_token(secret, now) if secret.startswith(_OURS) else _of_access_token(secret, now)


def _of_session(membership: Membership) -> Credential:
    return Credential(
        kind="session",
        id=membership.user_id,
        workspace=membership.workspace,
        user=membership.user,
        membership=membership,
        role=membership.role,
        scopes=frozenset({EVERYTHING}),
    )


def _of_token(secret: str, now: datetime) -> Credential:
    token = _find(secret) if is_token(secret, API) else None
    if token is None or token.revoked_at is not None or not _counts(token.membership, token.workspace):
        raise Refused("This token is not known here, or was revoked. Make a new one.", "UNKNOWN_TOKEN")
    if not token.is_open(now):
        raise Refused(
            "This token has ended, by its date or by a new password of whoever made it. Make a new one.",
            "TOKEN_ENDED",
        )
    _note_use(token, now)
    member = token.membership
    return Credential(
        kind="token",
        id=token.pk,
        workspace=token.workspace,
        user=member.user,
        membership=member,
        role=lesser(member.role, token.role),
        scopes=frozenset(token.scopes),
        name=token.name,
    )


def _of_access_token(secret: str, now: datetime) -> Credential:
    try:
        claims = access_tokens.read(secret)
    except access_tokens.RanOut:
        raise Refused(
            "This access token has run out. Get the next one by POST auth/refresh.", "TOKEN_EXPIRED"
        ) from None
    except access_tokens.NotOurs:
        raise Refused("This is no token of this Aura. Sign in again.", "UNKNOWN_TOKEN") from None
    with every_workspace("an access token names its workspace"):
        session = _SESSION.first(claims.family)
    if (
        session is None
        or session.workspace_id != claims.workspace
        or session.membership.user_id != claims.user
        or not session.is_open(now)
        or not _counts(session.membership, session.workspace)
    ):
        raise Refused("This sign-in has ended. Sign in again.", "SIGNED_OUT")
    member = session.membership
    return Credential(
        kind="access",
        id=session.pk,
        workspace=session.workspace,
        user=member.user,
        membership=member,
        role=member.role,
        scopes=frozenset({EVERYTHING}),
    )


def find_refresh_token(secret: str) -> RefreshToken:
    """Return the refresh token with this secret, used or not, with whom it is for. Raises Refused."""
    token = None
    if is_token(secret, REFRESH):
        with every_workspace("the secret of a refresh token names its workspace"):
            tokens = RefreshToken.objects.select_related("workspace", "session__membership__user")
            token = tokens.filter(token_hash=hash_token(secret)).first()
    if token is None or not _counts(token.session.membership, token.workspace):
        raise Refused("This refresh token is not known here. Sign in again.", "UNKNOWN_TOKEN")
    return token


def _find(secret: str) -> ApiToken | None:
    with every_workspace("the secret of a token names its workspace"):
        return _BY_HASH.first(hash_token(secret))


def _counts(membership: Membership, workspace: Workspace) -> bool:
    """Tell whether a member still is one of a workspace that still is there."""
    return (
        membership.workspace_id == workspace.pk and membership.user.is_active and workspace.trashed_at is None
    )


def _note_use(token: ApiToken, now: datetime) -> None:
    before = now - USED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    with use_rows_of(token.workspace):
        stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
