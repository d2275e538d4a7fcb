"""How often things may be tried: sign-in, reset, sign-up, invitations.

Counted in Django's cache with allauth's limiter; the rates are `ACCOUNT_RATE_LIMITS` in the settings. When the cache
does not answer, the request is refused (503), never let through.

Strangers cannot lock anybody out: a browser that signed in to an account before carries a signed cookie, and has a
count of its own, apart from that of the address and that of the account.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import get_random_string, salted_hmac

from aura.kit.problems import TooMany

_APP = "allauth.account"
DEVICE_LASTS = 365 * 24 * 3600
"""Seconds for which a browser stays known after its last sign-in."""
_SALT = "aura.device"
_ACCOUNTS_OF_A_DEVICE = 5


def _wait(request: HttpRequest, action: str, key: str | None, user: Any) -> int:
    """Return in how many seconds the next try is possible: when the oldest counted one is out of its window."""
    waits = [1.0]
    for rate in ratelimit.get_rates(app=_APP, action=action):
        name = ratelimit.get_cache_key(request, app=_APP, action=action, rate=rate, key=key, user=user)
        tried = cache.get(name, [])
        if len(tried) >= rate.amount:
            waits.append(tried[-1] + rate.duration - time.time())
    return min(int(max(waits)) + 1, 24 * 3600)


def count(
    request: HttpRequest,
    action: str,
    *,
    sentence: str,
    key: str | None = None,
    user: Any = None,
    on_get: bool = False,
) -> ratelimit.RateLimitUsage:
    """Count one try of `action`; the result can take it back. Raises TooMany with `sentence` over the limit."""
    usage = ratelimit.consume(request, app=_APP, action=action, key=key, user=user, limit_get=on_get)
    if usage is None:
        raise TooMany(sentence, _wait(request, action, key, user))
    return usage


def count_invitation(request: HttpRequest, user: Any) -> None:
    """Count an invitation that somebody makes, by page or by program. Raises TooMany."""
    count(request, "invite", user=user, sentence="That was many invitations in one hour. Go on in an hour.")


TOO_MANY_SIGN_INS = (
    "Too many tries to sign in. Wait a quarter of an hour, or reset your password to get in now."
)


def count_sign_in(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage:
    """Count a try to sign in, to be taken back when it succeeds. Raises TooMany.

    A known device counts for itself. Any other counts for its address and for the account.
    """
    device = known_device(request, email)
    if device:
        return count(request, "sign_in_known", key=f"{device}:{email}", sentence=TOO_MANY_SIGN_INS)
    return count(request, "sign_in", key=email, sentence=TOO_MANY_SIGN_INS)


def forgive_account(request: HttpRequest, email: str) -> None:
    """Forget the failures of an account, after its owner chose a new password; those of the address stay.

    A browser that the account knows counts apart: its failures are forgotten, too, or the way out that
    TOO_MANY_SIGN_INS names would lead nowhere for whoever forgot the password on the computer of every day.
    """
    keys = {"sign_in": email, "sign_in_known": f"{known_device(request, email)}:{email}"}
    for action, key in keys.items():
        for rate in ratelimit.get_rates(app=_APP, action=action):
            if rate.per == "key":
                cache.delete(ratelimit.get_cache_key(request, app=_APP, action=action, rate=rate, key=key))


# The cookie of a known device ----------------------------------------------------------------------------------------


def _cookie_name() -> str:
    return "__Host-device" if settings.SECURE else "device"


def _mark(email: str) -> str:
    """Return what a device remembers of an account: not the address itself."""
    return salted_hmac(_SALT, email.lower()).hexdigest()[:24]


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        value = signing.loads(request.COOKIES.get(_cookie_name(), ""), salt=_SALT, max_age=DEVICE_LASTS)
    except signing.BadSignature:
        return {}
    return value if isinstance(value, dict) else {}


def known_device(request: HttpRequest, email: str) -> str:
    """Return the id of this browser if it signed in to the account before, else an empty string."""
    device = _read(request)
    return str(device.get("id", "")) if _mark(email) in device.get("accounts", []) else ""


def remember_device(request: HttpRequest, email: str) -> None:
    """Make this browser a known device of the account, with the answer to this request."""
    request.device_account = email.lower()  # type: ignore[attr-defined]


def keep_device(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write the cookie of a device that `remember_device` named during the request."""
    email = getattr(request, "device_account", "")
    if not email:
        return
    device = _read(request)
    others = [mark for mark in device.get("accounts", []) if mark != _mark(email)]
    value = {
        "id": device.get("id") or get_random_string(22),
        "accounts": [_mark(email), *others][:_ACCOUNTS_OF_A_DEVICE],
    }
    response.set_cookie(
        _cookie_name(),
        signing.dumps(value, salt=_SALT),
        max_age=DEVICE_LASTS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
