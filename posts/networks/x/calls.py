"""Calls to X's API, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings

from aura.kit import egress
from posts.networks.calling import WAIT, answered, asked, call
from posts.networks.refusing import quoted, refused
from posts.networks.values import Rejected, RetryAfter

NAME = "X"


class Calls:
    """Calls for one account."""

    def __init__(self, credential: Mapping[str, str], now: datetime, *, timeout: float) -> None:
        self.token = credential.get("access_token", "")
        self.ends = credential.get("expires_at", "")
        self.now = now
        self.timeout = timeout
        self.home: str = django_settings.AURA_NETWORK_URLS["x"]

    def make(self, method: str, path: str, *, timeout: float | None = None, **options: Any) -> egress.Result:
        """Make one call to the API."""
        seconds = self.timeout if timeout is None else timeout
        return call(method, self.home + path, token=self.token, timeout=seconds, **options)

    def ask(self, method: str, path: str, **options: Any) -> egress.Response | Rejected | RetryAfter:
        """Make a call that may be repeated."""
        return asked(self.make(method, path, **options), NAME, self.now, self.refusal)

    def refusal(self, answer: egress.Response) -> Rejected | RetryAfter:
        """Say what a no means."""
        told = answered(answer)
        words = quoted(words_of(told))
        if answer.status == 401 and self.ends and datetime.fromisoformat(self.ends) <= self.now:
            return RetryAfter(WAIT, "The access to X has ended and is being renewed. Nothing was sent.")
        if answer.status == 402 or "credits" in words.lower():
            return Rejected(
                "X takes nothing more from this app: its credits are used up.",
                "no_credits",
                "Buy credits in X's developer console, then resume the channel.",
                pauses_channel=True,
            )
        return refused(answer, NAME, words)


def words_of(told: Mapping[str, Any]) -> str:
    """Return X's own words for a no, which stand in one of three places."""
    errors = told.get("errors")
    inner = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(inner.get("message") or inner.get("detail") or told.get("detail") or told.get("title") or "")


def is_twin(answer: egress.Response) -> bool:
    """Tell whether X refuses because it has the same words already (once error 187)."""
    return answer.status == 403 and "duplicate" in answer.text.lower()
