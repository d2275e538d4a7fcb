"""A post that comes with its files, in one call: all of it, or nothing that stays behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.client import encode_multipart

from aura.kit import clock
from aura.kit.testing_api import Caller, by_session, by_token
from campaigns.models import Campaign
from media_library import operations
from media_library.models import Asset, StoredFile
from media_library.tests import kills, pictures
from media_library.tests.conftest import own_storage, stored_keys, work  # noqa: F401
from posts.models import Channel, Post
from posts.tests._made import make_channel
from posts.tests.killed_api_post import POINTS
from workspaces.models import User, Workspace
from workspaces.scope import use_workspace
from workspaces.tests.programs import make

pytestmark = pytest.mark.django_db(transaction=True)
BAD = b"\x7fELF\x02\x01" + bytes(64)
RYE, CRUMB = pictures.encoded(seed=1), pictures.encoded("PNG", seed=2)


@pytest.fixture
def call(bob: User, client_of: Callable[[User], Client]) -> Caller:
    return by_session(client_of(bob), "barrow-rye")


def in_a_day() -> str:
    return f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:00Z}"


def send(
    call: Caller, campaign: Campaign, files: dict[str, bytes], headers: Any = None, **fields: Any
) -> Any:
    parts = [pictures.Named(content, name) for name, content in files.items()]
    body = encode_multipart("bread", {"title": "Rye", "caption": "Slowly.", "media[]": parts, **fields})
    kind = "multipart/form-data; boundary=bread"
    return call("POST", f"/campaigns/{campaign.pk}/posts", body, kind=kind, **(headers or {}))


def test_a_post_comes_with_its_files_and_is_promised_at_once(
    call: Caller,
    campaign: Campaign,
    sandbox: Channel,
    work: Callable[[], int],  # noqa: F811
) -> None:
    files = {"rye.jpg": RYE, "crumb.png": CRUMB}
    when = {"status": "scheduled", "scheduled_at": in_a_day()}
    made = send(call, campaign, files, platform="sandbox", **when)
    assert made.status_code == 201, made.content
    assert made.json()["status"] == "scheduled"
    work()
    named = [Asset.objects.get(pk=pk).title for pk in made.json()["media"]]
    assert [name.lower() for name in named] == ["rye", "crumb"]
    again = send(call, campaign, files, **{"targets[]": [str(sandbox.pk)]})
    assert again.json()["media"] == made.json()["media"]
    assert (Asset.objects.count(), Post.objects.count()) == (2, 2)


def test_on_any_error_no_post_and_no_file_stays_behind(
    call: Caller,
    campaign: Campaign,
    sandbox: Channel,
    alice: User,
    workspace: Workspace,
    other_workspace: Workspace,
    work: Callable[[], int],  # noqa: F811
    stored_keys: Callable[[], set[str]],  # noqa: F811
    settings: Any,
) -> None:
    settings.AURA_MEDIA_PER_POST = 2
    with use_workspace(other_workspace):
        theirs = make_channel("Moss")
    here = {"targets": str(sandbox.pk)}
    past = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    rye = {"rye.jpg": RYE}
    refused = [
        (send(call, campaign, rye, **here, status="scheduled", scheduled_at=past), 422, ["scheduled_at"]),
        (send(call, campaign, rye | {"bad.bin": BAD}, **here), 422, ["media"]),
        (send(call, campaign, rye, targets=str(theirs.pk)), 422, ["targets"]),
        (send(call, campaign, {f"{n}.jpg": RYE for n in range(3)}, **here), 422, ["media"]),
        (send(call, campaign, rye, **here, colour="red"), 422, ["colour"]),
    ]
    # What only comes out once the files are kept: a network that takes no such words, a yes that is missing.
    long = {"status": "scheduled", "scheduled_at": in_a_day()}
    mastodon = make_channel("Rye", "mastodon")
    too_long = {**long, "targets": str(mastodon.pk), "caption": "Rye. " * 700}
    refused.append((send(call, campaign, rye, **too_long), 422, ["caption"]))
    Workspace.objects.filter(pk=workspace.pk).update(approval=Workspace.Approval.OTHER)
    refused.append((send(call, campaign, rye, **here, **long), 409, []))
    writer = by_token(make(workspace, alice, "posts:write").secret)
    refused.append((send(writer, campaign, rye, **here), 403, []))
    for number, (answer, status, fields) in enumerate(refused):
        found = (answer.status_code, list(answer.json()["fields"]))
        assert found == (status, fields), (number, answer.content)
    work()
    assert not Post.objects.exists()
    assert not Asset.objects.exists()
    assert not StoredFile.objects.exists()
    assert stored_keys() == set()


def test_what_was_in_the_library_before_stays_when_the_post_is_refused(
    call: Caller, campaign: Campaign, sandbox: Channel, bob: User, alice: User, workspace: Workspace
) -> None:
    here = {"targets": str(sandbox.pk)}
    first = send(call, campaign, {"rye.jpg": RYE}, **here)
    Workspace.objects.filter(pk=workspace.pk).update(approval=Workspace.Approval.OTHER)
    promised = {"status": "scheduled", "scheduled_at": in_a_day()}
    refused = send(call, campaign, {"rye.jpg": RYE, "crumb.png": CRUMB}, **here, **promised)
    assert refused.status_code == 409
    kept = Asset.objects.get()
    assert [str(kept.pk)] == first.json()["media"]
    operations.trash_asset(kept, by=alice)
    in_trash = send(call, campaign, {"crumb.png": CRUMB, "rye.jpg": RYE}, **here)
    assert (in_trash.status_code, "trash" in in_trash.json()["detail"]) == (409, True)
    assert Asset.objects.get() == kept
    assert Post.objects.count() == 1


def test_a_call_with_files_that_is_made_again_has_its_effect_once(
    call: Caller, campaign: Campaign, sandbox: Channel
) -> None:
    key, here = {"Idempotency-Key": "loaf-1"}, {"targets": str(sandbox.pk)}
    failed = send(call, campaign, {"bad.bin": BAD}, key, **here)
    assert failed.status_code == 422
    first, second = (send(call, campaign, {"rye.jpg": RYE}, key, **here) for _ in range(2))
    assert (first.status_code, second["Idempotent-Replayed"]) == (201, "true")
    assert first.json() == second.json()
    assert first["Location"] == second["Location"]
    other = send(call, campaign, {"crumb.png": CRUMB}, key, **here)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (Post.objects.count(), Asset.objects.count()) == (1, 1)


def test_F1_a_call_that_is_killed_at_any_edge_made_the_post_with_its_files_or_leaves_nothing(
    tmp_path: Path, django_db_setup: None
) -> None:
    folder = tmp_path / "data"
    kills.seed(folder)
    told = kills.told("killed_api_post", "all_of_it", folder, package="posts.tests")
    said = [(each["point"], each["posts"], each["shown"], each["promised"]) for each in told]
    nothing = ("later", 0, 0, 0)
    assert said == [
        *(line for point in POINTS for line in ((point, 0, 0, 0), nothing)),
        ("intake.held", 0, 0, 0),
        ("again", 1, 2, 2),
        ("intake.done", 2, 4, 2),
        ("again", 2, 4, 2),
    ]
    assert all((each["missing"], each["wrong"], each["late"]) == ([], [], 0) for each in told), told
    ended = [(each["assets"], each["extra"]) for each in told if each["point"] in {"later", "again"}]
    assert ended == [(0, 0)] * len(POINTS) + [(2, 0)] * 2
