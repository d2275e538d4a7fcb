"""Many assets at once: one operation on all of them, and whose work it leaves alone."""

from __future__ import annotations

import io
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from media_library import names, operations, placements
from media_library.models import Album, AlbumAsset, Asset, AssetTag, Rendition, Tag
from media_library.operations.uploads import index
from media_library.selection import AT_MOST
from media_library.tests import pictures
from workspaces import search
from workspaces.models import Activity, Membership
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace
from workspaces.sentences import said

LINK_CARD = placements.PLACEMENTS[-1]
pytestmark = pytest.mark.django_db(transaction=True)


def make(count: int = 1, **fields: object) -> list[Asset]:
    made = [Asset(**{"title": f"Picture {n}", "status": "ready", **fields}) for n in range(count)]
    for asset in made:
        asset.save()
        index(asset)
    return made


def ids(assets: list[Asset]) -> list[str]:
    return [str(asset.pk) for asset in assets]


def text(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def post(workspace, client_of):
    def send(user, verb, assets, **data):
        body = {"verb": verb, "asset": ids(assets), **data}
        return client_of(user).post(f"/w/{workspace.slug}/media/many/", body)

    return send


def test_tags_are_added_to_many_and_taken_off_and_counted(bob, post, in_scope):
    with in_scope():
        assets = make(3)
        operations.set_tags(assets[0], words=["rye", "old"], by=SYSTEM)
    assert post(bob, "tag", assets, tags="Rye, spring").status_code == 302
    with in_scope():
        counts = dict(Tag.objects.values_list("name", "asset_count"))
        assert counts == {"rye": 3, "spring": 3, "old": 1}
        assert set(search.ids("asset", "spring")) == {asset.pk for asset in assets}
        entry = Activity.objects.get(verb="media_library.tag_assets")
        assert said(entry, "") == "changed the tags of 3 things"
    post(bob, "untag", assets, tags="rye, old, nobody has it")
    with in_scope():
        assert dict(Tag.objects.values_list("name", "asset_count")) == {"spring": 3}
        assert AssetTag.objects.count() == 3
        assert search.ids("asset", "old") == []


@pytest.mark.race
def test_those_who_tag_and_untag_the_same_at_once_fail_nowhere_and_count_right(in_scope):
    with in_scope():
        assets = make(6)

    def toggle(asset: Asset) -> None:
        try:
            with in_scope():
                for words in (["rye"], [], ["rye"], [], ["rye"], []):
                    operations.set_tags(asset, words=words, by=SYSTEM)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(toggle, assets))
    with in_scope():
        assert not Tag.objects.exists()
        assert not AssetTag.objects.exists()


def test_whoever_would_have_too_many_tags_is_left_alone(scope):
    full, other = make(2)
    operations.set_tags(full, words=[f"tag {n}" for n in range(30)], by=SYSTEM)
    made = operations.tag_assets([full, other], add=["one more"], by=SYSTEM)
    assert (made.changed, made.left) == ([other], [full])
    swapped = operations.tag_assets([full], add=["one more"], remove=["tag 0"], by=SYSTEM)
    assert swapped.changed == [full]
    assert Tag.objects.get(name="one more").asset_count == 2
    assert not Tag.objects.filter(name="tag 0").exists()


def test_many_go_into_an_album_and_out_of_it(bob, post, in_scope):
    with in_scope():
        assets, album = make(3), Album.objects.create(name="Spring")
        AlbumAsset.objects.create(album=album, asset=assets[0])
    post(bob, "put", assets, album=str(album.pk))
    with in_scope():
        assert AlbumAsset.objects.filter(album=album).count() == 3
        entry = Activity.objects.get(verb="media_library.add_to_album")
        assert said(entry, f"‘{entry.subject_name}’") == "put 3 things into the album ‘Spring’"
    post(bob, "take", assets[:2], album=str(album.pk))
    with in_scope():
        assert [entry.asset_id for entry in AlbumAsset.objects.filter(album=album)] == [assets[2].pk]
    assert post(bob, "put", assets, album="").status_code == 422


def test_rights_of_many_are_set_where_they_are_filled_in(bob, post, in_scope):
    with in_scope():
        assets = make(2, author="Dan", licence="CC BY", source="here")
    post(bob, "rights", assets, licence="Ours", expires_date="2027-05-01", clear="source")
    with in_scope():
        for asset in Asset.objects.all():
            assert (asset.author, asset.licence, asset.source) == ("Dan", "Ours", "")
            assert asset.expires_date == date(2027, 5, 1)
    nothing = post(bob, "rights", assets)
    assert nothing.status_code == 422
    assert "Fill in what is to be set" in text(nothing)
    both = post(bob, "rights", assets, author="Ama", clear="author")
    assert both.status_code == 422
    with in_scope():
        assert set(Asset.objects.values_list("author", flat=True)) == {"Dan"}


def test_cuts_of_many_are_asked_for_where_a_picture_is_large_enough(
    bob, client_of, send, work, post, in_scope
):
    for number in range(2):
        send(client_of(bob), f"{number}.jpg", pictures.encoded(width=1400, height=1400, seed=number))
    work()
    with in_scope():
        small, film = make(1, kind="image", width=90, height=90)[0], make(1, kind="video")[0]
        assets = list(Asset.objects.all())
    post(bob, "cut", assets, places=["link-card", "instagram-post"])
    with in_scope():
        wanted = Rendition.objects.filter(preset__startswith="fit:")
        assert wanted.count() == 4
        assert not wanted.filter(version__asset__in=[small.pk, film.pk]).exists()
        again = operations.request_many_fits(list(Asset.objects.all()), placements=[LINK_CARD], by=SYSTEM)
        assert len(again.changed) == 2
        assert wanted.count() == 4


def test_a_contributor_leaves_the_work_of_others_in_its_place(
    bob, carol, workspace, post, client_of, in_scope
):
    Membership.objects.filter(user=carol).update(role="contributor")
    with in_scope():
        mine, theirs = make(1, created_by=carol)[0], make(1, created_by=bob)[0]
    answer = post(carol, "trash", [mine, theirs])
    assert answer.status_code == 302
    page = text(client_of(bob).get(f"/w/{workspace.slug}/media/"))
    assert str(theirs.pk) in page
    with in_scope():
        assert set(Asset.objects.filter(trashed_at=None)) == {theirs}
    post(bob, "trash", [theirs])
    post(carol, "restore", [mine, theirs])
    with in_scope():
        assert set(Asset.objects.filter(trashed_at=None)) == {mine}
        assert set(search.ids("asset", "picture")) == {mine.pk}


def test_what_was_left_alone_is_said(carol, bob, workspace, client_of, in_scope):
    Membership.objects.filter(user=carol).update(role="contributor")
    with in_scope():
        mine, theirs = make(1, created_by=carol)[0], make(1, created_by=bob)[0]
    path = f"/w/{workspace.slug}/media/many/"
    body = {"verb": "trash", "asset": [*ids([mine, theirs]), str(uuid.uuid4())]}
    page = text(client_of(carol).post(path, body, follow=True))
    assert "One thing is in the trash for 30 days." in page
    assert "One thing was left alone: there already, or made by others" in page
    assert "One thing is not here any more." in page


VERBS = [
    ("tag", {"tags": "rye"}), ("untag", {"tags": "rye"}), ("put", {"album": "{album}"}),
    ("take", {"album": "{album}"}), ("rights", {"author": "Eve"}), ("cut", {"places": "link-card"}),
    ("trash", {}), ("restore", {}), ("write", {}),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "data"), VERBS, ids=[verb for verb, _ in VERBS])
def test_R1_viewers_and_strangers_change_nothing(
    verb, data, carol, mallory, other_workspace, post, client_of, in_scope
):
    with in_scope():
        assets, album = make(2), Album.objects.create(name="Spring")
        operations.set_tags(assets[0], words=["rye"], by=SYSTEM)

    def state():
        with in_scope():
            return (
                list(Asset.objects.order_by("pk").values()), list(AssetTag.objects.values()),
                list(AlbumAsset.objects.values()), Rendition.objects.count(), Activity.objects.count(),
            )  # fmt: skip

    before = state()
    data = {name: value.format(album=album.pk) for name, value in data.items()}
    assert post(carol, verb, assets, **data).status_code == 403
    assert post(mallory, verb, assets, **data).status_code == 404
    own = client_of(mallory).post(
        f"/w/{other_workspace.slug}/media/many/", {"verb": verb, "asset": ids(assets), **data}
    )
    assert own.status_code == 422 or (verb == "write" and own.status_code == 302 and "media=" not in own.url)
    assert state() == before
    with use_workspace(other_workspace):
        assert not AlbumAsset.objects.exists()
        assert not Tag.objects.exists()


def test_what_is_missing_is_asked_for_on_a_page_that_keeps_what_was_typed(bob, post, workspace, in_scope):
    with in_scope():
        assets = make(2)
    page = post(bob, "tag", assets, tags=" , ")
    assert page.status_code == 422
    assert "Type a tag first." in text(page)
    assert all(f'value="{asset.pk}"' in text(page) for asset in assets)
    nobody = post(bob, "tag", [], tags="rye")
    assert nobody.status_code == 422
    assert "Nothing is ticked" in text(nobody)
    assert 'value="rye"' in text(nobody)
    assert post(bob, "no such verb", assets).status_code == 422
    assert post(bob, "tag", assets, asset=["nonsense"], tags="rye").status_code == 422
    with in_scope():
        assert not Tag.objects.exists()


def test_htmx_gets_sentences_and_the_page_stays(bob, client_of, workspace, in_scope):
    with in_scope():
        assets = make(2)
    client, path = client_of(bob), f"/w/{workspace.slug}/media/many/"
    headers = {"HX-Request": "true"}
    done = client.post(path, {"verb": "tag", "asset": ids(assets), "tags": "rye"}, headers=headers)
    assert done.status_code == 200
    assert "2 things are tagged." in text(done)
    wrong = client.post(path, {"verb": "tag", "asset": ids(assets), "tags": ""}, headers=headers)
    assert wrong.status_code == 422
    assert "Type a tag first." in text(wrong)


def test_everything_that_fits_a_filter_is_meant_up_to_the_most(bob, post, in_scope):
    with in_scope():
        make(3, colour="red")
        make(2, colour="blue")
    post(bob, "tag", [], tags="warm", fitting="1", query="?colour=red")
    with in_scope():
        assert Tag.objects.get(name="warm").asset_count == 3
        Asset.objects.bulk_create([Asset(title="More", colour="red") for _ in range(AT_MOST)])
        before = Tag.objects.count()
    many = post(bob, "tag", [], tags="hot", fitting="1", query="?colour=red")
    assert many.status_code == 413
    assert "500 at once is the most" in text(many)
    with in_scope():
        assert Tag.objects.count() == before


def test_what_is_ticked_under_a_filter_of_many_words_is_meant(bob, post, in_scope):
    with in_scope():
        assets = make(2)
    query = "?" + "&".join(f"tag={n}{'m' * 48}" for n in range(25))
    assert post(bob, "tag", assets, tags="warm", query=query).status_code == 302
    with in_scope():
        assert Tag.objects.get(name="warm").asset_count == 2


def test_more_than_the_most_is_refused_in_words(bob, client_of, workspace):
    body = {"verb": "tag", "tags": "rye", "asset": [str(uuid.uuid4()) for _ in range(AT_MOST + 1)]}
    answer = client_of(bob).post(f"/w/{workspace.slug}/media/many/", body)
    assert answer.status_code == 413
    assert "500 at once is the most" in text(answer)


def test_many_cost_as_many_queries_as_few(bob, in_scope):
    with in_scope():
        assets = make(40)

        def cost(some, word):
            with CaptureQueriesContext(connection) as queries:
                operations.tag_assets(some, add=[word], by=bob)
                operations.trash_assets(some, by=bob)
                operations.restore_assets(Asset.objects.in_bulk([a.pk for a in some]).values(), by=bob)
            return len(queries)

        assert cost(assets[:2], "few") == cost(assets, "many")


def test_a_new_post_takes_what_is_ticked(bob, post, settings, in_scope):
    with in_scope():
        assets = make(settings.AURA_MEDIA_PER_POST + 1)
    answer = post(bob, "write", assets)
    assert answer.status_code == 302
    assert answer.url.count("media=") == settings.AURA_MEDIA_PER_POST
    assert str(assets[-1].pk) in answer.url


def read_zip(response: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def test_what_is_ticked_leaves_in_one_zip_without_private_data(
    carol, bob, client_of, send, work, workspace, in_scope
):
    for seed, name in enumerate(("Loaf.jpg", "loaf.png", "con.jpg")):
        send(client_of(bob), name, pictures.encoded(width=60, height=40, seed=seed))
    work()
    with in_scope():
        Asset.objects.filter(title="Con").update(title="../../CON")
        make(1, title="Not ready", status="pending")
        make(1, title="Line", kind="headline", body="Rye at seven")
        everything = ids(list(Asset.objects.all()))
    path = f"/w/{workspace.slug}/media/many.zip"
    answer = client_of(carol).post(path, {"asset": everything})
    assert answer.status_code == 200
    archive = read_zip(answer)
    assert archive.testzip() is None
    listed = archive.namelist()
    assert sorted(n.casefold() for n in listed if n.startswith(("Loaf", "loaf"))) == [
        "loaf 2.jpg",
        "loaf.jpg",
    ]
    assert all("/" not in name and ".." not in name for name in listed)
    assert archive.read("Line.txt") == b"Rye at seven"
    assert "Not ready" in archive.read("Not in here.txt").decode()
    assert not any(name.casefold() == "con.jpg" for name in listed)


def test_a_zip_of_nothing_and_of_strangers_is_refused(
    mallory, carol, client_of, workspace, other_workspace, in_scope
):
    with in_scope():
        waiting = make(1, status="pending")
    path = f"/w/{workspace.slug}/media/many.zip"
    assert client_of(carol).post(path).status_code == 422
    assert client_of(carol).post(path, {"asset": ids(waiting)}).status_code == 409
    assert client_of(mallory).post(path, {"asset": ids(waiting)}).status_code == 404
    theirs = f"/w/{other_workspace.slug}/media/many.zip"
    assert client_of(mallory).post(theirs, {"asset": ids(waiting)}).status_code == 409


def test_names_in_a_folder_are_each_their_own():
    wanted = ["Loaf.jpg", "loaf.jpg", "Loaf 2.jpg", "LOAF.jpg", "Loaf.png"]
    assert names.unique(wanted) == ["Loaf.jpg", "loaf 2.jpg", "Loaf 2 2.jpg", "LOAF 3.jpg", "Loaf.png"]
    assert names.download_name("aux", "jpg") == "aux picture.jpg"
