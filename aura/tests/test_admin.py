"""The admin as a whole: every model, both sides, no query a row, states nobody types, figures for staff (trust A9)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aura.kit import clock
from aura.tests.addresses import admin_paths
from aura.tests.world import OUR_APPS, contents, make_world, tenant_models
from campaigns.models import Campaign
from media_library.models import Asset, FileDeletion
from posts.models import Attempt, Channel, Post, Target
from workspaces.models import Heartbeat, Lease, Mail, Membership, User, Workspace
from workspaces.scope import no_workspace, use_workspace

World = dict[Any, Any]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", "a long enough password", name="Root")


def place(model: type[Model], page: str, *args: Any) -> str:
    with no_workspace():
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def queries(client: Client, path: str) -> int:
    client.get(path)  # content types and permissions are remembered
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
    assert response.status_code == 200, path
    return len(captured)


def test_every_model_of_ours_is_in_the_admin() -> None:
    ours = {model for app in OUR_APPS for model in apps.get_app_config(app).get_models()}
    assert ours - set(admin.site._registry) == set()


def test_no_admin_of_a_tenant_table_saves_or_deletes_by_itself() -> None:
    from workspaces.admin_base import WorkspaceAdmin

    for model in tenant_models():
        registered = admin.site._registry[model]
        assert isinstance(registered, WorkspaceAdmin)
        assert type(registered).save_model is WorkspaceAdmin.save_model
        assert type(registered).has_delete_permission is WorkspaceAdmin.has_delete_permission
        assert registered.search_fields, model


# Who comes in ------------------------------------------------------------------------------------------------------


def test_A9_signing_in_to_the_admin_is_signing_in_to_aura(db: None) -> None:
    client = Client()
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/account/login/?next=")
    assert client.post("/admin/login/", {"username": "root@example.com", "password": "x"}).status_code == 302


def test_A9_passwords_are_changed_on_our_page_with_its_limits(
    root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(root)
    assert client.get("/admin/password_change/")["Location"] == "/account/password/change/"
    guess = {"old_password": "x", "new_password1": "three long words", "new_password2": "three long words"}
    assert client.post("/admin/password_change/", guess)["Location"] == "/account/password/change/"
    assert "/admin/password_change/" not in client.get("/admin/").content.decode()


def test_A9_an_owner_who_is_not_staff_stays_outside(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    for path in ("/admin/", "/admin/health/", place(User, "changelist"), f"/w/{workspace.slug}/admin/"):
        assert client.get(path, follow=True).status_code == 403, path
        assert client.post(path, {"action": "deactivate_account"}, follow=True).status_code == 403, path


def test_M0_every_page_of_the_admin_asks_who_it_is(
    workspace: Workspace, alice: User, mallory: User, client_of: Callable[[User], Client]
) -> None:
    world = make_world(workspace, alice)
    owner, stranger, before, wrong = client_of(alice), client_of(mallory), contents(), []
    for path in admin_paths(world):
        for method in ("get", "post"):
            anonymous = getattr(Client(), method)(path)
            if anonymous.status_code != 302 or "/login/?next=" not in anonymous["Location"]:
                wrong.append(f"{method} {path} without signing in: {anonymous.status_code}")
            turned_away = getattr(owner, method)(path, follow=True)
            if turned_away.status_code != 403 and path != "/admin/password_change/":
                wrong.append(f"{method} {path} by an owner: {turned_away.status_code}")
            below = getattr(stranger, method)(f"/w/{workspace.slug}{path}")
            if below.status_code != 404:
                wrong.append(f"{method} {path} by a stranger: {below.status_code}")
    assert wrong == []
    assert contents() == before


def test_A9_forged_rows_of_an_inline_change_nothing(
    workspace: Workspace, alice: User, root: User, client_of: Callable[[User], Client]
) -> None:
    member = Membership.objects.get(user=alice)
    forged = {
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-id": str(member.pk),
        "memberships-0-role": "viewer", "memberships-0-DELETE": "on", "memberships-0-workspace": str(workspace.pk),
    }  # fmt: skip
    words = {"name": workspace.name, "zone": workspace.zone, "grace_minutes": "30"}
    client_of(root).post(place(Workspace, "change", workspace.pk), {**words, **forged})
    assert list(Membership.objects.values_list("pk", "role")) == [(member.pk, "owner")]


def test_A9_staff_who_are_no_members_get_404_inside(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    assert client_of(root).get(f"/w/{workspace.slug}/admin/").status_code == 404


def test_A9_staff_without_a_permission_change_nothing(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    world = make_world(workspace, alice)
    clerk = User.objects.create_user("clerk@example.com", "a long enough password", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_campaign"))
    client = client_of(clerk)
    before = contents()
    wrong = []
    for model in tenant_models():
        row, listed = world.get(model), model._meta.model_name == "campaign"
        if client.get(place(model, "changelist")).status_code != (200 if listed else 403):
            wrong.append(f"{model.__name__} list")
        if (
            row is not None
            and client.post(place(model, "change", row.pk), {"name": "Mine"}).status_code != 403
        ):
            wrong.append(f"{model.__name__} change")
    assert wrong == []
    chosen = {"action": "archive_campaign", "_selected_action": [str(world[Campaign].pk)]}
    client.post(place(Campaign, "changelist"), chosen)
    assert contents() == before


def test_A9_a_row_of_another_workspace_is_not_there(
    workspace: Workspace,
    other_workspace: Workspace,
    mallory: User,
    root: User,
    client_of: Callable[[User], Client],
) -> None:
    theirs = make_world(other_workspace, mallory)
    Membership.objects.create(workspace=workspace, user=root, role="owner")
    client, before = client_of(root), contents()
    for model in tenant_models():
        if model not in theirs:
            continue
        path = f"/w/{workspace.slug}{place(model, 'change', theirs[model].pk)}"
        for answer in (client.get(path), client.post(path, {"name": "Mine", "title": "Mine"})):
            # Django's admin says "perhaps it was deleted" for an id that it cannot find.
            assert (answer.status_code, answer.get("Location", "")[-7:]) in {(302, "/admin/"), (403, "")}, (
                path
            )
        chosen = {"action": "trash_post", "_selected_action": [str(theirs[model].pk)]}
        client.post(f"/w/{workspace.slug}{place(model, 'changelist')}", chosen)
    after = contents()
    assert {table for table in after if after[table] != before[table]} <= {"workspaces.Membership"}


# What it costs -----------------------------------------------------------------------------------------------------


def test_a_list_costs_the_same_for_two_rows_and_for_twenty(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(root)
    paths = {model.__name__: place(model, "changelist") for model in admin.site._registry}
    make_world(workspace, root, count=2)
    few = {name: queries(client, path) for name, path in paths.items()}
    make_world(workspace, root, count=18, start=2)
    assert {name: queries(client, path) for name, path in paths.items()} == few
    assert {name: count for name, count in few.items() if count > 12} == {}


def test_a_page_of_a_row_costs_the_same_for_two_rows_below_it_and_for_twenty(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    world = make_world(workspace, root)
    client, post = client_of(root), world[Post]
    target = world[Target]
    with use_workspace(workspace):
        Attempt.objects.create(target=target, number=2)
        channel = Channel.objects.create(network="sandbox", name="Second")
        Target.objects.create(post=post, channel=channel)
    paths = [place(type(row), "change", row.pk) for row in (post, target, workspace)]
    few = [queries(client, path) for path in paths]
    make_world(workspace, root, count=18, start=1)
    with use_workspace(workspace):
        for number in range(18):
            Attempt.objects.create(target=target, number=3 + number)
            channel = Channel.objects.create(network="sandbox", name=f"Number {number}")
            Target.objects.create(post=post, channel=channel)
    assert [queries(client, path) for path in paths] == few


# What nobody types ---------------------------------------------------------------------------------------------------


def test_states_times_and_secrets_are_no_fields(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    world = make_world(workspace, root)
    client, wrong = client_of(root), []
    for model, row in world.items():
        if model not in admin.site._registry:
            continue
        page = client.get(place(model, "change", row.pk)).content.decode()
        names = {"status", "workspace", "secret", "token_hash", "version", "scheduled_at"}
        names |= {field.name for field in model._meta.concrete_fields if not field.editable}
        typed = {f'name="{name}"' for name in names}
        wrong += [f"{model.__name__}: {field}" for field in typed if field in page]
        sealed = getattr(row, "secret", "") or getattr(row, "token_hash", "")
        if sealed and sealed in page:
            wrong.append(f"{model.__name__} shows its secret")
    assert wrong == []


def test_the_admin_has_no_script_or_style_of_its_own_in_the_page(
    workspace: Workspace, root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(root)
    for path in ("/admin/", "/admin/health/", place(Mail, "changelist")):
        answer = client.get(path)
        page = answer.content.decode()
        assert "<style" not in page
        assert "<script>" not in page
        assert " style=" not in page
        assert "unsafe" not in answer["Content-Security-Policy"]


# Figures -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def troubled(workspace: Workspace, alice: User) -> World:
    """A workspace with one thing of each kind set aside."""
    world = make_world(workspace, alice)
    with use_workspace(workspace):
        Target.objects.filter(pk=world[Target].pk).update(status="failed", due_at=None)
        Attempt.objects.filter(target=world[Target]).update(code="quarantined", outcome="not_sent")
        Asset.objects.filter(pk=world[Asset].pk).update(status="failed", failure="Begun too often.")
    Mail.objects.update(status="failed", failure="The mail server refused it.")
    FileDeletion.objects.create(key="a/b.jpg", tries=7, failure="Denied")
    return world


def test_the_figures_say_what_waits_for_a_person_and_lead_there(
    troubled: World, root: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(root)
    now = clock.now()
    Heartbeat.objects.create(id=uuid.uuid4(), kind="work", host="barn", pid=12, started_at=now, beat_at=now)
    Lease.objects.create(name="leader", holder=uuid.uuid4(), until=now)
    page = client.get("/admin/health/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"] or "no-cache" in page["Cache-Control"]
    assert "barn, process 12" in html
    assert "posts.publish_target" in html
    assert "leader" in html
    assert "disk free" in html
    for pile in page.context["piles"]:
        listed = client.get(pile.url)
        assert listed.status_code == 200
        rows = listed.context["cl"].result_count
        assert (rows, pile.words) == (pile.count, pile.words)
    found = {pile.words: pile.count for pile in page.context["piles"]}
    assert found["Posts that Aura gave up on"] == 1
    assert found["Files that cannot be deleted"] == 1


def test_the_figures_are_for_staff_only(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    assert Client().get("/admin/health/").status_code == 302
    assert client_of(alice).get("/admin/health/", follow=True).status_code == 403
    assert client_of(alice).get(f"/w/{workspace.slug}/admin/health/").status_code == 404


def test_whoever_is_no_staff_reads_whom_to_ask(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(alice).get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "the people who run this Aura" in answer.content.decode()
    assert "in this workspace" not in answer.content.decode()


def test_staff_try_again_what_was_set_aside(
    troubled: World, workspace: Workspace, root: User, client_of: Callable[[User], Client], settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example:25"
    client = client_of(root)
    for model, action in ((Asset, "retry_asset"), (Mail, "resend_mail")):
        row = troubled[model]
        client.post(place(model, "changelist"), {"action": action, "_selected_action": [str(row.pk)]})
    with use_workspace(workspace):
        asset = Asset.objects.get(pk=troubled[Asset].pk)
    assert (asset.status, asset.tries) == ("pending", 0)
    assert Mail.objects.get(pk=troubled[Mail].pk).status == "pending"
