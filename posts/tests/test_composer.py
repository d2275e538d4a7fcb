import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Brand
from posts.forms.post import words_name
from posts.models import Attempt, Channel, Post, Target
from posts.snapshot import content_hash
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.models import Membership

pytestmark = pytest.mark.usefixtures("scope")


def typed(post=None, **fields):
    campaign = post.campaign if post else make_campaign()
    start = {"title": "Launch day", "caption": "Bread, slowly.", "campaign": campaign.pk, "intent": "save"}
    if post is not None:
        start |= {"version": post.version, "channels": [str(t.channel_id) for t in post.targets.all()]}
    return start | fields


def in_days(days):
    wall = clock.wall_of(clock.now() + timedelta(days=days), "Europe/Dublin")
    return {"day": f"{wall:%Y-%m-%d}", "time": "07:30"}


def test_a_post_is_written_with_channels_pictures_and_own_words(bob, client_of):
    one, two = make_channel("One"), make_channel("Two")
    first, second = make_asset("First"), make_asset("Second")
    answer = client_of(bob).post(
        reverse("posts:create"),
        typed(
            channels=[str(one.pk), str(two.pk)],
            media=[str(second.pk), str(first.pk)],
            **{words_name(two): "For two"},
        ),
    )
    post = Post.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("posts:edit", args=[post.pk])
    assert {t.channel: t.own_words for t in post.targets.all()} == {one: "", two: "For two"}
    assert [row.asset for row in post.media.all()] == [second, first]
    assert post.created_by == bob


@pytest.mark.parametrize(
    ("intent", "status"), [("save", "draft"), ("review", "in_review"), ("schedule", "scheduled")]
)
def test_each_button_does_what_it_says(intent, status, bob, client_of):
    form = typed(intent=intent, channels=[str(make_channel().pk)], **in_days(3))
    assert client_of(bob).post(reverse("posts:create"), form, follow=True).status_code == 200
    post = Post.objects.get()
    assert post.status == status
    assert clock.wall_of(post.scheduled_at, "Europe/Dublin").hour == 7


def test_publish_now_leads_to_the_page_that_follows_it(bob, client_of):
    form = typed(intent="publish", channels=[str(make_channel().pk)])
    answer = client_of(bob).post(reverse("posts:create"), form)
    post = Post.objects.get()
    assert answer["Location"] == reverse("posts:detail", args=[post.pk])
    assert post.status == "scheduled"
    assert post.scheduled_at <= clock.now()


def test_what_was_typed_comes_back_with_422(bob, client_of):
    short = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    words = "Too long. " * 40
    form = typed(
        title="", caption=words, intent="schedule", channels=[str(short.pk)], day="2026-01-01", time="07:30"
    )
    answer = client_of(bob).post(reverse("posts:create"), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Post.objects.exists()
    assert words in page
    assert "Give it a title" in page
    assert "That time has passed" in page
    assert "too long for X" in page
    assert 'value="2026-01-01"' in page
    assert 'value="07:30"' in page


def test_a_skipped_time_is_refused_and_a_double_one_asked_about(bob, client_of):
    year = clock.now().year + 1
    sundays = [datetime(year, month, day) for month in (3, 10) for day in range(31, 24, -1)]
    forward, back = (next(d for d in sundays if d.weekday() == 6 and d.month == month) for month in (3, 10))
    browser = client_of(bob)
    answer = browser.post(reverse("posts:create"), typed(day=f"{forward:%Y-%m-%d}", time="01:30"))
    assert answer.status_code == 422
    assert "does not exist" in answer.content.decode()
    asked = typed(day=f"{back:%Y-%m-%d}", time="01:30")
    answer = browser.post(reverse("posts:create"), asked)
    assert answer.status_code == 422
    assert 'name="fold"' in answer.content.decode()
    assert browser.post(reverse("posts:create"), asked | {"fold": "1"}).status_code == 302


def test_a_stale_save_shows_both_versions_and_loses_neither(alice, bob, client_of):
    post = make_post(title="Launch day")
    mine = typed(post, title="Bob’s title", caption="What Bob wrote")
    client_of(alice).post(reverse("posts:edit", args=[post.pk]), typed(post, caption="What Alice wrote"))
    answer = client_of(bob).post(reverse("posts:edit", args=[post.pk]), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("What Alice wrote", "What Bob wrote", "Bob’s title", "Launch day"):
        assert words in page
    assert Post.objects.get().caption == "What Alice wrote"
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert version == "2"
    assert (
        client_of(bob).post(reverse("posts:edit", args=[post.pk]), mine | {"version": version}).status_code
        == 302
    )
    assert Post.objects.get().caption == "What Bob wrote"


def test_R3_a_save_of_what_went_out_meanwhile_is_409_and_keeps_the_words(bob, client_of):
    post = make_post(status="scheduled")
    form = typed(post, caption="Just too late", **in_days(2))
    Target.objects.update(status="sending")
    Post.objects.update(status="publishing")
    answer = client_of(bob).post(reverse("posts:edit", args=[post.pk]), form)
    assert answer.status_code == 409
    assert "Just too late" in answer.content.decode()
    assert Post.objects.get().caption == "Bread, slowly."


def test_an_edit_that_voids_an_approval_says_so(alice, bob, client_of):
    post = make_post()
    Post.objects.update(review_status="approved", status="approved", approved_hash=content_hash(post))
    answer = client_of(bob).post(
        reverse("posts:edit", args=[post.pk]), typed(post, caption="Other words"), follow=True
    )
    assert "It was approved before caption changed." in answer.content.decode()
    assert Post.objects.get().status == "draft"


def test_a_contributors_edit_says_that_it_is_off_the_schedule(bob, client_of):
    Membership.objects.filter(user=bob).update(role="contributor")
    post = make_post(status="scheduled")
    answer = client_of(bob).post(
        reverse("posts:edit", args=[post.pk]), typed(post, caption="Other words", **in_days(4)), follow=True
    )
    assert "off the schedule now" in answer.content.decode()
    assert Post.objects.get().status == "draft"


def test_R2_a_contributor_cannot_schedule_by_naming_the_button(bob, client_of):
    Membership.objects.filter(user=bob).update(role="contributor")
    for intent in ("schedule", "publish"):
        form = typed(intent=intent, channels=[str(make_channel(intent).pk)], **in_days(3))
        assert client_of(bob).post(reverse("posts:create"), form).status_code == 403
    assert not Post.objects.exists()


def test_where_approval_is_asked_for_there_is_no_button_to_schedule(bob, workspace, client_of):
    workspace.approval = "anyone"
    workspace.save()
    page = client_of(bob).get(reverse("posts:create")).content.decode()
    assert 'value="schedule"' not in page
    assert 'value="review"' in page


def test_a_link_fills_in_campaign_day_and_pictures(bob, client_of):
    campaign, asset = make_campaign("Easter buns"), make_asset("Buns")
    page = client_of(bob).get(
        reverse("posts:create") + f"?campaign={campaign.pk}&day=2030-04-01&media={asset.pk}&media=junk"
    )
    text = page.content.decode()
    assert f'<option value="{campaign.pk}" selected>' in text
    assert 'value="2030-04-01"' in text
    assert f'<input type="hidden" name="media" value="{asset.pk}">' in text


@pytest.mark.parametrize(
    ("change", "order"), [("earlier", [1, 0, 2]), ("later", [0, 2, 1]), ("remove", [0, 2])]
)
def test_without_script_pictures_move_by_buttons_and_nothing_is_saved(change, order, bob, client_of):
    assets = [make_asset(f"Picture {n}") for n in range(3)]
    form = typed(media=[str(a.pk) for a in assets], change=f"{change}:{assets[1].pk}", caption="Kept")
    answer = client_of(bob).post(reverse("posts:create"), form)
    text = answer.content.decode()
    shown = re.findall(r'<input type="hidden" name="media" value="([^"]+)">', text)
    assert answer.status_code == 200
    assert shown[: len(order)] == [str(assets[n].pk) for n in order]
    assert "Kept" in text
    assert not Post.objects.exists()


def test_without_script_the_page_holds_everything(bob, client_of):
    channel, asset = make_channel(), make_asset()
    page = client_of(bob).get(reverse("posts:create")).content.decode()
    assert f'name="{words_name(channel)}"' in page
    assert re.search(rf'<input type="checkbox" name="media" value="{asset.pk}" form="post"', page)
    assert "style=" not in page
    assert not re.search(r"<[^>]+ on\w+=", page)


def test_the_preview_answers_looks_checks_and_counters(bob, client_of):
    short = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    asset = make_asset(alt_text="")
    form = typed(caption="x" * 281, channels=[str(short.pk)], media=[str(asset.pk)])
    answer = client_of(bob).post(reverse("posts:preview"), form, headers={"hx-request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200
    for part in ("composer-preview", "composer-checks", "composer-limits"):
        assert f'id="{part}" hx-swap-oob="true"' in text
    assert "1 over" in text
    assert "Picture 1 has no description." in text
    assert "<html" not in text


def test_the_preview_finds_rights_that_end_before_the_day_that_is_typed(bob, client_of):
    channel, asset = make_channel(), make_asset(expires_date=(clock.now() + timedelta(days=2)).date())
    said = "may be used until"
    for days, found in ((1, False), (4, True)):
        day = f"{clock.now() + timedelta(days=days):%Y-%m-%d}"
        form = typed(channels=[str(channel.pk)], media=[str(asset.pk)], day=day, time="09:00")
        answer = client_of(bob).post(reverse("posts:preview"), form, headers={"hx-request": "true"})
        assert (said in answer.content.decode()) is found
    form = typed(media=[str(asset.pk)], day="soon", time="")
    assert client_of(bob).post(reverse("posts:preview"), form).status_code == 200


def test_missing_descriptions_are_one_line_that_leads_to_the_first(bob, client_of):
    described, *missing = make_asset(alt_text="Steam"), make_asset(alt_text=""), make_asset(alt_text=" ")
    form = typed(media=[str(asset.pk) for asset in (described, *missing)])
    text = (
        client_of(bob).post(reverse("posts:preview"), form, headers={"hx-request": "true"}).content.decode()
    )
    assert text.count("no description") == text.count("2 pictures have no description.") == 1
    links = re.findall(r' href="([^"]+)"[^>]*>Describe the first</a>', text)
    assert links == [reverse("media:alt-text", args=[missing[0].pk])]


def test_the_window_of_a_description_can_be_closed_and_its_page_has_nothing_to_close(bob, client_of):
    client, htmx = client_of(bob), {"hx-request": "true"}
    address = reverse("media:alt-text", args=[make_asset(alt_text="").pk])
    window = client.get(f"{address}?window=1", headers=htmx).content.decode()
    refused = client.post(f"{address}?window=1", {"alt_text": "x" * 9000}, headers=htmx)
    assert "Never mind" in window
    assert refused.status_code == 422
    assert "Never mind" in refused.content.decode()
    assert "Never mind" not in client.get(address).content.decode()


def two_brands():
    moss = Brand.objects.create(name="Moss")
    campaigns = make_campaign("Rye"), make_campaign("Ferns", brand=moss)
    return *campaigns, make_channel("For rye", brand=campaigns[0].brand), make_channel("For moss", brand=moss)


def ticks(page):
    """The ids of the channels that the page offers, and whether each is ticked."""
    found = re.findall(r'name="channels" value="([^"]+)"( checked)?', page)
    return {pk: bool(checked) for pk, checked in found}


def test_the_composer_offers_the_channels_of_the_campaigns_brand_and_those_of_any(bob, client_of):
    rye, _, for_rye, for_moss = two_brands()
    for_any = make_channel("For any")
    browser = client_of(bob)
    page = browser.get(reverse("posts:create") + f"?campaign={rye.pk}").content.decode()
    assert ticks(page) == {str(for_rye.pk): False, str(for_any.pk): False}
    everything = ticks(browser.get(reverse("posts:create")).content.decode())
    assert set(everything) == {str(for_rye.pk), str(for_any.pk), str(for_moss.pk)}


def test_another_campaign_brings_its_channels_and_keeps_what_was_typed_and_ticked(bob, client_of):
    rye, ferns, for_rye, for_moss = two_brands()
    unticked = make_channel("Also for rye", brand=rye.brand)
    form = typed(campaign=ferns.pk, channels=[str(for_rye.pk)], **{words_name(unticked): "Typed for rye"})
    headers = {"hx-request": "true", "hx-target": "composer-channels"}
    part = client_of(bob).post(reverse("posts:preview"), form, headers=headers).content.decode()
    assert ticks(part) == {str(for_rye.pk): True, str(for_moss.pk): False}
    assert "composer-checks" not in part
    page = client_of(bob).post(reverse("posts:create"), form | {"change": "campaign"}).content.decode()
    assert ticks(page) == ticks(part)
    assert f"{for_rye} only speaks for another brand." in page
    assert "Typed for rye" in page
    assert not Post.objects.exists()


def test_without_script_a_button_shows_the_channels_of_another_campaign(bob, client_of):
    browser = client_of(bob)
    make_channel("For any")
    assert 'value="campaign"' not in browser.get(reverse("posts:create")).content.decode()
    two_brands()
    page = browser.get(reverse("posts:create")).content.decode()
    assert re.search(r'without-script" form="post" name="change" value="campaign" formnovalidate', page)


def test_a_brand_without_channels_says_so(bob, client_of):
    rye, _, _, _ = two_brands()
    Channel.objects.filter(brand=rye.brand).delete()
    page = client_of(bob).get(reverse("posts:create") + f"?campaign={rye.pk}").content.decode()
    assert "No channel speaks for Barrow &amp; Rye yet." in page


def test_what_is_out_is_shown_and_not_edited(bob, client_of):
    post = make_post(status="published")
    target = Target.objects.get()
    Target.objects.update(remote_url="https://example.com/p/1")
    Attempt.objects.create(
        target=target, number=1, outcome="accepted", sentence="Sent to The sandbox. It answered."
    )
    browser = client_of(bob)
    assert browser.get(reverse("posts:edit", args=[post.pk]))["Location"] == reverse(
        "posts:detail", args=[post.pk]
    )
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "https://example.com/p/1" in page
    assert "Sent to The sandbox. It answered." in page
    assert 'name="caption"' not in page


def test_a_post_that_is_being_sent_asks_again_by_itself_until_it_is_out(bob, client_of):
    post = make_post(status="sending")
    url = reverse("posts:live", args=[post.pk])
    browser = client_of(bob)
    assert "data-poll" in browser.get(url).content.decode()
    Target.objects.update(status="published", published_at=clock.now(), due_at=None)
    Post.objects.update(status="published")
    text = browser.get(url).content.decode()
    assert "data-poll" not in text
    assert 'id="post-state" hx-swap-oob="true"' in text
    assert 'id="post-actions"' not in text


def test_a_post_that_goes_out_while_it_is_written_says_that_nothing_changes_it_any_more(bob, client_of):
    post = make_post(status="published")
    text = client_of(bob).get(reverse("posts:live", args=[post.pk]), {"composing": 1}).content.decode()
    assert 'id="post-actions" hx-swap-oob="true"' in text
    assert 'id="post-when" hx-swap-oob="true"' in text
    assert "Duplicate it to say something new" in text
    assert 'name="intent"' not in text


def test_a_post_that_waits_for_its_next_try_does_not_say_that_it_waits_for_a_worker(bob, client_of):
    now = clock.now()
    post = make_post(status="scheduled")
    Post.objects.update(scheduled_at=now - timedelta(minutes=1))
    Target.objects.update(due_at=now + timedelta(minutes=1), sentence="It could not be reached.")
    text = client_of(bob).get(reverse("posts:live", args=[post.pk])).content.decode()
    assert "tried again by itself" in text
    assert "worker" not in text
    Target.objects.update(due_at=now - timedelta(minutes=1))
    assert "worker" in client_of(bob).get(reverse("posts:live", args=[post.pk])).content.decode()


def test_where_there_is_no_campaign_the_composer_leads_to_making_one(bob, client_of):
    url = reverse("posts:create")
    start = reverse("campaigns:create")
    assert f'href="{start}">Start a campaign first' in client_of(bob).get(url).content.decode()
    make_campaign("Rye week")
    assert "Start a campaign first" not in client_of(bob).get(url).content.decode()


def test_what_needs_confirmation_has_its_two_buttons_and_they_work(bob, client_of):
    post = make_post(status="needs_confirmation")
    target = Target.objects.get()
    browser = client_of(bob)
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "It’s live" in page
    assert "Not there, send again" in page
    browser.post(reverse("posts:confirm", args=[target.pk]), {"url": "https://example.com/live"})
    target.refresh_from_db()
    assert (target.status, target.remote_url) == ("published", "https://example.com/live")
    assert Post.objects.get().status == "published"


@pytest.mark.parametrize(("verb", "status"), [("resend", "scheduled"), ("leave", "cancelled")])
def test_the_other_answers(verb, status, bob, client_of):
    make_post(status="needs_confirmation")
    target = Target.objects.get()
    client_of(bob).post(reverse(f"posts:{verb}", args=[target.pk]))
    target.refresh_from_db()
    assert target.status == status


@pytest.mark.parametrize("status", ["failed", "missed"])
def test_what_did_not_go_out_can_be_sent_now(status, bob, client_of):
    post = make_post(status=status)
    browser = client_of(bob)
    assert "Send now" in browser.get(reverse("posts:edit", args=[post.pk])).content.decode()
    browser.post(reverse("posts:retry", args=[Target.objects.get().pk]))
    assert Post.objects.get().status == "scheduled"


def test_a_refusal_is_said_on_the_page_and_as_409_to_a_part(bob, client_of):
    post = make_post(status="published")
    url = reverse("posts:unschedule", args=[post.pk])
    answer = client_of(bob).post(url, follow=True)
    assert "out already" in answer.content.decode()
    answer = client_of(bob).post(url, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "out already" in answer.content.decode()


@pytest.mark.parametrize(
    "away", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"]
)
def test_X7_next_leads_nowhere_else(away, bob, client_of):
    post = make_post(review_status="in_review")
    answer = client_of(bob).post(reverse("posts:approve", args=[post.pk]), {"next": away})
    assert answer["Location"] == reverse("posts:detail", args=[post.pk])


def test_trash_and_back(bob, client_of):
    asset = make_asset()
    post = make_post(created_by=bob)
    use(asset, post)
    browser = client_of(bob)
    assert "trash" in browser.get(reverse("posts:delete", args=[post.pk])).content.decode()
    browser.post(reverse("posts:delete", args=[post.pk]))
    assert Post.objects.get().trashed_at
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "Bring it back" in page
    assert asset.alt_text in page
    browser.post(reverse("posts:restore", args=[post.pk]))
    assert not Post.objects.get().trashed_at


def test_what_is_out_is_not_said_to_be_called_off_or_gone(bob, client_of):
    post = make_post(status="published", created_by=bob)
    Post.objects.update(published_at=clock.now())
    browser = client_of(bob)
    page = browser.post(reverse("posts:cancel", args=[post.pk]), follow=True).content.decode()
    assert "This post is out already. Nothing is left to call off." in page
    assert "is called off" not in page
    page = browser.post(reverse("posts:delete", args=[post.pk]), follow=True).content.decode()
    assert "What is out already stays out there." in page


def test_a_duplicate_opens_for_writing(bob, client_of):
    post = make_post()
    answer = client_of(bob).post(reverse("posts:duplicate", args=[post.pk]))
    copy = Post.objects.exclude(pk=post.pk).get()
    assert answer["Location"] == reverse("posts:edit", args=[copy.pk])


def test_by_hand_has_the_words_ready_to_copy(bob, client_of):
    by_hand = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    post = make_post(channels=[by_hand], status="needs_confirmation")
    Target.objects.update(own_words="Short words for X")
    page = client_of(bob).get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert re.search(r"<textarea[^>]* readonly>Short words for X</textarea>", page)
    assert "It’s posted" in page
    assert "send again" not in page


def test_what_is_due_is_shown_and_can_still_be_stopped(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=clock.now())
    browser = client_of(bob)
    page = browser.get(reverse("posts:detail", args=[post.pk])).content.decode()
    assert "Stop it" in page
    browser.post(reverse("posts:unschedule", args=[post.pk]))
    assert Post.objects.get().status == "draft"


def test_two_channels_of_one_network_are_told_apart_by_their_names(bob, client_of):
    channels = [make_channel(name, "by_hand", settings={"stands_for": "x"}) for name in ("Shop", "Bakery")]
    channels.append(make_channel("The feed"))
    form = typed(caption="Fresh.", channels=[str(channel.pk) for channel in channels])
    page = (
        client_of(bob).post(reverse("posts:preview"), form, headers={"hx-request": "true"}).content.decode()
    )
    named = [
        name
        for name in ("Shop", "Bakery", "The feed")
        if f'<span class="clip">{name}</span></button>' in page
    ]
    assert named == ["Shop", "Bakery"]
