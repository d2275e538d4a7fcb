"""The kind of import that makes posts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from aura.kit import clock
from campaigns.models import Campaign
from imports.days import looks_like_day, looks_like_time
from imports.kinds import Column, Kind
from media_library.lists import SHOWN
from media_library.models import Asset
from posts.forms.post import REVIEW, SAVE, SCHEDULE
from posts.importing.finding import SEPARATORS, plain
from posts.importing.reader import PostsReader
from posts.models import Channel
from workspaces.models import User
from workspaces.operation import Actor, may
from workspaces.scope import current_workspace

COLUMNS = [
    Column("title", "Title", ["Headline", "Name", "Subject", "Post title", "Titel", "Titre"], example="Spring buns"),
    Column(
        "caption",
        "Words",
        ["Caption", "Text", "Copy", "Message", "Post", "Content", "Body", "Post text", "Social copy"],
        looks_like=lambda value: len(value) > 40 and " " in value,
        example="Glazed, warm, and gone by ten. Come early.",
    ),
    Column(
        "campaign",
        "Campaign",
        ["Camp", "Project", "Kampagne", "Campagne"],
        instead="No column names a campaign. Pick one for all rows, or say which column it is.",
    ),
    Column(
        "channels",
        "Channels",
        ["Channel", "Network", "Networks", "Platform", "Platforms", "Social network", "Account", "Profile"],
    ),
    Column(
        "date",
        "Day",
        ["Date", "Publish date", "Date and time", "Datetime", "Publish at", "Scheduled", "Scheduled at", "When"],
        looks_like=looks_like_day,
        is_day=True,
    ),
    Column(
        "time",
        "Time",
        ["Publish time", "Time local", "Hour", "Uhrzeit", "Heure"],
        looks_like=looks_like_time,
        example="09:30",
    ),
    Column(
        "zone",
        "Time zone",
        ["Zone", "Timezone", "TZ"],
        looks_like=lambda value: "/" in value and clock.is_zone(value),
    ),
    Column(
        "media",
        "Pictures and films",
        ["Media", "Picture", "Pictures", "Image", "Images", "Photo", "Photos", "Video", "Asset", "Assets", "File"],
        looks_like=lambda value: bool(re.search(r"\.(jpe?g|png|webp|gif|heic|avif|mp4|mov)$", value.casefold())),
    ),
    Column(
        "link",
        "Link",
        ["URL", "Landing page", "Link URL"],
        looks_like=lambda value: value.startswith(("http://", "https://")),
        example="https://example.com/buns",
    ),
    Column("tags", "Hashtags", ["Tags", "Hashtag", "Keywords"], example="#rye #buns"),
]  # fmt: skip


class PostOptions(forms.Form):
    """What is chosen for all rows: the campaign of those that name none, and what becomes of those with a time."""

    campaign = forms.ChoiceField(
        label="Campaign of rows that name none",
        required=False,
        error_messages={"invalid_choice": "Pick a campaign that is in this workspace."},
    )
    then = forms.ChoiceField(
        label="What the rows become",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what they become.", "invalid_choice": "Pick one of the list."},
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any], by: Actor) -> None:
        super().__init__(data, initial={"then": SAVE, **initial})
        open_ones = _open_campaigns().order_by("name", "id")
        named = [(str(pk), name) for pk, name in open_ones.values_list("pk", "name")[:500]]
        becomes = [
            (SAVE, "Drafts. A day and time is planned, and nothing goes out by itself"),
            (REVIEW, "Drafts that ask for a review"),
        ]
        if not isinstance(by, User) or may(by, "posts.schedule_post"):
            becomes.append((SCHEDULE, "Scheduled, where a row has a day and a time; else drafts"))
        self.fields["campaign"].choices = [("", "None" if named else "Start a campaign first"), *named]  # type: ignore[attr-defined]
        self.fields["then"].choices = becomes  # type: ignore[attr-defined]


def needs(options: Mapping[str, Any]) -> list[str]:
    """Return the operations beside writing that bringing in runs, by what the rows become."""
    return {REVIEW: ["posts.submit_post"], SCHEDULE: ["posts.schedule_post"]}.get(options.get("then", ""), [])


def _example() -> dict[str, str]:
    """Return the cells of the example that would not be understood elsewhere; empty where there is nothing to name."""
    campaign = _open_campaigns().order_by("-id").first()
    pictures = Asset.objects.filter(trashed_at=None, kind__in=SHOWN, status=Asset.Status.READY)
    picture = pictures.order_by("-id").first()
    there = list(Channel.objects.filter(trashed_at=None).order_by("name", "id"))
    named = Counter(plain(channel.name) for channel in there)
    channels = [
        channel.name
        for channel in there
        if named[plain(channel.name)] == 1
        and not SEPARATORS.search(channel.name)
        and channel.speaks_for(campaign)
    ]
    zone = current_workspace().zone
    return {
        "channels": ", ".join(channels[:2]),
        "campaign": _called(campaign, Campaign.objects.filter(trashed_at=None), "name"),
        "media": _called(picture, Asset.objects.filter(trashed_at=None), "title"),
        "date": (clock.wall_of(clock.now(), zone).date() + timedelta(days=7)).isoformat(),
        "zone": zone,
    }


def _called(thing: Any, others: QuerySet[Any], field: str) -> str:
    """Return the name of a thing, its id where another has the same name, "" for none."""
    name = str(getattr(thing, field, ""))
    return str(thing.pk) if name and others.filter(**{f"{field}__iexact": name}).count() > 1 else name


def _open_campaigns() -> QuerySet[Campaign]:
    return Campaign.objects.filter(Q(trashed_at=None, archived_at=None) & ~Q(status="completed"))


KIND = Kind(
    key="posts",
    one="post",
    many="posts",
    columns=COLUMNS,
    right="posts.create_post",
    preview=["Post", "Day and time", "Channels", "Becomes"],
    row_template="posts/_import_row.html",
    result_url="posts:list",
    options=PostOptions,
    open=PostsReader,
    undone="They are in the trash for 30 days.",
    needs=needs,
    example=_example,
)
