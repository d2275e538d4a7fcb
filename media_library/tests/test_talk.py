"""Around an asset: its neighbours in the list one came from, what people say about it, what was done with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from media_library import filters, lists, operations
from media_library.models import Asset
from media_library.tests import pictures
from workspaces.models import Activity, Comment
from workspaces.operation import SYSTEM
from workspaces.operations import add_comment
from workspaces.scope import use_workspace
from workspaces.talk import history_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def make(count: int = 1, **fields: object) -> list[Asset]:
    made = [Asset(**{"title": f"Picture {n}", "status": "ready", **fields}) for n in range(count)]
    for asset in made:
        asset.save()
        operations.edit_asset(asset, by=SYSTEM)
    return made


ASKED = [
    *({"sort": sort.key} for sort in filters.SORTS),
    {"q": "picture"}, {"q": "picture", "sort": "name"}, {"colour": ("red",)}, {"state": "trash"},
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_neighbours_are_those_of_the_list_one_came_from(scope, asked):
    made = make(8)
    for n, asset in enumerate(made):
        Asset.objects.filter(pk=asset.pk).update(
            size=n % 3, use_count=n % 2, last_used_at=NOW - timedelta(days=n % 3) if n % 4 else None,
            colour="red" if n % 2 else "", trashed_at=NOW - timedelta(days=n % 3) if asked.get("state") else None,
        )  # fmt: skip
    wanted = filters.Filter(**asked)
    rows = wanted.rows(now=NOW)
    page = [asset.pk for asset in lists.page_of(wanted, rows, QueryDict()).assets]
    assert len(page) in (4, 8)
    for at, pk in enumerate(page):
        before, later = lists.beside(wanted, rows, Asset.objects.get(pk=pk))
        assert before == (page[at - 1] if at else None)
        assert later == (page[at + 1] if at + 1 < len(page) else None)
    if "colour" in asked:
        stranger = Asset.objects.exclude(pk__in=page).order_by("-id").first()
        assert lists.beside(wanted, rows, stranger)[1] in page, "where it would stand"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one alphabet, that of Python")
@pytest.mark.django_db
def test_neighbours_by_name_follow_the_alphabet_of_the_database(scope):
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE media_library_asset ALTER title TYPE varchar(120) COLLATE "en-x-icu"')
    apple, banana, cherry = (make(title=title)[0] for title in ("apple", "Banana", "cherry"))
    wanted = filters.Filter(sort="name")
    found = [lists.beside(wanted, wanted.rows(now=NOW), asset) for asset in (apple, banana, cherry)]
    assert found == [(None, banana.pk), (apple.pk, cherry.pk), (banana.pk, None)]


@pytest.mark.django_db(transaction=True)
def test_the_page_leads_to_its_neighbours_and_back_to_the_list(bob, client_of, workspace, in_scope):
    with in_scope():
        oldest, _, middle, _, newest = make(5)
        for asset in (oldest, middle, newest):
            operations.set_tags(asset, words=["rye"], by=SYSTEM)
    client, base = client_of(bob), f"/w/{workspace.slug}/media/"
    grid = client.get(f"{base}?tag=rye").content.decode()
    assert f'href="{base}{middle.pk}/?tag=rye"' in grid
    page = client.get(f"{base}{middle.pk}/?tag=rye").content.decode()
    assert f'href="{base}{newest.pk}/?tag=rye" rel="prev"' in page
    assert f'href="{base}{oldest.pk}/?tag=rye" rel="next"' in page
    assert f'href="{base}?tag=rye">Media' in page
    assert 'rel="prev"' not in client.get(f"{base}{newest.pk}/?tag=rye").content.decode()
    saved = client.post(f"{base}{middle.pk}/?tag=rye", {"title": "Crumb", "alt_text": ""})
    assert saved.url == f"{base}{middle.pk}/?tag=rye"
    assert re.search(rf'href="[^"]*\?media={middle.pk}"[^>]*>.*Write a post with it', page)


@pytest.mark.django_db(transaction=True)
def test_everybody_here_comments_and_strangers_do_not(
    alice, bob, carol, mallory, client_of, workspace, other_workspace, in_scope
):
    with in_scope():
        asset = make()[0]
    path = f"/w/{workspace.slug}/media/{asset.pk}/comment/"
    assert client_of(mallory).post(path, {"body": "Mine"}).status_code == 404
    theirs = f"/w/{other_workspace.slug}/media/{asset.pk}/comment/"
    assert client_of(mallory).post(theirs, {"body": "Mine"}).status_code == 404
    with use_workspace(other_workspace):
        assert not Comment.objects.exists()
    for person in (alice, bob, carol):
        assert client_of(person).post(path, {"body": " Crop it <b>closer</b> "}).status_code == 302
    empty = client_of(carol).post(path, {"body": "  "})
    assert empty.status_code == 422
    assert "Write something first." in empty.content.decode()
    assert client_of(carol).post(path, {"body": "x" * 2001}).status_code == 422
    page = client_of(carol).get(f"/w/{workspace.slug}/media/{asset.pk}/").content.decode()
    assert page.count("<p>Crop it &lt;b&gt;closer&lt;/b&gt;</p>") == 3
    assert "commented on it" in page
    with in_scope():
        assert [c.created_by_id for c in Comment.objects.order_by("id")] == [alice.pk, bob.pk, carol.pk]


@pytest.mark.django_db(transaction=True)
def test_a_comment_is_deleted_by_its_author_or_an_admin(
    alice, bob, carol, mallory, client_of, workspace, in_scope
):
    with in_scope():
        asset = make()[0]
        one, two = (add_comment(asset, body="Closer", by=carol) for _ in range(2))
    path = f"/w/{workspace.slug}/comments/{one.pk}/delete/"
    for person, status in ((mallory, 404), (bob, 403)):
        assert client_of(person).post(path).status_code == status
        with in_scope():
            assert Comment.objects.count() == 2
    back = client_of(carol).post(path, {"next": "//evil.example/"})
    assert back.status_code == 302
    assert "evil" not in back.url
    assert client_of(alice).post(path.replace(str(one.pk), str(two.pk))).status_code == 302
    with in_scope():
        assert not Comment.objects.exists()
        assert "Closer" not in str(list(Activity.objects.values()))


@pytest.mark.django_db
def test_comments_go_with_what_they_are_about(scope, alice):
    asset, other = make(2)
    for each in (asset, other):
        add_comment(each, body="Closer", by=alice)
    operations.trash_asset(asset, by=alice)
    operations.purge_asset(asset, by=alice)
    assert [comment.subject_id for comment in Comment.objects.all()] == [other.pk]


@pytest.mark.django_db
def test_the_history_of_one_tells_what_was_done_to_many(scope, bob):
    one, other = make(2)
    Activity.objects.all().delete()
    operations.edit_asset(one, by=bob)
    operations.tag_assets([one, other], add=["rye"], by=bob)
    operations.trash_asset(other, by=bob)
    assert [done.words for done in history_of(one)] == ["changed the tags of 2 things", "edited it"]
    assert [done.words for done in history_of(other)] == [
        "put it in the trash",
        "changed the tags of 2 things",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_page_costs_twelve_queries_whatever_was_said(bob, client_of, send, work, workspace, in_scope):
    client = client_of(bob)
    for seed in range(3):
        send(client, f"{seed}.jpg", pictures.encoded(seed=seed))
    work()
    with in_scope():
        asset = Asset.objects.order_by("id")[1]

    def cost() -> int:
        for path in (f"{asset.pk}/", f"{asset.pk}/?q=1"):
            client.get(f"/w/{workspace.slug}/media/{path}")
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/w/{workspace.slug}/media/{path}").status_code == 200
            assert len(queries) <= 12 + 2 * ("q=" in path), [query["sql"][:150] for query in queries]
        return len(queries)

    few = cost()
    with in_scope():
        for number in range(20):
            add_comment(asset, body=f"Remark {number}", by=bob)
            operations.tag_assets([asset], add=[f"tag {number}"], by=bob)
    assert cost() == few


@pytest.mark.django_db(transaction=True)
def test_what_looks_alike_comes_once_the_page_is_there(carol, client_of, workspace, in_scope):
    with in_scope():
        asset, other = make(2, dhash=5, hash_a=0, hash_b=0, hash_c=0, hash_d=5)
    client, address = client_of(carol), f"/w/{workspace.slug}/media/{asset.pk}/"
    assert f'hx-get="{address}alike/"' in client.get(address).content.decode()
    part = client.get(f"{address}alike/", headers={"HX-Request": "true", "HX-Target": "media-alike"})
    assert part.content.decode().lstrip().startswith("<section")
    assert str(other.pk) in part.content.decode()
    assert "What looks like it" in client.get(f"{address}alike/").content.decode()
