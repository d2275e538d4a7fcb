"""What a fake network is made of: calls as they arrive, answers, and the rules of one network in between."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is without the query; header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, method: str, target: str, headers: dict[str, str], body: bytes) -> Call:
        """Read a request line's target apart."""
        url = urlsplit(target)
        return cls(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)

    @property
    def token(self) -> str:
        """The bearer token, or the one of the query or form as Meta takes it; "" without."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind in ("Bearer", "OAuth") else self.query.get("access_token", "")

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object, {} where it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def form(self) -> dict[str, str]:
        """The fields of a urlencoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def parts(self) -> dict[str, bytes]:
        """The fields and files of a multipart body, by name; {} where it is not well formed to the last byte."""
        _, _, boundary = self.headers.get("content-type", "").partition("boundary=")
        pieces = self.body.split(b"--" + boundary.encode())
        if not boundary or not self.headers["content-type"].startswith("multipart/form-data"):
            return {}
        if pieces[0] != b"" or pieces[-1] != b"--\r\n" or len(pieces) < 3:
            return {}
        found = {}
        for piece in pieces[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]*)"', head)
            if name is None or not content.endswith(b"\r\n"):
                return {}
            found[name.group(1).decode()] = content[:-2]
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        """An answer in JSON. Header names are written with underscores: `Retry_After="7"`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


NOT_FOUND = Answer.json({"error": "not found"}, 404)


@dataclass(slots=True)
class Published:
    """A post on the fake network. `key` names it for tests: the idempotency key, or whatever tells posts apart."""

    id: str
    key: str
    text: str
    media: tuple[str, ...] = ()
    reply_to: str = ""
    more: dict[str, Any] = field(default_factory=dict)


class Service:
    """One network's own rules. A subclass keeps its state in attributes; calls come one at a time."""

    def __init__(self) -> None:
        self.endpoint = ""
        """host:port of the stand-in it runs on, set when that starts."""
        self.posts: list[Published] = []
        """Everything that is live, oldest first."""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        """What the network's own clock says."""

    def publishes(self, call: Call) -> bool:
        """Whether this call is the irreversible one: on these the stand-in misbehaves."""
        raise NotImplementedError

    def perform(self, call: Call) -> Answer:
        """Do what the call asks for and answer as the network would."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Where it is reached, without a closing slash."""
        return f"http://{self.endpoint}"
