"""The one door outwards. Nothing else in Aura may open a socket to an address that somebody typed.

`request()` refuses addresses inside the operator's network, connects to the very address it checked, keeps a total
deadline and a byte cap, knows no proxy, follows no redirect unless asked, and refuses to run inside a database
transaction. It never raises for what the other side does; the answer says how far it got:

* `Response`: a complete answer.
* `NotSent`: not one byte of the request went out. Trying again is safe.
* `Ambiguous`: the request, or part of it, went out and no complete answer came back.

Which addresses may be called at all is judged in `aura.kit.addresses`.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from http.client import HTTPException
from typing import Any, TypeAlias
from urllib.parse import urljoin

from django.db import connections
from urllib3._collections import HTTPHeaderDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from aura.kit.addresses import WebAddress, is_public, judge_url

logger = logging.getLogger(__name__)

TIMEOUT = 20.0
"""Seconds for everything together: name, connection, sending, reading."""

MAX_BYTES = 10_000_000
"""Largest answer, after decompression."""

MAX_HEADER_BYTES = 64_000
CONNECT_SECONDS = 5.0
"""Longest wait for one of several addresses of a name."""

# The only headers that survive a redirect: nothing that could be a secret.
_SAFE_ON_REDIRECT = frozenset({"accept", "accept-language", "user-agent"})


class Kind(StrEnum):
    """Why there is no answer, for programs and logs. People read the same sentence for all of `NotSent`."""

    BAD_URL = "bad_url"
    BLOCKED = "blocked"
    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not one byte of the request went out."""

    kind: Kind
    sentence: str
    detail: str = ""
    """For logs and staff, never for the person who typed the address: it may tell about the network inside."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Something went out and no complete answer came back. `status` is set if at least the headers arrived."""

    kind: Kind
    sentence: str
    detail: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer. `headers` ignores case; `body` is decompressed; `url` is where the answer came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8, with replacement characters where it is not."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, or None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def retry_after(self, now: datetime) -> int | None:
        """Seconds that `Retry-After` asks for, counted from `now` (both of its forms), or None."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return min(int(value[:9]), 10**9)
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return max(0, round((at - now).total_seconds()))


Result: TypeAlias = Response | NotSent | Ambiguous


class _Stop(Exception):
    """Ends a request before anything was sent."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


# What a name, a socket, a handshake or an answer may throw at us.
_TROUBLE = (OSError, HTTPError, HTTPException, ValueError, _Stop)


_ENDS_AT: ContextVar[float] = ContextVar("egress_ends_at", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all requests of the block together no longer than this, because somebody waits for what comes of them."""
    token = _ENDS_AT.set(min(_ENDS_AT.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


def request(
    method: str,
    url: str,
    *,
    body: bytes | Iterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    redirects: int = 0,
) -> Result:
    """Make one request and say what became of it.

    `timeout` is in seconds and covers everything (`within` may make it shorter); `max_bytes` caps the decompressed
    answer. `redirects` (GET and HEAD only) follows that many hops, each judged like the first, without the caller's
    headers. A `body` that comes in pieces is sent as it comes, and needs its Content-Length among the headers; where it
    breaks off, so does the request. Raises RuntimeError inside a database transaction and ValueError for headers that
    cannot be sent: both are bugs of the caller.
    """
    _refuse_in_transaction()
    sent = {"User-Agent": "Aura", "Accept": "*/*", "Accept-Encoding": "identity", **(headers or {})}
    for name, value in sent.items():
        if not re.fullmatch(r"[\t\x20-\x7e]*", name + value):
            raise ValueError(f"The header {name!r} holds more than printable ASCII.")
    if not (
        body is None or isinstance(body, bytes) or any(name.lower() == "content-length" for name in sent)
    ):
        raise ValueError("A body in pieces needs its Content-Length.")
    if redirects and method not in ("GET", "HEAD"):
        raise ValueError("Only GET and HEAD follow redirects.")
    deadline = min(time.monotonic() + timeout, _ENDS_AT.get())
    result = _one(method, url, body, sent, deadline, max_bytes)
    for _hop in range(redirects):
        if not isinstance(result, Response) or not _leads_on(result):
            return result
        try:
            url = urljoin(url, result.headers["location"])
        except ValueError as problem:
            sentence = "This address leads to one that cannot be read. Use the one it is meant to lead to."
            return Ambiguous(Kind.REDIRECTS, sentence, str(problem), result.status)
        sent = {name: value for name, value in sent.items() if name.lower() in _SAFE_ON_REDIRECT}
        sent["Accept-Encoding"] = "identity"
        result = _one(method, url, body, sent, deadline, max_bytes)
        if isinstance(result, NotSent):  # This hop was not, but the first request was.
            return Ambiguous(result.kind, result.sentence, result.detail)
    if redirects and isinstance(result, Response) and _leads_on(result):
        sentence = "This address leads from one to the next without an end."
        return Ambiguous(Kind.REDIRECTS, sentence, url, result.status)
    return result


def _leads_on(response: Response) -> bool:
    return response.status in (301, 302, 303, 307, 308) and bool(response.headers.get("location"))


def _refuse_in_transaction() -> None:
    """A slow stranger must never hold a lock of ours. The transaction around a TestCase does not count."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block and not all(
            getattr(block, "_from_testcase", False) for block in connection.atomic_blocks
        ):
            raise RuntimeError(
                f"Outside call inside a transaction on database {connection.alias!r}: commit first, then call."
            )


def _one(
    method: str,
    url: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
    deadline: float,
    max_bytes: int,
) -> Result:
    """One request to one address, no redirect."""
    try:
        target = judge_url(url)
    except ValueError as problem:
        logger.warning("egress refused an address: %s", problem)
        return NotSent(Kind.BAD_URL, str(problem), str(problem))
    guard = _Guard(target, deadline)
    connection = guard.connection()
    try:
        try:
            connection.connect()
            guard.check()
        except _TROUBLE as problem:
            kind, detail = guard.why(problem)
            logger.warning("egress %s %s:%s: %s", kind.value, target.host, target.port, detail)
            return NotSent(kind, f"{target.host} could not be reached. Check the address.", detail)
        status: int | None = None
        try:
            try:
                connection.request(method, target.path, body=body, headers=headers, preload_content=False)
            except BrokenPipeError:
                pass  # It may have answered before it stopped reading; the answer is what counts.
            answer = connection.getresponse()
            status = answer.status
            if sum(len(name) + len(value) for name, value in answer.headers.items()) > MAX_HEADER_BYTES:
                raise _Stop(Kind.TOO_LARGE, f"headers larger than {MAX_HEADER_BYTES:,} bytes")
            content = bytearray()
            for chunk in answer.stream(65_536, decode_content=True):
                content += chunk
                if len(content) > max_bytes:
                    raise _Stop(Kind.TOO_LARGE, f"answer larger than {max_bytes:,} bytes")
                guard.check()
            guard.check()
        except _TROUBLE as problem:
            kind, detail = guard.why(problem)
            logger.warning("egress %s %s:%s after sending: %s", kind.value, target.host, target.port, detail)
            return Ambiguous(kind, f"{target.host} gave no complete answer.", detail, status)
        return Response(status, HTTPHeaderDict(answer.headers), bytes(content), url)
    finally:
        guard.close()
        connection.close()


class _Guard:
    """Watches over one connection: opens it to an address it checked, and cuts it at the deadline.

    Socket time-outs alone do not hold a deadline, since a server that drips a byte a second never times out. So a
    timer shuts the socket down, through a duplicate of its descriptor that survives the wrapping in TLS.
    """

    def __init__(self, target: WebAddress, deadline: float) -> None:
        self.target = target
        self.deadline = deadline
        self.expired = False
        self._duplicate: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def connection(self) -> HTTPConnection:
        """A connection that is not open yet and whose socket comes from `open`."""
        host, port, remaining = self.target.host, self.target.port, self.remaining()
        if self.target.scheme == "https":
            return _PinnedHTTPS(host, port, timeout=remaining, ssl_context=tls_context(), opened=self.open)
        return _PinnedHTTP(host, port, timeout=remaining, opened=self.open)

    def remaining(self) -> float:
        """Seconds left, never less than a little, since 0 would mean a socket that does not block."""
        return max(self.deadline - time.monotonic(), 0.001)

    def check(self) -> None:
        """Raise when the deadline has passed."""
        if self.expired or time.monotonic() > self.deadline:
            raise TimeoutError("deadline passed")

    def open(self) -> socket.socket:
        """Resolve once, require that every answer is allowed, connect to one of them."""
        addresses = _resolve(self.target.host, self.target.port, self.remaining())
        if not self.target.named:
            for _family, address in addresses:
                if not is_public(address):
                    way = f"AURA_EGRESS_ALLOW={self.target.host}:{self.target.port} would allow it"
                    raise _Stop(Kind.BLOCKED, f"{self.target.host} leads to {address}; {way}")
        problem: OSError = TimeoutError("deadline passed")
        for index, (family, address) in enumerate(addresses):
            self.check()
            last = index == len(addresses) - 1
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(self.remaining() if last else min(self.remaining(), CONNECT_SECONDS))
                sock.connect((address, self.target.port))
                sock.settimeout(self.remaining())
                self._watch(sock)
                return sock
            except OSError as error:
                sock.close()
                problem = error
        raise problem

    def _watch(self, sock: socket.socket) -> None:
        self._duplicate = sock.dup()
        self._timer = threading.Timer(self.remaining(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            if self._duplicate is not None:
                try:
                    self._duplicate.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # The other side was faster.

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            if self._duplicate is not None:
                self._duplicate.close()
                self._duplicate = None

    def why(self, problem: Exception) -> tuple[Kind, str]:
        """What an exception means, and its words for the log."""
        detail = f"{type(problem).__name__}: {problem}"[:500]
        if self.expired or time.monotonic() > self.deadline:
            return Kind.TIMEOUT, detail
        if isinstance(problem, _Stop):
            return problem.kind, problem.detail
        cause = problem.args[-1] if isinstance(problem, HTTPError) and problem.args else problem
        for error in (problem, cause, problem.__cause__, problem.__context__):
            if isinstance(error, ssl.SSLError):
                return Kind.TLS, detail
            if isinstance(error, TimeoutError):
                return Kind.TIMEOUT, detail
            if isinstance(error, ConnectionRefusedError):
                return Kind.REFUSED, detail
            if isinstance(error, ConnectionError):
                return Kind.RESET, detail
        if "IncompleteRead" in detail:
            return Kind.TRUNCATED, detail
        if isinstance(problem, OSError):
            return Kind.REFUSED, detail
        return Kind.GARBAGE, detail


class _PinnedHTTP(HTTPConnection):
    """A connection whose socket is opened by a guard; Host stays the name that was asked for."""

    def __init__(self, *args: Any, opened: Callable[[], socket.socket], **options: Any) -> None:
        super().__init__(*args, **options)
        self._opened = opened

    def _new_conn(self) -> socket.socket:
        return self._opened()


class _PinnedHTTPS(HTTPSConnection):
    """The same over TLS; the certificate and SNI are those of the name that was asked for."""

    def __init__(self, *args: Any, opened: Callable[[], socket.socket], **options: Any) -> None:
        super().__init__(*args, **options)
        self._opened = opened

    def _new_conn(self) -> socket.socket:
        return self._opened()


@cache
def tls_context() -> ssl.SSLContext:
    """The certificates of the machine (`SSL_CERT_FILE` adds an authority of one's own), TLS 1.2 or later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _resolve(host: str, port: int, seconds: float) -> list[tuple[int, str]]:
    """Every address of a name, [(family, address)], in the resolver's order.

    The resolver of the operating system knows no deadline, so it is asked in a thread that may be left behind.
    """
    answers: queue.SimpleQueue[list[tuple[int, str]] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys((int(family), str(place[0])) for family, _, _, _, place in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="egress-resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer for {host} in time") from None
    if isinstance(answer, Exception):
        raise _Stop(Kind.UNRESOLVED, f"{host}: {answer}")
    if not answer:
        raise _Stop(Kind.UNRESOLVED, f"{host} has no address")
    return answer
