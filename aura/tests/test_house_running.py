"""The house rules that need a running house: what lists cost, what tasks do twice, migrations (docs/house.md)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aura.kit import clock, jobs, secrets, signing
from aura.kit.testing import just_now
from aura.tests.addresses import every_address
from aura.tests.world import contents, make_world
from imports.models import Import, ImportRow
from media_library.models import Asset, AssetVersion, FileDeletion, Rendition, StoredFile, UploadSession
from posts.models import Channel, LinkAnswer, Post, Preflight, Reminder, Series, Target
from posts.networks import get_network
from posts.operations.settle import arm
from posts.outgoing import snapshot_of
from workspaces.models import Mail, User, WebhookDelivery, WebhookEndpoint, Workspace
from workspaces.scope import use_workspace

World = dict[Any, Any]
QUERIES_AT_MOST = 12
# Pages without an argument that are no list and answer once, or lead elsewhere.
NOT_A_LIST = {"workspace:delete", "workspace:leave"}


def queries(client: Client, path: str) -> int:
    client.get(path)  # the first visit writes down that the person was here
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


@pytest.fixture
def lists(
    workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> tuple[Client, dict[str, str]]:
    """A signed-in browser, and every page of a workspace that takes no argument: lists, home, calendar, forms."""
    client = client_of(alice)
    found = {}
    for address in every_address():
        if not address.is_of_workspace or address.arguments or address.name in NOT_A_LIST:
            continue
        path = address.path(workspace)
        if client.get(path).status_code == 200:
            found[address.name] = path
    found["workspace:search"] += "?q=bread"
    return client, found


def test_every_list_costs_the_same_for_two_rows_and_for_twenty(
    lists: tuple[Client, dict[str, str]], workspace: Workspace, alice: User
) -> None:
    client, paths = lists
    assert {"campaigns:list", "posts:list", "posts:calendar", "posts:home", "media:list"} <= set(paths)
    make_world(workspace, alice, count=2)
    few = {name: queries(client, path) for name, path in paths.items()}
    make_world(workspace, alice, count=18, start=2)
    many = {name: queries(client, path) for name, path in paths.items()}
    assert {name: (few[name], many[name]) for name in paths if few[name] != many[name]} == {}
    assert {name: count for name, count in many.items() if count > QUERIES_AT_MOST} == {}


def test_the_list_of_workspaces_costs_the_same_for_two_and_for_twenty(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)

    def join(count: int) -> None:
        for _ in range(count):
            room = Workspace.objects.create(name="Room", slug=uuid.uuid4().hex)
            room.memberships.create(user=alice, role="viewer")

    join(2)
    few = queries(client, "/workspaces/")
    join(18)
    assert queries(client, "/workspaces/") == few <= QUERIES_AT_MOST


# Work --------------------------------------------------------------------------------------------------------------


def _due_target(world: World) -> Target:
    """A post that is due on the sandbox."""
    channel = Channel.objects.create(
        network="sandbox", name="Due", secret=secrets.seal_dict(get_network("sandbox").new_credential())
    )
    post = Post.objects.create(campaign=world[Post].campaign, title="Due", caption="Bread")
    target = Target.objects.create(post=post, channel=channel)
    arm(post, just_now())
    return target


def _unclear_target(world: World) -> Model:
    """A post whose sending broke off without an answer."""
    target = _due_target(world)
    past = clock.now() - timedelta(minutes=5)
    began = {"status": "sending", "key": uuid.uuid4().hex, "due_at": past, "sending_since": past}
    snapshot = snapshot_of(target, target.post, target.channel)
    Target.objects.filter(pk=target.pk).update(snapshot=snapshot, **began)
    return target


def _link_that_is_due(world: World) -> Model:
    answer: LinkAnswer = world[LinkAnswer]
    LinkAnswer.objects.filter(pk=answer.pk).update(url="http://127.0.0.1:9/", due_at=just_now())
    return answer


def _reminder_that_is_due(world: World) -> Model:
    reminder: Reminder = world[Reminder]
    at = clock.now() + timedelta(hours=1)
    Post.objects.filter(pk=reminder.post_id).update(
        status="in_review", review_status="in_review", scheduled_at=at
    )
    Reminder.objects.filter(pk=reminder.pk).update(due_at=just_now(), for_at=at)
    return reminder


def _look_that_is_due(world: World) -> Model:
    look: Preflight = world[Preflight]
    at = clock.now() + timedelta(hours=1)
    Post.objects.filter(pk=look.post_id).update(status="scheduled", scheduled_at=at)
    Target.objects.filter(post=look.post_id).update(status="scheduled", due_at=at)
    Channel.objects.update(status="active")
    Preflight.objects.filter(pk=look.pk).update(due_at=just_now(), for_at=at)
    return look


def _target_that_is_out(world: World) -> Model:
    """A post on a network that tells no figures, asked for them."""
    target = _due_target(world)
    out = {"status": "published", "published_at": clock.now(), "remote_id": "1", "due_at": just_now()}
    Target.objects.filter(pk=target.pk).update(**out)
    return target


def _channel_to_renew(world: World) -> Model:
    """A channel whose sign-in ends now, with nothing to renew it by."""
    sealed = secrets.seal_dict({"access_token": "t", "expires_at": clock.now().isoformat()})
    return Channel.objects.create(network="sandbox", name="Ends", secret=sealed, due_at=just_now())


def _pending_asset(world: World) -> Model:
    asset: Asset = world[Asset]
    made = Rendition.objects.filter(version__asset=asset)
    for key in made.values_list("key", flat=True):
        default_storage.delete(key)
    made.delete()
    Asset.objects.filter(pk=asset.pk).update(status="pending", due_at=just_now(), tries=0)
    return asset


def _file_to_delete(world: World) -> Model:
    return FileDeletion.objects.create(key="nobody/needs-it.jpg", due_at=just_now())


def _broken_upload(world: World) -> Model:
    return StoredFile.objects.create(
        sha256="a" * 64, key="broken/off.jpg", size=1, mime="image/jpeg", extension="jpg", due_at=just_now()
    )


def _expired_session(world: World) -> Model:
    session: UploadSession = world[UploadSession]
    UploadSession.objects.filter(pk=session.pk).update(due_at=just_now())
    return session


def _waiting_mail(world: World) -> Model:
    return Mail.objects.create(to="a@example.com", subject="Hello", body="Hello", due_at=just_now())


def _message_to_send(world: World) -> Model:
    """A message for a webhook at which nobody listens."""
    sealed = secrets.seal_dict({"secret": signing.new_secret()})
    endpoint = WebhookEndpoint.objects.create(url="http://127.0.0.1:9/", secret=sealed, events=[])
    return WebhookDelivery.objects.create(
        endpoint=endpoint, event="post.failed", body="{}", due_at=just_now()
    )


def _wanted_fit(world: World) -> Model:
    return Rendition.objects.create(version=world[AssetVersion], preset="fit:link-card", due_at=just_now())


def _wanted_version(world: World) -> Model:
    first: AssetVersion = world[AssetVersion]
    return AssetVersion.objects.create(
        asset=first.asset, stored_file=first.stored_file, number=2, status="pending", due_at=just_now()
    )


def _import_to_bring_in(world: World) -> Model:
    """An import of one row that was said to come in."""
    columns = ["title", "campaign"]
    source = Import.objects.create(
        kind="posts", file_name="plan.csv", sha256="a" * 64, size=9, headings=columns, mapping=columns, is_read=True,
        rows=1, checked=1, status="bringing", due_at=just_now(), begun_by=world[User],
    )  # fmt: skip
    ImportRow.objects.create(source=source, line=2, status="ready", cells=["Buns", world[Post].campaign.name])
    return source


def _series_to_make(world: World) -> Model:
    """A series that begins today and has made nothing yet."""
    return Series.objects.create(
        pattern=world[Post],
        unit="day",
        time="12:00",
        zone="UTC",
        first_date=clock.now().date(),
        due_at=just_now(),
    )


# How each kind of work comes to be due. A new kind has to be added here, and is then run twice.
DUE: dict[str, Callable[[World], Model]] = {
    "posts.publish_target": _due_target,
    "posts.look_at_link": _link_that_is_due,
    "posts.look_ahead": _look_that_is_due,
    "posts.remind_of_review": _reminder_that_is_due,
    "posts.make_series": _series_to_make,
    "posts.reconcile_target": _unclear_target,
    "imports.work_import": _import_to_bring_in,
    "posts.renew_channel": _channel_to_renew,
    "posts.fetch_figures": _target_that_is_out,
    "media_library.make_fit": _wanted_fit,
    "media_library.make_renditions": _pending_asset,
    "media_library.make_version": _wanted_version,
    "media_library.delete_file": _file_to_delete,
    "media_library.drop_stale_upload": _broken_upload,
    "media_library.drop_session": _expired_session,
    "workspaces.send_mail": _waiting_mail,
    "workspaces.deliver_webhook": _message_to_send,
}
# Rows of the instance: no workspace comes with them.
OF_INSTANCE = {"media_library.delete_file", "workspaces.send_mail"}


def test_every_kind_of_work_is_tried_twice() -> None:
    assert set(jobs.REGISTRY) == set(DUE), "Say in DUE how a row of each kind comes to be due."


@pytest.mark.parametrize("name", sorted(DUE))
@pytest.mark.django_db(transaction=True)
def test_F5_a_task_that_runs_twice_does_its_work_once(
    name: str, workspace: Workspace, alice: User, settings: Any
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens: it is put off
    world = make_world(workspace, alice)
    with use_workspace(workspace):
        row = DUE[name](world)
    due_list, in_workspace = jobs.REGISTRY[name], getattr(row, "workspace_id", None)
    assert (in_workspace, row.pk) in due_list.find(50)
    token = jobs.claim_in(name, in_workspace, row.pk)
    assert token is not None
    assert jobs.claim_in(name, in_workspace, row.pk) is None, "Two workers have it."
    jobs.run_claimed(name, in_workspace, row.pk, token)
    after = contents()
    jobs.run_claimed(
        name, in_workspace, row.pk, token
    )  # the same message once more, from a broker or a slow worker
    jobs.run_claimed(name, in_workspace, row.pk, uuid.uuid4())
    assert not jobs.run_one(name, in_workspace, row.pk)
    assert contents() == after


@pytest.mark.parametrize("name", sorted(set(DUE) - OF_INSTANCE))
@pytest.mark.django_db(transaction=True)
def test_T7_a_task_told_of_another_workspaces_row_does_nothing(
    name: str, workspace: Workspace, other_workspace: Workspace, alice: User, mallory: User
) -> None:
    world = make_world(workspace, alice)
    with use_workspace(workspace):
        row = DUE[name](world)
    before = contents()
    assert not jobs.run_one(name, other_workspace.pk, row.pk)
    jobs.run_claimed(name, other_workspace.pk, row.pk, uuid.uuid4())
    assert contents() == before


# The rest ----------------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_models_as_they_are(db: None) -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"Models and migrations differ:\n{said.getvalue()}", pytrace=False)


def test_every_verb_of_the_activity_has_its_words() -> None:
    from workspaces import roles
    from workspaces.sentences import PHRASES

    in_workspaces = {name for name, right in roles.RIGHTS.items() if not right.is_instance_wide}
    assert in_workspaces - set(PHRASES) == set(), "Say in workspaces/sentences.py how each reads."
    assert set(PHRASES) - set(roles.RIGHTS) == set(), "These are no operations."
