"""Links in posts are followed in the background, and what surely leads nowhere is said."""

from datetime import timedelta

import pytest
from django.urls import reverse

from aura.kit import clock, jobs
from aura.kit.testing import just_now
from aura.kit.tests.listening import answers
from posts import checks
from posts.models import LinkAnswer, Post
from posts.operations.link_answers import ask_about, forget_old_links
from posts.operations.writing import create_post
from posts.tests._made import make_campaign, make_channel
from posts.tests._site import Page, served
from posts.tests.test_checks import codes, subject
from posts.tests.test_composer import typed
from posts.words import finished_links_in, links_in

pytestmark = pytest.mark.django_db(transaction=True)


class Site(Page):
    asked = 0

    def page(self):
        type(self).asked += 1
        status = int(self.path.strip("/") or 200)
        return status, {"Location": "/410"} if status == 302 else {}, b""


@pytest.fixture
def site(settings, scope):
    with served(Site, settings) as address:
        yield address


def look():
    for row in LinkAnswer.objects.filter(due_at__isnull=False):
        LinkAnswer.objects.filter(pk=row.pk).update(due_at=just_now())
        jobs.run_one("posts.look_at_link", row.workspace_id, row.pk)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/200", "answers"), ("/404", "gone"), ("/410", "gone"), ("/302", "gone"), ("/500", "answers")],
)
def test_what_surely_leads_nowhere_is_gone_and_all_else_is_left_alone(path, status, site):
    ask_about([f"See {site}{path}."], now=clock.now())
    look()
    assert LinkAnswer.objects.get().status == status
    judged = subject(None, make_channel(), caption=f"See {site}{path}.")
    assert ("link_gone" in codes(judged)) is (status == "gone")


def test_a_host_that_nobody_knows_is_looked_at_twice_before_it_is_said(scope, monkeypatch):
    answers(monkeypatch, [])
    ask_about(["https://no-such-host.aura-test-zone/"], now=clock.now())
    look()
    row = LinkAnswer.objects.get()
    assert (row.status, row.misses) == ("waits", 1)
    look()
    row.refresh_from_db()
    assert (row.status, row.due_at) == ("gone", None)


def test_an_answer_is_kept_a_day_and_never_asked_for_while_a_page_is_made(site, bob, client_of):
    link = f"{site}/404"
    before = Site.asked
    post = create_post(
        Post(campaign=make_campaign(), title="T", caption=f"See {link}"),
        words={make_channel(): ""},
        pictures=[],
        by=bob,
    )
    page = client_of(bob).get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "is being looked at" in page
    assert Site.asked == before
    look()
    ask_about([link], now=clock.now())
    assert LinkAnswer.objects.get().due_at is None
    ask_about([link], now=clock.now() + timedelta(hours=25))
    assert LinkAnswer.objects.get().due_at is not None
    page = client_of(bob).get(reverse("posts:edit", args=[post.pk])).content.decode()
    assert "no such page (404)" in page
    assert f'href="{link}" target="_blank" rel="noopener noreferrer">Open it' in page
    form = typed(post, caption=f"{link} now.\r\nSee {link}, not {link}/new", change=f"unlink:{link}")
    page = client_of(bob).post(reverse("posts:edit", args=[post.pk]), form).content.decode()
    assert f">now.\nSee, not {link}/new</textarea>" in page


def test_typing_asks_about_links_that_are_finished_and_a_viewer_asks_about_none(site, bob, carol, client_of):
    form = typed(caption=f"{site}/200 and {site}/40", channels=[str(make_channel().pk)])
    client_of(carol).post(reverse("posts:preview"), form)
    assert not LinkAnswer.objects.exists()
    client_of(bob).post(reverse("posts:preview"), form)
    assert [row.url for row in LinkAnswer.objects.all()] == [f"{site}/200"]


def test_nothing_is_asked_where_the_instance_keeps_from_the_web_or_the_name_is_nobodys(settings, site):
    ask_about(["https://rye.example/ http://example.com/x"], now=clock.now())
    settings.AURA_CHECK_LINKS = False
    ask_about([f"{site}/200"], now=clock.now())
    assert not LinkAnswer.objects.exists()


def test_old_answers_are_forgotten(site):
    ask_about([f"{site}/200"], now=clock.now())
    assert forget_old_links() == 0
    LinkAnswer.objects.update(asked_at=clock.now() - timedelta(days=91))
    assert forget_old_links() == 1


def test_links_end_where_their_sentence_does():
    text = "Go (https://a.test/x_(y)). Or https://b.test/?q=1, “https://c.test/”! https://a.test/x_(y)"
    assert links_in(text) == ["https://a.test/x_(y)", "https://b.test/?q=1", "https://c.test/"]
    assert finished_links_in("https://a.test/ https://b.te") == ["https://a.test/"]
    assert "links_answer" in {rule.name for rule in checks.RULES}
