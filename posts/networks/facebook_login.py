"""Connecting Facebook Pages: a person says yes, and each of their Pages gets a token that does not end."""

from __future__ import annotations

from typing import Any

from posts.networks import meta_login
from posts.networks.connecting import Account, AppKeys, Connected
from posts.networks.graph import Door, listed
from posts.networks.refusing import settled
from posts.networks.values import Rejected, RetryAfter

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "read_insights",
)
NEEDED = frozenset({"pages_show_list", "pages_manage_posts"})
PAGES_AT_MOST = 1_000


def exchange(door: Door, app: AppKeys, *, code: str, redirect_uri: str) -> Connected | Rejected:
    """Turn a code into the Pages of a person: code, token of an hour, token of sixty days, tokens of Pages."""
    keys = {"client_id": app.client_id, "client_secret": app.client_secret}
    result = door.get("oauth/access_token", **keys, redirect_uri=redirect_uri, code=meta_login.bare(code))
    short = meta_login.granted(result, door.name)
    if isinstance(short, Rejected):
        return short
    long = door.ask(
        "oauth/access_token",
        **keys,
        grant_type="fb_exchange_token",
        fb_exchange_token=short["access_token"],
    )
    if not isinstance(long, dict):
        return settled(long)
    person = Door(door.name, door.url, door.now, token=str(long.get("access_token") or ""))
    scopes = _granted(person)
    if isinstance(scopes, Rejected):
        return scopes
    return _pages(person, scopes)


def _granted(person: Door) -> list[str] | Rejected:
    """Return what the person ticked; a no where Aura cannot publish with it."""
    rows = listed(said := person.ask("me/permissions"))
    if rows is None:
        return settled(
            said if not isinstance(said, dict) else RetryAfter(60, "Facebook gave no complete answer.")
        )
    scopes = [str(row.get("permission")) for row in rows if row.get("status") == "granted"]
    if NEEDED - set(scopes):
        return Rejected(
            "Facebook was not allowed to let Aura publish on Pages.",
            "permission",
            "Connect again and leave every permission ticked.",
        )
    return scopes


def _pages(person: Door, scopes: list[str]) -> Connected | Rejected:
    accounts: list[Account] = []
    query: dict[str, Any] = {"fields": "id,name,access_token,tasks", "limit": 100}
    for _ in range(PAGES_AT_MOST // 100):
        said = person.ask("me/accounts", **query)
        if not isinstance(said, dict):
            return settled(said)
        accounts += [account for row in listed(said) or [] if (account := _account(row, scopes)) is not None]
        paging = said.get("paging")
        if not isinstance(paging, dict) or not paging.get("next"):
            break
        cursors = paging.get("cursors")
        query["after"] = cursors.get("after", "") if isinstance(cursors, dict) else ""
    if not accounts:
        return Rejected(
            "There is no Page that this person may publish on.",
            "no_pages",
            "Ask an admin of the Page for the right to create content, then connect again and tick the Page.",
        )
    return Connected(tuple(accounts))


def _account(row: dict[str, Any], scopes: list[str]) -> Account | None:
    """Return one Page, None where the person may not write there."""
    token, tasks = str(row.get("access_token") or ""), row.get("tasks")
    if not token or (isinstance(tasks, list) and not {"CREATE_CONTENT", "MANAGE"} & set(tasks)):
        return None
    page, name = str(row.get("id") or ""), str(row.get("name") or "")
    credential = {"access_token": token, "scope": " ".join(scopes)}
    return Account(page, name, {"account_id": page, "page": name}, credential)
