"""What networks share of OAuth 2.0 (RFC 6749): the page where a person says yes, and the answer that holds tokens."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

from aura.kit import egress
from posts.networks.calling import WAIT, answered, asked
from posts.networks.connecting import AppKeys, lasts_until
from posts.networks.refusing import CONNECT, quoted
from posts.networks.values import Rejected, RetryAfter


def consent_page(
    url: str, app: AppKeys, *, scope: str, redirect_uri: str, state: str, challenge: str = ""
) -> str:
    """Return the address, below `url`, where a person lets `app` act for them; the network sends them back from there.

    `challenge` is PKCE's (RFC 7636, S256), "" for a network that knows none.
    """
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": scope,
        "state": state,
    }
    if challenge:
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{url}?{urlencode(query, quote_via=quote)}"


def granted(result: egress.Result, name: str, now: datetime) -> dict[str, str] | Rejected | RetryAfter:
    """Return the credential that an answer to a code or a refresh token holds, or what the network `name` said instead.

    A refresh token or an end that is missing is "" (see `connecting.merged`).
    """

    def said_no(answer: egress.Response) -> Rejected:
        words = quoted(answered(answer).get("error_description"))
        because = f": “{words}”" if words else ""
        return Rejected(f"{name} gave Aura no access{because}.", "signed_out", CONNECT, pauses_channel=True)

    answer = asked(result, name, now, said_no)
    if not isinstance(answer, egress.Response):
        return answer
    said = answered(answer)
    if not said.get("access_token"):
        return RetryAfter(WAIT, f"{name} gave Aura no access.")
    return {
        "access_token": str(said["access_token"]),
        "refresh_token": str(said.get("refresh_token") or ""),
        "expires_at": lasts_until(now, said.get("expires_in")),
        "refresh_expires_at": lasts_until(now, said.get("refresh_token_expires_in")),
        "scope": str(said.get("scope") or "").replace(",", " "),
    }
