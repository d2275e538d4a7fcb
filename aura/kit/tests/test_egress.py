"""The one door outwards: trust cases S1 to S5, and honesty about how far a request got."""

from __future__ import annotations

import ast
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.test import TestCase

from aura.kit import addresses, egress
from aura.kit.addresses import check_url, is_public
from aura.kit.egress import Ambiguous, Kind, NotSent, Response, request
from aura.kit.tests.listening import Listener, answers
from aura.tests.processes import wait_for


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def allowed(listener: Listener, settings) -> Listener:
    """The listener, named by the operator."""
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{listener.port}"]
    return listener


@pytest.fixture
def any_port(listener: Listener, monkeypatch) -> Listener:
    """The listener's port is as good as 443, so that only the address can be the reason for a no."""
    monkeypatch.setattr(addresses, "PORTS", frozenset({80, 443, listener.port}))
    return listener


# S1: forms of an address ------------------------------------------------------------------------------------------

INSIDE = [
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "①②⑦.0.0.1",
    "0",
    "0.0.0.0",
    "[::ffff:7f00:1]",
    "[::1]",
    "[::]",
    "127.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "aura.localhost",
    "printer.local",
    "db.internal",
]


@pytest.mark.parametrize("host", INSIDE)
def test_S1_inside_addresses_are_refused_by_the_form_and_never_called(host, any_port):
    url = f"http://{host}:{any_port.port}/"
    with pytest.raises(ValueError) as refused:
        check_url(url)
    assert str(refused.value).endswith(".")
    assert isinstance(request("GET", url), NotSent)
    assert any_port.knocks == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "http://",
        "http:///path",
        "javascript:alert(1)",
        "\x01javascript:alert(1)",
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "data:text/html,x",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\.example.com/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: evil",
        "http://example.com:22/",
        "http://example.com:25/",
        "http://example.com:5432/",
        "http://example.com:6379/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://[fe80::1%25eth0]/",
        "http://-bad.com/",
        "http://a..b/",
        "http://" + "a" * 64 + ".com/",
        "http://example.com/" + "a" * 2_100,
    ],
)
def test_S1_what_is_no_address_gets_a_sentence(url):
    with pytest.raises(ValueError) as refused:
        check_url(url)
    assert str(refused.value)[0].isupper()
    assert str(refused.value).endswith(".")
    result = request("GET", url)
    assert isinstance(result, NotSent)
    assert result.kind is Kind.BAD_URL


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com/a?b=c#d",
        "https://example.com:8443/x",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/é?q=ü",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://hooks_1.example.com./",
    ],
)
def test_S1_ordinary_addresses_pass(url):
    check_url(url)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1"])
def test_S1_a_name_that_leads_inside_is_blocked_without_a_knock(address, any_port, monkeypatch):
    answers(monkeypatch, [address])
    result = request("GET", f"http://innocent.example:{any_port.port}/")
    assert isinstance(result, NotSent)
    assert result.kind is Kind.BLOCKED
    assert any_port.knocks == 0


# S2: names that change or mix their answers -----------------------------------------------------------------------


def test_S2_a_rebinding_name_is_resolved_once_and_connected_where_it_was_checked(any_port, monkeypatch):
    asked = answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    connected: list[object] = []

    def connect(sock, place):
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(egress.socket.socket, "connect", connect)
    result = request("GET", f"http://rebind.example:{any_port.port}/")
    assert isinstance(result, NotSent)
    assert asked == ["rebind.example"]
    assert connected == [("93.184.216.34", any_port.port)]
    assert any_port.knocks == 0


@pytest.mark.parametrize("mixed", [["93.184.216.34", "127.0.0.1"], ["::1", "93.184.216.34"]])
def test_S2_one_inside_answer_among_good_ones_blocks(mixed, any_port, monkeypatch):
    answers(monkeypatch, mixed)
    result = request("GET", f"http://mixed.example:{any_port.port}/")
    assert isinstance(result, NotSent)
    assert result.kind is Kind.BLOCKED
    assert any_port.knocks == 0


def test_S2_a_name_without_answer_is_not_sent(monkeypatch):
    answers(monkeypatch, [])
    result = request("GET", "https://nowhere.example/")
    assert isinstance(result, NotSent)
    assert result.kind is Kind.UNRESOLVED


def test_S2_the_second_address_is_tried_when_the_first_is_dead(allowed, settings, monkeypatch):
    settings.AURA_EGRESS_ALLOW = [f"two.example:{allowed.port}"]
    answers(monkeypatch, ["::1", "127.0.0.1"])
    result = request("GET", f"http://two.example:{allowed.port}/")
    assert isinstance(result, Response)
    assert f"Host: two.example:{allowed.port}".encode() in allowed.requests[0]


# S3: what is_global gets wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "fec0::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "fe80::1",
        "fd00::1",
    ],
)
def test_S3_addresses_that_look_global_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_S3_addresses_of_the_internet_are_public(address):
    assert is_public(address)


# S5: the operator's list, and one face for every no ----------------------------------------------------------------


def test_S5_an_allowed_host_is_called(allowed):
    result = request("POST", allowed.url + "/hook?x=1", body=b"{}", headers={"webhook-id": "k"})
    assert isinstance(result, Response)
    assert (result.status, result.body, result.ok) == (200, b"ok", True)
    head = allowed.requests[0]
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{allowed.port}\r\n".encode() in head
    assert b"webhook-id: k\r\n" in head
    check_url(allowed.url)


def test_S5_the_list_opens_exactly_what_it_names(allowed, settings, monkeypatch):
    other = Listener()
    assert isinstance(request("GET", other.url), NotSent)
    answers(monkeypatch, ["127.0.0.1"])
    assert isinstance(request("GET", f"http://evil.example:{allowed.port}/"), NotSent)
    assert isinstance(request("GET", f"http://localhost:{allowed.port}/"), NotSent)
    assert allowed.knocks == other.knocks == 0
    other.close()


def test_S5_without_the_list_loopback_is_not_called(listener, settings):
    settings.AURA_EGRESS_ALLOW = []
    assert isinstance(request("GET", listener.url), NotSent)
    assert listener.knocks == 0


def test_S5_blocked_refused_and_timed_out_read_the_same(settings, monkeypatch):
    dead = socket.socket()  # bound, so that nobody else gets the port, and not listening
    dead.bind(("127.0.0.1", 0))
    port = dead.getsockname()[1]
    monkeypatch.setattr(addresses, "PORTS", frozenset({port}))
    seen: dict[Kind, str] = {}
    answers(monkeypatch, ["127.0.0.1"])
    for entries in ([], [f"one.example:{port}"]):
        settings.AURA_EGRESS_ALLOW = entries
        result = request("GET", f"http://one.example:{port}/")
        assert isinstance(result, NotSent)
        seen[result.kind] = result.sentence

    def slow(*_args, **_options):
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    result = request("GET", f"http://one.example:{port}/", timeout=0.1)
    assert isinstance(result, NotSent)
    seen[result.kind] = result.sentence
    dead.close()
    assert set(seen) == {Kind.BLOCKED, Kind.REFUSED, Kind.TIMEOUT}
    assert set(seen.values()) == {"one.example could not be reached. Check the address."}


def test_S5_no_proxy_from_the_environment(allowed, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(request("GET", allowed.url), Response)


# How far it got ---------------------------------------------------------------------------------------------------


def test_a_hang_after_the_request_is_ambiguous(allowed):
    asked = threading.Event()
    allowed.talk = lambda sock: asked.wait(60)
    result = request("POST", allowed.url, body=b"x", timeout=1.5)
    asked.set()
    assert isinstance(result, Ambiguous)
    assert (result.kind, result.status) == (Kind.TIMEOUT, None)


def test_whoever_waits_gives_all_calls_together_no_longer_than_they_wait(allowed):
    asked = threading.Event()
    allowed.talk = lambda sock: asked.wait(60)
    with egress.within(0.3), egress.within(60):
        for _ in range(2):
            result = request("GET", allowed.url, timeout=60)
            assert isinstance(result, Ambiguous | NotSent)
            assert result.kind is Kind.TIMEOUT
    asked.set()


def test_a_closed_line_without_answer_is_ambiguous(allowed):
    allowed.talk = lambda sock: None
    result = request("POST", allowed.url, body=b"x")
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.RESET


def test_half_an_answer_is_ambiguous_and_keeps_its_status(allowed):
    allowed.talk = lambda sock: sock.sendall(b"HTTP/1.1 201 OK\r\nContent-Length: 10\r\n\r\nhalf")
    result = request("POST", allowed.url, body=b"x")
    assert isinstance(result, Ambiguous)
    assert (result.kind, result.status) == (Kind.TRUNCATED, 201)


def test_garbage_is_ambiguous(allowed):
    allowed.talk = lambda sock: sock.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
    result = request("POST", allowed.url, body=b"x")
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.GARBAGE


def test_headers_with_line_ends_are_a_bug_of_ours(allowed):
    with pytest.raises(ValueError, match="X-A"):
        request("GET", allowed.url, headers={"X-A": "b\r\nX-Evil: 1"})
    assert allowed.knocks == 0


def test_no_thread_or_socket_is_left_behind(allowed):
    before = threading.active_count()
    for _ in range(20):
        request("GET", allowed.url)
    wait_for(lambda: threading.active_count() <= before + 1, 30, "the threads to end")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Tue, 13 Oct 2026 09:01:00 GMT", 60),
        ("Tue, 13 Oct 2026 08:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 40, 999_999_999),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    response = Response(429, {"retry-after": value}, b"", "")
    assert response.retry_after(datetime(2026, 10, 13, 9, 0, tzinfo=UTC)) == seconds


def test_an_answer_reads_as_json_or_none():
    assert Response(200, {}, b'{"a": 1}', "").json() == {"a": 1}
    for body in (b"", b"\xff", b"[" * 100_000):
        assert Response(200, {}, body, "").json() is None


class InTransaction(TestCase):
    """TestCase wraps every test in a transaction of its own, which is not ours."""

    def test_the_transaction_of_a_test_does_not_count(self):
        assert isinstance(request("GET", "http://127.0.0.1:22/"), NotSent)

    def test_an_outside_call_inside_a_transaction_is_refused(self):
        with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
            request("GET", "http://127.0.0.1:22/")


@pytest.mark.django_db(transaction=True)
def test_an_outside_call_inside_a_real_transaction_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        request("GET", "http://127.0.0.1:22/")
    assert isinstance(request("GET", "http://127.0.0.1:22/"), NotSent)


# The processes of one machine talk to each other in aura/serve, and the stand-in is a server for tests.
OPENERS = {
    "socket",
    "http.client",
    "urllib.request",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "telnetlib",
}
MAY_OPEN = (
    "aura/kit/egress.py",
    "aura/kit/bodies.py",
    "aura/serve/",
    "posts/networks/standin.py",
    "posts/networks/standins/files.py",  # a fake network fetches what it is told to
)


def test_S5_one_module_opens_sockets():
    root = Path(__file__).resolve().parents[3]
    found = set()
    for app in ("aura", "workspaces", "media_library", "campaigns", "posts"):
        for path in (root / app).rglob("*.py"):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                if any(
                    name == opener or name.startswith(f"{opener}.") for name in names for opener in OPENERS
                ):
                    found.add(str(path.relative_to(root)))
    strangers = sorted(path for path in found if not path.startswith(MAY_OPEN))
    assert not strangers, f"Call outwards through aura.kit.egress: {strangers}"


# Bodies in pieces -------------------------------------------------------------------------------------------------


def test_a_body_in_pieces_arrives_whole(allowed: Listener) -> None:
    answer = request("PUT", allowed.url, body=iter([b"rye ", b"bread"]), headers={"Content-Length": "9"})
    assert isinstance(answer, Response)
    assert allowed.requests[-1].endswith(b"\r\n\r\nrye bread")
    assert b"chunked" not in allowed.requests[-1]


def test_a_body_in_pieces_without_its_length_is_a_bug(allowed: Listener) -> None:
    with pytest.raises(ValueError, match="Content-Length"):
        request("PUT", allowed.url, body=iter([b"rye"]))
    assert allowed.requests == []
