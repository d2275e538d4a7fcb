"""The card that readers see of a link: read in the background, kept, shown while writing, and sent where it is ours."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from aura.kit import clock, egress
from posts.models import LinkAnswer, Target
from posts.networks import link_card
from posts.operations.link_answers import ask_about
from posts.outgoing import outgoing_of, snapshot_of
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from posts.tests._site import Page, served
from posts.tests.test_composer import typed
from posts.tests.test_links import look
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = """<!doctype html><title>Plain</title>
<meta property="og:title" content="Hot-spring rye &amp; salt"><meta name=description content="Warm at seven.">
<meta property='og:image' content='/crumb.jpg'><body><meta property="og:title" content="Too late">"""


def crumb() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1200, 630), "#a05a2c").save(file, "JPEG")
    return file.getvalue()


class Site(Page):
    pages = {
        "/rye": ("text/html; charset=utf-8", PAGE.encode()),
        "/bare": ("text/html", b"<p>Nothing is said here."),
        "/crumb.jpg": ("image/jpeg", crumb()),
    }

    def page(self):
        kind, body = self.pages[self.path]
        return 200, {"Content-Type": kind}, body


@pytest.fixture
def site(settings, scope):
    with served(Site, settings) as address:
        yield address


def preview(client, *channels, **fields):
    form = typed(channels=[str(channel.pk) for channel in channels], **fields)
    return client.post(reverse("posts:preview"), form).content.decode()


def test_the_preview_shows_the_card_with_a_picture_of_our_own(site, bob, client_of):
    client, mastodon = client_of(bob), engine.channel("mastodon")
    waiting = preview(client, mastodon, caption=f"See {site}/rye now")
    assert "Not looked at yet" in waiting
    assert 'hx-trigger="load delay:3s"' in waiting
    look()
    row = LinkAnswer.objects.get()
    page = preview(client, mastodon, caption=f"See {site}/rye now")
    assert "Hot-spring rye &amp; salt" in page
    assert "Warm at seven." in page
    assert 'hx-trigger="load delay:3s"' not in page
    address = reverse("posts:link_picture", args=[row.pk])
    assert f'src="{address}?v=' in page
    assert "/crumb.jpg" not in page
    picture = client.get(address)
    assert picture["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(picture.content)).size == (480, 252)


def test_who_may_see_a_picture_of_a_card(site, bob, carol, mallory, client_of):
    ask_about([f"{site}/rye and {site}/bare now"], now=clock.now())
    look()
    rows = {row.url.rpartition("/")[2]: row for row in LinkAnswer.objects.all()}
    address = reverse("posts:link_picture", args=[rows["rye"].pk])
    assert client_of(carol).get(address).status_code == 200
    assert client_of(mallory).get(address).status_code == 404
    assert client_of(bob).get(reverse("posts:link_picture", args=[rows["bare"].pk])).status_code == 404


def test_a_page_without_a_card_is_said_by_who_draws_it(site, bob, client_of):
    ask_about([f"{site}/bare now"], now=clock.now())
    look()
    client, words = client_of(bob), f"See {site}/bare now"
    assert "Its page names no card" in preview(client, engine.channel("mastodon"), caption=words)
    assert "the card has the name alone" in preview(client, engine.channel("bluesky"), caption=words)


def test_no_card_beside_pictures_nor_where_the_network_has_none(site, bob, client_of):
    ask_about([f"{site}/rye now"], now=clock.now())
    look()
    client, words = client_of(bob), f"See {site}/rye now"
    assert "link-card" not in preview(client, engine.channel("sandbox"), caption=words)
    shown = preview(client, engine.channel("mastodon"), caption=words, media=[str(make_asset().pk)])
    assert "link-card" not in shown


def test_what_was_read_before_cards_were_kept_is_read_once_more(site):
    now = clock.now()
    link = f"{site}/rye"
    ask_about([link], now=now)
    LinkAnswer.objects.update(due_at=None, looked_at=now, status="answers")
    ask_about([link], now=now)
    look()
    assert LinkAnswer.objects.get().card["title"] == "Hot-spring rye & salt"
    ask_about([link], now=now)
    assert LinkAnswer.objects.get().due_at is None


def test_what_was_kept_goes_to_a_network_that_reads_no_page(site, settings):
    settings.AURA_URL = "https://aura.example"
    Workspace.objects.update(links=Workspace.Links.SHORT)
    channel = engine.channel("bluesky")
    post = engine.post(channel, caption=f"See {site}/rye now")
    target = Target.objects.select_related("post__campaign", "channel").get(post=post)
    unread = snapshot_of(target, post, channel)
    assert outgoing_of(target, channel, unread, "k").card == link_card.Card(f"{site}/rye")
    ask_about([post.caption], now=clock.now())
    look()
    read = snapshot_of(target, post, channel)
    assert read["hash"] == unread["hash"]
    card = outgoing_of(target, channel, read, "k").card
    assert (card.title, card.description, card.picture) == (
        "Hot-spring rye & salt",
        "Warm at seven.",
        f"{site}/crumb.jpg",
    )


@pytest.mark.parametrize(
    "hostile",
    ["<!--" * 400_000, "<meta " * 300_000, "<title>" * 200_000, "<meta content='" + "x" * 1_900_000],
)
def test_a_page_that_is_made_to_keep_a_parser_busy_says_nothing(hostile):
    answer = egress.Response(200, {"content-type": "text/html"}, hostile.encode(), "https://a.example/")
    said = link_card.said_by(answer)
    assert (said.description, said.picture) == ("", "")
