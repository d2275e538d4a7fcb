"""Threads and first comments in the engine: each part once, in order, and what happens when one does not go out."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.urls import reverse

from aura.kit import clock
from aura.kit.testing import just_now
from posts import cards
from posts.models import Channel, Post, SandboxPost, Target, TargetMedia
from posts.networks import get_network
from posts.networks.standin import Behaviour, StandIn
from posts.operations import confirming, review, scheduling, writing
from posts.operations.following import LOOK_ANYWAY
from posts.parts import Own, Part, own_of, sayings
from posts.snapshot import content_of
from posts.tests import _engine as engine
from posts.tests._made import make_asset, use
from posts.tests.test_publishing_races import run_in_a_process
from workspaces.models import Activity, User, Workspace
from workspaces.operation import Refused
from workspaces.scope import use_workspace

S, T, B = Post.Status, Target.Status, Behaviour
pytestmark = pytest.mark.django_db(transaction=True)
THREAD = Own(parts=(Part("Second."), Part("Third.")), comment="#rye")


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


@pytest.fixture
def network(settings: Any) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


def written(channel: Channel, own: Own = THREAD, *, by: User, caption: str = "First.") -> Post:
    post = Post(campaign=engine.campaign(), title="Rye", caption=caption)
    return writing.create_post(post, words={channel: ""}, pictures=[], own={channel: own}, by=by)


def due(channel: Channel, own: Own = THREAD, *, by: User) -> Post:
    return scheduling.publish_post(written(channel, own, by=by), by=by)


def chain(post: Post) -> list[Target]:
    return list(Target.objects.filter(post=post).order_by("as_comment", "position"))


def states(post: Post) -> list[str]:
    return [str(target.status) for target in chain(post)]


def work(post: Post, rounds: int = 6) -> None:
    """Do what a worker does until nothing is due."""
    for _ in range(rounds):
        for target in chain(post):
            engine.run(engine.PUBLISH, target)


def test_a_thread_goes_out_part_by_part_each_below_the_one_before(bob: User) -> None:
    post = due(engine.channel(), by=bob)
    root, second, third, comment = chain(post)
    assert not engine.run(engine.PUBLISH, third)
    assert engine.run(engine.PUBLISH, root)
    assert states(post) == ["published", "scheduled", "scheduled", "scheduled"]
    assert not engine.run(
        engine.PUBLISH, third
    )  # the second part is due now, and the comment; the third is not
    work(post)
    assert states(post) == ["published"] * 4
    assert engine.fresh(post).status == S.PUBLISHED
    rows = {row.key.partition(".")[0]: row for row in SandboxPost.objects.all()}
    out = [rows[str(one.pk)] for one in (root, second, third, comment)]
    assert [row.payload["text"] for row in out] == ["First.", "Second.", "Third.", "#rye"]
    assert [row.root_id for row in out] == [None, out[0].pk, out[0].pk, out[0].pk]
    assert [row.as_comment for row in out] == [False, False, False, True]
    told = [target.snapshot.get("reply_to") for target in chain(post)]
    assert told[0] is None
    assert told[2] == {"remote_id": str(out[1].pk), "root_id": str(out[0].pk), "as_comment": False}
    assert told[3] == {"remote_id": str(out[0].pk), "root_id": str(out[0].pk), "as_comment": True}
    assert Activity.objects.filter(verb="posts.publish_target").count() == 1


@pytest.mark.parametrize("failpoint", ["publish.after_sending", "publish.after_call"])
def test_F4_killed_in_the_middle_of_a_thread_no_part_is_out_twice_and_none_is_lost(
    failpoint: str, bob: User
) -> None:
    post = due(engine.channel(), by=bob)
    root, second, *_ = chain(post)
    engine.run(engine.PUBLISH, root)
    assert run_in_a_process(engine.PUBLISH, second, failpoint) == -signal.SIGKILL
    assert chain(post)[2].status == T.SCHEDULED
    for _ in range(4):
        Target.objects.exclude(claim_token=None).update(lease_until=clock.now() - timedelta(seconds=1))
        Channel.objects.update(next_turn_at=None)  # the longest call is over
        for target in chain(post):
            engine.run(engine.PUBLISH, target)
            engine.run(engine.RECONCILE, target)
    assert states(post) == ["published"] * 4
    texts = [
        row.payload["text"]
        for row in SandboxPost.objects.filter(as_comment=False).order_by("received_at", "id")
    ]
    assert texts == ["First.", "Second.", "Third."]
    assert SandboxPost.objects.filter(as_comment=True).count() == 1


def test_what_follows_a_part_that_was_refused_stops_and_sending_that_part_brings_the_rest(
    network: StandIn, bob: User
) -> None:
    post = due(engine.webhook(network), by=bob)
    engine.run(engine.PUBLISH, chain(post)[0])
    network.behave(B.REFUSE)
    engine.run(engine.PUBLISH, chain(post)[1])
    assert states(post)[:3] == ["published", "failed", "failed"]
    third = chain(post)[2]
    assert third.sentence == "Part 2 did not go out, so this stopped. Send that part and it follows."
    assert engine.ledger_of(third) == [("publish", "not_sent")]
    work(post)
    assert states(post) == ["published", "failed", "failed", "published"]  # the comment hangs below the post
    assert engine.fresh(post).status == S.PARTLY_PUBLISHED
    with pytest.raises(Refused, match="follows part 2, which is not out yet"):
        confirming.retry_target(third, by=bob)
    confirming.retry_target(chain(post)[1], by=bob)
    assert states(post)[1:3] == ["scheduled", "scheduled"]
    work(post)
    assert states(post) == ["published"] * 4
    bodies = [json.loads(one.body)["data"] for one in network.posts]
    assert sorted(body["text"] for body in bodies) == ["#rye", "First.", "Second.", "Third."]
    third_body = next(body for body in bodies if body["text"] == "Third.")
    named = {json.loads(one.body)["data"]["text"]: one for one in network.posts}
    assert set(third_body["reply_to"]) == {"remote_id", "root_id", "as_comment"}
    assert third_body["reply_to"]["remote_id"] == chain(post)[1].remote_id
    assert "reply_to" not in json.loads(named["First."].body)["data"]


def test_when_the_post_itself_is_refused_nothing_follows_and_send_the_rest_brings_all(
    network: StandIn, bob: User
) -> None:
    network.behave(B.REFUSE)
    post = due(engine.webhook(network), by=bob)
    work(post)
    assert states(post) == ["failed"] * 4
    assert engine.fresh(post).status == S.FAILED
    assert not network.posts
    scheduling.publish_post(post, by=bob)
    work(post)
    assert states(post) == ["published"] * 4
    assert len(network.posts) == 4


def test_a_part_that_waits_wakes_nobody_and_misses_nothing(bob: User) -> None:
    channel = engine.channel()
    post = scheduling.schedule_post(written(channel, by=bob), at=clock.now() + timedelta(hours=1), by=bob)
    at = engine.fresh(post).scheduled_at
    assert at
    root, second, *_ = chain(post)
    assert (root.due_at, second.due_at) == (at, at + LOOK_ANYWAY)
    Target.objects.filter(post=post).update(due_at=just_now(), promised_at=clock.now())
    assert engine.run(engine.PUBLISH, second)
    second.refresh_from_db()
    assert (second.status, second.tries) == (T.SCHEDULED, 0)
    assert second.sentence == "It goes out after the post itself."
    work(post)
    assert states(post) == ["published"] * 4


def test_a_part_that_may_be_live_holds_the_next_until_somebody_says_so(bob: User) -> None:
    post = due(
        engine.channel("by_hand", settings={"stands_for": "mastodon"}), Own(parts=(Part("Second."),)), by=bob
    )
    work(post)
    assert states(post) == ["needs_confirmation", "scheduled"]
    confirming.confirm_target(chain(post)[0], by=bob)
    work(post)
    assert states(post) == ["published", "needs_confirmation"]
    confirming.cancel_target(chain(post)[1], by=bob)
    assert engine.fresh(post).status == S.PARTLY_PUBLISHED


def test_a_part_below_one_that_was_confirmed_by_hand_waits_for_a_person(network: StandIn, bob: User) -> None:
    post = due(engine.webhook(network), Own(parts=(Part("Second."),)), by=bob)
    root = chain(post)[0]
    Target.objects.filter(pk=root.pk).update(status=T.NEEDS_CONFIRMATION, key="k", due_at=None)
    confirming.confirm_target(root, by=bob)
    work(post)
    assert states(post) == ["published", "needs_confirmation"]
    assert "by hand" in chain(post)[1].sentence
    assert not network.received


def test_a_part_left_out_stops_the_rest_and_a_post_left_out_takes_all_with_it(bob: User) -> None:
    channel = engine.channel()
    post = due(channel, by=bob)
    engine.run(engine.PUBLISH, chain(post)[0])
    Target.objects.filter(pk=chain(post)[1].pk).update(status=T.NEEDS_CONFIRMATION, key="k", due_at=None)
    confirming.cancel_target(chain(post)[1], by=bob)
    assert states(post)[1:3] == ["cancelled", "failed"]
    confirming.retry_target(chain(post)[2], by=bob)  # below the first part, as the second is left out
    work(post)
    assert states(post) == ["published", "cancelled", "published", "published"]
    other = due(channel, by=bob)
    Target.objects.filter(pk=chain(other)[0].pk).update(status=T.NEEDS_CONFIRMATION, key="k", due_at=None)
    confirming.cancel_target(chain(other)[0], by=bob)
    assert states(other) == ["cancelled"] * 4
    assert engine.fresh(other).status == S.CANCELLED


def test_calling_off_unscheduling_and_the_trash_mean_every_part(bob: User) -> None:
    post = written(engine.channel(), by=bob)
    at = clock.now() + timedelta(hours=1)
    scheduling.schedule_post(post, at=at, by=bob)
    scheduling.unschedule_post(post, by=bob)
    assert states(post) == ["pending"] * 4
    scheduling.schedule_post(post, at=at, by=bob)
    scheduling.cancel_post(post, by=bob)
    assert states(post) == ["cancelled"] * 4
    assert own_of(post)[chain(post)[0].channel] == THREAD  # called off is not thrown away
    half = due(engine.channel(name="Other"), by=bob)
    engine.run(engine.PUBLISH, chain(half)[0])
    scheduling.cancel_post(half, by=bob)
    assert states(half) == ["published", "cancelled", "cancelled", "cancelled"]
    work(half)
    assert SandboxPost.objects.count() == 1


@pytest.mark.race
def test_F13_an_edit_while_the_second_part_is_sent_is_refused_and_the_thread_goes_out_as_it_was(
    bob: User, scope: Workspace
) -> None:
    channel = engine.channel()
    for _ in range(3):
        post = due(channel, by=bob)
        engine.run(engine.PUBLISH, chain(post)[0])
        second, start = chain(post)[1], threading.Barrier(2)

        def send(second: Target = second, start: threading.Barrier = start) -> None:
            with use_workspace(scope):
                start.wait()
                engine.run(engine.PUBLISH, second)
            connections.close_all()

        worker = threading.Thread(target=send)
        worker.start()
        start.wait()
        stored = engine.fresh(post)
        with pytest.raises(Refused, match=r"is out|being sent"):
            writing.edit_post(
                stored, words={channel: "New."}, pictures=[], own={}, version=stored.version, by=bob
            )
        worker.join()
        work(post)
        assert states(post) == ["published"] * 4
        assert [one.snapshot["text"] for one in chain(post)] == ["First.", "Second.", "Third.", "#rye"]


def test_an_edit_changes_parts_in_place_and_takes_the_approval_away(bob: User, alice: User) -> None:
    channel = engine.channel()
    asset, other = make_asset(), make_asset("Crumb")
    post = written(channel, Own(pictures=(asset,), parts=(Part("Second.", (asset, other)),)), by=bob)
    review.submit_post(post, by=bob)
    review.approve_post(post, by=alice)
    stored = engine.fresh(post)
    same = writing.edit_post(stored, words={channel: ""}, pictures=[], version=stored.version, by=bob)
    assert not same.voided  # who says nothing about parts leaves them
    changed = Own(pictures=(other,), parts=(Part("Second!"), Part("Third.")), comment="#rye", numbered=True)
    edit = writing.edit_post(
        same.post, words={channel: ""}, pictures=[], own={channel: changed}, version=same.post.version, by=bob
    )
    assert edit.voided == ("own pictures", "parts", "first comment", "numbering")
    assert own_of(edit.post) == {channel: changed}
    asset.refresh_from_db()
    assert (asset.use_count, TargetMedia.objects.filter(asset=asset).count()) == (0, 0)
    content = content_of(edit.post)
    assert content["format"] == 2
    own = content["own"][str(channel.pk)]
    assert [part["words"] for part in own["parts"]] == ["Second!", "Third."]
    copy = writing.duplicate_post(edit.post, by=bob)
    assert own_of(copy) == {channel: changed}
    fewer = writing.edit_post(
        edit.post, words={channel: ""}, pictures=[], own={}, version=edit.post.version, by=bob
    )
    assert [target.position for target in chain(fewer.post)] == [0]


def test_own_pictures_go_out_instead_of_the_shared_ones_and_numbers_stand_at_the_end(
    network: StandIn, bob: User
) -> None:
    channel, plain = engine.webhook(network), engine.channel()
    shared, mine, later = make_asset("Shared"), make_asset("Mine"), make_asset("Later")
    post = Post(campaign=engine.campaign(), title="Rye", caption="First.")
    writing.create_post(
        post,
        words={channel: "", plain: ""},
        pictures=[shared],
        own={channel: Own(pictures=(mine,), parts=(Part("Second.", (later,)),), numbered=True)},
        by=bob,
    )
    scheduling.publish_post(post, by=bob)
    work(post)
    shown = {
        (target.channel_id, target.position): [item["name"] for item in target.snapshot["media"]]
        for target in chain(post)
    }
    assert shown == {(channel.pk, 0): ["Mine"], (channel.pk, 1): ["Later"], (plain.pk, 0): ["Shared"]}
    texts = {json.loads(one.body)["data"]["text"] for one in network.posts}
    assert texts == {"First. 1/2", "Second. 2/2"}


def test_a_network_without_threads_refuses_parts_and_each_part_is_judged_by_itself(bob: User) -> None:
    from posts import checks

    linkedin = engine.channel("by_hand", name="LinkedIn", settings={"stands_for": "linkedin"})
    x = engine.channel("by_hand", name="X", settings={"stands_for": "x"})
    long = Own(parts=(Part("a" * 281), Part("b" * 277)), numbered=True)
    post = Post(title="Rye", caption="First.")
    found = checks.findings_of(post, None, {linkedin: "", x: ""}, [], own={linkedin: THREAD, x: long})
    places = {(check.channel and check.channel.name, check.code, check.field) for check in found}
    assert ("LinkedIn", "no_threads", "parts.1.text") in places
    assert not any(place[2].startswith("comment") for place in places)
    assert ("X", "text_too_long", "parts.1.text") in places
    assert ("X", "text_too_long", "parts.2.text") in places  # 277 and the number
    assert sayings("First.", [], long)[0].words == "First. 1/3"
    stored = written(x, Own(parts=(Part("a" * 281),)), by=bob)
    with pytest.raises(Refused, match="too long"):
        scheduling.publish_post(stored, by=bob)
    assert states(stored) == ["pending", "pending"]


def test_a_picture_of_a_part_is_replaced_and_looked_after_as_any_other(bob: User) -> None:
    from media_library import uses

    channel = engine.channel()
    asset, other = make_asset(), make_asset("Crumb")
    post = written(channel, Own(pictures=(other, asset), parts=(Part("Second.", (asset,)),)), by=bob)
    use(asset, post)
    uses.recount([asset.pk], now=clock.now())
    asset.refresh_from_db()
    assert {place.title for place in uses.places_of(asset)} == {
        "Rye", "Rye on sandbox", "Rye on sandbox, part 2",
    }  # fmt: skip
    changes, total = uses.plan_of(asset, other, by=bob)
    assert total == len(changes) == 3
    with transaction.atomic():
        uses.replace(asset, other, by=bob, now=clock.now())
    own = own_of(post)[channel]
    assert (own.pictures, own.parts[0].pictures) == ((other,), (other,))
    assert not uses.is_used(asset)


def test_the_pages_show_a_thread_as_one_thing(bob: User, client_of: Any) -> None:
    channel = engine.channel()
    asset = make_asset()
    post = due(channel, Own(parts=(Part("Second.", (asset,)), Part("Third.")), comment="#rye"), by=bob)
    work(post)
    browser = client_of(bob)
    text = browser.get(reverse("posts:sandbox")).content.decode()
    assert text.count("<article") == 1
    assert text.index("First.") < text.index("Second.") < text.index("Third.") < text.index("#rye")
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert page.index("Part 2") < page.index("Part 3") < page.index("First comment")
    assert page.count("Second.") == 1
    assert cards.networks_of(cards.with_cards(Post.objects.filter(pk=post.pk)).get()) == ["sandbox"]
    Target.objects.filter(pk__in=[one.pk for one in chain(post)[1:]]).update(status=T.FAILED)
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert page.count("Send it and the rest") == 1  # part 2; the third waits for it
    assert page.count("/retry/") == 2  # and the comment


@pytest.mark.parametrize(
    ("network", "url", "name"),
    [
        ("x", "https://x.com/aurora/status/1789", "1789"),
        ("x", "https://x.com/aurora", ""),
        ("mastodon", "https://rye.example/@aurora/114", "114"),
        ("mastodon", "https://other.example/@aurora@rye.example/114", ""),
        ("linkedin", "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A71/", "urn:li:share:71"),
        ("linkedin", "https://www.linkedin.com/posts/aurora_rye-activity-72-ab", "urn:li:activity:72"),
        ("webhook", "https://rye.example/1", ""),
    ],
)
def test_an_address_that_a_person_gave_may_tell_what_the_network_calls_it(
    network: str, url: str, name: str
) -> None:
    assert get_network(network).remote_id_in(url, {"server": "https://rye.example"}) == name
