"""What each network takes: limits as rows, each with its source, its date and how sure we are.

To correct a limit, change its row and its date. Nothing else in Aura knows a network's numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any, Literal, TypeAlias

from aura.kit.textcount import Rule, count

Sure: TypeAlias = Literal["V", "S", "M"]
"""V: read in the network's own documentation or code. S: a page citing it. M: remembered, never blocks."""

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
MP4, MOV, WEBM = "video/mp4", "video/quicktime", "video/webm"
PDF = "application/pdf"

MB = 1_000_000
GB = 1_000_000_000
_READ = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Fact:
    """One limit of one network. `field` names a field of `Capabilities`; words are counted by `rule`.

    `text` may stand twice with different rules, and then both hold.
    """

    network: str
    field: str
    limit: int | bool | tuple[str, ...]
    sure: Sure
    source: str
    rule: Rule = Rule.CHARS
    checked_on: date = _READ


@dataclass(frozen=True, slots=True)
class TextLimit:
    """At most `limit` of what `rule` counts."""

    limit: int
    rule: Rule

    @property
    def unit(self) -> str:
        """What is counted, in the plural: characters or bytes."""
        return self.rule.unit

    def counts(self, text: str) -> int:
        """Return how much of it a text takes."""
        return count(text, self.rule)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one channel takes. None means that no limit is known.

    Sizes in bytes, lengths in seconds, ratios as width per 1,000 of height, so that every limit is a whole number.
    """

    network: str
    name: str
    text: tuple[TextLimit, ...] = ()
    title: TextLimit | None = None
    comment: TextLimit | None = None
    """The limit of a first comment, where it is not that of the text."""
    text_required: bool = True
    title_required: bool = False
    media_required: bool = False
    hashtags_max: int | None = None
    mentions_max: int | None = None
    media_max: int | None = None
    images_max: int | None = None
    videos_max: int | None = None
    mixes_media: bool = True
    image_types: tuple[str, ...] | None = None
    video_types: tuple[str, ...] | None = None
    document_types: tuple[str, ...] | None = None
    image_bytes_max: int | None = None
    video_bytes_max: int | None = None
    ratio_min: int | None = None
    ratio_max: int | None = None
    video_seconds_min: int | None = None
    video_seconds_max: int | None = None
    alt_max: int | None = None
    alt_required: bool = False
    posts_per_day: int | None = None
    cost: int | None = None
    """What the network takes for a post, in thousandths of a US dollar; `cost_with_link` where it has a link."""
    cost_with_link: int | None = None
    fold: int | None = None
    """How many characters of the text are shown before a reader has to ask for more."""
    link_card: bool = False
    """Whether readers see a card of the first link, where a post has no files."""
    threads: bool = False
    first_comment: bool = False
    guesses: frozenset[str] = frozenset()

    def is_guess(self, field: str) -> bool:
        """Whether the limit of `field` is only remembered, so that it may advise but not block."""
        return field in self.guesses

    def told(self, learned: Mapping[str, Any]) -> Capabilities:
        """These, with what the network itself said of one channel in place of the table's rows.

        `text` is the limit of the first ruler. A value of a shape that the field cannot have is passed over: it comes
        from outside.
        """
        known = {spec.name: getattr(self, spec.name) for spec in fields(self)}
        said: dict[str, Any] = {}
        for name, value in learned.items():
            if name == "text" and self.text and _is_number(value):
                said["text"] = (replace(self.text[0], limit=value), *self.text[1:])
            elif name.endswith("_types") and isinstance(value, list | tuple):
                said[name] = tuple(str(item) for item in value)
            elif name in known and (known[name] is None or _is_number(known[name])) and _is_number(value):
                said[name] = value
        return replace(self, **said, guesses=self.guesses - set(said)) if said else self

    @property
    def counter(self) -> TextLimit | None:
        """The limit shown beside the text: the first one."""
        return self.text[0] if self.text else None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


NAMES: dict[str, str] = {
    "sandbox": "Sandbox",
    "webhook": "Webhook",
    "by_hand": "By hand",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "linkedin": "LinkedIn",
    "facebook": "Facebook Page",
    "instagram": "Instagram",
    "threads": "Threads",
    "x": "X",
    "pinterest": "Pinterest",
    "tiktok": "TikTok",
    "youtube": "YouTube",
}
"""Every network Aura has facts about: slug to the name people know."""

WORDS: dict[str, str] = {
    "sandbox": "Keeps what would be sent and shows it like a feed. Nothing leaves Aura.",
    "webhook": "Sends each post as signed JSON to an address of your own.",
    "by_hand": "Reminds you at the time, with the words ready to copy. You post it and paste the link.",
    "mastodon": "Any server: name it, say yes there, and come back.",
    "bluesky": "Your handle and an app password, made in Bluesky’s settings.",
    "linkedin": "Your own profile, or a page that you look after.",
    "facebook": "The Pages that you look after. Personal profiles cannot be posted to.",
    "instagram": "Professional accounts: business or creator.",
    "threads": "The account that you are signed in with at Threads.",
    "x": "One account. X takes money for each post, see its limits.",
    "pinterest": "A board of your business account.",
    "tiktok": "Films and photographs of one account.",
    "youtube": "Films of one of your channels.",
}
"""What each network is to whoever connects a channel, in a line."""

OWN: frozenset[str] = frozenset({"sandbox", "webhook", "by_hand"})
"""Aura's own kinds of channel, which no company runs."""

LINKEDIN_VERSION = "202609"
"""What `LinkedIn-Version` asks for: the newest version seen on 20 November 2026. Each is served for a year at least."""

AURA = "Aura's own choice"
_IG = "Instagram Platform docs, content publishing"
_FB = "Graph API docs, Page feed, reels and stories"
_LI = "LinkedIn Marketing docs, images, videos, posts"
_X = "docs.x.com, media and posts; twitter-text configuration v3"
_TT = "TikTok Content Posting API docs"
_PIN = "Pinterest API v5 openapi"
_THREADS = "Threads API docs"
_BSKY = "app.bsky lexicons"
_MASTODON = "Mastodon server code; each server says its own at /api/v2/instance"
_YT = "YouTube Data API docs"
_SECOND = "secondary page citing the official one"
_MEMORY = "remembered"

FACTS: tuple[Fact, ...] = (
    Fact("sandbox", "threads", True, "V", AURA),
    Fact("sandbox", "first_comment", True, "V", AURA),
    Fact("sandbox", "text", 4_000, "V", AURA),
    Fact("sandbox", "media_max", 10, "V", AURA),
    Fact("webhook", "threads", True, "V", AURA),
    Fact("webhook", "first_comment", True, "V", AURA),
    Fact("webhook", "text", 4_000, "V", AURA),
    Fact("webhook", "media_max", 10, "V", AURA),
    Fact("mastodon", "threads", True, "V", _MASTODON),
    Fact("mastodon", "link_card", True, "M", _MEMORY),
    Fact("mastodon", "text", 500, "V", _MASTODON, Rule.URL23),
    Fact("mastodon", "images_max", 4, "V", _MASTODON),
    Fact("mastodon", "videos_max", 1, "V", _MASTODON),
    Fact("mastodon", "mixes_media", False, "V", _MASTODON),
    Fact("mastodon", "image_bytes_max", 16 * MB, "V", _MASTODON),
    Fact("mastodon", "video_bytes_max", 99 * MB, "V", _MASTODON),
    Fact("mastodon", "alt_max", 1_500, "V", _MASTODON),
    Fact("mastodon", "document_types", (), "V", _MASTODON),
    Fact("bluesky", "threads", True, "V", _BSKY),
    Fact("bluesky", "link_card", True, "V", _BSKY),
    Fact("bluesky", "text", 300, "V", _BSKY, Rule.GRAPHEMES),
    Fact("bluesky", "text", 3_000, "V", _BSKY, Rule.BYTES),
    Fact("bluesky", "images_max", 4, "V", _BSKY),
    Fact("bluesky", "videos_max", 1, "V", _BSKY),
    Fact("bluesky", "mixes_media", False, "V", _BSKY),
    Fact("bluesky", "image_bytes_max", 2_000_000, "V", _BSKY),
    Fact("bluesky", "video_types", (MP4,), "V", _BSKY),
    Fact("bluesky", "video_bytes_max", 300 * MB, "V", _BSKY),
    Fact("bluesky", "video_seconds_max", 180, "S", _SECOND),
    Fact("bluesky", "document_types", (), "V", _BSKY),
    Fact("bluesky", "alt_required", True, "V", _BSKY),
    Fact("linkedin", "first_comment", True, "V", _LI + ", comments"),
    Fact("linkedin", "comment", 1_250, "S", _SECOND),
    Fact("linkedin", "link_card", True, "V", _LI),
    Fact("linkedin", "text", 3_000, "S", _SECOND),
    Fact("linkedin", "fold", 210, "M", _MEMORY),
    Fact("linkedin", "images_max", 20, "V", _LI),
    Fact("linkedin", "videos_max", 1, "V", _LI),
    Fact("linkedin", "mixes_media", False, "V", _LI),
    Fact("linkedin", "image_types", (JPEG, PNG, GIF), "V", _LI),
    Fact("linkedin", "video_types", (MP4,), "V", _LI),
    Fact("linkedin", "video_bytes_max", 500 * MB, "V", _LI),
    Fact("linkedin", "video_seconds_min", 3, "V", _LI),
    Fact("linkedin", "video_seconds_max", 30 * 60, "V", _LI),
    Fact("linkedin", "alt_max", 4_086, "M", _MEMORY),
    Fact("linkedin", "document_types", (PDF,), "V", _LI),
    Fact("linkedin", "posts_per_day", 150, "V", _LI + " (calls of one member)"),
    Fact("facebook", "first_comment", True, "V", _FB + ", comments"),
    Fact("facebook", "comment", 8_000, "S", _SECOND),
    Fact("facebook", "link_card", True, "M", _MEMORY),
    Fact("facebook", "text", 63_206, "M", _MEMORY),
    Fact("facebook", "fold", 480, "M", _MEMORY),
    Fact("facebook", "images_max", 10, "M", _MEMORY),
    Fact("facebook", "image_bytes_max", 10 * MB, "M", _MEMORY),
    Fact("facebook", "videos_max", 1, "V", _FB),
    Fact("facebook", "mixes_media", False, "V", _FB),
    Fact("facebook", "document_types", (), "V", _FB),
    Fact("instagram", "first_comment", True, "V", _IG + ", comments"),
    Fact("instagram", "comment", 300, "M", _MEMORY),
    Fact("instagram", "text", 2_200, "S", _SECOND),
    Fact("instagram", "fold", 125, "M", _MEMORY),
    Fact("instagram", "hashtags_max", 30, "S", _SECOND),
    Fact("instagram", "mentions_max", 20, "V", _IG + ", error 2207040"),
    Fact("instagram", "media_required", True, "V", _IG),
    Fact("instagram", "media_max", 10, "V", _IG),
    Fact("instagram", "image_types", (JPEG,), "V", _IG),
    Fact("instagram", "image_bytes_max", 8 * MB, "V", _IG),
    Fact("instagram", "ratio_min", 800, "V", _IG + " (4:5)"),
    Fact("instagram", "ratio_max", 1_910, "V", _IG + " (1.91:1)"),
    Fact("instagram", "video_types", (MP4, MOV), "V", _IG),
    Fact("instagram", "video_bytes_max", 300 * MB, "V", _IG),
    Fact("instagram", "video_seconds_min", 3, "V", _IG),
    Fact("instagram", "video_seconds_max", 15 * 60, "V", _IG),
    Fact("instagram", "document_types", (), "V", _IG),
    Fact("instagram", "alt_max", 1_000, "V", _IG + ", 2025-03-24"),
    Fact("instagram", "posts_per_day", 100, "V", _IG + " (its carousel section says 50)"),
    Fact("threads", "threads", True, "V", _THREADS),
    Fact("threads", "link_card", True, "M", _MEMORY),
    Fact("threads", "text", 500, "V", _THREADS, Rule.EMOJI_BYTES),
    Fact("threads", "media_max", 20, "V", _THREADS),
    Fact("threads", "image_types", (JPEG, PNG), "V", _THREADS),
    Fact("threads", "image_bytes_max", 8 * MB, "V", _THREADS),
    Fact("threads", "video_types", (MP4, MOV), "V", _THREADS),
    Fact("threads", "video_bytes_max", 1 * GB, "V", _THREADS),
    Fact("threads", "video_seconds_max", 5 * 60, "V", _THREADS),
    Fact("threads", "document_types", (), "V", _THREADS),
    Fact("threads", "alt_max", 1_000, "V", _THREADS),
    Fact("threads", "posts_per_day", 250, "V", _THREADS),
    Fact("x", "threads", True, "V", _X),
    Fact("x", "link_card", True, "M", _MEMORY),
    Fact("x", "text", 280, "V", _X, Rule.WEIGHTED),
    Fact("x", "images_max", 4, "V", _X),
    Fact("x", "videos_max", 1, "V", _X),
    Fact("x", "mixes_media", False, "V", _X),
    Fact("x", "image_types", (JPEG, PNG, WEBP, GIF), "V", _X),
    Fact("x", "image_bytes_max", 5 * MB, "V", _X),
    Fact("x", "video_bytes_max", 512 * MB, "V", _X),
    Fact("x", "video_seconds_max", 140, "V", _X),
    Fact("x", "alt_max", 1_000, "S", _SECOND),
    Fact("x", "cost", 15, "V", _X + ", prices, 2026-08"),
    Fact("x", "cost_with_link", 200, "V", _X + ", prices, 2026-08"),
    Fact("x", "document_types", (), "V", _X),
    Fact("x", "posts_per_day", 9_600, "V", _X + " (100 in 15 minutes)"),
    Fact("pinterest", "title", 100, "V", _PIN),
    Fact("pinterest", "text", 800, "V", _PIN),
    Fact("pinterest", "media_required", True, "V", _PIN),
    Fact("pinterest", "images_max", 5, "V", _PIN),
    Fact("pinterest", "videos_max", 1, "V", _PIN),
    Fact("pinterest", "mixes_media", False, "V", _PIN),
    Fact("pinterest", "image_bytes_max", 20 * MB, "S", _SECOND),
    Fact("pinterest", "video_bytes_max", 2 * GB, "S", _SECOND),
    Fact("pinterest", "video_seconds_min", 4, "S", _SECOND),
    Fact("pinterest", "video_seconds_max", 15 * 60, "S", _SECOND),
    Fact("pinterest", "document_types", (), "V", _PIN),
    Fact("pinterest", "alt_max", 500, "V", _PIN),
    Fact("tiktok", "text", 2_200, "S", _SECOND, Rule.UTF16),
    Fact("tiktok", "media_required", True, "V", _TT),
    Fact("tiktok", "images_max", 35, "V", _TT),
    Fact("tiktok", "videos_max", 1, "V", _TT),
    Fact("tiktok", "mixes_media", False, "V", _TT),
    Fact("tiktok", "image_types", (JPEG, WEBP), "V", _TT),
    Fact("tiktok", "image_bytes_max", 20 * MB, "V", _TT),
    Fact("tiktok", "video_types", (MP4, MOV, WEBM), "V", _TT),
    Fact("tiktok", "video_bytes_max", 4 * GB, "V", _TT),
    Fact("tiktok", "video_seconds_max", 10 * 60, "V", _TT),
    Fact("tiktok", "document_types", (), "V", _TT),
    Fact("tiktok", "posts_per_day", 15, "V", _TT),
    Fact("youtube", "title", 100, "S", _SECOND),
    Fact("youtube", "title_required", True, "V", _YT),
    Fact("youtube", "text", 5_000, "S", _SECOND, Rule.BYTES),
    Fact("youtube", "media_required", True, "V", _YT),
    Fact("youtube", "images_max", 0, "V", _YT),
    Fact("youtube", "videos_max", 1, "V", _YT),
    Fact("youtube", "video_bytes_max", 256 * GB, "S", _SECOND),
    Fact("youtube", "document_types", (), "V", _YT),
    Fact("youtube", "posts_per_day", 100, "V", _YT + " (newest; older: quota units)"),
)


def facts_of(network: str) -> list[Fact]:
    """The rows of one network, in the order of the table. Raises KeyError for a network nobody knows."""
    NAMES[network]
    return [fact for fact in FACTS if fact.network == network]


@cache
def capabilities_of(network: str) -> Capabilities:
    """The facts of one network as one value. Raises KeyError for a network nobody knows."""
    values: dict[str, Any] = {}
    texts: list[TextLimit] = []
    guesses: set[str] = set()
    for fact in facts_of(network):
        if fact.sure == "M":
            guesses.add(fact.field)
        if fact.field == "text" and isinstance(fact.limit, int):
            texts.append(TextLimit(fact.limit, fact.rule))
        elif fact.field in {"title", "comment"} and isinstance(fact.limit, int):
            values[fact.field] = TextLimit(fact.limit, fact.rule)
        else:
            values[fact.field] = fact.limit
    return Capabilities(network, NAMES[network], text=tuple(texts), guesses=frozenset(guesses), **values)
