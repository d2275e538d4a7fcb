"""A post comes by one call: its words, where it goes, its files, and what is to become of it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError

from aura.kit.problems import Refused
from campaigns.models import Campaign
from media_library import intake
from media_library.lists import SHOWN
from media_library.models import Asset
from posts import checks
from posts.api.shown import ID, INSTANT, PostOut, posts, shown
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


@posts.post(
    "/campaigns/{uuid:campaign_id}/posts",
    PostOut,
    takes=NEW_POST,
    status=201,
    at="/posts/{id}",
    upload=intake.UPLOAD,
    apart=True,
)
def create_post(call: Call, campaign_id: UUID) -> PostOut:
    """Make a post in a campaign.

    As JSON, or as a form with its files as `media[]`. All of it is judged before anything is kept; where something is
    refused, by a form, a network or a right, no post and no file stays behind. To schedule needs `publish`, and counts
    as publishing.
    """
    campaign = call.find(Campaign.objects.filter(trashed_at=None), campaign_id)
    reason = checks.why_not_schedulable(campaign)
    if campaign.archived_at or campaign.status == Campaign.Status.COMPLETED:
        raise Refused(reason)
    files = call.body.files.get("media", [])
    form = _judged(call, campaign, call.body, awaits_files=bool(files))
    _need_rights(call, form.intent, files=bool(files))
    if not files:
        return _kept(call, form)
    most = settings.AURA_MEDIA_PER_POST
    over = len(form.pictures) + len(files) - most
    if over > 0:
        raise Invalid({"media": [f"A post takes {most} pictures or films. Take out {over}."]})
    try:
        judged = intake.judge_all(files, kinds=SHOWN)
    except ValidationError as problem:
        raise Invalid({"media": problem.messages}) from None
    with intake.taken_in(judged, now=call.now, by=call.by) as assets:
        return _kept(call, _judged(call, campaign, _with_media(call.body, [*form.pictures, *assets])))


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


def _need_rights(call: Call, intent: str, *, files: bool) -> None:
    """Refuse what one of its operations would refuse after something is kept, and count what is to go out."""
    needed = {REVIEW: ["posts.submit_post"], SCHEDULE: ["posts.schedule_post"]}.get(intent, [])
    for name in [*needed, *(["media_library.add_upload"] if files else [])]:
        if not may(call.by, name, role=call.credential.role):
            raise PermissionDenied(narrowing.forbids(name) or NOT_YOURS)
    if intent == SCHEDULE:
        call.count_as(limits.PUBLISHING)


def _kept(call: Call, form: PostByProgram) -> PostOut:
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
    return shown(edit.post)
