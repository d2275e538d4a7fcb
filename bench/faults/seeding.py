"""What the kill test starts from: a workspace, its pictures in storage, and posts that are all due now."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from PIL import Image

from aura.kit import clock, jobs, secrets
from aura.kit.files import HashedUpload
from bench.faults.networks import FAKES, mark_of
from campaigns.models import Brand, Campaign
from media_library import formats
from media_library.models import Asset
from media_library.operations import receive_upload
from posts.models import Channel, Post
from posts.networks import get_network
from posts.networks.webhook import Webhook
from posts.operations.settle import arm
from posts.operations.writing import create_post
from posts.parts import Own, Part
from workspaces.models import Membership, User, Workspace
from workspaces.scope import use_workspace

SLUG, EMAIL, PASSWORD = "faults", "faults@example.com", "a long enough password"
PICTURES = 3
CHANNELS = 4
SIDE = 720  # pixels, both ways: inside what every network takes


def seed(hook: str, posts: int, network: str, *, pictures: bool, parts: bool) -> dict[str, Any]:
    """Make a workspace whose posts are all due, on channels that lead to the network.

    A webhook has the sandbox beside it, with the same posts; of a network that is played there are several channels,
    as a worker that dies holds up its own, and each post goes to one of them. With `pictures` two of three posts carry
    one or two, with `parts` every fifth is a thread or has a first comment, where the network has them. Returns what a
    person with a browser has to know.
    """
    workspace = Workspace.objects.create(name="Faults", slug=SLUG, zone="UTC")
    user = User.objects.create_user(EMAIL, PASSWORD, name="Faults")
    Membership.objects.create(workspace=workspace, user=user, role="owner")
    needed = network in FAKES and FAKES[network].needs_pictures
    with use_workspace(workspace):
        brand = Brand.objects.create(name="Faults")
        campaign = Campaign.objects.create(brand=brand, name="Faults", status=Campaign.Status.IN_PROGRESS)
        channels = _channels(hook, network)
        album = [picture_of(workspace, number, user) for number in range(PICTURES)] if pictures else []
        now = clock.now()
        for number in range(posts):
            draft = Post(
                campaign=campaign,
                title=f"Seeded {number}",
                caption=f"Bread, slowly: {mark_of(number)}.",
            )
            chosen = [channels[number % CHANNELS]] if network in FAKES else channels
            shown = number % 3 if not needed else number % 2 + 1
            post = create_post(
                draft,
                words=dict.fromkeys(chosen, ""),
                pictures=album[:shown],
                own={channel: _own(channel, number) for channel in chosen} if parts else {},
                by=user,
            )
            arm(post, now, now=now)
        written = album[:1] if needed else []
    return {
        "campaign": campaign.pk,
        "channels": [channel.pk for channel in channels],
        "pictures": [asset.pk for asset in written],
    }


def _channels(hook: str, network: str) -> list[Channel]:
    if network in FAKES:
        fake = FAKES[network]
        known, credential = fake.channel(hook.removesuffix("/hook"))
        return [
            Channel.objects.create(
                network=fake.network,
                name=f"Network {number}",
                settings=known,
                secret=secrets.seal_dict(credential),
            )
            for number in range(CHANNELS)
        ]
    channels = [Channel.objects.create(network="sandbox", name="Sandbox")]
    if network == "webhook":
        sealed = secrets.seal_dict(Webhook().new_credential())
        hooked = Channel.objects.create(
            network=network, name="Network", settings={"url": hook}, secret=sealed
        )
        channels.append(hooked)
    return channels


def _own(channel: Channel, number: int) -> Own:
    """Return what follows a post on a channel: every fifth is a thread of three, or has a first comment, or both."""
    takes = get_network(channel.network).capabilities(channel.settings)
    if number % 5:
        return Own()
    later = [Part(f"More of it: {mark_of(number, str(part))}.") for part in (1, 2)]
    comment = f"Said below: {mark_of(number, 'c')}."
    return Own(parts=tuple(later) if takes.threads else (), comment=comment if takes.first_comment else "")


def picture_of(workspace: Workspace, number: int, user: User) -> Asset:
    """Take in a photograph-like JPEG as the library does, and have it made ready."""
    noise = Image.merge("RGB", [Image.effect_noise((SIDE, SIDE), 30 + 20 * number) for _ in range(3)])
    made = io.BytesIO()
    noise.save(made, "JPEG", quality=80)
    data = made.getvalue()
    upload = HashedUpload(f"bread-{number}.jpg", "", None, None)
    upload.write(data)
    upload.size, upload.sha256 = len(data), hashlib.sha256(data).hexdigest()
    upload.seek(0)
    asset = receive_upload(upload, formats.judge(io.BytesIO(data)), by=user).asset
    Asset.objects.filter(pk=asset.pk).update(alt_text=f"Loaf number {number}")
    jobs.run_one("media_library.make_renditions", workspace.pk, asset.pk)
    asset = Asset.objects.get(pk=asset.pk)
    if asset.status != Asset.Status.READY:
        raise SystemExit(f"A picture was not made ready: {asset.failure}")
    return asset
