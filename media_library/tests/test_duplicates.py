"""The same file once more: use the one that is there, or keep both; and what looks the same though it is not."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from PIL import Image

from media_library import operations, similar
from media_library.models import Asset, AssetVersion, StoredFile, StoredTotal
from media_library.tests import pictures
from workspaces.models import Activity
from workspaces.operation import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


def offered(page: str) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of "Keep both" in the row of an upload."""
    form = re.search(r'action="([^"]+/keep-both/)".*?</form>', page, re.DOTALL)
    assert form is not None
    return form[1], dict(re.findall(r'name="(file|name|upload_key)" value="([^"]*)"', form[0]))


def test_keep_both_makes_a_second_asset_of_the_one_stored_file(
    bob, client_of, send, work, scope, stored_keys
):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    work()
    first = Asset.objects.get()
    Asset.objects.filter(pk=first.pk).update(alt_text="A loaf", expires_date=date(2030, 1, 31))
    address, fields = offered(send(client, "for-spring.jpg", data).content.decode())
    answer = client.post(address, fields, headers=HTMX)
    assert "Added" in answer.content.decode()
    second = Asset.objects.exclude(pk=first.pk).get()
    assert (second.title, second.created_by, second.status) == ("For spring", bob, "pending")
    assert (second.alt_text, second.expires_date) == ("A loaf", date(2030, 1, 31))
    assert second.current.stored_file == first.current.stored_file
    work()
    second.refresh_from_db()
    assert (second.status, second.dhash is not None) == ("ready", True)
    assert similar.same_as([second]) == {}, "nobody is asked again about what was kept on purpose"
    assert similar.pairs().pairs == []
    assert StoredFile.objects.count() == 1
    assert StoredTotal.objects.get().size == len(data)
    assert Activity.objects.filter(verb="media_library.keep_both").count() == 1
    # The file stays as long as one of them does.
    operations.trash_asset(first, by=SYSTEM)
    operations.purge_asset(first, by=SYSTEM)
    work()
    assert second.current.stored_file.key in stored_keys()
    operations.trash_asset(second, by=SYSTEM)
    operations.purge_asset(second, by=SYSTEM)
    work()
    assert stored_keys() == set()
    assert StoredTotal.objects.get().size == 0


def test_keep_both_pressed_twice_keeps_one_more(bob, client_of, send, scope):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    address, fields = offered(send(client, "two.jpg", data).content.decode())
    assert client.post(address, fields).status_code == 302
    assert client.post(address, fields).status_code == 302
    assert Asset.objects.count() == 2


def test_keep_both_takes_the_bytes_that_were_sent_and_not_what_they_became(bob, client_of, send, scope):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    asset = Asset.objects.get()
    newer = StoredFile.objects.create(
        sha256="e" * 64, key="newer", size=1, mime="image/png", extension="png", status="ready"
    )
    version = AssetVersion.objects.create(asset=asset, stored_file=newer, number=2)
    Asset.objects.filter(pk=asset.pk).update(current=version)
    address, fields = offered(send(client, "two.jpg", data).content.decode())
    client.post(address, fields)
    kept = Asset.objects.exclude(pk=asset.pk).get()
    assert kept.current.stored_file.key == asset.current.stored_file.key


def test_what_is_in_the_trash_is_taken_out_and_not_kept_twice(bob, client_of, send, scope):
    client, data = client_of(bob), pictures.encoded()
    send(client, "one.jpg", data)
    asset = Asset.objects.get()
    operations.trash_asset(asset, by=SYSTEM)
    assert "keep-both" not in send(client, "two.jpg", data).content.decode()
    answer = client.post(f"/w/{scope.slug}/media/{asset.pk}/keep-both/")
    assert answer.status_code == 409
    assert "Take it out instead." in answer.content.decode()
    assert Asset.objects.count() == 1


def test_a_viewer_keeps_nothing(bob, carol, client_of, send, scope):
    send(client_of(bob), "one.jpg", pictures.encoded())
    asset = Asset.objects.get()
    assert client_of(carol).post(f"/w/{scope.slug}/media/{asset.pk}/keep-both/").status_code == 403
    assert Asset.objects.count() == 1


def test_a_new_picture_says_which_one_it_looks_like(bob, client_of, send, work, scope):
    client, data = client_of(bob), pictures.encoded(width=600, height=400)
    send(client, "first.jpg", data)
    work()
    smaller = io.BytesIO()
    Image.open(io.BytesIO(data)).resize((300, 200)).save(smaller, "JPEG", quality=70)
    row = send(client, "smaller.jpg", smaller.getvalue()).content.decode()
    asset = Asset.objects.get(title="Smaller")
    noticed = f"/w/{scope.slug}/media/noticed/?asset={asset.pk}"
    assert f'data-noticed="{noticed}"' in row
    assert client.get(noticed, headers=HTMX).content.strip() == b""
    work()
    answer = client.get(noticed, headers=HTMX).content.decode()
    assert "Looks the same as" in answer
    assert "“First”" in answer
    assert client.get(noticed).status_code == 302


def test_a_picture_like_no_other_says_nothing_and_a_broken_one_says_why(bob, client_of, send, work, scope):
    client = client_of(bob)
    send(client, "first.jpg", pictures.encoded(seed=1))
    send(client, "second.jpg", pictures.encoded(seed=2))
    work()
    second = Asset.objects.get(title="Second")
    noticed = f"/w/{scope.slug}/media/noticed/?asset={second.pk}&asset=nonsense"
    assert f'<small id="noticed-{second.pk}"></small>' in client.get(noticed, headers=HTMX).content.decode()
    Asset.objects.filter(pk=second.pk).update(status="failed", failure="It is damaged. Export it once more.")
    assert "It is damaged." in client.get(noticed, headers=HTMX).content.decode()
