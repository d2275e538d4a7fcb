"""What a word that begins with @ or # may become: people mentioned on a channel before, hashtags used lately."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import QuerySet

from campaigns.models import Campaign
from posts.models import Channel, Post, Snippet, Target
from posts.networks import UnknownNetwork, get_network
from posts.networks.base import Person
from posts.networks.facts import OWN
from posts.networks.judging import HASHTAG

LOOKED_AT = 200
"""Posts, the newest, whose words are looked through."""
OFFERED = 8
SETS_OFFERED = 3
Said: TypeAlias = tuple[uuid.UUID, str]
"""A post, and words of it."""
MENTION = re.compile(r"(?<![\w@./])@(\w[\w.-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer: what comes into the words, and what is said of it."""

    insert: str
    hint: str = ""


def mentions_on(channel: Channel | None) -> Counter[str]:
    """Count how many recent posts mention somebody on the channel, or anywhere; one query."""
    return _counted(_recent(channel), _handles_in)


def _handles_in(words: str) -> list[str]:
    return [handle.rstrip(".-") for handle in MENTION.findall(words)]


def _counted(said: Iterable[Said], found_in: Callable[[str], list[str]]) -> Counter[str]:
    """Count in how many posts each word is that `found_in` finds, whatever the case of its letters."""
    written: dict[str, str] = {}
    posts: dict[str, set[uuid.UUID]] = {}
    for post, words in said:
        for word in found_in(words):
            written.setdefault(word.lower(), word)
            posts.setdefault(word.lower(), set()).add(post)
    return Counter({written[word]: len(there) for word, there in posts.items()})


def people_offered(used: Counter[str], found: Iterable[Person], typed: str) -> list[Completion]:
    """Return people who begin so: those that were mentioned before, the most often first, then what a network found."""
    begun = typed.lower()
    known = [(handle, times) for handle, times in used.most_common() if handle.lower().startswith(begun)]
    offered = {handle.lower(): Completion(f"@{handle}", _times(times)) for handle, times in known[:OFFERED]}
    for person in found:
        known_already = offered.get(person.handle.lower())
        hint = person.name if known_already is None else f"{person.name}, {known_already.hint}".strip(", ")
        offered[person.handle.lower()] = Completion(f"@{person.handle}", hint)
    return list(offered.values())[:OFFERED]


def hashtags_offered(channel: Channel | None, campaign: Campaign | None, typed: str) -> list[Completion]:
    """Return hashtags that begin so: of the campaign's posts and the channel's, the most used first, and whole sets.

    Three queries at most.
    """
    begun = typed.lower()
    said = [*(_of_campaign(campaign) if campaign else ()), *(_recent(channel) if channel else ())]
    used = _counted(said or _recent(None), HASHTAG.findall)
    fits = [(tag, times) for tag, times in used.most_common() if tag[1:].lower().startswith(begun)]
    tags = [Completion(tag, _times(times)) for tag, times in fits[:OFFERED]]
    return [*tags, *_sets(begun)]


def _sets(begun: str) -> list[Completion]:
    """Return sets of hashtags whose name begins so, or that hold one that does."""
    sets = Snippet.objects.filter(kind=Snippet.Kind.HASHTAGS).order_by("name")
    fits = (
        one
        for one in sets
        if one.name.lower().startswith(begun)
        or any(tag[1:].lower().startswith(begun) for tag in HASHTAG.findall(one.words))
    )
    return [
        Completion(one.words, f"The set “{one.name}”")
        for one, _ in zip(fits, range(SETS_OFFERED), strict=False)
    ]


def _recent(channel: Channel | None) -> list[Said]:
    """Return what the newest posts say there, that go out or are out; of no channel, the newest posts at all."""
    if channel is None:
        return list(_newest(Post.objects.all()))
    promised = Target.objects.filter(channel=channel, promised_at__isnull=False, post__trashed_at=None)
    rows = promised.order_by("-promised_at").values_list("post_id", "own_words", "position", "post__caption")[
        :LOOKED_AT
    ]
    return [(post, own or ("" if position else caption)) for post, own, position, caption in rows]


def _of_campaign(campaign: Campaign) -> list[Said]:
    """Return what the newest posts of a campaign say."""
    return list(_newest(Post.objects.filter(campaign=campaign)))


def _newest(posts: QuerySet[Post]) -> Iterable[Said]:
    return posts.filter(trashed_at=None).order_by("-id").values_list("pk", "caption")[:LOOKED_AT]


def help_with_mentions(channel: Channel | None) -> str:
    """Return what to say of a channel whose network cannot be asked, "" where nothing has to be said."""
    if channel is None:
        return "People are called otherwise on each network: look them up in a channel’s own words."
    try:
        network = get_network(channel.network)
    except UnknownNetwork:
        return ""
    if network.finds_people or channel.network in OWN:
        return ""
    return (
        network.mentions_help
        or f"{network.name} lets nobody look people up from here. Write the handle as it is."
    )


def _times(number: int) -> str:
    return "used once lately" if number == 1 else f"used {number} times lately"
