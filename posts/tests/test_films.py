"""Films in posts: where a network takes them, what it says where not, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aura.kit import clock
from media_library.models import Asset, Rendition
from posts import checks
from posts.models import PostMedia, Target
from posts.operations.settle import arm
from posts.outgoing import outgoing_of, snapshot_of
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def make_film(mime: str = "video/mp4", milliseconds: int = 20_500) -> Asset:
    """Return a film as the library leaves it: a poster, and a copy that may go out."""
    asset = make_asset("Oven door")
    assert asset.current is not None
    asset.kind = Asset.Kind.VIDEO
    asset.duration_ms = asset.current.duration_ms = milliseconds
    asset.current.save()
    asset.save()
    Rendition.objects.filter(version=asset.current, preset="clean").update(mime=mime, size=9_000_000)
    return Asset.objects.select_related("current__stored_file").get(pk=asset.pk)


def findings(network: str, film: Asset, **settings: Any) -> list[str]:
    channel = engine.channel(network, settings=settings)
    post = engine.post(channel)
    found = checks.findings_of(post, post.campaign, {channel: ""}, [film])
    return [check.code for check in found]


@pytest.mark.parametrize(
    ("network", "settings", "mime", "milliseconds", "codes"),
    [
        ("sandbox", {}, "video/mp4", 20_500, []),
        ("sandbox", {}, "video/webm", 20_500, []),
        ("webhook", {}, "video/quicktime", 20_500, []),
        ("by_hand", {"stands_for": "instagram"}, "video/mp4", 20_500, []),
        ("by_hand", {"stands_for": "instagram"}, "video/webm", 20_500, ["wrong_type"]),
        ("by_hand", {"stands_for": "instagram"}, "video/mp4", 2_000, ["video_too_short"]),
        ("by_hand", {"stands_for": "bluesky"}, "video/mp4", 181_000, ["video_too_long"]),
    ],
)
def test_a_network_says_which_films_it_takes(network, settings, mime, milliseconds, codes):
    assert findings(network, make_film(mime, milliseconds), **settings) == codes


def test_a_network_that_takes_pictures_or_a_film_refuses_both():
    channel = engine.channel("by_hand", settings={"stands_for": "mastodon"})
    post = engine.post(channel)
    found = checks.findings_of(post, post.campaign, {channel: ""}, [make_film(), make_asset()])
    assert "mixed_media" in [check.code for check in found]


def test_what_is_sent_of_a_film_says_how_long_it_runs():
    channel = engine.channel("sandbox")
    post = engine.post(channel)
    PostMedia.objects.create(post=post, asset=make_film())
    PostMedia.objects.create(post=post, asset=make_asset("Loaf"), position=1)
    snapshot = snapshot_of(engine.target_of(post), post, channel)
    assert "seconds" not in snapshot["media"][1], "a picture's snapshot stays what it was"
    film, picture = outgoing_of(engine.target_of(post), channel, snapshot, "key").media
    assert (film.is_video, film.seconds, picture.seconds) == (True, 20.5, None)


def test_the_sandbox_plays_the_film_it_was_sent(alice: User, client_of: Callable[[User], Client]) -> None:
    post = engine.post(engine.channel(name="Shop window"))
    film = make_film()
    PostMedia.objects.create(post=post, asset=film)
    arm(post, clock.now())
    assert engine.publish(post).status == Target.Status.PUBLISHED
    copy = Rendition.objects.get(version=film.current, preset="clean")
    page = client_of(alice).get(reverse("posts:sandbox")).content.decode()
    assert "<video" in page
    assert f'src="{copy.get_absolute_url()}"' in page or str(copy.pk) in page
    assert f'<img class="picture" src="{copy.get_absolute_url()}"' not in page
