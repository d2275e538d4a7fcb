"""What is judged: a post as it stands in a form or in the database, with what else goes out around it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count

from aura.kit import clock
from campaigns.models import Campaign
from media_library.models import Asset
from posts.checks.around import (
    APART,
    AT_MOST,
    SAME_WORDS_WITHIN,
    every_part_promised_on,
    promised_on,
)
from posts.checks.check import Moment
from posts.checks.free_time import next_free
from posts.checks.sizes import Words, capabilities_of, outgoing_of
from posts.fitting import Fits
from posts.models import Channel, LinkAnswer, Post, Target
from posts.networks.base import Outgoing
from posts.parts import NOTHING, OwnOf, Saying, every_picture, sayings
from posts.words import digest_of, fingerprint, links_in
from workspaces.quiet import Quiet
from workspaces.scope import current_workspace


@dataclass(eq=False)
class Subject:
    """A post before its rules.

    `words` are the channels it goes to, each with its own words; `at` is when it goes out, None while that is open;
    `is_exact` is False where only the day is known. Assets come with `current`, its stored file and renditions.
    `own` is what channels have beside their words, `fits` are the cuts that go out instead of a picture. `sent_as` is
    what the engine has put together already, by channel.
    """

    post: Post
    campaign: Campaign | None
    words: Words
    media: Sequence[Asset]
    moment: Moment = Moment.TYPING
    at: datetime | None = None
    is_exact: bool = True
    now: datetime = field(default_factory=clock.now)
    fits: Fits = field(default_factory=dict)
    sent_as: Mapping[Channel, Outgoing] = field(default_factory=dict)
    own: OwnOf = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The zone in which its times are said."""
        return current_workspace().zone

    @property
    def minute(self) -> datetime | None:
        """When it goes out, None unless that is known to the minute."""
        return self.at if self.is_exact else None

    @property
    def quiet(self) -> Quiet:
        """When the workspace wants nothing to go out."""
        return Quiet.of(current_workspace())

    def text_on(self, channel: Channel) -> str:
        """Return the words that go out on this channel."""
        return self.words[channel].strip() or self.post.caption

    @cached_property
    def pictures(self) -> list[Asset]:
        """Everything that it shows somewhere, each once."""
        return every_picture(self.media, self.words, self.own)

    def outgoings_on(self, channel: Channel) -> list[tuple[Saying, Outgoing]]:
        """Return what its network would get, one after the other: the post and what follows it; asks nothing."""
        made = self.sent_as.get(channel)
        if made is not None:
            return [(Saying("", made.text, tuple(self.media)), made)]
        said = sayings(self.text_on(channel), self.media, self.own.get(channel, NOTHING))
        return [(one, outgoing_of(self.post, channel, one, self.fits)) for one in said]

    # What else goes out: one query each, asked when a rule wants it -----------------------------------------------

    @cached_property
    def near(self) -> list[Target]:
        """Other posts within `APART` on its channels, in the order of their times; of a time to come."""
        if self.minute is None or self.minute < self.now - APART or not self.words:
            return []
        around = promised_on(self.words).filter(
            promised_at__gt=self.minute - APART, promised_at__lt=self.minute + APART
        )
        others = around.exclude(post=self.post.pk).select_related("post")
        return list(others.order_by("promised_at", "id")[:AT_MOST])

    @cached_property
    def alike(self) -> list[Target]:
        """Other posts with the same words on its channels, within `SAME_WORDS_WITHIN`, the newest first."""
        prints = {channel.pk: fingerprint(self.text_on(channel)) for channel in self.words}
        wanted = {words for words in prints.values() if words}
        if not wanted:
            return []
        at = self.at or self.now
        same = promised_on(self.words).filter(
            words_hash__in=wanted,
            promised_at__gte=at - SAME_WORDS_WITHIN,
            promised_at__lte=at + SAME_WORDS_WITHIN,
        )
        others = same.exclude(post=self.post.pk).select_related("post").order_by("-promised_at", "-id")
        return [target for target in others[:AT_MOST] if target.words_hash == prints[target.channel_id]]

    @cached_property
    def texts(self) -> list[str]:
        """Everything that it says somewhere, each once."""
        said = (
            one.words or outgoing.text
            for channel in self.words
            for one, outgoing in self.outgoings_on(channel)
        )
        return list(dict.fromkeys(said))

    @cached_property
    def links(self) -> list[LinkAnswer]:
        """What is known about the links in its words, in their order."""
        urls = {digest_of(url): place for place, url in enumerate(_links_of(self.texts))}
        if not urls:
            return []
        return sorted(
            LinkAnswer.objects.defer("thumb").filter(digest__in=urls), key=lambda row: urls[row.digest]
        )

    @cached_property
    def free_at(self) -> datetime | None:
        """The next time that meets nothing on all its channels, from its own on; None without one."""
        if self.minute is None:
            return None
        start = max(self.minute, self.now.replace(second=0, microsecond=0) + timedelta(minutes=1))
        return next_free(list(self.words), start, quiet=self.quiet, leaving_out=self.post.pk)

    @cached_property
    def on_that_day(self) -> dict[uuid.UUID, int]:
        """How many other posts go out on the same day, parts of threads too, on its channels that have a quota."""
        counted = [channel for channel in self.words if capabilities_of(channel).posts_per_day is not None]
        if self.at is None or not counted:
            return {}
        day = clock.wall_of(self.at, self.zone).date()
        begin, end = clock.begin_of(day, self.zone), clock.begin_of(day + timedelta(days=1), self.zone)
        found = every_part_promised_on(counted).filter(promised_at__gte=begin, promised_at__lt=end)
        others = found.exclude(post=self.post.pk).order_by().values("channel_id").annotate(number=Count("id"))
        return {row["channel_id"]: row["number"] for row in others}


def _links_of(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(link for text in texts for link in links_in(text)))
