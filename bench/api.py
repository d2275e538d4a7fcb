"""How many calls of the JSON API are answered in a second, beside bare django-ninja that has the same JSON in memory.

    .venv/bin/python -m bench.api                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.api    PostgreSQL

Calls go through the whole application in this process (every middleware, the token, its limits, the query), one at a
time, in turns with the bare one: a NinjaAPI without middleware whose function returns what Aura answered, from memory,
through the same schema. The rows are those of bench/rows.py. Prints calls a second of both, their ratio (target 0.35),
and the 95th percentile in milliseconds (target 100).
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

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.client import ClientHandler  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI  # noqa: E402
from pydantic import create_model  # noqa: E402

from bench.beginning import empty_database, filled_workspace  # noqa: E402
from campaigns.api import CampaignOut  # noqa: E402
from media_library.api import MediaOut  # noqa: E402
from posts.api.shown import PostOut  # noqa: E402
from workspaces.api.schemas import Shown  # noqa: E402
from workspaces.models import ApiToken, User  # noqa: E402
from workspaces.operations import create_token  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

RATIO = 0.35
SLOWEST = 100  # milliseconds, 95th percentile
WARM_UP = 5


def page_of(shown: type[Shown]) -> type[Shown]:
    """Return the schema of one page of a list."""
    members: dict[str, Any] = {"items": (list[shown], ...), "next": (str | None, ...), "total": (int, ...)}  # type: ignore[valid-type]
    return create_model(f"PageOf{shown.__name__}", __base__=Shown, **members)


CALLS: dict[str, tuple[str, type[Shown]]] = {
    "50 posts": ("posts?limit=50", page_of(PostOut)),
    "50 posts, scheduled": ("posts?limit=50&state=scheduled", page_of(PostOut)),
    "One post": ("posts/{post}", PostOut),
    "50 campaigns": ("campaigns?limit=50", page_of(CampaignOut)),
    "One campaign": ("campaigns/{campaign}", CampaignOut),
    "50 of the library": ("media?limit=50", page_of(MediaOut)),
}
urlpatterns: list[Any] = []


def bare_only(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let a request meet the bare framework, and nothing of Aura."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.urlconf = sys.modules[__name__]  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def bare_client(answers: list[tuple[type[Shown], Any]]) -> Client:
    """Return a client of a NinjaAPI that answers `/bare/<number>` with these, through their schemas."""
    bare = NinjaAPI(urls_namespace="bare", docs_url=None, openapi_url=None)
    for number, (schema, value) in enumerate(answers):
        bare.get(f"/{number}", response=schema)(lambda request, value=value: value)
    urlpatterns.append(path("bare/", bare.urls))
    client = Client()
    client.handler = ClientHandler(enforce_csrf_checks=False)
    with override_settings(MIDDLEWARE=[f"{__name__}.bare_only"]):
        client.handler.load_middleware()
    return client


@dataclass(frozen=True, slots=True)
class Measured:
    """One call: its queries, and how long it and the bare one took each time, in seconds."""

    queries: int
    taken: list[float]
    bare: list[float]

    @property
    def a_second(self) -> float:
        """Calls a second."""
        return 1 / statistics.mean(self.taken)

    @property
    def bare_a_second(self) -> float:
        """Calls a second of the bare framework."""
        return 1 / statistics.mean(self.bare)

    @property
    def p95(self) -> float:
        """The 95th percentile, in milliseconds."""
        return statistics.quantiles(self.taken, n=20)[18] * 1000


def timed(ask: Callable[[], HttpResponse]) -> float:
    """Return how long one call takes, in seconds."""
    began = time.perf_counter()
    answer = ask()
    taken = time.perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"{answer.status_code}: {answer.content[:300]!r}")
    return taken


def measure(ask: Callable[[], HttpResponse], bare: Callable[[], HttpResponse], requests: int) -> Measured:
    """Ask both many times, in turns."""
    for _ in range(WARM_UP):
        timed(ask)
        timed(bare)
    queries: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        timed(ask)
    pairs = [(timed(ask), timed(bare)) for _ in range(requests)]
    return Measured(len(queries), [one for one, _ in pairs], [other for _, other in pairs])


def main() -> None:
    """Fill a workspace, measure every call in it, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=200, help="for each call")
    options = parser.parse_args()
    settings.AURA_API_LIMITS = dict.fromkeys(settings.AURA_API_LIMITS, (1000000000, 60))
    empty_database()
    ids, secret = filled(options.posts, options.assets)
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {secret}"})
    addresses = {name: f"/api/v1/{part.format(**ids)}" for name, (part, _) in CALLS.items()}
    bare = bare_client([(CALLS[name][1], answer_of(client, at)) for name, at in addresses.items()])
    print(f"{options.posts:,} posts, {connection.vendor}, {options.requests} of each call")
    print(f"{'':22}{'queries':>8}{'Aura/s':>9}{'bare/s':>9}{'ratio':>7}{'p95 ms':>8}")
    missed = 0
    for number, (name, address) in enumerate(addresses.items()):
        got = measure(
            lambda address=address: client.get(address),  # type: ignore[misc]
            lambda number=number: bare.get(f"/bare/{number}"),  # type: ignore[misc]
            options.requests,
        )
        ratio = got.a_second / got.bare_a_second
        missed += ratio < RATIO or got.p95 > SLOWEST
        print(
            f"{name:22}{got.queries:>8}{got.a_second:>9.0f}{got.bare_a_second:>9.0f}{ratio:>7.2f}{got.p95:>8.1f}"
        )
    print("All within the targets." if not missed else f"{missed} past a target.")


def filled(posts: int, assets: int) -> tuple[dict[str, object], str]:
    """Make a workspace with so many posts; return ids of its rows, and the secret of a token."""
    owner = User.objects.create_superuser("bench@example.com", name="Bench")
    workspace, ids = filled_workspace(owner, "bench", posts, assets)
    with use_workspace(workspace):
        token = create_token(ApiToken(name="Bench", role="owner", scopes=["*"]), by=owner)
    return ids, token.secret


def answer_of(client: Client, address: str) -> Any:
    """Return what Aura answers at an address."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code} {answer.content[:300]!r}")
    return answer.json()


if __name__ == "__main__":
    main()
