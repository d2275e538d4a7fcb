"""The door outwards against servers that mean harm: trust case S4, and TLS."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from aura.kit import egress
from aura.kit.egress import Ambiguous, Kind, NotSent, Response, request
from aura.kit.tests.listening import OK, Listener, Secure, Talk, answers

ENDED = 15
"""Seconds: far beyond the deadlines given here, far below what these servers would take without one."""


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


# S4: hostile answers ----------------------------------------------------------------------------------------------


def redirect(to: str, status: int = 302) -> Talk:
    return lambda sock: sock.sendall(
        f"HTTP/1.1 {status} Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
    )


def test_S4_redirects_are_not_followed_unless_asked(allowed):
    allowed.talk = redirect("/elsewhere")
    result = request("POST", allowed.url, body=b"x")
    assert isinstance(result, Response)
    assert result.status == 302
    assert allowed.knocks == 1
    with pytest.raises(ValueError, match="redirects"):
        request("POST", allowed.url, body=b"x", redirects=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_S4_a_followed_hop_is_judged_again_and_loses_secrets(status, allowed):
    first = redirect("/there?a=b", status)
    allowed.talk = lambda sock: (first if len(allowed.requests) == 1 else lambda s: s.sendall(OK))(sock)
    result = request(
        "GET", allowed.url, headers={"Authorization": "Bearer top", "Cookie": "a=b"}, redirects=3
    )
    assert isinstance(result, Response)
    assert result.url.endswith("/there?a=b")
    assert b"Bearer top" in allowed.requests[0]
    assert b"top" not in allowed.requests[1]
    assert b"ookie" not in allowed.requests[1]


@pytest.mark.parametrize("to", ["http://169.254.169.254/", "file:///etc/passwd", "http://localhost:1/"])
def test_S4_a_hop_inside_is_blocked(to, allowed):
    allowed.talk = redirect(to)
    result = request("GET", allowed.url, redirects=3)
    assert isinstance(result, Ambiguous)
    assert result.kind in (Kind.BLOCKED, Kind.BAD_URL)
    assert allowed.knocks == 1


def test_S4_an_endless_redirect_ends(allowed):
    allowed.talk = redirect("/again")
    result = request("GET", allowed.url, redirects=3)
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.REDIRECTS
    assert allowed.knocks == 4


def test_S4_a_large_answer_is_cut(allowed):
    def talk(sock):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(2_000):
            sock.sendall(b"x" * 10_000)

    allowed.talk = talk
    result = request("GET", allowed.url, max_bytes=100_000)
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.TOO_LARGE
    assert result.status == 200


def test_S4_a_gzip_bomb_is_counted_after_decompression(allowed):
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    allowed.talk = lambda sock: sock.sendall(head + bomb)
    assert len(bomb) < 100_000
    result = request("GET", allowed.url, max_bytes=1_000_000)
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.TOO_LARGE


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["headers", "body", "hundreds"],
)
def test_S4_a_byte_now_and_then_meets_the_deadline(head, allowed):
    def talk(sock):
        sock.sendall(head)
        while True:
            sock.sendall(head if b"100" in head else b"x")
            time.sleep(0.05)

    allowed.talk = talk
    start = time.monotonic()
    result = request("GET", allowed.url, timeout=1)
    assert time.monotonic() - start < ENDED
    assert isinstance(result, Ambiguous)
    assert result.kind is Kind.TIMEOUT


@pytest.mark.parametrize(
    "line", [b"X-A: " + b"a" * 80_000 + b"\r\n", b"X-A: a\r\n" * 200, b"X: " + b"a" * 9_000 + b"\r\n"]
)
def test_S4_endless_headers_are_cut(line, allowed):
    many = line * (9 if len(line) < 60_000 else 1)
    allowed.talk = lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\n" + many + b"\r\n")
    result = request("GET", allowed.url)
    assert isinstance(result, Ambiguous)
    assert result.kind in (Kind.TOO_LARGE, Kind.GARBAGE)


def test_a_failed_handshake_is_not_sent(listener, settings):
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{listener.port}"]
    result = request("POST", f"https://127.0.0.1:{listener.port}/", body=b"x", timeout=2)
    assert isinstance(result, NotSent)


@pytest.fixture
def secure(tmp_path, settings, monkeypatch) -> Iterator[Secure]:
    secure = Secure(tmp_path)
    settings.AURA_EGRESS_ALLOW = [f"{name}.example:{secure.port}" for name in ("hooks", "other")]
    answers(monkeypatch, ["127.0.0.1"])
    yield secure
    secure.close()


def test_a_certificate_nobody_vouches_for_stops_before_anything_is_sent(secure):
    result = request("POST", f"https://hooks.example:{secure.port}/", body=b"secret")
    assert isinstance(result, NotSent)
    assert result.kind is Kind.TLS
    assert secure.requests == []


def test_tls_is_pinned_to_the_address_and_asks_for_the_name(secure, monkeypatch):
    context = ssl.create_default_context(cafile=secure.authority)
    monkeypatch.setattr(egress, "tls_context", lambda: context)
    result = request("POST", f"https://hooks.example:{secure.port}/x", body=b"{}")
    assert isinstance(result, Response)
    assert secure.names == ["hooks.example"]
    assert f"Host: hooks.example:{secure.port}".encode() in secure.requests[0]
    result = request("POST", f"https://other.example:{secure.port}/x", body=b"{}")
    assert isinstance(result, NotSent)
    assert result.kind is Kind.TLS


def test_a_handshake_that_drips_meets_the_deadline(settings):
    listener = Listener()

    def stall(sock: socket.socket) -> None:
        try:
            while True:
                sock.sendall(b"\x16\x03\x03\x40\x00" if sock.recv(1) else b"")
                time.sleep(0.1)
        except OSError:
            pass

    listener._one = stall  # type: ignore[method-assign]
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{listener.port}"]
    start = time.monotonic()
    result = request("POST", f"https://127.0.0.1:{listener.port}/", body=b"x", timeout=0.5)
    assert time.monotonic() - start < ENDED
    assert isinstance(result, NotSent)
    assert result.kind is Kind.TIMEOUT
    listener.close()
