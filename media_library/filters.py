"""What may be asked of the library, saved in the address: read, written, put into words, and turned into a query."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.http import QueryDict

from aura.kit import clock
from aura.kit.paging import Sort
from aura.kit.words import TAG_LENGTH, tidy_words
from media_library import placements
from media_library.models import Album, Asset
from media_library.narrowing import few_first, narrow
from workspaces import search
from workspaces.scope import current_workspace

STATES = {"": "All", "pending": "Getting ready", "failed": "Could not be read", "trash": "Trash"}
USES = {
    "never": "Never",
    "idle": "Not at present",
    "ever": "At some time",
    "recent": "In the last 30 days",
}
FLAWS = {
    "undescribed": "Not described",
    "expired": "Rights have ended",
    "expiring": "Rights end within 30 days",
}
BEST = Sort("best", "Best match")  # of words; the order is worked out by lists.best_page
SORTS = [
    Sort("newest", "Newest"),
    Sort("oldest", "Oldest", descending=False),
    Sort("name", "Name", "title", descending=False),
    Sort("largest", "Largest file", "size"),
    Sort("uses", "Used most", "use_count"),
    Sort("last-use", "Used last", "last_used_at", nullable=True),
]
TRASH_SORT = Sort("trashed", "Thrown away last", "trashed_at", nullable=True)
_COLUMNS = {
    "kind": Asset.Kind,
    "colour": Asset.Colour,
    "shape": Asset.Shape,
    "scale": Asset.Scale,
    "weight": Asset.Weight,
}
RECENTLY = timedelta(days=30)
SOON = timedelta(days=30)
FIGURES = ("scale", "weight", "wide", "high", "added_from", "added_to", "used_since")  # asked for less often
PIXELS_AT_MOST = 100_000  # of one side, asked for
YEARS = range(1970, 3000)
VALUES_AT_MOST = 20  # of one kind of choice in one address


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice that is on: its words, and the query string without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked. Choices of one kind widen (red or blue), except tags and places, which narrow (rye and crumb)."""

    q: str = ""
    state: str = ""
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    album: uuid.UUID | None = None
    colour: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()
    weight: tuple[str, ...] = ()
    wide: int = 0
    high: int = 0
    added_from: date | None = None
    added_to: date | None = None
    used_since: date | None = None
    used: str = ""
    flaw: tuple[str, ...] = ()
    by: uuid.UUID | None = None
    sort: str = ""
    view: str = ""

    @property
    def order(self) -> Sort:
        """The order that is asked for; the trash has its own, and words come best match first."""
        if self.state == "trash":
            return TRASH_SORT
        if self.q and not self.sort:
            return BEST
        return next((sort for sort in SORTS if sort.key == self.sort), SORTS[0])

    @property
    def orders(self) -> list[Sort]:
        """What this may be ordered by."""
        return [BEST, *SORTS] if self.q else SORTS

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out, beyond the trash."""
        return replace(self, sort="", view="", state="") != Filter() or self.state in ("pending", "failed")

    def address(self, **changes: object) -> str:
        """Return the query string of this filter with these changes, with its "?"; without cursors of pages."""
        return f"?{urlencode(replace(self, **changes).pairs())}"  # type: ignore[arg-type]

    @property
    def trail(self) -> str:
        """The query string by which the page of an asset knows its neighbours; empty for the whole library."""
        return self.address(view="") if replace(self, view="") != Filter() else ""

    @property
    def as_grid(self) -> str:
        """The query string of the same as pictures."""
        return self.address(view="")

    @property
    def as_list(self) -> str:
        """The query string of the same as rows."""
        return self.address(view="list")

    def pairs(self) -> list[tuple[str, str]]:
        """Return the filter as names and values of an address; what is not asked is not in it."""
        found: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            several = value if isinstance(value, tuple) else (value,) if value else ()
            found += [(field.name, str(one)) for one in several]
        return found

    def without(self, name: str, value: str = "") -> str:
        """Return the query string without one value of a choice, or without the whole choice."""
        now = getattr(self, name)
        left = (
            tuple(one for one in now if one != value) if isinstance(now, tuple) else getattr(Filter(), name)
        )
        return self.address(**{name: left})

    def chips(self, *, album: Album | None, person: str) -> list[Chip]:
        """Return what is on in words, each with the way to take it off; `album` and `person` name those ids."""
        chips = [Chip(f"“{self.q}”", self.without("q"))] if self.q else []
        if self.state in ("pending", "failed"):
            chips.append(Chip(STATES[self.state], self.without("state")))
        if self.album and album:
            chips.append(Chip(album.name, self.without("album")))
        for name, words in _WORDS.items():
            chips += [Chip(words(value), self.without(name, value)) for value in getattr(self, name)]
        for name, say in _PLAIN.items():
            if value := getattr(self, name):
                chips.append(Chip(say(value), self.without(name)))
        if self.by and person:
            chips.append(Chip(f"By {person}", self.without("by")))
        return chips

    def rows(self, *, now: datetime) -> QuerySet[Asset]:
        """Return the assets of the open workspace that are asked for, without an order."""
        if self.state == "trash":
            rows = Asset.objects.filter(trashed_at__isnull=False)
            return rows.filter(title__icontains=self.q) if self.q else rows  # it has left the search
        rows = Asset.objects.filter(trashed_at=None)
        if self.state:
            rows = rows.filter(status=self.state)
        for column, choices in _COLUMNS.items():
            values = getattr(self, column)
            if len(values) == 1:  # an index is walked in order by it
                rows = rows.filter(**{column: values[0]})
            elif values and self.q:  # the words lead; SQLite would take an index on this instead
                rows = rows.exclude(**{f"{column}__in": sorted({"", *choices.values}.difference(values))})
            elif values:
                rows = rows.filter(**{f"{column}__in": values})
        rows = narrow(rows, tags=self.tag, album=self.album, by_age=self.order.field == "id")
        if self.by:
            rows = rows.filter(created_by=self.by)
        rows = _used(self._on_days(self._as_large(rows)), self.used, now=now)
        if "undescribed" in self.flaw:
            rows = rows.filter(kind="image").alias(described=Length("alt_text")).filter(described=0)
        if ending := _ending(self.flaw, now=now):
            rows = rows.filter(ending) if self.order.field == "id" else few_first(rows, ending)
        return rows.filter(pk__in=search.ids("asset", self.q)) if self.q else rows

    def _as_large(self, rows: QuerySet[Asset]) -> QuerySet[Asset]:
        """Narrow to what has pixels enough, for the places asked for and for the figures typed."""
        for placement in filter(None, map(placements.by_key, self.fits)):
            least = placement.least
            rows = rows.filter(kind="image", width__gte=least[0], height__gte=least[1])
        if self.wide:
            rows = rows.filter(width__gte=self.wide)
        return rows.filter(height__gte=self.high) if self.high else rows

    def _on_days(self, rows: QuerySet[Asset]) -> QuerySet[Asset]:
        """Narrow to the days asked for, as the workspace's clocks have them. Ids sort by time: they are the index."""
        zone = current_workspace().zone
        if self.added_from:
            rows = rows.filter(pk__gte=first_id_at(clock.begin_of(self.added_from, zone)))
        if self.added_to:
            rows = rows.filter(pk__lt=first_id_at(clock.begin_of(self.added_to + timedelta(days=1), zone)))
        if self.used_since:
            rows = rows.filter(last_used_at__gte=clock.begin_of(self.used_since, zone))
        return rows


def first_id_at(instant: datetime) -> uuid.UUID:
    """Return the least UUIDv7 of an instant: ids sort by time, so they are the index on it."""
    return uuid.UUID(int=max(int(instant.timestamp() * 1000), 0) << 80)


def _ending(flaws: tuple[str, ...], *, now: datetime) -> Q:
    """Return the condition for what may be used no more, or not for much longer, or either; empty for neither."""
    today = clock.wall_of(now, current_workspace().zone).date()
    if "expiring" in flaws:
        soon = Q(expires_date__lte=today + SOON)
        return soon if "expired" in flaws else soon & Q(expires_date__gte=today)
    return Q(expires_date__lt=today) if "expired" in flaws else Q()


def _used(rows: QuerySet[Asset], used: str, *, now: datetime) -> QuerySet[Asset]:
    conditions = {
        "never": Q(last_used_at=None),
        "idle": Q(use_count=0),
        "ever": Q(last_used_at__isnull=False),
        "recent": Q(last_used_at__gte=now - RECENTLY),
    }
    return rows.filter(conditions[used]) if used else rows


def _placement_name(key: str) -> str:
    placement = placements.by_key(key)
    return placement.name if placement else key


_WORDS: dict[str, Callable[[str], str]] = {
    "kind": lambda value: str(Asset.Kind(value).label),
    "shape": lambda value: str(Asset.Shape(value).label),
    "fits": _placement_name,
    "scale": lambda value: str(Asset.Scale(value).label),
    "weight": lambda value: str(Asset.Weight(value).label),
    "tag": str,
    "colour": lambda value: str(Asset.Colour(value).label),
    "flaw": FLAWS.__getitem__,
}
"""What a choice of several says on its chip."""


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


_PLAIN: dict[str, Callable[[Any], str]] = {
    "wide": lambda pixels: f"At least {pixels:,} wide",
    "high": lambda pixels: f"At least {pixels:,} high",
    "added_from": lambda day: f"Added from {_day(day)}",
    "added_to": lambda day: f"Added until {_day(day)}",
    "used": lambda used: f"Used: {USES[used].lower()}",
    "used_since": lambda day: f"Used since {_day(day)}",
}
"""What a choice of one says on its chip."""


def read(params: QueryDict) -> Filter:
    """Return what the address asks for; what is none of the choices counts as not asked."""
    one = {name: params.get(name, "").strip() for name in ("state", "used", "sort", "view")}
    words = " ".join(params.get("q", "").replace("\x00", "").split())[: search.QUERY_LENGTH].strip()
    usual = BEST if words else SORTS[0]
    return Filter(
        q=words,
        state=one["state"] if one["state"] in STATES else "",
        kind=_known(params, "kind", Asset.Kind.values),
        tag=_tags(params),
        album=_id(params.get("album", "")),
        colour=_known(params, "colour", Asset.Colour.values),
        shape=_known(params, "shape", Asset.Shape.values),
        fits=_known(params, "fits", [placement.key for placement in placements.PLACEMENTS]),
        scale=_known(params, "scale", Asset.Scale.values),
        weight=_known(params, "weight", Asset.Weight.values),
        wide=_pixels(params.get("wide", "")),
        high=_pixels(params.get("high", "")),
        added_from=_date(params.get("added_from", "")),
        added_to=_date(params.get("added_to", "")),
        used_since=_date(params.get("used_since", "")),
        used=one["used"] if one["used"] in USES else "",
        flaw=_known(params, "flaw", FLAWS),
        by=_id(params.get("by", "")),
        sort=one["sort"] if one["sort"] in {sort.key for sort in SORTS} - {usual.key} else "",
        view="list" if one["view"] == "list" else "",
    )


def _known(params: QueryDict, name: str, known: Iterable[str]) -> tuple[str, ...]:
    asked = set(params.getlist(name))
    return tuple(value for value in known if value in asked)


def _tags(params: QueryDict) -> tuple[str, ...]:
    words = tidy_words([word.replace("\x00", "") for word in params.getlist("tag")])
    return tuple(word for word in words if len(word) <= TAG_LENGTH)[:VALUES_AT_MOST]


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _pixels(text: str) -> int:
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 7 and int(text) <= PIXELS_AT_MOST
        else 0
    )


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
