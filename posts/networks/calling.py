"""Calls to a network's API, and what an answer means for a post: the one place that adapters share.

Two kinds of call, judged differently: what may be repeated (uploads, containers, questions) by `asked`, and the one
irreversible request by `written`. Both take what a refusal means from the adapter, which knows its network's codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from aura.kit import egress
from posts.networks.values import Accepted, Ambiguous, Outcome, OutgoingMedia, Rejected, RetryAfter

WAIT = 60
"""Seconds before the next try where a network names none."""
LONGEST_WAIT = 24 * 3600
CHUNK = 256 * 1024

Refusal = Callable[[egress.Response], Rejected | RetryAfter]


def call(
    method: str,
    url: str,
    *,
    token: str = "",
    query: Mapping[str, Any] | None = None,
    json_body: Any = None,
    form: Mapping[str, Any] | None = None,
    body: bytes | Iterable[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float,
    max_bytes: int = 1_000_000,
) -> egress.Result:
    """Make one request through the egress client. At most one of `json_body`, `form` and `body`.

    `token` goes out as a bearer token. `body` as an iterable of bytes needs its Content-Length among `headers`.
    """
    sent = {"Accept": "application/json", **(headers or {})}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if json_body is not None:
        body, sent["Content-Type"] = json.dumps(json_body, ensure_ascii=False).encode(), "application/json"
    elif form is not None:
        body, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    return egress.request(method, url, body=body, headers=sent, timeout=timeout, max_bytes=max_bytes)


def stream(item: OutgoingMedia, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces, from storage, never all of them in memory. `length` counts from `start`."""
    if item.open is None:
        raise ValueError("This file has nothing to read from.")
    with item.open() as file:
        file.seek(start)
        left = item.size - start if length is None else length
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece


def multipart(
    item: OutgoingMedia,
    *,
    field: str,
    fields: Mapping[str, str],
    boundary: str,
    start: int = 0,
    length: int | None = None,
) -> tuple[Iterator[bytes], dict[str, str]]:
    """Return one file and some fields as multipart/form-data: the body in pieces and the headers it needs.

    With `start` and `length`, that piece of the file.
    """
    size = item.size - start if length is None else length
    opening = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode()
        + b"\r\n"
        for name, value in fields.items()
    )
    ending = item.mime.rsplit("/", 1)[-1].split(";")[0]
    opening += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="file.{ending}"\r\n'
        f"Content-Type: {item.mime}\r\n\r\n"
    ).encode()
    closing = f"\r\n--{boundary}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield opening
        yield from stream(item, start=start, length=size)
        yield closing

    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(opening) + size + len(closing)),
    }
    return pieces(), headers


def asked(
    result: egress.Result, name: str, now: datetime, refused: Refusal
) -> egress.Response | Rejected | RetryAfter:
    """Judge a call that may be repeated: a good answer, a no, or "later". Whatever is unclear is "later"."""
    if isinstance(result, egress.NotSent):
        return _not_reached(result)
    if isinstance(result, egress.Ambiguous) or result.status >= 500:
        return RetryAfter(WAIT, f"{name} gave no complete answer. Nothing was published.")
    if result.ok:
        return result
    return _later(result, name, now) or refused(result)


def written(
    result: egress.Result,
    name: str,
    now: datetime,
    *,
    accepted: Callable[[egress.Response], Accepted | Ambiguous],
    refused: Callable[[egress.Response], Outcome],
) -> Outcome:
    """Judge the one irreversible call, in terms of the post: see the table in `base.py`.

    An answer of 200 that cannot be read is a yes whose id is not known: `accepted` says Ambiguous then. `refused` may
    say Ambiguous for the codes with which a network means "perhaps".
    """
    if isinstance(result, egress.NotSent):
        return _not_reached(result)
    if isinstance(result, egress.Ambiguous):
        if result.status is None or result.status >= 500 or result.status < 300:
            return Ambiguous(f"{name} got the post, or part of it, and gave no complete answer.")
        # The status is the answer; a server that then rambles or drops the line has still said no.
        result = egress.Response(result.status, {}, b"", "")
    if result.ok:
        return accepted(result)
    later = _later(result, name, now)
    if later is not None:
        return later
    if result.status >= 500:
        return Ambiguous(
            f"{name} failed while it had the post (status {result.status}). It may have kept it."
        )
    return refused(result)


def answered(result: egress.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, {} where it is none."""
    try:
        value = result.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _not_reached(result: egress.NotSent) -> Rejected | RetryAfter:
    if result.kind is egress.Kind.BAD_URL:
        return Rejected(
            f"The address of this channel cannot be called. {result.sentence}",
            "bad_url",
            "Correct the address in the channel's settings.",
        )
    return RetryAfter(WAIT, f"{result.sentence} Nothing was sent.", waits_channel=True)


def _later(result: egress.Response, name: str, now: datetime) -> RetryAfter | None:
    """Return what "too many" or "not now" asks for, by Retry-After or by the reset of a rate limit."""
    wait = result.retry_after(now)
    if not (result.status in (408, 425, 429) or (result.status == 503 and wait is not None)):
        return None
    seconds = wait if wait is not None else reset_in(result, now)
    seconds = min(max(seconds if seconds is not None else WAIT, 1), LONGEST_WAIT)
    return RetryAfter(
        seconds, f"{name} asks to wait {seconds} seconds (status {result.status}).", waits_channel=True
    )


_LIMITS = ("x-ratelimit", "ratelimit", "x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
"""What the names of rate-limit headers begin with; `-remaining` and `-reset` follow. X tells of several at once."""


def reset_in(result: egress.Response, now: datetime) -> int | None:
    """Return the seconds until a rate limit starts anew, by its `-reset` header, or None.

    Where several limits are told of, the longest wait of those that are used up counts.
    """
    told = [
        (result.headers.get(f"{name}-remaining", "").strip(), seconds)
        for name in _LIMITS
        if (seconds := _reset(result.headers.get(f"{name}-reset", "").strip(), now)) is not None
    ]
    spent = [seconds for left, seconds in told if left == "0"]
    return max(spent) if spent else told[0][1] if told else None


def _reset(said: str, now: datetime) -> int | None:
    """Read an instant in seconds, an instant in ISO 8601, or a number of seconds: networks write all three."""
    if said.isdigit():
        number = int(said)
        return max(number - int(now.timestamp()), 0) if number > 1_000_000_000 else number
    try:
        return max(int((datetime.fromisoformat(said) - now).total_seconds()), 0) if said else None
    except (ValueError, TypeError):
        return None


def rest_after(result: egress.Response, now: datetime) -> int:
    """Return for how many seconds a channel should rest after this answer: until the reset once nothing remains."""
    left = (result.headers.get(f"{name}-remaining", "").strip() for name in _LIMITS)
    return min(reset_in(result, now) or 0, LONGEST_WAIT) if "0" in left else 0
