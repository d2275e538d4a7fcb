"""Files fetched from an address: taken like any other, refused inside the network, capped (trust S1 to S4)."""

from __future__ import annotations

import pytest

from aura.kit.tests.listening import Listener
from media_library import addresses
from media_library.models import Asset, StoredFile
from media_library.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


def reply(body: bytes, *head: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *head]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def server(settings):
    """A web server on loopback that the operator has allowed; `served` is what it answers by path."""
    listener = Listener()
    served = {}

    def talk(sock):
        path = listener.requests[-1].split(b" ")[1].decode().partition("?")[0]
        sock.sendall(served.get(path, reply(b"nothing", status="404 Not Found")))

    listener.talk, listener.served = talk, served
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{listener.port}"]
    yield listener
    listener.close()


@pytest.fixture
def fetch(workspace):
    """Send an address as the page's form does."""
    place = f"/w/{workspace.slug}/media/upload/address/"
    return lambda client, address, **headers: client.post(place, {"address": address}, headers=headers)


def test_a_picture_is_fetched_and_taken_like_any_other(bob, client_of, fetch, server, work, scope):
    data = pictures.encoded()
    server.served["/bread/hot-cross.jpg"] = reply(data, "Content-Type: image/jpeg")
    answer = fetch(client_of(bob), f"{server.url}/bread/hot-cross.jpg?key=secret", **HTMX)
    assert answer.status_code == 200
    assert "Added" in answer.content.decode()
    asset = Asset.objects.get()
    assert (asset.title, asset.created_by) == ("Hot cross", bob)
    assert asset.source == f"{server.url}/bread/hot-cross.jpg"
    work()
    asset.refresh_from_db()
    assert asset.status == "ready"
    again = fetch(client_of(bob), f"{server.url}/bread/hot-cross.jpg", **HTMX)
    assert "You already have this" in again.content.decode()


def test_a_redirect_is_followed_and_the_file_has_the_name_that_the_server_gives(
    bob, client_of, fetch, server, scope
):
    server.served["/go"] = reply(b"", "Location: /there", status="302 Found")
    server.served["/there"] = reply(
        pictures.encoded(), 'Content-Disposition: attachment; filename="../../rye loaf.jpg"'
    )
    assert "1 of 1 taken" in fetch(client_of(bob), f"{server.url}/go").content.decode()
    assert Asset.objects.get().title == "Rye loaf"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a.jpg",
        "http://2130706433/a.jpg",
        "http://127.1/a.jpg",
        "http://[::ffff:7f00:1]/a.jpg",
        "http://169.254.169.254/latest/",
        "http://localhost/a.jpg",
        "http://10.0.0.1:22/a.jpg",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user@example.com/a.jpg",
        "not an address",
        "",
    ],
)
def test_S1_what_is_no_public_address_is_refused_with_a_sentence(bob, client_of, fetch, scope, address):
    answer = fetch(client_of(bob), address)
    assert answer.status_code == 422
    assert "Nothing was taken" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_S4_a_redirect_into_the_network_is_not_followed(bob, client_of, fetch, server, scope):
    inside = Listener()
    try:
        targets = [inside.url, "http://169.254.169.254/", "file:///etc/passwd", "http://[x", "//["]
        for number, target in enumerate(targets):
            server.served[f"/{number}"] = reply(b"", f"Location: {target}", status="302 Found")
            assert fetch(client_of(bob), f"{server.url}/{number}").status_code == 422
        assert inside.knocks == 0
    finally:
        inside.close()
    assert not StoredFile.objects.exists()


def test_S4_addresses_that_lead_on_for_ever_end_after_three(bob, client_of, fetch, server, scope):
    server.served["/loop"] = reply(b"", "Location: /loop", status="301 Moved Permanently")
    answer = fetch(client_of(bob), f"{server.url}/loop")
    assert "leads from one to the next without an end" in answer.content.decode()
    assert server.knocks == 4


def test_S4_an_answer_that_is_too_large_is_cut_off(bob, client_of, fetch, server, scope, monkeypatch):
    monkeypatch.setattr(addresses, "MOST_BYTES", 1000)
    server.served["/a.jpg"] = reply(pictures.encoded())
    answer = fetch(client_of(bob), f"{server.url}/a.jpg")
    assert answer.status_code == 413
    assert "larger than 1 kB, the most that is fetched" in answer.content.decode()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("body", "head", "sentence"),
    [
        (
            b"<!doctype html><title>Bread</title>",
            "Content-Type: text/html; charset=utf-8",
            "address of a page",
        ),
        (b"MZ\x90\x00 no picture", "Content-Type: image/jpeg", "Aura takes"),
        (b"", "Content-Type: image/jpeg", "The file is empty"),
    ],
)
def test_what_is_no_file_that_aura_takes_is_refused(
    bob, client_of, fetch, server, scope, body, head, sentence
):
    server.served["/a.jpg"] = reply(body, head)
    answer = fetch(client_of(bob), f"{server.url}/a.jpg", **HTMX)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_what_is_not_there_is_said(bob, client_of, fetch, server):
    assert "(404)" in fetch(client_of(bob), f"{server.url}/gone.jpg").content.decode()


def test_more_than_two_at_once_have_to_wait(bob, client_of, fetch, scope):
    with addresses._turns, addresses._turns:
        answer = fetch(client_of(bob), "https://example.com/a.jpg")
    assert answer.status_code == 503
    assert "Try again in a minute." in answer.content.decode()


def test_a_viewer_fetches_nothing(carol, client_of, fetch, server):
    assert fetch(client_of(carol), f"{server.url}/a.jpg").status_code == 403
    assert server.knocks == 0


def test_a_query_is_not_kept_and_a_long_address_not_cut():
    assert addresses.source_of("https://a.example/b.jpg?token=x#y") == "https://a.example/b.jpg"
    assert addresses.source_of("https://a.example/" + "b" * 600) == ""
