"""A post comes by one call: its words, where it goes, its files, and what is to become of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError

from aura.kit.problems import Refused
from aura.kit.testing_points import failpoint
from campaigns.models import Campaign
from media_library import intake, operations
from media_library.lists import SHOWN
from media_library.models import Asset
from posts import checks
from posts.api.shown import PostOut, posts, shown
from posts.forms.post import REVIEW, SCHEDULE
from posts.forms.programs import PostByProgram
from posts.models import Post
from posts.operations.composing import compose_post
from workspaces import narrowing
from workspaces.api import limits
from workspaces.api.binding import Takes
from workspaces.api.bodies import Body
from workspaces.api.calls import Call
from workspaces.api.problems import Invalid
from workspaces.api.schemas import ID, INSTANT
from workspaces.operation import NOT_YOURS, may

WORDS = {"title": "Rye is back", "caption": "Dark, slow, and only on Fridays."}
TARGET_SENT = {"channel": ID, "own_words": "Rye is back.", "first_comment": "Baked on Rye Street."}
SAID = {
    "title": "What people here find it by; networks that show titles show it.",
    "caption": "The words that all its channels share.",
    "targets": "Its channels: the id of each, or an object with what is its own there. What an object leaves out, and "
    "what a channel has that is named by its id alone, stays as it is.",
    "media": "The ids of its pictures and films in the library, in order.",
    "scheduled_at": "Its time: an instant, or, without an offset, what clocks show in `zone`.",
    "zone": "Whose clocks, as an IANA zone; the workspace's where it is left out.",
}
NEW_POST = Takes(
    "NewPost",
    PostByProgram,
    examples={
        **WORDS,
        "platform": "mastodon",
        "targets": [TARGET_SENT],
        "media": [ID],
        "status": str(Post.Status.SCHEDULED),
        "scheduled_at": INSTANT,
        "zone": "Europe/Dublin",
    },
    descriptions={
        **SAID,
        "platform": "In place of `targets`: every channel of this network that speaks for the campaign.",
        "status": "What is to become of it: `in_review` asks for a yes, `scheduled` promises it for its time.",
    },
    files={"media": "Pictures and films. They come into the library, and follow those named by id."},
)


@contextmanager
def _files_held(call: Call, campaign_id: UUID) -> Iterator[tuple[list[operations.Received], Body]]:
    """Judge all of it, then keep its files, before the transaction that makes a post; yield them, and a body for it."""
    files = call.body.files.get("media", [])
    if not files:
        yield [], call.body
        return
    form = _judged(call, _campaign(call, campaign_id), call.body, awaits_files=True)
    _need_rights(call, form.intent, files=True)
    most = settings.AURA_MEDIA_PER_POST
    over = len(form.pictures) + len(files) - most
    if over > 0:
        raise Invalid({"media": [f"A post takes {most} pictures or films. Take out {over}."]})
    try:
        judged = intake.judge_all(files, kinds=SHOWN)
    except ValidationError as problem:
        raise Invalid({"media": problem.messages}) from None
    with intake.held(judged, now=call.now, by=call.by) as received:
        yield received, _with_media(call.body, [*form.pictures, *(one.asset for one in received)])


@posts.post(
    "/campaigns/{uuid:campaign_id}/posts",
    PostOut,
    takes=NEW_POST,
    status=201,
    at="/posts/{id}",
    upload=intake.UPLOAD,
    first=_files_held,
)
def create_post(call: Call, campaign_id: UUID) -> PostOut:
    """Make a post in a campaign.

    As JSON, or as a form with its files as `media[]`. All of it is judged before anything is kept; where something is
    refused, by a form, a network or a right, no post and no file stays behind. To schedule needs `publish`, and counts
    as publishing.
    """
    campaign = _campaign(call, campaign_id)
    held, body = call.brought
    for received in held:
        operations.promise(received, now=call.now)
    form = _judged(call, campaign, body)
    if not held:
        _need_rights(call, form.intent)
    edit = compose_post(
        form.instance,
        words=form.words,
        pictures=form.pictures,
        own=form.own,
        version=None,
        intent=form.intent,
        fits=form.chosen_fits,
        now=call.now,
        by=call.by,
    )
    failpoint("api.post_made")
    return shown(edit.post)


def _campaign(call: Call, campaign_id: UUID) -> Campaign:
    campaign = call.find(Campaign.objects.filter(trashed_at=None), campaign_id)
    if campaign.archived_at or campaign.status == Campaign.Status.COMPLETED:
        raise Refused(checks.why_not_schedulable(campaign))
    return campaign


def _judged(call: Call, campaign: Campaign, body: Body, *, awaits_files: bool = False) -> PostByProgram:
    start = PostByProgram(
        initial={"campaign": campaign.pk},
        zone=call.workspace.zone,
        now=call.now,
        awaits_files=awaits_files,
    )
    return NEW_POST.bind(start, body)


def _with_media(body: Body, assets: list[Asset]) -> Body:
    """Return what was sent with the files in it as things of the library."""
    return replace(body, members={**body.members, "media": [str(asset.pk) for asset in assets]}, files={})


def _need_rights(call: Call, intent: str, *, files: bool = False) -> None:
    """Refuse what one of its operations would refuse after something is kept, and count what is to go out."""
    needed = {REVIEW: ["posts.submit_post"], SCHEDULE: ["posts.schedule_post"]}.get(intent, [])
    for name in [*needed, *(["media_library.add_upload"] if files else [])]:
        if not may(call.by, name, role=call.credential.role):
            raise PermissionDenied(narrowing.forbids(name) or narrowing.why_not(NOT_YOURS))
    if intent == SCHEDULE:
        call.count_as(limits.PUBLISHING)
