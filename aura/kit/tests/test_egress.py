"""The one door outwards: trust cases S1 to S5, and honesty about how far a request got."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.test import TestCase

from aura.kit import addresses, egress
from aura.kit.addresses import check_url, is_public
from aura.kit.egress import Ambiguous, Kind, NotSent, Response, request

Talk = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener:
    """A socket server that counts who knocks and lets the test do the talking."""

    def __init__(self) -> None:
        self.knocks = 0
        self.requests: list[bytes] = []
        self.talk: Talk = lambda sock: sock.sendall(OK)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            threading.Thread(target=self._one, args=(sock,), daemon=True).start()

    def _one(self, sock: socket.socket) -> None:
        try:
            with sock:
                head = b""
                while b"\r\n\r\n" not in head:
                    got = sock.recv(65_536)
                    if not got:
                        return
                    head += got
                # Closing with unread bytes would reset the line and take the answer with it.
                length = re.search(rb"\r\nContent-Length: (\d+)", head)
                missing = int(length[1]) - len(head.partition(b"\r\n\r\n")[2]) if length else 0
                while missing > 0:
                    missing -= len(sock.recv(65_536))
                self.requests.append(head)
                self.talk(sock)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()


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


def answers(monkeypatch, *rounds: list[str]) -> list[str]:
    """Let names resolve to these addresses, one list after the other; returns the names that were asked for."""
    asked: list[str] = []
    left = list(rounds)

    def fake(host, port, **_options):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        if not found:
            raise socket.gaierror("no such name")
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return asked


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
    result = request("GET", allowed.url, timeout=0.6)
    assert time.monotonic() - start < 2
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
    dead = socket.create_server(("127.0.0.1", 0))
    port = dead.getsockname()[1]
    dead.close()
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
    assert set(seen) == {Kind.BLOCKED, Kind.REFUSED, Kind.TIMEOUT}
    assert set(seen.values()) == {"one.example could not be reached. Check the address."}


def test_S5_no_proxy_from_the_environment(allowed, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(request("GET", allowed.url), Response)


# How far it got ---------------------------------------------------------------------------------------------------


def test_a_hang_after_the_request_is_ambiguous(allowed):
    allowed.talk = lambda sock: time.sleep(3)
    result = request("POST", allowed.url, body=b"x", timeout=0.4)
    assert isinstance(result, Ambiguous)
    assert (result.kind, result.status) == (Kind.TIMEOUT, None)


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


def test_a_failed_handshake_is_not_sent(listener, settings):
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{listener.port}"]
    result = request("POST", f"https://127.0.0.1:{listener.port}/", body=b"x", timeout=2)
    assert isinstance(result, NotSent)


class Secure(Listener):
    """A listener over TLS with a certificate of its own for `hooks.example`."""

    def __init__(self, folder) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.authority = folder / "authority.pem"
        self.authority.write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.authority, folder / "key.pem")
        self.names: list[str | None] = []
        self.context.sni_callback = lambda sock, name, context: self.names.append(name)
        super().__init__()

    def _one(self, sock: socket.socket) -> None:
        try:
            super()._one(self.context.wrap_socket(sock, server_side=True))
        except OSError:
            sock.close()


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
    assert time.monotonic() - start < 2
    assert isinstance(result, NotSent)
    assert result.kind is Kind.TIMEOUT
    listener.close()


def test_headers_with_line_ends_are_a_bug_of_ours(allowed):
    with pytest.raises(ValueError, match="X-A"):
        request("GET", allowed.url, headers={"X-A": "b\r\nX-Evil: 1"})
    assert allowed.knocks == 0


def test_no_thread_or_socket_is_left_behind(allowed):
    before = threading.active_count()
    for _ in range(20):
        request("GET", allowed.url)
    time.sleep(0.2)
    assert threading.active_count() <= before + 1


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
