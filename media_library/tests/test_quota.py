"""The quota: exact however many upload at once, given back by what goes, checked and set right (trust U9)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from aura.kit import clock
from media_library import operations
from media_library.models import Asset, StoredFile, StoredTotal
from media_library.tests import pictures
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 90_000


def picture(seed: int) -> bytes:
    """Return a picture of EACH bytes; another seed is another picture."""
    return pictures.encoded(seed=seed).ljust(EACH, b"\0")


def total() -> int:
    return StoredTotal.objects.get().size


@pytest.mark.race
def test_U9_of_20_uploads_at_once_exactly_as_many_are_taken_as_fit(bob, client_of, send, in_scope, settings):
    settings.AURA_MEDIA_QUOTA_MB = 1
    clients = [client_of(bob) for _ in range(20)]

    def upload(number: int, client: Client) -> tuple[int, str]:
        try:
            answer = send(client, f"{number}.jpg", picture(number))
            return answer.status_code, answer.content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(upload, range(20), clients))
    assert Counter(status for status, _ in answers) == {200: 11, 413: 9}
    refused = next(page for status, page in answers if status == 413)
    assert "This is 90 kB, and the workspace has 10 kB left of its 1 MB." in refused
    assert "Delete for good what is in the trash, or ask whoever runs this Aura" in refused
    with in_scope():
        assert StoredFile.objects.count() == Asset.objects.count() == 11
        assert total() == 11 * EACH
        assert StoredTotal.difference() == 0


@pytest.mark.race
def test_20_uploads_of_the_same_bytes_are_counted_once(bob, client_of, send, in_scope, settings):
    settings.AURA_MEDIA_QUOTA_MB = 1
    clients = [client_of(bob) for _ in range(20)]

    def upload(client: Client) -> int:
        try:
            return send(client, "one.jpg", picture(1)).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(upload, clients)) == {200}
    with in_scope():
        assert total() == EACH


def test_what_is_deleted_for_good_gives_its_room_back_and_the_trash_does_not(
    bob, client_of, send, scope, settings
):
    settings.AURA_MEDIA_QUOTA_MB = 1
    client = client_of(bob)
    for number in range(11):
        send(client, f"{number}.jpg", picture(number))
    first = Asset.objects.order_by("id").first()
    operations.trash_asset(first, by=SYSTEM)
    assert send(client, "more.jpg", picture(50)).status_code == 413
    operations.purge_asset(first, by=SYSTEM)
    assert total() == 10 * EACH
    assert send(client, "more.jpg", picture(50)).status_code == 200
    assert total() == 11 * EACH


def test_an_upload_that_broke_off_is_counted_until_it_is_cleared_away(
    bob, client_of, send, work, scope, monkeypatch
):
    def broken(*args, **kwargs):
        raise OSError("the power went")

    client = client_of(bob)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("media_library.operations.uploads.store", broken)
        send(client, "one.jpg", picture(1))
    assert total() == EACH
    StoredFile.objects.update(due_at=clock.now() - timedelta(seconds=1))
    work()
    assert total() == 0


def test_U9_a_full_workspace_learns_nothing_of_what_others_have(
    bob, mallory, client_of, send, in_scope, other_workspace, settings
):
    send(client_of(bob), "mine.jpg", picture(1))
    settings.AURA_MEDIA_QUOTA_MB = 1
    with use_workspace(other_workspace):
        StoredFile.objects.create(sha256="f" * 64, key="theirs", size=1_000_000, mime="", extension="jpg")
    client, address = client_of(mallory), f"/w/{other_workspace.slug}/media/upload/"
    known, new = (
        client.post(
            address, {"files": pictures.Named(data, "a.jpg")}, headers={"HX-Request": "true"}
        ).content.decode()
        for data in (picture(1), picture(2))
    )
    assert known == new
    assert "the workspace is full" in known


def test_the_upload_page_says_how_much_is_used(bob, client_of, send, scope, settings):
    client = client_of(bob)
    send(client, "one.jpg", picture(1))
    address = f"/w/{scope.slug}/media/upload/"
    assert "used</span>" not in client.get(address).content.decode()
    settings.AURA_MEDIA_QUOTA_MB = 10_000
    assert "90 kB of 10 GB used" in client.get(address).content.decode()
    StoredTotal.objects.update(size=1_200_000_000)
    assert "1.2 of 10 GB used" in client.get(address).content.decode()


def test_check_storage_finds_a_wrong_total_and_sets_it_right(bob, client_of, send, scope):
    send(client_of(bob), "one.jpg", picture(1))
    StoredTotal.objects.update(size=1)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_storage", stdout=said)
    assert "off by -89,999 bytes" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("check_storage", repair=True, stdout=said)
    assert total() == EACH
    call_command("check_storage", stdout=said)


def test_a_workspace_from_before_the_quota_is_added_up_once(bob, client_of, send, scope):
    send(client_of(bob), "one.jpg", picture(1))
    StoredTotal.objects.all().delete()
    send(client_of(bob), "two.jpg", picture(2))
    assert total() == 2 * EACH
