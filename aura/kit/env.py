"""Reads settings from the environment and refuses wrong values with a sentence.

Each reader takes the variable's name and a default, and raises ImproperlyConfigured with what would be right.
The first of the problems stops the start; nothing is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import ParseResult, parse_qs, unquote, urlparse

from django.core.exceptions import ImproperlyConfigured

_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """Return the variable without surrounding space; unset and empty both give the default."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """Return a yes or no: 1/true/yes/on or 0/false/no/off."""
    value = text(name).lower()
    if not value:
        return default
    if value not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0.")
    return value in _YES


def number(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number between `least` and `most`, both allowed."""
    value = text(name)
    if not value:
        return default
    try:
        parsed = int(value)
    except ValueError:
        parsed = None
    if parsed is None or not least <= parsed <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number from {least} to {most}.")
    return parsed


def choice(name: str, default: str, options: Sequence[str]) -> str:
    """Return one of `options`."""
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to one of: {', '.join(options)}.")
    return value


def program(name: str) -> str:
    """Return the path of a program that may be run here, or "" where the variable is unset."""
    value = text(name)
    if value and not (os.path.isabs(value) and os.access(value, os.X_OK) and os.path.isfile(value)):
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Set it to the full path of a program that can be run."
        )
    return value


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """Return a list from words separated by commas."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def numbers(name: str, default: Sequence[int], *, least: int, most: int) -> list[int]:
    """Return a rising list of whole numbers separated by commas, each between `least` and `most`."""
    found = words(name)
    if not found:
        return list(default)
    parsed = [int(word) for word in found if word.isdigit()]
    rises = parsed == sorted(set(parsed))
    if len(parsed) < len(found) or not rises or not least <= parsed[0] <= parsed[-1] <= most:
        raise ImproperlyConfigured(
            f"{name} is {','.join(found)!r}. Write rising whole numbers from {least} to {most}, such as "
            f"{','.join(map(str, default))}."
        )
    return parsed


def endpoints(name: str) -> list[str]:
    """Return a list of `host:port`, in lower case."""
    found = [word.lower() for word in words(name)]
    for item in found:
        host, _, port = item.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ImproperlyConfigured(
                f"{name} has {item!r}. Write host:port, such as hooks.example.org:8443."
            )
    return found


def web_address(name: str, default: str) -> ParseResult:
    """Return an http or https address without a path."""
    value = text(name, default)
    parts = urlparse(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Write scheme and host only, such as https://aura.example.org."
        )
    return parts


def database(name: str, default: str) -> dict[str, Any]:
    """Return Django's settings of one database from `sqlite:///path` or `postgres://user:password@host:port/name`.

    The options for each engine are those of docs/decisions.md ("Databases").
    """
    url = urlparse(text(name, default))
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    if url.scheme == "sqlite" and url.path.strip("/"):
        synchronous = choice("AURA_SQLITE_SYNC", "full", ["full", "normal"])
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path.removeprefix("/")),
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous.upper()};"
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4000; PRAGMA journal_size_limit=67108864;",
            },
        }
    if url.scheme in {"postgres", "postgresql"} and url.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": query.get("host") or unquote(url.hostname or ""),
            "PORT": str(url.port or query.get("port", "")),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 5,
                "tcp_user_timeout": 10000,
                "options": "-c statement_timeout=15000 -c lock_timeout=5000"
                " -c idle_in_transaction_session_timeout=30000",
                **({"sslmode": query["sslmode"]} if "sslmode" in query else {}),
            },
        }
    raise ImproperlyConfigured(
        f"{name} is not a database Aura knows. Write sqlite:////path/file.sqlite3 or "
        "postgres://user:password@host:5432/name."
    )


def mail_server(name: str) -> dict[str, Any]:
    """Return Django's EMAIL_* settings from `smtp://` (STARTTLS unless ?tls=0) or `smtps://`; empty when unset."""
    value = text(name)
    if not value:
        return {}
    url = urlparse(value)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured(
            f"{name} is not a mail server. Write smtp://user:password@host:587 or smtps://…."
        )
    plain = parse_qs(url.query).get("tls", ["1"])[-1] == "0"
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and not plain,
        "EMAIL_TIMEOUT": 20,
    }
