"""API tokens: made, revoked, and told of before they end."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from aura.kit import clock
from workspaces import notices
from workspaces.models import ApiToken, Membership, User, Workspace
from workspaces.models.credentials import ENDS_SOON
from workspaces.models.people import hash_token
from workspaces.narrowing import EVERYTHING, WORDS
from workspaces.operation import SYSTEM, Actor, Refused, operation
from workspaces.operations.notices import notify
from workspaces.roles import Role, rank
from workspaces.scope import current_workspace, use_workspace
from workspaces.token_text import API, SHOWN, new_token

KEPT_FOR = timedelta(days=90)
"""How long a token that ended can be looked at in the admin."""
ABOVE = "A token can do no more than you. Pick your own role, or one below it."
NAME_TAKEN = "There is a token of this name. Revoke that one first, or pick another name."


@operation
def create_token(token: ApiToken, *, by: Actor, now: datetime | None = None) -> ApiToken:
    """Make a token that acts for `by`, a member; its secret is `token.secret`, known only now.

    `token` is unsaved, with name, role, scopes and perhaps the day it ends. Raises PermissionDenied for a role above
    one's own, Refused where another one has the name, ValueError for words that nobody knows.
    """
    if not isinstance(by, User):
        raise PermissionDenied("A token acts for a member. Only they can make it.")
    now = now or clock.now()
    member = Membership.objects.select_related("user").get(workspace=current_workspace(), user=by)
    if rank(token.role) > rank(member.role):
        raise PermissionDenied(ABOVE)
    if not token.scopes or set(token.scopes) - {EVERYTHING, *WORDS}:
        raise ValueError(f"No such words: {token.scopes}")
    token.secret = new_token(API)
    token.prefix, token.token_hash = token.secret[:SHOWN], hash_token(token.secret)
    token.membership, token.epoch, token.created_at = member, member.user.epoch, now
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError:
        raise Refused(NAME_TAKEN) from None
    notify(
        _owners(),
        notices.TOKEN_MADE.slug,
        subject=token,
        sentence=f"{by} made the API token “{token}”: {token.get_role_display().lower()} at most",
        url=reverse("workspace:tokens"),
        by=by,
        now=now,
    )
    return token


def unrevoked_tokens() -> QuerySet[ApiToken]:
    """Return the tokens of the open workspace that nobody has revoked, with whoever made them, the newest first."""
    return ApiToken.objects.filter(revoked_at=None).select_related("membership__user")


@operation
def revoke_token(token: ApiToken, *, by: Actor, now: datetime | None = None) -> ApiToken:
    """End a token at once. Raises Refused when it was revoked before."""
    token.revoked_at = now or clock.now()
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=token.revoked_at):
        raise Refused("This token was revoked before. Reload the page.")
    return token


def _owners() -> list[User]:
    here = Membership.objects.filter(workspace=current_workspace(), role=Role.OWNER, user__is_active=True)
    return [member.user for member in here.select_related("user").order_by("created_at")]


def tell_of_ending_tokens(now: datetime | None = None) -> int:
    """Tell who made a token, and the owners, that it ends within a week; once for each. Return how many end."""
    now, told = now or clock.now(), 0
    for workspace in Workspace.objects.filter(trashed_at=None):
        with use_workspace(workspace), transaction.atomic():
            ending = ApiToken.objects.filter(revoked_at=None, told_at=None, expires_at__gt=now)
            for token in ending.filter(expires_at__lte=now + ENDS_SOON).select_related("membership__user"):
                if not token.is_open(now) or not ending.filter(pk=token.pk).update(told_at=now):
                    continue
                told += 1
                notify(
                    [token.created_by, *_owners()],
                    notices.TOKEN_ENDING.slug,
                    subject=token,
                    sentence=f"The API token “{token}” ends on {_day(token.expires_at)}. Make a new one in time",
                    url=reverse("workspace:tokens"),
                    by=SYSTEM,
                    now=now,
                )
    return told


def _day(instant: datetime | None) -> str:
    return f"{instant.day} {instant:%B}" if instant else ""


def purge_tokens(*, now: datetime) -> int:
    """Delete tokens of the open workspace that ended 90 days ago; return how many. The activity keeps their names."""
    old = now - KEPT_FOR
    ended = Q(revoked_at__lt=old) | Q(expires_at__lt=old)
    return ApiToken.objects.filter(ended).delete()[0]
