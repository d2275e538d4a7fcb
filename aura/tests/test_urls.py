"""Every address has its policy without being asked: who may, what stays as it is (trust M0, M3, R1, T1, C1, C4, C6)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import NoReverseMatch

from aura.kit import clock
from aura.tests import addresses
from aura.tests.addresses import PUBLIC, Address, every_address
from aura.tests.world import contents, make_world
from posts.models import Post
from workspaces.models import Heartbeat, User, Workspace

ANY_OTHER = "no-such-room"
OURS = [a for a in every_address() if not a.is_of_admin]
OF_WORKSPACE = [a for a in OURS if a.is_of_workspace]
# A viewer may do these, and why.
VIEWER_MAY: dict[str, str] = {
    "posts:preview": "judges words and saves nothing",
    "posts:feed": "it is that person's own",
    "posts:feed-end": "it is that person's own",
    "workspace:leave": "everybody may leave",
    "workspace:notifications_read": "it is that person's own",
    "workspace:notification_open": "it is that person's own",
    "workspace:notification_read": "it is that person's own",
    "posts:comment": "everybody who sees it may say something",
    "media:comment": "everybody who sees it may say something",
    "media:download-many": "reads, and sends what it reads",
    "media:save-filter": "it is that person's own",
    "media:delete-filter": "it is that person's own",
}
# Where a POST means something only with these words.
DATA: dict[str, Callable[[dict[Any, Any]], dict[str, Any]]] = {
    "posts:change-many": lambda world: {"verb": "trash", "post": [str(world[Post].pk)]},
    "posts:request-changes": lambda world: {"note": "Shorter"},
}

World = dict[Any, Any]


@pytest.fixture
def world(workspace: Workspace, alice: User) -> World:
    return make_world(workspace, alice)


def none(wrong: list[str]) -> None:
    """Fail with every sentence that is in the list."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def plain(response: Any) -> str:
    """The body without what differs from request to request."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/w/[-\w]+/[^\"'<\s]*", "", text)


def without_passing(response: Any) -> dict[str, str]:
    """The headers without what differs from request to request."""
    passing = {"X-Request-ID", "Set-Cookie", "Content-Length"}
    return {name: value for name, value in response.headers.items() if name not in passing}


def test_M0_every_address_has_a_name_and_arguments_that_are_known(world: World, workspace: Workspace) -> None:
    unnamed = [a.route for a in every_address() if not a.name.rpartition(":")[2]]
    assert unnamed == [], "Give each a name."
    for address in every_address():
        try:
            address.path(workspace if address.is_of_workspace else None, world)
        except NoReverseMatch as problem:  # pragma: no cover - says which address is badly described
            pytest.fail(f"{address.name} cannot be made: {problem}")


def test_M0_the_public_addresses_are_the_named_ones() -> None:
    assert set(PUBLIC) - {a.name for a in every_address()} == set(), "Take these off the list."


@pytest.mark.parametrize("method", ["get", "post"])
def test_R1_who_is_not_signed_in_is_led_to_sign_in(method: str, world: World, workspace: Workspace) -> None:
    before, wrong = contents(), []
    for address in OURS:
        if address.name in PUBLIC:
            continue
        path = address.path(workspace if address.is_of_workspace else None, world)
        response = getattr(Client(), method)(path)
        if response.status_code != 302 or not response["Location"].startswith("/account/login/"):
            wrong.append(f"{method} {path}: {response.status_code}")
    none(wrong)
    assert contents() == before


def test_R1_who_is_not_signed_in_cannot_tell_whether_a_workspace_exists(
    world: World, workspace: Workspace
) -> None:
    there = Client().get(f"/w/{workspace.slug}/campaigns/")
    nowhere = Client().get(f"/w/{ANY_OTHER}/campaigns/")
    assert there.status_code == nowhere.status_code == 302
    assert there["Location"].replace(workspace.slug, ANY_OTHER) == nowhere["Location"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_T1_a_stranger_gets_404_as_from_a_workspace_that_is_not(
    method: str, world: World, workspace: Workspace, mallory: User, client_of: Callable[[User], Client]
) -> None:
    client, before, wrong = client_of(mallory), contents(), []
    for address in OF_WORKSPACE:
        for headers in ({}, {"HX-Request": "true"}):
            there = getattr(client, method)(address.path(workspace, world), headers=headers)
            nowhere = getattr(client, method)(address.path(ANY_OTHER, world), headers=headers)
            same = plain(there) == plain(nowhere) and without_passing(there) == without_passing(nowhere)
            if (there.status_code, nowhere.status_code) != (404, 404) or not same:
                wrong.append(
                    f"{method} {address.name}: {there.status_code}, {nowhere.status_code}, same: {same}"
                )
    none(wrong)
    assert contents() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_T1_ids_of_another_workspace_are_as_ids_of_nothing(
    method: str,
    world: World,
    workspace: Workspace,
    other_workspace: Workspace,
    mallory: User,
    client_of: Callable[[User], Client],
) -> None:
    client, before, wrong = client_of(mallory), contents(), []
    for address in OF_WORKSPACE:
        if not address.arguments or "pk" not in address.arguments:
            continue
        theirs = getattr(client, method)(address.path(other_workspace, world))
        nothing = getattr(client, method)(address.path(other_workspace, None))
        same = plain(theirs) == plain(nothing) and without_passing(theirs) == without_passing(nothing)
        statuses = {theirs.status_code, nothing.status_code}
        if statuses not in ({404}, {405}) or not same:
            wrong.append(
                f"{method} {address.name}: {theirs.status_code}, {nothing.status_code}, same: {same}"
            )
    none(wrong)
    assert contents() == before


def test_T1_a_page_is_on_one_side_of_the_prefix_only(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    wrong = []
    for address in OURS:
        other_side = None if address.is_of_workspace else workspace.slug
        path = address.path(other_side, world)
        if address.name == "people:start" or client.get(path).status_code == 404:
            continue  # /w/<slug>/ is the way to the workspace's first page
        wrong.append(path)
    none(wrong)


def test_R1_a_viewer_changes_nothing(
    world: World, workspace: Workspace, carol: User, client_of: Callable[[User], Client]
) -> None:
    client, wrong = client_of(carol), []
    client.get(f"/w/{workspace.slug}/campaigns/")
    before = contents()
    for address in OF_WORKSPACE:
        if address.name in VIEWER_MAY:
            continue
        data = DATA.get(address.name, lambda world: {})(world)
        response = client.post(address.path(workspace, world), data)
        if response.status_code not in {403, 405}:
            wrong.append(f"{address.name}: {response.status_code}")
    none(wrong)
    assert contents() == before


def test_M3_reading_changes_nothing(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    client.get(f"/w/{workspace.slug}/campaigns/")
    now = clock.now()
    Heartbeat.objects.create(id=uuid.uuid4(), kind="work", started_at=now, beat_at=now + timedelta(hours=1))
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    before, broken = contents(), []

    def read(address: Address) -> None:
        path = address.path(workspace if address.is_of_workspace else None, world)
        answers = {method: getattr(client, method)(path) for method in ("get", "head", "options")}
        answers["get by htmx"] = client.get(path, headers={"HX-Request": "true"})
        answers["get that says post"] = client.get(path, headers={"X-HTTP-Method-Override": "POST"})
        broken.extend(f"{how} {path}: {r.status_code}" for how, r in answers.items() if r.status_code >= 500)

    for address in OURS:
        read(address)
    none(broken)
    if contents() == before:
        return
    before = contents()
    for address in OURS:  # once more, to say which
        read(address)
        assert contents() == before, f"Reading {address.name} changes something."
    pytest.fail("Reading some page changes something the first time.")


def test_M3_trace_is_refused(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client, wrong = client_of(alice), []
    for address in OURS:
        path = address.path(workspace if address.is_of_workspace else None, world)
        response = client.trace(path)
        if response.status_code != 405:
            wrong.append(f"{path}: {response.status_code}")
    none(wrong)


def test_C1_every_post_needs_its_token(world: World, workspace: Workspace, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get(f"/w/{workspace.slug}/campaigns/")
    before, wrong = contents(), []
    for address in OURS:
        path = address.path(workspace if address.is_of_workspace else None, world)
        foreign = {"csrfmiddlewaretoken": "x" * 64}
        for data in ({}, foreign):
            response = client.post(path, data, headers={"Origin": "http://testserver"})
            if response.status_code != 403:
                wrong.append(f"{path}: {response.status_code}")
    none(wrong)
    assert contents() == before


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_C1_a_post_from_elsewhere_is_refused_even_with_its_token(
    origin: str, world: World, workspace: Workspace, alice: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/w/{workspace.slug}/campaigns/new/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    before = contents()
    path = f"/w/{workspace.slug}/campaigns/new/"
    response = client.post(path, {"csrfmiddlewaretoken": token[1]}, headers={"Origin": origin})
    assert response.status_code == 403
    assert contents() == before


def test_C4_C6_every_answer_keeps_frames_sniffers_and_caches_out(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    wrong = []
    for path, response in addresses.pages(client_of(alice), workspace, world):
        policy = response.headers.get("Content-Security-Policy", "")
        files = response.headers.get("Content-Type", "").startswith("image/")
        kept_out = "sandbox" in policy if files else "frame-ancestors 'none'" in policy
        if not kept_out or "unsafe" in policy:
            wrong.append(f"{path}: policy {policy}")
        if response.headers.get("X-Frame-Options") != "DENY":
            wrong.append(f"{path}: frames")
        if response.headers.get("X-Content-Type-Options") != "nosniff":
            wrong.append(f"{path}: sniffing")
        cache = response.headers.get("Cache-Control", "")
        if not files and "no-store" not in cache and "private" not in cache:
            wrong.append(f"{path}: cache {cache}")
        if not files and response.status_code == 200 and "Cookie" not in response.headers.get("Vary", ""):
            wrong.append(f"{path}: vary {response.headers.get('Vary')}")
    none(wrong)


def test_C6_a_name_of_a_file_after_a_page_is_no_page(
    world: World, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    wrong = []
    for address in OF_WORKSPACE:
        path = address.path(workspace, world) + "x.css"
        if client.get(path).status_code != 404:
            wrong.append(path)
    none(wrong)


def test_address_of_a_new_kind_says_what_is_missing() -> None:
    with pytest.raises(LookupError, match=r"say whose in OBJECTS"):
        Address("letters:detail", "letters/<uuid:pk>/", ("pk",)).path("room", {})
    with pytest.raises(LookupError, match=r"say what that is in WORDS"):
        Address("posts:page", "posts/<int:page>/", ("page",)).path("room", {})
