"""Every page of people and workspaces opens, for who may and for nobody else, at a fixed price."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from workspaces.models import Activity, Membership, User, Workspace
from workspaces.scope import use_workspace

ClientOf = Callable[[User], Client]

INSIDE = [
    "settings/",
    "settings/people/",
    "settings/people/leave/",
    "settings/activity/",
]
FOR_OWNERS = ["settings/delete/"]
OUTSIDE = ["/workspaces/", "/workspaces/new/", "/profile/"]


@pytest.mark.parametrize("path", INSIDE)
def test_every_member_reads_the_pages_of_a_workspace(
    path: str, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    for member in (alice, bob, carol):
        response = client_of(member).get(f"/w/barrow-rye/{path}")
        assert response.status_code == 200, (member, path)
        assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", INSIDE + FOR_OWNERS)
def test_T1_a_stranger_gets_404_like_for_a_workspace_that_never_was(
    path: str, alice: User, mallory: User, client_of: ClientOf
) -> None:
    client = client_of(mallory)
    here, nowhere = client.get(f"/w/barrow-rye/{path}"), client.get(f"/w/no-such-room/{path}")
    assert here.status_code == nowhere.status_code == 404
    assert here.content == nowhere.content


@pytest.mark.parametrize(
    "path", [*(f"/w/barrow-rye/{p}" for p in INSIDE), *OUTSIDE, "/w/no-such-room/settings/"]
)
def test_anonymous_is_led_to_sign_in(path: str, workspace: Workspace, client: Client) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/account/login/?next={path}"


@pytest.mark.parametrize("path", OUTSIDE)
def test_pages_of_a_person_open(path: str, alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/settings/", "/settings/people/", "/search/"])
def test_pages_of_a_workspace_do_not_exist_outside_one(path: str, alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).get(path).status_code == 404


@pytest.mark.parametrize("path", ["profile/", "workspaces/", "account/password/change/"])
def test_pages_of_a_person_do_not_exist_inside_a_workspace(
    path: str, alice: User, client_of: ClientOf
) -> None:
    assert client_of(alice).get(f"/w/barrow-rye/{path}").status_code == 404


def test_the_bare_address_of_a_workspace_leads_to_its_first_page(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    assert client.get("/w/barrow-rye")["Location"] == "/w/barrow-rye/"
    assert client.get("/w/barrow-rye/")["Location"].startswith("/w/barrow-rye/")
    assert client.get("/w/barrow-rye/settings")["Location"] == "/w/barrow-rye/settings/"


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
        assert response.status_code == 200
        if response.streaming:
            b"".join(response.streaming_content)
    return len(captured)


def _people(workspace: Workspace, count: int) -> None:
    for n in range(Membership.objects.filter(workspace=workspace).count(), count):
        user = User.objects.create_user(f"p{n}@example.com", name=f"Person {n}")
        Membership.objects.create(workspace=workspace, user=user, role="viewer")


@pytest.mark.parametrize("path", ["settings/people/", "settings/activity/"])
def test_a_list_costs_the_same_for_2_and_20_rows(
    path: str, workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    client = client_of(alice)
    client.get(f"/w/barrow-rye/{path}")
    costs = []
    for rows in (2, 20):
        _people(workspace, rows)
        with use_workspace(workspace):
            people = list(User.objects.filter(memberships__workspace=workspace))
            for n in range(Activity.objects.count(), rows):
                Activity.write("posts.edit_post", people[n % len(people)], None)
        costs.append(_queries(client, f"/w/barrow-rye/{path}"))
    assert costs[0] == costs[1] <= 12


def test_the_list_of_workspaces_costs_the_same_for_2_and_20_rows(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    client.get("/workspaces/")
    costs = []
    for rows in (2, 20):
        for n in range(Membership.objects.filter(user=alice).count(), rows):
            room = Workspace.objects.create(name=f"Room {n}", slug=f"room-{n}")
            Membership.objects.create(workspace=room, user=alice, role="viewer")
        costs.append(_queries(client, "/workspaces/"))
    assert costs[0] == costs[1] <= 12


def test_M3_reading_changes_nothing(alice: User, bob: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    client.get("/w/barrow-rye/settings/")
    bobs = Membership.objects.get(user=bob).pk
    pages = [*(f"/w/barrow-rye/{p}" for p in (*INSIDE, f"settings/people/{bobs}/remove/")), *OUTSIDE]
    before = _state()
    for page in pages:
        for method in ("get", "head", "options"):
            getattr(client, method)(page)
        assert client.generic("TRACE", page).status_code in {405, 302}
        client.get(page, headers={"X-HTTP-Method-Override": "POST"})
    assert _state() == before


def _state() -> list[object]:
    return [
        list(Workspace.objects.order_by("pk").values()),
        list(Membership.objects.order_by("pk").values()),
        list(User.objects.order_by("pk").values()),
    ]


def test_what_is_not_there_can_be_looked_for_by_name_in_an_open_workspace(
    alice: User, workspace: Workspace, client_of: ClientOf
) -> None:
    inside = client_of(alice).get("/w/barrow-rye/settings/nowhere/")
    outside = client_of(alice).get("/nowhere/")
    assert inside.status_code == outside.status_code == 404
    assert b'action="/w/barrow-rye/search/"' in inside.content
    assert b"<form" not in outside.content
    assert b"by name" not in outside.content
