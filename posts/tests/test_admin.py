"""Channels, posts and targets in the admin: judged by the composer's form, changed by its operations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from aura.kit import clock
from posts.models import Attempt, Channel, Post, Target
from posts.tests import _made as made
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.scope import use_workspace


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", "a long enough password", name="Root")


@pytest.fixture
def client(root: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(root)


@pytest.fixture
def post(workspace: Workspace) -> Post:
    """Scheduled for tomorrow on one channel, with a picture."""
    with use_workspace(workspace):
        soon = (clock.now() + timedelta(days=1)).replace(second=0, microsecond=0)
        wall = clock.wall_of(soon, workspace.zone).isoformat()
        post = made.make_post(status="scheduled", scheduled_at=soon, wall_time=wall, zone=workspace.zone)
        made.use(made.make_asset(), post)
        return post


def path(row: Any) -> str:
    return f"/admin/posts/{row._meta.model_name}/{row.pk}/change/"


def inline(*names: str) -> dict[str, str]:
    """The management forms of inlines without rows to type in."""
    return {f"{name}-{key}": "0" for name in names for key in ("TOTAL_FORMS", "INITIAL_FORMS")}


def typed(post: Post, **changes: Any) -> dict[str, Any]:
    words = {"title": post.title, "caption": post.caption, "campaign": str(post.campaign_id)}
    return {**words, "seen_version": str(post.version), **inline("targets", "media"), **changes}


def run(client: Client, action: str, *rows: Any) -> list[str]:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(f"/admin/posts/{rows[0]._meta.model_name}/", chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_words_are_saved_by_the_operation_and_all_else_stays(
    client: Client, post: Post, workspace: Workspace
) -> None:
    with use_workspace(workspace):
        key, due = post.targets.values_list("channel_id", "due_at").get()
    assert (
        client.post(path(post), typed(post, title="Launch night", caption="Bread.\r\nSlowly.")).status_code
        == 302
    )
    with use_workspace(workspace):
        saved = Post.objects.get(pk=post.pk)
        assert (saved.title, saved.caption, saved.version) == (
            "Launch night",
            "Bread.\nSlowly.",
            post.version + 1,
        )
        assert (saved.status, saved.scheduled_at) == ("scheduled", post.scheduled_at)
        assert saved.targets.values_list("channel_id", "due_at").get() == (key, due)
        assert saved.media.count() == 1
        assert Activity.objects.get(verb="posts.edit_post").actor_name == "Root (staff)"


def test_the_composers_form_judges_it(client: Client, post: Post, workspace: Workspace) -> None:
    answer = client.post(path(post), typed(post, title="", caption="x" * 4001))
    errors = answer.context["adminform"].form.errors
    assert answer.status_code == 200
    assert "Give it a title" in str(errors["title"])
    assert "4000" in str(errors["caption"]) or "4,000" in str(errors["caption"])


def test_a_scheduled_post_must_still_fit_its_networks(
    client: Client, post: Post, workspace: Workspace
) -> None:
    with use_workspace(workspace):
        brand = made.Brand.objects.create(name="Other")
        Channel.objects.update(brand=brand)
    answer = client.post(path(post), typed(post, title="New"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    with use_workspace(workspace):
        assert Post.objects.get(pk=post.pk).title == post.title


def test_who_saves_what_somebody_else_changed_keeps_both(
    client: Client, post: Post, workspace: Workspace
) -> None:
    assert client.post(path(post), typed(post, title="First")).status_code == 302
    answer = client.post(path(post), typed(post, title="Second"))
    page = answer.content.decode()
    assert "Somebody else saved this post" in page
    assert 'value="Second"' in page
    with use_workspace(workspace):
        assert Post.objects.get(pk=post.pk).title == "First"


def test_what_is_out_is_refused_with_its_sentence(client: Client, post: Post, workspace: Workspace) -> None:
    with use_workspace(workspace):
        Target.objects.update(status="published", published_at=clock.now(), due_at=None)
        made.settle(post.pk)
    answer = client.post(path(post), typed(post, title="Other"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors() or answer.context["adminform"].form.errors


def test_a_member_who_is_staff_adds_a_draft(
    client: Client, root: User, post: Post, workspace: Workspace
) -> None:
    Membership.objects.create(workspace=workspace, user=root, role="viewer")
    answer = client.post(
        f"/w/{workspace.slug}/admin/posts/post/add/", typed(post, title="New", seen_version="")
    )
    assert answer.status_code == 302
    with use_workspace(workspace):
        added = Post.objects.get(title="New")
        assert (added.status, added.created_by, added.targets.count()) == ("draft", root, 0)


def test_actions_are_operations(client: Client, post: Post, workspace: Workspace) -> None:
    assert run(client, "unschedule_post", post) == ["1 post taken off the schedule."]
    assert run(client, "trash_post", post) == ["1 post put in the trash."]
    assert "in the trash" in run(client, "cancel_post", post)[0]
    assert run(client, "restore_post", post) == ["1 post restored, unscheduled."]
    assert run(client, "cancel_post", post)
    assert "Only a post in the trash" in run(client, "purge_post", post)[0]
    with use_workspace(workspace):
        done = set(Activity.objects.filter(actor_name="Root (staff)").values_list("verb", flat=True))
        assert {"posts.unschedule_post", "posts.trash_post", "posts.restore_post"} <= done


def test_a_channel_keeps_its_network_and_its_secret(client: Client, workspace: Workspace) -> None:
    with use_workspace(workspace):
        channel = made.make_channel(
            "Hook", "webhook", settings={"url": "https://example.com/hook"}, secret="sealed words"
        )
    page = client.get(path(channel)).content.decode()
    assert "https://example.com/hook" in page
    assert "sealed words" not in page
    words = {"name": "Hook two", "brand": "", "spacing_seconds": "5", "network": "sandbox", "secret": "mine"}
    assert client.post(path(channel), {**words, "url": "https://example.com/other"}).status_code == 302
    refused = client.post(path(channel), {**words, "url": "file:///etc/passwd"})
    assert refused.status_code == 200
    assert "url" in refused.context["adminform"].form.errors
    with use_workspace(workspace):
        saved = Channel.objects.get(pk=channel.pk)
        assert (saved.name, saved.spacing_seconds) == ("Hook two", 5)
        assert (saved.network, saved.secret) == ("webhook", "sealed words")
        assert saved.settings["url"] == "https://example.com/other"
        assert Activity.objects.filter(verb="posts.edit_channel").count() == 1


def test_staff_pause_resume_trash_and_restore_channels(
    client: Client, post: Post, workspace: Workspace
) -> None:
    with use_workspace(workspace):
        channel = Channel.objects.get()
    assert run(client, "pause_channel", channel) == ["1 channel paused."]
    assert run(client, "resume_channel", channel) == ["1 channel in use again."]
    assert run(client, "trash_channel", channel) == ["1 channel put in the trash."]
    assert "is in the trash" in run(client, "pause_channel", channel)[0]
    assert run(client, "restore_channel", channel) == ["1 channel restored."]
    with use_workspace(workspace):
        assert Target.objects.get().status == "pending"


def test_what_aura_gave_up_on_is_listed_and_tried_again(
    client: Client, post: Post, workspace: Workspace
) -> None:
    with use_workspace(workspace):
        target = Target.objects.get()
        Target.objects.update(status="failed", due_at=None, lease_until=None, claim_token=None)
        Attempt.objects.create(target=target, number=1, code="quarantined", outcome="not_sent")
        made.settle(post.pk)
    listed = client.get("/admin/posts/target/?aside=yes")
    assert [row.pk for row in listed.context["cl"].result_list] == [target.pk]
    assert client.get("/admin/posts/target/?aside=no").context["cl"].result_count == 0
    assert run(client, "retry_target", target) == ["1 target will be tried again."]
    with use_workspace(workspace):
        assert Target.objects.get().status == "scheduled"
    assert client.get("/admin/posts/target/?aside=yes").context["cl"].result_count == 0


def test_nobody_confirms_in_bulk_or_types_into_the_ledger(
    client: Client, post: Post, workspace: Workspace
) -> None:
    listed = client.get("/admin/posts/target/").content.decode()
    assert "confirm_target" not in listed
    with use_workspace(workspace):
        target = Target.objects.get()
        attempt = Attempt.objects.create(target=target, number=1, outcome="accepted")
    for row in (target, attempt):
        assert client.post(path(row), {"status": "published", "outcome": "rejected"}).status_code == 403


def test_rows_of_one_workspace_are_found_by_its_slug(
    client: Client, post: Post, workspace: Workspace, other_workspace: Workspace
) -> None:
    with use_workspace(other_workspace):
        made.make_post("Elsewhere")
    listed = client.get(f"/admin/posts/post/?of={workspace.slug}").context["cl"].result_list
    assert [row.title for row in listed] == ["Launch day"]
