from datetime import timedelta

import pytest

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from posts.models import Post, Reminder
from posts.operations.reminding import remind_of_review
from posts.operations.review import approve_post, submit_post
from posts.operations.scheduling import move_post
from posts.tests._made import make_post
from workspaces.models import Notification

pytestmark = pytest.mark.usefixtures("scope")


def take(moment):
    """Let a reminder be due now, and take it as the worker does."""
    row = Reminder.objects.get(moment=moment)
    Reminder.objects.filter(pk=row.pk).update(due_at=just_now())
    remind_of_review(row.pk, jobs.claim_in("posts.remind_of_review", row.workspace_id, row.pk))


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("person__name", flat=True))


@pytest.fixture
def asked(alice, bob, workspace):
    workspace.approval = "other"
    workspace.save()
    return submit_post(make_post(created_by=bob, scheduled_at=clock.now() + timedelta(days=3)), by=bob)


def test_each_moment_reminds_whoever_may_approve_once_and_the_author_when_it_passed(asked):
    ahead = dict(Reminder.objects.values_list("moment", "due_at"))
    at = asked.scheduled_at
    assert ahead == {"day": at - timedelta(hours=24), "hours": at - timedelta(hours=2), "passed": at}
    take("day")
    assert told("review_near") == ["Alice Byrne"]
    assert Reminder.objects.get(moment="day").due_at is None
    take("passed")
    assert told("review_passed") == ["Bob Cullen"]


def test_asked_again_the_same_time_is_not_reminded_of_twice(bob, asked):
    soon = clock.now() + timedelta(hours=3)
    Post.objects.filter(pk=asked.pk).update(scheduled_at=soon, review_status="none", status="draft")
    submit_post(Post.objects.get(), by=bob)
    due = dict(Reminder.objects.values_list("moment", "due_at"))
    assert due["day"] is None
    assert due["hours"] == soon - timedelta(hours=2)


def test_what_is_answered_or_moved_reminds_nobody_of_the_old_time(alice, asked):
    move_post(asked, at=asked.scheduled_at + timedelta(days=2), by=alice)
    moved = Post.objects.get().scheduled_at
    assert set(Reminder.objects.values_list("for_at", flat=True)) == {moved}
    approve_post(asked, by=alice)
    take("hours")
    take("passed")
    assert told("review_near") == told("review_passed") == []
