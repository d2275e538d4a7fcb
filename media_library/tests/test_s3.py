"""The same over a real S3 protocol: runs where AURA_STORAGE=s3 names one (make check starts a stand-in)."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from aura.kit.files import store
from aura.kit.testing import just_now
from media_library import links
from media_library.models import Asset, Rendition, StoredFile
from media_library.tests import films, pictures

pytestmark = [
    pytest.mark.s3,
    pytest.mark.skipif(django_settings.AURA_STORAGE != "s3", reason="AURA_STORAGE is not s3"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def asset(bob, client_of, send, work, scope):
    send(client_of(bob), "seeded-slab.jpg", pictures.encoded())
    work()
    return Asset.objects.select_related("current__stored_file").prefetch_related("current__renditions").get()


def test_an_upload_reaches_the_bucket_and_comes_back(asset, bob, client_of, stored_keys):
    assert asset.status == "ready", asset.failure
    assert len(stored_keys()) == 4
    with default_storage.open(asset.current.stored_file.key) as file:
        assert hashlib.sha256(file.read()).hexdigest() == asset.current.stored_file.sha256
    page = client_of(bob).get(asset.thumb.get_absolute_url())
    assert hashlib.sha256(b"".join(page.streaming_content)).hexdigest() == asset.thumb.sha256


def test_T6_a_member_may_be_led_to_a_signed_address_that_ends_in_five_minutes(
    asset, bob, mallory, client_of, settings
):
    settings.AURA_MEDIA_SERVE = "redirect"
    answer = client_of(bob).get(asset.web.get_absolute_url())
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert int(asked["X-Amz-Expires"][0]) <= 300
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["response-content-type"] == ["image/webp"]
    assert asked["response-content-disposition"] == ["inline"]
    with urlopen(answer["Location"], timeout=30) as fetched:
        assert hashlib.sha256(fetched.read()).hexdigest() == asset.web.sha256
        assert fetched.headers["Content-Type"] == "image/webp"
    assert client_of(mallory).get(asset.web.get_absolute_url()).status_code == 404
    public = "/" + links.public_url(asset.clean_copy).split("/", 3)[3]
    assert Client().get(public).status_code == 302


def test_an_upload_that_had_arrived_before_is_not_stored_beside_itself(scope, stored_keys):
    key = f"{scope.pk}/again.bin"
    for _ in range(2):
        store(default_storage, key, ContentFile(b"same"), 4)
    assert stored_keys() == {key}


def test_F28_a_store_that_does_not_answer_is_503_and_nothing_is_promised(
    bob, client_of, send, work, scope, monkeypatch
):
    from botocore.exceptions import EndpointConnectionError

    def down(*args, **kwargs):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    client = client_of(bob)
    with monkeypatch.context() as patched:
        patched.setattr(type(default_storage._wrapped), "_save", down)
        answer = send(client, "one.jpg", pictures.encoded(seed=7))
        assert answer.status_code == 503
        assert "does not answer" in answer.content.decode()
        assert not StoredFile.objects.filter(status="ready").exists()
    assert "Added" in send(client, "one.jpg", pictures.encoded(seed=7)).content.decode()
    with monkeypatch.context() as patched:
        patched.setattr(type(default_storage._wrapped), "_save", down)
        work()
        assert Asset.objects.get().status == "pending"
    Asset.objects.update(due_at=just_now())
    work()
    assert Asset.objects.get().status == "ready"


def test_a_missing_object_is_404(asset, bob, client_of):
    default_storage.delete(asset.web.key)
    assert client_of(bob).get(asset.web.get_absolute_url()).status_code == 404


def test_a_missing_original_fails_in_words(bob, client_of, send, work, scope):
    send(client_of(bob), "one.jpg", pictures.encoded(seed=9))
    asset = Asset.objects.select_related("current__stored_file").get()
    default_storage.delete(asset.current.stored_file.key)
    work()
    asset.refresh_from_db()
    assert asset.status == "failed"
    assert "missing from the storage" in asset.failure
    assert not Rendition.objects.exists()


def test_a_player_gets_parts_of_a_film_and_is_led_to_an_address_that_lasts(
    bob, client_of, send, work, scope, settings
):
    send(client_of(bob), "opening.mp4", films.film("mp4"))
    work()
    copy = Rendition.objects.get(preset="clean")
    with default_storage.open(copy.stored_key) as file:
        data = file.read()
    client = client_of(bob)
    whole = client.get(copy.get_absolute_url())
    assert b"".join(whole.streaming_content) == data
    part = client.get(copy.get_absolute_url(), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{copy.size}")
    assert b"".join(part.streaming_content) == data[100:200]
    settings.AURA_MEDIA_SERVE = "redirect"
    answer = client.get(copy.get_absolute_url(), headers={"Range": "bytes=100-199"})
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, max-age=150", "nobody keeps an address that ends"
    assert int(parse_qs(urlsplit(answer["Location"]).query)["X-Amz-Expires"][0]) == 7200
    ranged = Request(answer["Location"], headers={"Range": "bytes=100-199"})
    with urlopen(ranged, timeout=30) as fetched:
        assert fetched.read() == data[100:200]


def test_parts_of_a_file_that_is_gone_are_404(asset, bob, client_of):
    default_storage.delete(asset.web.key)
    answer = client_of(bob).get(asset.web.get_absolute_url(), headers={"Range": "bytes=0-9"})
    assert answer.status_code == 404
