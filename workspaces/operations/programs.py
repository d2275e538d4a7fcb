"""Programs that sign in with a person's password: a family of tokens, refreshed one after another, and its end.

As signing in with a browser, it is no operation and stands in no activity; the log has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from aura.kit import clock
from workspaces import access_tokens, notices
from workspaces.credentials import Refused, find_refresh_token
from workspaces.models import ApiSession, Membership, RefreshToken, User
from workspaces.models.people import hash_token
from workspaces.operation import SYSTEM
from workspaces.operations.notices import notify
from workspaces.scope import every_workspace, instance_url, use_workspace
from workspaces.token_text import REFRESH, new_token

KEPT_FOR = timedelta(days=30)
"""How long a sign-in that ended can be looked at in the admin."""
PROGRAMS_AT_MOST = 50
ENDED = "This refresh token does not work any more. Sign in again."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """What a program gets: an access token for minutes, and a refresh token that works once."""

    session: ApiSession
    access: str
    access_ends_at: datetime
    refresh: str
    refresh_ends_at: datetime


def sign_in_program(membership: Membership, *, program: str, now: datetime) -> Issued:
    """Begin a family of tokens for a member of a workspace, who has shown who they are."""
    with use_workspace(membership.workspace), transaction.atomic():
        session = ApiSession.objects.create(
            membership=membership,
            program=" ".join(program.replace("\x00", "").split())[:120],
            epoch=membership.user.epoch,
            created_at=now,
            refreshed_at=now,
            ends_at=now + timedelta(days=settings.AURA_API_SESSION_DAYS),
        )
        log.info("program.signed_in", session_id=session.pk, user=membership.user_id)
        return _issue(session, now)


def refresh_program(secret: str, *, now: datetime) -> Issued:
    """Take a refresh token, which then is used up, and return the next pair.

    Raises Refused for one that does not work. One that was used before ends its whole family, and its person is told.
    """
    token = find_refresh_token(secret)
    with use_workspace(token.workspace), transaction.atomic():
        # Whoever comes second with the same token waits here, and then finds it used.
        session = ApiSession.objects.select_for_update(of=("self",)).filter(pk=token.session_id).first()
        if session is None:  # it went with the membership, a moment ago
            raise Refused(ENDED, "REFRESH_ENDED")
        session.membership = token.session.membership
        fresh = RefreshToken.objects.filter(pk=token.pk, used_at=None).update(used_at=now)
        if fresh and session.is_open(now) and now < token.expires_at:
            session.refreshed_at = now
            session.save(update_fields=["refreshed_at"])
            return _issue(session, now)
        if not fresh and session.ended_at is None:
            _end(session, ApiSession.Why.REUSED, now)
            _tell_of_reuse(session, now)
    raise Refused(ENDED, "REFRESH_ENDED")


def _issue(session: ApiSession, now: datetime) -> Issued:
    ends_at = min(now + timedelta(minutes=settings.AURA_ACCESS_MINUTES), session.ends_at)
    refresh_ends_at = min(now + timedelta(days=settings.AURA_REFRESH_DAYS), session.ends_at)
    secret = new_token(REFRESH)
    RefreshToken.objects.create(
        session=session, token_hash=hash_token(secret), created_at=now, expires_at=refresh_ends_at
    )
    access = access_tokens.issue(
        user=session.membership.user_id,
        workspace=session.membership.workspace_id,
        family=session.pk,
        now=now,
        ends_at=ends_at,
    )
    return Issued(session, access, ends_at, secret, refresh_ends_at)


def sign_out_program(session: ApiSession, *, now: datetime) -> None:
    """End a program's sign-in in the open workspace: its access tokens count no more, and none can be had."""
    if session.ended_at is None:
        _end(session, ApiSession.Why.SIGNED_OUT, now)


def sign_out_programs_of(user: User, *, now: datetime | None = None) -> int:
    """End every sign-in of a person's programs, in every workspace; return how many there were."""
    with every_workspace("a person signs out everywhere"):
        running = ApiSession.objects.filter(membership__user=user, ended_at=None)
        return running.update(ended_at=now or clock.now(), why=ApiSession.Why.SIGNED_OUT)


def programs_of(user: User, *, now: datetime) -> list[ApiSession]:
    """Return a person's programs that are signed in, in every workspace, with their workspaces; the newest first."""
    with every_workspace("a person looks at where they are signed in"):
        running = ApiSession.objects.filter(membership__user=user, ended_at=None, ends_at__gt=now)
        found = running.select_related("workspace", "membership__user")[:PROGRAMS_AT_MOST]
        return [session for session in found if session.is_open(now) and session.workspace.trashed_at is None]


def _end(session: ApiSession, why: ApiSession.Why, now: datetime) -> None:
    ApiSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=now, why=why)
    session.ended_at, session.why = now, why
    log.info("program.ended", session_id=session.pk, why=str(why))


def _tell_of_reuse(session: ApiSession, now: datetime) -> None:
    log.warning("refresh_token.reused", session_id=session.pk, user=session.membership.user_id)
    notify(
        [session.membership.user],
        notices.PROGRAM_ENDED.slug,
        subject=session,
        sentence=f"“{session}” was signed out, as an old key of it came again. "
        "If you do not know why, change your password",
        url=instance_url("people:profile"),
        by=SYSTEM,
        now=now,
    )


def purge_programs(*, now: datetime) -> int:
    """Delete refresh tokens of the open workspace that ran out, and sign-ins that ended long ago; return how many."""
    gone = RefreshToken.objects.filter(expires_at__lt=now).delete()[0]
    over = Q(ended_at__lt=now - KEPT_FOR) | Q(ends_at__lt=now - KEPT_FOR)
    return gone + ApiSession.objects.filter(over).delete()[0]
