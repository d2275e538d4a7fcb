from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aura.kit import clock
from posts.models import Post, Target
from posts.operations.scheduling import cancel_post, move_post, publish_post, schedule_post, unschedule_post
from posts.operations.trash import KEPT_FOR, purge_expired, purge_post, restore_post, trash_post
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces import search
from workspaces.models import Activity, Membership
from workspaces.operation import Refused, StaleVersion

pytestmark = pytest.mark.usefixtures("scope")


def tomorrow():
    return clock.now() + timedelta(days=1)


def picture_of(post):
    """Everything about a post that a refused operation must leave alone."""
    row = Post.objects.values().get(pk=post.pk)
    return row, list(Target.objects.filter(post=post).values())


def test_scheduling_promises_every_target(bob):
    post = make_post(channels=[make_channel("One"), make_channel("Two")])
    at = tomorrow()
    schedule_post(post, at=at, by=bob)
    post.refresh_from_db()
    assert (post.status, post.scheduled_at, post.zone) == ("scheduled", at, "Europe/Dublin")
    assert clock.wall_of(at, "Europe/Dublin").isoformat()[:16] == post.wall_time[:16]
    assert set(Target.objects.values_list("due_at", flat=True)) == {at}
    assert Activity.objects.filter(verb="posts.schedule_post").count() == 1


VERBS = {
    "schedule": lambda post, by: schedule_post(post, at=tomorrow(), by=by),
    "publish": lambda post, by: publish_post(post, by=by),
    "move": lambda post, by: move_post(post, at=tomorrow(), by=by),
    "unschedule": lambda post, by: unschedule_post(post, by=by),
    "cancel": lambda post, by: cancel_post(post, by=by),
    "trash": lambda post, by: trash_post(post, by=by),
}


@pytest.mark.parametrize("who", ["carol", "mallory"])
@pytest.mark.parametrize("verb", VERBS)
def test_R2_viewers_and_strangers_change_nothing(verb, who, request):
    post = make_post(status="scheduled")
    before = picture_of(post)
    with pytest.raises(PermissionDenied):
        VERBS[verb](post, request.getfixturevalue(who))
    assert picture_of(post) == before


@pytest.mark.parametrize("verb", ["schedule", "publish", "move", "unschedule", "cancel"])
def test_R2_a_contributor_decides_nothing_about_going_out(verb, bob):
    Membership.objects.filter(user=bob).update(role="contributor")
    post = make_post(status="scheduled", created_by=bob)
    before = picture_of(post)
    with pytest.raises(PermissionDenied):
        VERBS[verb](post, bob)
    assert picture_of(post) == before


def test_a_contributor_trashes_their_own_post_only(bob, alice):
    Membership.objects.filter(user=bob).update(role="contributor")
    trash_post(make_post("Mine", created_by=bob), by=bob)
    with pytest.raises(PermissionDenied):
        trash_post(make_post("Hers", created_by=alice), by=bob)


@pytest.mark.parametrize("status", ["published", "sending", "needs_confirmation"])
@pytest.mark.parametrize("verb", ["move", "unschedule"])
def test_R3_what_is_out_does_not_move(verb, status, bob):
    post = make_post(status=status)
    before = picture_of(post)
    with pytest.raises(Refused):
        VERBS[verb](post, bob)
    assert picture_of(post) == before


def test_R3_what_is_not_approved_is_not_scheduled_where_approval_is_asked_for(bob, workspace):
    workspace.approval = "anyone"
    workspace.save()
    post = make_post()
    before = picture_of(post)
    for verb in ("schedule", "publish"):
        with pytest.raises(Refused, match="approved"):
            VERBS[verb](post, bob)
    assert picture_of(post) == before


def test_a_time_that_has_passed_is_refused(bob):
    post = make_post()
    for change in (schedule_post, move_post):
        with pytest.raises(Refused, match="passed"):
            change(post, at=clock.now() - timedelta(seconds=1), by=bob)


@pytest.mark.parametrize(
    "closed", [{"status": "completed"}, {"archived_at": clock.now()}, {"trashed_at": clock.now()}]
)
def test_a_campaign_that_is_over_sends_nothing(closed, bob):
    post = make_post(campaign=make_campaign("Over", **closed))
    with pytest.raises(Refused, match="Over"):
        schedule_post(post, at=tomorrow(), by=bob)


def test_nothing_goes_nowhere(bob):
    with pytest.raises(Refused, match="Pick a channel"):
        schedule_post(make_post(channels=[]), at=tomorrow(), by=bob)


def test_what_a_network_would_refuse_is_not_scheduled(bob):
    short = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    post = make_post(channels=[short], caption="x" * 281)
    with pytest.raises(Refused, match="too long"):
        schedule_post(post, at=tomorrow(), by=bob)
    assert Post.objects.get().status == "draft"


def test_moving_a_scheduled_post_moves_its_promise(bob):
    post = make_post(status="scheduled")
    at = clock.now() + timedelta(days=5)
    move_post(post, at=at, version=1, by=bob)
    assert Target.objects.get().due_at == Post.objects.get().scheduled_at == at


def test_moving_a_draft_only_plans_it(bob):
    at = tomorrow()
    post = move_post(make_post(), at=at, by=bob)
    assert (post.status, post.scheduled_at) == ("draft", at)
    assert Target.objects.get().due_at is None


@pytest.mark.parametrize("status", ["missed", "failed"])
def test_moving_what_did_not_go_out_schedules_it_again(status, bob):
    post = move_post(make_post(status=status), at=tomorrow(), by=bob)
    assert post.status == "scheduled"


def test_a_move_on_a_stale_calendar_is_refused(bob):
    post = make_post()
    move_post(post, at=tomorrow(), version=1, by=bob)
    with pytest.raises(StaleVersion):
        move_post(post, at=tomorrow(), version=1, by=bob)


def test_unscheduling_leaves_a_draft_without_a_time(bob):
    post = unschedule_post(make_post(status="scheduled"), by=bob)
    assert (post.status, post.scheduled_at, post.wall_time) == ("draft", None, "")
    assert Target.objects.get().status == "pending"


def test_cancelling_and_scheduling_again(bob):
    post = cancel_post(make_post(status="scheduled"), by=bob)
    assert post.status == "cancelled"
    assert schedule_post(post, at=tomorrow(), by=bob).status == "scheduled"


@pytest.mark.parametrize(
    ("status", "sentence"), [("published", "is out already"), ("needs_confirmation", "may be live already")]
)
def test_what_is_out_cannot_be_called_off_any_more_and_says_so(status, sentence, bob):
    post = make_post(status=status)
    with pytest.raises(Refused, match=sentence):
        cancel_post(post, by=bob)
    assert Target.objects.get().status == status
    assert Post.objects.get().version == post.version


def test_trash_takes_it_off_the_schedule_and_out_of_the_search(bob):
    post = make_post(status="scheduled")
    trash_post(post, by=bob)
    post.refresh_from_db()
    assert post.trashed_at
    assert post.status == "draft"
    assert search.ids("post", "launch") == []
    restore_post(post, by=bob)
    post.refresh_from_db()
    assert (post.trashed_at, post.status) == (None, "draft")
    assert search.ids("post", "launch") == [post.pk]


@pytest.mark.parametrize("status", ["sending", "needs_confirmation"])
def test_what_may_be_going_out_is_not_trashed(status, bob):
    post = make_post(status=status)
    with pytest.raises(Refused):
        trash_post(post, by=bob)
    assert not Post.objects.get().trashed_at


def test_a_post_of_a_trashed_campaign_comes_back_only_with_it(bob):
    post = make_post(campaign=make_campaign(trashed_at=clock.now()), trashed_at=clock.now())
    with pytest.raises(Refused, match="campaign"):
        restore_post(post, by=bob)


def test_only_admins_purge_and_only_from_the_trash(alice, bob):
    post = make_post()
    asset = make_asset()
    use(asset, post)
    with pytest.raises(Refused):
        purge_post(post, by=alice)
    trash_post(post, by=alice)
    with pytest.raises(PermissionDenied):
        purge_post(post, by=bob)
    purge_post(post, by=alice)
    assert not Post.objects.exists()
    assert type(asset).objects.filter(pk=asset.pk).exists()
    assert Activity.objects.filter(verb="posts.purge_post", subject_id=post.pk).exists()


def test_what_is_thirty_days_in_the_trash_goes(scope):
    now = clock.now()
    make_post("Old", trashed_at=now - KEPT_FOR - timedelta(minutes=1))
    make_post("Young", trashed_at=now - KEPT_FOR + timedelta(minutes=1))
    assert purge_expired(now=now) == 1
    assert purge_expired(now=now) == 0
    assert Post.objects.get().title == "Young"


def test_a_picture_whose_rights_end_before_is_not_scheduled(bob):
    asset = make_asset(expires_date=(clock.now() + timedelta(days=2)).date())
    post = make_post()
    use(asset, post)
    before = picture_of(post)
    with pytest.raises(Refused, match="“Spiral loaf” may be used until"):
        schedule_post(post, at=clock.now() + timedelta(days=4), by=bob)
    assert picture_of(post) == before
    schedule_post(post, at=tomorrow(), by=bob)
    with pytest.raises(Refused, match="Take another picture, or an earlier day"):
        move_post(post, at=clock.now() + timedelta(days=4), by=bob)
    assert Post.objects.get(pk=post.pk).scheduled_at < clock.now() + timedelta(days=2)
