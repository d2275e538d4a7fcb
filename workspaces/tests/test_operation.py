"""Operation: who may, all or nothing, and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from campaigns.models import Brand
from workspaces import roles
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.operation import REGISTRY, SYSTEM, Actor, Refused, Staff, may, operation
from workspaces.roles import RIGHTS, Right, Role
from workspaces.scope import NoWorkspace, every_workspace, use_workspace
from workspaces.sentences import PHRASES, phrase, said


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """An operation that renames a brand, for editors."""

    def rename_thing(brand: Brand, *, name: str, fail: bool = False, by: Actor) -> Brand:
        assert connection.in_atomic_block
        brand.name = name
        brand.save()
        if fail:
            raise Refused("Not as things stand.")
        return brand

    monkeypatch.setitem(RIGHTS, "workspaces.rename_thing", Right(Role.EDITOR))
    yield operation(rename_thing)
    del REGISTRY["workspaces.rename_thing"]


@pytest.fixture
def brand(workspace: Workspace) -> Brand:
    with use_workspace(workspace):
        return Brand.objects.create(name="Barrow")


def _name(workspace: Workspace) -> str:
    with use_workspace(workspace):
        return Brand.objects.get().name


def _entries(workspace: Workspace) -> list[Activity]:
    with use_workspace(workspace):
        return list(Activity.objects.all())


def test_it_changes_and_writes_down_who_what_when_on_what(
    verb: Callable[..., Any], brand: Brand, workspace: Workspace, bob: User
) -> None:
    with use_workspace(workspace):
        assert verb(brand, name="Rye", by=bob) is brand
    [entry] = _entries(workspace)
    assert (entry.verb, entry.actor, entry.actor_name) == ("workspaces.rename_thing", bob, "Bob Cullen")
    assert (entry.subject_type, entry.subject_id, entry.subject_name) == ("campaigns.brand", brand.pk, "Rye")
    assert entry.workspace_id == workspace.pk
    assert entry.at is not None


@pytest.mark.parametrize("who", ["carol", "mallory", "nobody", "deactivated bob"])
def test_without_the_right_nothing_is_changed_or_written(
    who: str,
    verb: Callable[..., Any],
    brand: Brand,
    workspace: Workspace,
    bob: User,
    carol: User,
    mallory: User,
) -> None:
    person = {"carol": carol, "mallory": mallory, "nobody": User(email="nobody@example.com")}.get(who, bob)
    if who == "deactivated bob":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    with use_workspace(workspace), pytest.raises(PermissionDenied):
        verb(brand, name="Hack", by=person)
    assert _name(workspace) == "Barrow"
    assert _entries(workspace) == []


def test_R4_the_role_that_counts_is_the_one_in_the_database_now(
    verb: Callable[..., Any], brand: Brand, workspace: Workspace, bob: User
) -> None:
    with use_workspace(workspace):
        verb(brand, name="Rye", by=bob)
        Membership.objects.filter(user=bob).update(role="viewer")
        with pytest.raises(PermissionDenied):
            verb(brand, name="Late", by=bob)
    assert _name(workspace) == "Rye"


def test_a_refusal_takes_everything_back(
    verb: Callable[..., Any], brand: Brand, workspace: Workspace, bob: User
) -> None:
    with use_workspace(workspace), pytest.raises(Refused, match="Not as things stand"):
        verb(brand, name="Half", fail=True, by=bob)
    assert _name(workspace) == "Barrow"
    assert _entries(workspace) == []


def test_it_needs_a_workspace(
    verb: Callable[..., Any], brand: Brand, workspace: Workspace, bob: User
) -> None:
    with pytest.raises(NoWorkspace):
        verb(brand, name="x", by=SYSTEM)
    with every_workspace("a test"), pytest.raises(NoWorkspace):
        verb(brand, name="x", by=bob)
    assert _name(workspace) == "Barrow"


@pytest.mark.parametrize("by", [None, "bob", 1, object()])
def test_it_needs_an_actor(by: Any, verb: Callable[..., Any], brand: Brand, workspace: Workspace) -> None:
    with use_workspace(workspace):
        with pytest.raises(TypeError, match="needs by="):
            verb(brand, name="x", by=by)
        with pytest.raises(TypeError, match="needs by="):
            verb(brand, name="x")


def test_the_system_may_and_is_named(verb: Callable[..., Any], brand: Brand, workspace: Workspace) -> None:
    with use_workspace(workspace):
        verb(brand, name="Rye", by=SYSTEM)
    [entry] = _entries(workspace)
    assert (entry.actor, entry.actor_name) == (None, "Aura")


def test_A9_staff_act_by_their_permissions_and_not_by_a_role(
    verb: Callable[..., Any], brand: Brand, workspace: Workspace, mallory: User
) -> None:
    from django.contrib.auth.models import Permission

    def rename() -> None:
        with use_workspace(workspace):
            verb(brand, name="Rye", by=Staff(User.objects.get(pk=mallory.pk)))

    with pytest.raises(PermissionDenied):
        rename()  # not staff
    User.objects.filter(pk=mallory.pk).update(is_staff=True)
    with pytest.raises(PermissionDenied):
        rename()  # staff without the permission
    mallory.user_permissions.add(Permission.objects.get(codename="change_brand"))
    rename()
    [entry] = _entries(workspace)
    assert (entry.actor, entry.actor_name) == (mallory, "Mallory Eve (staff)")
    User.objects.filter(pk=mallory.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        rename()


def test_others_work_is_for_stronger_roles(
    brand: Brand, workspace: Workspace, bob: User, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RIGHTS, "workspaces.drop", Right(Role.CONTRIBUTOR, others_from=Role.EDITOR))
    Membership.objects.filter(user=carol).update(role="contributor")
    with use_workspace(workspace):
        assert may(bob, "workspaces.drop", brand)
        assert not may(carol, "workspaces.drop", brand)
        brand.created_by = carol
        assert may(carol, "workspaces.drop", brand)
        assert not may(carol, "workspaces.drop", brand, role="viewer")


def test_an_account_is_changed_by_its_person_only(alice: User, bob: User) -> None:
    assert may(alice, "workspaces.delete_account", alice)
    assert not may(alice, "workspaces.delete_account", bob)
    assert not may(alice, "workspaces.deactivate_account", alice)


def test_every_operation_has_a_right_and_words() -> None:
    import posts.operations  # noqa: F401

    assert {name for name in REGISTRY if name not in RIGHTS} == set()
    told = {name for name, right in RIGHTS.items() if not right.is_instance_wide}
    assert told - set(PHRASES) == set()


def test_a_verb_without_words_is_read_aloud() -> None:
    assert phrase("posts.pin_post") == "pin post"
    assert phrase("posts.schedule_post") == "scheduled"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("published", "sent it to Barrow feed"),
        ("failed", "could not send it to Barrow feed"),
        ("needs_confirmation", "asks whether it is live on Barrow feed"),
    ],
)
def test_what_became_of_a_post_is_told_in_words(status: str, words: str) -> None:
    entry = Activity(verb="posts.publish_target", details={"status": status, "channel": "Barrow feed"})
    assert said(entry, "it") == words
    assert said(Activity(verb="posts.schedule_post"), "‘Launch day’") == "scheduled ‘Launch day’"


# The table of product.md: what is asked for, and which of the five roles may.
_MAY = {
    "everyone": ["workspaces.leave_workspace"],
    "writers": ["campaigns.create_campaign", "posts.create_post", "media_library.add_upload"],
    "editors": ["posts.approve_post", "posts.schedule_post", "posts.publish_post", "posts.cancel_post"],
    "admins": [
        "posts.create_channel",
        "workspaces.invite_member",
        "workspaces.change_role",
        "workspaces.edit_workspace",
    ],
    "owners": ["workspaces.delete_workspace", "workspaces.hand_over_ownership"],
}
_LEAST = {
    "everyone": "viewer",
    "writers": "contributor",
    "editors": "editor",
    "admins": "admin",
    "owners": "owner",
}


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group, names in _MAY.items() for name in names]
)
def test_R1_the_table_of_rights(role: str, group: str, name: str) -> None:
    right = RIGHTS[name]
    assert right.minimum is not None
    assert roles.at_least(role, right.minimum) == (roles.rank(role) >= roles.rank(_LEAST[group]))
