"""How long the main pages take, with 1,000 and with 100,000 posts, beside a bare Django page in the same run.

    .venv/bin/python bench/pages.py                 SQLite in a temporary folder
    DATABASE_URL=postgres://… .venv/bin/python bench/pages.py

Requests go through the whole application (every middleware, session, template) in this process, one at a time, so
that the figures are the server's own time. Prints for each page: queries, median and 95th percentile of 200 requests
in milliseconds, the growth from the small to the large workspace, and the ratio to a bare page: a signed-in list of 50
rows from the same table with nothing but Django.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
_folder = tempfile.TemporaryDirectory(prefix="aura-bench-")
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_ENV="test", AURA_LOG_LEVEL="WARNING")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from aura import urls  # noqa: E402
from aura.kit import clock  # noqa: E402
from aura.kit.statistics import refresh_statistics  # noqa: E402
from campaigns.models import Brand, Campaign  # noqa: E402
from media_library.models import Asset, AssetVersion, Rendition, StoredFile  # noqa: E402
from posts.models import Channel, Post, PostMedia, Target  # noqa: E402
from workspaces import search  # noqa: E402
from workspaces.models import Activity, SearchEntry, User, Workspace  # noqa: E402
from workspaces.operations import create_workspace  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

Made = Iterator[Any]
BATCH = 1000
POSTS_A_DAY = 25
RUNNING = 20  # campaigns that are not completed
WORDS = [
    "rye",
    "loaf",
    "steam",
    "butter",
    "coast",
    "walk",
    "tide",
    "harbour",
    "oven",
    "launch",
    "market",
    "crumb",
    "salt",
]
PAGES = {
    "Home": "home/",
    "Calendar, month": "calendar/",
    "Calendar, week": "calendar/?view=week",
    "Posts": "posts/",
    "Posts, scheduled": "posts/?status=scheduled",
    "Posts, found by words": "posts/?q=rye+butter",
    "Post": "posts/{post}/",
    "Composer": "posts/{draft}/edit/",
    "Campaigns": "campaigns/",
    "Campaign": "campaigns/{campaign}/",
    "Media": "media/",
    "Asset": "media/{asset}/",
    "Activity": "settings/activity/",
    "Search": "search/?q=launch",
}
_bare = engines["django"].from_string(
    "<!doctype html><title>Bare</title><table>{% for post in posts %}<tr><td>{{ post.title }}<td>{{ post.status }}"
    "<td>{{ post.scheduled_at|date:'D j M H:i' }}{% endfor %}</table>"
)


def bare_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A signed-in list of 50 rows with nothing but Django."""
    with use_workspace(Workspace.objects.get(slug=slug)):
        posts = list(Post.objects.filter(trashed_at=None).order_by("-id")[:50])
    return HttpResponse(_bare.render({"posts": posts, "user": str(request.user)}))


def in_batches(model: type[Model], rows: Made) -> list[Any]:
    """Save rows by the thousand; return them all."""
    saved = []
    while batch := list(islice(rows, BATCH)):
        saved += model._default_manager.bulk_create(batch)
    return saved


def words(source: random.Random, count: int) -> str:
    """Return so many words."""
    return " ".join(source.choices(WORDS, k=count))


def fill(workspace: Workspace, owner: User, posts: int, assets: int) -> dict[str, object]:
    """Fill the open workspace with posts over a year around now, assets, search entries and activity."""
    source, now = random.Random(1), clock.now()
    brand = Brand.objects.first()
    campaigns = in_batches(
        Campaign,
        (
            Campaign(brand=brand, name=f"Campaign {n}", overview=words(source, 40),
                     status="in_progress" if n < RUNNING else "completed",
                     created_by=owner, start_date=now.date(), end_date=(now + timedelta(days=30)).date())
            for n in range(max(posts // 200, 5))
        ),
    )  # fmt: skip
    channels = in_batches(Channel, (Channel(network="sandbox", name=f"Channel {n}") for n in range(6)))
    files = in_batches(
        StoredFile,
        (StoredFile(sha256=f"{n:064x}", key=f"{workspace.pk}/{n}.jpg", size=1, mime="image/jpeg", extension="jpg",
                    status="ready") for n in range(assets)),
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
    made = in_batches(Post, posts_of(source, campaigns, owner, now, posts))
    in_batches(Target, targets_of(source, made, channels))
    in_batches(PostMedia, (PostMedia(post=post, asset=source.choice(pictures)) for post in made))
    entries = [search.entry("post", post.pk, title=post.title, words=[post.caption]) for post in made]
    entries += [
        search.entry("asset", asset.pk, title=asset.title, words=[asset.alt_text]) for asset in pictures
    ]
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
        "campaign": campaigns[0].pk,
        "asset": pictures[0].pk,
    }


def posts_of(source: random.Random, campaigns: list, owner: User, now: datetime, count: int) -> Made:
    """Yield posts: most published, some scheduled, few drafts, in review or failed; the same number on every day.

    So a month shows as much in the large workspace as in the small one; the large one goes back further.
    """
    minutes = 24 * 60 * count // POSTS_A_DAY
    states = ["published"] * 70 + ["scheduled"] * 20 + ["draft"] * 6 + ["in_review"] * 2 + ["failed"] * 2
    for _ in range(count):
        status = source.choice(states)
        ahead = status == "scheduled"
        away = source.randint(60, minutes // 5) if ahead else -source.randint(1, minutes * 4 // 5)
        at = now + timedelta(minutes=away)
        yield Post(
            campaign=source.choice(campaigns), title=words(source, 4), caption=words(source, 30), status=status,
            review_status="in_review" if status == "in_review" else "none", created_by=owner,
            scheduled_at=None if status in {"draft", "in_review"} else at,
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


def measure(client: Client, address: str, requests: int) -> tuple[int, float, float]:
    """Return queries, median and 95th percentile in milliseconds of an address."""
    queries: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code} {answer.headers.get('Location', '')}")
    taken = [timed(lambda: client.get(address)) for _ in range(requests)]
    return len(queries), statistics.median(taken), statistics.quantiles(taken, n=20)[18]


def timed(function: Callable[[], object]) -> float:
    """Return how long a call takes, in milliseconds."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Fill two workspaces, measure every page in both, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=1_000, help="posts in the small workspace")
    parser.add_argument("--large", type=int, default=100_000, help="posts in the large workspace")
    parser.add_argument("--assets", type=int, default=10_000, help="assets in the large workspace")
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    urls.urlpatterns.append(path("bare/<slug:slug>/", bare_page))
    if connection.vendor == "postgresql":
        call_command("flush", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    owner = User.objects.create_superuser("bench@example.com", name="Bench")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    sizes = {
        "small": (options.small, max(options.assets // 100, 60)),
        "large": (options.large, options.assets),
    }
    found: dict[str, dict[str, tuple[int, float, float]]] = {}
    for slug, (posts, assets) in sizes.items():
        start = time.perf_counter()
        workspace = Workspace(name=slug.title(), slug=slug, zone="Europe/Dublin")
        create_workspace(workspace, owner=owner, by=owner)
        with use_workspace(workspace):
            ids = fill(workspace, owner, posts, assets)
        print(f"{slug}: {posts:,} posts, {assets:,} assets filled in {time.perf_counter() - start:.0f} s")
        if connection.vendor == "sqlite":
            refresh_statistics()  # as the worker does every quarter of an hour
        else:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum does
        addresses = {name: f"/w/{slug}/{tail.format(**ids)}" for name, tail in PAGES.items()}
        addresses["Bare Django list"] = f"/bare/{slug}/"
        found[slug] = {name: measure(client, url, options.requests) for name, url in addresses.items()}
    report(found)


def report(found: dict[str, dict[str, tuple[int, float, float]]]) -> None:
    """Print the table, and whether the targets are met."""
    bare = found["large"]["Bare Django list"][1]
    print(
        f"\n{connection.vendor}, {connection.get_database_version() if connection.vendor != 'sqlite' else ''}".strip(
            ", "
        )
    )
    print(
        f"{'page':24}{'queries':>9}{'small p50':>11}{'large p50':>11}{'large p95':>11}{'growth':>8}{'× bare':>8}"
    )
    late, grown, chatty = [], [], []
    for name, (queries, median, p95) in found["large"].items():
        small_queries, small_median, _ = found["small"][name]
        growth = median / small_median
        print(
            f"{name:24}{queries:>9}{small_median:>11.1f}{median:>11.1f}{p95:>11.1f}{growth:>8.2f}{median / bare:>8.1f}"
        )
        late += [name] if p95 > 100 else []
        grown += [name] if growth > 1.3 else []
        chatty += [name] if queries > 12 or queries != small_queries else []
    for sentence, pages in (("p95 over 100 ms", late), ("more than 1.3 × the small one", grown),
                            ("over 12 queries, or not the same number", chatty)):  # fmt: skip
        print(f"{sentence}: {', '.join(pages) or 'none'}")


if __name__ == "__main__":
    main()
