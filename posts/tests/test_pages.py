"""What every page of posts owes: the right people, no stranger's rows, CSRF, no markup from what people typed."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aura.kit import clock
from posts.models import Attempt, Post, Target
from posts.tests._made import make_asset, make_campaign, make_channel, make_post, use
from workspaces.models import Membership
from workspaces.scope import use_workspace

pytestmark = pytest.mark.usefixtures("scope")

PAGES = ["home", "calendar", "list", "create"]
OF_POST_GET = ["detail", "edit", "live", "move", "delete"]
OF_POST = [
    "duplicate", "submit", "approve", "request-changes", "publish", "move", "unschedule", "cancel", "delete", "restore",
]  # fmt: skip
OF_TARGET = ["confirm", "resend", "retry", "leave"]


def everything(post):
    return (
        list(Post.objects.order_by("pk").values()),
        list(Target.objects.order_by("pk").values()),
        Post.objects.get(pk=post.pk).media.count(),
    )


def urls_of(post):
    urls = [("get", reverse(f"posts:{name}", args=[post.pk])) for name in OF_POST_GET]
    urls += [("post", reverse(f"posts:{name}", args=[post.pk])) for name in [*OF_POST, "edit"]]
    urls += [("post", reverse(f"posts:{name}", args=[post.targets.first().pk])) for name in OF_TARGET]
    return urls


@pytest.mark.parametrize("page", PAGES)
def test_logged_out_leads_to_sign_in(page):
    answer = Client().get(reverse(f"posts:{page}"))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_gets_404(page, mallory, client_of):
    assert client_of(mallory).get(reverse(f"posts:{page}")).status_code == 404


def test_T1_a_stranger_gets_404_on_everything_of_a_post_from_inside_their_own_workspace(
    mallory, other_workspace, client_of
):
    post = make_post(status="needs_confirmation")
    urls = urls_of(post)
    before = everything(post)
    browser = client_of(mallory)
    for method, url in urls:
        theirs = url.replace("/w/barrow-rye/", f"/w/{other_workspace.slug}/")
        for path in (url, theirs):
            answer = getattr(browser, method)(path, {"day": "2030-01-01", "note": "x", "title": "x"})
            assert answer.status_code == 404, (method, path)
    assert everything(post) == before


def test_T3_many_posts_with_one_of_others_change_nothing(bob, other_workspace, client_of):
    mine = make_post("Mine")
    with use_workspace(other_workspace):
        theirs = make_post("Theirs")
    answer = client_of(bob).post(
        reverse("posts:change-many"), {"verb": "trash", "post": [str(mine.pk), str(theirs.pk)]}
    )
    assert answer.status_code == 404
    assert not Post.objects.get().trashed_at
    with use_workspace(other_workspace):
        assert not Post.objects.get().trashed_at


def test_T4_no_page_shows_what_belongs_to_others(bob, other_workspace, client_of):
    with use_workspace(other_workspace):
        campaign = make_campaign("Canary campaign")
        post = make_post(
            "Canary post", campaign, [make_channel("Canary channel")], "scheduled", caption="Canary words"
        )
        use(make_asset("Canary picture"), post)
    browser = client_of(bob)
    query = "?q=canary&view=list"
    for page in PAGES:
        for address in (reverse(f"posts:{page}"), reverse(f"posts:{page}") + query):
            text = browser.get(address).content.decode().replace('value="canary"', "")
            assert "anary" not in text.replace("q=canary", ""), address


def test_R2_a_viewer_reads_and_changes_nothing(carol, client_of):
    post = make_post(status="needs_confirmation")
    browser = client_of(carol)
    for page in ("home", "calendar", "list"):
        assert browser.get(reverse(f"posts:{page}")).status_code == 200
    assert browser.get(reverse("posts:detail", args=[post.pk])).status_code == 200
    assert browser.get(reverse("posts:create")).status_code == 403
    assert browser.get(reverse("posts:edit", args=[post.pk])).status_code == 403
    before = everything(post)
    form = {"day": "2030-01-01", "time": "09:00", "note": "x", "title": "x"}
    for method, url in urls_of(post):
        if method == "post":
            assert browser.post(url, form).status_code == 403, url
    many = {"verb": "trash", "post": [str(post.pk)]}
    assert browser.post(reverse("posts:change-many"), many).status_code == 403
    assert everything(post) == before


def test_R4_the_role_at_the_time_of_the_press_decides(bob, client_of):
    post = make_post()
    browser = client_of(bob)
    assert browser.get(reverse("posts:edit", args=[post.pk])).status_code == 200
    Membership.objects.filter(user=bob).update(role="viewer")
    assert browser.post(reverse("posts:publish", args=[post.pk])).status_code == 403
    assert Post.objects.get().status == "draft"


def test_C1_no_change_without_its_token(bob, client_of):
    post = make_post(status="needs_confirmation")
    browser = client_of(bob)
    browser.handler.enforce_csrf_checks = True
    before = everything(post)
    for method, url in [
        *urls_of(post),
        ("post", reverse("posts:create")),
        ("post", reverse("posts:change-many")),
    ]:
        if method != "post":
            continue
        assert browser.post(url).status_code == 403, url
        assert browser.post(url, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403, url
        assert browser.post(url, headers={"origin": "null"}).status_code == 403, url
    assert everything(post) == before


class Born(HTMLParser):
    """Notes every element and attribute that a payload gave birth to."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if tag == "canary" or any("canary" in name or name.startswith("on") for name in names):
            self.found.append((tag, attrs))
        for name, value in attrs:
            if (
                name in {"href", "src", "action", "hx-get", "hx-post"}
                and "javascript:" in (value or "").lower()
            ):
                self.found.append((tag, name, value))


CANARY = """"'><canary onerror=alert(1) canary=1></textarea></title><canary>{{ 60713000111|add:1 }}</script><canary>"""


def test_X1_nothing_people_type_becomes_markup(alice, bob, client_of):
    alice.name = CANARY[:80]
    alice.save()
    campaign = make_campaign(CANARY[:120])
    channel = make_channel(CANARY[:80], status="broken", problem=CANARY)
    asset = make_asset(CANARY[:120], alt_text=CANARY)
    posts = []
    for status in ("pending", "scheduled", "failed", "needs_confirmation", "published"):
        post = make_post(
            CANARY[:120], campaign, [channel], status,
            caption=CANARY, created_by=alice, review_note=CANARY, scheduled_at=clock.now() + timedelta(hours=2),
        )  # fmt: skip
        use(asset, post)
        Target.objects.filter(post=post).update(
            own_words=CANARY, sentence=CANARY, remote_url="javascript:alert(1)" if status == "failed" else ""
        )
        Attempt.objects.create(target=post.targets.get(), number=1, sentence=CANARY, by=CANARY[:100])
        posts.append(post)
    Post.objects.filter(pk=posts[0].pk).update(review_status="changes_requested", status="changes_requested")
    browser = client_of(alice)
    pages = [reverse(f"posts:{page}") for page in PAGES]
    pages += [reverse("posts:calendar") + f"?view={view}" for view in ("week", "list")]
    pages += [reverse("posts:list") + "?q=canary&state=" + CANARY]
    pages += [reverse(f"posts:{name}", args=[post.pk]) for post in posts for name in OF_POST_GET]
    for address in pages:
        answer = browser.get(address, follow=True)
        assert answer.status_code == 200, address
        assert_clean(answer, address)
    typed = {
        "title": CANARY,
        "caption": CANARY,
        "day": CANARY,
        "time": CANARY,
        "channels": CANARY,
        "media": CANARY,
    }
    for address in (
        reverse("posts:create"),
        reverse("posts:preview"),
        reverse("posts:edit", args=[posts[0].pk]),
    ):
        answer = browser.post(address, typed)
        assert answer.status_code in {200, 422}
        assert_clean(answer, address)


def assert_clean(answer, address):
    page = Born()
    page.feed(answer.content.decode())
    assert not page.found, (address, page.found)
    assert "60713000112" not in answer.content.decode(), address


def _queries(browser, address):
    browser.get(address)  # the session and what is cached are settled
    with CaptureQueriesContext(connection, ) as caught:  # fmt: skip
        assert browser.get(address).status_code == 200
    return [query["sql"] for query in caught]


@pytest.mark.parametrize(
    "address",
    [
        "home/",
        "calendar/",
        "calendar/?view=week",
        "calendar/?view=list",
        "posts/",
        "posts/?q=launch",
        "posts/?sort=soonest",
    ],
)
def test_a_page_costs_the_same_for_two_and_for_twenty_rows(address, alice, client_of):
    browser = client_of(alice)
    campaigns = [make_campaign(f"Campaign {n}") for n in range(2)]
    channels = [make_channel(f"Channel {n}") for n in range(2)]
    asset = make_asset()
    at = clock.now() + timedelta(minutes=5)

    def more(number):
        for n in range(number):
            status = ["scheduled", "pending", "failed", "published"][n % 4]
            post = make_post(
                "Launch",
                campaigns[n % 2],
                channels,
                status,
                scheduled_at=None if n % 8 == 1 else at + timedelta(days=n % 5),
                created_by=alice,
            )
            use(asset, post)
            from posts.operations.writing import index_post

            index_post(post)

    more(2)
    two = _queries(browser, f"/w/barrow-rye/{address}")
    more(18)
    twenty = _queries(browser, f"/w/barrow-rye/{address}")
    assert len(twenty) <= len(two) + 0, "\n".join(twenty)
    assert len(twenty) <= 12, f"{len(twenty)}:\n" + "\n".join(twenty)


def test_the_calendar_costs_the_same_for_a_thousand_posts(alice, client_of):
    browser = client_of(alice)
    campaign, channel = make_campaign(), make_channel()
    empty = _queries(browser, reverse("posts:calendar"))
    now = clock.now()
    made = Post.objects.bulk_create(
        Post(title=f"Post {n}", campaign=campaign, scheduled_at=now + timedelta(minutes=n))
        for n in range(1000)
    )
    Target.objects.bulk_create(Target(post=post, channel=channel) for post in made)
    full = _queries(browser, reverse("posts:calendar"))
    assert len(full) <= 12
    assert (
        len(full) - len(empty) <= 3
    )  # the rows of the cards, their targets, and those of what is close to them
    assert browser.get(reverse("posts:calendar")).content.count(b'class="post"') < 60
