"""`create_workspace` and `invite_member`: what they say, twice as well as once, and exit codes."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from workspaces.models import Activity, Invitation, Mail, Membership, User, Workspace
from workspaces.operations import find_invitation
from workspaces.scope import use_workspace


def run(name: str, *words: str, **options: object) -> str:
    said = StringIO()
    call_command(name, *words, stdout=said, **options)
    return said.getvalue()


def test_a_workspace_is_made_with_its_owner_and_first_things(db: None) -> None:
    said = run("create_workspace", "Barrow & Rye", owner="New@Example.com", zone="Europe/Dublin")
    workspace = Workspace.objects.get()
    assert "Made Barrow & Rye at /w/barrow-rye/ for new@example.com." in said
    assert "no password yet" in said
    assert Membership.objects.get().role == "owner"
    assert not User.objects.get(email="new@example.com").has_usable_password()
    with use_workspace(workspace):
        assert Activity.objects.filter(verb="workspaces.create_workspace").get().actor_name == "Aura"
        from campaigns.models import Brand
        from posts.models import Channel

        assert (Brand.objects.count(), Channel.objects.count()) == (1, 1)


def test_an_owner_who_is_there_is_taken_as_they_are(alice: User) -> None:
    said = run("create_workspace", "Second", owner="ALICE@example.com")
    assert "password" not in said
    assert User.objects.filter(email__iexact="alice@example.com").count() == 1
    assert Membership.objects.filter(user=alice, role="owner").count() == 2


def test_with_its_slug_it_can_be_run_twice(db: None) -> None:
    run("create_workspace", "Rye", owner="new@example.com", slug="rye")
    assert "already" in run("create_workspace", "Rye", owner="new@example.com", slug="rye")
    assert (Workspace.objects.count(), User.objects.count()) == (1, 1)


def test_of_one_owner_a_name_is_made_once_and_again_only_with_a_slug(db: None) -> None:
    run("create_workspace", "Rye", owner="new@example.com")
    assert "new@example.com has Rye at /w/rye/ already" in run(
        "create_workspace", "Rye", owner="NEW@example.com"
    )
    assert Workspace.objects.count() == 1
    run("create_workspace", "Rye", owner="other@example.com")
    run("create_workspace", "Rye", owner="new@example.com", slug="rye-north")
    assert Workspace.objects.count() == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"owner": "no-address"}, "email|e-mail"),
        ({"owner": "new@example.com", "zone": "Mars/Olympus"}, "time zone"),
        ({"owner": "new@example.com", "slug": "No Slug!"}, "slug|letters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(words: dict[str, str], sentence: str, db: None) -> None:
    with pytest.raises(CommandError, match=re.compile(sentence, re.IGNORECASE)):
        run("create_workspace", "Rye", **words)
    assert not Workspace.objects.exists()
    assert not User.objects.exists()


def test_an_invitation_prints_its_link_and_keeps_the_mail(workspace: Workspace, alice: User) -> None:
    said = run("invite_member", "New@Example.com", workspace="barrow-rye", role="viewer")
    link = said.strip().splitlines()[-1]
    found = find_invitation(link.rstrip("/").rpartition("/")[2])
    assert found is not None
    assert (found.email, found.role, found.workspace) == ("new@example.com", "viewer", workspace)
    assert Mail.objects.get().to == "new@example.com"


def test_a_second_invitation_ends_the_first_and_a_member_is_let_be(workspace: Workspace, alice: User) -> None:
    run("invite_member", "new@example.com", workspace="barrow-rye")
    run("invite_member", "new@example.com", workspace="barrow-rye")
    with use_workspace(workspace):
        assert Invitation.objects.filter(revoked_at=None).count() == 1
    assert "a member of Barrow & Rye already" in run("invite_member", alice.email, workspace="barrow-rye")
    assert Mail.objects.count() == 2


@pytest.mark.parametrize(
    ("email", "slug", "sentence"),
    [("new@example.com", "no-such-room", "no workspace"), ("no-address", "barrow-rye", "valid|email")],
)
def test_who_and_where_are_judged(email: str, slug: str, sentence: str, workspace: Workspace) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("invite_member", email, workspace=slug)
    assert not Mail.objects.exists()


def test_nobody_is_invited_as_owner(workspace: Workspace) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run("invite_member", "new@example.com", "--workspace", "barrow-rye", "--role", "owner")
