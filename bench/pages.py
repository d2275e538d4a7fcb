"""How long the main pages take, with 1,000 and with 100,000 posts, beside a bare Django page in the same run.

    .venv/bin/python -m bench.pages                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.pages    PostgreSQL

Requests go through the whole application (every middleware, session, template) in this process, one at a time, so
that the figures are the server's own time. Both workspaces show the same rows (bench/rows.py). The bare page is a
signed-in list of 50 rows from the same table with nothing but Django.

Prints two tables, in milliseconds. The first is time on the clock, which neighbours on the machine lengthen. The second
is processor time of this process (user + system), and the page's own SELECTs alone, run again one after the other, rows
fetched: processor time on SQLite, which computes in this process, and clock time elsewhere. A machine that is shared
slows processors too, so each page takes turns with the bare page, and "evened" is the growth once that of the bare page
in the same seconds is taken out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="aura-bench-")
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_ENV="test", AURA_LOG_LEVEL="WARNING")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from aura import urls  # noqa: E402
from bench import rows  # noqa: E402
from bench.beginning import empty_database, filled_workspace  # noqa: E402
from posts.models import Post  # noqa: E402
from workspaces.models import User, Workspace  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

SLOWEST = 100  # milliseconds, 95th percentile
GROWTH = 1.3
QUERIES = 12
WARM_UP = 3
REPLAYS = 20
BARE = "Bare Django list"
PAGES = {
    "Home": "home/",
    "Calendar, month": "calendar/",
    "Calendar, week": "calendar/?view=week",
    "Calendar, list": "calendar/?view=list",
    "Posts": "posts/",
    "Posts, scheduled": "posts/?state=scheduled&sort=soonest",
    "Posts of a channel": "posts/?channel={channel}",
    "Posts of a person": "posts/?person={person}",
    "Posts, found by words": "posts/?q=rye+butter",
    "Post": "posts/{post}/",
    "Composer": "posts/{draft}/edit/",
    "Campaigns": "campaigns/",
    "Campaigns, narrowed": "campaigns/?status=in_progress&category=Launch&tag=all",
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


@dataclass(frozen=True, slots=True)
class Figure:
    """Median and 95th percentile, in milliseconds."""

    median: float
    p95: float

    @classmethod
    def of(cls, taken: list[float]) -> Figure:
        """Return those of many seconds."""
        return cls(statistics.median(taken) * 1000, statistics.quantiles(taken, n=20)[18] * 1000)


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: how many queries, on the clock, on the processor, its SELECTs alone, and the bare page beside it."""

    queries: int
    clock: Figure
    processor: Figure
    sql: Figure
    bare: Figure


def measure(client: Client, address: str, bare: str, requests: int) -> Measured:
    """Ask for an address many times, in turns with the bare page, then run its SELECTs again by themselves."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    for _ in range(WARM_UP):
        client.get(address)
    with connection.execute_wrapper(note):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code} {answer.headers.get('Location', '')}")
    clock, processor, beside = [], [], []
    for _ in range(requests):
        began, used = time.perf_counter(), time.process_time()
        client.get(address)
        now_used = time.process_time()
        clock.append(time.perf_counter() - began)
        processor.append(now_used - used)
        client.get(bare)
        beside.append(time.process_time() - now_used)
    selects = [(sql, params) for sql, params in statements if sql.startswith("SELECT")]
    return Measured(
        len(statements), Figure.of(clock), Figure.of(processor), replay(selects), Figure.of(beside)
    )


def replay(selects: list[tuple[str, Any]]) -> Figure:
    """Return how long these take, one after the other, rows fetched."""
    watch = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    taken = []
    with connection.cursor() as cursor:
        for _ in range(REPLAYS):
            began = watch()
            for sql, params in selects:
                cursor.execute(sql, params)
                cursor.fetchall()
            taken.append(watch() - began)
    return Figure.of(taken)


def main() -> None:
    """Fill two workspaces, measure every page in both, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=rows.SEASON, help="posts in the small workspace")
    parser.add_argument("--large", type=int, default=100_000, help="posts in the large workspace")
    parser.add_argument("--assets", type=int, default=10_000, help="assets in the large workspace")
    parser.add_argument("--requests", type=int, default=100, help="for each page, in each workspace")
    options = parser.parse_args()
    urls.urlpatterns.append(path("bare/<slug:slug>/", bare_page))
    empty_database()
    owner = User.objects.create_superuser("bench@example.com", name="Bench")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    small = measured(client, owner, "small", options.small, max(options.assets // 100, 60), options.requests)
    large = measured(client, owner, "large", options.large, options.assets, options.requests)
    report(small, large)


def measured(
    client: Client, owner: User, slug: str, posts: int, assets: int, requests: int
) -> dict[str, Measured]:
    """Fill a workspace, then measure every page in it."""
    start = time.perf_counter()
    _, ids = filled_workspace(owner, slug, posts, assets)
    filled = time.perf_counter()
    bare = f"/bare/{slug}/"
    addresses = {name: f"/w/{slug}/{tail.format(**ids)}" for name, tail in PAGES.items()} | {BARE: bare}
    found = {name: measure(client, url, bare, requests) for name, url in addresses.items()}
    print(
        f"{slug}: {posts:,} posts, {assets:,} assets; filled in {filled - start:.0f} s, "
        f"measured in {time.perf_counter() - filled:.0f} s with a load average of {os.getloadavg()[0]:.1f}",
        file=sys.stderr,
    )
    return found


def report(small: dict[str, Measured], large: dict[str, Measured]) -> None:
    """Print both tables, and whether the targets are met."""
    version = ".".join(map(str, connection.get_database_version()))
    print(f"\n{connection.display_name} {version}; ms on the clock\n")
    line("page", "queries", "1 k p50", "100 k p50", "growth", "1 k p95", "100 k p95", "growth", "× bare")
    line("---", *["--:"] * 8)
    for name, page in large.items():
        bare = page.clock.median / large[BARE].clock.median
        line(name, str(page.queries), *pair(small[name].clock, page.clock), f"{bare:.1f}")
    print("\nms of processor time, and of SQL alone\n")
    line(
        "page",
        "1 k p50",
        "100 k p50",
        "growth",
        "evened",
        "1 k p95",
        "100 k p95",
        "growth",
        "SQL 1 k",
        "SQL 100 k",
    )
    line("---", *["--:"] * 9)
    for name, page in large.items():
        cells = pair(small[name].processor, page.processor)
        cells.insert(3, f"{evened(small[name], page):.2f}")
        line(name, *cells, f"{small[name].sql.median:.1f}", f"{page.sql.median:.1f}")
    print()
    for sentence, misses in {
        f"p95 over {SLOWEST} ms on the clock": lambda _, page: page.clock.p95 > SLOWEST,
        f"p95 over {SLOWEST} ms of processor time": lambda _, page: page.processor.p95 > SLOWEST,
        f"median more than {GROWTH} × on the clock": lambda old, page: (
            page.clock.median > GROWTH * old.clock.median
        ),
        f"median more than {GROWTH} × in processor time, evened": lambda old, page: (
            evened(old, page) > GROWTH
        ),
        f"over {QUERIES} queries, or not the same number": lambda old, page: (
            page.queries > QUERIES or page.queries != old.queries
        ),
    }.items():
        late = [name for name, page in large.items() if misses(small[name], page)]
        print(f"{sentence}: {', '.join(late) or 'none'}")


def evened(small: Measured, large: Measured) -> float:
    """Return the growth of the median in processor time over that of the bare page in the same seconds."""
    return (large.processor.median / large.bare.median) / (small.processor.median / small.bare.median)


def pair(small: Figure, large: Figure) -> list[str]:
    """Return the cells of two figures: medians and their growth, 95th percentiles and theirs."""
    return [
        f"{small.median:.1f}", f"{large.median:.1f}", f"{large.median / small.median:.2f}",
        f"{small.p95:.1f}", f"{large.p95:.1f}", f"{large.p95 / small.p95:.2f}",
    ]  # fmt: skip


def line(*cells: str) -> None:
    """Print one row of a table in Markdown."""
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
