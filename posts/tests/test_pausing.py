"""The crisis switch: who may, what waits, what is missed, what begins no more, and no burst after it."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Campaign
from posts.models import Channel, Post, SandboxPost, Target
from posts.operations.channels import pause_channel, resume_channel
from posts.operations.pausing import pause_campaign, pause_everything, resume_campaign, resume_everything
from posts.tests import _engine as engine
from posts.tests._made import make_campaign, make_post
from workspaces.models import Activity, Membership, User, Workspace
from workspaces.operation import Refused
from workspaces.scope import use_workspace

T = Target.Status
ALL = {"everything", "campaign", "channel"}


def pause(what, post, by):
    target = engine.target_of(post)
    if what == "everything":
        return pause_everything(post.workspace, reason="Fire at the bakery", by=by)
    if what == "campaign":
        return pause_campaign(post.campaign, reason="Fire at the bakery", by=by)
    return pause_channel(target.channel, reason="Fire at the bakery", by=by)


def resume(what, post, by):
    if what == "everything":
        return resume_everything(post.workspace, by=by)
    if what == "campaign":
        return resume_campaign(post.campaign, by=by)
    return resume_channel(engine.target_of(post).channel, by=by)


@pytest.mark.parametrize("what", sorted(ALL))
def test_what_is_due_waits_and_goes_once_it_is_resumed(what, scope, alice):
    post = engine.due_post(engine.channel())
    pause(what, post, alice)
    waits = engine.publish(post)
    assert waits.status == T.SCHEDULED
    assert "paused" in waits.sentence
    assert waits.due_at > clock.now()
    resume(what, post, alice)
    assert engine.publish(post).status == T.PUBLISHED


@pytest.mark.parametrize("what", sorted(ALL))
def test_what_waits_beyond_the_grace_is_missed_and_says_so(what, scope, alice):
    post = engine.due_post(engine.channel(), late=31 * 60)
    pause(what, post, alice)
    missed = engine.publish(post)
    assert missed.status == T.MISSED
    assert "its time passed" in missed.sentence
    assert "Fire at the bakery" in missed.sentence
    assert not SandboxPost.objects.exists()


def test_one_campaign_paused_leaves_the_others_alone(scope, bob):
    channel = engine.channel()
    held, free = engine.due_post(channel), engine.due_post(channel)
    other = make_campaign("Other")
    Post.objects.filter(pk=free.pk).update(campaign=other)
    pause_campaign(held.campaign, reason="Wrong price", by=bob)
    assert engine.publish(held).status == T.SCHEDULED
    assert engine.publish(free).status == T.PUBLISHED


def test_it_is_resumed_without_a_burst_and_in_order(scope, alice):
    channel = engine.channel(spacing_seconds=60)
    late = [400, 300, 200, 100]
    posts = [engine.due_post(channel, title=str(n), late=n) for n in late]
    pause_everything(scope, reason="Fire", by=alice)
    for post in reversed(posts):
        assert engine.publish(post).due_at > clock.now()
    old = engine.target_of(engine.due_post(channel, title="Too late", late=3600))
    Target.objects.filter(pk=old.pk).update(due_at=clock.now() + timedelta(seconds=60))
    resume_everything(scope, by=alice)
    assert engine.target_of(old.post).due_at > clock.now(), "the engine judges what is too late"
    for post in reversed(posts):  # whoever comes first: the one that was promised first goes, and it alone
        engine.publish(post)
    assert [post.title for post in posts if engine.target_of(post).status == T.PUBLISHED] == ["400"]
    for post in posts:
        engine.publish(post)
    assert SandboxPost.objects.count() == 1, "the next goes once the spacing is over"
    Channel.objects.update(next_turn_at=clock.now() - timedelta(seconds=1))
    for post in reversed(posts):
        engine.publish(post)
    assert [post.title for post in posts if engine.target_of(post).status == T.PUBLISHED] == ["400", "300"]


RIGHTS = [
    (lambda post, by: pause_everything(post.workspace, reason="Fire", by=by), "admin"),
    (lambda post, by: resume_everything(post.workspace, by=by), "admin"),
    (lambda post, by: pause_campaign(post.campaign, reason="Fire", by=by), "editor"),
    (lambda post, by: resume_campaign(post.campaign, by=by), "editor"),
]


@pytest.mark.parametrize(("change", "least"), RIGHTS)
def test_R2_who_may_turn_the_switch(change, least, scope, bob, mallory):
    post = make_post()
    weaker = {"admin": "editor", "editor": "contributor"}[least]
    Membership.objects.filter(user=bob).update(role=weaker)
    for person in (bob, mallory):
        with pytest.raises(PermissionDenied):
            change(post, person)
    assert not Workspace.objects.exclude(paused_at=None).exists()
    assert not Campaign.objects.exclude(paused_at=None).exists()


def test_a_pause_takes_a_reason_or_none_and_is_written_down(scope, alice):
    with pytest.raises(Refused, match="at most 200"):
        pause_everything(scope, reason="x" * 201, by=alice)
    assert pause_everything(scope, reason="  ", by=alice).pause_reason == ""
    since = Workspace.objects.get(pk=scope.pk).paused_at
    assert pause_everything(scope, reason="Fire", by=alice).paused_at == since, "Since the first time."
    resume_everything(scope, by=alice)
    with pytest.raises(Refused, match="Nothing is paused"):
        resume_everything(scope, by=alice)
    verbs = list(Activity.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["posts.pause_everything"] * 2 + ["posts.resume_everything"]


def test_the_banner_is_on_every_page_while_it_is_on(scope, alice, carol, client_of):
    browser, viewer = client_of(alice), client_of(carol)
    page = reverse("posts:pauses")
    assert browser.post(reverse("posts:pause_all"), {"reason": "x" * 201}).status_code == 422
    assert browser.post(reverse("posts:pause_all"), {"reason": "<Fire>"}).status_code == 302
    for name in (
        "posts:home",
        "posts:calendar",
        "posts:list",
        "media:list",
        "workspace:settings",
        "posts:pauses",
    ):
        shown = viewer.get(reverse(name)).content.decode()
        assert "Nothing goes out: everything is paused" in shown, name
        assert "&lt;Fire&gt;" in shown
    assert viewer.post(reverse("posts:resume_all")).status_code == 403
    assert "Resume everything" not in viewer.get(page).content.decode()
    assert browser.post(reverse("posts:resume_all")).status_code == 302
    assert "Nothing goes out" not in browser.get(reverse("posts:home")).content.decode()


def test_a_campaign_is_paused_from_its_page_and_the_calendar_says_so(scope, bob, carol, client_of):
    post = make_post()
    browser, page = client_of(bob), reverse("posts:pauses")
    assert (
        f"{page}?campaign={post.campaign_id}"
        in browser.get(post.campaign.get_absolute_url()).content.decode()
    )
    assert "selected" in browser.get(f"{page}?campaign={post.campaign_id}").content.decode()
    form = {"campaign": str(post.campaign_id), "reason": "Wrong price"}
    assert client_of(carol).post(reverse("posts:pause_one"), form).status_code == 403
    assert browser.post(reverse("posts:pause_one"), {"campaign": "junk", "reason": ""}).status_code == 422
    assert browser.post(reverse("posts:pause_one"), form).status_code == 302
    assert "Wrong price" in browser.get(reverse("posts:calendar")).content.decode()
    assert "Wrong price" in browser.get(post.campaign.get_absolute_url()).content.decode()
    url = reverse("posts:resume_campaign", args=[post.campaign_id])
    assert client_of(carol).post(url).status_code == 403
    assert browser.post(url).status_code == 302
    assert not Campaign.objects.exclude(paused_at=None).exists()


@pytest.mark.parametrize("what", ["campaign", "channel"])
def test_what_is_held_back_says_why_wherever_its_post_is_shown(what, scope, alice, bob, carol, client_of):
    post = make_post(
        "Held", status="scheduled", created_by=bob, scheduled_at=clock.now() + timedelta(hours=2)
    )
    free = make_post("Free", status="scheduled", campaign=make_campaign("Other"), channels=[engine.channel()])
    pause(what, post, alice)
    for person in (bob, carol):
        browser = client_of(person)
        for page in (reverse("posts:calendar"), reverse("posts:detail", args=[post.pk])):
            assert "Fire at the bakery" in browser.get(page, follow=True).content.decode(), page
        for view in ("month", "week", "list"):
            held = browser.get(reverse("posts:calendar") + f"?view={view}").context["held"]
            assert held == {post.pk: "Paused"}, view
    said = client_of(bob).get(reverse("posts:detail", args=[free.pk]), follow=True).content.decode()
    assert "Fire at the bakery" not in said
    resume(what, post, alice)
    assert client_of(bob).get(reverse("posts:calendar")).context["held"] == {}


def test_who_resumes_reads_before_what_will_go_out_and_how(scope, alice, bob, client_of):
    slow, fast = engine.channel(name="Slow", spacing_seconds=300), engine.channel(name="Fast")
    for number in range(3):
        engine.due_post(slow, title=f"Slow {number}", late=60 * (number + 1))
    engine.due_post(fast, title="Fast", late=60)
    engine.due_post(fast, title="Too late", late=3600)
    make_post("Tomorrow", channels=[fast], status="scheduled")
    pause_channel(slow, reason="<Fire>", by=alice)
    browser = client_of(alice)
    page = browser.get(reverse("posts:channel", args=[slow.pk])).content.decode()
    assert "3 posts became due and go out at once, the earliest first, on Slow 5 minutes apart" in page
    assert "the last about 10 minutes later" in page
    assert "&lt;Fire&gt;" in page
    listed = client_of(bob).get(reverse("posts:pauses")).content.decode()
    assert "3 posts became due" in listed
    assert reverse("posts:channel_resume", args=[slow.pk]) not in listed, "An editor resumes no channel."
    resume_channel(slow, by=alice)
    pause_everything(scope, by=alice)
    page = browser.get(reverse("posts:pauses")).content.decode()
    assert "4 posts became due and go out at once" in page
    for post in Post.objects.exclude(title="Tomorrow"):
        Target.objects.filter(post=post).update(promised_at=clock.now() - timedelta(days=1))
    assert "Nothing is due now" in browser.get(reverse("posts:pauses")).content.decode()


def test_a_channel_keeps_since_when_and_why_it_is_paused_until_it_is_resumed(scope, alice, client_of):
    channel = engine.channel()
    url = reverse("posts:channel_pause", args=[channel.pk])
    browser = client_of(alice)
    assert browser.post(url, {"reason": "x" * 201}).status_code == 302
    channel.refresh_from_db()
    assert channel.status == "active"
    browser.post(url, {"reason": "  The  feed "})
    channel.refresh_from_db()
    assert (channel.status, channel.pause_reason) == ("paused", "The feed")
    assert channel.paused_at is not None
    back = {"next": reverse("posts:pauses")}
    assert browser.post(reverse("posts:channel_resume", args=[channel.pk]), back)["Location"] == back["next"]
    channel.refresh_from_db()
    assert (channel.status, channel.pause_reason, channel.paused_at) == ("active", "", None)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", sorted(ALL))
def test_F13_nothing_begins_once_the_switch_is_on(what: str, alice: User, scope: Workspace) -> None:
    channel = engine.channel()
    random.seed(7)
    held = 0
    for number in range(8):
        post = engine.due_post(channel, title=f"{what} {number}")
        target = engine.target_of(post)
        start = threading.Barrier(2)

        def send(target: Target = target, start: threading.Barrier = start) -> None:
            with use_workspace(scope):
                start.wait()
                engine.run(engine.PUBLISH, target)
            connections.close_all()

        worker = threading.Thread(target=send)
        worker.start()
        start.wait()
        time.sleep(random.uniform(0, 0.02))
        pause(what, post, alice)
        begun = engine.target_of(post).status in {T.SENDING, T.PUBLISHED}
        worker.join()
        after = engine.target_of(post)
        out = SandboxPost.objects.filter(key__startswith=str(target.pk)).count()
        assert (after.status, out) == ((T.PUBLISHED, 1) if begun else (T.SCHEDULED, 0))
        held += not begun
        resume(what, post, alice)
    assert held < 9
