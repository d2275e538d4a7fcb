"""The rules about time and words, and the ways out of a finding, in the composer and without script."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from aura.kit import clock, secrets
from posts import checks
from posts.checks.fixes import FIXES, Offer, with_ways
from posts.checks.subject import Subject
from posts.forms.pictures import assets_in_order
from posts.models import Channel, Post, Preflight, Target
from posts.operations.readiness import Go, judge
from posts.operations.scheduling import schedule_post
from posts.operations.writing import create_post, edit_post
from posts.parts import Own, Part
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from posts.tests.test_composer import typed
from workspaces.operation import Refused
from workspaces.operations import edit_quiet_times
from workspaces.scope import use_workspace

pytestmark = pytest.mark.usefixtures("scope")
DUBLIN, BASE = "Europe/Dublin", Path(settings.BASE_DIR)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """One day for all of a test, though midnight may come while it runs."""
    monkeypatch.setitem(BEGAN, "at", clock.now())


BEGAN = {"at": clock.now()}


def at(hour, minute=0, days=3):
    wall = clock.wall_of(BEGAN["at"] + timedelta(days=days), DUBLIN)
    return clock.instant_of(wall.replace(hour=hour, minute=minute, second=0, microsecond=0), DUBLIN)


def promised(title, when, channels, caption="Something else entirely."):
    """A post that goes out then, written as people write it."""
    post = make_post(title, channels=channels, caption=caption, status="scheduled", scheduled_at=when)
    Target.objects.filter(post=post).update(promised_at=when)
    return post


def subject(when, *channels, caption="Bread, slowly.", **more):
    post = Post(campaign=make_campaign(), caption=caption, scheduled_at=when)
    return Subject(post, post.campaign, dict.fromkeys(channels, ""), [], at=when, **more)


def codes(judged):
    return [check.code for check in checks.findings(judged)]


def test_descriptions_that_a_network_wants_are_asked_for_in_one_line():
    """Three pictures, and neither three lines nor the general advice beside them."""
    pictures = assets_in_order([make_asset(title, "").pk for title in ("One", "Two", "Three")])
    sky = make_channel("Sky", "bluesky")
    post = Post(campaign=make_campaign(), caption="Bread, slowly.")
    (missing,) = checks.findings(Subject(post, post.campaign, {sky: ""}, pictures, at=None))
    assert (missing.code, missing.field, missing.assets) == ("alt_missing", "media.0", tuple(pictures))
    assert missing.message == "Bluesky needs a description of 3 pictures."
    pictures[0].alt_text = pictures[1].alt_text = "A loaf"
    (missing,) = checks.findings(Subject(post, post.campaign, {sky: ""}, pictures, at=None))
    assert (missing.field, missing.assets) == ("media.2", (pictures[2],))


@pytest.mark.parametrize(
    ("minutes", "found"), [(0, True), (29, True), (-29, True), (30, False), (-30, False)]
)
def test_two_posts_on_a_channel_keep_half_an_hour_apart(minutes, found):
    channel, other = make_channel("One"), make_channel("Two")
    promised("Neighbour", at(10), [channel])
    when = at(10) + timedelta(minutes=minutes)
    assert ("too_close" in codes(subject(when, channel))) is found
    assert "too_close" not in codes(subject(when, other))
    assert "too_close" not in codes(subject(when, channel, is_exact=False)), "Only the day is known."


def test_a_draft_that_only_plans_its_time_and_the_post_itself_are_no_neighbours():
    channel = make_channel()
    make_post("A plan", channels=[channel], scheduled_at=at(10))
    assert "too_close" not in codes(subject(at(10), channel))
    own = promised("Itself", at(12), [channel])
    judged = Subject(own, own.campaign, {channel: ""}, [], at=at(12, 5))
    assert "too_close" not in codes(judged)


def test_the_next_free_time_keeps_apart_from_everything_on_all_channels():
    one, two = make_channel("One"), make_channel("Two")
    promised("A", at(10), [one])
    promised("B", at(10, 40), [two])
    judged = subject(at(10, 10), one, two)
    found = with_ways(checks.findings(judged), judged, Offer(composing=True))
    way = next(check for check in found if check.code == "too_close").ways[0]
    assert way.change.endswith("T11:10")
    assert way.label == "Move it to 11:10"


def test_a_day_is_full_when_the_network_takes_no_more_and_the_next_day_is_free():
    channel = make_channel("@rye", "by_hand", settings={"stands_for": "tiktok"})
    campaign, when = make_campaign(), at(9)
    posts = Post.objects.bulk_create(Post(title=f"Post {n}", campaign=campaign) for n in range(15))
    Target.objects.bulk_create(
        Target(post=post, channel=channel, status="published", promised_at=at(10 + n % 10))
        for n, post in enumerate(posts)
    )
    judged = subject(when, channel)
    found = with_ways(checks.findings(judged), judged, Offer(composing=True))
    full = next(check for check in found if check.code == "day_is_full")
    assert full.blocks
    assert "takes 15 posts a day, and 15 others go out on @rye that day" in full.message
    assert full.ways[0].change == f"at:{clock.wall_of(when + timedelta(days=1), DUBLIN):%Y-%m-%d}T09:00"
    assert "day_is_full" not in codes(subject(when + timedelta(days=1), channel))


def test_each_part_of_a_thread_counts_for_the_day_and_comments_do_not():
    channel = make_channel("@rye", "by_hand", settings={"stands_for": "tiktok"})
    post = make_post("Thread", channels=[channel])
    Target.objects.filter(post=post).update(status="scheduled", due_at=at(9), promised_at=at(9))
    Target.objects.bulk_create(
        Target(
            post=post, channel=channel, position=n, as_comment=as_comment,
            status="scheduled", due_at=at(9), promised_at=at(9),
        )
        for n, as_comment in [*((n, False) for n in range(1, 13)), (1, True)]
    )  # fmt: skip
    own = {channel: Own(parts=(Part("Second."), Part("Third.")), comment="More below.")}
    assert "day_is_full" not in codes(subject(at(9), channel, own={channel: Own(parts=(Part("Second."),))}))
    full = next(
        check for check in checks.findings(subject(at(9), channel, own=own)) if check.code == "day_is_full"
    )
    assert "13 others go out on @rye that day. This thread makes 3 more." in full.message


@pytest.mark.parametrize(
    ("words", "days", "found"),
    [
        ("bread:  SLOWLY", 3, True),
        ("Bread, slowly. https://rye.example/?utm=2", 3, True),
        ("Bread, quickly.", 3, False),
        ("Bread, slowly.", 40, False),
    ],
)
def test_the_same_words_on_a_channel_within_a_month_are_found(words, days, found, bob):
    channel = make_channel()
    campaign = make_campaign()
    before = create_post(
        Post(campaign=campaign, title="Before", caption="Bread, slowly."),
        words={channel: ""},
        pictures=[],
        by=bob,
    )
    Target.objects.filter(post=before).update(status="published", promised_at=clock.now())
    assert ("same_words" in codes(subject(at(9, days=days), channel, caption=words))) is found
    assert "same_words" not in codes(subject(at(9, days=days), make_channel("Another"), caption=words))


def test_an_edit_notes_the_words_that_go_out_on_each_channel(bob):
    one, two = make_channel("One"), make_channel("Two")
    words = {one: "", two: "Own words"}
    post = create_post(
        Post(campaign=make_campaign(), title="T", caption="Old"), words=words, pictures=[], by=bob
    )
    Target.objects.filter(post=post).update(promised_at=clock.now(), status="published")
    assert "same_words" in codes(subject(at(9), two, caption="own WORDS"))
    Target.objects.filter(post=post).update(status="pending")
    post.caption = "New"
    edit_post(post, words=words, pictures=[], version=post.version, by=bob)
    Target.objects.filter(post=post).update(promised_at=clock.now(), status="published")
    assert "same_words" in codes(subject(at(9), one, caption="new"))
    assert "same_words" not in codes(subject(at(9), one, caption="old"))


def test_typing_costs_a_small_number_of_queries_however_much_goes_out(django_assert_max_num_queries):
    channels = [make_channel(f"C{n}", "by_hand", settings={"stands_for": "tiktok"}) for n in range(5)]
    for n in range(6):
        promised(f"P{n}", at(9, n), channels)
    judged = subject(at(9), *channels)
    with django_assert_max_num_queries(4):
        with_ways(checks.findings(judged), judged, Offer(composing=True, resume=True, connect=True))


# In the composer ---------------------------------------------------------------------------------------------------


def press(browser, form, way):
    return browser.post(reverse("posts:create"), form | {"change": way}).content.decode()


def ways_in(page):
    return dict(
        re.findall(
            r'<button class="button small" form="post" name="change" value="([^"]+)"[^>]*>([^<]+)<', page
        )
    )


def pictures_in(page, field):
    return re.findall(rf'<input type="hidden" name="{field}" value="([^"]+)">', page)


def test_the_buttons_of_findings_mend_what_is_typed_and_save_nothing(bob, client_of):
    x = make_channel("@x", "by_hand", settings={"stands_for": "x"})
    paused = make_channel("Paused", status=Channel.Status.PAUSED)
    promised("Neighbour", at(10), [x])
    assets = [make_asset(f"Picture {n}") for n in range(6)]
    when = clock.wall_of(at(10), DUBLIN)
    form = typed(
        caption="Bread " * 60,
        channels=[str(x.pk), str(paused.pk)],
        media=[str(asset.pk) for asset in assets[:5]],
        day=f"{when:%Y-%m-%d}",
        time="10:00",
        own="1",
    )
    browser = client_of(bob)
    page = browser.post(reverse("posts:preview"), form, headers={"hx-request": "true"}).content.decode()
    ways = ways_in(page)
    assert ways[f"at:{when:%Y-%m-%d}T10:30"] == "Move it to 10:30"
    assert f'href="#id_words_{x.pk.hex}" data-own-words="{x.pk.hex}"' in page
    spare = f"spare:{x.pk.hex}:{assets[4].pk}"
    assert ways[spare] == "Take it out on @x"
    assert not any(way.startswith("resume:") for way in ways), "Bob is no admin."
    page = press(browser, form, f"at:{when:%Y-%m-%d}T10:30")
    assert 'value="10:30"' in page
    assert "Neighbour” goes out on @x" not in page
    page = press(browser, form, spare)
    shown = [str(asset.pk) for asset in assets[:5]]
    assert pictures_in(page, "media") == shown
    assert pictures_in(page, f"media_{x.pk.hex}") == shown[:4]
    assert spare not in page
    page = press(browser, form | {"channels": [str(x.pk)]}, f"remove:{assets[4].pk}")
    assert pictures_in(page, "media") == shown[:4]
    page = press(browser, form, f"drop:{x.pk}")
    assert "too long for X" not in page
    assert Post.objects.count() == 1, "Only the neighbour."


def test_a_paused_channel_is_resumed_from_the_composer_by_whoever_may(alice, bob, client_of):
    paused = make_channel("Paused", status=Channel.Status.PAUSED)
    form = typed(channels=[str(paused.pk)], caption="Kept")
    page = press(client_of(alice), form, "nothing:at-all")
    assert ways_in(page)[f"resume:{paused.pk}"] == "Resume it"
    answer = client_of(bob).post(reverse("posts:create"), form | {"change": f"resume:{paused.pk}"})
    assert answer.status_code == 403
    assert Channel.objects.get(pk=paused.pk).status == "paused"
    page = press(client_of(alice), form, f"resume:{paused.pk}")
    assert Channel.objects.get(pk=paused.pk).status == "active"
    assert "Paused is paused." not in page
    assert "Kept" in page


def test_the_page_of_a_post_shows_its_findings_to_whoever_only_reads(carol, alice, client_of):
    paused = make_channel("Paused", status=Channel.Status.PAUSED)
    post = make_post(channels=[paused])
    page = client_of(carol).get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "Paused is paused." in page
    assert 'name="change"' not in page
    assert reverse("posts:channel_resume", args=[paused.pk]) not in page


def test_scheduling_refuses_what_blocks_and_lets_advice_pass(bob):
    channel = make_channel("@rye", "by_hand", settings={"stands_for": "instagram"})
    post = make_post(channels=[channel])
    with pytest.raises(Refused, match="needs at least one image"):
        schedule_post(post, at=at(9), by=bob)
    use(make_asset(alt_text=""), post)
    assert schedule_post(post, at=at(9), by=bob).status == "scheduled"


def test_every_way_out_belongs_to_a_code_that_some_rule_finds():
    sources = [path for path in (BASE / "posts").glob("*/*.py") if path.parent.name in {"checks", "networks"}]
    said = {
        code
        for path in sources
        if path.name != "fixes.py"
        for code in re.findall(r'"([a-z_]+)"', path.read_text())
    }
    said |= {f"too_many_{what}" for what in ("files", "images", "videos", "hashtags", "mentions")}
    assert set(FIXES) - said == set()


def test_neighbours_of_another_workspace_are_nobodys_business(other_workspace, mallory):
    with use_workspace(other_workspace):
        promised("Theirs", at(10), [make_channel()])
    assert codes(subject(at(10), make_channel())) == []


@pytest.mark.parametrize(
    ("network", "fields", "granted", "found"),
    [
        ("x", {}, "tweet.read users.read", True),
        ("x", {}, "tweet.read tweet.write", False),
        ("x", {}, "", False),
        ("linkedin", {"speaks_as": "page"}, "w_member_social", True),
        ("linkedin", {"speaks_as": "member"}, "w_member_social", False),
    ],
)
def test_an_account_that_was_connected_without_the_permission_to_post_is_said(
    network, fields, granted, found
):
    sealed = secrets.seal_dict({"access_token": "t", "scope": granted})
    channel = make_channel("@rye", network, settings=fields, secret=sealed)
    assert ("may_not_post" in codes(subject(None, channel))) is found


# Quiet times -------------------------------------------------------------------------------------------------------


def quiet(workspace, *, blocks, **more):
    fields = {"quiet_from": "22:00", "quiet_until": "07:00", **more}
    type(workspace).objects.filter(pk=workspace.pk).update(quiet_blocks=blocks, **fields)
    workspace.refresh_from_db()


def test_a_post_in_the_quiet_is_advised_against_or_refused_as_the_workspace_says(workspace, bob):
    channel = make_channel()
    quiet(workspace, blocks=False)
    judged = subject(at(23), channel)
    found = with_ways(checks.findings(judged), judged, Offer(composing=True))
    assert [(check.code, check.blocks) for check in found] == [("quiet_time", False)]
    assert found[0].ways[0].change.endswith("T07:00")
    assert "in the quiet hours, 22:00 to 07:00" in found[0].message
    post = make_post(channels=[channel])
    assert schedule_post(post, at=at(23), by=bob).status == "scheduled"
    quiet(workspace, blocks=True)
    with pytest.raises(Refused, match="quiet hours"):
        schedule_post(make_post(channels=[channel]), at=at(23), by=bob)
    assert codes(subject(at(21, 59), channel)) == []


def test_new_quiet_times_stop_what_was_promised_before_and_ring_the_looks(workspace, alice, bob):
    post = schedule_post(make_post(channels=[make_channel()]), at=at(9), by=bob)
    Preflight.objects.filter(post=post, moment="day").update(looked_at=clock.now(), due_at=None)
    workspace.quiet_dates = [{"first": f"{at(9):%Y-%m-%d}", "last": f"{at(9):%Y-%m-%d}", "why": "Fair"}]
    workspace.quiet_blocks = True
    edit_quiet_times(workspace, by=alice)
    assert Preflight.objects.get(post=post, moment="day").due_at <= clock.now()
    target = Target.objects.select_related("post__campaign", "channel").get(post=post)
    verdict = judge(target, workspace, now=at(9))
    assert (verdict.status, verdict.code) == ("failed", "quiet_time")
    assert "is a quiet day (Fair)." in verdict.sentence


def test_what_was_promised_before_the_quiet_and_is_late_still_goes(workspace, bob):
    quiet(workspace, blocks=True)
    post = schedule_post(make_post(channels=[make_channel()]), at=at(21, 55), by=bob)
    target = Target.objects.select_related("post__campaign", "channel").get(post=post)
    assert isinstance(judge(target, workspace, now=at(22, 10)), Go)
