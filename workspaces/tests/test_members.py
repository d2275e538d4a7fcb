"""Members: who may change whose role, remove, leave, hand over. Each refusal leaves everything as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from workspaces.models import Activity, Membership, User, Workspace
from workspaces.operation import SYSTEM, Refused
from workspaces.operations import change_role, hand_over_ownership, hooks, leave_workspace, remove_member
from workspaces.roles import Role, rank
from workspaces.scope import use_workspace
from workspaces.tests.people import PASSWORD, browser, clean_limits, sign_in

__all__ = ["clean_limits"]

ClientOf = Callable[[User], Client]
PEOPLE = "/w/barrow-rye/settings/people/"


def _state(workspace: Workspace) -> set[tuple[str, str]]:
    with use_workspace(workspace):
        written = Activity.objects.count()
    members = Membership.objects.filter(workspace=workspace).values_list("user__email", "role")
    return set(members) | {("activity", str(written))}


def _member(workspace: Workspace, role: str, name: str = "dan") -> Membership:
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.title())
    return Membership.objects.create(workspace=workspace, user=user, role=role)


@pytest.mark.parametrize("target", Role.values)
@pytest.mark.parametrize("new", Role.values)
@pytest.mark.parametrize("actor", Role.values)
def test_R2_a_role_is_changed_by_admins_and_owners_up_to_their_own(
    actor: str, new: str, target: str, workspace: Workspace, alice: User
) -> None:
    who, whom = _member(workspace, actor, "eve"), _member(workspace, target)
    before = _state(workspace)
    allowed = rank(actor) >= rank("admin") and max(rank(new), rank(target)) <= rank(actor)
    with use_workspace(workspace):
        if allowed:
            assert change_role(whom, role=new, by=who.user).role == new
            return
        with pytest.raises(PermissionDenied):
            change_role(whom, role=new, by=who.user)
    assert _state(workspace) == before


@pytest.mark.parametrize("target", Role.values)
@pytest.mark.parametrize("actor", Role.values)
def test_R2_a_member_is_removed_by_admins_and_owners_up_to_their_own_role(
    actor: str, target: str, workspace: Workspace, alice: User
) -> None:
    who, whom = _member(workspace, actor, "eve"), _member(workspace, target)
    before = _state(workspace)
    with use_workspace(workspace):
        if rank(actor) >= rank("admin") and rank(target) <= rank(actor):
            remove_member(whom, by=who.user)
            assert not Membership.objects.filter(pk=whom.pk).exists()
            return
        with pytest.raises(PermissionDenied):
            remove_member(whom, by=who.user)
    assert _state(workspace) == before


@pytest.mark.parametrize("action", ["role/", "remove/", "hand-over/"])
@pytest.mark.parametrize(
    ("person", "status"),
    [("bob", 403), ("carol", 403), ("mallory", 404), ("mallory in her own", 404), ("anonymous", 302)],
)
def test_T1_R1_only_who_may_manages_people(
    person: str, status: int, action: str, workspace: Workspace, alice: User, bob: User, carol: User, mallory: User,
    client_of: ClientOf,
) -> None:  # fmt: skip
    pk = Membership.objects.get(user=carol).pk
    before = _state(workspace)
    client = (
        browser() if person == "anonymous" else client_of({"bob": bob, "carol": carol}.get(person, mallory))
    )
    slug = "moss-co" if "own" in person else "barrow-rye"
    answer = client.post(f"/w/{slug}/settings/people/{pk}/{action}", {"role": "admin"})
    assert answer.status_code == status
    assert _state(workspace) == before


def test_M1_fields_that_are_not_asked_for_change_nothing(
    workspace: Workspace, other_workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    member = Membership.objects.get(user=bob)
    extra = {"user": str(alice.pk), "workspace": str(other_workspace.pk), "id": "x", "is_staff": "on"}
    client_of(alice).post(f"{PEOPLE}{member.pk}/role/", {"role": "viewer", **extra})
    member.refresh_from_db()
    assert (member.role, member.user, member.workspace) == ("viewer", bob, workspace)
    assert not User.objects.filter(is_staff=True).exists()
    assert client_of(alice).post(f"{PEOPLE}{member.pk}/role/", {"role": "superuser"}).status_code == 422
    member.refresh_from_db()
    assert member.role == "viewer"


def test_the_page_offers_what_the_role_may(
    workspace: Workspace, alice: User, bob: User, carol: User, client_of: ClientOf
) -> None:
    offered = {person.name: client_of(person).get(PEOPLE).content.decode() for person in (alice, bob)}
    assert "Invite somebody" in offered["Alice Byrne"]
    assert "Hand over" in offered["Alice Byrne"]
    for word in ("Invite somebody", "Hand over", ">Remove<", "<select"):
        assert word not in offered["Bob Cullen"].replace("</svg>Remove<", ">Remove<")


def test_a_changed_role_is_said_and_written_down(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    client = client_of(alice)
    member = Membership.objects.get(user=bob)
    page = client.post(f"{PEOPLE}{member.pk}/role/", {"role": "admin"}, follow=True).content.decode()
    assert "Bob Cullen is an admin now." in page
    shown = client.get("/w/barrow-rye/settings/activity/").content.decode()
    assert "<b>Alice Byrne</b> changed the role of ‘Bob Cullen, admin’" in shown


def test_R2_the_last_owner_cannot_go_in_any_way(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf
) -> None:
    mine = Membership.objects.get(user=alice)
    before = _state(workspace)
    with use_workspace(workspace):
        for attempt in (
            lambda: change_role(mine, role="admin", by=alice),
            lambda: remove_member(mine, by=SYSTEM),
            lambda: leave_workspace(mine, by=alice),
        ):
            with pytest.raises(Refused, match="needs an owner"):
                attempt()
    client = client_of(alice)
    assert client.post(f"{PEOPLE}leave/").status_code == 409
    assert "You are the last owner" in client.get(f"{PEOPLE}leave/").content.decode()
    assert _state(workspace) == before
    _member(workspace, "owner", "olga")
    assert client.post(f"{PEOPLE}leave/")["Location"] == "/workspaces/"
    assert client.get("/w/barrow-rye/settings/").status_code == 404


def test_an_owner_who_is_switched_off_does_not_count(workspace: Workspace, alice: User) -> None:
    other = _member(workspace, "owner", "olga")
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with use_workspace(workspace), pytest.raises(Refused):
        leave_workspace(Membership.objects.get(user=alice), by=alice)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both_go(workspace: Workspace) -> None:
    members = [_member(workspace, "owner", name) for name in ("ann", "ben")]
    start, refused = threading.Barrier(2, timeout=60), []

    def leave(member: Membership) -> None:
        try:
            start.wait()
            with use_workspace(workspace):
                leave_workspace(member, by=member.user)
        except Refused as problem:
            refused.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(workspace=workspace, role="owner").count() == 1


def test_nobody_leaves_for_another(workspace: Workspace, alice: User, bob: User, carol: User) -> None:
    with use_workspace(workspace), pytest.raises(PermissionDenied):
        leave_workspace(Membership.objects.get(user=carol), by=bob)
    assert Membership.objects.filter(user=carol).exists()


def test_A8_making_an_owner_asks_for_the_password_again(workspace: Workspace, alice: User, bob: User) -> None:
    client = browser()
    sign_in(client, "alice@example.com")
    member = Membership.objects.get(user=bob)
    path = f"{PEOPLE}{member.pk}/hand-over/"
    before = _state(workspace)
    for answer in (client.get(path), client.post(path)):
        assert answer["Location"].startswith("/account/reauthenticate/?next=%2Fw%2Fbarrow-rye%2F")
    assert client.post(f"{PEOPLE}{member.pk}/role/", {"role": "owner"})["Location"] == path
    assert _state(workspace) == before
    confirmed = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": path})
    assert confirmed["Location"] == path
    assert "Hand Barrow &amp; Rye over to Bob Cullen?" in client.get(path).content.decode()
    client.post(path)
    roles = dict(Membership.objects.filter(workspace=workspace).values_list("user__name", "role"))
    assert roles == {"Alice Byrne": "admin", "Bob Cullen": "owner"}


def test_ownership_is_handed_over_by_owners_only(
    workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    Membership.objects.filter(user=bob).update(role="admin")
    with use_workspace(workspace):
        for person in (bob, carol):
            with pytest.raises(PermissionDenied):
                hand_over_ownership(Membership.objects.get(user=carol), by=person)
        with pytest.raises(Refused, match="owner already"):
            hand_over_ownership(Membership.objects.get(user=alice), by=alice)


def test_what_goes_with_a_member_is_said_before_and_let_go_then(
    workspace: Workspace, alice: User, bob: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[tuple[object, object]] = []
    goer = hooks._Goer(
        lambda going: [f"A post of {going} is unscheduled."], lambda going, *, by: gone.append((going, by))
    )
    monkeypatch.setattr(hooks, "_goers", [goer])
    member = Membership.objects.get(user=bob)
    client = client_of(alice)
    asked = client.get(f"{PEOPLE}{member.pk}/remove/").content.decode()
    assert "A post of Bob Cullen, editor is unscheduled." in asked
    assert not gone
    client.post(f"{PEOPLE}{member.pk}/remove/")
    assert [by for _, by in gone] == [alice]
    assert not Membership.objects.filter(user=bob).exists()


def test_a_member_who_went_meanwhile_is_said_so(workspace: Workspace, alice: User, bob: User) -> None:
    member = Membership.objects.get(user=bob)
    with use_workspace(workspace):
        Membership.objects.filter(user=bob).delete()
        with pytest.raises(Refused, match="not a member any more"):
            change_role(member, role="viewer", by=alice)
