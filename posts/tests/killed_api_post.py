"""What test_api_files kills while it makes a post with its pictures by one call, at every edge.

Prints what is there after each kill, and what became of it: by the sweep an hour later, or by the same call again.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from django.test import Client
from django.test.client import encode_multipart

from aura.kit import clock
from campaigns.models import Campaign
from media_library.models import Asset, StoredFile
from media_library.tests import killed, pictures
from posts.models import Post
from posts.tests._made import make_campaign
from workspaces.models import User
from workspaces.scope import use_workspace

POINTS = ("upload.after_rename", "upload.after_ready", "api.post_made")


def begin() -> None:
    """Make a campaign in a workspace."""
    killed.begin()
    with use_workspace(killed.workspace()):
        make_campaign("Rye")


def send(key: str) -> None:
    """Send a post with two pictures and a key; anything but its being made fails."""
    with use_workspace(killed.workspace()):
        campaign = Campaign.objects.get().pk
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    parts = [pictures.Named(pictures.encoded(seed=seed), f"{seed}.jpg") for seed in (1, 2)]
    body = encode_multipart("bread", {"title": "Rye", "caption": "Slowly.", "media[]": parts})
    kind = "multipart/form-data; boundary=bread"
    path = f"/w/killed/api/v1/campaigns/{campaign}/posts"
    answer = client.generic("POST", path, body, content_type=kind, headers={"Idempotency-Key": key})
    if answer.status_code != 201:
        sys.exit(answer.content.decode())


def tell(point: str) -> None:
    """Print how many posts, assets and files there are, how many are promised, and whether the rest goes soon."""
    with use_workspace(killed.workspace()):
        pending = StoredFile.objects.exclude(status=StoredFile.Status.READY)
        late = pending.filter(due_at__gt=clock.now() + timedelta(hours=1))
        said = {
            "posts": Post.objects.count(),
            "shown": sum(post.media.count() for post in Post.objects.all()),
            "assets": Asset.objects.count(),
            "promised": StoredFile.objects.filter(status=StoredFile.Status.READY).count(),
            "late": late.count(),
        }
    killed.tell(point=point, **said)


def all_of_it() -> None:
    """Kill at every edge and let an hour pass; then kill and send again, with nothing committed and with all of it."""
    killed.in_a_process(begin)
    for point in POINTS:
        killed.in_a_process(lambda: send("one"), point)
        tell(point)
        killed.in_a_process(killed.days_later)
        tell("later")
    for key, point in (("two", "intake.held"), ("three", "intake.done")):
        killed.in_a_process(lambda key=key: send(key), point)
        tell(point)
        killed.in_a_process(lambda key=key: send(key))
        killed.in_a_process(killed.days_later)
        tell("again")


if __name__ == "__main__":
    killed.main(all_of_it=all_of_it)
