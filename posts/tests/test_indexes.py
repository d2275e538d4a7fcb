"""Every filter, tab and order of the list of posts is answered from an index, on both engines."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from aura.kit import clock, paging
from aura.kit.testing import plan_of, settle_tables
from posts import lists
from posts.checks.around import APART, SAME_WORDS_WITHIN, promised_on
from posts.models import LinkAnswer, Post, Target
from posts.needs import Needs
from posts.tests._made import make_campaign, make_channel
from workspaces.scope import use_workspace

POSTS, OTHERS = 400, 3000
STATES = ["published"] * 14 + ["scheduled", "draft", "in_review", "failed", "missed", "approved"]


def fill(people, count):
    """Make posts of every state by these people, in ten campaigns, each on one of three channels."""
    now = clock.now()
    campaigns = [make_campaign(f"Campaign {n}") for n in range(10)]
    channels = [make_channel(f"Channel {n}") for n in range(3)]
    posts = Post.objects.bulk_create(
        Post(
            title=f"Post {n}",
            campaign=campaigns[n % 10],
            created_by=people[n % len(people)],
            status=STATES[n % 20],
            scheduled_at=None
            if STATES[n % 20] in {"draft", "in_review", "approved"}
            else now + timedelta(hours=n),
            trashed_at=now if n % 40 == 7 else None,
        )
        for n in range(count)
    )
    Target.objects.bulk_create(Target(post=post, channel=channels[n % 3]) for n, post in enumerate(posts))
    return {"campaign": campaigns[0].pk, "channel": channels[0].pk, "person": people[0].pk}


@pytest.fixture
def many(scope, other_workspace, alice, bob, carol, mallory):
    """Some posts here, more in another workspace, and a planner that knows of both."""
    with use_workspace(other_workspace):
        fill([mallory], OTHERS)
    ids = fill([bob, alice, carol], POSTS)
    settle_tables(Post, Target)
    return ids


def rows_of(query: str, person: Any) -> QuerySet[Post]:
    """The rows of a page, as the list asks for them."""
    asked = lists.read(QueryDict(query))
    posts = lists.posts_for(asked, lists.narrowed(asked), Needs.of(person, role="editor"))
    return posts.only("scheduled_at").order_by(*paging._order(asked.sort, back=False))[:26]


NEWEST = (
    "post_newest|posts_post_pkey"  # PostgreSQL may as well walk the ids themselves, which are in that order
)
OF_CHANNEL = (
    "target_posts_of_channel|target_by_(promise|words)"  # all begin with the channel; PostgreSQL takes any
)
OF_NEED = "post_by_status|post_by_author|post_states_of_author|posts_post_pkey|sqlite_autoindex_posts_post_1"
INDEX_OF = {
    "": NEWEST,
    "sort=oldest": NEWEST,
    "sort=soonest": "post_by_time",
    "sort=latest": "post_by_time",
    "state=draft": "post_by_status",
    "state=scheduled&sort=soonest": "post_by_status_and_time",
    "state=published&sort=latest": "post_by_status_and_time",
    "state=needs": "post_by_status|post_newest",
    "state=trash": "post_newest|post_trash_by_time",
    "state=trash&sort=latest": "post_trash_by_time",
    "campaign={campaign}": "post_by_campaign",
    "campaign={campaign}&sort=latest": "post_by_campaign_and_time",
    "campaign={campaign}&state=draft": "post_(by|states_of)_campaign",
    "person={person}": "post_(by|states_of)_author",
    "person={person}&sort=soonest": "post_by_author_and_time",
    "person={person}&state=draft": "post_(by|states_of)_author",
    "channel={channel}": OF_CHANNEL,
    "channel={channel}&state=draft": OF_CHANNEL,
}


def test_every_filter_of_posts_uses_an_index(many, bob):
    plans = {query: plan_of(rows_of(query.format(**many), bob)) for query in INDEX_OF}
    assert [(query, plan) for query, plan in plans.items() if not re.search(INDEX_OF[query], plan)] == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides by what was vacuumed")
def test_how_many_posts_a_list_by_time_has_is_counted_in_its_index(many, bob):
    for query in ("", "channel={channel}", "person={person}", "campaign={campaign}", "state=scheduled"):
        asked = lists.read(QueryDict(f"{query.format(**many)}&sort=soonest"))
        posts = lists.posts_for(asked, lists.narrowed(asked, bounded=True), Needs.of(bob, role="editor"))
        plan = plan_of(posts.order_by().values("pk")[:10_001])
        assert re.search(r"posts_post USING COVERING INDEX post_by_\w*time", plan), plan


def test_every_reason_to_need_somebody_uses_an_index(many, bob):
    posts = Post.objects.filter(trashed_at=None)
    for role in ("editor", "contributor"):
        needs = Needs.of(bob, role=role)
        plans = [plan_of(posts.filter(cause).order_by().values("pk")[:100]) for cause in needs._causes]
        assert [plan for plan in plans if not re.search(OF_NEED, plan)] == []


def test_rows_of_several_lists_are_found_by_their_ids(many):
    newest = Post.objects.filter(trashed_at=None).order_by("-id").values("pk")[:5]
    some = Post.objects.filter(pk__in=list(Post.objects.values_list("pk", flat=True)[300:320])).values("pk")
    rows = Post.objects.filter(paging.in_one_of(newest, some)).order_by()
    assert rows.count() == 25
    plan = plan_of(rows)
    assert re.search("posts_post_pkey|SEARCH posts_post USING .*id=", plan), plan
    assert "Seq Scan" not in plan


def test_what_the_rules_ask_while_somebody_types_uses_an_index(many):
    now, targets = clock.now(), list(Target.objects.order_by("pk"))
    for n, target in enumerate(targets):
        target.status, target.promised_at = Target.Status.PUBLISHED, now + timedelta(hours=n)
        target.words_hash = f"{n:032x}"
    Target.objects.bulk_update(targets, ["status", "promised_at", "words_hash"], batch_size=200)
    LinkAnswer.objects.bulk_create(
        LinkAnswer(digest=f"{n:064x}", url="https://rye.example/") for n in range(400)
    )
    settle_tables(Target, LinkAnswer)
    channel = targets[0].channel
    around = promised_on([channel]).filter(promised_at__gt=now - APART, promised_at__lt=now + APART)
    alike = promised_on([channel]).filter(
        words_hash__in=["7" * 32],
        promised_at__gte=now - SAME_WORDS_WITHIN,
        promised_at__lte=now + SAME_WORDS_WITHIN,
    )
    links = LinkAnswer.objects.filter(digest__in=["7" * 64])
    plans = {
        "target_by_promise": plan_of(around.order_by("promised_at", "id")),
        "target_by_words": plan_of(alike.order_by("-promised_at", "-id")),
        "link_once|sqlite_autoindex_posts_linkanswer": plan_of(links.order_by()),
    }
    assert [(name, plan) for name, plan in plans.items() if not re.search(name, plan)] == []
