"""The short way of programs answers as the whole way does: what it leaves out is for people alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from aura.kit.testing_api import Caller, by_token
from aura.programs import POLICY, ProgramMiddleware
from aura.tests.world import contents, make_world
from campaigns.models import Campaign
from workspaces.models import Membership, User, Workspace
from workspaces.operations import revoke_token
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

SHORT = "aura.programs.ProgramMiddleware"
WHOLE = [name for name in settings.MIDDLEWARE if name != SHORT]
COUNTED = frozenset({"workspaces.CallCount", "workspaces.ApiToken"})
Ask = Callable[[Caller], Any]


def told(response: Any) -> tuple[int, Any, dict[str, str]]:
    """Return what two answers have to have alike: all but their policies, clocks and names."""
    unlike = {"Content-Security-Policy", "X-Frame-Options", "X-Request-ID", "RateLimit", "Vary"}
    headers = {name: value for name, value in response.headers.items() if name not in unlike}
    varies = set(response.headers["Vary"].split(", ")) - {
        "HX-Request",
        "HX-Target",
    }  # said of an empty body, too
    headers["Vary"] = ", ".join(sorted(varies))
    body: Any = response.content
    if headers.get("Content-Encoding") == "gzip":  # whose length is never the same twice
        body = gzip.decompress(body)
        del headers["Content-Length"]
    if body and "json" in headers.get("Content-Type", ""):
        body = json.loads(body)
        for name in ("request_id", "timestamp"):
            body.pop(name, None)
    return response.status_code, body, headers


@pytest.fixture
def asked(workspace: Workspace, alice: User) -> list[Ask]:
    """Return one call of every kind that a layer has something to say about."""
    one = f"/campaigns/{make_world(workspace, alice)[Campaign].pk}"
    large = b'{"name": "%s"}' % (b"x" * 1_100_000)
    return [
        lambda call: call.get(one),
        lambda call: call("HEAD", one),
        lambda call: call("OPTIONS", one),
        lambda call: call.get("/campaigns?limit=1", Accept_Encoding="gzip"),
        lambda call: call.get("/campaigns?nothing=1"),
        lambda call: call.get("/campaigns/00000000-0000-7000-8000-000000000000"),
        lambda call: call.get("/campaigns/"),
        lambda call: call.get("/nothing"),
        lambda call: call("TRACE", one),
        lambda call: call("PUT", one),
        lambda call: call.patch(one, b"{"),
        lambda call: call.patch(one, {"name": ""}),
        lambda call: call.patch(one, large),
        lambda call: call("PATCH", one, b"{}", kind="application/json; charset=utf-16"),
        lambda call: call.get(one, Host="elsewhere.example"),
        lambda call: call.get(one, Authorization="Bearer aura_api_nonsense"),
        lambda call: call.get(one, Cookie=f"{settings.SESSION_COOKIE_NAME}=made-up"),
    ]


def test_it_answers_as_the_whole_way_does_but_for_a_stricter_policy(
    workspace: Workspace, alice: User, asked: list[Ask]
) -> None:
    secret, before = make(workspace, alice).secret, contents(but=COUNTED)
    for number, ask in enumerate(asked):
        short = ask(by_token(secret))
        with override_settings(MIDDLEWARE=WHOLE):
            whole = ask(by_token(secret))
        assert told(short) == told(whole), number
        assert "frame-ancestors 'none'" in short["Content-Security-Policy"], number
        assert short["X-Frame-Options"] == "DENY", number
        assert not short.cookies, number
    assert by_token(secret).get("/auth/me")["Content-Security-Policy"] == POLICY
    assert contents(but=COUNTED) == before


def test_a_token_ends_on_it_at_the_very_next_call(workspace: Workspace, alice: User, bob: User) -> None:
    member = Membership.objects.filter(workspace=workspace, user=bob)
    member.update(role="admin")
    token = make(workspace, alice)
    call, left = by_token(token.secret), by_token(make(workspace, bob, role="editor").secret)
    assert call.get("/auth/me").status_code == left.get("/auth/me").status_code == 200
    with use_workspace(workspace):
        revoke_token(token, by=alice)
        member.delete()
    assert call.get("/auth/me").status_code == left.get("/auth/me").status_code == 401


def test_people_and_whoever_signs_in_go_the_whole_way(workspace: Workspace, alice: User) -> None:
    went: list[str] = []

    def on(request: HttpRequest) -> HttpResponse:
        went.append(request.path)
        return HttpResponse()

    layer = ProgramMiddleware(on)
    sent = {"HTTP_AUTHORIZATION": f"Bearer {make(workspace, alice).secret}"}
    factory = Client()
    people = ["/api/v1/docs", "/api/v1/openapi.json", "/api/v1/auth/token", "/api/v1/nothing", "/campaigns/"]
    for path in people:
        layer(factory.request(PATH_INFO=path, **sent).wsgi_request)
    layer(factory.request(PATH_INFO="/api/v1/auth/me").wsgi_request)
    assert went == [*people, "/api/v1/auth/me"]
