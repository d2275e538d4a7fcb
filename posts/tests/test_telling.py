"""Whom the engine and a review tell: authors, whoever gave the time, those who may answer, owners and admins."""

from __future__ import annotations

import pytest

from aura.kit import jobs
from posts import telling
from posts.models import Channel, Post, Target
from posts.operations.confirming import confirm_target
from posts.operations.publishing import break_channel
from posts.operations.review import approve_post, request_changes, submit_post
from posts.tests import _engine as engine
from posts.tests._made import make_channel, make_post
from workspaces.models import Activity, Mail, Membership, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


def told(kind: str) -> list[tuple[str, str]]:
    found = (
        Notification.objects.filter(kind=kind, read_at=None)
        .select_related("person")
        .order_by("person__email")
    )
    return [(notice.person.get_short_name(), notice.sentence) for notice in found]


def test_those_who_may_answer_hear_that_they_are_asked_and_the_author_of_the_answer(alice, bob, carol):
    Membership.objects.filter(user=carol).update(role="contributor")
    post = submit_post(make_post(created_by=carol), by=carol)
    asked = "Carol Daly asks you to approve “Launch day”"
    assert told("review_asked") == [("Alice", asked), ("Bob", asked)]
    approve_post(post, by=alice)
    assert told("review_asked") == [], "it is answered for Bob as well"
    assert told("review_answered") == [("Carol", "Alice Byrne approved “Launch day”")]
    assert {mail.to for mail in Mail.objects.all()} == {alice.email, bob.email, carol.email}


def test_the_author_hears_what_should_change(alice, bob):
    post = submit_post(make_post(created_by=bob), by=bob)
    request_changes(post, note="Say when the doors open.", by=alice)
    notice = Notification.objects.get(person=bob)
    assert notice.sentence == "Alice Byrne asks for changes to “Launch day”"
    assert notice.words == "Say when the doors open."


def test_where_somebody_else_has_to_answer_the_author_is_not_asked_by_another(alice, bob, workspace):
    workspace.approval = "other"
    workspace.save()
    submit_post(make_post(created_by=bob), by=alice)
    assert told("review_asked") == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [("failed", "post_failed"), ("missed", "post_missed"), ("needs_confirmation", "post_unclear")],
)
def test_author_and_whoever_gave_the_time_hear_what_went_wrong(alice, bob, carol, status, kind):
    post = make_post(created_by=bob, channels=[make_channel("Feed"), make_channel("Screen")])
    Activity.write("posts.schedule_post", carol, post)
    Activity.write("posts.move_post", alice, post)
    for target in post.targets.select_related("post", "channel"):
        telling.tell_outcome(target, status, "The screen is switched off.")
    assert [name for name, _ in told(kind)] == ["Alice", "Bob"]
    notice = Notification.objects.get(person=bob)
    assert "“Launch day”" in notice.sentence
    assert (notice.times, notice.words) == (2, "The screen is switched off.")


def test_the_engine_tells_and_an_answer_settles_it(bob):
    made = engine.due_post(engine.channel("by_hand"), title="Market day", created_by=bob)
    target = engine.publish(made)
    assert target.status == Target.Status.NEEDS_CONFIRMATION
    assert told("post_unclear") == [("Bob", "“Market day” needs you on by_hand")]
    assert Notification.objects.get().url.endswith(f"/posts/{made.pk}/")
    confirm_target(target, by=bob)
    assert told("post_unclear") == []


def test_owners_and_admins_hear_once_that_a_channel_is_broken(alice, bob, carol):
    Membership.objects.filter(user=carol).update(role="admin")
    channel = make_channel("Mastodon")
    for _ in range(2):
        break_channel(channel.pk, "It signed us out.")
    assert told("channel_broken") == [
        ("Alice", "Mastodon needs reconnecting"),
        ("Carol", "Mastodon needs reconnecting"),
    ]
    assert Notification.objects.filter(times=1).count() == 2
    assert Channel.objects.get().problem == "It signed us out."


def test_what_goes_out_tells_nobody(alice, bob):
    made = engine.due_post(engine.channel(), created_by=bob)
    jobs.run_one("posts.publish_target", made.workspace_id, engine.target_of(made).pk)
    assert Post.objects.get().status == Post.Status.PUBLISHED
    assert not Notification.objects.exists()
