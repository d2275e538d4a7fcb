"""How long the library takes at 1,000, 100,000 and 1,000,000 assets, beside a bare Django list in the same run.

    .venv/bin/python -m bench.library                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.library    PostgreSQL

Requests go through the whole application in this process, one at a time, as in `bench.pages`, whose measuring is used.
Each size is a workspace of its own in the same database (bench/library_rows.py). The bare list is a signed-in page of
the newest 60 assets with nothing but Django. Asked are the first page in every layout and order, every filter, filters
together, words, and pages deep inside.

Prints a table in milliseconds (clock and, for the largest size, SQL alone) and whether the targets are met.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from bench.pages import BARE, Measured, line, measure  # first: it sets Django up

# isort: split
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path

from aura import urls
from aura.kit import paging
from bench import library_rows
from bench.beginning import as_it_is_served, empty_database
from media_library.filters import SORTS
from media_library.lists import PAGE
from media_library.models import Asset
from workspaces.models import Membership, User, Workspace
from workspaces.operations import create_workspace
from workspaces.scope import use_workspace

SLOWEST = {"sqlite": 400, "postgresql": 200}  # milliseconds, 95th percentile
QUERIES = 12
PEOPLE = 5
ASKED = {
    "First page": "",
    "As rows": "view=list",
    "Kind: pictures": "kind=image",
    "Kind: headlines": "kind=headline",
    "Two kinds": "kind=video&kind=document",
    "Fits a place": "fits=instagram-post",
    "Fits two places": "fits=instagram-post&fits=link-card",
    "Shape": "shape=portrait",
    "Two shapes": "shape=portrait&shape=square",
    "Colour": "colour=red",
    "Three colours": "colour=red&colour=blue&colour=white",
    "Colour and shape": "colour=teal&shape=square",
    "Tag on half of all": "tag=often",
    "Tag, rare": "tag=rare",
    "Tag, on the oldest only": "tag=oldest",
    "Two tags": "tag=often&tag=rare",
    "Three tags": "tag=rare&tag=half&tag=crumb",
    "Tag and colour": "tag=rare&colour=teal",
    "Album": "album={album}",
    "Album of albums": "album={nested}",
    "Album of the oldest": "album={oldest}",
    "Never used": "used=never",
    "Not used now": "used=idle",
    "Used at some time": "used=ever",
    "Used lately": "used=recent",
    "Used lately, red": "used=recent&colour=red",
    "Not described": "flaw=undescribed",
    "Rights have ended": "flaw=expired",
    "Rights end soon": "flaw=expiring",
    "Large": "scale=large",
    "Small and heavy": "scale=small&weight=heavy",
    "At least so wide": "wide=3000",
    "Added on some days": "added_from=2026-11-01&added_to=2026-11-20",
    "Used since a day": "used_since=2026-10-01",
    "Rights have ended, by name": "flaw=expired&sort=name",
    "By a person": "by={person}",
    "By somebody who does little": "by={seldom}",
    "Getting ready": "state=pending",
    "Could not be read": "state=failed",
    "Trash": "state=trash",
    "Words": "q=rye+butter",
    "Words, newest first": "q=rye+butter&sort=newest",
    "Words, the beginning": "q=st",
    "Words, rare": "q=needle",
    "Words, none": "q=nothingofthekind",
    "Words and kind": "q=rye&kind=headline",
    "Words and tag": "q=rye&tag=rare",
    **{f"Sorted: {sort.word.lower()}": f"sort={sort.key}" for sort in SORTS[1:]},
    "Pictures by name": "kind=image&sort=name",
    "Red, largest": "colour=red&sort=largest",
    "Tag, by name": "tag=rare&sort=name",
    "Tag on half, used most": "tag=often&sort=uses",
    "Used lately, by last use": "used=recent&sort=last-use",
    "Used lately, by name": "used=recent&sort=name",
    "Person, largest": "by={person}&sort=largest",
    "Not described, oldest": "flaw=undescribed&sort=oldest",
    "Fits, largest": "fits=instagram-post&sort=largest",
}
_bare = engines["django"].from_string(
    "<!doctype html><title>Bare</title><table>{% for asset in assets %}<tr><td>{{ asset.title }}<td>{{ asset.kind }}"
    "<td>{{ asset.created_at|date:'D j M H:i' }}{% endfor %}</table>"
)


def bare_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A signed-in list of the newest 60 assets with nothing but Django."""
    with use_workspace(Workspace.objects.get(slug=slug)):
        assets = list(Asset.objects.filter(trashed_at=None).order_by("-id")[:PAGE])
    return HttpResponse(_bare.render({"assets": assets, "user": str(request.user)}))


def main() -> None:
    """Fill a workspace of every size, measure everything in each, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], help="how many assets"
    )
    parser.add_argument("--requests", type=int, default=30, help="for each address, at each size")
    parser.add_argument("--only", help="only what has these words in its name")
    options = parser.parse_args()
    urls.urlpatterns.append(path("bare-library/<slug:slug>/", bare_list))
    empty_database()
    people = [User.objects.create_superuser(f"p{n}@example.com", name=f"Person {n}") for n in range(PEOPLE)]
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(people[0], backend="allauth.account.auth_backends.AuthenticationBackend")
    ids = {size: filled(people, size) for size in options.sizes}
    as_it_is_served()
    found = {
        size: measured(client, size, known, options.requests, options.only) for size, known in ids.items()
    }
    report(found)


def filled(people: list[User], size: int) -> dict[str, Any]:
    """Make a workspace of that size; return what addresses need."""
    start = time.perf_counter()
    workspace = Workspace(name=f"Library {size}", slug=f"library-{size}", zone="Europe/Dublin")
    create_workspace(workspace, owner=people[0], by=people[0])
    with use_workspace(workspace):
        for person in people[1:]:
            Membership.objects.create(workspace=workspace, user=person, role="editor")
        ids = library_rows.fill(workspace, people, size)
    print(f"{size:,} assets in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return ids


def addresses(size: int, ids: dict[str, Any]) -> dict[str, str]:
    """Return everything that is asked for at one size, by its name."""
    root = f"/w/library-{size}/media/"
    found = {name: f"{root}?{asked.format(**ids)}" for name, asked in ASKED.items()}
    with use_workspace(Workspace.objects.get(slug=f"library-{size}")):
        middle, last = Asset.objects.get(pk=ids["middle"]), Asset.objects.get(pk=ids["last"])
        used = Asset.objects.filter(last_used_at__isnull=False, pk__lte=middle.pk).order_by("-id").first()
    for sort in SORTS:
        row = used if sort.nullable and used else middle
        found[f"Deep: {sort.word.lower()}"] = f"{root}?sort={sort.key}&{paging.after(sort, row)}"
    found["Deep: the last page"] = f"{root}?{paging.after(SORTS[0], last)}"
    found["Deep: pictures"] = f"{root}?kind=image&{paging.after(SORTS[0], middle)}"
    found["Deep: tag on half"] = f"{root}?tag=often&{paging.after(SORTS[0], middle)}"
    found["Deep: red"] = f"{root}?colour=red&{paging.after(SORTS[0], middle)}"
    found["Albums"] = f"{root}albums/"
    found["Picker"] = f"{root}pick/"
    found["Picker, words"] = f"{root}pick/?q=rye"
    return found | {BARE: f"/bare-library/library-{size}/"}


def measured(
    client: Client, size: int, ids: dict[str, Any], requests: int, only: str | None
) -> dict[str, Measured]:
    """Ask for everything at one size."""
    start = time.perf_counter()
    bare = f"/bare-library/library-{size}/"
    found = {}
    for name, address in addresses(size, ids).items():
        if only is None or only.lower() in name.lower() or name == BARE:
            found[name] = measure(client, address, bare, requests)
            if found[name].clock.median > SLOWEST[connection.vendor]:
                print(f"  {name}: {found[name].clock.median:.0f} ms", file=sys.stderr, flush=True)
    took = time.perf_counter() - start
    print(
        f"{size:,} measured in {took:.0f} s, load average {os.getloadavg()[0]:.1f}",
        file=sys.stderr,
        flush=True,
    )
    return found


def report(found: dict[int, dict[str, Measured]]) -> None:
    """Print the table, and whether the targets are met."""
    version = ".".join(map(str, connection.get_database_version()))
    print(f"\n{connection.display_name} {version}; ms on the clock\n")
    largest = max(found)
    columns = [f"{size:,} p50" for size in found]
    line("page", "queries", *columns, f"{largest:,} p95", "SQL p50", "SQL p95", "growth", "× bare")
    line("---", *["--:"] * (len(columns) + 6))
    smallest = min(found)
    for name, page in found[largest].items():
        medians = [f"{pages[name].clock.median:.0f}" for pages in found.values()]
        growth = page.clock.median / found[smallest][name].clock.median
        bare = page.clock.median / found[largest][BARE].clock.median
        sql = [f"{page.sql.median:.1f}", f"{page.sql.p95:.1f}"]
        line(name, str(page.queries), *medians, f"{page.clock.p95:.0f}", *sql, f"{growth:.2f}", f"{bare:.1f}")
    print()
    slowest = SLOWEST[connection.vendor]
    late = [name for name, page in found[largest].items() if page.clock.p95 > slowest]
    print(f"p95 over {slowest} ms at {largest:,}: {', '.join(late) or 'none'}")
    many = [name for name, page in found[largest].items() if page.queries > QUERIES]
    print(f"over {QUERIES} queries: {', '.join(many) or 'none'}")


if __name__ == "__main__":
    main()
