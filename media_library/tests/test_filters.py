"""What may be asked of the library: read, written, and answered, each asset once whatever the order."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from aura.kit import clock, paging
from aura.kit.testing import plan_of
from media_library import filters, lists, narrowing, operations, placements
from media_library.models import Album, AlbumAsset, Asset, AssetTag, SavedFilter, Tag
from workspaces.operation import SYSTEM

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def make(count: int = 1, **fields: object) -> list[Asset]:
    made = [Asset(**{"title": f"Picture {n}", "status": "ready", **fields}) for n in range(count)]
    for asset in made:
        asset.save()
    return made


def found(**asked: object) -> set[uuid.UUID]:
    return set(filters.Filter(**asked).rows(now=NOW).values_list("pk", flat=True))  # type: ignore[arg-type]


def several(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(values)).map(lambda some: tuple(v for v in values if v in some))


def plainly(asked: filters.Filter) -> filters.Filter:
    """The same with its usual order unsaid, as it is read."""
    usual = "best" if asked.q else "newest"
    return replace(
        asked, sort="" if asked.sort == usual or (asked.sort == "best" and not asked.q) else asked.sort
    )


days = st.none() | st.dates(date(1970, 1, 1), date(2999, 12, 31))
asked_filters = st.builds(
    filters.Filter,
    scale=several(Asset.Scale.values),
    weight=several(Asset.Weight.values),
    wide=st.integers(0, 100_000),
    high=st.integers(0, 100_000),
    added_from=days,
    added_to=days,
    used_since=days,
    q=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20),
    state=st.sampled_from(list(filters.STATES)),
    kind=several(Asset.Kind.values),
    tag=st.lists(st.from_regex(r"[a-z0-9é]{1,12}", fullmatch=True), max_size=4, unique=True).map(tuple),
    album=st.none() | st.uuids(),
    colour=several(Asset.Colour.values),
    shape=several(Asset.Shape.values),
    fits=several([placement.key for placement in placements.PLACEMENTS]),
    used=st.sampled_from(["", *filters.USES]),
    flaw=several(list(filters.FLAWS)),
    by=st.none() | st.uuids(),
    sort=st.sampled_from(["", "best", *(sort.key for sort in filters.SORTS)]),
    view=st.sampled_from(["", "list"]),
).map(plainly)


@given(asked_filters)
def test_what_is_written_into_an_address_is_read_from_it(asked: filters.Filter) -> None:
    assert filters.read(QueryDict(asked.address().removeprefix("?"))) == asked


@given(st.dictionaries(st.sampled_from(sorted(filters.Filter.__dataclass_fields__)), st.text(max_size=60)))
def test_whatever_stands_in_an_address_is_read_or_left_out(words: dict[str, str]) -> None:
    params = QueryDict(mutable=True)
    params.update(words)
    asked = filters.read(params)
    assert filters.read(QueryDict(asked.address().removeprefix("?"))) == asked


@pytest.mark.django_db
@pytest.mark.parametrize("sort", [sort.key for sort in filters.SORTS])
def test_every_order_shows_each_asset_once_forwards_and_back(scope, sort):
    assets = make(13)
    for n, asset in enumerate(assets):
        Asset.objects.filter(pk=asset.pk).update(
            title=f"Same {n % 3}", size=n % 4, use_count=n % 2, last_used_at=NOW if n % 3 else None
        )
    asked = filters.Filter(sort=sort)
    pages, params = [], QueryDict()
    while True:
        page = lists.page_of(asked, asked.rows(now=NOW), params, size=4)
        pages.append([asset.pk for asset in page.assets])
        if not page.older:
            break
        params = QueryDict(page.older.removeprefix("?"))
    seen = [pk for page in pages for pk in page]
    assert sorted(seen) == sorted(asset.pk for asset in assets)
    back = lists.page_of(asked, asked.rows(now=NOW), QueryDict(page.newer.removeprefix("?")), size=4)
    assert [asset.pk for asset in back.assets] == pages[-2]


@pytest.mark.django_db
def test_each_filter_leaves_what_it_says(scope, alice, bob):
    loaf, film, words, _ = (
        *make(
            alt_text="A loaf", colour="brown", shape="landscape", width=2000, height=1500, created_by=alice
        ),
        *make(kind="video", colour="blue", shape="portrait", created_by=bob),
        *make(kind="headline", body="Rye at seven"),
        *make(status="failed"),
    )
    Asset.objects.filter(pk=film.pk).update(use_count=2, last_used_at=NOW - timedelta(days=3))
    Asset.objects.filter(pk=loaf.pk).update(
        use_count=1, last_used_at=NOW - timedelta(days=90), expires_date=date(2026, 11, 24)
    )
    operations.set_tags(loaf, words=["Rye", " crumb "], by=SYSTEM)
    operations.set_tags(film, words=["rye"], by=SYSTEM)
    outer, inner = Album.objects.create(name="Spring"), Album(name="Launch")
    inner.parent = outer
    inner.save()
    AlbumAsset.objects.create(album=inner, asset=loaf)
    assert found(kind=("video",)) == {film.pk}
    assert found(kind=("video", "headline")) == {film.pk, words.pk}
    assert found(tag=("rye",)) == {loaf.pk, film.pk}
    assert found(tag=("rye", "crumb")) == {loaf.pk}
    assert found(tag=("nobody has it",)) == set()
    assert found(album=outer.pk) == found(album=inner.pk) == {loaf.pk}
    assert found(colour=("brown", "blue")) == {loaf.pk, film.pk}
    assert found(shape=("portrait",)) == {film.pk}
    assert found(fits=("instagram-post",)) == {loaf.pk}
    assert found(fits=("reddit-wide", "tiktok-vertical")) == {loaf.pk}
    assert found(used="ever") == {loaf.pk, film.pk}
    assert found(used="recent") == {film.pk}
    assert loaf.pk not in found(used="never") | found(used="idle")
    assert found(by=bob.pk) == {film.pk}
    assert found(flaw=("expired",)) == {loaf.pk}
    assert loaf.pk not in found(flaw=("undescribed",))
    assert found(scale=("medium",)) == {loaf.pk}
    assert found(scale=("small", "large")) == found(weight=("heavy",)) == set()
    assert found(wide=2000, high=1500) == {loaf.pk}
    assert found(wide=2001) == set()
    assert found(used_since=date(2026, 11, 22)) == {film.pk}
    assert found(used_since=date(2026, 8, 1)) == {loaf.pk, film.pk}
    assert len(found(state="failed")) == 1
    assert found(q="crumb") == {loaf.pk}, "tags are found by words, too"


@pytest.mark.django_db
def test_a_tag_of_nothing_goes_and_counts_stay_true(scope):
    one, two = make(2)
    operations.set_tags(one, words=["rye", "crumb"], by=SYSTEM)
    operations.set_tags(two, words=["rye"], by=SYSTEM)
    assert dict(Tag.objects.values_list("name", "asset_count")) == {"rye": 2, "crumb": 1}
    operations.set_tags(one, words=["RYE", "rye "], by=SYSTEM)
    assert dict(Tag.objects.values_list("name", "asset_count")) == {"rye": 2}
    operations.set_tags(one, words=[], by=SYSTEM)
    operations.set_tags(two, words=[], by=SYSTEM)
    assert not Tag.objects.exists()
    assert not AssetTag.objects.exists()


@pytest.mark.django_db
def test_what_is_deleted_for_good_is_counted_off_its_tags(scope):
    one, two = make(2)
    operations.set_tags(one, words=["rye", "crumb"], by=SYSTEM)
    operations.set_tags(two, words=["rye"], by=SYSTEM)
    operations.trash_asset(one, by=SYSTEM)
    operations.purge_asset(one, by=SYSTEM)
    assert dict(Tag.objects.values_list("name", "asset_count")) == {"rye": 1}


@pytest.mark.django_db
def test_days_begin_and_end_by_the_clocks_of_the_workspace(scope):
    scope.zone = "America/New_York"
    evening = datetime(2026, 11, 21, 4, 59, tzinfo=UTC)  # the 20th, five hours behind
    before, after = (
        make(1, id=uuid.UUID(int=int(instant.timestamp() * 1000) << 80 | 7))[0]
        for instant in (evening, evening + timedelta(minutes=2))
    )
    assert found(added_to=date(2026, 11, 20)) == {before.pk}
    assert found(added_from=date(2026, 11, 21)) == {after.pk}
    assert found(added_from=date(2026, 11, 20), added_to=date(2026, 11, 21)) == {before.pk, after.pk}
    assert found(added_from=date(2026, 11, 22)) == set()


@pytest.mark.django_db
def test_rights_that_end_soon_are_found_and_those_that_have_ended_too(scope):
    today = NOW.date()
    gone, last, soon, later = (
        make(1, expires_date=today + timedelta(days=days))[0] for days in (-1, 0, 30, 31)
    )
    assert found(flaw=("expiring",)) == {last.pk, soon.pk}
    assert found(flaw=("expired",)) == {gone.pk}
    assert found(flaw=("expired", "expiring")) == {gone.pk, last.pk, soon.pk}
    assert later.pk not in found(flaw=("expiring",))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("width", "height", "size", "scale", "weight"),
    [
        (None, None, 0, "", ""), (999, 10, 1, "small", "light"), (10, 1000, 1024 * 1024, "medium", "middling"),
        (2499, 2499, 5 * 1024 * 1024, "medium", "heavy"), (2500, 1, 5, "large", "light"),
    ],
)  # fmt: skip
def test_the_database_tells_small_from_large(scope, width, height, size, scale, weight):
    asset = make(1, width=width, height=height, size=size)[0]
    asset.refresh_from_db()
    assert (asset.scale, asset.weight) == (scale, weight)


def titles_of(asked: filters.Filter, size: int = 60) -> list[str]:
    """Every title in the order of the pages, and the same backwards."""
    pages, params = [], QueryDict()
    while True:
        page = lists.page_of(asked, asked.rows(now=NOW), params, size=size)
        pages.append([asset.title for asset in page.assets])
        if not page.older:
            break
        params = QueryDict(page.older.removeprefix("?"))
    for earlier in reversed(pages[:-1]):
        page = lists.page_of(asked, asked.rows(now=NOW), QueryDict(page.newer.removeprefix("?")), size=size)
        assert [asset.title for asset in page.assets] == earlier
    assert page.newer == ""
    return [title for page in pages for title in page]


@pytest.mark.django_db
def test_words_come_best_match_first_and_then_newest(scope):
    for title, words in [
        ("Rye bread", ""), ("A loaf", "rye bread from the oven"), ("Bread of rye", ""), ("The rye bread", ""),
        ("Rye breadth", ""), ("Another loaf", "bread, rye"),
    ]:  # fmt: skip
        operations.edit_asset(make(1, title=title, alt_text=words)[0], by=SYSTEM)
    wanted = ["Rye bread", "Rye breadth", "The rye bread", "Bread of rye", "Another loaf", "A loaf"]
    assert titles_of(filters.Filter(q="Rye BREAD")) == wanted
    assert titles_of(filters.Filter(q="Rye BREAD"), size=2) == wanted
    assert titles_of(filters.Filter(q="rye bread", sort="newest"))[0] == "Another loaf"
    assert titles_of(filters.Filter(q="rye bread", kind=("video",))) == []


@pytest.mark.django_db
def test_a_best_match_that_goes_meanwhile_makes_nothing_slip(scope):
    made = make(6, title="Rye")
    for asset in made:
        operations.edit_asset(asset, by=SYSTEM)
    asked = filters.Filter(q="rye")
    first = lists.page_of(asked, asked.rows(now=NOW), QueryDict(), size=2)
    operations.trash_asset(first.assets[1], by=SYSTEM)
    second = lists.page_of(asked, asked.rows(now=NOW), QueryDict(first.older.removeprefix("?")), size=2)
    assert [asset.pk for asset in second.assets] == [made[3].pk, made[2].pk]
    for nonsense in ("after=x", "after=W10", "before=bnVsbA", "after=W1sxXSwgInkiXQ"):
        page = lists.page_of(asked, asked.rows(now=NOW), QueryDict(nonsense), size=2)
        assert [asset.pk for asset in page.assets] == [made[5].pk, made[3].pk]


@pytest.mark.django_db(transaction=True)
def test_a_field_of_tags_is_offered_those_that_begin_so(carol, mallory, client_of, workspace, in_scope):
    with in_scope():
        for n, names in enumerate((["rye", "rye bread", "oat"], ["rye bread", "100% rye"], ["r_x"])):
            operations.set_tags(make(1, title=f"Loaf {n}")[0], words=names, by=SYSTEM)
    address = f"/w/{workspace.slug}/media/tags/"

    def offered(typed: str) -> list[str]:
        return list(client_of(carol).get(address, {"q": typed}).json()["tags"])

    assert offered(" RYE") == ["rye bread", "rye"]
    assert offered("rye  b") == ["rye bread"]
    assert offered("bread") == offered("%") == offered("_") == []
    assert offered("r_") == ["r_x"]
    assert offered("")[0] == "rye bread"
    assert offered("\x00" + "x" * 300) == []
    assert client_of(mallory).get(address).status_code == 404
    with in_scope():
        Tag.objects.bulk_create([Tag(name=f"tag {n}") for n in range(30)])
    assert len(offered("tag")) == lists.CHOICES_AT_MOST
    page = client_of(carol).get(f"/w/{workspace.slug}/media/").content.decode()
    assert "data-suggest" not in page, "a viewer tags nothing"


@pytest.mark.django_db(transaction=True)
def test_what_many_assets_have_is_found_as_what_few_have(scope, monkeypatch):
    made = [Asset.objects.create(title=f"Picture {n}", status="ready") for n in range(40)]
    for n, asset in enumerate(made):
        named = [name for name, every in (("all", 1), ("third", 3), ("tenth", 10)) if n % every == 0]
        operations.set_tags(asset, words=named, by=SYSTEM)
    outer = operations.create_album(Album(name="Year"), by=SYSTEM)
    inner = operations.create_album(Album(name="Autumn", parent=outer), by=SYSTEM)
    for asset in made[5:25]:
        operations.set_albums(asset, albums=[inner], by=SYSTEM)
    operations.trash_asset(made[30], by=SYSTEM)
    gone = clock.now().date() - timedelta(days=9)
    Asset.objects.filter(pk__in=[made[n].pk for n in (1, 2, 3, 30)]).update(expires_date=gone)
    questions = [
        {"tag": ("all",)},
        {"tag": ("all", "third")},
        {"tag": ("tenth", "third")},
        {"tag": ("third",), "album": outer.pk},
        {"album": inner.pk},
        {"tag": ("all",), "sort": "name"},
        {"tag": ("all", "none")},
        {"flaw": ("expired",), "sort": "name"},
        {"album": uuid.uuid4()},
    ]

    def found() -> list[list[str]]:
        pages = []
        for asked in questions:
            wanted = filters.Filter(**asked)
            pages.append(
                [
                    asset.title
                    for asset in lists.page_of(wanted, wanted.rows(now=clock.now()), QueryDict()).assets
                ]
            )
        return pages

    looked_up = found()
    assert [len(titles) for titles in looked_up] == [39, 13, 1, 7, 20, 39, 0, 3, 0]
    for few in (0, 10, 25):
        monkeypatch.setattr(narrowing, "FEW", few)
        assert found() == looked_up, few


PLANS: list[tuple[dict[str, Any], str]] = [
    ({"kind": ("video",)}, "asset_by_kind"),
    ({"colour": ("brown",)}, "asset_by_colour"),
    ({"shape": ("portrait",)}, "asset_by_shape"),
    ({"scale": ("large",)}, "asset_by_scale"),
    ({"weight": ("heavy",)}, "asset_by_weight"),
    ({"added_from": date(2026, 11, 1), "added_to": date(2026, 11, 2)}, "asset_newest"),
    ({"used_since": date(2026, 11, 1)}, "asset_by_last_use"),
    ({"flaw": ("expiring",)}, "asset_expires"),
    ({"used": "never"}, "asset_by_last_use"),
    ({"used": "idle"}, "asset_by_uses"),
    ({"used": "ever"}, "asset_used"),
    ({"used": "recent"}, "asset_by_last_use"),
    ({"flaw": ("expired",)}, "asset_expires"),
    ({"flaw": ("undescribed",)}, "asset_undescribed"),
    ({"state": "failed"}, "asset_by_status"),
    ({"state": "trash"}, "asset_trash"),
    ({"tag": ("rye",)}, "asset_tag_newest"),
    ({"tag": ("often",)}, "asset_newest"),
    ({"tag": ("often",), "sort": "name"}, "asset_by_title"),
    ({"album": uuid.UUID(int=1)}, "album_asset_newest"),
    ({"by": uuid.UUID(int=1)}, "asset_by_uploader"),
    ({}, "asset_newest"),
    ({"sort": "name"}, "asset_by_title"),
    ({"sort": "largest"}, "asset_by_size"),
    ({"sort": "uses"}, "asset_by_uses"),
]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table of a few rows as a whole")
@pytest.mark.parametrize(("asked", "index"), PLANS, ids=str)
def test_every_filter_and_order_has_an_index(scope, asked, index):
    wanted = filters.Filter(**asked)
    Tag.objects.bulk_create([Tag(name="rye", asset_count=5), Tag(name="often", asset_count=90_000)])
    with CaptureQueriesContext(connection) as queries:
        lists.page_of(wanted, wanted.rows(now=clock.now()), QueryDict())
    select = next(q["sql"] for q in queries if '"media_library_asset"' in q["sql"] and "LIMIT" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + select.replace("%", "%%"))
        plan = " / ".join(str(row[-1]) for row in cursor.fetchall())
    assert index in plan, plan


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="reads PostgreSQL's plan; SQLite's is read above"
)
def test_postgresql_walks_an_index_for_what_is_rare(scope):
    def spread(n: int) -> Asset:
        rare = n % 60 == 0
        return Asset(
            title=f"Picture {n}", size=6_000_000 if rare else 9, width=3000 if rare else 9, height=9,
            last_used_at=NOW - timedelta(days=n % 60) if rare else None, colour="red" if rare else "blue",
            expires_date=date(2026, 11, 1) + timedelta(days=n) if rare else None, status="failed" if rare else "ready",
        )  # fmt: skip

    Asset.objects.bulk_create([spread(n) for n in range(3000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE media_library_asset")
    rare = {"scale", "weight", "added_from", "used_since", "flaw", "colour", "state"}
    wrong = []
    for asked, index in PLANS:
        if index != "asset_undescribed" and rare & set(asked) and asked.get("state") != "trash":
            wanted = filters.Filter(**asked | ({"colour": ("red",)} if "colour" in asked else {}))
            rows = wanted.rows(now=NOW).order_by(*paging.order(wanted.order))
            plan = plan_of(rows[: lists.PAGE + 1])
            if index not in plan:
                wrong.append(f"{asked}: {plan}")
    assert wrong == []


WRITES = [
    ("{asset}/sort/", {"tags": "rye, crumb"}),
    ("albums/", {"name": "Spring"}),
    ("albums/{album}/", {"name": "Summer"}),
    ("albums/{album}/delete/", {}),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "data"), WRITES)
def test_R1_tags_and_albums_are_for_those_who_write(
    path, data, alice, bob, carol, mallory, client_of, workspace, in_scope
):
    def state() -> tuple[object, ...]:
        with in_scope():
            return (
                list(Album.objects.order_by("name").values_list("name", flat=True)),
                list(Tag.objects.order_by("name").values_list("name", "asset_count")),
            )

    for user, status in ((mallory, 404), (carol, 403), (bob, 302), (alice, 302)):
        with in_scope():
            Album.objects.all().delete()
            album = Album.objects.create(name="Launch")
            asset = make()[0]
        before = state()
        address = f"/w/{workspace.slug}/media/{path.format(asset=asset.pk, album=album.pk)}"
        assert client_of(user).post(address, data).status_code == status, user
        assert (state() == before) is (status != 302), user


@pytest.mark.django_db(transaction=True)
def test_a_wrong_album_comes_back_as_it_was_typed(bob, client_of, workspace, in_scope):
    client, base = client_of(bob), f"/w/{workspace.slug}/media/albums/"
    client.post(base, {"name": "Spring"})
    again = client.post(base, {"name": "spring"})
    assert again.status_code == 422
    assert "There is an album of this name already" in again.content.decode()
    with in_scope():
        album = Album.objects.get()
        inner = Album.objects.create(name="Inner", parent=album)
    into_itself = client.post(f"{base}{album.pk}/", {"name": "Spring", "parent": str(inner.pk)})
    assert into_itself.status_code == 422
    assert "cannot lie inside itself" in into_itself.content.decode()
    with in_scope():
        assert Album.objects.get(pk=album.pk).parent_id is None


@pytest.mark.django_db(transaction=True)
def test_a_filter_is_saved_shared_and_deleted_by_its_author(
    bob, carol, mallory, client_of, workspace, in_scope
):
    base = f"/w/{workspace.slug}/media/"
    mine = {"name": "Tall and brown", "query": "?shape=portrait&colour=brown&nonsense=1"}
    assert client_of(carol).post(f"{base}filters/", mine).status_code == 302
    with in_scope():
        saved = SavedFilter.objects.get()
    assert saved.query == "colour=brown&shape=portrait"
    assert "Tall and brown" in client_of(carol).get(base).content.decode()
    assert "Tall and brown" not in client_of(bob).get(base).content.decode()
    client_of(carol).post(f"{base}filters/", {**mine, "is_shared": "on"})
    assert "Tall and brown" in client_of(bob).get(base).content.decode()
    nothing = client_of(carol).post(f"{base}filters/", {"name": "All", "query": "?sort=name"})
    assert nothing.status_code == 422
    assert "Nothing is filtered yet" in nothing.content.decode()
    assert client_of(mallory).post(f"{base}filters/{saved.pk}/delete/").status_code == 404
    with in_scope():
        assert SavedFilter.objects.count() == 1
    assert client_of(carol).post(f"{base}filters/{saved.pk}/delete/").status_code == 302
    with in_scope():
        assert not SavedFilter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_page_full_of_choices_costs_twelve_queries_at_most(bob, client_of, workspace, in_scope):
    with in_scope():
        for n, asset in enumerate(make(20)):
            operations.set_tags(asset, words=[f"tag {n}", "rye"], by=SYSTEM)
            Album.objects.create(name=f"Album {n}")
        album = Album.objects.first()
        AlbumAsset.objects.create(album=album, asset=asset)
    client = client_of(bob)
    for path in ("", "?tag=rye&kind=image&used=never&q=picture", f"?album={album.pk}&by={bob.pk}", "albums/"):
        client.get(f"/w/{workspace.slug}/media/{path}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/w/{workspace.slug}/media/{path}").status_code == 200
        assert len(queries) <= 12, (path, [query["sql"] for query in queries])
