"""Judging web addresses by their form, and IP addresses by where they lead. Asks no network.

`AURA_EGRESS_ALLOW` (a list of "host:port") lets an operator name hosts inside the network, loopback included. An entry
opens exactly that host as written in the address, at that port, and weakens nothing else.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

PORTS = frozenset({80, 443, 8443})
"""Ports that anybody may be called on; others need AURA_EGRESS_ALLOW."""

MAX_URL = 2_048
"""Characters."""

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses that `is_global` calls public although a gateway may lead them inside (NAT64, 6to4, Teredo, site-local,
# IPv4-compatible, 6to4 relay).
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(net)
    for net in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "fec0::/10",
        "::/96",
        "192.88.99.0/24",
    )
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
INSIDE = (
    "This address is inside the network. Use one that the internet can reach, "
    "or ask whoever runs this Aura to allow it."
)

NOT_OPEN = "not_open"
"""The code of a form's error whose `params["endpoint"]` the operator could name in AURA_EGRESS_ALLOW."""


class NotOpen(ValueError):
    """An address that is right, and that nobody may call unless the operator names its `endpoint`."""

    def __init__(self, sentence: str, endpoint: str) -> None:
        super().__init__(sentence)
        self.endpoint = endpoint


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address that was judged by its form: where to connect and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str
    named: bool
    """Whether the operator named this host and port in AURA_EGRESS_ALLOW."""


def is_public(address: str | Address) -> bool:
    """Whether an IP address belongs to the internet and not to anybody's inside (trust case S3)."""
    if isinstance(address, str):
        address = ipaddress.ip_address(address)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address.version == net.version and address in net for net in _NOT_PUBLIC)
    )


def is_inside(url: str) -> bool:
    """Whether an address leads, by its form alone, into somebody's own network and not to the internet."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not is_public(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def place_of(url: str) -> str:
    """Return the host of an address, with its port where it names one: all else in it may hold a secret."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    return f"{host}:{parts.port}" if parts.port else host


def check_url(url: str) -> None:
    """Judge an address that a person typed, without asking any network.

    Raises ValueError with a sentence that says what to type instead. What a name resolves to is judged again each
    time it is called.
    """
    target = judge_url(url)
    if target.named:
        return
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        if target.host == "localhost" or target.host.endswith((".localhost", ".local", ".internal")):
            raise NotOpen(INSIDE, _endpoint(target.host, target.port)) from None
        return
    if not is_public(address):
        raise NotOpen(INSIDE, _endpoint(target.host, target.port))


def clean_address(typed: str) -> str:
    """Return an address that a form got, without blanks around it; where it leads is judged again at each call.

    Raises ValidationError with the sentence of `check_url`, and, where the operator could open it, with that code.
    """
    url = typed.strip()
    try:
        check_url(url)
    except NotOpen as problem:
        raise ValidationError(str(problem), code=NOT_OPEN, params={"endpoint": problem.endpoint}) from None
    except ValueError as problem:
        raise ValidationError(str(problem), code="bad_url") from None
    return url


def judge_url(url: str) -> WebAddress:
    """Take an address apart. Raises ValueError with a sentence that says what to type instead."""
    if len(url) > MAX_URL:
        raise ValueError(f"This address is longer than {MAX_URL:,} characters. Use a shorter one.")
    if _UNSAFE.search(url):
        raise ValueError("This address holds a space, a backslash or a control character. Take it out.")
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("This is not an address. Type it like https://example.com/path.") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("An address starts with https:// or http://.")
    if "@" in parts.netloc:
        raise ValueError("Leave user names and passwords out of the address.")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    host = _host_of(parts)
    named = _endpoint(host, port) in _allowed()
    if port not in PORTS and not named:
        raise NotOpen(
            f"Port {port} is not allowed. Use one of {', '.join(str(p) for p in sorted(PORTS))}, "
            "or ask whoever runs this Aura to allow this one.",
            _endpoint(host, port),
        )
    path = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    return WebAddress(parts.scheme, host, port, path, named)


def _quoted(text: str) -> str:
    """Percent-encode what is not ASCII and leave the rest as typed."""
    return "".join(
        letter
        if letter.isascii()
        else "".join(f"%{octet:02X}" for octet in letter.encode("utf-8", "replace"))
        for letter in text
    )


def _host_of(parts: SplitResult) -> str:
    """The host in its one plain form: a lower-case ASCII name, or an IP address as `ipaddress` writes it."""
    wrong = ValueError("This address names no host we can call. Type it like https://example.com/path.")
    host = parts.hostname or ""
    if "[" in parts.netloc:
        if "%" in host:  # A zone such as %eth0 only means something on this very machine.
            raise wrong
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise wrong from None
    try:
        host = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    except UnicodeError:
        raise wrong from None
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise wrong
    # A last part that is a number makes the whole an IPv4 address: only its plain form is taken, since 127.1,
    # 0x7f.1, 2130706433 and 017700000001 all mean 127.0.0.1 to a resolver.
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise wrong from None
    return host


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _allowed() -> frozenset[str]:
    return frozenset(entry.lower() for entry in settings.AURA_EGRESS_ALLOW)
