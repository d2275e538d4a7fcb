"""The demo: believable, in every state that lasts, whole or not there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from aura.demo import content
from aura.kit import clock
from aura.tests.addresses import pages
from aura.tests.small_demo import run, small_and_apart  # noqa: F401
from campaigns.models import Brand, Campaign
from imports.models import Import, ImportRow
from media_library.models import Album, Asset, FileDeletion, SavedFilter, UploadSession
from posts.models import Attempt, Channel, LinkAnswer, Post, PostingSlot, SandboxPost, Series, Snippet, Target
from workspaces.models import Activity, Mail, Membership, User, Workspace
from workspaces.scope import use_workspace

LASTING = set(Post.Status.values) - {Post.Status.PUBLISHING}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The demo, loaded once for all tests that only look at it; rolled back after the last of them."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        yield run()
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture
def demo(loaded: str, db: None) -> Iterator[Workspace]:
    workspace = Workspace.objects.get()
    with use_workspace(workspace):
        yield workspace


def test_posts_are_in_every_state_that_lasts(demo: Workspace) -> None:
    assert set(Post.objects.values_list("status", flat=True)) == LASTING
    assert Brand.objects.count() == 2
    assert {"in_progress", "ready_to_start"} <= set(Campaign.objects.values_list("status", flat=True))
    assert SandboxPost.objects.count() >= 5
    assert set(Membership.objects.values_list("role", flat=True)) >= {"owner", "editor"}


def test_what_it_tells_agrees_with_itself(demo: Workspace) -> None:
    now = clock.now()
    for post in Post.objects.prefetch_related("targets"):
        statuses = {target.status for target in post.targets.all()}
        if post.status == "scheduled":
            assert post.scheduled_at > now
            assert statuses == {"scheduled"}
        if post.status == "published":
            assert statuses == {"published"}
            assert post.published_at < now
            assert all(target.attempts.filter(outcome="accepted").exists() for target in post.targets.all())
    assert not Target.objects.filter(status="sending").exists()
    assert not Attempt.objects.filter(outcome="started").exists()
    shown = {
        str(target.post_id)
        for target in Target.objects.filter(status="published", channel__network="sandbox")
    }
    assert {feed.payload["post"] for feed in SandboxPost.objects.all()} <= shown
    for campaign in Campaign.objects.all():
        assert campaign.start_date < campaign.end_date
    assert Activity.objects.filter(at__gt=now).count() == 0


def test_days_are_counted_from_today(demo: Workspace) -> None:
    now = clock.now()
    near = Post.objects.filter(
        scheduled_at__gt=now - timedelta(days=31), scheduled_at__lt=now + timedelta(days=31)
    )
    assert near.count() >= Post.objects.exclude(scheduled_at=None).count() * 0.9


def test_pictures_are_drawn_described_and_ready(demo: Workspace) -> None:
    assert set(Asset.objects.values_list("status", flat=True)) == {"ready"}
    pictures = Asset.objects.filter(kind="image")
    assert not pictures.filter(alt_text="").exists()
    assert all(asset.thumb and asset.web and asset.clean_copy for asset in pictures)
    film = Asset.objects.get(kind="video")
    assert (film.duration, film.current and film.current.codecs) == ("0:05", "h264")
    assert Asset.objects.exclude(body="").count() == len(content.WORDS)
    assert not FileDeletion.objects.exists()


def test_the_owner_signs_in_and_every_page_opens(demo: Workspace) -> None:
    client = Client()
    words = {"login": content.DEMO_OWNER, "password": "a long enough password"}
    assert client.post("/account/login/", words).status_code == 302
    assert User.objects.get(email=content.DEMO_OWNER).is_superuser
    assert client.get("/", follow=True).redirect_chain[-1][0].startswith("/w/demo/")
    rows = [Post, Campaign, Brand, Channel, Target, Asset]
    world: dict[Any, Any] = {model: model.objects.first() for model in rows}
    asset = world[Asset]
    world |= {type(asset.thumb): asset.thumb, Membership: Membership.objects.first()}
    from posts.models import Connecting, ReviewLink
    from workspaces.models import (
        AnsweredCall,
        ApiToken,
        CallCount,
        Comment,
        Invitation,
        Notification,
        WebhookDelivery,
        WebhookEndpoint,
    )

    world |= {
        Import: Import(),
        ImportRow: ImportRow(),
        AnsweredCall: AnsweredCall(),
        ApiToken: ApiToken(),
        CallCount: CallCount(),
        Comment: Comment(),
        Invitation: Invitation(),
        LinkAnswer: LinkAnswer(),
        PostingSlot: PostingSlot(),
        ReviewLink: ReviewLink(),
        Series: Series(),
        Snippet: Snippet(),
        Notification: Notification(),
        WebhookDelivery: WebhookDelivery(),
        WebhookEndpoint: WebhookEndpoint(),
        Connecting: Connecting(),
        Album: Album(),
        SavedFilter: SavedFilter(),
        UploadSession: UploadSession(),
    }  # the demo has none
    broken = [
        path
        for path, response in pages(client, demo, world)
        if response.status_code >= 500 and path != "/health/ready"
    ]
    assert broken == []


def test_a_second_load_changes_nothing(demo: Workspace, client_of: Callable[[User], Client]) -> None:
    before = (Post.objects.count(), Asset.objects.count(), User.objects.count(), Activity.objects.count())
    assert "there already" in run()
    assert (
        Post.objects.count(),
        Asset.objects.count(),
        User.objects.count(),
        Activity.objects.count(),
    ) == before


def test_files_agree_with_rows_after_a_load(demo: Workspace) -> None:
    said = StringIO()
    call_command("check_storage", workspace="demo", hashes=True, stdout=said)
    assert "agree" in said.getvalue()


def test_nobody_is_written_to(demo: Workspace) -> None:
    assert not Mail.objects.exists()
