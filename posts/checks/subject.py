"""What is judged: a post as it stands in a form or in the database, with what else goes out around it."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, reduce

from django.db.models import Exists, Q, QuerySet

from aura.kit import clock
from campaigns.models import Campaign
from media_library.models import Asset
from posts.checks.around import (
    APART,
    AT_MOST,
    SAME_WORDS_WITHIN,
    Asked,
    Other,
    Others,
    every_part_promised_on,
    others_of,
    promised_on,
)
from posts.checks.check import Moment
from posts.checks.free_time import NEIGHBOURS, ahead_of, next_free
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

    # What else goes out: one query in all, asked when a rule wants any of it --------------------------------------

    @property
    def near(self) -> list[Other]:
        """Other posts within `APART` on its channels, in the order of their times; of a time to come."""
        return sorted(self._others.posts.get(Asked.NEAR, ()), key=lambda other: other.promised_at)

    @property
    def alike(self) -> list[Other]:
        """Other posts with the same words on its channels, within `SAME_WORDS_WITHIN`, the newest first."""
        found = [
            other
            for other in self._others.posts.get(Asked.ALIKE, ())
            if other.words_hash == self._prints[other.channel_id]
        ]
        return sorted(found, key=lambda other: other.promised_at, reverse=True)

    @property
    def on_that_day(self) -> Mapping[uuid.UUID, int]:
        """How many other posts go out on the same day, parts of threads too, on its channels that have a quota."""
        return self._others.on_day

    @cached_property
    def free_at(self) -> datetime | None:
        """The next time that meets nothing on all its channels, from its own on; None without one."""
        if self.minute is None:
            return None
        others = self._others
        if not (others.posts.get(Asked.NEAR) or self._must_move or self._is_full(others.on_day)):
            others = others_of(
                {Asked.AHEAD: self._ahead}
            )  # nothing stands in its way, so that nobody has asked
        return next_free(list(self.words), self._start, others.posts.get(Asked.AHEAD, ()), self.quiet)

    @cached_property
    def _others(self) -> Others:
        asked: dict[Asked, QuerySet[Target]] = {}
        if self._near is not None:
            asked[Asked.NEAR] = self._near
        if self._alike is not None:
            asked[Asked.ALIKE] = self._alike
        if self.minute is not None and self.words:
            asked[Asked.AHEAD] = self._ahead if self._must_move else self._ahead_if_in_the_way
        return others_of(asked, on_day=self._on_that_day)

    @property
    def _near(self) -> QuerySet[Target] | None:
        if self.minute is None or self.minute < self.now - APART or not self.words:
            return None
        around = self._but_this(promised_on(self.words)).filter(
            promised_at__gt=self.minute - APART, promised_at__lt=self.minute + APART
        )
        return around.order_by("promised_at", "id")[:AT_MOST]

    @cached_property
    def _prints(self) -> dict[uuid.UUID, str]:
        return {channel.pk: fingerprint(self.text_on(channel)) for channel in self.words}

    @property
    def _alike(self) -> QuerySet[Target] | None:
        wanted = {words for words in self._prints.values() if words}
        if not wanted:
            return None
        at = self.at or self.now
        same = self._but_this(promised_on(self.words)).filter(
            words_hash__in=wanted,
            promised_at__gte=at - SAME_WORDS_WITHIN,
            promised_at__lte=at + SAME_WORDS_WITHIN,
        )
        return same.order_by("-promised_at", "-id")[:AT_MOST]

    @property
    def _quotas(self) -> dict[Channel, int]:
        """How many others a day may have on each channel that has a quota, before this post is too many."""
        mosts = {channel: capabilities_of(channel).posts_per_day for channel in self.words}
        return {
            channel: most - sum(not said.as_comment for said, _ in self.outgoings_on(channel))
            for channel, most in mosts.items()
            if most is not None
        }

    @property
    def _on_that_day(self) -> QuerySet[Target] | None:
        if self.at is None or not self._quotas:
            return None
        day = clock.wall_of(self.at, self.zone).date()
        begin, end = clock.begin_of(day, self.zone), clock.begin_of(day + timedelta(days=1), self.zone)
        found = every_part_promised_on(self._quotas).filter(promised_at__gte=begin, promised_at__lt=end)
        return self._but_this(found)

    @property
    def _must_move(self) -> bool:
        """Whether its time is wrong whatever else goes out."""
        return self.minute is not None and bool(
            self.quiet.why(self.minute) or any(room < 0 for room in self._quotas.values())
        )

    def _is_full(self, on_day: Mapping[uuid.UUID, int]) -> bool:
        return any(on_day.get(channel.pk, 0) > room for channel, room in self._quotas.items())

    @property
    def _start(self) -> datetime:
        assert self.minute is not None
        return max(self.minute, self.now.replace(second=0, microsecond=0) + timedelta(minutes=1))

    @property
    def _ahead(self) -> QuerySet[Target]:
        return self._but_this(ahead_of(self.words, self._start, self.zone))[:NEIGHBOURS]

    @property
    def _ahead_if_in_the_way(self) -> QuerySet[Target]:
        """What goes out in two weeks, where something goes out near it, or a quota of its day is used up."""
        in_the_way = [self._near] if self._near is not None else []
        if (on_day := self._on_that_day) is not None:
            in_the_way += [
                on_day.filter(channel=channel.pk).order_by()[room : room + 1]
                for channel, room in self._quotas.items()
            ]
        stands = reduce(operator.or_, (Q(Exists(rows)) for rows in in_the_way), Q(pk__in=[]))
        return self._but_this(ahead_of(self.words, self._start, self.zone)).filter(stands)[:NEIGHBOURS]

    def _but_this(self, targets: QuerySet[Target]) -> QuerySet[Target]:
        return targets.exclude(post=self.post.pk)

    # What is known of its words: one query ------------------------------------------------------------------------

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


def _links_of(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(link for text in texts for link in links_in(text)))
