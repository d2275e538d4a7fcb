"""Many posts at once: what is changed, what is left alone and why, one entry, and who may."""

from __future__ import annotations

from datetime import datetime, time

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Brand
from posts.models import Post, Target
from posts.operations import bulk
from posts.tests._made import make_campaign, make_channel, make_post
from workspaces.models import Activity, Membership
from workspaces.operation import SYSTEM, Refused

ZONE = "Europe/Dublin"
NOW = datetime.fromisoformat("2026-03-10T08:00:00+00:00")
pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture(autouse=True)
def march():
    with time_machine.travel(NOW, tick=True):
        yield


def at(text):
    return clock.instant_of(datetime.fromisoformat(text), ZONE)


def scheduled(title, when, **fields):
    return make_post(title, status="scheduled", scheduled_at=at(when), **fields)


def everything():
    return list(Post.objects.order_by("pk").values()), list(Target.objects.order_by("pk").values())


def test_they_move_by_days_and_keep_their_wall_time_or_are_left_alone(bob):
    posts = [
        scheduled("Over the change", "2026-03-28T09:00"),
        scheduled("Into the gap", "2026-03-28T01:30"),
        scheduled("Soon", "2026-03-11T09:00"),
        make_post("No time"),
        make_post("Out", status="published", scheduled_at=at("2026-03-09T09:00")),
    ]
    done = bulk.move_posts(posts, days=1, by=bob)
    assert [post.title for post in done.changed] == ["Over the change", "Soon"]
    assert Post.objects.get(title="Over the change").scheduled_at == at("2026-03-29T09:00")
    assert Target.objects.get(post=posts[0]).due_at == at("2026-03-29T09:00")
    assert "does not exist" in done.reasons[0]
    assert done.reasons[1] == "“No time”: It has no time yet."
    assert "out already" in done.reasons[2]
    assert Post.objects.get(title="Into the gap").scheduled_at == at("2026-03-28T01:30")
    entry = Activity.objects.get()
    assert (entry.verb, entry.details["count"]) == ("posts.move_posts", 2)
    back = bulk.move_posts([posts[2]], days=-7, by=bob)
    assert "has passed" in back.reasons[0]


def test_they_move_to_a_time_of_their_own_day(bob):
    posts = [scheduled("A", "2026-03-11T09:00"), scheduled("B", "2026-03-12T17:00")]
    assert len(bulk.move_posts(posts, at=time(12, 30), by=bob).changed) == 2
    found = list(Post.objects.order_by("title").values_list("scheduled_at", flat=True))
    assert found == [at("2026-03-11T12:30"), at("2026-03-12T12:30")]


def test_they_are_called_off_or_taken_off_the_schedule(bob):
    one, out = scheduled("One", "2026-03-11T09:00"), make_post("Out", status="published")
    done = bulk.cancel_posts([one, out], by=bob)
    assert Post.objects.get(pk=one.pk).status == "cancelled"
    assert done.reasons == ["“Out”: It is out already."]
    two = scheduled("Two", "2026-03-11T09:00")
    assert len(bulk.unschedule_posts([two, make_post("None")], by=bob).changed) == 1
    assert Post.objects.get(pk=two.pk).scheduled_at is None


def test_they_go_to_another_campaign_of_their_brand(bob):
    other = make_campaign("Other", brand=Brand.objects.create(name="Second"))
    only = make_channel("Ours", brand=make_campaign().brand)
    posts = [
        make_post("Free", channels=[make_channel("Any")]),
        make_post("Bound", channels=[only]),
        make_post("Out", status="published"),
    ]
    done = bulk.put_into_campaign(other, posts=posts, by=bob)
    assert [post.title for post in done.changed] == ["Free"]
    assert Post.objects.get(title="Free").campaign == other
    assert "only speaks for another brand" in done.reasons[0]
    assert "already" in done.reasons[1]
    with pytest.raises(Refused, match="completed"):
        bulk.put_into_campaign(make_campaign("Over", status="completed"), posts=posts, by=bob)


def test_at_most_five_hundred_and_then_none(bob):
    post = scheduled("One", "2026-03-11T09:00")
    before = everything()
    with pytest.raises(Refused, match="At most 500"):
        bulk.cancel_posts([post] * 501, by=bob)
    assert everything() == before


def test_trash_and_back_leave_alone_what_is_somebody_elses(alice, bob):
    Membership.objects.filter(user=bob).update(role="contributor")
    posts = [make_post("Mine", created_by=bob), make_post("Hers", created_by=alice)]
    done = bulk.trash_posts(posts, by=bob)
    assert [post.title for post in done.changed] == ["Mine"]
    assert "Somebody else made it" in done.reasons[0]
    assert len(bulk.restore_posts(posts, by=SYSTEM).changed) == 1
    assert not Post.objects.exclude(trashed_at=None).exists()


CHANGES = {
    "move": lambda posts, by: bulk.move_posts(posts, days=1, by=by),
    "cancel": lambda posts, by: bulk.cancel_posts(posts, by=by),
    "unschedule": lambda posts, by: bulk.unschedule_posts(posts, by=by),
    "campaign": lambda posts, by: bulk.put_into_campaign(make_campaign("Other"), posts=posts, by=by),
    "approve": lambda posts, by: bulk.approve_posts(posts, by=by),
}


@pytest.mark.parametrize("who", ["bob", "carol", "mallory"])
@pytest.mark.parametrize("verb", CHANGES)
def test_R2_only_who_schedules_may(verb, who, request):
    person = request.getfixturevalue(who)
    Membership.objects.filter(user=person, role="editor").update(role="contributor")
    post = scheduled("One", "2026-03-11T09:00", created_by=person)
    before = everything()
    with pytest.raises(PermissionDenied):
        CHANGES[verb]([post], person)
    assert everything() == before


# The page ----------------------------------------------------------------------------------------------------------


def test_the_list_asks_how_far_they_move_then_moves_them_and_names_what_stayed(bob, carol, client_of):
    posts = [scheduled("Early", "2026-03-11T09:00"), make_post("No time")]
    browser, url = client_of(bob), reverse("posts:change-many")
    form = {
        "verb": "move",
        "post": [str(post.pk) for post in posts],
        "next": reverse("posts:list") + "?sort=oldest",
    }
    asked = browser.post(url, form)
    assert asked.status_code == 200
    assert "Move 2 posts" in asked.content.decode()
    assert browser.post(url, form | {"said": "1"}).status_code == 422
    assert client_of(carol).post(url, form | {"said": "1", "days": "1"}).status_code == 403
    assert Post.objects.get(title="Early").scheduled_at == at("2026-03-11T09:00")
    answer = browser.post(url, form | {"said": "1", "days": "1"}, follow=True)
    assert answer.redirect_chain[0][0].endswith("?sort=oldest")
    page = answer.content.decode()
    assert "1 post moved." in page
    assert "“No time”: It has no time yet." in page
    assert Post.objects.get(title="Early").scheduled_at == at("2026-03-12T09:00")


def test_everything_that_fits_the_filter_is_meant_where_it_is_ticked(bob, client_of):
    campaign, other = make_campaign("Here"), make_campaign("There")
    for number in range(27):
        scheduled(f"Here {number}", "2026-03-11T09:00", campaign=campaign)
    scheduled("There", "2026-03-11T09:00", campaign=other)
    browser = client_of(bob)
    page = browser.get(reverse("posts:list") + f"?campaign={campaign.pk}").content.decode()
    assert "and all that fit" in page
    form = {"verb": "cancel", "fitting": "1", "query": f"campaign={campaign.pk}"}
    browser.post(reverse("posts:change-many"), form)
    assert Post.objects.filter(status="cancelled").count() == 27
    assert Post.objects.get(title="There").status == "scheduled"
    to = {
        "verb": "campaign",
        "fitting": "1",
        "query": "state=cancelled",
        "said": "1",
        "campaign": str(other.pk),
    }
    browser.post(reverse("posts:change-many"), to)
    assert Post.objects.filter(campaign=other).count() == 28


def test_more_than_five_hundred_are_refused_before_anything_is_asked(bob, client_of):
    campaign = make_campaign()
    Post.objects.bulk_create(Post(title=f"Post {n}", campaign=campaign) for n in range(501))
    form = {"verb": "campaign", "fitting": "1", "query": ""}
    answer = client_of(bob).post(reverse("posts:change-many"), form, follow=True)
    assert "At most 500 posts at once" in answer.content.decode()
