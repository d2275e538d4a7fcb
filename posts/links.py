"""Links in the words of a post as they go out: marked with the campaign, and shortened where the workspace wants it.

Both are done on the way out, never in what people wrote: an approval is of the written words, and a post that changes
its campaign or its channel changes its links by itself.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils.text import slugify

from aura.kit import textcount
from posts.models import Channel, Post
from workspaces.models import Workspace
from workspaces.scope import current_workspace

MEDIUM = "social"
TOKEN_LENGTH = 9
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
"""No 0 and o, no 1 and l: a short link is read out and typed."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One link of a post on one channel: what people follow, where it leads, and its short name ("" for none)."""

    shown: str
    url: str
    token: str = ""


def words_out(text: str, post: Post, channel: Channel, target_id: uuid.UUID | None = None) -> str:
    """Return the words as they go out. Without a target yet, short links have the length that they will have."""
    return replaced(text, lambda link: outbound(link, post, channel, target_id).shown)


def links_out(text: str, post: Post, channel: Channel, target_id: uuid.UUID) -> list[Outbound]:
    """Return the links in the words as they go out, each once, in order."""
    found: dict[str, Outbound] = {}

    def note(link: str) -> str:
        one = outbound(link, post, channel, target_id)
        found.setdefault(one.url, one)
        return link

    replaced(text, note)
    return list(found.values())


def outbound(link: str, post: Post, channel: Channel, target_id: uuid.UUID | None) -> Outbound:
    """Return what becomes of one link, by the workspace's rule."""
    rule = current_workspace().links
    if rule == Workspace.Links.PLAIN:
        return Outbound(link, link)
    campaign = slugify(post.campaign.name) if post.campaign_id else ""
    url = with_utm(link, source=channel.network, campaign=campaign, content=post.pk.hex[-8:])
    if rule != Workspace.Links.SHORT:
        return Outbound(url, url)
    token = token_of(target_id or uuid.UUID(int=0), url)
    return Outbound(f"{settings.AURA_URL}/r/{token}", url, token)


def with_utm(link: str, *, source: str, campaign: str, content: str) -> str:
    """Return a link that says where its readers came from; one that says so already stays as it is.

    The parameters are those that Google Analytics reads (utm_source, utm_medium, utm_campaign, utm_content).
    """
    url = urlsplit(link)
    if any(name.startswith("utm_") for name, _ in parse_qsl(url.query, keep_blank_values=True)):
        return link
    said = {"utm_source": source, "utm_medium": MEDIUM, "utm_campaign": campaign, "utm_content": content}
    ours = urlencode({name: value for name, value in said.items() if value})
    return urlunsplit(url._replace(query=f"{url.query}&{ours}" if url.query else ours))


def token_of(target_id: uuid.UUID, url: str) -> str:
    """Return the short name of a link of one target: always the same, so that the words do not change by themselves."""
    number = int.from_bytes(hashlib.blake2b(f"{target_id} {url}".encode(), digest_size=8).digest())
    letters = []
    for _ in range(TOKEN_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def replaced(text: str, become: Callable[[str], str]) -> str:
    """Return the text with each of its links that has a scheme put otherwise."""
    pieces, reached = [], 0
    for start, end in textcount.links(text):
        link = text[start:end]
        if link.lower().startswith(("http://", "https://")):
            pieces += [text[reached:start], become(link)]
            reached = end
    return "".join([*pieces, text[reached:]])
