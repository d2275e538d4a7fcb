"""Verbs of a campaign's life: written, started, completed, put away, brought back, gone."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from aura.kit.ids import uuid7
from campaigns.models import Campaign
from campaigns.operations import contents
from campaigns.operations.words import write_tags, write_voice_tags
from media_library.operations.along import restore_trashed_with, trash_unused
from workspaces import search
from workspaces.models import User
from workspaces.operation import SYSTEM, Actor, Refused, Staff, StaleVersion, operation

TRASH_DAYS = 30
BRIEF_FIELDS = [
    "brand", "name", "overview", "target_audience", "guardrails", "goal", "start_date", "end_date", "budget",
    "currency", "category",
]  # fmt: skip


def author(by: Actor) -> User | None:
    """Return the person behind an actor, to be written down as the maker; None for Aura itself."""
    if isinstance(by, Staff):
        return by.user
    return by if isinstance(by, User) else None


def index_campaign(campaign: Campaign) -> None:
    """Renew what the campaign is found by."""
    words = [campaign.goal, campaign.overview, campaign.target_audience, campaign.category]
    words += campaign.tags.values_list("word", flat=True)
    search.index("campaign", campaign.pk, title=campaign.name, words=words)


def _locked(campaign: Campaign) -> Campaign:
    """Return the campaign as it is now, nobody else changing it until this transaction ends."""
    return Campaign.objects.select_for_update(of=("self",)).select_related("brand").get(pk=campaign.pk)


def _refuse_if_put_away(campaign: Campaign) -> None:
    if campaign.is_trashed:
        raise Refused(f"“{campaign}” is in the trash. Bring it back first.")
    if campaign.archived_at:
        raise Refused(f"“{campaign}” is archived. Take it out of the archive first.")


def _refuse_if_brand_is_gone(campaign: Campaign) -> None:
    if campaign.brand.is_trashed:
        raise Refused(f"The brand “{campaign.brand}” is in the trash. Bring it back, or pick another brand.")


def _refuse_if_missing(campaign: Campaign, voice_tags: int) -> None:
    missing = campaign.missing_in_brief(voice_tags)
    if missing:
        raise Refused(f"The brief is not filled yet. Still to write: {', '.join(missing)}.")


def _record(campaign: Campaign, now: datetime, *fields: str) -> None:
    """Save these fields with a new version."""
    campaign.version += 1
    campaign.updated_at = now
    campaign.save(update_fields=[*fields, "version", "updated_at"])


@operation
def create_campaign(
    campaign: Campaign, *, voice_tags: Sequence[str], tags: Sequence[str], now: datetime, by: Actor
) -> Campaign:
    """Make a campaign from a judged, unsaved one; return it. Raises Refused when its brand is in the trash."""
    _refuse_if_brand_is_gone(campaign)
    campaign.created_by = author(by)
    campaign.created_at = campaign.updated_at = now
    campaign.save(force_insert=True)
    campaign.settle(len(write_voice_tags(campaign, voice_tags)))
    write_tags(campaign, tags)
    campaign.save(update_fields=["status"])
    index_campaign(campaign)
    return campaign


@operation
def edit_campaign(
    campaign: Campaign,
    *,
    version: int,
    voice_tags: Sequence[str],
    tags: Sequence[str],
    now: datetime,
    by: Actor,
) -> Campaign:
    """Save what a form changed on a campaign that the person opened at `version`; return it.

    Raises StaleVersion when somebody saved since; the caller shows both. Raises Refused for one that was put away.
    """
    saved = _locked(campaign)
    if saved.version != version:
        raise StaleVersion(
            f"Somebody else changed “{saved}” while you were writing. Nothing was overwritten."
        )
    _refuse_if_put_away(saved)
    if campaign.brand_id != saved.brand_id:
        _refuse_if_brand_is_gone(campaign)
    campaign.version = saved.version
    campaign.started_at, campaign.completed_at = saved.started_at, saved.completed_at
    campaign.settle(len(write_voice_tags(campaign, voice_tags)))
    write_tags(campaign, tags)
    _record(campaign, now, *BRIEF_FIELDS, "status")
    index_campaign(campaign)
    return campaign


@operation
def complete_onboarding(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Say that the brief is filled, so that the campaign can start; return it.

    Raises Refused, naming what is missing.
    """
    campaign = _locked(campaign)
    _refuse_if_put_away(campaign)
    voice_tags = campaign.voice_tags.count()
    _refuse_if_missing(campaign, voice_tags)
    campaign.settle(voice_tags)
    _record(campaign, now, "status")
    return campaign


@operation
def duplicate_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Make a new campaign with the same brief, tags and budget, without dates and posts; return it."""
    _refuse_if_brand_is_gone(campaign)
    copied = {
        name: getattr(campaign, name) for name in BRIEF_FIELDS if name not in {"start_date", "end_date"}
    }
    copied["name"] = f"Copy of {campaign.name}"[: Campaign._meta.get_field("name").max_length]
    copy = Campaign(**copied, created_by=author(by), created_at=now, updated_at=now)
    copy.save(force_insert=True)
    voice = write_voice_tags(copy, list(campaign.voice_tags.values_list("word", flat=True)))
    write_tags(copy, list(campaign.tags.values_list("word", flat=True)))
    copy.settle(len(voice))
    copy.save(update_fields=["status"])
    index_campaign(copy)
    return copy


@operation
def start_campaign(campaign: Campaign, *, now: datetime, is_out: bool = False, by: Actor) -> Campaign:
    """Start a campaign whose brief is filled; return it. Raises Refused, naming what the brief lacks.

    `is_out` says that something of it was published: then it runs, whatever its brief lacks, and whoever is writing
    that brief is not told of a change that none of their fields shows.
    """
    campaign = _locked(campaign)
    _refuse_if_put_away(campaign)
    if campaign.has_started:
        raise Refused(f"“{campaign}” has started already.")
    voice_tags = campaign.voice_tags.count()
    if not is_out:
        _refuse_if_missing(campaign, voice_tags)
    campaign.started_at = now
    campaign.settle(voice_tags)
    if is_out:
        campaign.save(update_fields=["started_at", "status"])
    else:
        _record(campaign, now, "started_at", "status")
    return campaign


@operation
def complete_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Complete a running campaign and take back what it had scheduled; return it. Raises Refused for any other."""
    campaign = _locked(campaign)
    _refuse_if_put_away(campaign)
    if campaign.status != Campaign.Status.IN_PROGRESS:
        raise Refused(f"“{campaign}” is not running. Start it first.")
    _unschedule([campaign.pk], by=by, now=now)
    campaign.completed_at = now
    campaign.settle(campaign.voice_tags.count())
    _record(campaign, now, "completed_at", "status")
    return campaign


@operation
def archive_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Put a campaign away where it can be read, and take back what it had scheduled; return it."""
    campaign = _locked(campaign)
    _refuse_if_put_away(campaign)
    _unschedule([campaign.pk], by=by, now=now)
    campaign.archived_at = now
    _record(campaign, now, "archived_at")
    return campaign


@operation
def unarchive_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Take a campaign out of the archive; its posts stay unscheduled. Raises Refused when it is not there."""
    campaign = _locked(campaign)
    if campaign.is_trashed or not campaign.archived_at:
        raise Refused(f"“{campaign}” is not in the archive.")
    campaign.archived_at = None
    _record(campaign, now, "archived_at")
    return campaign


@operation
def trash_campaign(campaign: Campaign, *, with_contents: bool = False, now: datetime, by: Actor) -> Campaign:
    """Put a campaign in the trash with everything in it, for 30 days; return it.

    Raises Refused for one that has started, unless `with_contents` says that this is meant.
    """
    campaign = _locked(campaign)
    if campaign.is_trashed:
        raise Refused(f"“{campaign}” is in the trash already.")
    if campaign.has_started and not with_contents:
        raise Refused(f"“{campaign}” has started. Archive it, or put it in the trash with everything in it.")
    put_in_trash([campaign], mark=uuid7(), now=now, by=by)
    return campaign


@operation
def restore_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Bring a campaign back from the trash with exactly what went there with it, unscheduled; return it."""
    campaign = _locked(campaign)
    if not campaign.is_trashed:
        raise Refused(f"“{campaign}” is not in the trash.")
    _refuse_if_brand_is_gone(campaign)
    bring_back([campaign], mark=campaign.trashed_with, now=now, by=by)
    return campaign


@operation
def purge_campaign(campaign: Campaign, *, now: datetime, by: Actor) -> Campaign:
    """Delete a campaign in the trash and everything in it for good. Raises Refused when it is not in the trash."""
    campaign = _locked(campaign)
    if not campaign.is_trashed:
        raise Refused(f"“{campaign}” is not in the trash. Put it there first.")
    for held in contents.registered():
        held.purge([campaign.pk], by=by, now=now)
    gone = campaign.pk
    campaign.delete()
    campaign.pk = gone
    return campaign


def purge_expired(*, now: datetime) -> int:
    """Purge what has been in the trash of the open workspace for 30 days; return how many campaigns went."""
    expired = Campaign.objects.filter(trashed_at__lte=now - timedelta(days=TRASH_DAYS)).order_by("trashed_at")
    gone = 0
    for campaign in expired:
        purge_campaign(campaign, now=now, by=SYSTEM)
        gone += 1
    return gone


def put_in_trash(campaigns: Sequence[Campaign], *, mark: uuid.UUID, now: datetime, by: Actor) -> None:
    """Trash these (locked) campaigns and what they hold under one mark; part of an operation."""
    ids = [campaign.pk for campaign in campaigns]
    _unschedule(ids, by=by, now=now)
    held: dict[uuid.UUID, int] = {}
    for kind in contents.registered():
        for asset, uses in kind.assets(ids).items():
            held[asset] = held.get(asset, 0) + uses
        kind.trash_with(ids, mark=mark, by=by, now=now)
    trash_unused(held, mark=mark, now=now)
    for campaign in campaigns:
        campaign.trashed_at, campaign.trashed_with = now, mark
        _record(campaign, now, "trashed_at", "trashed_with")
    search.forget("campaign", ids)


def bring_back(campaigns: Sequence[Campaign], *, mark: uuid.UUID | None, now: datetime, by: Actor) -> None:
    """Undo `put_in_trash`; part of an operation."""
    if mark is not None:
        restore_trashed_with(mark)
        for kind in contents.registered():
            kind.restore_with(mark, by=by, now=now)
    for campaign in campaigns:
        campaign.trashed_at = campaign.trashed_with = None
        _record(campaign, now, "trashed_at", "trashed_with")
        index_campaign(campaign)


def _unschedule(ids: Collection[uuid.UUID], *, by: Actor, now: datetime) -> None:
    for held in contents.registered():
        held.unschedule(ids, by=by, now=now)


def promises(ids: Collection[uuid.UUID], limit: int = 50) -> tuple[list[contents.Promise], int]:
    """Return what these campaigns have scheduled, earliest first and at most `limit`, and how much in all."""
    listed: list[contents.Promise] = []
    total = 0
    for held in contents.registered():
        some, count = held.scheduled(ids, limit)
        listed += some
        total += count
    return sorted(listed, key=lambda promise: promise.at)[:limit], total


def counts(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Return {campaign: {status: how many}} over all that campaigns hold."""
    result: dict[uuid.UUID, dict[str, int]] = {}
    for held in contents.registered() if ids else ():
        for campaign, by_status in held.counts(ids).items():
            mine = result.setdefault(campaign, {})
            for status, number in by_status.items():
                mine[status] = mine.get(status, 0) + number
    return result
