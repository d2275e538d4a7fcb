"""Who may see and do what in the library, and how files are handed out (T1, T6, R1, C4, C6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client

from aura.kit import clock
from media_library import links, operations
from media_library.models import Album, Asset, Rendition
from media_library.narrowing import album_and_below
from media_library.tests import pictures
from workspaces.models import Membership
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(bob, client_of, send, work, in_scope):
    send(client_of(bob), "seeded-slab.jpg", pictures.private("JPEG"))
    work()
    with in_scope():
        return Asset.objects.select_related("current").prefetch_related("current__renditions").get()


# page or verb, owner, editor, viewer; a stranger gets 404, somebody signed out is led to sign in.
TABLE = [
    ("get", "", 200, 200, 200),
    ("get", "?state=trash", 200, 200, 200),
    ("get", "upload/", 200, 200, 200),
    ("get", "pick/", 200, 200, 200),
    ("get", "{asset}/", 200, 200, 200),
    ("post", "{asset}/", 302, 302, 403),
    ("get", "{asset}/alt-text/", 200, 200, 200),
    ("post", "{asset}/alt-text/", 302, 302, 403),
    ("get", "{asset}/file/", 200, 200, 200),
    ("get", "renditions/{thumb}/", 200, 200, 200),
    ("post", "{asset}/trash/", 302, 302, 403),
    ("post", "{asset}/retry/", 409, 409, 403),
    ("post", "{asset}/restore/", 409, 409, 403),
    ("get", "{asset}/purge/", 200, 200, 200),
    ("post", "{asset}/purge/", 409, 403, 403),
]


@pytest.mark.parametrize(("method", "path", "owner", "editor", "viewer"), TABLE)
def test_R1_every_address_answers_each_role_as_the_table_says(
    method, path, owner, editor, viewer, asset, alice, bob, carol, mallory, client_of, workspace, in_scope
):
    address = f"/w/{workspace.slug}/media/" + path.format(asset=asset.pk, thumb=asset.thumb.pk)
    data = {"title": "Slab", "alt_text": "A slab"} if method == "post" else {}
    for user, status in ((alice, owner), (bob, editor), (carol, viewer)):
        with in_scope():
            Asset.objects.update(trashed_at=None, title="Seeded slab")
        assert getattr(client_of(user), method)(address, data).status_code == status, user
    signed_out = getattr(Client(), method)(address, data)
    assert signed_out.status_code == 302
    assert "/login/" in signed_out["Location"]
    stranger = getattr(client_of(mallory), method)
    assert stranger(address, data).status_code == 404
    with in_scope():
        assert Asset.objects.filter(pk=asset.pk).exists()


@pytest.mark.parametrize(("method", "path"), [(row[0], row[1]) for row in TABLE if "{" in row[1]])
def test_T1_an_object_of_another_workspace_is_not_there(
    method, path, asset, mallory, client_of, other_workspace, in_scope
):
    """Mallory tries Alice's ids below her own workspace: the answer is that of an id nobody has."""
    client = client_of(mallory)
    prefix = f"/w/{other_workspace.slug}/media/"
    theirs = getattr(client, method)(prefix + path.format(asset=asset.pk, thumb=asset.thumb.pk))
    nobodys = getattr(client, method)(
        prefix + path.format(asset=asset.workspace_id, thumb=asset.workspace_id)
    )
    assert theirs.status_code == nobodys.status_code == 404
    with in_scope():
        untouched = Asset.objects.get()
    assert (untouched.title, untouched.trashed_at) == ("Seeded slab", None)


def test_a_contributor_trashes_only_their_own(asset, alice, client_of, workspace, in_scope):
    Membership.objects.filter(user=alice).update(role="contributor")
    address = f"/w/{workspace.slug}/media/{asset.pk}/trash/"
    assert client_of(alice).post(address).status_code == 403
    with in_scope():
        Asset.objects.update(created_by=alice)
    assert client_of(alice).post(address).status_code == 302


def test_a_contributor_deletes_no_album_of_others_by_moving_it_into_their_own(
    alice, bob, client_of, workspace, in_scope
):
    Membership.objects.filter(user=alice).update(role="contributor")
    with in_scope():
        theirs = operations.create_album(Album(name="Theirs"), by=bob)
        own = operations.create_album(Album(name="Own"), by=alice)
    albums, client = f"/w/{workspace.slug}/media/albums/", client_of(alice)
    assert client.post(f"{albums}{theirs.pk}/delete/").status_code == 403
    client.post(f"{albums}{theirs.pk}/", {"name": "Theirs", "parent": own.pk})
    refused = client.post(f"{albums}{own.pk}/delete/")
    assert refused.status_code == 409
    assert "Move that out first, or ask an editor." in refused.content.decode()
    with in_scope():
        assert Album.objects.filter(parent=own).get() == theirs
    assert client_of(bob).post(f"{albums}{own.pk}/delete/").status_code == 302
    with in_scope():
        assert not Album.objects.exists()


def test_albums_that_lie_in_each_other_end_no_worker(workspace, in_scope):
    with in_scope():
        one = Album.objects.create(name="One")
        two = Album.objects.create(name="Two", parent=one)
        Album.objects.filter(pk=one.pk).update(parent=two)
        assert set(album_and_below(one.pk)) == {one.pk, two.pk}


def test_a_contributor_takes_back_no_version_of_others(asset, alice, bob, client_of, workspace, in_scope):
    Membership.objects.filter(user=alice).update(role="contributor")
    page, client = f"/w/{workspace.slug}/media/{asset.pk}/", client_of(alice)
    with in_scope():
        operations.edit_picture(asset, recipe={"turn": 90}, by=bob)
        operations.edit_picture(asset, recipe={"turn": 180}, by=alice)
    shown = client.get(page).content.decode()
    assert (f"{page}versions/3/drop/" in shown, f"{page}versions/2/drop/" in shown) == (True, False)
    assert client.post(f"{page}versions/2/drop/").status_code == 409
    assert client.post(f"{page}versions/3/drop/").status_code == 302
    with in_scope():
        assert set(asset.versions.values_list("number", flat=True)) == {1, 2}
    assert client_of(bob).post(f"{page}versions/2/drop/").status_code == 302


def test_files_are_served_with_headers_that_disarm_them(asset, carol, client_of, workspace):
    client = client_of(carol)
    client.get(f"/w/{workspace.slug}/media/")  # the first page of a session writes the session down
    shown = client.get(f"/w/{workspace.slug}/media/renditions/{asset.web.pk}/")
    assert shown["Content-Type"] == "image/webp"
    assert shown["Content-Disposition"] == "inline"
    assert shown["Cache-Control"] == "private, max-age=31536000, immutable"
    download = client.get(f"/w/{workspace.slug}/media/{asset.pk}/file/")
    assert download["Content-Type"] == "image/jpeg"
    assert download["Content-Disposition"] == 'attachment; filename="Seeded slab.jpg"'
    assert download["Cache-Control"] == "private, no-store"
    for answer in (shown, download):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cross-Origin-Resource-Policy"] == "same-site"
        assert not answer.cookies
    assert pictures.SECRET_PLACE not in b"".join(download.streaming_content)
    again = client.get(
        f"/w/{workspace.slug}/media/renditions/{asset.web.pk}/", headers={"If-None-Match": shown["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_missing_file_is_404_and_not_an_error(asset, carol, client_of, workspace):
    default_storage.delete(asset.web.key)
    assert client_of(carol).get(f"/w/{workspace.slug}/media/renditions/{asset.web.pk}/").status_code == 404


def test_nginx_may_serve_the_file(asset, carol, client_of, workspace, settings):
    settings.AURA_MEDIA_SERVE = "x-accel"
    answer = client_of(carol).get(f"/w/{workspace.slug}/media/renditions/{asset.web.pk}/")
    assert answer["X-Accel-Redirect"] == f"/_media/{asset.web.key}"
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content == b""


def test_T6_a_public_link_serves_one_rendition_without_signing_in(asset, in_scope):
    with in_scope():
        address = links.public_url(asset.clean_copy)
    path = "/" + address.split("/", 3)[3]
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"], answer["Content-Disposition"]) == (
        200,
        "image/jpeg",
        "inline",
    )
    assert not answer.cookies
    assert len(b"".join(answer.streaming_content)) == asset.clean_copy.size
    head = Client().head(path)
    assert (head.status_code, head["Content-Length"]) == (200, str(asset.clean_copy.size))
    assert Client().post(path).status_code == 405
    ranged = Client().get(path, headers={"Range": "bytes=0-10"})
    assert ranged.status_code in (200, 206)


def test_T6_an_edited_expired_or_swapped_link_leads_nowhere(asset, in_scope):
    with in_scope():
        path = "/" + links.public_url(asset.clean_copy).split("/", 3)[3]
        other = "/" + links.public_url(asset.thumb).split("/", 3)[3]
    token, foreign = path.split("/")[3], other.split("/")[3]
    swapped = foreign.split(".", 1)[0] + "." + token.split(".", 1)[1]
    for broken in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        swapped,
        "x" + token[1:],
        "nonsense",
        token + "x",
    ):
        assert Client().get(f"/public/media/{broken}/").status_code == 404
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=5), tick=False):
        assert Client().get(path).status_code == 404


def test_T6_trash_ends_every_public_link_and_new_ones_work(asset, in_scope):
    with in_scope():
        path = "/" + links.public_url(asset.clean_copy).split("/", 3)[3]
        operations.trash_asset(asset, by=SYSTEM)
    assert Client().get(path).status_code == 404
    with in_scope():
        row = Rendition.objects.get(preset="clean")
        fresh = links.public_urls([row.pk])[row.pk]
    assert Client().get("/" + fresh.split("/", 3)[3]).status_code == 200


def test_T10_links_end_with_their_workspace(asset, in_scope, workspace):
    with in_scope():
        path = "/" + links.public_url(asset.clean_copy).split("/", 3)[3]
    workspace.trashed_at = clock.now()
    workspace.save()
    assert Client().get(path).status_code == 404


def test_T6_a_rendition_needs_membership_at_every_request(asset, bob, mallory, client_of, workspace):
    address = f"/w/{workspace.slug}/media/renditions/{asset.thumb.pk}/"
    client = client_of(bob)
    assert client.get(address).status_code == 200
    with use_workspace(workspace):
        Membership.objects.filter(user=bob).delete()
    assert client.get(address).status_code == 404
    assert client_of(mallory).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_M3_looking_changes_nothing(asset, alice, client_of, workspace, in_scope):
    def state():
        with in_scope():
            return list(Asset.objects.values()), list(Rendition.objects.order_by("id").values())

    before = state()
    for method, path, *_ in TABLE:
        if method == "get":
            address = f"/w/{workspace.slug}/media/" + path.format(asset=asset.pk, thumb=asset.thumb.pk)
            client_of(alice).get(address)
            client_of(alice).head(address)
    assert state() == before
