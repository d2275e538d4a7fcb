"""The engine against a network that misbehaves, over real HTTP: what goes out, what is written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from media_library.models import Asset
from posts.models import Attempt, Channel, Post, SandboxPost, Target
from posts.networks import by_hand
from posts.networks.standin import Behaviour, StandIn
from posts.networks.webhook import Webhook
from posts.tests import _engine as engine
from posts.tests._engine import in_threads
from posts.tests._made import make_asset, use
from workspaces.models import Activity, Workspace
from workspaces.scope import use_workspace

S, T, B = Post.Status, Target.Status, Behaviour
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(settings: Any) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def test_a_due_post_goes_out_once_and_says_so(network: StandIn) -> None:
    post = engine.due_post(engine.webhook(network))
    target = engine.publish(post)
    assert target.status == T.PUBLISHED
    assert [one.key for one in network.posts] == [target.key]
    assert target.remote_url.startswith("http://127.0.0.1")
    assert engine.fresh(post).status == S.PUBLISHED
    assert engine.fresh(post).published_at
    line = Attempt.objects.get(target=target)
    assert (line.outcome, line.key, line.by, line.number) == ("accepted", target.key, "Aura", 1)
    assert line.ended_at
    assert line.sentence
    assert (target.claim_token, target.lease_until, target.due_at) == (None, None, None)
    told = Activity.objects.get(verb="posts.publish_target")
    assert told.details["status"] == "published"


def test_what_is_not_due_stays(network: StandIn) -> None:
    post = engine.due_post(engine.webhook(network), late=-60)
    assert engine.publish(post).status == T.SCHEDULED
    assert not network.received


def test_a_post_goes_to_two_channels_each_by_itself(network: StandIn) -> None:
    post = engine.due_post(engine.webhook(network), engine.channel("sandbox"))
    for target in Target.objects.filter(post=post):
        engine.run(engine.PUBLISH, target)
    assert engine.fresh(post).status == S.PUBLISHED
    assert len(network.posts) == SandboxPost.objects.count() == 1


def test_a_picture_whose_rights_ended_since_stops_the_post_and_nothing_is_sent(network: StandIn) -> None:
    asset = make_asset()
    post = engine.due_post(engine.webhook(network))
    use(asset, post)
    Asset.objects.filter(pk=asset.pk).update(expires_date=(clock.now() - timedelta(days=2)).date())
    target = engine.publish(post)
    assert (target.status, network.received) == (T.FAILED, [])
    assert "may be used until" in target.sentence
    assert "Take another picture" in target.sentence
    assert Attempt.objects.get(target=target).code == "rights_ended"


def test_own_words_go_out_instead_of_the_caption(network: StandIn) -> None:
    post = engine.due_post(engine.webhook(network))
    Target.objects.filter(post=post).update(own_words="Own words.")
    engine.publish(post)
    assert "Own words." in network.posts[0].body
    assert "Bread, slowly." not in network.posts[0].body


@pytest.mark.parametrize("behaviour", [B.REFUSE, B.UNAUTHORIZED, B.REDIRECT])
def test_F7_refused_is_failed_with_a_sentence(network: StandIn, behaviour: Behaviour) -> None:
    network.behave(behaviour)
    post = engine.due_post(engine.webhook(network))
    target = engine.publish(post)
    assert target.status == T.FAILED
    assert len(target.sentence) > 20
    assert engine.ledger_of(target) == [("publish", "rejected")]
    assert engine.fresh(post).status == S.FAILED
    assert not network.posts


def test_F7_gone_stops_the_channel_and_the_others_wait(network: StandIn) -> None:
    network.behave(B.GONE)
    channel = engine.webhook(network)
    first, second = engine.due_post(channel), engine.due_post(channel)
    assert engine.publish(first).status == T.FAILED
    channel.refresh_from_db()
    assert channel.status == Channel.Status.BROKEN
    assert channel.problem
    waiting = engine.publish(second)
    assert waiting.status == T.SCHEDULED
    assert "not connected" in waiting.sentence
    assert len(network.received) == 1


def test_F7_too_many_waits_as_told_and_so_does_the_channel(network: StandIn) -> None:
    network.behave(B.BUSY)
    channel = engine.webhook(network)
    first, second = engine.due_post(channel), engine.due_post(channel)
    before = clock.now()
    waiting = engine.publish(first)
    assert waiting.status == T.SCHEDULED
    assert waiting.due_at >= before + timedelta(seconds=6)
    assert engine.ledger_of(waiting) == [("publish", "retry")]
    assert engine.publish(second).sentence.endswith("asked us to wait.")
    assert len(network.received) == 1
    Channel.objects.update(not_before=None)
    Target.objects.update(due_at=just_now())
    again = engine.publish(first)
    assert again.status == T.PUBLISHED
    assert again.key == waiting.key
    assert len(network.posts) == 1


def test_F7_one_channel_in_trouble_leaves_the_others_alone(network: StandIn) -> None:
    network.behave(B.GONE)
    assert engine.publish(engine.due_post(engine.webhook(network))).status == T.FAILED
    assert engine.publish(engine.due_post(engine.channel("sandbox"))).status == T.PUBLISHED


def test_the_fifth_failure_is_set_aside_with_its_reason(network: StandIn) -> None:
    network.behave(*[B.UNAVAILABLE] * 5)
    post = engine.due_post(engine.webhook(network))
    for _ in range(5):
        Channel.objects.update(not_before=None)
        Target.objects.update(due_at=just_now())
        target = engine.publish(post)
    assert target.status == T.FAILED
    assert "gave up after 5 tries" in target.sentence
    assert not network.posts


def test_a_run_that_always_breaks_is_quarantined(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("posts.operations.publishing.judge", broken)
    post = engine.due_post(engine.channel())
    for _ in range(5):
        with pytest.raises(RuntimeError):
            engine.publish(post)
        Target.objects.update(lease_until=None, claim_token=None, due_at=just_now())
    target = engine.publish(post)
    assert target.status == T.FAILED
    assert "gave up after 5 tries" in target.sentence
    assert target.attempts.get().code == "quarantined"


@pytest.mark.parametrize("behaviour", [B.HANG, B.DROP_AFTER_WRITE, B.FAIL_AFTER_WRITE])
def test_F6_accepted_without_an_answer_is_one_post(
    network: StandIn, behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    if behaviour is B.HANG:
        monkeypatch.setattr(Webhook, "timeout_seconds", 1)
    network.behave(behaviour)
    post = engine.due_post(engine.webhook(network))
    unclear = engine.publish(post)
    assert (unclear.status, engine.fresh(post).status) == (T.SENDING, S.PUBLISHING)
    assert unclear.due_at > clock.now() + timedelta(seconds=8)
    assert unclear.lease_until is None
    found = engine.reconcile(unclear)
    assert found.status == T.PUBLISHED
    assert len(network.posts) == 1
    assert len({one.key for one in network.received}) == 1
    assert engine.ledger_of(found) == [("publish", "ambiguous"), ("publish", "accepted")]


def test_F6_no_answer_before_the_write_is_one_post_too(network: StandIn) -> None:
    network.behave(B.DROP_BEFORE_WRITE, B.FAIL_BEFORE_WRITE)
    target = engine.publish(engine.due_post(engine.webhook(network)))
    target = engine.reconcile(engine.reconcile(target))
    assert target.status == T.PUBLISHED
    assert len(network.posts) == 1


def test_F6_never_an_answer_ends_with_a_person(network: StandIn) -> None:
    network.default = B.DROP_AFTER_WRITE
    post = engine.due_post(engine.webhook(network))
    target = engine.publish(post)
    waits = []
    for _ in range(4):
        waits.append((target.due_at - clock.now()).total_seconds())
        target = engine.reconcile(target)
    assert [round(wait, -1) for wait in waits] == [10, 50, 240, 1500]
    assert target.status == T.NEEDS_CONFIRMATION
    assert engine.fresh(post).status == S.NEEDS_CONFIRMATION
    assert len(network.posts) == 1


def test_F6_refused_after_no_answer_is_for_a_person(network: StandIn) -> None:
    network.behave(B.DROP_AFTER_WRITE, B.REFUSE)
    target = engine.reconcile(engine.publish(engine.due_post(engine.webhook(network))))
    assert target.status == T.NEEDS_CONFIRMATION
    assert "no clear answer" in target.sentence
    assert len(network.posts) == 1


def test_F7_too_many_after_no_answer_keeps_looking(network: StandIn) -> None:
    network.behave(B.DROP_AFTER_WRITE, B.BUSY)
    target = engine.reconcile(engine.publish(engine.due_post(engine.webhook(network))))
    assert target.status == T.SENDING
    assert engine.reconcile(target).status == T.PUBLISHED
    assert len(network.posts) == 1


def test_a_paused_channel_sends_nothing_again(network: StandIn) -> None:
    network.behave(B.DROP_AFTER_WRITE)
    target = engine.publish(engine.due_post(engine.webhook(network)))
    Channel.objects.update(status=Channel.Status.PAUSED)
    assert engine.reconcile(target).status == T.SENDING
    assert len(network.received) == 1


def test_an_adapter_that_breaks_may_have_sent(network: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Webhook, "publish", broken)
    assert engine.publish(engine.due_post(engine.webhook(network))).status == T.SENDING


def test_by_hand_hands_over_with_the_words_at_its_time() -> None:
    hand = engine.channel("by_hand", settings={"stands_for": "linkedin", "where": "Barrow & Rye"})
    post = engine.due_post(hand)
    target = engine.publish(post)
    assert target.status == T.NEEDS_CONFIRMATION
    assert target.snapshot["text"] == "Bread, slowly."
    assert "LinkedIn Barrow & Rye" in target.sentence
    assert engine.ledger_of(target) == [("publish", "not_sent")]
    assert by_hand.ByHand.slug == target.channel.network


# Twice, and in parallel ----------------------------------------------------------------------------------------------


def test_F5_each_task_twice_is_one_effect(network: StandIn) -> None:
    network.behave(B.ACCEPT, B.DROP_AFTER_WRITE)
    channel = engine.webhook(network)
    first, second = engine.due_post(channel), engine.due_post(channel)
    engine.publish(first)
    assert not engine.run(engine.PUBLISH, engine.target_of(first))
    assert not engine.run(engine.RECONCILE, engine.target_of(first))
    unclear = engine.publish(second)
    engine.reconcile(unclear)
    assert not engine.run(engine.RECONCILE, unclear)
    assert len(network.posts) == 2


def test_F5_a_stale_token_does_nothing(network: StandIn) -> None:
    from posts import tasks

    target = engine.target_of(engine.due_post(engine.webhook(network)))
    tasks.publish_target(target.pk, target.pk)
    tasks.reconcile_target(target.pk, target.pk)
    assert not network.received
    assert engine.target_of(target.post).status == T.SCHEDULED


@pytest.mark.race
def test_F5_five_threads_ring_the_same_rows(network: StandIn) -> None:
    channel = engine.webhook(network)
    posts = [engine.due_post(channel, title=str(number)) for number in range(5)]
    targets = [engine.target_of(post) for post in posts]

    def everything() -> None:
        for target in targets:
            engine.run(engine.PUBLISH, target)

    in_threads([everything] * 5)
    assert len(network.received) == 5
    assert set(Target.objects.values_list("status", flat=True)) == {T.PUBLISHED}


def test_T7_a_task_with_a_foreign_workspace_does_nothing(
    network: StandIn, other_workspace: Workspace
) -> None:
    target = engine.target_of(engine.due_post(engine.webhook(network)))
    assert not jobs.run_one(engine.PUBLISH, other_workspace.pk, target.pk)
    with use_workspace(other_workspace):
        from posts import tasks

        tasks.publish_target(target.pk, target.pk)
    assert not network.received
    assert engine.target_of(target.post).status == T.SCHEDULED


def test_the_snapshot_is_what_a_second_try_sends(network: StandIn) -> None:
    network.behave(B.DROP_BEFORE_WRITE)
    post = engine.due_post(engine.webhook(network))
    unclear = engine.publish(post)
    Post.objects.filter(pk=post.pk).update(caption="Changed behind our back.")
    engine.reconcile(unclear)
    assert "Bread, slowly." in network.posts[0].body


def test_new_words_after_a_wait_get_a_new_key(network: StandIn) -> None:
    network.behave(B.BUSY)
    post = engine.due_post(engine.webhook(network))
    waiting = engine.publish(post)
    Channel.objects.update(not_before=None)
    Post.objects.filter(pk=post.pk).update(caption="New words.")
    Target.objects.update(due_at=just_now())
    assert engine.publish(post).key != waiting.key
    assert "New words." in network.posts[0].body


@pytest.mark.race
def test_F8_many_claimers_share_what_is_due_and_take_nothing_twice() -> None:
    channel = engine.channel()
    for number in range(60):
        engine.due_post(channel, title=str(number))
    won: list[Any] = []

    def claim() -> None:
        due_list = jobs.DueList("test", rows=jobs.REGISTRY[engine.PUBLISH].rows, run=lambda pk, token: None)
        while some := due_list.claim_some(7):
            won.extend(some)

    in_threads([claim] * 4)
    assert len(won) == len({pk for _, pk, _ in won}) == 60
    held = {(row.pk, row.claim_token) for row in Target.objects.all()}
    assert held == {(pk, token) for _, pk, token in won}
