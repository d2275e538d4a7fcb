"""Scheduled posts are looked at a day and a quarter of an hour ahead; what is in their way is told and shown."""

from datetime import timedelta

import pytest
from django.urls import reverse

from aura.kit import clock, jobs
from aura.kit.testing import just_now, plan_of
from media_library.models import Asset
from posts.models import Channel, Post, Preflight
from posts.needs import Needs
from posts.operations.channels import resume_channel
from posts.operations.scheduling import move_post, schedule_post, unschedule_post
from posts.tests._made import make_asset, make_channel, make_post, use
from workspaces.models import Membership, Notification

pytestmark = pytest.mark.usefixtures("scope")


def scheduled(by, hours=30.0, channel=None, **fields):
    """A post that goes out in so many hours."""
    post = make_post(channels=[channel or make_channel()], created_by=by, **fields)
    return schedule_post(post, at=clock.now() + timedelta(hours=hours), by=by)


def look(post, moment="day"):
    """Take a look now, whenever it was due, as a worker does."""
    row = Preflight.objects.get(post=post, moment=moment)
    Preflight.objects.filter(pk=row.pk).update(due_at=just_now())
    assert jobs.run_one("posts.look_ahead", row.workspace_id, row.pk)
    row.refresh_from_db()
    return row


def pause(channel, status="paused"):
    Channel.objects.filter(pk=channel.pk).update(status=status)


def test_promising_a_post_writes_down_both_looks_and_moving_it_moves_them(bob):
    post = scheduled(bob, hours=48)
    for at in (post.scheduled_at, clock.now() + timedelta(hours=72)):
        if at != post.scheduled_at:
            post = move_post(post, at=at, by=bob)
        looks = {row.moment: row for row in Preflight.objects.filter(post=post)}
        assert at - looks["day"].due_at == timedelta(hours=24)
        assert at - looks["quarter"].due_at == timedelta(minutes=15)
    soon = scheduled(bob, hours=0.1, channel=make_channel("Soon"))
    looks = {row.moment: row for row in Preflight.objects.filter(post=soon)}
    assert looks["day"].due_at <= clock.now()
    assert looks["quarter"].due_at is None


def test_what_fits_is_looked_at_once_and_says_nothing(bob):
    row = look(scheduled(bob))
    assert (row.blocks, row.due_at) == (False, None)
    assert row.looked_at is not None
    assert not Notification.objects.exists()


@pytest.mark.parametrize("trouble", ["paused", "broken", "rights", "approval"])
def test_what_will_not_go_out_is_told_once_and_stands_on_home(trouble, bob, workspace, client_of):
    channel, asset = make_channel("Rye feed"), make_asset()
    post = scheduled(bob, channel=channel)
    use(asset, post)
    if trouble in {"paused", "broken"}:
        pause(channel, trouble)
    elif trouble == "rights":
        Asset.objects.filter(pk=asset.pk).update(expires_date=(clock.now() - timedelta(days=1)).date())
    else:
        workspace.approval = "anyone"
        workspace.save()
    row = look(post)
    assert row.blocks
    assert row.due_at > clock.now(), "It is looked at again, as somebody may mend it."
    look(post)
    notice = Notification.objects.get()
    assert (notice.person, notice.kind, notice.times) == (bob, "post_ahead", 1)
    assert "will not go out" in notice.sentence
    page = client_of(bob).get(reverse("posts:home")).content.decode()
    assert ": will not go out" in page
    assert "Tomorrow at" in page or "Today at" in page or "will not go out" in page
    assert "One post needs you." in page


def test_advice_is_told_once_to_who_wants_it_and_settled_once_it_is_followed(bob, workspace):
    post = scheduled(bob)
    asset = make_asset(alt_text="")
    use(asset, post)
    assert not look(post).blocks
    look(post)
    notice = Notification.objects.get()
    assert (notice.person, notice.kind, notice.times, notice.read_at) == (bob, "post_advice", 1, None)
    assert "could be better before it goes out" in notice.sentence
    assert notice.words
    Asset.objects.filter(pk=asset.pk).update(alt_text="A dark loaf")
    look(post)
    notice.refresh_from_db()
    assert notice.read_at is not None
    bob.notices = {"post_advice": [False, False]}
    bob.save()
    other = scheduled(bob, channel=make_channel("Other"))
    use(make_asset("Crumb", alt_text=""), other)
    look(other)
    assert Notification.objects.count() == 1, "Whoever does not want to hear of it does not."


def test_what_blocks_is_told_before_advice(bob):
    channel = make_channel()
    post = scheduled(bob, channel=channel)
    use(make_asset(alt_text=""), post)
    pause(channel)
    look(post)
    assert Notification.objects.get().kind == "post_ahead"


def test_what_was_mended_is_gone_from_home_and_read(alice, bob, client_of):
    channel = make_channel()
    post = scheduled(bob, channel=channel)
    pause(channel)
    assert look(post).blocks
    resume_channel(channel, by=alice)
    row = Preflight.objects.get(post=post, moment="day")
    assert row.due_at <= clock.now(), "Resuming rings."
    assert not look(post).blocks
    assert Notification.objects.get().read_at is not None
    assert "will not go out" not in client_of(bob).get(reverse("posts:home")).content.decode()


def test_the_later_look_is_the_one_that_counts(bob, client_of):
    channel = make_channel()
    post = scheduled(bob, hours=1, channel=channel)
    pause(channel)
    look(post)
    look(post, "quarter")
    assert list(Preflight.objects.filter(blocks=True).values_list("moment", flat=True)) == ["quarter"]
    assert Notification.objects.get().times == 1
    pause(channel, "active")
    look(post, "quarter")
    assert not Preflight.objects.filter(blocks=True).exists()


def waiting_for(person, role):
    return list(Post.objects.filter(Needs.of(person, role=role).condition))


def test_a_post_that_was_taken_off_or_moved_meanwhile_is_nobodys_need(bob, client_of):
    channel = make_channel()
    post = scheduled(bob, channel=channel)
    pause(channel)
    assert look(post).blocks
    assert waiting_for(bob, "editor") == [post]
    unschedule_post(post, by=bob)
    assert waiting_for(bob, "editor") == []
    row = look(post)
    assert (row.blocks, row.due_at, row.found) == (False, None, [])


def test_others_posts_are_for_whoever_publishes(alice, bob, carol):
    channel = make_channel()
    post = scheduled(bob, channel=channel)
    pause(channel)
    look(post)
    Membership.objects.filter(user=carol).update(role="contributor")
    people = ((alice, "owner"), (bob, "contributor"), (carol, "contributor"))
    assert {person: len(waiting_for(person, role)) for person, role in people} == {alice: 1, bob: 1, carol: 0}
    assert {notice.person for notice in Notification.objects.all()} == {bob}


def test_looks_that_block_are_found_by_an_index(bob):
    plan = plan_of(Preflight.objects.filter(blocks=True, for_at__gt=clock.now()).order_by("for_at"))
    assert "preflight_that_blocks" in plan
    assert Post.objects.count() == 0
