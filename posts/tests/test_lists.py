from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from aura.kit import clock
from campaigns.models import Campaign
from posts import lists
from posts.models import Channel, Post, Target
from posts.months import clock_change, span_of
from posts.needs import sentence_of
from posts.operations.settle import settle
from posts.operations.writing import index_post
from posts.tests._made import make_asset, make_campaign, make_channel, make_post
from posts.views.home import _hello
from workspaces.models import Activity, Membership

pytestmark = pytest.mark.usefixtures("scope")
ZONE = "Europe/Dublin"


def titles(answer):
    return [post.title for post in answer.context["rows"]]


def test_the_list_is_narrowed_by_tab_filters_and_words(alice, bob, client_of):
    rye, buns = make_campaign("Rye"), make_campaign("Buns")
    one, two = make_channel("One"), make_channel("Two")
    make_post("Rye draft", rye, [one], created_by=alice)
    make_post("Rye live", rye, [two], "published", created_by=bob)
    make_post("Buns soon", buns, [one], "scheduled", created_by=bob, caption="With raisins")
    make_post("Gone", buns, [two], trashed_at=clock.now())
    for post in Post.objects.all():
        index_post(post)
    browser, url = client_of(bob), reverse("posts:list")
    assert titles(browser.get(url)) == ["Buns soon", "Rye live", "Rye draft"]
    for query, found in {
        "?state=draft": ["Rye draft"],
        "?state=trash": ["Gone"],
        f"?campaign={rye.pk}": ["Rye live", "Rye draft"],
        f"?channel={one.pk}": ["Buns soon", "Rye draft"],
        f"?person={bob.pk}": ["Buns soon", "Rye live"],
        "?q=raisins": ["Buns soon"],
        "?sort=oldest": ["Rye draft", "Rye live", "Buns soon"],
        "?sort=soonest": ["Buns soon"],
    }.items():
        assert titles(browser.get(url + query)) == found, query
    assert browser.get(url + f"?campaign={rye.pk}").context["counts"]["draft"] == 1
    assert browser.get(url + "?q=raisins").context["counts"] == {
        "": 1, "draft": 0, "in_review": 0, "approved": 0, "scheduled": 1, "published": 0, "needs": 0, "trash": 0,
    }  # fmt: skip


@pytest.mark.parametrize("few", [0, lists.FEW])
def test_posts_of_a_channel_are_the_same_whether_they_are_few_or_many(few, bob, client_of, monkeypatch):
    monkeypatch.setattr(lists, "FEW", few)
    one, two = make_channel("One"), make_channel("Two")
    make_post("On both", channels=[one, two])
    make_post("On the other", channels=[two])
    make_post("Taken out", channels=[one], status="taken_out")
    make_post("Gone", channels=[one], trashed_at=clock.now())
    answer = client_of(bob).get(reverse("posts:list") + f"?channel={one.pk}")
    assert titles(answer) == ["On both"]
    assert (answer.context["counts"][""], answer.context["counts"]["trash"]) == (1, 1)


@pytest.mark.parametrize(
    "query", ["?state=junk", "?campaign=junk", "?sort=owner__password", "?after=%00", "?person='"]
)
def test_T5_junk_in_the_address_is_left_out(query, bob, client_of):
    make_post()
    answer = client_of(bob).get(reverse("posts:list") + query)
    assert answer.status_code == 200
    assert titles(answer) == ["Launch day"]


def test_each_row_of_the_trash_has_a_button_that_brings_its_post_back(bob, carol, client_of):
    gone, other = make_post("Gone", trashed_at=clock.now()), make_post("Other", trashed_at=clock.now())
    browser, url, back = client_of(bob), reverse("posts:list"), reverse("posts:restore", args=[gone.pk])
    trash = url + "?state=trash"
    assert f'formaction="{back}"' in browser.get(trash).content.decode()
    assert "formaction" not in client_of(carol).get(trash).content.decode()
    assert browser.post(back, {"next": trash, "post": str(other.pk)})["Location"] == trash
    assert titles(browser.get(trash)) == ["Other"]
    assert "formaction" not in browser.get(url).content.decode()


def test_pages_lead_to_every_post_once(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    for number in range(60):
        make_post(f"Post {number}", campaign, [channel])
    browser, seen, query = client_of(bob), [], ""
    for _ in range(3):
        answer = browser.get(reverse("posts:list") + query)
        seen += titles(answer)
        query = answer.context["links"]["older"]
    assert len(seen) == len(set(seen)) == 60
    assert not query


def test_htmx_gets_the_list_alone(bob, client_of):
    answer = client_of(bob).get(
        reverse("posts:list"), headers={"hx-request": "true", "hx-target": "post-list"}
    )
    assert b"<html" not in answer.content
    assert b'id="post-list"' in answer.content


def test_counts_stop_at_a_hundred(bob, client_of):
    campaign = make_campaign()
    Post.objects.bulk_create(Post(title=f"Post {n}", campaign=campaign) for n in range(120))
    answer = client_of(bob).get(reverse("posts:list"))
    assert answer.context["counts"]["draft"] == 100
    assert "99+" in answer.content.decode()


def test_many_are_trashed_and_brought_back(bob, client_of):
    posts = [make_post(f"Post {n}", created_by=bob) for n in range(3)]
    form = {"verb": "trash", "post": [str(post.pk) for post in posts[:2]]}
    client_of(bob).post(reverse("posts:change-many"), form)
    assert Post.objects.filter(trashed_at=None).get() == posts[2]
    client_of(bob).post(reverse("posts:change-many"), form | {"verb": "restore"})
    assert Post.objects.filter(trashed_at=None).count() == 3


@pytest.mark.parametrize("form", [{"verb": "purge"}, {"verb": "trash", "post": "junk"}, {}])
def test_an_unknown_verb_or_id_is_404(form, bob, client_of):
    assert client_of(bob).post(reverse("posts:change-many"), form).status_code == 404


# Calendar -----------------------------------------------------------------------------------------------------------


def at(day, hour=9):
    wall = clock.wall_of(clock.now(), ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
    return clock.shifted_instant_of(wall + timedelta(days=day), ZONE)


def test_a_month_shows_its_days_and_what_has_no_time(bob, client_of):
    make_post("Timed", scheduled_at=at(0), status="scheduled")
    make_post("Waiting")
    make_post("In the trash", trashed_at=clock.now(), scheduled_at=at(0))
    answer = client_of(bob).get(reverse("posts:calendar"))
    today = next(day for day in answer.context["days"] if day.is_today)
    assert [post.title for post in today.posts] == ["Timed"]
    assert [post.title for post in answer.context["drawer"]] == ["Waiting"]
    assert "In the trash" not in answer.content.decode()


def test_a_full_day_says_how_many_more_and_leads_to_them(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    for number in range(7):
        make_post(f"Post {number}", campaign, [channel], "scheduled", scheduled_at=at(0, 10 + number))
    answer = client_of(bob).get(reverse("posts:calendar"))
    today = next(day for day in answer.context["days"] if day.is_today)
    assert (len(today.posts), today.more) == (2, 5)
    assert f"?view=list&amp;day={today.date}" in answer.content.decode()
    agenda = client_of(bob).get(reverse("posts:calendar") + f"?view=list&day={today.date}")
    assert len(agenda.context["days"][0].posts) == 7


@pytest.mark.parametrize("view", ["month", "week", "list", "junk"])
@pytest.mark.parametrize("day", ["2026-03-29", "junk", "0001-01-01", "9999-12-31", ""])
def test_every_view_of_every_day_answers(view, day, bob, client_of):
    assert client_of(bob).get(reverse("posts:calendar") + f"?view={view}&day={day}").status_code == 200


def test_a_day_that_changes_clocks_says_so(bob, client_of):
    page = client_of(bob).get(reverse("posts:calendar") + "?day=2026-03-01").content.decode()
    assert "Clocks go forward" in page
    assert clock_change(date(2026, 10, 25), ZONE) == "Clocks go back"
    assert clock_change(date(2026, 10, 25), "UTC") == ""


def test_a_month_and_its_neighbours():
    span = span_of("month", date(2026, 1, 31))
    assert (span.before, span.after) == (date(2025, 12, 1), date(2026, 2, 1))
    assert span.first.weekday() == 0
    assert len(span.days) % 7 == 0


def test_a_drop_moves_the_post_and_answers_the_calendar(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=at(1, 14))
    day = clock.wall_of(at(2), ZONE).date()
    answer = client_of(bob).post(
        reverse("posts:move", args=[post.pk]) + "?view=month",
        {"day": str(day), "version": "1"},
        headers={"hx-request": "true", "hx-target": "calendar"},
    )
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<div class="page wide" id="calendar"')
    assert Post.objects.get().scheduled_at == Target.objects.get().due_at == at(2, 14)


def test_a_drop_on_a_day_that_is_over_is_refused_and_nothing_moves(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=at(1, 14))
    answer = client_of(bob).post(
        reverse("posts:move", args=[post.pk]),
        {"day": "2020-01-01"},
        headers={"hx-request": "true", "hx-target": "calendar"},
    )
    assert answer.status_code == 409
    assert "That time has passed." in answer.content.decode()
    assert Post.objects.get().scheduled_at == at(1, 14)


def test_without_a_mouse_a_post_moves_by_a_page(bob, client_of):
    post = make_post(status="scheduled", scheduled_at=at(1, 14))
    url = reverse("posts:move", args=[post.pk])
    browser = client_of(bob)
    its_month = reverse("posts:calendar") + f"?day={clock.wall_of(at(1), ZONE).date()}"
    assert url in browser.get(its_month).content.decode()
    assert 'type="date"' in browser.get(url).content.decode()
    day = clock.wall_of(at(3), ZONE).date()
    assert browser.post(url, {"day": "", "time": "08:00"}).status_code == 422
    assert browser.post(url, {"day": "2020-01-01", "time": "08:00"}).status_code == 422
    assert browser.post(url, {"day": str(day), "time": "08:00", "version": "9"}).status_code == 409
    assert browser.post(url, {"day": str(day), "time": "08:00", "version": "1"}).status_code == 302
    assert Post.objects.get().scheduled_at == at(3, 8)


def test_a_viewer_sees_the_calendar_and_drags_nothing(carol, client_of):
    make_post(status="scheduled", scheduled_at=at(1))
    page = client_of(carol).get(reverse("posts:calendar")).content.decode()
    assert "data-draggable" not in page
    assert reverse("posts:create") not in page


# Home ---------------------------------------------------------------------------------------------------------------


def kinds(answer):
    return {need.kind for need in answer.context["needs"]}


def test_home_says_what_needs_an_editor(bob, client_of):
    campaign, sandbox = make_campaign(), make_channel()
    by_hand = make_channel("@rye", "by_hand", settings={"stands_for": "x"})
    make_post("Doubtful", campaign, [sandbox], "needs_confirmation")
    make_post("My turn", campaign, [by_hand], "needs_confirmation")
    make_post("Refused", campaign, [sandbox], "failed")
    make_post("Late", campaign, [sandbox], "missed")
    make_post("Asked", campaign, [sandbox], review_status="in_review")
    answer = client_of(bob).get(reverse("posts:home"))
    assert kinds(answer) == {"confirm", "by_hand", "failed", "missed", "review"}
    assert "Five posts need you." in answer.content.decode()


@pytest.mark.parametrize(
    ("hour", "said"),
    [(3, "Hello"), (5, "Good morning"), (12, "Good afternoon"), (18, "Good evening"), (23, "Good evening")],
)
def test_home_greets_by_the_hour(bob, hour, said):
    assert _hello(datetime(2026, 11, 26, hour, 26, tzinfo=UTC), bob).startswith(f"{said}, ")


def test_home_shows_a_contributor_only_their_own_troubles(alice, bob, client_of):
    Membership.objects.filter(user=bob).update(role="contributor")
    make_post("Hers", status="failed", created_by=alice)
    make_post("Mine", status="failed", created_by=bob)
    make_post("Back", review_status="changes_requested", created_by=bob)
    answer = client_of(bob).get(reverse("posts:home"))
    assert {need.post.title for need in answer.context["needs"]} == {"Mine", "Back"}


def test_home_asks_nobody_to_approve_their_own_where_somebody_else_has_to(bob, workspace, client_of):
    workspace.approval = "other"
    workspace.save()
    make_post(review_status="in_review", created_by=bob)
    assert kinds(client_of(bob).get(reverse("posts:home"))) == set()


def test_a_broken_channel_is_for_admins(alice, bob, client_of):
    make_channel("Shop", status=Channel.Status.BROKEN, problem="It answered 401.")
    make_post()
    assert kinds(client_of(alice).get(reverse("posts:home"))) == {"channel"}
    assert kinds(client_of(bob).get(reverse("posts:home"))) == set()


@pytest.mark.parametrize("role", ["editor", "contributor", "viewer"])
@pytest.mark.parametrize("by_other", [False, True])
def test_home_and_posts_say_the_same_number_in_the_same_words(
    role, by_other, alice, bob, workspace, client_of
):
    Membership.objects.filter(user=bob).update(role=role)
    workspace.approval = "other" if by_other else "none"
    workspace.save()
    campaign, one, two = make_campaign(), make_channel("One"), make_channel("Two")
    for author in (alice, bob):
        index_post(make_post("Refused", campaign, [one], "failed", created_by=author))
        make_post("Asked", campaign, [one], review_status="in_review", created_by=author)
        make_post("Back", campaign, [one], review_status="changes_requested", created_by=author)
        for title, status in (("Half out", "missed"), ("Left", "cancelled")):
            post = make_post(title, campaign, [one, two], "published", created_by=author)
            Target.objects.filter(post=post, channel=two).update(status=status)
            settle(post.pk)
    browser = client_of(bob)
    home = browser.get(reverse("posts:home"))
    posts = browser.get(reverse("posts:list") + "?state=needs")
    number = {"editor": 6 if by_other else 7, "contributor": 3, "viewer": 0}[role]
    assert len(home.context["needs"]) == len(titles(posts)) == posts.context["counts"]["needs"] == number
    assert sorted(need.post.title for need in home.context["needs"]) == sorted(titles(posts))
    assert "Left" not in titles(posts)
    words = {7: "Seven posts need you.", 6: "Six posts need you.", 3: "Three posts need you."}.get(number)
    for page in (home, posts):
        assert (words or "Nothing needs you") in page.content.decode()
    found = browser.get(reverse("posts:list") + "?q=Refused&state=needs")
    assert found.context["counts"]["needs"] == len(titles(found)) == titles(posts).count("Refused")


def test_home_counts_beyond_what_it_shows(bob, client_of):
    campaign, channel = make_campaign(), make_channel()
    for number in range(11):
        make_post(f"Refused {number}", campaign, [channel], "failed")
    answer = client_of(bob).get(reverse("posts:home"))
    assert len(answer.context["needs"]) == 8
    assert "Eleven posts need you." in answer.content.decode()


@pytest.mark.parametrize(
    ("posts", "channels", "words"),
    [
        (0, 0, ""),
        (1, 0, "One post needs you."),
        (0, 1, "One channel needs you."),
        (2, 1, "Two posts and one channel need you."),
        (13, 0, "13 posts need you."),
        (100, 0, "99+ posts need you."),
    ],
)
def test_what_needs_somebody_is_said_in_words(posts, channels, words):
    assert sentence_of(posts, channels) == words


def test_the_buttons_of_home_work_and_lead_back(bob, client_of):
    post = make_post(review_status="in_review")
    browser, home = client_of(bob), reverse("posts:home")
    answer = browser.post(reverse("posts:approve", args=[post.pk]), {"version": "1", "next": home})
    assert answer["Location"] == home
    assert Post.objects.get().status == "approved"


def test_home_shows_the_week_campaigns_drafts_and_what_happened(bob, client_of):
    campaign = make_campaign("Rye", status=Campaign.Status.IN_PROGRESS)
    make_post("Today", campaign, status="scheduled", scheduled_at=at(0, 23))
    make_post("My draft", campaign, created_by=bob)
    Activity.write("posts.approve_post", bob, Post.objects.first())
    answer = client_of(bob).get(reverse("posts:home"))
    text = answer.content.decode()
    assert "Today" in [post.title for day in answer.context["days"] for post in day.posts]
    assert [post.title for post in answer.context["begun"]] == ["My draft"]
    assert [row.total for row in answer.context["campaigns"]] == [2]
    assert "approved" in text


def test_the_first_visit_leads_from_campaign_to_pictures_to_a_post(bob, client_of):
    browser, home = client_of(bob), reverse("posts:home")
    assert [step.done for step in browser.get(home).context["steps"]] == [False, False, False]
    make_campaign()
    make_asset()
    answer = browser.get(home)
    assert [step.done for step in answer.context["steps"]] == [True, True, False]
    assert reverse("posts:create") in answer.content.decode()
    make_post()
    assert browser.get(home).context["steps"] == []
