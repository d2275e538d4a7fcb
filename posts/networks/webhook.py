"""Webhook: a post goes to an address of the team's own, signed by `aura.kit.signing`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from aura.kit import addresses, egress, signing
from aura.kit.signing import BODY_LIMIT
from posts.networks.base import (
    Accepted,
    Ambiguous,
    Finding,
    Network,
    Outcome,
    Outgoing,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
)

ANSWER_LIMIT = 64_000
"""Bytes of the receiver's answer that are read."""
URL_LIMIT = 500
"""Longest link of a published post that a receiver may answer with."""
WAIT = 60
"""Seconds before the next try where the receiver names none."""
LONGEST_WAIT = 24 * 3600


class WebhookForm(forms.Form):
    """Where posts are sent."""

    url = forms.CharField(
        label="Address",
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/aura"}),
        help_text="Aura sends each post here as signed JSON. Only an answer of 200 to 299 counts as published. "
        "When Aura is cut off, the same post can come again: its webhook-id stays the same.",
    )

    def clean_url(self) -> str:
        """Take only addresses that may be called."""
        return addresses.clean_address(self.cleaned_data["url"])


class Webhook(Network):
    """Sends posts to an address. Safe to repeat, because the receiver knows a post by its `webhook-id`."""

    slug: ClassVar[str] = "webhook"
    name: ClassVar[str] = "Webhook"
    retry_class: ClassVar[RetryClass] = RetryClass.IDEMPOTENT
    spacing_seconds: ClassVar[int] = 0
    timeout_seconds: ClassVar[int] = 15
    needs_public_media: ClassVar[bool] = True
    settings_form: ClassVar[type[forms.Form]] = WebhookForm

    def new_credential(self) -> dict[str, str]:
        """A signing secret."""
        return {"secret": signing.new_secret()}

    def renewed_credential(self, credential: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """A new secret; the old one signs beside it for a day, so that the receiver can change over in peace."""
        return signing.renewed(credential, now=now)

    def shown_once(self, credential: Mapping[str, str]) -> dict[str, str]:
        """The secret the receiver checks signatures with."""
        return {"Signing secret": credential["secret"]} if credential.get("secret") else {}

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The host, with its port where the address names one; all else in it may hold a secret of the receiver."""
        return addresses.place_of(str(settings.get("url", ""))) or self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, and the size of the body that will be sent."""
        found = super().validate(outgoing)
        size = len(_body(outgoing))
        if size >= BODY_LIMIT:
            found.append(
                Finding(
                    "body_too_large",
                    "text",
                    f"As JSON this post has {size:,} bytes, a webhook carries less than {BODY_LIMIT:,}.",
                    "Shorten the text or the image descriptions.",
                )
            )
        return found

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """One POST, signed, no redirects, 15 seconds."""
        body = _body(outgoing)
        if len(body) >= BODY_LIMIT:
            return Rejected(
                f"As JSON this post has {len(body):,} bytes, a webhook carries less than {BODY_LIMIT:,}.",
                "body_too_large",
                "Shorten the text or the image descriptions.",
            )
        return self._send(outgoing.settings, outgoing.credential, outgoing.key, body, now)

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Send a signed message of type `channel.test`, which publishes nothing."""
        message = {"type": "channel.test", "timestamp": now.isoformat(), "data": {}}
        outcome = self._send(
            settings, credential, f"test_{secrets.token_hex(12)}", signing.to_json(message), now
        )
        if isinstance(outcome, Accepted):
            return Accepted("", sentence=f"{self.describe(settings)} answered. The channel works.")
        return outcome

    def _send(
        self,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        message_id: str,
        body: bytes,
        now: datetime,
    ) -> Outcome:
        headers = signing.headers_for(credential, message_id, body, now=now)
        if headers is None:
            return Rejected(
                "This channel has no usable signing secret.",
                "no_secret",
                "Make a new secret in the channel's settings.",
                pauses_channel=True,
            )
        result = egress.request(
            "POST",
            str(settings.get("url", "")),
            body=body,
            headers=headers,
            timeout=self.timeout_seconds,
            max_bytes=ANSWER_LIMIT,
        )
        return _judge(result, self.describe(settings), message_id, now)


def _body(outgoing: Outgoing) -> bytes:
    """The message. Nothing in it changes between attempts except what the post itself changes."""
    return signing.to_json(
        {
            "type": "post.published",
            "timestamp": outgoing.scheduled_at.isoformat() if outgoing.scheduled_at else None,
            "data": {
                "id": outgoing.target_id,
                "title": outgoing.title,
                "text": outgoing.text,
                "link": outgoing.link,
                "campaign": outgoing.campaign,
                "channel": outgoing.channel,
                **({"reply_to": asdict(outgoing.reply_to)} if outgoing.reply_to else {}),
                "media": [
                    {
                        "url": item.url,
                        "name": item.name,
                        "type": item.mime,
                        "size": item.size,
                        "width": item.width,
                        "height": item.height,
                        "sha256": item.sha256,
                        "alt_text": item.alt_text,
                    }
                    for item in outgoing.media
                ],
            },
        }
    )


def _judge(result: egress.Result, host: str, message_id: str, now: datetime) -> Outcome:
    """What became of a request, in terms of the post."""
    if isinstance(result, egress.NotSent):
        if result.kind is egress.Kind.BAD_URL:
            return Rejected(
                f"The address of this channel cannot be called. {result.sentence}",
                "bad_url",
                "Correct the address in the channel's settings.",
            )
        return RetryAfter(WAIT, f"{result.sentence} Nothing was sent.", waits_channel=True)
    if isinstance(result, egress.Ambiguous):
        if result.status is None or result.status >= 500:
            return Ambiguous(f"{host} got the post, or part of it, and gave no complete answer.")
        # The status is the answer; a receiver that then rambles or drops the line has still said yes or no.
        result = egress.Response(result.status, {}, b"", "")
    if result.ok:
        remote_id, url = _named(result.json(), message_id)
        return Accepted(remote_id, url, f"{host} took it (status {result.status}).")
    wait = result.retry_after(now)
    if result.status in (408, 425, 429) or (result.status == 503 and wait is not None):
        seconds = min(max(wait if wait is not None else WAIT, 1), LONGEST_WAIT)
        return RetryAfter(
            seconds, f"{host} asks to wait {seconds} seconds (status {result.status}).", waits_channel=True
        )
    if result.status >= 500:
        return Ambiguous(
            f"{host} failed while it had the post (status {result.status}). It may have kept it."
        )
    return _refused(result.status, host)


def _refused(status: int, host: str) -> Rejected:
    """A clear no, with what a person can do about it."""
    if status == 410:
        return Rejected(
            f"{host} says that this address is gone (status 410).",
            "gone",
            "Enter a new address in the channel's settings, then resume the channel.",
            pauses_channel=True,
        )
    if 300 <= status < 400:
        return Rejected(
            f"{host} sends us on to another address (status {status}), which a webhook never follows.",
            "redirected",
            "Enter the final address in the channel's settings.",
        )
    fix = {
        401: "Check the signing secret on the receiver's side.",
        403: "Check the signing secret on the receiver's side.",
        404: "Check the address in the channel's settings.",
    }.get(status, "Ask whoever runs the receiver what it expects, then try again.")
    return Rejected(f"{host} refused the post (status {status}).", f"http_{status}", fix)


def _named(answer: Any, message_id: str) -> tuple[str, str]:
    """The id and link a receiver may answer with, `{"id": …, "url": …}`; ours and "" where it does not."""
    if not isinstance(answer, dict):
        return message_id, ""
    remote_id, url = answer.get("id"), answer.get("url")
    named = str(remote_id)[:200] if isinstance(remote_id, str | int) and remote_id else message_id
    if not isinstance(url, str) or len(url) > URL_LIMIT:
        return named, ""
    try:
        safe = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        safe = False
    return named, url if safe and url.isprintable() and " " not in url else ""
