"""The secret link of a person's calendar feed: made, renewed, ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from aura.kit import clock
from posts.models import CalendarFeed
from posts.operations.writing import author
from workspaces.models.people import hash_token
from workspaces.operation import Actor, Refused, operation


@dataclass(frozen=True, slots=True)
class FreshFeed:
    """A link just made: its secret is known now and never again."""

    feed: CalendarFeed
    token: str


def renew_feed(*, by: Actor) -> FreshFeed:
    """Give the person a new link in the open workspace; the one before ends at once."""
    token = secrets.token_urlsafe(32)
    return FreshFeed(make_feed(token_hash=hash_token(token), by=by), token)


@operation
def make_feed(*, token_hash: str, by: Actor) -> CalendarFeed:
    """Keep the hash of a link's secret, in the place of the one before. Raises Refused where nobody asks."""
    person = author(by)
    if person is None:
        raise Refused("A calendar link is a person's. Sign in as one.")
    feed, _ = CalendarFeed.objects.update_or_create(
        created_by=person, defaults={"token_hash": token_hash, "created_at": clock.now()}
    )
    return feed


@operation
def revoke_feed(feed: CalendarFeed, *, by: Actor) -> CalendarFeed:
    """End a link: whoever asks it is told that there is nothing."""
    CalendarFeed.objects.filter(pk=feed.pk).delete()
    return feed
