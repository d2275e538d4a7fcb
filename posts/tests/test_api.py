"""The calls of posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client

from aura.kit import clock
from aura.kit.testing_api import by_session
from posts.models import Post
from posts.tests import _engine as engine
from workspaces.models import User, Workspace


def test_the_schedule_of_a_campaign_is_its_posts_by_time(
    carol: User, scope: Workspace, client_of: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    channel = engine.channel()
    later, sooner, undated, gone = (engine.post(channel) for _ in range(4))
    campaign = later.campaign_id
    Post.objects.update(campaign=campaign)
    for post, days in ((later, 9), (sooner, 2), (gone, 3)):
        at = clock.now() + timedelta(days=days)
        Post.objects.filter(pk=post.pk).update(scheduled_at=at, wall_time="2026-03-09T10:00:00", zone="UTC")
    Post.objects.filter(pk=undated.pk).update(scheduled_at=None, status="draft")
    Post.objects.filter(pk=gone.pk).update(trashed_at=clock.now())
    call = by_session(client_of(carol), "barrow-rye")
    call.get(f"/campaigns/{campaign}/schedule")
    with django_assert_max_num_queries(12):
        answer = call.get(f"/campaigns/{campaign}/schedule").json()
    assert [one["id"] for one in answer["items"]] == [str(sooner.pk), str(later.pk)]
    assert answer["items"][0]["targets"][0]["channel"] == str(channel.pk)
    first = call.get(f"/campaigns/{campaign}/schedule?limit=1").json()
    rest = call.get(f"/campaigns/{campaign}/schedule?limit=1&cursor={first['next']}").json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([str(later.pk)], None)
