"""The workspace itself: its settings, when nothing goes out of it, and how much it may take."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, Field

from workspaces import operations
from workspaces.api.binding import Takes
from workspaces.api.calls import Call, Resource
from workspaces.api.schemas import ID, INSTANT, OneOf, Shown
from workspaces.forms import WorkspaceForm
from workspaces.models import Workspace
from workspaces.quiet import Quiet
from workspaces.quiet_form import QuietTimesForm

workspace = Resource(
    "workspace",
    about="The workspace that the credential is for: its settings, its quiet times, and its limits.",
)

WORKSPACES = Workspace.objects.all()
MB = 1_000_000


class WorkspaceOut(Shown):
    """A workspace and its settings."""

    id: UUID = Field(description="Its id.", examples=[ID])
    slug: str = Field(description="Its part of addresses. It never changes.", examples=["barrow-rye"])
    name: str = Field(description="What it is called.", examples=["Barrow & Rye"])
    zone: str = Field(description="Times are shown and promised by these clocks.", examples=["Europe/Dublin"])
    approval: Annotated[str, OneOf(Workspace.Approval.values)] = Field(
        description="Who has to approve a post before it goes out: nobody (`none`), anyone who may, somebody `other` "
        "than its author, or one `person`. A channel may ask for more.",
        examples=["other"],
    )
    approver: UUID | None = Field(
        description="The id of that person, where it is one; null there: their account is gone, and nobody can say "
        "that yes.",
        examples=[None],
    )
    client_approval: bool = Field(
        description="Whether a client's yes counts as that of somebody other than the author.",
        examples=[False],
    )
    grace_minutes: int = Field(
        description="How many minutes late a post may go out. What is later is listed as missed.",
        examples=[30],
    )
    links: Annotated[str, OneOf(Workspace.Links.values)] = Field(
        description="How links in posts go out: as they are written (`plain`), with parameters of their campaign "
        "(`utm`), or shortened, too (`short`).",
        examples=["plain"],
    )
    paused_at: datetime | None = Field(
        description="Since when nothing goes out of it; null where it is not paused.", examples=[None]
    )
    pause_reason: str = Field(description="Why it is paused.", examples=["We move house."])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])


class DayOffOut(BaseModel):
    """A day, or several in a row, on which nothing goes out."""

    first: date = Field(description="The day, or the first of several.", examples=["2026-12-24"])
    last: date = Field(description="The last of them.", examples=["2026-12-26"])
    why: str = Field(description="What people call it.", examples=["Christmas"])


class QuietTimesOut(Shown):
    """When nothing goes out, by the clocks of the workspace."""

    quiet_from: str | None = Field(
        description="When the quiet hours begin, as clocks show it; they may go past midnight. Null for none.",
        examples=["22:00"],
    )
    quiet_until: str | None = Field(description="When they end.", examples=["07:00"])
    weekdays: list[int] = Field(
        description="The days of the week that are quiet all day: 0 is Monday, 6 is Sunday.", examples=[[6]]
    )
    days_off: list[DayOffOut] = Field(
        description="Days off, in order.",
        examples=[[{"first": "2026-12-24", "last": "2026-12-26", "why": "Christmas"}]],
    )
    quiet_blocks: bool = Field(
        description="Whether a post at a quiet time is refused and does not go out, or is advised against and does.",
        examples=[False],
    )


class RateOut(BaseModel):
    """How often something may be called."""

    calls: int = Field(description="So many calls", examples=[600])
    seconds: int = Field(description="in so many seconds.", examples=[60])


class LimitsOut(Shown):
    """How much a workspace may keep, and a call may bring. Longer texts than a call takes are told by its schema."""

    stored_bytes: int = Field(description="How much its files take now.", examples=[48_000_000])
    stored_bytes_at_most: int | None = Field(
        description="How much they may take; null where there is no end.", examples=[10_000_000_000]
    )
    image_bytes: int = Field(description="The largest picture or document.", examples=[10_000_000])
    image_megapixels: int = Field(description="The most megapixels of a picture.", examples=[64])
    video_bytes: int = Field(description="The largest film.", examples=[200_000_000])
    archive_bytes: int = Field(description="The largest archive (ZIP).", examples=[200_000_000])
    import_bytes: int = Field(description="The largest file of an import.", examples=[50_000_000])
    import_rows: int = Field(description="The most rows of an import.", examples=[1_000_000])
    media_per_post: int = Field(
        description="The most pictures and films of a post; a network's own limit may be lower.", examples=[5]
    )
    json_bytes: int = Field(description="The largest body without files.", examples=[1_000_000])
    rates: dict[str, RateOut] = Field(
        description="How often each credential may call, by kind of call, as `RateLimit-Policy` says it.",
        examples=[{"calls": {"calls": 600, "seconds": 60}}],
    )


SETTINGS = Takes(
    "WorkspaceSettings",
    WorkspaceForm,
    examples={
        "name": "Barrow & Rye",
        "zone": "Europe/Dublin",
        "approval": "person",
        "approver": ID,
        "client_approval": False,
        "grace_minutes": 30,
        "links": "utm",
    },
    descriptions={
        "name": "What it is called.",
        "zone": "An IANA time zone. Scheduled posts keep their moment.",
        "approval": "Who has to approve a post before it goes out. Scheduled posts that lack the yes then wait.",
        "approver": "The id of the person, where `approval` is `person`: somebody who may approve. With any other "
        "rule it is forgotten.",
        "client_approval": "Whether a client's yes by a review link counts as that of somebody other than the author.",
        "grace_minutes": "How many minutes late a post may go out, a day at most.",
        "links": "How links in posts go out.",
    },
)
QUIET = Takes(
    "QuietTimes",
    QuietTimesForm,
    examples={
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "weekdays": [6],
        "days_off": [{"first": "2026-12-24", "last": "2026-12-26", "why": "Christmas"}],
        "quiet_blocks": True,
    },
    descriptions={
        "quiet_from": "When the quiet hours begin; null, with `quiet_until`, for none.",
        "quiet_until": "When they end, the next day where that is earlier.",
        "days_off": "All days off: what is sent takes the place of what is there.",
        "quiet_blocks": "Whether a post at a quiet time is refused, or only advised against.",
    },
)


def shown(one: Workspace) -> WorkspaceOut:
    """Return a workspace as programs read it."""
    return WorkspaceOut(
        id=one.pk,
        slug=one.slug,
        name=one.name,
        zone=one.zone,
        approval=one.approval,
        approver=one.approver_id,
        client_approval=one.client_approval,
        grace_minutes=one.grace_minutes,
        links=one.links,
        paused_at=one.paused_at,
        pause_reason=one.pause_reason,
        created_at=one.created_at,
    )


def _on_clocks(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def _quiet(one: Workspace) -> QuietTimesOut:
    quiet = Quiet.of(one)
    return QuietTimesOut(
        quiet_from=_on_clocks(quiet.since),
        quiet_until=_on_clocks(quiet.until),
        weekdays=sorted(quiet.weekdays),
        days_off=[DayOffOut(first=off.first, last=off.last, why=off.why) for off in quiet.days_off],
        quiet_blocks=quiet.blocks,
    )


@workspace.get("/workspace", WorkspaceOut)
def show_workspace(call: Call) -> WorkspaceOut:
    """Show the workspace with its settings."""
    return shown(call.find(WORKSPACES, call.workspace.pk))


@workspace.patch("/workspace", WorkspaceOut, takes=SETTINGS)
def edit_workspace(call: Call) -> WorkspaceOut:
    """Change the settings of the workspace."""
    form = call.bind(WorkspaceForm(instance=call.find(WORKSPACES, call.workspace.pk, shown=shown)))
    return shown(operations.edit_workspace(form.instance, by=call.by))


@workspace.get("/workspace/quiet-times", QuietTimesOut)
def show_quiet_times(call: Call) -> QuietTimesOut:
    """Show when nothing goes out."""
    return _quiet(call.find(WORKSPACES, call.workspace.pk))


@workspace.patch("/workspace/quiet-times", QuietTimesOut, takes=QUIET)
def edit_quiet_times(call: Call) -> QuietTimesOut:
    """Say when nothing goes out. What is scheduled is looked at again by these times."""
    form = call.bind(QuietTimesForm(instance=call.find(WORKSPACES, call.workspace.pk, shown=_quiet)))
    return _quiet(operations.edit_quiet_times(form.instance, by=call.by))


@workspace.get("/workspace/limits", LimitsOut)
def show_limits(call: Call) -> LimitsOut:
    """Show how much the workspace may keep, how much it keeps, and what a call may bring."""
    room = operations.room()
    return LimitsOut(
        stored_bytes=room.used,
        stored_bytes_at_most=room.quota,
        image_bytes=settings.AURA_MAX_IMAGE_MB * MB,
        image_megapixels=settings.AURA_MAX_MEGAPIXELS,
        video_bytes=settings.AURA_MAX_VIDEO_MB * MB,
        archive_bytes=settings.AURA_MAX_ZIP_MB * MB,
        import_bytes=settings.AURA_IMPORT_MB * MB,
        import_rows=settings.AURA_IMPORT_ROWS,
        media_per_post=settings.AURA_MEDIA_PER_POST,
        json_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        rates={
            kind: RateOut(calls=calls, seconds=seconds)
            for kind, (calls, seconds) in settings.AURA_API_LIMITS.items()
        },
    )
