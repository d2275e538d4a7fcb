"""Sending what waits for a webhook: begun, called outside any transaction, and what became of it written down.

One call at a time for each endpoint, so that a slow one holds up nobody else. A try is written down before it is made:
after a crash between sending and writing down, the same message goes again under the same id.
"""

from __future__ import annotations

import random
import re
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

from aura.kit import clock, egress, jobs, secrets, signing
from aura.kit.testing_points import failpoint
from workspaces import events
from workspaces.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from workspaces.notices import WEBHOOK_TROUBLE
from workspaces.operation import SYSTEM
from workspaces.operations.notices import members_who_may, notify
from workspaces.operations.webhooks import DELIVER, waiting_deliveries

log = structlog.get_logger(__name__)

TIMEOUT = 10.0
"""Seconds that a receiver has for everything."""
ANSWERED_BY = 10.0
"""Seconds more after which nobody holds the endpoint's turn any longer: whoever had it has died."""
ANSWER_LIMIT = 64_000
"""Bytes of an answer that are read."""
ANSWER_SHOWN = 500
LEAST_HIDDEN = 8
"""Characters from which on a part of an address may be a secret, and no word of an answer is like it by chance."""
WAITS = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200)
"""Seconds before the next try of a message; the last of them from then on."""
LONGEST_WAIT = 24 * 3600
LONGEST_REST = 300
"""Seconds that an endpoint rests after many failures in a row."""
BROKE_OFF = "Broken off: Aura itself went down. The receiver may have got it."
WORN_OUT = "Sending it broke off again and again. Look at the receiver, then send it again."
UNREADABLE = "Its signing secret cannot be read. Make a new secret, then send it again."

E, D = WebhookEndpoint.Status, WebhookDelivery.Status


@dataclass(frozen=True)
class Sending:
    """A try that is written down and not made yet: what goes where."""

    attempt_id: uuid.UUID
    url: str
    body: bytes
    headers: Mapping[str, str] | None
    hidden: Collection[str]
    """What must never stand in the log, should the receiver send it back."""


@dataclass(frozen=True)
class Answer:
    """What became of a try: whether the receiver has it, what it said, and how long it asks to wait."""

    is_accepted: bool
    sentence: str
    status: int | None = None
    words: str = ""
    wait: int | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver says that this address is no more."""
        return self.status == 410


def deliver_webhook(delivery_id: uuid.UUID, token: uuid.UUID) -> None:
    """Send a claimed message and write down what became of it."""
    sending = begin(delivery_id, token)
    if sending is None:
        return
    failpoint("webhook.before_call")
    answer = call(sending)
    failpoint("webhook.after_call")
    record(delivery_id, token, sending.attempt_id, answer)


def begin(delivery_id: uuid.UUID, token: uuid.UUID) -> Sending | None:
    """Take the endpoint's turn and write the try down; None where it is not to be sent now."""
    now = clock.now()
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_related("endpoint")
        delivery = rows.filter(pk=delivery_id, claim_token=token, status=D.PENDING).first()
        if delivery is None:
            return None
        if not _take_turn(delivery.endpoint_id):
            jobs.record(WebhookDelivery, delivery_id, token, tries=F("tries") - 1)
            return None
        WebhookAttempt.objects.filter(delivery=delivery, ended_at=None).update(
            ended_at=now, sentence=BROKE_OFF
        )
        number = delivery.attempts + 1
        attempt = WebhookAttempt.objects.create(delivery=delivery, number=number, started_at=now)
        WebhookDelivery.objects.filter(pk=delivery_id, claim_token=token).update(attempts=number)
        body, url = delivery.body.encode(), delivery.endpoint.url
        try:
            credential = secrets.unseal_dict(delivery.endpoint.secret)
        except secrets.SecretUnreadable:
            credential = {}
        hidden = [credential[name] for name in ("secret", "previous_secret") if name in credential]
        return Sending(
            attempt.pk,
            url,
            body,
            signing.headers_for(credential, delivery.message_id, body, now=now),
            [*hidden, *hidden_in(url)],
        )


def _take_turn(endpoint_id: uuid.UUID) -> bool:
    """Take the endpoint's turn; return whether it is ours. One conditional UPDATE by the database's clock."""
    free = Q(rests_until=None) | Q(rests_until__lte=Now())
    held = WebhookEndpoint.objects.filter(free, pk=endpoint_id, status=E.ACTIVE)
    return held.update(rests_until=clock.db_after(TIMEOUT + ANSWERED_BY)) == 1


def call(sending: Sending) -> Answer:
    """Make the call. Only an answer of 200 to 299 means that the receiver has it."""
    if sending.headers is None:
        return Answer(False, UNREADABLE)
    result = egress.request(
        "POST",
        sending.url,
        body=sending.body,
        headers=sending.headers,
        timeout=TIMEOUT,
        max_bytes=ANSWER_LIMIT,
    )
    if isinstance(result, egress.NotSent):
        return Answer(False, result.sentence)
    if isinstance(result, egress.Ambiguous):
        # The status is the answer; a receiver that then rambles or drops the line has still said yes or no.
        if result.status is None:
            return Answer(False, result.sentence)
        result = egress.Response(result.status, {}, b"", "")
    words = redacted(result.text, [*sending.hidden, sending.url])
    if result.ok:
        return Answer(True, f"Taken (status {result.status}).", result.status, words)
    return Answer(False, _refusal(result.status), result.status, words, result.retry_after(clock.now()))


def _refusal(status: int) -> str:
    if status == 410:
        return "The receiver says that this address is gone (status 410)."
    if 300 <= status < 400:
        return f"The receiver sends on to another address (status {status}), which a webhook never follows."
    if status == 429:
        return "The receiver asks to wait (status 429)."
    if status >= 500:
        return f"The receiver failed (status {status})."
    return f"The receiver refused it (status {status})."


_NAMED = re.compile(
    r"(?i)((?:secret|token|password|passwd|authorization|api[-_]?key|cookie|signature)[\"']?\s*[:=]\s*[\"']?)"
    r"(?:(?:bearer|basic)\s+)?[^\s\"',;&<>]+"
)
_LONG = re.compile(r"[\w+/=.~-]{32,}")


def hidden_in(url: str) -> list[str]:
    """Return what of an address may be a secret of its receiver: all behind the host, and each value of its query."""
    place = url.partition("://")[2]
    whole = "".join(re.split(r"[/?]", place, maxsplit=1)[1:])
    query = parse_qsl(place.partition("?")[2])
    return [part for part in (whole, *(value for _, value in query)) if len(part) >= LEAST_HIDDEN]


def redacted(text: str, hidden: Collection[str] = ()) -> str:
    """Return how an answer begins, on one line, without what is or looks like a secret."""
    for secret in hidden:
        if secret:
            text = text.replace(secret, "[…]")
    text = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    text = _LONG.sub("[…]", _NAMED.sub(r"\1[…]", " ".join(text.split())))
    return text if len(text) <= ANSWER_SHOWN else f"{text[: ANSWER_SHOWN - 1]}…"


def record(delivery_id: uuid.UUID, token: uuid.UUID, attempt_id: uuid.UUID, answer: Answer) -> bool:
    """Write down what became of a try, if the token still holds the message; return whether it did."""
    with transaction.atomic():
        now = clock.now()
        delivery = WebhookDelivery.objects.filter(pk=delivery_id, claim_token=token).first()
        changes: dict[str, Any] = {}
        if delivery is not None:
            # Locked before its messages, as by whoever switches it on again.
            locked = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
            delivery.endpoint = locked.get(pk=delivery.endpoint_id)
            changes = _changes_for(delivery, answer, now=now)
        if delivery is None or not jobs.record(WebhookDelivery, delivery_id, token, **changes):
            log.warning("webhook.result_came_late", delivery=str(delivery_id))
            return False
        WebhookAttempt.objects.filter(pk=attempt_id).update(
            ended_at=now,
            status_code=answer.status,
            is_accepted=answer.is_accepted,
            sentence=answer.sentence[:300],
            answer=answer.words[:ANSWER_SHOWN],
        )
        _note(delivery.endpoint, answer, now=now)
        if changes["status"] == D.FAILED and delivery.event != events.TEST:
            _tell(delivery.endpoint, f"“{delivery.endpoint}” did not take a message", answer.sentence)
        _ring_next(delivery.endpoint_id, but=delivery_id)
    return True


def _changes_for(delivery: WebhookDelivery, answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return the message's new columns: delivered, tried again later, or given up."""
    if answer.is_accepted:
        done = {"status": D.DELIVERED, "due_at": None, "delivered_at": now}
        return {**done, "sentence": answer.sentence[:300], "tries": 0}
    wait = WAITS[min(delivery.backoff, len(WAITS) - 1)]
    spread = random.uniform(0.9, 1.1)  # noqa: S311 - so that not all come back in the same second
    seconds = max(wait * spread, min(answer.wait or 0, LONGEST_WAIT))
    due_at = now + timedelta(seconds=seconds)
    later = {"backoff": delivery.backoff + 1, "tries": 0, "sentence": answer.sentence[:300]}
    if delivery.event == events.TEST or due_at > delivery.since + timedelta(
        days=settings.AURA_WEBHOOK_TRY_DAYS
    ):
        return {**later, "status": D.FAILED, "due_at": None}
    return {**later, "status": D.PENDING, "due_at": due_at}


def _note(endpoint: WebhookEndpoint, answer: Answer, *, now: datetime) -> None:
    """Let the endpoint go on, rest, or be switched off, by what it answered."""
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if answer.is_accepted:
        row.update(rests_until=None, failures=0, failing_since=None)
        return
    rest = max(min(2 ** min(endpoint.failures, 10), LONGEST_REST), min(answer.wait or 0, LONGEST_WAIT))
    row.update(
        rests_until=clock.db_after(rest),
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", now),
    )
    days = settings.AURA_WEBHOOK_OFF_DAYS
    if answer.is_gone:
        _switch_off(endpoint, answer.sentence)
    elif endpoint.failing_since is not None and endpoint.failing_since <= now - timedelta(days=days):
        _switch_off(endpoint, f"It took nothing for {days} days. The last answer: {answer.sentence}")


def _switch_off(endpoint: WebhookEndpoint, problem: str) -> None:
    """Stop using an endpoint until somebody has looked at it, and tell whoever manages webhooks."""
    active = WebhookEndpoint.objects.filter(pk=endpoint.pk, status=E.ACTIVE)
    if active.update(status=E.OFF, problem=problem[:300]):
        _tell(endpoint, f"The webhook “{endpoint}” was switched off", problem)


def _tell(endpoint: WebhookEndpoint, sentence: str, words: str) -> None:
    notify(
        [member.user for member in members_who_may("workspaces.resume_webhook")],
        WEBHOOK_TROUBLE.slug,
        subject=endpoint,
        sentence=sentence,
        words=words,
        url=reverse("workspace:webhook", args=[endpoint.pk]),
        by=SYSTEM,
    )


def _ring_next(endpoint_id: uuid.UUID, *, but: uuid.UUID) -> None:
    """Ring for what waits next for an endpoint that is free again."""
    waiting = waiting_deliveries().filter(jobs.FREE, jobs.DUE, endpoint=endpoint_id).exclude(pk=but)
    following = waiting.order_by("due_at", "pk").values_list("pk", flat=True).first()
    if following is not None:
        jobs.ring(DELIVER, following)


def set_aside(delivery_id: uuid.UUID, token: uuid.UUID) -> None:
    """Give up on a message whose sending broke off again and again, and say so."""
    with transaction.atomic():
        delivery = (
            WebhookDelivery.objects.select_related("endpoint")
            .filter(pk=delivery_id, claim_token=token)
            .first()
        )
        given_up = {"status": D.FAILED, "due_at": None, "sentence": WORN_OUT, "tries": 0}
        if delivery is not None and jobs.record(WebhookDelivery, delivery_id, token, **given_up):
            _tell(delivery.endpoint, f"“{delivery.endpoint}” did not take a message", WORN_OUT)
