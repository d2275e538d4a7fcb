"""What a channel takes, in words: each limit with its source, its date, and how sure we are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from posts.networks.base import Network
from posts.networks.facts import AURA, MB, Fact, facts_of

SURENESS = {
    "V": "read in the network’s own documentation",
    "S": "read on a page that cites the network",
    "M": "remembered; it advises and never blocks",
}
TOLD = "Told by the network, for this channel"


@dataclass(frozen=True, slots=True)
class Row:
    """One limit: what it is about, how much, and where that is known from.

    `name` and `limit` are the same for programs, as `Capabilities` has them, counted in `unit`.
    """

    name: str
    limit: Any
    unit: str
    label: str
    value: str
    source: str
    sure: str
    day: date | None


def rows_of(network: Network, settings: Mapping[str, Any], *, learned_on: date | None = None) -> list[Row]:
    """Return the limits of a channel in the order of the table; what its network told of it replaces the table's."""
    can = network.capabilities(settings)
    learned = dict(settings.get("learned") or {})
    rows = []
    for fact in _facts(can.network):
        label, spoken = WORDS[fact.field]
        is_first = fact.field != "text" or not can.text or can.text[0].rule is fact.rule
        told = learned.get(fact.field) if is_first else None
        if told is not None and _fits(told, fact.limit):
            limit, known = _as(told, fact.limit), (TOLD, "", learned_on)
        else:
            limit, known = fact.limit, (fact.source, _sure(fact), fact.checked_on)
        rows.append(Row(fact.field, limit, _unit(fact), label, spoken(limit, fact), *known))
    return rows


def by_source(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows grouped by where they are known from, what the network itself told first."""
    groups: dict[tuple[str, str, date | None], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.source != TOLD):
        groups.setdefault((row.source, row.sure, row.day), []).append(row)
    return list(groups.values())


_UNITS = {
    "_bytes_max": "bytes", "_seconds_min": "seconds", "_seconds_max": "seconds",
    "ratio_min": "width per 1,000 of height", "ratio_max": "width per 1,000 of height",
    "cost": "thousandths of a dollar", "cost_with_link": "thousandths of a dollar", "fold": "characters",
}  # fmt: skip


def _unit(fact: Fact) -> str:
    """Return what a limit counts, where its name does not say so."""
    if WORDS[fact.field][1] is _counted:
        return fact.rule.unit
    return next((unit for end, unit in _UNITS.items() if fact.field.endswith(end)), "")


def _sure(fact: Fact) -> str:
    return "" if fact.source == AURA else SURENESS[fact.sure]


def _facts(slug: str) -> list[Fact]:
    try:
        return facts_of(slug)
    except KeyError:
        return []


def _fits(told: object, limit: object) -> bool:
    kind = (list, tuple) if isinstance(limit, tuple) else type(limit)
    return isinstance(told, kind)


def _as(told: Any, limit: object) -> Any:
    return tuple(told) if isinstance(limit, tuple) else told


Spoken = Callable[[Any, Fact], str]


def _number(limit: Any, fact: Fact) -> str:
    return f"{limit:,}"


def _counted(limit: Any, fact: Fact) -> str:
    return f"{limit:,} {fact.rule.unit}"


def _yes(limit: Any, fact: Fact) -> str:
    return "Yes" if limit else "No"


def _bytes(limit: Any, fact: Fact) -> str:
    return f"{limit / 1000 / MB:,.0f} GB" if limit >= 1000 * MB else f"{limit / MB:,.3g} MB"


def _seconds(limit: Any, fact: Fact) -> str:
    return f"{limit // 60:,} minutes" if limit >= 120 and limit % 60 == 0 else f"{limit:,} seconds"


def _types(limit: Any, fact: Fact) -> str:
    named = {"video/quicktime": "MOV", "application/pdf": "PDF"}
    return ", ".join(named.get(kind, kind.rsplit("/", 1)[-1].upper()) for kind in limit) or "None"


def _ratio(limit: Any, fact: Fact) -> str:
    return f"{limit / 1000:.4g} : 1"


def _dollars(limit: Any, fact: Fact) -> str:
    return f"${limit / 1000:.3f}"


WORDS: dict[str, tuple[str, Spoken]] = {
    "text": ("Words", _counted),
    "title": ("Title", _counted),
    "text_required": ("Needs words", _yes),
    "title_required": ("Needs a title", _yes),
    "media_required": ("Needs a picture or film", _yes),
    "hashtags_max": ("Hashtags", _number),
    "mentions_max": ("Mentions", _number),
    "media_max": ("Pictures and films", _number),
    "images_max": ("Pictures", _number),
    "videos_max": ("Films", _number),
    "mixes_media": ("Pictures and films together", _yes),
    "image_types": ("Kinds of pictures", _types),
    "video_types": ("Kinds of films", _types),
    "document_types": ("Kinds of documents", _types),
    "image_bytes_max": ("Size of a picture", _bytes),
    "video_bytes_max": ("Size of a film", _bytes),
    "ratio_min": ("Narrowest shape", _ratio),
    "ratio_max": ("Widest shape", _ratio),
    "video_seconds_min": ("Shortest film", _seconds),
    "video_seconds_max": ("Longest film", _seconds),
    "alt_max": ("Description of a picture", _counted),
    "alt_required": ("Needs descriptions", _yes),
    "posts_per_day": ("Posts in 24 hours", _number),
    "fold": ("Characters shown before “more”", _number),
    "cost": ("Price of a post", _dollars),
    "cost_with_link": ("Price of a post with a link", _dollars),
    "link_card": ("A card of the first link", _yes),
    "threads": ("Several posts as a thread", _yes),
    "first_comment": ("First comment", _yes),
    "comment": ("Words of a first comment", _counted),
}
"""What each field of `Capabilities` is called on pages, and how its limit is said."""
