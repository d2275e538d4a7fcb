"""A library of any size for `bench.library`: 2,000 assets made by Django, and then copied by the database itself.

Every copy stands six hours before the one it is made from, in its ids (UUIDv7) as in its last uses, so that it is a
library grown over years. A copy is one INSERT … SELECT a table: a million assets with versions, renditions, files,
tags, albums and the search index take minutes. Import it once Django is set up.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction

from aura.kit import clock
from bench.rows import WORDS, in_batches, words
from media_library.models import (
    Album,
    AlbumAsset,
    Asset,
    AssetTag,
    AssetVersion,
    Rendition,
    StoredFile,
    Tag,
)
from workspaces import search
from workspaces.models import SearchEntry, User, Workspace

BLOCK = 2000  # assets: as many as one millisecond of `SearchEntry.number` tells apart
STEP_MS = 6 * 3600 * 1000
BLOCKS_AT_ONCE = 25
ASSETS = 2  # the salt of their ids
KINDS = ["image"] * 88 + ["video"] * 4 + ["document"] * 3 + ["headline"] * 3 + ["ad_copy"] * 2
SHARES = {
    "often": 0.5,
    "common": 0.2,
    "half": 0.1,
    "rare": 0.02,
}  # of the tags, and how many assets have them
COLOURS = [
    value for value in Asset.Colour.values for _ in range(1 + (value in ("brown", "white", "grey")) * 4)
]
# Which columns of a copy are ids of its own block, by model. Everything else is the same in every copy.
MOVED = {
    StoredFile: ("id", "key"),
    Asset: ("id", "current_id"),
    AssetVersion: ("id", "asset_id", "stored_file_id"),
    Rendition: ("id", "version_id", "key"),
    SearchEntry: ("id", "object_id"),
    AssetTag: ("id", "asset_id"),
    AlbumAsset: ("id", "asset_id"),
}


def fill(workspace: Workspace, people: list[User], assets: int) -> dict[str, Any]:
    """Fill the open workspace, and return what addresses need: ids of albums, a person, and ids of assets by depth."""
    if assets < BLOCK:
        newest = _Block(workspace, people, assets).first_ms
        blocks = 1
    else:
        blocks = assets // BLOCK
        newest = _Block(workspace, people, BLOCK).first_ms
        with _quickly():
            for first in range(blocks - 1, 0, -BLOCKS_AT_ONCE):
                with transaction.atomic():
                    for back in range(first, max(first - BLOCKS_AT_ONCE, 0), -1):
                        _copy(workspace, newest, back, blocks)
    tags = {tag.name: tag for tag in Tag.objects.all()}
    tags["oldest"] = Tag.objects.create(name="oldest")
    album = Album.objects.create(name="The oldest")
    old = list(Asset.objects.filter(trashed_at=None).order_by("id")[:30])
    in_batches(AssetTag, (AssetTag(asset=asset, tag=tags["oldest"]) for asset in old))
    in_batches(AlbumAsset, (AlbumAsset(asset=asset, album=album) for asset in old))
    for tag in tags.values():
        Tag.objects.filter(pk=tag.pk).update(asset_count=AssetTag.objects.filter(tag=tag).count())
    albums = {one.name: one.pk for one in Album.objects.all()}
    number = min(assets, BLOCK) // 2
    middle = _id(newest - blocks // 2 * STEP_MS, number, (ASSETS << 20) | number)
    return {
        "person": people[0].pk,
        "seldom": people[-1].pk,
        "album": albums["Autumn"],
        "nested": albums["Year"],
        "oldest": albums["The oldest"],
        "middle": middle,
        "last": old[-1].pk,
    }


def _id(ms: int, number: int, salt: int = 0) -> uuid.UUID:
    """Return a UUIDv7 of that millisecond: the `number` part in the bits that order it, the salt in the last ones."""
    return uuid.UUID(int=(ms << 80) | (7 << 76) | (number << 65) | (0b10 << 62) | salt)


class _Block:
    """The first block, made by Django."""

    def __init__(self, workspace: Workspace, people: list[User], count: int) -> None:
        self.now, self.dice = clock.now(), random.Random(7)
        self.first_ms = int(self.now.timestamp() * 1000) - int(workspace.pk.int >> 40 & 0xFFF) - 5000
        self.workspace, self.people = workspace, people
        numbers = range(count)
        stem = f"{self.first_ms:012x}"
        files = in_batches(
            StoredFile,
            (StoredFile(id=self._next(n, 1), sha256=f"{n:064x}", key=f"{stem}/{workspace.pk}/{n}.jpg", size=1,
                        mime="image/jpeg", extension="jpg", status="ready") for n in numbers),
        )  # fmt: skip
        assets = in_batches(Asset, (self._asset(n) for n in numbers))
        versions = in_batches(
            AssetVersion,
            (AssetVersion(id=self._next(n, 3), asset=asset, stored_file=file, width=asset.width, height=asset.height)
             for n, (asset, file) in enumerate(zip(assets, files, strict=True))),
        )  # fmt: skip
        for asset, version in zip(assets, versions, strict=True):
            asset.current = None if asset.is_text else version
        Asset.objects.bulk_update(assets, ["current"], batch_size=500)
        self._renditions(versions, stem)
        self._sort(assets)
        entries = [self._entry(n, asset) for n, asset in enumerate(assets) if asset.trashed_at is None]
        in_batches(SearchEntry, iter(entries))

    def _next(self, number: int, salt: int) -> uuid.UUID:
        return _id(self.first_ms, number, (salt << 20) | number)

    def _renditions(self, versions: list[AssetVersion], stem: str) -> None:
        in_batches(
            Rendition,
            (Rendition(id=self._next(n, 10 + at), version=version, preset=preset,
                       key=f"{stem}/{self.workspace.pk}/{n}.{preset}", mime="image/webp", width=320, height=240,
                       size=1, sha256="0" * 64, status="ready")
             for n, version in enumerate(versions) for at, preset in enumerate(("thumb", "web", "clean"))),
        )  # fmt: skip

    def _asset(self, number: int) -> Asset:
        dice = self.dice
        kind = dice.choice(KINDS)
        width, height = dice.choice([(4000, 3000), (1600, 1067), (1080, 1350), (900, 900), (640, 480)])
        is_text, used = kind in Asset.TEXT_KINDS, dice.random() < 0.4
        return Asset(
            id=self._next(number, ASSETS), kind=kind, title=f"{words(dice, 3)} {number}", status="ready",
            alt_text="" if is_text or dice.random() < 0.02 else words(dice, 8), body=words(dice, 9) if is_text else "",
            width=None if is_text else width, height=None if is_text else height,
            size=0 if is_text else dice.randrange(50_000, 9_000_000), colour="" if is_text else dice.choice(COLOURS),
            shape="" if is_text else dice.choice(["landscape", "landscape", "portrait", "square"]),
            use_count=dice.choice([0, 1, 1, 2, 9]) if used else 0,
            last_used_at=self.now - timedelta(minutes=dice.randrange(1, 360)) if used else None,
            expires_date=(self.now + timedelta(days=dice.randrange(-30, 700))).date() if number % 20 == 0 else None,
            created_by=self.people[-1] if number == 7 else dice.choice(self.people[:-1]),
            trashed_at=self.now - timedelta(minutes=number) if number % 100 == 3 else None,
        )  # fmt: skip

    def _sort(self, assets: list[Asset]) -> None:
        tags = in_batches(Tag, (Tag(name=name) for name in [*SHARES, *WORDS]))
        year = Album.objects.create(name="Year")
        albums = [Album.objects.create(name=name, parent=year) for name in ("Autumn", "Spring")]
        links, entries = [], []
        for number, asset in enumerate(assets):
            chosen = [tag for tag in tags if self.dice.random() < SHARES.get(tag.name, 0.05)]
            links += [
                AssetTag(id=self._next(number, 30 + at), asset=asset, tag=tag)
                for at, tag in enumerate(chosen)
            ]
            if number % 10 < 2:
                entries.append(AlbumAsset(id=self._next(number, 60), asset=asset, album=albums[number % 10]))
        in_batches(AssetTag, iter(links))
        in_batches(AlbumAsset, iter(entries))

    def _entry(self, number: int, asset: Asset) -> SearchEntry:
        said = [asset.alt_text, asset.body, *(["needle"] if number == 11 else [])]
        entry = search.entry("asset", asset.pk, title=asset.title, words=said)
        entry.id = self._next(number, 70)
        return entry


@contextmanager
def _quickly() -> Iterator[None]:
    """Leave out, for as long as rows are copied, what guards against mistakes and power cuts."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        before = (
            ["PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-600000"]
            if sqlite
            else ["SET session_replication_role=replica", "SET synchronous_commit=off"]
        )
        for statement in before:
            cursor.execute(statement)
        yield
        after = (
            ["PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-2000"]
            if sqlite
            else ["RESET session_replication_role", "RESET synchronous_commit"]
        )
        for statement in after:
            cursor.execute(statement)


def _copy(workspace: Workspace, newest: int, back: int, blocks: int) -> None:
    """Copy the first block so many steps back; when it was used last has nothing to do with how old it is."""
    used_back = back * 37 % blocks
    stem, first = f"{newest - back * STEP_MS:012x}", f"{newest:012x}"
    quote = connection.ops.quote_name
    for model, moved in MOVED.items():
        fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
        values = [_expression(model, field, field.column in moved, stem, back, used_back) for field in fields]
        table = quote(model._meta.db_table)
        sql = (
            f"INSERT INTO {table} ({', '.join(quote(field.column) for field in fields)}) "
            f"SELECT {', '.join(values)} FROM {table} WHERE workspace_id = %s AND id >= %s AND id < %s"
        )
        low, high = _edge(int(first, 16)), _edge(int(first, 16) + 1)
        as_key = models.UUIDField().get_db_prep_value
        with connection.cursor() as cursor:
            cursor.execute(sql, [as_key(key, connection) for key in (workspace.pk, low, high)])


def _edge(ms: int) -> uuid.UUID:
    return uuid.UUID(int=ms << 80)


def _expression(
    model: type[models.Model],
    field: models.Field[Any, Any],
    moves: bool,
    stem: str,
    back: int,
    used_back: int,
) -> str:
    """Return what a column of a copy is, in SQL."""
    column, sqlite = connection.ops.quote_name(field.column), connection.vendor == "sqlite"
    if moves and isinstance(field, models.UUIDField | models.ForeignKey):
        if sqlite:
            return f"'{stem}' || substr({column}, 13)"
        return f"('{stem[:8]}-{stem[8:]}' || substr({column}::text, 14))::uuid"
    if moves:
        return f"'{stem}' || substr({column}, 13)"
    if model is StoredFile and field.column == "sha256":
        return f"'{stem}' || substr({column}, 13)"
    if model is SearchEntry and field.column == "number":
        return f"{column} - {back * STEP_MS << 15}"
    if model is Asset and field.column in ("last_used_at", "trashed_at"):
        hours = used_back * 18 if field.column == "last_used_at" else back
        if sqlite:
            return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '-{hours} hours')"
        return f"{column} - interval '{hours} hours'"
    if model is Asset and field.column == "title":
        first, second = WORDS[back % len(WORDS)], WORDS[back // len(WORDS) % len(WORDS)]
        return (
            f"'{first} {second} ' || {column} || ' {back}'"  # or all copies of one would stand side by side
        )
    return column
