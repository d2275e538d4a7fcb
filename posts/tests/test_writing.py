from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aura.kit import clock
from posts.models import Attempt, Post, PostMedia, Target
from posts.operations.composing import compose_post
from posts.operations.scheduling import publish_post
from posts.operations.writing import create_post, duplicate_post, edit_post
from posts.snapshot import content_hash, content_of
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces import search
from workspaces.models import Activity, Membership
from workspaces.operation import SYSTEM, Refused, StaleVersion

pytestmark = pytest.mark.usefixtures("scope")


def unsaved(**fields):
    return Post(**{"title": "Launch day", "caption": "Bread, slowly.", "campaign": make_campaign(), **fields})


def change(post, by, *, words=None, pictures=(), version=None, **fields):
    for name, value in fields.items():
        setattr(post, name, value)
    kept = {target.channel: target.own_words for target in post.targets.select_related("channel")}
    return edit_post(
        post,
        words=kept if words is None else words,
        pictures=list(pictures),
        version=post.version if version is None else version,
        by=by,
    )


def test_a_created_post_is_a_draft_with_targets_media_and_a_search_entry(bob):
    channel, asset = make_channel(), make_asset()
    post = create_post(unsaved(), words={channel: " Own words "}, pictures=[asset], by=bob)
    assert (post.status, post.created_by, post.version) == ("draft", bob, 1)
    assert post.targets.get().own_words == "Own words"
    assert post.media.get().asset == asset
    assert search.ids("post", "slowly") == [post.pk]
    assert search.ids("post", "own words") == [post.pk]
    assert Activity.objects.get(verb="posts.create_post").subject_id == post.pk


@pytest.mark.parametrize("who", ["carol", "mallory"])
def test_R2_viewers_and_strangers_write_nothing(who, request, alice):
    person = request.getfixturevalue(who)
    post = make_post()
    before = content_hash(post)
    with pytest.raises(PermissionDenied):
        create_post(unsaved(), words={}, pictures=[], by=person)
    with pytest.raises(PermissionDenied):
        change(post, person, title="Mine now")
    with pytest.raises(PermissionDenied):
        duplicate_post(post, by=person)
    assert Post.objects.count() == 1
    assert content_hash(Post.objects.get()) == before
    assert not Activity.objects.exists()


def test_R4_the_role_at_the_time_of_the_change_decides(bob, workspace):
    post = make_post()
    Membership.objects.filter(user=bob).update(role="viewer")
    with pytest.raises(PermissionDenied):
        change(post, bob, title="Too late")


def test_an_edit_changes_words_channels_and_media_in_order(bob):
    one, two = make_channel("One"), make_channel("Two")
    first, second = make_asset("First"), make_asset("Second")
    post = make_post(channels=[one])
    use(first, post)
    edit = change(post, bob, words={two: "For two"}, pictures=[second, first], title="New title")
    assert edit.post.title == "New title"
    assert [target.channel for target in edit.post.targets.all()] == [two]
    assert [row.asset for row in PostMedia.objects.filter(post=post)] == [second, first]
    assert edit.post.version == 2


def test_a_stale_edit_is_refused_and_changes_nothing(alice, bob):
    post = make_post()
    change(Post.objects.get(), alice, caption="What Alice wrote")
    with pytest.raises(StaleVersion):
        change(post, bob, caption="What Bob wrote", version=1)
    assert Post.objects.get().caption == "What Alice wrote"


@pytest.mark.parametrize("status", ["published", "sending", "needs_confirmation"])
def test_R3_what_is_out_cannot_be_edited(status, bob):
    post = make_post(status=status)
    with pytest.raises(Refused):
        change(post, bob, caption="Rewritten history")
    assert Post.objects.get().caption == "Bread, slowly."


def test_an_editor_keeps_a_scheduled_post_scheduled_at_its_new_time(bob):
    post = make_post(status="scheduled")
    later = clock.now() + timedelta(days=3)
    edit = change(post, bob, caption="Better", scheduled_at=later)
    assert (edit.post.status, edit.unscheduled) == ("scheduled", False)
    assert Target.objects.get().due_at == later


def test_a_contributors_edit_takes_a_scheduled_post_off_the_schedule_and_keeps_its_time(bob, workspace):
    Membership.objects.filter(user=bob).update(role="contributor")
    post = make_post(status="scheduled")
    planned = post.scheduled_at
    edit = change(post, bob, caption="Better")
    assert (edit.post.status, edit.unscheduled, edit.post.scheduled_at) == ("draft", True, planned)
    assert Target.objects.get().due_at is None


def approved(post, by):
    Post.objects.filter(pk=post.pk).update(
        review_status="approved", status="approved", approved_hash=content_hash(post), approved_by=by
    )
    return Post.objects.get(pk=post.pk)


def test_editing_what_was_approved_voids_the_approval_and_says_what_changed(alice, bob):
    post = approved(make_post(), alice)
    edit = change(post, bob, caption="Not what Alice read")
    assert edit.voided == ("caption",)
    assert (edit.post.status, edit.post.approved_hash, edit.post.approved_by) == ("draft", "", None)
    assert edit.post.review_note == "Changed after it was approved: caption."


def test_planning_another_time_keeps_the_approval(alice, bob):
    post = approved(make_post(), alice)
    edit = change(post, bob, scheduled_at=clock.now() + timedelta(days=2))
    assert (edit.voided, edit.post.status) == ((), "approved")


def test_where_approval_is_asked_for_an_edit_unschedules(alice, bob, workspace):
    workspace.approval = "anyone"
    workspace.save()
    post = approved(make_post(status="scheduled"), alice)
    Post.objects.filter(pk=post.pk).update(status="scheduled")
    post.refresh_from_db()
    edit = change(post, bob, caption="Changed after the yes")
    assert (edit.post.status, edit.unscheduled) == ("draft", True)


def test_a_duplicate_is_a_draft_without_a_time(bob):
    channel, asset = make_channel(), make_asset()
    post = make_post(channels=[channel], status="published", scheduled_at=clock.now())
    use(asset, post)
    copy = duplicate_post(post, by=bob)
    assert (copy.title, copy.status, copy.scheduled_at) == ("Copy of Launch day", "draft", None)
    assert copy.targets.get().channel == channel
    assert copy.media.get().asset == asset


def test_composing_is_all_or_nothing(bob):
    channel = make_channel()
    post = unsaved(scheduled_at=clock.now() - timedelta(minutes=1), zone="Europe/Dublin")
    with pytest.raises(Refused):
        compose_post(
            post, words={channel: ""}, pictures=[], version=None, intent="schedule", now=clock.now(), by=bob
        )
    assert not Post.objects.exists()


def test_composing_publishes_at_once(bob):
    channel = make_channel()
    now = clock.now()
    edit = compose_post(
        unsaved(), words={channel: ""}, pictures=[], version=None, intent="publish", now=now, by=bob
    )
    assert edit.post.status == "scheduled"
    assert Target.objects.get().due_at == now


def test_aura_itself_may_write(scope):
    assert create_post(unsaved(), words={}, pictures=[], by=SYSTEM).created_by is None


@pytest.mark.parametrize("outcome", [o for o in Attempt.Outcome.values if o != "not_sent"])
def test_a_channel_that_is_taken_out_keeps_its_ledger_and_gets_nothing_more(outcome, bob):
    tried, other = make_channel("Tried"), make_channel("Other")
    post = make_post(channels=[tried], status="failed")
    target = Target.objects.get()
    Attempt.objects.create(target=target, number=1, outcome=outcome, sentence="It answered.")
    post = change(post, bob, words={other: ""}).post
    target.refresh_from_db()
    assert (target.status, target.due_at, post.status) == ("taken_out", None, "draft")
    assert target.attempts.get().sentence == "It answered."
    assert list(content_of(post)["targets"]) == [str(other.pk)]
    assert [copied.channel for copied in duplicate_post(post, by=bob).targets.all()] == [other]
    publish_post(post, by=bob)
    assert dict(Target.objects.filter(post=post).values_list("channel__name", "status")) == {
        "Tried": "taken_out",
        "Other": "scheduled",
    }


def test_a_channel_that_is_chosen_again_goes_on_with_its_ledger(bob):
    tried, other = make_channel("Tried"), make_channel("Other")
    post = make_post(channels=[tried], status="failed")
    Attempt.objects.create(target=Target.objects.get(), number=1, outcome="rejected")
    post = change(post, bob, words={other: ""}).post
    post = change(post, bob, words={tried: ""}).post
    target = Target.objects.get(channel=tried)
    assert (target.status, target.sentence, target.attempts.count()) == ("pending", "", 1)
    assert not Target.objects.filter(channel=other).exists()


def test_a_target_of_which_nothing_was_sent_is_deleted_with_its_channel(bob):
    post = make_post(channels=[make_channel("Tried")], status="missed")
    Attempt.objects.create(target=Target.objects.get(), number=1, outcome="not_sent")
    change(post, bob, words={make_channel("Other"): ""})
    assert Target.objects.get().channel.name == "Other"
    assert not Attempt.objects.exists()
