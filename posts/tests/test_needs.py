"""What waits for a person: every rule about a yes, and everything that keeps a post from going out, said alike."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.urls import reverse

from aura.kit import clock
from posts.agreement import lacking, lacks_a_yes, rules_of_channels, waits_for, why_not
from posts.models import Approval, Channel, Post, Preflight, Target
from posts.needs import Needs
from posts.operations.pausing import pause_campaign, pause_everything, resume_campaign, resume_everything
from posts.tests._made import make_campaign, make_channel, make_post
from workspaces.models import Membership

pytestmark = pytest.mark.usefixtures("scope")


def asks(thing, rule, person=None):
    thing.approval, thing.approver = rule, person
    thing.save()


def give_yes(post, person):
    Approval.objects.create(
        post=post,
        by=person,
        by_name=str(person),
        is_others=person.pk != post.created_by_id,
        content_hash="0" * 64,
    )


def titles_for(person, role="editor"):
    """What waits for the person: the list, a condition of each post, the number and Home have to say the same."""
    needs, posts = Needs.of(person, role=role), Post.objects.all()
    found = sorted(posts.filter(needs.condition).values_list("pk", flat=True))
    assert sorted(posts.filter(needs.holds).values_list("pk", flat=True)) == found
    assert number_of(needs, posts) == len(found)
    first = needs.first(posts, 100)
    assert (first.number, sorted([*first.held, *first.others])) == (len(found), found)
    return set(posts.filter(pk__in=found).values_list("title", flat=True))


def number_of(needs, posts):
    return Membership.objects.values_list(needs.number(posts), flat=True).first()


def soon(title="Launch day", channel=None, hours=3, **fields):
    """A post that is promised in so many hours."""
    fields.setdefault("scheduled_at", clock.now() + timedelta(hours=hours))
    post = make_post(title, channels=[channel or make_channel(title)], status="scheduled", **fields)
    Target.objects.filter(post=post).update(promised_at=post.scheduled_at)
    return post


def test_whose_yes_a_query_asks_for_is_what_the_page_of_each_post_says(alice, bob, carol, workspace):
    campaign = make_campaign()
    rules = [
        ("none", None),
        ("anyone", None),
        ("other", None),
        ("person", alice),
        ("person", bob),
        ("person", None),
    ]
    channels = []
    for number, (rule, person) in enumerate(rules):
        channels.append(make_channel(f"Channel {number}"))
        asks(channels[-1], rule, person)
    for channel, author, yes in product(channels, [alice, bob, None], [None, alice]):
        post = make_post("Asked", campaign, [channels[0], channel][: 1 + (channel != channels[0])])
        Post.objects.filter(pk=post.pk).update(
            created_by=author, status="in_review", review_status="in_review"
        )
        post.refresh_from_db()
        if yes:
            give_yes(post, yes)
    both = make_post("Both", campaign, channels[2:4], created_by=alice)
    Post.objects.filter(pk=both.pk).update(status="in_review", review_status="in_review")
    for rule, approver in rules[:4]:
        asks(workspace, rule, approver)
        posts = list(Post.objects.filter(status="in_review"))
        lacks = {post: lacking(post, exactly=False) for post in posts}
        found = set(Post.objects.filter(lacks_a_yes(rules_of_channels())))
        assert found == {post for post in posts if lacks[post]}, (rule, approver)
        for person in (alice, bob):
            asked = set(Post.objects.filter(waits_for(person, rules_of_channels()), status="in_review"))
            others = {post: post.created_by_id != person.pk for post in posts}
            helped = {post for post in posts if not why_not(lacks[post], person, is_others=others[post])}
            assert asked == helped, (rule, approver, person)


def test_a_review_waits_for_the_person_whom_a_channel_names_and_for_nobody_else(alice, bob, client_of):
    channel = make_channel()
    asks(channel, "person", alice)
    make_post("Asked", channels=[channel], review_status="in_review", created_by=bob)
    assert (titles_for(alice, "owner"), titles_for(bob)) == ({"Asked"}, set())
    assert "One post needs you." in client_of(alice).get(reverse("posts:home")).content.decode()
    assert "Nothing needs you" in client_of(bob).get(reverse("posts:home")).content.decode()


@pytest.mark.parametrize("cause", ["everything", "campaign", "paused", "broken", "yes", "found"])
def test_what_will_not_go_out_needs_somebody_and_home_and_list_say_why(
    cause, alice, bob, workspace, client_of
):
    post = soon(created_by=bob)
    channel, campaign = Channel.objects.get(), post.campaign
    make_post("Next week", campaign, [channel], "scheduled", scheduled_at=clock.now() + timedelta(days=7))
    other = soon("On its way", campaign=make_campaign("Buns"))
    assert titles_for(bob) == set()
    words = {
        "everything": "Everything is paused: a recall.",
        "campaign": "Hot-spring rye is paused: a recall.",
        "paused": "Launch day is paused.",
        "broken": "Launch day needs reconnecting.",
        "yes": "Nobody has said the yes that it needs.",
        "found": "The link is dead. Change it.",
    }[cause]
    if cause == "everything":
        pause_everything(workspace, reason="a recall", by=alice)
        workspace.refresh_from_db()
    elif cause == "campaign":
        pause_campaign(campaign, reason="a recall", by=bob)
    elif cause in {"paused", "broken"}:
        Channel.objects.filter(pk=channel.pk).update(status=cause)
    elif cause == "yes":
        asks(channel, "other")
    else:
        found = [{"code": "dead_link", "message": "The link is dead.", "fix": "Change it.", "blocks": True}]
        Preflight.objects.create(post=post, moment="day", for_at=post.scheduled_at, blocks=True, found=found)
    assert titles_for(bob) == {"Launch day"} | ({other.title} if cause == "everything" else set())
    browser = client_of(bob)
    home, listed = browser.get(reverse("posts:home")), browser.get(reverse("posts:list") + "?state=needs")
    assert words in home.content.decode()
    assert words in listed.content.decode()
    assert listed.context["counts"]["needs"] == len(titles_for(bob))
    assert len(home.context["needs"]) == 1, "Of all that is paused one row says it."
    if cause == "everything":
        resume_everything(workspace, by=alice)
        workspace.refresh_from_db()
    elif cause == "campaign":
        resume_campaign(campaign, by=bob)
    else:
        return
    assert titles_for(bob) == set()


def test_while_everything_is_paused_home_says_so_once_and_leads_to_the_way_on(
    alice, bob, workspace, client_of
):
    for number in range(12):
        soon(f"Waits {number:02}")
    pause_everything(workspace, reason="a recall", by=alice)
    workspace.refresh_from_db()
    refused = make_post("Did not go", channels=[make_channel("Feed")], status="failed")
    pages = {person: client_of(person).get(reverse("posts:home")) for person in (alice, bob)}
    for page in pages.values():
        html = page.content.decode()
        assert [need.kind for need in page.context["needs"]] == ["paused", "failed"]
        assert "12 posts due by this time tomorrow wait." in html
        assert "Everything is paused, so nothing goes out. One post needs you." in html
        assert "Waits 03: " not in html
        assert f'href="{reverse("posts:detail", args=[refused.pk])}">Open</a>' in html
    assert "Resume…" in pages[alice].content.decode()
    assert "Resume…" not in pages[bob].content.decode()  # an editor cannot
    assert "See the pause" in pages[bob].content.decode()


def test_what_a_person_may_not_release_needs_them_only_where_it_is_theirs(alice, bob, carol):
    campaign = make_campaign()
    for person in (alice, bob):
        soon(f"By {person.email}", campaign=campaign, created_by=person)
    pause_campaign(campaign, reason="A recall", by=alice)
    Membership.objects.filter(user=bob).update(role="contributor")
    assert len(titles_for(alice, "owner")) == 2
    assert titles_for(bob, "contributor") == {f"By {bob.email}"}
    assert titles_for(carol, "viewer") == set()


def test_a_post_that_waits_past_its_time_still_needs_somebody(bob):
    soon("Late", hours=-0.2, created_by=bob)
    assert titles_for(bob) == set()
    Channel.objects.update(status="paused")
    assert titles_for(bob) == {"Late"}
    Target.objects.update(status="missed")
    Post.objects.update(status="missed")
    assert titles_for(bob) == {"Late"}


def test_what_waits_for_several_reasons_is_counted_once(alice, bob, workspace):
    post = soon(created_by=bob)
    asks(workspace, "anyone")
    Channel.objects.update(status="broken", approval="other")
    pause_campaign(post.campaign, reason="", by=bob)
    found = [{"code": "dead_link", "message": "The link is dead.", "fix": "Change it.", "blocks": True}]
    for moment in ("day", "quarter"):
        Preflight.objects.create(post=post, moment=moment, for_at=post.scheduled_at, blocks=True, found=found)
    assert titles_for(bob) == {"Launch day"}  # and `titles_for` counts


def many(number, campaign, **fields):
    Post.objects.bulk_create(Post(title=f"{n}", campaign=campaign, **fields) for n in range(number))


def test_the_number_is_exact_up_to_the_last_that_is_counted(alice, bob, client_of):
    campaign, buns = make_campaign(), make_campaign("Buns")
    many(60, campaign, status="failed")
    many(39, buns, status="in_review", review_status="in_review")
    many(5, buns, status="failed", trashed_at=clock.now())
    browser, needs = client_of(bob), Needs.of(bob, role="editor")
    addresses = [reverse("posts:list"), f"{reverse('posts:list')}?campaign={buns.pk}"]

    def told():
        counts = [browser.get(address).context["counts"]["needs"] for address in addresses]
        return browser.get(reverse("posts:home")).context["count"], counts

    assert told() == ("99", [99, 39])
    many(1, campaign, status="missed")
    assert told() == ("99+", [100, 39])
    many(100, buns, status="failed")
    assert told() == ("99+", [100, 100])
    assert number_of(needs, Post.objects.filter(campaign=buns, status="in_review")) == 39


def test_home_shows_the_next_to_go_out_and_the_newest_others_however_many_there_are(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    for hour in range(10):
        soon(f"Held {hour}", channel, hours=hour + 1, campaign=campaign)
    for number in range(10):
        make_post(f"Refused {number}", campaign, [channel], "failed")
    many(100, campaign, status="scheduled", scheduled_at=clock.now() + timedelta(hours=20))
    pause_campaign(campaign, reason="", by=bob)
    page = client_of(bob).get(reverse("posts:home"))
    shown = [need.post.title for need in page.context["needs"]]
    assert shown[:8] == [f"Held {hour}" for hour in range(8)]
    assert sorted(shown[8:]) == [f"Refused {number}" for number in range(2, 10)]
    assert (page.context["count"], page.context["many"]) == ("99+", True)


def test_what_a_look_found_long_before_its_time_comes_after_what_is_near(bob):
    far, near = soon("Far", hours=40), soon("Near", make_channel("Other"), hours=20)
    for post in (far, near):
        Preflight.objects.create(post=post, moment="day", for_at=post.scheduled_at, blocks=True)
    assert titles_for(bob) == {"Far", "Near"}
    first = Needs.of(bob, role="editor").first(Post.objects.all(), 1)
    assert (first.number, first.held) == (2, [near.pk])
