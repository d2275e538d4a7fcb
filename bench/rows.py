"""Rows for the page bench: a workspace whose present looks the same whatever lies behind it.

Every workspace gets the same season: the same campaigns, and posts on every day of six weeks back and six ahead, drawn
from the same dice. A larger one has older campaigns and posts before it, and posts planned after it, so that its pages
show the same rows and only what they are chosen from grows. Import it once Django is set up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Model

from aura.kit import clock
from campaigns.models import Brand, Campaign, CampaignTag
from media_library.models import Asset, AssetVersion, Rendition, StoredFile
from posts.models import Channel, Post, PostMedia, Target
from workspaces import search
from workspaces.models import Activity, SearchEntry, User, Workspace

Made = Iterator[Any]
BATCH = 1000
SEASON = 1_000  # posts of the season
HALF_SEASON = timedelta(days=42)  # a month of the calendar shows six weeks at most
HISTORY = timedelta(days=3 * 365)
CAMPAIGNS, RUNNING = 40, 20  # of the season: more than a page of the list
PER_OLD_CAMPAIGN = 200
STATES = ["published"] * 45 + ["scheduled"] * 42 + ["draft"] * 6 + ["in_review"] * 4 + ["failed"] * 3
WORDS = [
    "rye", "loaf", "steam", "butter", "coast", "walk", "tide", "harbour", "oven", "launch", "market", "crumb", "salt",
]  # fmt: skip
CATEGORIES = ["Launch", "Season", "Evergreen", "Hiring", "Event"]


def in_batches(model: type[Model], rows: Made) -> list[Any]:
    """Save rows by the thousand; return them all."""
    saved = []
    while batch := list(islice(rows, BATCH)):
        saved += model._default_manager.bulk_create(batch)
    return saved


def words(source: random.Random, count: int) -> str:
    """Return so many words."""
    return " ".join(source.choices(WORDS, k=count))


@transaction.atomic
def fill(workspace: Workspace, owner: User, posts: int, assets: int) -> dict[str, object]:
    """Fill the open workspace in one transaction, the quickest way.

    Returns the ids of a published post, a draft, a running campaign, an asset, a channel and a person.
    """
    now, history, season = clock.now(), random.Random(1), random.Random(2)
    older = max(posts - SEASON, 0)
    pictures = pictures_of(workspace, owner, assets)
    channels = in_batches(Channel, (Channel(network="sandbox", name=f"Channel {n}") for n in range(6)))
    old = in_batches(Campaign, campaigns_of(history, owner, now, older // PER_OLD_CAMPAIGN, 0))
    new = in_batches(Campaign, campaigns_of(season, owner, now, CAMPAIGNS, RUNNING))
    in_batches(
        CampaignTag,
        (
            CampaignTag(campaign=one, word=word)
            for one in old + new
            for word in sorted({WORDS[0], one.name[-1], "all"})
        ),
    )
    made = in_batches(Post, history_of(history, old + new, owner, now, older))
    made += in_batches(Post, season_of(season, new, owner, now, min(posts, SEASON)))
    in_batches(Target, targets_of(season, made, channels))
    in_batches(PostMedia, (PostMedia(post=post, asset=season.choice(pictures)) for post in made))
    entries = [
        search.entry("asset", asset.pk, title=asset.title, words=[asset.alt_text]) for asset in pictures
    ]
    entries += [search.entry("campaign", one.pk, title=one.name, words=[one.overview]) for one in old + new]
    entries += [search.entry("post", post.pk, title=post.title, words=[post.caption]) for post in made]
    in_batches(SearchEntry, iter(entries))
    in_batches(
        Activity,
        (Activity(verb="posts.edit_post", actor=owner, actor_name=str(owner), subject_type="posts.post",
                  subject_id=post.pk, subject_name=post.title) for post in made),
    )  # fmt: skip
    newest = {post.status: post.pk for post in made}
    return {
        "post": newest["published"],
        "draft": newest["draft"],
        "campaign": new[-RUNNING].pk,
        "asset": pictures[0].pk,
        "channel": channels[0].pk,
        "person": owner.pk,
    }


def pictures_of(workspace: Workspace, owner: User, count: int) -> list[Asset]:
    """Make pictures that are ready, without their files."""
    source = random.Random(3)
    files = in_batches(
        StoredFile,
        (StoredFile(sha256=f"{n:064x}", key=f"{workspace.pk}/{n}.jpg", size=1, mime="image/jpeg", extension="jpg",
                    status="ready") for n in range(count)),
    )  # fmt: skip
    pictures = in_batches(
        Asset,
        (
            Asset(title=words(source, 3), alt_text=words(source, 8), status="ready", created_by=owner)
            for _ in files
        ),
    )
    versions = in_batches(
        AssetVersion,
        (AssetVersion(asset=asset, stored_file=file, width=1600, height=1200)
         for asset, file in zip(pictures, files, strict=True)),
    )  # fmt: skip
    for asset, version in zip(pictures, versions, strict=True):
        asset.current = version
    Asset.objects.bulk_update(pictures, ["current"], batch_size=BATCH)
    in_batches(
        Rendition,
        (Rendition(version=version, preset="thumb", key=f"{workspace.pk}/{version.pk}.webp", mime="image/webp",
                   width=320, height=240, size=1, sha256="0" * 64, status="ready") for version in versions),
    )  # fmt: skip
    return pictures


def campaigns_of(source: random.Random, owner: User, now: datetime, count: int, running: int) -> Made:
    """Yield campaigns, the last `running` of them under way since two weeks, the others over."""
    brand = Brand.objects.first()
    for number in range(count):
        is_over = number < count - running
        yield Campaign(
            brand=brand, name=f"Campaign {number}", overview=words(source, 40), goal=words(source, 6), budget=3400,
            category=source.choice(CATEGORIES), status="completed" if is_over else "in_progress", created_by=owner,
            started_at=now, completed_at=now if is_over else None,
            start_date=(now - timedelta(days=14)).date(), end_date=(now + timedelta(days=30)).date(),
        )  # fmt: skip


def season_of(source: random.Random, campaigns: list, owner: User, now: datetime, count: int) -> Made:
    """Yield the posts around today: what is out before it, what is scheduled after it, the rest without a time."""
    for _ in range(count):
        status = source.choice(STATES)
        away = timedelta(seconds=source.uniform(60, HALF_SEASON.total_seconds()))
        at = {"published": now - away, "failed": now - away, "scheduled": now + away}.get(status)
        yield post_of(source, campaigns, owner, status, at)


def history_of(source: random.Random, campaigns: list, owner: User, now: datetime, count: int) -> Made:
    """Yield the posts of three years before the season, and one in ten planned for the year after it."""
    for _ in range(count):
        status = source.choice(STATES)
        away = HALF_SEASON + source.random() * (HISTORY - HALF_SEASON)
        if status == "scheduled" and source.random() < 0.75:
            status = "published"
        at = {"published": now - away, "failed": now - away, "scheduled": now + away}.get(status)
        yield post_of(source, campaigns, owner, status, at)


def post_of(source: random.Random, campaigns: list, owner: User, status: str, at: datetime | None) -> Post:
    """Return a post of one of these campaigns, not saved."""
    return Post(
        campaign=source.choice(campaigns), title=words(source, 4), caption=words(source, 30), status=status,
        review_status="in_review" if status == "in_review" else "none", created_by=owner, scheduled_at=at,
        published_at=at if status == "published" else None, zone="Europe/Dublin",
    )  # fmt: skip


def targets_of(source: random.Random, posts: list, channels: list) -> Made:
    """Yield two targets for every post."""
    states = {"published": "published", "scheduled": "scheduled", "failed": "failed"}
    for post in posts:
        for channel in source.sample(channels, 2):
            status = states.get(post.status, "pending")
            due = post.scheduled_at if status == "scheduled" else None
            yield Target(
                post=post, channel=channel, status=status, due_at=due, published_at=post.published_at
            )
