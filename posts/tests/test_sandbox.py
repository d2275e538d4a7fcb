"""The sandbox: one row for each key, and a feed that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posts.models import PostMedia, SandboxPost, Target
from posts.networks.sandbox import current_store
from posts.tests import _engine as engine
from posts.tests._made import make_asset
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def opened(scope: Workspace) -> Workspace:
    return scope


def put(target: Target, key: str) -> Any:
    from aura.kit import clock

    return current_store().put(
        key,
        target_id=str(target.pk),
        text="Words",
        title="Title",
        link="",
        channel="Sandbox",
        media=(),
        now=clock.now(),
    )


def test_the_same_key_twice_is_one_row_and_changes_nothing() -> None:
    target = engine.target_of(engine.post(engine.channel()))
    first = put(target, "one")
    assert put(target, "one") == first
    assert put(target, "two") != first
    assert SandboxPost.objects.count() == 2
    assert current_store().get("one") == first
    assert current_store().get("none") is None


def test_a_store_of_another_workspace_is_empty(other_workspace: Workspace) -> None:
    put(engine.target_of(engine.post(engine.channel())), "one")
    with use_workspace(other_workspace):
        assert current_store().get("one") is None


def test_the_feed_shows_words_picture_and_link(alice: User, client_of: Callable[[User], Client]) -> None:
    post = engine.post(engine.channel(name="Shop window"), caption="Bread <b>slowly</b>.")
    asset = make_asset("Oven")
    asset.alt_text = "The oven at dawn"
    asset.save()
    PostMedia.objects.create(post=post, asset=asset)
    from aura.kit import clock
    from posts.operations.settle import arm

    arm(post, clock.now())
    target = engine.publish(post)
    assert target.status == Target.Status.PUBLISHED
    page = client_of(alice).get(reverse("posts:sandbox")).content.decode()
    assert "Bread &lt;b&gt;slowly&lt;/b&gt;." in page
    assert "Shop window" in page
    assert 'alt="The oven at dawn"' in page
    assert target.remote_url.endswith(f"#received-{target.remote_id}")
    assert f'id="received-{target.remote_id}"' in page


def test_the_feed_is_paged_and_costs_the_same(
    alice: User, client_of: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    channel = engine.channel()
    target = engine.target_of(engine.post(channel))
    for number in range(30):
        put(target, str(number))
    browser = client_of(alice)
    first = browser.get(reverse("posts:sandbox"))
    assert first.content.decode().count('class="preview"') == 12
    assert "after=" in first.content.decode()
    with django_assert_max_num_queries(9):
        browser.get(reverse("posts:sandbox"))


def test_an_empty_feed_says_what_to_do(alice: User, client_of: Callable[[User], Client]) -> None:
    assert "Nothing was sent here yet" in client_of(alice).get(reverse("posts:sandbox")).content.decode()


def test_the_feed_of_one_account(alice: User, client_of: Callable[[User], Client]) -> None:
    one, two = engine.channel(name="One"), engine.channel(name="Two")
    put(engine.target_of(engine.post(one)), "a")
    put(engine.target_of(engine.post(two)), "b")
    browser, url = client_of(alice), reverse("posts:sandbox")
    assert browser.get(url).content.decode().count('class="preview"') == 2
    page = browser.get(url, {"channel": str(one.pk)}).content.decode()
    assert page.count('class="preview"') == 1
    assert "<h1>One</h1>" in page
    hook = engine.channel("webhook", name="Hook")
    for unknown in ("x", str(hook.pk)):
        assert browser.get(url, {"channel": unknown}).status_code == 404
