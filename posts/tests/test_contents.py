"""What goes with a campaign, a workspace or a member: posts are unscheduled, trashed and brought back as a set."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from aura.kit import clock
from posts.contents import PostsOfCampaigns, describe_going, let_go
from posts.models import Post, PostMedia, Target
from posts.operations.settle import arm, settle
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from workspaces import search
from workspaces.models import Membership, User, Workspace
from workspaces.operation import SYSTEM, Refused

S, T = Post.Status, Target.Status
held = PostsOfCampaigns()


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def promised(title: str = "Rye", hours: float = 1, **fields: Any) -> Post:
    from posts.models import Channel

    channel = Channel.objects.filter(network="sandbox").first() or engine.channel()
    post = engine.post(channel, title=title, **fields)
    arm(post, clock.now() + timedelta(hours=hours))
    return engine.fresh(post)


def test_counts_by_status_leave_out_the_trash() -> None:
    post = promised()
    promised("Two")
    engine.post(engine.channel(name="b"), trashed_at=clock.now())
    assert held.counts([post.campaign_id]) == {post.campaign_id: {"scheduled": 2}}


def test_the_promises_are_listed_earliest_first_with_how_many_there_are() -> None:
    late, early = promised("Late", 3), promised("Early", 1)
    listed, total = held.scheduled([late.campaign_id], 1)
    assert [promise.title for promise in listed] == ["Early"]
    assert listed[0].url.endswith(f"/posts/{early.pk}/")
    assert total == 2


def test_unscheduling_takes_back_everything_and_keeps_the_wall_time() -> None:
    post = promised(wall_time="2030-01-01T09:00:00", zone="Europe/Dublin")
    assert held.unschedule([post.campaign_id], by=SYSTEM, now=clock.now()) == 1
    after = engine.fresh(post)
    assert (after.status, after.scheduled_at, after.wall_time) == (S.DRAFT, None, "2030-01-01T09:00:00")


def test_what_is_being_sent_is_named() -> None:
    post = promised("Saturday queue")
    Target.objects.update(status=T.SENDING, key="k")
    with pytest.raises(Refused, match="Saturday queue"):
        held.unschedule([post.campaign_id], by=SYSTEM, now=clock.now())


def test_trash_and_restore_bring_back_exactly_that_set() -> None:
    post = promised("Saturday queue")
    search.index("post", post.pk, title=post.title)
    before = engine.post(engine.channel(name="b"), trashed_at=clock.now(), trashed_with=uuid.uuid4())
    mark, ids = uuid.uuid4(), [post.campaign_id]
    held.unschedule(ids, by=SYSTEM, now=clock.now())
    assert held.trash_with(ids, mark=mark, by=SYSTEM, now=clock.now()) == 1
    assert search.ids("post", "saturday") == []
    assert held.restore_with(mark, by=SYSTEM, now=clock.now()) == 1
    assert (engine.fresh(post).trashed_at, engine.fresh(post).status) == (None, S.DRAFT)
    assert engine.fresh(before).trashed_at
    assert search.ids("post", "saturday") == [post.pk]


def test_what_may_be_live_is_not_trashed() -> None:
    post = promised()
    Target.objects.update(status=T.NEEDS_CONFIRMATION, due_at=None)
    settle(post.pk)
    with pytest.raises(Refused, match="may be live"):
        held.trash_with([post.campaign_id], mark=uuid.uuid4(), by=SYSTEM, now=clock.now())


def test_purging_deletes_posts_and_uses_but_not_assets() -> None:
    post, asset = promised(), make_asset()
    PostMedia.objects.create(post=post, asset=asset)
    assert held.assets([post.campaign_id]) == {asset.pk: 1}
    assert held.purge([post.campaign_id], by=SYSTEM, now=clock.now()) == 1
    assert not Post.objects.exists()
    assert not PostMedia.objects.exists()
    asset.refresh_from_db()


def test_a_brand_with_channels_is_in_use() -> None:
    brand = engine.campaign().brand
    assert held.brand_in_use(brand.pk) == []
    engine.channel(name="Shop window", brand=brand)
    assert held.brand_in_use(brand.pk) == ["Shop window"]


def test_a_workspace_that_goes_unschedules_everything(opened: Workspace) -> None:
    post = promised("Launch day")
    assert describe_going(opened)[0].startswith("“Launch day” on ")
    let_go(opened, by=SYSTEM)
    assert engine.fresh(post).status == S.DRAFT
    assert describe_going(opened) == []


def test_a_member_who_goes_takes_only_their_own_promises(bob: User) -> None:
    mine, other = promised("Mine", created_by=bob), promised("Other")
    going = Membership.objects.get(user=bob)
    assert len(describe_going(going)) == 1
    let_go(going, by=SYSTEM)
    assert engine.fresh(mine).status == S.DRAFT
    assert engine.fresh(other).status == S.SCHEDULED


def test_many_promises_are_named_up_to_twenty(opened: Workspace) -> None:
    for number in range(22):
        promised(str(number), 1 + number)
    sentences = describe_going(opened)
    assert len(sentences) == 21
    assert sentences[-1] == "2 more posts are unscheduled."
