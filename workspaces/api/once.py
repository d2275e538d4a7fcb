"""`Idempotency-Key`: a call that is made again with the key it had has its effect once, and gets its answer again.

The key is inserted in the transaction of the effect, so both are there or neither; whoever comes with it at the same
moment waits for that transaction, then reads the answer. Calls that fail leave no key behind: nothing was done, so they
may be put right and made again. What keeps files for the effect does so before its transaction. Calls that cannot be
one transaction have their key committed first, and whoever comes meanwhile is told so (409).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse

from workspaces.api.problems import InFlight, Invalid, KeyReused
from workspaces.models import AnsweredCall
from workspaces.models.calls import KEPT_HOURS

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_DEADLOCK = "40P01"  # PostgreSQL's word; on SQLite nobody waits inside a transaction
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")


def key_of(request: HttpRequest) -> str:
    """Return the key of a call, empty where it has none. Raises Invalid for one that is too long or not readable."""
    key = request.headers.get(HEADER, "").strip()
    if key and not _KEY.fullmatch(key):
        raise Invalid(
            {HEADER: ["A key is up to 255 letters, digits and signs without a space. A UUID does well."]}
        )
    return key


def hash_of(request: HttpRequest, who: str, digest: str) -> str:
    """Return what tells one call from another: who makes it, where, and what they send."""
    asked = "\n".join([who, str(request.method), request.get_full_path(), digest])
    return hashlib.sha256(asked.encode()).hexdigest()


def answer(
    key: str,
    asked_hash: str,
    respond: Callable[[], HttpResponse],
    *,
    now: datetime,
    apart: bool = False,
    hides: Collection[str] = (),
) -> HttpResponse:
    """Answer a call that changes something, in one transaction (or `apart` from one), once for each key.

    `hides` names members of the answer that are shown once: they are kept, and given again, empty.
    """
    if not key:
        return respond() if apart else _whole(respond)
    if apart:
        return _apart(key, asked_hash, respond, now, hides)
    return _whole(lambda: _together(key, asked_hash, respond, now, hides))


def _whole(respond: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer in one transaction; once more where the database gave it up for another one that waited for it."""
    outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            return respond()
    except OperationalError as error:
        if not outermost or getattr(error.__cause__, "sqlstate", "") != _DEADLOCK:
            raise
    with transaction.atomic():
        return respond()


def known(key: str, asked_hash: str, *, now: datetime) -> HttpResponse | None:
    """Return the answer that a call with this key was given before, None where there is none yet."""
    since = now - timedelta(hours=KEPT_HOURS)
    before = AnsweredCall.objects.filter(key=key, created_at__gt=since, status__isnull=False).first()
    return _again(before, asked_hash) if key and before is not None else None


def _together(
    key: str, asked_hash: str, respond: Callable[[], HttpResponse], now: datetime, hides: Collection[str]
) -> HttpResponse:
    before = _begin(key, asked_hash, now)
    if before is not None:
        return _again(before, asked_hash)
    response = respond()
    _finish(key, response, hides)
    return response


def _apart(
    key: str, asked_hash: str, respond: Callable[[], HttpResponse], now: datetime, hides: Collection[str]
) -> HttpResponse:
    before = _begin(key, asked_hash, now)
    if before is not None:
        return _again(before, asked_hash)
    try:
        response = respond()
    except BaseException:
        AnsweredCall.let_go(key)
        raise
    _finish(key, response, hides)
    return response


def _begin(key: str, asked_hash: str, now: datetime) -> AnsweredCall | None:
    try:
        return AnsweredCall.begin(key, asked_hash, now)
    except OperationalError as error:  # waited for the other one as long as the database waits
        raise InFlight("A call with this key is still being answered. Ask again in a moment.") from error


def _again(before: AnsweredCall, asked_hash: str) -> HttpResponse:
    if before.asked_hash != asked_hash:
        raise KeyReused("This key came with another call before. Make a new key for every new call.")
    if before.status is None:
        raise InFlight("A call with this key is still being answered. Ask again in a moment.")
    response = HttpResponse(before.body, status=before.status)
    for name in _KEPT_HEADERS:
        if name in before.headers:
            response[name] = before.headers[name]
        elif name in response:
            del response[name]
    response["Idempotent-Replayed"] = "true"
    return response


def _finish(key: str, response: HttpResponse, hides: Collection[str]) -> None:
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    AnsweredCall.finish(key, status=response.status_code, headers=headers, body=_kept(response, hides))


def _kept(response: HttpResponse, hides: Collection[str]) -> str:
    """Return the body as it is kept: without what is shown once."""
    body = response.content.decode()
    if not hides:
        return body
    members = json.loads(body)
    return json.dumps({name: "" if name in hides else value for name, value in members.items()})
