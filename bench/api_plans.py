"""Whether an index serves every filter and order that lists of the JSON API offer, at 100,000 rows.

    .venv/bin/python -m bench.api_plans                                         SQLite in a temporary folder
    bin/with-services --only postgres -- .venv/bin/python -m bench.api_plans    PostgreSQL

Asks every list for every value of every parameter that its contract names, so that a new one is asked unasked, and has
the database explain each SELECT. Wrong is one that reads a whole table of more than 1,000 rows for want of an index:
PostgreSQL, which prefers to where most of its rows are asked for, is told not to. The workspace holds the
rows of bench/rows.py, as many rows of one import and messages to one webhook, and tries of one post; another workspace
holds a tenth of that. Prints for each what the database walks, the milliseconds of its SELECTs, and which sort.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="aura-bench-")
os.environ.update(AURA_DATA_DIR=_folder.name, AURA_ENV="test", AURA_LOG_LEVEL="WARNING")
os.environ["DJANGO_SETTINGS_MODULE"] = "aura.settings"
for _part in ("tmp", "static"):
    (Path(_folder.name) / _part).mkdir()

import django  # noqa: E402

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from aura.api import contract  # noqa: E402
from aura.kit import clock  # noqa: E402
from bench import rows  # noqa: E402
from bench.beginning import as_it_is_served, empty_database, filled_workspace  # noqa: E402
from imports.models import Import, ImportRow  # noqa: E402
from media_library.models import Album, AlbumAsset, Asset, AssetTag, Tag  # noqa: E402
from posts.models import Attempt, Series, Target  # noqa: E402
from workspaces.models import ApiToken, User, WebhookDelivery, WebhookEndpoint  # noqa: E402
from workspaces.operations import create_token  # noqa: E402
from workspaces.scope import use_workspace  # noqa: E402

LARGE = 1_000  # rows of a table that must not be read whole
PAGING = {"limit", "offset", "cursor", "fields"}
SINGLE = {"q": "rye", "tag": "rye", "category": "Launch", "event": "post.failed", "wide": 1080, "high": 1080}
DAYS = {"added_from": -3, "added_to": 3, "start": -3, "end": 3, "used_since": -3}
SEVERAL = 3


def fill(owner: User, ids: dict[str, object], count: int, assets: int) -> dict[str, object]:
    """Add to the open workspace what lists show beside; return ids by the names of addresses and parameters."""
    source = Import(kind="posts", file_name="posts.csv", sha256="0" * 64, size=1, created_by=owner)
    source.status = Import.Status.CHECKED
    hook = WebhookEndpoint(url="https://example.com/aura", events=["post.failed"], created_by=owner)
    album, tag = Album(name="Spring"), Tag(name="rye", asset_count=assets // 10)
    for row in (source, hook, album, tag):
        row.save()
    states = ImportRow.Status.values
    rows.in_batches(
        ImportRow, (ImportRow(source=source, line=n, status=states[n % len(states)]) for n in range(count))
    )
    events, told = ["post.published", "post.failed"], WebhookDelivery.Status.values
    rows.in_batches(
        WebhookDelivery,
        (
            WebhookDelivery(
                endpoint=hook, event=events[n % 9 == 0], body="{}", status=told[n % 3], due_at=clock.now()
            )
            for n in range(count)
        ),
    )
    pictures = list(Asset.objects.order_by("id")[: assets // 10])
    rows.in_batches(AssetTag, (AssetTag(asset=one, tag=tag) for one in pictures))
    rows.in_batches(AlbumAsset, (AlbumAsset(asset=one, album=album) for one in pictures))
    target = Target.objects.filter(post=ids["post"]).first()
    others = Target.objects.order_by("id")[: count // 10]
    rows.in_batches(Attempt, (Attempt(target=one, number=1) for one in others if one != target))
    rows.in_batches(Attempt, (Attempt(target=target, number=n) for n in range(1, SEVERAL + 1)))
    campaign = Target.objects.get(pk=target.pk).post.campaign if target else None
    today = clock.now()
    series = Series(
        pattern_id=ids["post"],
        unit=Series.Unit.DAY,
        time=today.time(),
        zone="UTC",
        first_date=today.date(),
        created_by=owner,
    )
    series.save()
    return {
        **ids,
        "post_id": ids["post"],
        "media_id": ids["asset"],
        "campaign_id": ids["campaign"],
        "import_id": source.pk,
        "webhook_id": hook.pk,
        "series_id": series.pk,
        "album": album.pk,
        "by": owner.pk,
        "who": owner.pk,
        "brand": campaign.brand_id if campaign else "",
    }


def questions(ids: dict[str, object]) -> Iterator[str]:
    """Yield the address of every list with every value of every parameter, and its last one in each order."""
    for path, there in contract()["paths"].items():
        call = there.get("get")
        if not call or not _is_list(call):
            continue
        base = re.sub(r"{(\w+)}", lambda name: str(ids[name[1]]), path)
        yield base
        values: dict[str, list[str]] = {}
        for parameter in call.get("parameters", []):
            name = parameter.get("name", "")  # a header that calls share is named elsewhere
            if parameter.get("in") == "query" and name not in PAGING:
                values[name] = _values(name, parameter["schema"], ids)
        for name, some in values.items():
            yield from (f"{base}?{name}={value}" for value in some)
            if name != "sort":
                last = some[-1]
                yield from (f"{base}?{name}={last}&sort={order}" for order in values.get("sort", []))


def _is_list(call: dict[str, Any]) -> bool:
    schema = call["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return {"items", "next", "total"} <= set(
        contract()["components"]["schemas"].get(name, {}).get("properties", {})
    )


def _values(name: str, schema: dict[str, Any], ids: dict[str, object]) -> list[str]:
    schema = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    schema = schema.get("items", schema)
    if "enum" in schema:
        return [value for value in schema["enum"] if value]
    if "const" in schema:
        return [schema["const"]]
    if schema.get("type") == "boolean":
        return ["false", "true"]
    if name in DAYS:
        return [str((clock.now() + clock.timedelta(days=DAYS[name])).date())]
    return [str(ids[name] if name in ids else SINGLE[name])]


def plan_lines(sql: str, params: Any) -> list[str]:
    """Return how the database finds the rows of a SELECT, a line for each table or index, sorts included."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return [row[3] for row in cursor.fetchall()]
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        got = cursor.fetchone()[0]
        cursor.execute("SET enable_seqscan = on")
    return list(_nodes((json.loads(got) if isinstance(got, str) else got)[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in node or "Index Name" in node or "Sort" in node["Node Type"]:
        yield " ".join([node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", "")]).strip()
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def main() -> None:
    """Fill two workspaces, ask everything, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument(
        "--only", default="", help="lists whose address below /api/v1 begins so, as a pattern"
    )
    options = parser.parse_args()
    settings.AURA_API_LIMITS = dict.fromkeys(settings.AURA_API_LIMITS, (1000000000, 60))
    empty_database()
    owner = User.objects.create_superuser("bench@example.com", name="Bench")
    for slug, share in (("other", 10), ("bench", 1)):
        workspace, ids = filled_workspace(owner, slug, options.rows // share, options.assets // share)
        with use_workspace(workspace):
            ids = fill(owner, ids, options.rows // share, options.assets // share)
            token = create_token(ApiToken(name="Bench", role="owner", scopes=["*"]), by=owner)
    as_it_is_served()
    large = large_tables()
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {token.secret}"})
    print(f"{options.rows:,} rows, {connection.vendor}; large: {', '.join(sorted(large))}")
    asked = wrong = 0
    for address in questions(ids):
        if not re.match(f"/api/v1{options.only}", address):
            continue
        asked += 1
        wrong += not explained(client, address, large)
    print(
        f"{asked} questions, {wrong} that read a whole table."
        if wrong
        else f"{asked} questions, all by an index."
    )
    sys.exit(1 if wrong else 0)


def explained(client: Client, address: str, large: set[str]) -> bool:
    """Ask an address and print how it was answered; tell whether an index served every SELECT."""
    selects: list[tuple[str, Any]] = []
    taken = 0.0

    def note(execute: Callable[..., Any], sql: str, params: Any, *more: Any) -> Any:
        nonlocal taken
        began = time.perf_counter()
        try:
            return execute(sql, params, *more)
        finally:
            taken += time.perf_counter() - began
            if sql.startswith("SELECT"):
                selects.append((sql, params))

    client.get(address)
    selects.clear()
    taken = 0.0
    with connection.execute_wrapper(note):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code} {answer.content[:300]!r}")
    lines = [line for sql, params in selects for line in plan_lines(sql, params)]
    whole = [line for line in lines if _reads_whole(line, large)]
    walked = sorted(
        {name for line in lines if (name := _index(line)) and not name.endswith(("_pkey", "_key"))}
    )
    sorts = sum("SORT" in line.upper() or "TEMP B-TREE FOR ORDER" in line for line in lines)
    said = re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}", "…", address.removeprefix("/api/v1"))
    print(f"{said:58}{taken * 1000:7.1f} ms {'sorts ' * bool(sorts)}{', '.join(walked)}", flush=True)
    for line in whole:
        print(f"    WHOLE: {line}")
    return not whole


def _reads_whole(line: str, large: set[str]) -> bool:
    if connection.vendor == "sqlite":
        return line.startswith("SCAN ") and bool(large & set(re.findall(r"\w+", line)))
    return line.startswith("Seq Scan") and line.split()[-1] in large


def _index(line: str) -> str:
    found = re.search(r"USING (?:COVERING )?INDEX (\w+)|Index(?: Only)? Scan.* (\w+)$", line)
    return (found[1] or found[2] or "") if found and "sqlite_autoindex" not in line else ""


def large_tables() -> set[str]:
    """Return the tables that nothing is to read whole."""
    from workspaces.scope import every_workspace

    with every_workspace("the bench counts every table"):
        models = [model for model in apps.get_models() if model._meta.managed]
        return {
            one._meta.db_table
            for one in models
            if one._default_manager.order_by()[LARGE : LARGE + 1].exists()
        }


if __name__ == "__main__":
    main()
