"""Posts that come again: begun, made ahead, carried on from one to all that follow, paused and ended.

Each date of a series is followed once: `SeriesDate` allows no second, whoever runs twice. What is made is an ordinary
post; a person may change, move or cancel it, and it stays that way.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from aura.kit import clock, jobs
from posts.fitting import fits_of
from posts.models import Post, Series, SeriesDate
from posts.operations.scheduling import cancel_post, schedule_post
from posts.operations.writing import author, copy_of, edit_post, said_by
from posts.recurring import AHEAD, comes_again, dates_of, instant_on
from posts.snapshot import content_of, hash_of
from workspaces.operation import SYSTEM, Actor, Refused, operation

MAKE = "posts.make_series"
AGAIN = timedelta(days=1)
OVER = "This series has ended. Begin another one."
NO_PATTERN = "Every post of it is in the trash. Restore one, then begin a series with it."


class Following(NamedTuple):
    """What was done with the posts that follow: how many were changed, and why others were left alone."""

    changed: int
    left: list[str]


@operation
def begin_series(series: Series, *, now: datetime | None = None, by: Actor) -> Series:
    """Let the pattern of a series that is not saved yet come again; the posts are made by the worker.

    The pattern itself is the post of its own date, where it goes out on one. Raises Refused where it is part of a
    series already, in the trash, or of a campaign in the trash.
    """
    post = series.pattern
    if SeriesDate.objects.filter(post=post).exists():
        raise Refused("This post is part of a series already.")
    if post.trashed_at or post.campaign.trashed_at:
        raise Refused("It is in the trash. Restore it, then let it come again.")
    series.created_by = author(by)
    series.due_at = now or clock.now()
    series.save(force_insert=True)
    if post.scheduled_at is not None:
        day = clock.wall_of(post.scheduled_at, series.zone).date()
        if day in set(dates_of(series, day)):
            _keep(SeriesDate(series=series, date=day), post)
    jobs.ring(MAKE, series.pk)
    return series


@operation
def repeat_post(post: Post, *, series: Series, at: datetime, now: datetime, by: Actor) -> tuple[Post, str]:
    """Make the next post like `post`, for the instant `at`; return it, and why it is not scheduled where it is not."""
    copy = copy_of(post, title=post.title, created_by=series.created_by)
    wall = clock.wall_of(at, series.zone)
    Post.objects.filter(pk=copy.pk).update(scheduled_at=at, wall_time=wall.isoformat(), zone=series.zone)
    copy.refresh_from_db()
    if not series.schedule:
        return copy, ""
    try:
        with transaction.atomic():
            return schedule_post(copy, at=at, zone=series.zone, now=now, by=by), ""
    except Refused as problem:
        return copy, str(problem)


def make_series(series_id: uuid.UUID, token: uuid.UUID) -> None:
    """Make what a claimed series promises for the next days, each date in a transaction of its own."""
    now = clock.now()
    series = Series.objects.filter(pk=series_id, claim_token=token).first()
    if series is None:
        return
    if series.paused_at or series.ended_at:
        jobs.record(Series, series_id, token, due_at=None, tries=0)
        return
    today = clock.wall_of(now, series.zone).date()
    last = today + AHEAD
    made = set(SeriesDate.objects.filter(series=series).values_list("date", flat=True))
    for day in dates_of(series, last):
        at = instant_on(series, day) if day >= today and day not in made else None
        if at is not None and at > now and not _make(series_id, token, day, at, now=now):
            break
    over = not comes_again(series, last)
    jobs.record(Series, series_id, token, due_at=None if over else now + AGAIN, tries=0)


def _make(series_id: uuid.UUID, token: uuid.UUID, day: date, at: datetime, *, now: datetime) -> bool:
    """Make the post of one date, unless somebody has; False where the series must not go on."""
    with transaction.atomic():
        held = Series.objects.select_for_update(of=("self",)).filter(pk=series_id, claim_token=token)
        series = held.filter(paused_at=None, ended_at=None).first()
        if series is None:
            return False
        pattern = _pattern(series)
        if pattern is None:
            Series.objects.filter(pk=series_id).update(ended_at=now, sentence=NO_PATTERN)
            return False
        if pattern.pk != series.pattern_id:  # before the trash is emptied, which would take the series along
            Series.objects.filter(pk=series_id).update(pattern=pattern)
        row, is_new = SeriesDate.objects.get_or_create(series=series, date=day)
        if is_new:
            post, row.sentence = repeat_post(pattern, series=series, at=at, now=now, by=SYSTEM)
            row.sentence = row.sentence[:300]
            _keep(row, post)
    return True


def set_aside(series_id: uuid.UUID, token: uuid.UUID) -> None:
    """Stop making posts of a series that broke every time; somebody resumes it."""
    sentence = "Aura gave up after it broke off again and again. Resume it to try once more."
    jobs.record(Series, series_id, token, due_at=None, paused_at=clock.now(), sentence=sentence, tries=0)


def _pattern(series: Series) -> Post | None:
    """Return the post that the next ones are made from: the pattern, else the latest of the series not in the trash."""
    posts = Post.objects.select_related("campaign").filter(trashed_at=None, campaign__trashed_at=None)
    pattern = posts.filter(pk=series.pattern_id).first()
    return pattern or posts.filter(series_date__series=series).order_by("-series_date__date").first()


def _keep(row: SeriesDate, post: Post) -> None:
    row.post, row.content_hash = post, hash_of(content_of(post))
    row.save()


@operation
def pause_series(series: Series, *, now: datetime | None = None, by: Actor) -> Series:
    """Make no more posts of it for now; those that are there keep their time."""
    stored = running(series)
    stored.paused_at = stored.paused_at or now or clock.now()
    stored.save(update_fields=["paused_at"])
    return stored


@operation
def resume_series(series: Series, *, now: datetime | None = None, by: Actor) -> Series:
    """Go on making posts; dates that went by meanwhile are left out."""
    stored = running(series)
    if stored.paused_at is None:
        raise Refused("This series is not paused.")
    stored.paused_at, stored.sentence, stored.due_at = None, "", now or clock.now()
    stored.save(update_fields=["paused_at", "sentence", "due_at"])
    jobs.ring(MAKE, stored.pk)
    return stored


@operation
def end_series(
    series: Series, *, start: date | None = None, now: datetime | None = None, by: Actor
) -> Following:
    """End a series: no more posts are made, and those from the day `start` on are called off (None: none of them).

    What is being sent, is out, or is called off already is left alone.
    """
    now = now or clock.now()
    stored = running(series)
    stored.ended_at = now
    stored.due_at = None
    stored.save(update_fields=["ended_at", "due_at"])
    if start is None:
        return Following(0, [])
    changed, left = 0, []
    for row in rows_from(stored, start):
        post = row.post
        if post is None or post.trashed_at or post.status == Post.Status.CANCELLED:
            continue
        if post.published_at is not None:
            left.append(f"“{post}” on {row.date:%-d %B} is out already.")
            continue
        try:
            with transaction.atomic():
                cancel_post(post, now=now, by=by)
            changed += 1
        except Refused as problem:
            left.append(f"“{post}” on {row.date:%-d %B}: {problem}")
    return Following(changed, left)


@operation
def carry_on(post: Post, *, now: datetime | None = None, by: Actor) -> Following:
    """Let all that follow in the series say what this post says, at its time of day; later ones are made from it.

    What was changed on its own, is out, called off or in the trash is left alone, with the reason.
    """
    now = now or clock.now()
    row = SeriesDate.objects.select_related("series").filter(post=post).first()
    if row is None:
        raise Refused("This post is not part of a series.")
    series = running(row.series)
    if post.trashed_at:
        raise Refused("This post is in the trash. Restore it, then carry it on.")
    series.pattern = post
    if post.scheduled_at is not None:
        series.time = clock.wall_of(post.scheduled_at, series.zone).time().replace(second=0, microsecond=0)
    series.save(update_fields=["pattern", "time"])
    _keep(row, post)
    changed, left = 0, []
    for other in rows_from(series, row.date + timedelta(days=1)):
        reason = why_left(other, now)
        if not reason and other.post is not None:
            try:
                with transaction.atomic():
                    _say_the_same(post, other, series, now=now, by=by)
                changed += 1
            except Refused as problem:
                reason = str(problem)
        if reason:
            left.append(f"{other.date:%-d %B}: {reason}")
    return Following(changed, left)


def why_left(row: SeriesDate, now: datetime) -> str:
    """Return why the post of a date is left alone when the series changes, "" where it goes along."""
    post = row.post
    if post is None or post.trashed_at:
        return "It is in the trash."
    if post.status == Post.Status.CANCELLED:
        return "It is called off."
    if post.published_at is not None or (post.scheduled_at is not None and post.scheduled_at <= now):
        return "It is out, or due."
    return "" if hash_of(content_of(post)) == row.content_hash else "It was changed on its own."


def _say_the_same(post: Post, row: SeriesDate, series: Series, *, now: datetime, by: Actor) -> None:
    other = row.post
    assert other is not None  # `why_left` has seen to it
    at = instant_on(series, row.date)
    other.title, other.caption, other.campaign_id = post.title, post.caption, post.campaign_id
    if at is not None and at > now and other.scheduled_at is not None:
        other.scheduled_at = at
        other.wall_time, other.zone = clock.wall_of(at, series.zone).isoformat(), series.zone
    words, pictures, own = said_by(post)
    edit = edit_post(
        other,
        words=words,
        pictures=pictures,
        own=own,
        version=other.version,
        fits=fits_of(post),
        now=now,
        by=by,
    )
    _keep(row, edit.post)


def rows_from(series: Series, start: date) -> list[SeriesDate]:
    """Return the dates that were followed from that day on, with their posts, in order."""
    rows = SeriesDate.objects.filter(series=series, date__gte=start).select_related("post__campaign")
    return list(rows.order_by("date"))


def running(series: Series) -> Series:
    """Return the series, locked. Raises Refused for one that has ended."""
    stored = Series.objects.select_for_update(of=("self",)).select_related("pattern").get(pk=series.pk)
    if stored.ended_at:
        raise Refused(OVER)
    return stored
