"""A calendar shows of the targets what lists show, without an object for each."""

import pytest

from aura.kit import clock
from posts import cards
from posts.models import Channel, Post, Target
from posts.tests._made import make_campaign, make_channel

pytestmark = pytest.mark.usefixtures("scope")


def test_marks_say_what_targets_say(django_assert_num_queries):
    by_hand = make_channel("By hand", network="by_hand", settings={"stands_for": "pinterest"})
    paused, gone = make_channel("Paused"), make_channel("Another", network="bluesky")
    Channel.objects.filter(pk=paused.pk).update(status=Channel.Status.PAUSED)
    campaign = make_campaign("Launch day")
    post = Post.objects.create(title="Rye", campaign=campaign, status="scheduled", scheduled_at=clock.now())
    none = Post.objects.create(title="Nowhere", campaign=campaign)
    for channel, status in ((paused, "scheduled"), (by_hand, "pending"), (gone, "taken_out")):
        at = post.scheduled_at if status == "scheduled" else None
        Target.objects.create(post=post, channel=channel, status=status, due_at=at, promised_at=at)
    wanted = Post.objects.filter(pk__in=[post.pk, none.pk]).order_by("-id")
    with django_assert_num_queries(1):
        light = list(cards.with_pauses(cards.with_marks(wanted)))
        shown = [(cards.networks_of(one), cards.held_word(one)) for one in light]
    assert shown == [([], ""), (["pinterest", "sandbox"], "Paused")]
    full = list(cards.with_pauses(cards.with_cards(wanted)))
    assert shown == [(cards.networks_of(one), cards.held_word(one)) for one in full]
    assert [cards.marks_of(one) for one in light] == [cards.marks_of(one) for one in full]
