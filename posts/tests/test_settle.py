"""Where a post stands, for every combination of targets and review."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from aura.kit import clock
from aura.kit.testing import just_now
from campaigns.models import Campaign
from posts.models import Post, Target
from posts.operations.settle import (
    arm,
    disarm,
    disarm_many,
    hold_for_change,
    settle,
    settle_many,
    status_of,
)
from posts.tests import _engine as engine
from workspaces.models import Activity, User
from workspaces.operation import Refused

S, T, R = Post.Status, Target.Status, Post.Review
statuses = st.lists(st.sampled_from([s for s in T.values if s != T.TAKEN_OUT]), max_size=6)
reviews = st.sampled_from(R.values)
OPEN = {S.DRAFT, S.IN_REVIEW, S.CHANGES_REQUESTED, S.APPROVED}


@given(reviews, statuses)
def test_every_combination_has_one_status_and_order_does_not_matter(review: str, found: list[str]) -> None:
    status = status_of(review, found)
    assert status in S.values
    assert status_of(review, list(reversed(found))) == status
    assert status_of(review, found + found) == status


@given(reviews, statuses)
def test_what_was_taken_out_counts_for_nothing(review: str, found: list[str]) -> None:
    assert status_of(review, [*found, T.TAKEN_OUT]) == status_of(review, found)


@given(reviews, statuses)
def test_what_needs_a_person_is_never_hidden(review: str, found: list[str]) -> None:
    assert (status_of(review, found) == S.NEEDS_CONFIRMATION) == (T.NEEDS_CONFIRMATION in found)


@given(reviews, statuses)
def test_sending_shows_unless_a_person_is_needed(review: str, found: list[str]) -> None:
    if T.NEEDS_CONFIRMATION not in found:
        assert (status_of(review, found) == S.PUBLISHING) == (T.SENDING in found)


@given(reviews, statuses)
def test_published_means_every_target_is_out(review: str, found: list[str]) -> None:
    assert (status_of(review, found) == S.PUBLISHED) == (bool(found) and set(found) == {T.PUBLISHED})


@given(reviews, statuses)
def test_a_failure_is_never_hidden_behind_what_still_comes(review: str, found: list[str]) -> None:
    status = status_of(review, found)
    if set(found) & {T.FAILED, T.MISSED} and not set(found) & {T.NEEDS_CONFIRMATION, T.SENDING}:
        assert status in {S.FAILED, S.MISSED, S.PARTLY_PUBLISHED}
        assert (status == S.PARTLY_PUBLISHED) == (T.PUBLISHED in found)


@given(reviews, statuses)
def test_review_shows_only_while_nothing_is_under_way(review: str, found: list[str]) -> None:
    quiet = set(found) <= {T.PENDING, T.CANCELLED} and set(found) != {T.CANCELLED}
    assert (status_of(review, found) in OPEN) == quiet


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], S.DRAFT),
        ([T.PENDING], S.DRAFT),
        ([T.CANCELLED], S.CANCELLED),
        ([T.CANCELLED, T.PENDING], S.DRAFT),
        ([T.SCHEDULED, T.PUBLISHED], S.SCHEDULED),
        ([T.SCHEDULED, T.MISSED], S.MISSED),
        ([T.FAILED, T.MISSED], S.FAILED),
        ([T.PUBLISHED, T.CANCELLED], S.PARTLY_PUBLISHED),
        ([T.PUBLISHED, T.MISSED, T.SCHEDULED], S.PARTLY_PUBLISHED),
    ],
)
def test_the_cases_one_has_to_know(found: list[str], status: str) -> None:
    assert status_of(R.NONE, found) == status


def test_one_and_many_agree_on_every_pair(scope: object) -> None:
    channels = [engine.channel(name=name) for name in ("one", "two")]
    now = clock.now()
    made = []
    for pair in product(T.values, repeat=2):
        post = engine.post(*channels, scheduled_at=now)
        for target, status in zip(Target.objects.filter(post=post), pair, strict=True):
            busy = status in {T.SCHEDULED, T.SENDING}
            Target.objects.filter(pk=target.pk).update(
                status=status, key=f"{target.pk}", due_at=now if busy else None
            )
        made.append(post.pk)
    settle_many(made)
    together = dict(Post.objects.values_list("pk", "status"))
    for pk in made:
        settle(pk)
    assert dict(Post.objects.values_list("pk", "status")) == together
    assert len(set(together.values())) > 6


def test_published_at_is_the_first_to_be_out_and_goes_with_it(scope: object) -> None:
    post = engine.post(engine.channel(name="one"), engine.channel(name="two"))
    first, second = Target.objects.filter(post=post)
    now = clock.now()
    Target.objects.filter(pk=first.pk).update(status=T.PUBLISHED, published_at=now)
    Target.objects.filter(pk=second.pk).update(status=T.PUBLISHED, published_at=now - timedelta(minutes=1))
    assert settle(post.pk) == S.PUBLISHED
    assert engine.fresh(post).published_at == now - timedelta(minutes=1)
    Target.objects.filter(post=post).update(status=T.PENDING)
    settle(post.pk)
    assert engine.fresh(post).published_at is None


@pytest.mark.parametrize("put_away", [False, True])
def test_the_first_post_that_is_out_starts_its_campaign_once(
    scope: object, django_capture_on_commit_callbacks: Any, put_away: bool
) -> None:
    now = clock.now()
    for _ in range(2):
        post = engine.post(engine.channel(name=f"{now}"), title="Out")
        Campaign.objects.update(archived_at=now if put_away else None)
        Target.objects.filter(post=post).update(status=T.PUBLISHED, published_at=now)
        with django_capture_on_commit_callbacks(execute=True):
            settle(post.pk)
            settle(post.pk)
        now += timedelta(minutes=1)
    campaign = Campaign.objects.get()
    said = Activity.objects.filter(verb="campaigns.start_campaign", actor=None, subject_id=campaign.pk)
    assert (campaign.has_started, said.count()) == ((False, 0) if put_away else (True, 1))
    assert campaign.status == ("onboarding_incomplete" if put_away else "in_progress")
    assert campaign.version == 1  # whoever writes its brief is not told of a change they cannot see


def test_a_post_that_is_not_out_starts_nothing(
    scope: object, django_capture_on_commit_callbacks: Any
) -> None:
    post = engine.post(engine.channel())
    Target.objects.filter(post=post).update(status=T.FAILED)
    with django_capture_on_commit_callbacks(execute=True):
        settle(post.pk)
    assert not Campaign.objects.get().has_started


def test_arm_promises_every_target_that_is_not_out(scope: object) -> None:
    post = engine.post(engine.channel(name="one"), engine.channel(name="two"))
    first, second = Target.objects.filter(post=post)
    Target.objects.filter(pk=first.pk).update(status=T.PUBLISHED)
    Target.objects.filter(pk=second.pk).update(status=T.FAILED, tries=5, sentence="It broke.")
    at = clock.now() + timedelta(hours=1)
    assert arm(post, at) == 1
    second.refresh_from_db()
    assert (second.status, second.due_at, second.promised_at, second.tries) == (T.SCHEDULED, at, at, 0)
    assert engine.fresh(post).status == S.SCHEDULED


def test_arm_refuses_a_post_without_channels(scope: object) -> None:
    with pytest.raises(Refused, match="at least one channel"):
        arm(engine.post(), clock.now())


@pytest.mark.parametrize("status", [T.SENDING, T.NEEDS_CONFIRMATION])
def test_nothing_can_be_promised_while_it_may_be_out(scope: object, status: str) -> None:
    post = engine.post(engine.channel(), scheduled_at=clock.now())
    Target.objects.filter(post=post).update(status=status, key="k", due_at=just_now())
    with pytest.raises(Refused):
        arm(post, clock.now() + timedelta(hours=1))
    with pytest.raises(Refused):
        hold_for_change(post.pk)


def test_disarm_takes_the_promise_back(scope: object) -> None:
    post = engine.post(engine.channel())
    arm(post, clock.now() + timedelta(hours=1))
    assert disarm(post) == 1
    kept = engine.fresh(post)
    assert (kept.status, kept.scheduled_at) == (S.DRAFT, None)
    assert engine.target_of(post).due_at is None


def test_disarm_is_refused_in_the_second_of_sending(scope: object) -> None:
    post = engine.post(engine.channel())
    arm(post, clock.now())
    held = {"claim_token": uuid.uuid4(), "lease_until": clock.now() + timedelta(minutes=1)}
    Target.objects.filter(post=post).update(status=T.SENDING, key="k", **held)
    settle(post.pk)
    with pytest.raises(Refused, match="being sent"):
        disarm(post)
    with pytest.raises(Refused, match="being sent"):
        disarm_many(Target.objects.filter(post=post))


def test_what_nobody_can_tell_of_says_when_aura_looks_again(
    scope: object, alice: User, client_of: Callable[[User], Client]
) -> None:
    post = engine.post(engine.channel())
    arm(post, clock.now())
    later = datetime(2099, 3, 23, 9, 30, tzinfo=UTC)
    Target.objects.filter(post=post).update(status=T.SENDING, key="k", due_at=later)
    settle(post.pk)
    for act in (lambda: disarm(post), lambda: disarm_many(Target.objects.filter(post=post))):
        with pytest.raises(Refused, match=r"Aura looks again Mon 23 Mar \d\d:30: try again after that"):
            act()
    page = client_of(alice).get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "Aura looks again" in page and "23 Mar" in page


def test_many_are_disarmed_with_the_same_number_of_statements(
    scope: object, django_assert_max_num_queries: object
) -> None:
    channel = engine.channel()
    for number in range(12):
        arm(engine.post(channel, title=str(number)), clock.now() + timedelta(hours=1))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert len(disarm_many(Target.objects.filter(channel=channel))) == 12
    assert set(Post.objects.values_list("status", "scheduled_at")) == {(S.DRAFT, None)}
