"""Every call of the API has its rules without being asked: who may, what is refused and how, what stays as it is."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import Client

from aura.api import RESOURCES, contract
from aura.kit.testing_api import Caller, by_session, by_token
from aura.tests.world import contents, make_world
from campaigns.models import Brand, Campaign
from imports.models import Import, ImportRow
from media_library.models import Album, Asset, AssetVersion, Rendition, SavedFilter
from posts.models import (
    CalendarFeed,
    Channel,
    NetworkApp,
    Post,
    PostingSlot,
    PostVersion,
    ReviewLink,
    Series,
    Snippet,
)
from workspaces.api.calls import DECLARED, Declared
from workspaces.api.openapi import errors_of
from workspaces.api.schemas import Shown
from workspaces.models import (
    ApiToken,
    Comment,
    Invitation,
    Notification,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    Workspace,
)
from workspaces.scope import use_workspace
from workspaces.tests.programs import make
from workspaces.token_text import API, REFRESH, new_token

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs/openapi.json"
# Whose id an address takes, by the name it has there.
OBJECTS: dict[str, type[Model]] = {
    "campaign_id": Campaign,
    "post_id": Post,
    "channel_id": Channel,
    "brand_id": Brand,
    "album_id": Album,
    "series_id": Series,
    "version_id": PostVersion,
    "comment_id": Comment,
    "slot_id": PostingSlot,
    "app_id": NetworkApp,
    "link_id": ReviewLink,
    "feed_id": CalendarFeed,
    "snippet_id": Snippet,
    "import_id": Import,
    "media_id": Asset,
    "media_version_id": AssetVersion,
    "rendition_id": Rendition,
    "other_id": Asset,
    "filter_id": SavedFilter,
    "row_id": ImportRow,
    "webhook_id": WebhookEndpoint,
    "delivery_id": WebhookDelivery,
    "member_id": User,
    "invitation_id": Invitation,
    "token_id": ApiToken,
    "notification_id": Notification,
}
# A viewer may do these, and why.
VIEWER_MAY: dict[str, str] = {
    "workspaces.sign_out": "it is their own sign-in",
    "posts.comment_on_post": "everybody who sees it may say something",
    "media_library.save_filter": "it is their own view of the library",
    "media_library.delete_filter": "their own alone",
    "media_library.comment_on_media": "everybody who sees it may say something",
    "workspaces.edit_comment": "their own alone",
    "workspaces.delete_comment": "their own alone",
    "workspaces.resolve_comment": "their own alone",
    "workspaces.reopen_comment": "their own alone",
    "workspaces.leave_workspace": "it is their own membership",
    "posts.make_feed": "it shows what they may read",
    "posts.revoke_feed": "their own alone",
    "workspaces.read_notices": "what they were told themselves",
    "workspaces.read_notification": "what they were told themselves",
}
# What needs no credential, and why.
OPEN: dict[str, str] = {
    "workspaces.sign_in": "it gives one for a password",
    "workspaces.refresh": "it gives the next for a refresh token",
}
COUNTED = frozenset({"workspaces.CallCount"})
World = dict[Any, Any]
CALLS = sorted(DECLARED.items())
UNSAFE = [(name, one) for name, one in CALLS if one.rules.unsafe]
WITH_IDS = [(name, one) for name, one in CALLS if "{" in one.path]


def path_of(declared: Declared, world: World | None) -> str:
    path = declared.path
    for name, model in OBJECTS.items():
        path = path.replace("{" + name + "}", str(world[model].pk if world else uuid.uuid4()))
    assert "{" not in path, f"{path} takes an id: say whose in OBJECTS of aura/tests/test_api.py."
    return path


@pytest.fixture
def world(workspace: Workspace, alice: User) -> World:
    return make_world(workspace, alice)


@pytest.fixture
def brand(workspace: Workspace) -> Brand:
    with use_workspace(workspace):
        return Brand.objects.create(name="Barrow & Rye")


@pytest.fixture
def call(alice: User, client_of: Callable[[User], Client]) -> Caller:
    return by_session(client_of(alice), "barrow-rye")


def told(response: Any) -> dict[str, Any]:
    """What an answer says, without what differs from call to call."""
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response["X-Request-ID"]
    return {name: value for name, value in problem.items() if name not in {"request_id", "timestamp"}}


# The contract --------------------------------------------------------------------------------------------------------


def test_the_contract_is_the_one_that_was_agreed_on() -> None:
    """Renew it on purpose: `make contract`."""
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(contract())), (
        "The contract of the API changed. If that is meant: make contract, and a line in CHANGELOG.md."
    )


def test_the_command_writes_what_the_address_answers(tmp_path: Path, db: None) -> None:
    call_command("export_openapi", to=tmp_path / "openapi.json")
    assert json.loads((tmp_path / "openapi.json").read_text()) == Client().get("/api/v1/openapi.json").json()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_openapi", to=tmp_path / "nowhere" / "openapi.json")


def _members(schema: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, member in schema.get("properties", {}).items():
        yield f"{where}.{name}", member


def test_every_member_and_parameter_has_a_description_and_an_example() -> None:
    made, wrong = contract(), []
    for name, schema in made["components"]["schemas"].items():
        wrong += [
            place
            for place, member in _members(schema, name)
            if not member.get("description") or "examples" not in member
        ]
    for path, calls in made["paths"].items():
        for method, one in calls.items():
            for parameter in one["parameters"]:
                found = (
                    made["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
                    if "$ref" in parameter
                    else parameter
                )
                if not found.get("description") or "examples" not in found["schema"]:
                    wrong.append(f"{method} {path} {found['name']}")
    assert wrong == []


def test_every_schema_has_a_name_of_its_own() -> None:
    """Two of one name would be one in the contract: the other's members would be told wrong."""
    waiting, names = [Shown], []
    while waiting:
        found = waiting.pop().__subclasses__()
        names += [one.__name__ for one in found if not one.__module__.startswith(("bench", "ninja"))]
        waiting += found
    lists = {name for name in names if name.endswith("List")}  # made for each call that answers with one
    assert sorted(set(names) - lists) == sorted(name for name in names if name not in lists)


def test_every_call_declares_every_way_in_which_it_can_fail() -> None:
    for path, calls in contract()["paths"].items():
        for method, one in calls.items():
            declared = DECLARED[one["operationId"]]
            assert {str(status) for status in errors_of(declared)} <= set(one["responses"]), (method, path)
            assert bool(one["security"]) is not declared.is_open, (method, path)
    assert len({one.name for one in RESOURCES}) == len(RESOURCES)


def test_the_contract_says_that_an_answer_may_be_a_part_where_fields_are_named() -> None:
    made = contract()
    schemas = made["components"]["schemas"]
    for path, calls in made["paths"].items():
        for method, one in calls.items():
            fields = [parameter for parameter in one["parameters"] if parameter.get("name") == "fields"]
            if not fields:
                continue
            schema = one["responses"]["200"]["content"]["application/json"]["schema"]
            if "$ref" in schema:
                schema = schemas[schema["$ref"].rpartition("/")[2]]["properties"]["items"]["items"]
            whole, part = (schemas[each["$ref"].rpartition("/")[2]] for each in schema["anyOf"])
            assert whole["properties"] == part["properties"], (method, path)
            assert ("required" in whole, "required" in part) == (True, False), (method, path)
            assert fields[0]["schema"]["items"]["enum"] == list(whole["properties"]), (method, path)


# Who may -------------------------------------------------------------------------------------------------------------


def test_R1_who_is_not_known_is_refused_alike_by_every_call(world: World) -> None:
    before = contents(but=COUNTED)
    assert {name for name, one in CALLS if one.is_open} == set(OPEN)
    client = Client()  # one for all: nothing that is answered sets a cookie
    nobody = {base: Caller(client, base) for base in ("/api/v1", "/w/barrow-rye/api/v1", "/w/nowhere/api/v1")}
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    secrets = ("aura_api_nonsense", new_token(API), new_token(REFRESH), f"{none}.e30.", "Basic", "")
    unknown = cycle(Caller(client, "/api/v1", Authorization=f"Bearer {secret}") for secret in secrets)
    for name, declared in CALLS:
        if declared.is_open:
            continue
        path = path_of(declared, world)
        for base, call in nobody.items():
            response = call(declared.method, path, b"{")
            assert (response.status_code, told(response)["code"]) == (401, "UNAUTHENTICATED"), (name, base)
            assert ("WWW-Authenticate" in response) == base.startswith("/api"), (name, base)
        response = next(unknown)(declared.method, path, b"{")
        assert (response.status_code, "UNKNOWN" in told(response)["code"]) == (401, True), name
    assert not client.cookies
    assert contents(but=COUNTED) == before


def test_R1_a_session_counts_below_its_workspace_only(
    world: World, alice: User, client_of: Callable[[User], Client]
) -> None:
    assert Caller(client_of(alice), "/api/v1").get("/campaigns").status_code == 401


def test_R1_a_viewer_changes_nothing(world: World, carol: User, client_of: Callable[[User], Client]) -> None:
    viewer = by_session(client_of(carol), "barrow-rye")
    viewer.get("/campaigns")
    before = contents(but=COUNTED)
    for name, declared in UNSAFE:
        if name not in VIEWER_MAY and not declared.is_open:
            response = viewer(declared.method, path_of(declared, world), b"{")
            assert (response.status_code, told(response)["code"]) == (403, "FORBIDDEN"), name
    assert contents(but=COUNTED) == before


def test_a_token_opens_its_workspace_and_no_more_than_its_role_and_words(
    alice: User, mallory: User, workspace: Workspace, other_workspace: Workspace, world: World
) -> None:
    whole, reader = (
        by_token(make(workspace, alice, *words, role=role).secret)
        for words, role in ((["*"], "owner"), (["campaigns:read"], "owner"))
    )
    viewer = by_token(make(workspace, alice, role="viewer").secret)
    path = path_of(DECLARED["campaigns.edit_campaign"], world)
    changed = whole.patch(path, {"goal": "By a program"})
    assert (changed.status_code, changed.json()["goal"]) == (200, "By a program")
    made = whole.post("/campaigns", {"name": "Spring", "brand": str(world[Brand].pk)})
    assert made["Location"] == f"/api/v1/campaigns/{made.json()['id']}"
    for weak in (reader, viewer):
        assert weak.get(path).status_code == 200
        refused = weak.patch(path, {"goal": "Not this"})
        assert (refused.status_code, told(refused)["code"]) == (403, "FORBIDDEN")
    assert "campaigns:write" in reader.delete(path).json()["detail"]
    stranger = by_token(make(other_workspace, mallory).secret)
    assert stranger.get(path).status_code == stranger.patch(path, {"goal": "x"}).status_code == 404
    unknown = by_token("aura_api_nonsense").get(path)
    assert (unknown.status_code, unknown["WWW-Authenticate"].split()[0]) == (401, "Bearer")
    with use_workspace(workspace):
        assert Campaign.objects.get(pk=world[Campaign].pk).goal == "By a program"


def test_the_page_that_explains_the_api_shows_every_call(
    alice: User, workspace: Workspace, client_of: Callable[[User], Client]
) -> None:
    for client, base in ((Client(), ""), (client_of(alice), "/w/barrow-rye")):
        response = client.get(f"{base}/api/v1/docs")
        page = response.content.decode()
        assert response.status_code == 200
        assert "unsafe" not in response["Content-Security-Policy"]
        for name, declared in CALLS:
            assert f'id="{name}"' in page
            assert f'data-path="{"" if declared.is_open else base}/api/v1{declared.path}"' in page
        assert f"{settings.AURA_URL}/api/v1/campaigns" in page
        assert f"{settings.AURA_URL}/w/" not in page, "A token works at /api/v1/ alone."


# How it is asked -----------------------------------------------------------------------------------------------------


def test_M3_head_and_options_and_methods_that_are_none(call: Caller, brand: Brand) -> None:
    got, head = call.get("/campaigns"), call("HEAD", "/campaigns")
    assert (head.status_code, head.content) == (200, b"")
    assert (head["ETag"], head["Content-Length"]) == (got["ETag"], got["Content-Length"])
    options = call("OPTIONS", "/campaigns")
    assert (options.status_code, options["Allow"], options.content) == (204, "GET, HEAD, OPTIONS, POST", b"")
    for method in ("DELETE", "PUT", "PATCH", "TRACE"):
        refused = call(method, "/campaigns")
        assert (refused.status_code, told(refused)["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert refused["Allow"]
    pretended = call.get("/campaigns", X_HTTP_Method_Override="DELETE")
    assert pretended.status_code == 200


def test_M3_what_takes_no_json_is_told_what_there_is_and_nothing_is_made(
    call: Caller, brand: Brand, workspace: Workspace
) -> None:
    for accept in ("", "*/*", "application/json; charset=utf-8", "text/html, application/*;q=0.1"):
        assert call.get("/campaigns", Accept=accept).status_code == 200, accept
    for accept in (
        "text/html",
        "application/xml",
        "application/json;q=0",
        "*/*;q=0",
        "a;;,",
        "*/*, application/json;q=0",
    ):
        for method in ("GET", "HEAD", "POST"):
            refused = call(method, "/campaigns", {"name": "Rye"}, Accept=accept)
            assert refused.status_code == 406, (method, accept)
        assert told(refused)["code"] == "NOT_ACCEPTABLE"
        assert "application/json" in told(refused)["detail"]
    with use_workspace(workspace):
        assert not Campaign.objects.exists()
    made = call.post("/campaigns", {"name": "Rye"}).json()["id"]
    surplus = call.post(f"/campaigns/{made}/archive", {"why": "It is over."})
    assert (surplus.status_code, list(told(surplus)["fields"])) == (422, ["why"])
    large = call.post("/campaigns", {"name": "x" * 1_100_000})
    assert (large.status_code, "1 MB" in told(large)["detail"]) == (413, True)
    assert call.delete(f"/campaigns/{made}", Accept="text/html").status_code == 204


def test_every_answer_keeps_out_of_caches_and_other_sites(call: Caller, brand: Brand) -> None:
    for response in (
        call.get("/campaigns"),
        call.get("/nothing"),
        call.post("/campaigns", b"{"),
        Client().get("/api/v1/no"),
    ):
        assert response["Cache-Control"] == "no-store"
        assert {"Authorization", "Cookie", "Accept"} <= {one.strip() for one in response["Vary"].split(",")}
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["Content-Type"].startswith("application/")


def test_C3_no_other_site_may_read(call: Caller) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for response in (call("OPTIONS", "/campaigns", **asked), call.get("/campaigns", **asked)):
        assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_C2_a_session_changes_nothing_without_its_token_or_by_another_kind_of_body(
    alice: User, brand: Brand, workspace: Workspace
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    call = by_session(client, "barrow-rye")
    body = json.dumps({"name": "Forged"})
    bare = call.post("/campaigns", body)
    assert (bare.status_code, "X-CSRFToken" in told(bare)["detail"]) == (403, True)
    client.get(f"/w/{workspace.slug}/campaigns/new/")
    token = client.cookies["csrf"].value
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        refused = call("POST", "/campaigns", body, kind=kind, X_CSRFToken=token)
        assert (refused.status_code, told(refused)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    with use_workspace(workspace):
        assert not Campaign.objects.exists()
    assert call.post("/campaigns", body, X_CSRFToken=token).status_code == 201


DEEP = b"[" * 100_000
HOSTILE: dict[str, tuple[bytes, int]] = {
    "depth": (DEEP, 400),
    "depth inside": (b'{"name": ' + DEEP, 400),
    "more levels than there is room for": (b'{"name": ' + b"[" * 700 + b"]" * 700 + b"}", 400),
    "NaN": (b'{"name": "Spring", "budget": NaN}', 400),
    "infinity": (b'{"name": "Spring", "budget": -Infinity}', 400),
    "huge number": (b'{"name": "Spring", "budget": 1e400}', 422),
    "digits": (b'{"name": "Spring", "budget": ' + b"9" * 5000 + b"}", 400),
    "a name twice": (b'{"name": "Spring", "name": "Autumn"}', 400),
    "half a pair": (rb'{"name": "\ud800"}', 422),
    "half a pair as a name": (rb'{"\ud800": "x"}', 422),
    "NUL": (rb'{"name": "a\u0000b"}', 422),
    "not UTF-8": (b'{"name": "\xff"}', 400),
    "a list": (b"[]", 400),
    "nothing of JSON": (b"name=Spring", 400),
    "too large": (b'{"name": "' + b"a" * 1_100_000 + b'"}', 413),
}  # fmt: skip


def test_M2_hostile_json_is_refused_and_changes_nothing(call: Caller, brand: Brand, scope: Workspace) -> None:
    for name, (body, status) in HOSTILE.items():
        response = call.post("/campaigns", body)
        assert response.status_code == status, (name, response.content)
        told(response)
    for query in ("q=%00", "fields=%00", "limit=%FF", "brand=%ED%A0%80", "cursor=" + "A" * 2000):
        assert call.get(f"/campaigns?{query}").status_code in {400, 422}, query
    assert not Campaign.objects.exists()


def test_what_breaks_inside_is_said_without_its_inside(
    alice: User, client_of: Callable[[User], Client], brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(alice)
    client.raise_request_exception = False

    def broken(*args: Any) -> None:
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr("campaigns.lists.campaigns", broken)
    response = by_session(client, "barrow-rye").get("/campaigns")
    assert response.status_code == 500
    assert told(response)["code"] == "BROKEN"
    assert "secret of the house" not in response.content.decode()
