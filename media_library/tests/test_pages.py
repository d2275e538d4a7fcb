"""The pages of the library: what they show, how they page, what they cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from aura.kit import clock, jobs
from media_library import filters, lists, operations, uses
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile
from media_library.tests import pictures
from workspaces import search
from workspaces.models import SearchEntry
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


def make_assets(number: int, status: str = "ready") -> list[Asset]:
    """Write so many assets with a thumb, as rows alone."""
    made = []
    for n in range(number):
        digest = f"{n}-{clock.now().timestamp()}"[:64]
        stored = StoredFile(
            sha256=digest, key=f"k/{digest}", size=1, mime="image/jpeg", extension="jpg", status="ready"
        )
        stored.save()
        asset = Asset(title=f"Picture {n:03}", status=status)
        asset.save()
        asset.current = AssetVersion(asset=asset, stored_file=stored, width=3, height=2)
        asset.current.save()
        asset.save()
        if status == "ready":
            Rendition(
                version=asset.current,
                preset="thumb",
                key=f"t/{digest}",
                mime="image/webp",
                width=3,
                height=2,
                size=1,
                sha256="x",
                status="ready",
            ).save()
        search.index("asset", asset.pk, title=asset.title)
        made.append(asset)
    return made


def titles(page: str) -> list[str]:
    return re.findall(r'class="cap"[^>]*>([^<]+)<', page)


def test_the_list_costs_the_same_for_two_and_for_twenty(bob, client_of, workspace, in_scope):
    client, address = client_of(bob), f"/w/{workspace.slug}/media/"
    with in_scope():
        make_assets(2)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    with in_scope():
        make_assets(18)
    with CaptureQueriesContext(connection) as many:
        page = client.get(address).content.decode()
    assert len(titles(page)) == 20
    assert len(few) == len(many) <= 12, [query["sql"] for query in many]


@pytest.mark.parametrize("path", ["?q=picture", "?state=trash", "?state=failed", "pick/", "pick/?q=picture"])
def test_every_list_stays_within_twelve_queries(bob, client_of, workspace, in_scope, path):
    client = client_of(bob)
    with in_scope():
        for asset in make_assets(20)[:10]:
            operations.trash_asset(asset, by=SYSTEM)
    client.get(f"/w/{workspace.slug}/media/{path}")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/w/{workspace.slug}/media/{path}").status_code == 200
    assert len(queries) <= 12, [query["sql"] for query in queries]


@pytest.mark.parametrize("state", ["", "trash", "failed"])
@pytest.mark.parametrize("query", ["", "picture"])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(scope, state, query):
    assets = make_assets(23, "failed" if state == "failed" else "ready")
    if state == "trash":
        now = clock.now()
        for n, asset in enumerate(assets):
            operations.trash_asset(asset, now=now - timedelta(seconds=n // 4), by=SYSTEM)
    asked = filters.Filter(q=query, state=state)
    seen, params, pages = [], QueryDict(), 0
    while True:
        page = lists.page_of(asked, asked.rows(now=clock.now()), params, size=5)
        seen += [asset.pk for asset in page.assets]
        pages += 1
        if not page.older:
            break
        params = QueryDict(page.older.removeprefix("?"))
    assert len(seen) == len(set(seen)) == 23
    assert pages == 5
    if state != "trash":
        assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "~", "2026-01-01~x", "9" * 40, "2026-13-45T00:00~" + "0" * 32, "\0"])
def test_a_broken_cursor_shows_the_first_page(bob, client_of, workspace, in_scope, cursor):
    with in_scope():
        make_assets(3)
    for state in ("", "trash", "nonsense"):
        answer = client_of(bob).get(f"/w/{workspace.slug}/media/", {"after": cursor, "state": state})
        assert answer.status_code == 200


def test_the_search_finds_by_name_description_and_file_name(bob, client_of, send, workspace, in_scope):
    client = client_of(bob)
    send(client, "IMG_1234.jpg", pictures.encoded(seed=5))
    with in_scope():
        asset = Asset.objects.get()
    client.post(
        f"/w/{workspace.slug}/media/{asset.pk}/", {"title": "Spiral before the bake", "alt_text": "Dark rye"}
    )
    for words in ("spiral", "DARK rye", "1234", "bak"):
        assert titles(client.get(f"/w/{workspace.slug}/media/", {"q": words}).content.decode()) == [
            "Spiral before the bake"
        ]
    assert titles(client.get(f"/w/{workspace.slug}/media/", {"q": "wheat"}).content.decode()) == []


def test_the_palette_finds_pictures(scope):
    (asset,) = make_assets(1)
    (kind, rows), *_ = search.find("picture 000")
    assert (kind.heading, rows[0].title, rows[0].url) == ("Media", "Picture 000", asset.get_absolute_url())
    assert "/renditions/" in rows[0].thumb


def test_htmx_gets_the_grid_alone_and_it_polls_while_something_is_made(bob, client_of, send, work, workspace):
    client = client_of(bob)
    send(client, "one.jpg", pictures.encoded())
    asks = {"HX-Request": "true", "HX-Target": "media-results"}
    part = client.get(f"/w/{workspace.slug}/media/", headers=asks).content.decode()
    assert part.lstrip().startswith('<div class="beside lead" id="media-results"')
    assert "data-poll" in part
    assert "getting ready" in part
    work()
    part = client.get(f"/w/{workspace.slug}/media/", headers=asks).content.decode()
    assert "data-poll" not in part
    assert "/renditions/" in part
    assert '<p id="media-figures" hx-swap-oob="true">1 thing, 1 added this week</p>' in part
    page = client.get(f"/w/{workspace.slug}/media/").content.decode()
    assert '<p id="media-figures">1 thing, 1 added this week</p>' in page


def test_the_picker_asks_again_until_what_was_just_uploaded_has_its_picture(
    bob, client_of, send, work, workspace
):
    client = client_of(bob)
    send(client, "one.jpg", pictures.encoded())
    asks = {"HX-Request": "true", "HX-Target": "media-pick"}
    part = client.get(f"/w/{workspace.slug}/media/pick/?q=one", headers=asks).content.decode()
    assert "data-poll" in part
    assert "/media/pick/?q=one" in part  # it asks for the same search
    assert "data-thumb" not in part
    work()
    part = client.get(f"/w/{workspace.slug}/media/pick/", headers=asks).content.decode()
    assert "data-poll" not in part
    assert "data-thumb" in part


def test_a_name_cannot_be_emptied_and_both_words_come_back_422(bob, client_of, workspace, in_scope):
    with in_scope():
        (asset,) = make_assets(1)
    answer = client_of(bob).post(
        f"/w/{workspace.slug}/media/{asset.pk}/", {"title": " ", "alt_text": "kept words"}
    )
    assert answer.status_code == 422
    assert "kept words" in answer.content.decode()
    answer = client_of(bob).post(
        f"/w/{workspace.slug}/media/{asset.pk}/", {"title": "x" * 121, "alt_text": ""}
    )
    assert answer.status_code == 422


def test_the_description_is_edited_in_place(bob, client_of, workspace, in_scope):
    with in_scope():
        (asset,) = make_assets(1)
    address = f"/w/{workspace.slug}/media/{asset.pk}/alt-text/"
    answer = client_of(bob).post(address, {"alt_text": "Rye on wood"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.startswith(f'<form class="stack g2" id="alt-{asset.pk}"') or f'id="alt-{asset.pk}"' in page
    assert "Saved" in page
    with in_scope():
        assert Asset.objects.get().alt_text == "Rye on wood"
        assert Asset.objects.get().title == "Picture 000"
    answer = client_of(bob).post(address, {"alt_text": "x" * 1501}, headers={"HX-Request": "true"})
    assert answer.status_code == 422


def test_X1_what_people_write_is_never_markup(bob, client_of, send, work, workspace, in_scope):
    client, payload = client_of(bob), '"><script>canary</script><img src=x onerror=canary>'
    send(client, payload + ".jpg", pictures.encoded())
    work()
    with in_scope():
        asset = Asset.objects.get()
    client.post(f"/w/{workspace.slug}/media/{asset.pk}/", {"title": payload, "alt_text": payload})
    for path in (
        "",
        "upload/",
        "pick/",
        f"{asset.pk}/",
        f"{asset.pk}/alt-text/",
        f"{asset.pk}/purge/",
        "?q=" + payload,
    ):
        page = client.get(f"/w/{workspace.slug}/media/{path}").content.decode()
        assert "<script>canary" not in page
        assert "<img src=x" not in page


def test_trash_restore_and_purge(alice, client_of, send, work, workspace, in_scope, stored_keys):
    client = client_of(alice)
    send(client, "one.jpg", pictures.encoded())
    work()
    assert len(stored_keys()) == 4
    with in_scope():
        asset = Asset.objects.get()
    prefix = f"/w/{workspace.slug}/media/{asset.pk}/"
    assert client.post(prefix + "purge/").status_code == 409
    assert client.post(prefix + "trash/").status_code == 302
    assert titles(client.get(f"/w/{workspace.slug}/media/").content.decode()) == []
    assert titles(client.get(f"/w/{workspace.slug}/media/?state=trash").content.decode()) == ["One"]
    with in_scope():
        assert not SearchEntry.objects.exists()
    assert client.post(prefix + "restore/").status_code == 302
    assert titles(client.get(f"/w/{workspace.slug}/media/?q=one").content.decode()) == ["One"]
    client.post(prefix + "trash/")
    assert client.post(prefix + "purge/").status_code == 302
    with in_scope():
        assert not (Asset.objects.exists() or StoredFile.objects.exists() or Rendition.objects.exists())
    assert FileDeletion.objects.count() == 4
    assert work() == 4
    assert stored_keys() == set()
    assert not FileDeletion.objects.exists()


def test_expired_trash_is_purged_and_what_is_used_stays(scope, monkeypatch):
    old, used, fresh = make_assets(3)
    for asset, days in ((old, 31), (used, 31), (fresh, 29)):
        operations.trash_asset(asset, now=clock.now() - timedelta(days=days), by=SYSTEM)
    monkeypatch.setattr(uses, "is_used", lambda asset: asset.pk == used.pk)
    assert operations.purge_expired() == 1
    assert {asset.pk for asset in Asset.objects.all()} == {used.pk, fresh.pk}


@pytest.mark.parametrize("status", ["ready", "failed"])
def test_a_post_is_offered_for_what_could_be_read_only(bob, client_of, scope, status: str) -> None:
    asset = make_assets(1, status)[0]
    page = client_of(bob).get(f"/w/{scope.slug}/media/{asset.pk}/").content.decode()
    assert ("Write a post with it" in page) is (status == "ready")


def test_retry_gives_a_failed_picture_another_three_tries(
    bob, client_of, send, work, workspace, in_scope, monkeypatch
):
    from media_library.formats import image

    def crash(*args):
        raise image.Unusable("It crashed.", may_work_later=True)

    client = client_of(bob)
    send(client, "one.jpg", pictures.encoded())
    with monkeypatch.context() as patched:
        patched.setattr(image, "draw", crash)
        for expected in ("pending", "pending", "failed"):
            assert work() == 1
            with in_scope():
                asset = Asset.objects.get()
                assert asset.status == expected
                Asset.objects.filter(status="pending").update(due_at=clock.now() - timedelta(seconds=1))
        assert asset.failure == "It crashed."
    assert client.post(f"/w/{workspace.slug}/media/{asset.pk}/retry/").status_code == 302
    assert work() == 1
    with in_scope():
        assert Asset.objects.get().status == "ready"


def test_a_worker_that_dies_each_time_ends_in_words(bob, client_of, send, in_scope):
    send(client_of(bob), "one.jpg", pictures.encoded())
    with in_scope():
        Asset.objects.update(tries=3)
        asset = Asset.objects.get()
        assert jobs.run_one("media_library.make_renditions", asset.workspace_id, asset.pk)
        asset.refresh_from_db()
    assert asset.status == "failed"
    assert "failed three times" in asset.failure


def test_F5_a_task_run_twice_makes_everything_once(bob, client_of, send, work, in_scope, stored_keys):
    send(client_of(bob), "one.jpg", pictures.encoded())
    with in_scope():
        asset = Asset.objects.get()
        due = jobs.REGISTRY["media_library.make_renditions"]
        token = due.claim([asset.pk])[asset.pk]
        operations.make_renditions(asset.pk, token)
        operations.make_renditions(asset.pk, token)
        assert due.claim([asset.pk]) == {}
        assert Rendition.objects.count() == 3
    assert len(stored_keys()) == 4


def test_a_stale_worker_records_nothing(bob, client_of, send, in_scope, monkeypatch):
    send(client_of(bob), "one.jpg", pictures.encoded())
    with in_scope():
        asset = Asset.objects.get()
        due = jobs.REGISTRY["media_library.make_renditions"]
        stale = due.claim([asset.pk])[asset.pk]
        from media_library.operations import renditions

        keep = renditions.keep

        def overtaken(*args):
            Asset.objects.update(claim_token="00000000-0000-4000-8000-000000000000")
            return keep(*args)

        monkeypatch.setattr(renditions, "keep", overtaken)
        operations.make_renditions(asset.pk, stale)
        asset.refresh_from_db()
        assert asset.status == "pending"
        assert not Rendition.objects.filter(status="ready").exists()
