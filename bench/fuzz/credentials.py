"""Every kind of credential that the API knows, made as people and programs make them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

OWNER, PASSWORD, SLUG = "owner@demo.example", "a long enough password", "demo"
_TOKEN_OF_FORM = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SIGN_OUT = "workspaces.sign_out"


@dataclass(frozen=True)
class Kind:
    """One kind of credential: how it is made, and its part of the time.

    `make` returns the headers that every call brings. `only` and `without` name calls by their operationId.
    """

    key: str
    about: str
    share: int
    make: Callable[[str], Mapping[str, str]]
    below: str = ""
    only: str = ""
    without: tuple[str, ...] = field(default=())


def token(role: str, *words: str) -> Callable[[str], Mapping[str, str]]:
    """Return how a token with a role at most, and for these words, is made."""

    def make(url: str) -> Mapping[str, str]:
        from workspaces.models import ApiToken, User, Workspace
        from workspaces.operations import create_token
        from workspaces.scope import use_workspace

        owner = User.objects.get(email=OWNER)
        with use_workspace(Workspace.objects.get(slug=SLUG)):
            name = f"Fuzz {ApiToken.objects.count()}"
            made = create_token(ApiToken(name=name, role=role, scopes=list(words) or ["*"]), by=owner)
        return {"Authorization": f"Bearer {made.secret}"}

    return make


def signed_in(url: str) -> Mapping[str, str]:
    """Sign in as a program does, by auth/token and, for the second pair, auth/refresh."""
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=60) as client:
        asked = {"email": OWNER, "password": PASSWORD, "workspace": SLUG}
        first = client.post("auth/token", json=asked).raise_for_status().json()
        pair = client.post("auth/refresh", json={"refresh": first["refresh"]}).raise_for_status().json()
    return {"Authorization": f"Bearer {pair['access']}"}


def session(url: str) -> Mapping[str, str]:
    """Sign in as a browser does; its calls bring the cookies and the CSRF token of a page."""
    with httpx.Client(base_url=url, timeout=60, follow_redirects=True) as browser:
        form = _TOKEN_OF_FORM.search(browser.get("/account/login/").text)
        assert form is not None, "The sign-in page has no form."
        sent = {"csrfmiddlewaretoken": form[1], "login": OWNER, "password": PASSWORD}
        page = browser.post("/account/login/", data=sent, headers={"Referer": f"{url}/account/login/"})
        held = _TOKEN_OF_FORM.search(page.text)
        assert held is not None, f"Nobody is signed in at {page.url}."
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": held[1]}


def nobody(url: str) -> Mapping[str, str]:
    """Bring nothing: what schemathesis makes up in place of a credential is all there is."""
    return {}


KINDS = (
    Kind("owner", "a token of the owner, for everything", 6, token("owner")),
    Kind("access", "an access token of a program that signed in", 3, signed_in, without=(SIGN_OUT,)),
    Kind("sign-out", "an access token, which signs itself out", 1, signed_in, only=SIGN_OUT),
    Kind("session", "a browser that is signed in, below its workspace", 3, session, below=f"/w/{SLUG}"),
    Kind("editor", "a token that is an editor at most", 3, token("editor")),
    Kind("contributor", "a token that is a contributor at most", 2, token("contributor")),
    Kind("viewer", "a token that is a viewer at most", 1, token("viewer")),
    Kind("writer", "a token for posts and media alone", 2, token("owner", "posts:write", "media:write")),
    Kind("reader", "a token that reads campaigns alone", 1, token("owner", "campaigns:read")),
    Kind("nobody", "no credential", 1, nobody),
)
