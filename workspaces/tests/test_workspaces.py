"""A workspace from settings to its end: edit, delete, restore, purge; and the activity that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from aura.kit import clock
from campaigns.models import Brand, Campaign
from posts.models import Channel, Post, Target
from workspaces.models import Activity, Invitation, Mail, Membership, User, Workspace, WorkspaceModel
from workspaces.operation import SYSTEM, Refused, Staff
from workspaces.operations import (
    create_workspace,
    delete_workspace,
    edit_workspace,
    hooks,
    invite_member,
    purge_old_workspaces,
    purge_workspace,
    restore_workspace,
)
from workspaces.scope import every_workspace, use_workspace
from workspaces.tests.people import PASSWORD, browser, clean_limits, sign_in

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
SETTINGS, DELETE = "/w/barrow-rye/settings/", "/w/barrow-rye/settings/delete/"
RULES = {
    "name": "Barrow",
    "zone": "America/New_York",
    "approval": "anyone",
    "grace_minutes": "60",
    "links": "plain",
}


def test_admins_change_name_zone_and_rules(workspace: Workspace, bob: User, client_of: ClientOf) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    assert client_of(bob).post(SETTINGS, RULES)["Location"] == SETTINGS
    workspace.refresh_from_db()
    assert (workspace.name, workspace.zone, workspace.grace_minutes) == ("Barrow", "America/New_York", 60)
    assert workspace.approval == "anyone"


@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_R1_others_read_them_or_do_not_even_that(
    person: str, status: int, workspace: Workspace, bob: User, carol: User, mallory: User, client_of: ClientOf
) -> None:
    before = Workspace.objects.values().get(pk=workspace.pk)
    client = client_of({"bob": bob, "carol": carol, "mallory": mallory}[person])
    assert client.post(SETTINGS, RULES).status_code == status
    assert client.post(SETTINGS, {"name": ""}).status_code == status
    assert (
        client.get(DELETE).status_code == client.post(DELETE, {"typed": workspace.name}).status_code == status
    )
    assert Workspace.objects.values().get(pk=workspace.pk) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "a\r\nb"),
        ("zone", "Mars/Base"),
        ("grace_minutes", "-1"),
        ("grace_minutes", "1441"),
    ],
)
def test_what_cannot_be_is_refused_with_422_and_kept_in_the_form(
    field: str, value: str, workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    answer = client_of(alice).post(SETTINGS, {**RULES, field: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert "For the workspace Barrow &amp; Rye" in answer.content.decode()
    workspace.refresh_from_db()
    assert workspace.name == "Barrow & Rye"


def test_M1_the_address_and_the_trash_are_not_fields(
    workspace: Workspace, alice: User, client_of: ClientOf
) -> None:
    client_of(alice).post(
        SETTINGS, {**RULES, "slug": "hack", "trashed_at": "2020-01-01", "id": "x", "members": "x"}
    )
    workspace.refresh_from_db()
    assert (workspace.slug, workspace.trashed_at) == ("barrow-rye", None)


def test_X1_names_are_text_wherever_they_are_shown(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    payload = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    client = client_of(alice)
    client.post(SETTINGS, {**RULES, "name": payload})
    client.post("/profile/", {"name": payload, "zone": "", "theme": "dark", "shortcuts_enabled": "on"})
    member = Membership.objects.get(user=bob).pk
    pages = [
        SETTINGS,
        f"{SETTINGS}people/",
        f"{SETTINGS}activity/",
        f"{SETTINGS}people/{member}/remove/",
        "/profile/",
        "/workspaces/",
    ]
    for page in pages:
        html = client.get(page).content.decode()
        assert "<script>alert" not in html, page
        assert "<img src=x" not in html, page
    assert 'data-theme="dark"' in client.get("/profile/").content.decode()


def _open_delete_page(email: str) -> Client:
    client = browser()
    sign_in(client, email)
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": DELETE})
    return client


def test_A8_deleting_asks_for_the_password_and_the_name_and_says_what_goes(
    workspace: Workspace, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser()
    sign_in(client, "alice@example.com")
    assert client.post(DELETE, {"typed": workspace.name})["Location"].startswith("/account/reauthenticate/")
    client = _open_delete_page("alice@example.com")
    gone: list[object] = []
    goer = hooks._Goer(lambda going: ["‘Launch day’, Fri 9:00"], lambda going, *, by: gone.append(going))
    monkeypatch.setattr(hooks, "_goers", [goer])
    assert "‘Launch day’, Fri 9:00" in client.get(DELETE).content.decode()
    assert client.post(DELETE, {"typed": "Barrow"}).status_code == 422
    assert gone == []
    with use_workspace(workspace):
        invite_member(Invitation(role="viewer"), by=alice)
    assert client.post(DELETE, {"typed": "barrow & rye"})["Location"] == "/workspaces/"
    assert gone == [workspace]
    workspace.refresh_from_db()
    assert workspace.trashed_at
    with use_workspace(workspace):
        assert Invitation.objects.get().revoked_at
        assert Activity.objects.filter(verb="workspaces.delete_workspace").count() == 1
    assert client.get("/workspaces/").content.decode().count("Barrow") == 1  # the message of the deletion
    assert client.get("/")["Location"] == "/workspaces/new/"


def test_only_owners_delete_and_once(workspace: Workspace, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    with use_workspace(workspace):
        with pytest.raises(PermissionDenied):
            delete_workspace(workspace, by=bob)
        delete_workspace(workspace, by=alice)
        with pytest.raises(Refused):
            delete_workspace(workspace, by=alice)


def test_staff_bring_it_back_and_nobody_else(workspace: Workspace, alice: User, mallory: User) -> None:
    with use_workspace(workspace):
        delete_workspace(workspace, by=alice)
    for actor in (alice, mallory, Staff(alice)):
        with pytest.raises(PermissionDenied):
            restore_workspace(workspace, by=actor)
    User.objects.filter(pk=mallory.pk).update(is_staff=True, is_superuser=True)
    restore_workspace(workspace, by=Staff(User.objects.get(pk=mallory.pk)))
    workspace.refresh_from_db()
    assert workspace.trashed_at is None


def _fill(workspace: Workspace) -> None:
    with use_workspace(workspace):
        brand = Brand.objects.create(name="B")
        campaign = Campaign.objects.create(name="C", brand=brand)
        channel = Channel.objects.create(name="Feed", network="sandbox")
        post = Post.objects.create(campaign=campaign, title="P")
        Target.objects.create(post=post, channel=channel)
        invite_member(Invitation(role="viewer", email="x@example.com"), by=SYSTEM)


def test_T10_after_thirty_days_it_is_purged_with_every_row_and_no_other(
    workspace: Workspace,
    other_workspace: Workspace,
    alice: User,
    mallory: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fill(workspace)
    _fill(other_workspace)
    files: list[Workspace] = []
    monkeypatch.setattr(hooks, "_purges", [*hooks._purges, files.append])
    with pytest.raises(Refused):
        purge_workspace(workspace, by=SYSTEM)
    with use_workspace(workspace):
        delete_workspace(workspace, by=alice)
    now = clock.now()
    assert purge_old_workspaces(now + timedelta(days=29)) == 0
    assert purge_old_workspaces(now + timedelta(days=31)) == 1
    assert files == [workspace]
    assert not Workspace.objects.filter(slug="barrow-rye").exists()
    assert not Membership.objects.filter(user=alice).exists()
    assert {mail.workspace_id for mail in Mail.objects.all()} == {other_workspace.pk}
    with every_workspace("a test"):
        left = {model: model.objects.values_list("workspace_id", flat=True) for model in _tenant_models()}
        assert {pk for rows in left.values() for pk in rows} == {other_workspace.pk}
        assert Target.objects.count() == 1


def _tenant_models() -> list[type[WorkspaceModel]]:
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, WorkspaceModel)]


def test_a_taken_address_is_said_and_nothing_is_left_behind(
    workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="was taken"):
        create_workspace(Workspace(name="Mine", slug="barrow-rye"), by=alice)
    assert Workspace.objects.count() == 1

    def fail(workspace: Workspace, *, by: object) -> None:
        raise Refused("no")

    monkeypatch.setattr(hooks, "_new", [fail])
    with pytest.raises(Refused):
        create_workspace(Workspace(name="Mine"), by=alice)
    assert Workspace.objects.count() == 1
    with pytest.raises(Refused, match="needs an owner"):
        create_workspace(Workspace(name="Mine"), by=SYSTEM)


def test_what_must_never_be_false_is_a_constraint(workspace: Workspace, alice: User) -> None:
    for broken in (
        lambda: Membership.objects.create(workspace=workspace, user=alice, role="viewer"),
        lambda: Membership.objects.filter(user=alice).update(role="king"),
        lambda: Workspace.objects.update(grace_minutes=1441),
        lambda: User.objects.update(email="Upper@example.com"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


def test_activity_is_narrowed_by_person_and_kind_and_paged(
    workspace: Workspace, alice: User, bob: User, mallory: User, client_of: ClientOf
) -> None:
    with use_workspace(workspace):
        for n in range(45):
            Activity.write(
                "posts.schedule_post" if n % 2 else "campaigns.edit_campaign",
                bob if n % 3 else alice,
                workspace,
            )
        edit_workspace(workspace, by=alice)
    client, page = client_of(alice), "/w/barrow-rye/settings/activity/"
    first = client.get(page).content.decode()
    assert first.count("<b>") == 40
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(page + older).content.decode().count("<b>") == 6
    assert "<b>Alice Byrne</b> scheduled ‘Barrow &amp; Rye’" in first
    only = client.get(page, {"who": bob.pk, "kind": "posts"}).content.decode()
    assert "<b>Alice" not in only
    assert "edited the campaign" not in only
    assert "scheduled" in only
    assert "Nothing like that" in client.get(page, {"kind": "media_library"}).content.decode()
    for nonsense in (
        {"who": mallory.pk},
        {"who": "x"},
        {"kind": "passwords"},
        {"after": "x" * 2000},
        {"who": "\x00"},
    ):
        assert client.get(page, nonsense).content.decode().count("<b>") == 40
    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "activity-rows"})
    assert part.content.decode().lstrip().startswith("<section")
    assert {"HX-Request", "HX-Target", "Cookie"} <= {name.strip() for name in part["Vary"].split(",")}
