"""A row of a sheet, judged by the composer's own form and written by its own operation."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.datastructures import MultiValueDict

from aura.kit import clock
from aura.kit.problems import Refused
from imports.days import DMY, Moment, Unclear, read_moment, read_time
from imports.kinds import Judged, Made, Setting
from media_library.names import title_of_words
from posts import checks
from posts.forms.post import SAVE, SCHEDULE, PostForm
from posts.importing.finding import Finder, NotFound
from posts.models import Post
from posts.models.post import TITLE_LENGTH
from posts.operations.composing import compose_post
from posts.operations.trash import trash_post
from posts.words import fingerprint
from workspaces.scope import current_workspace

UNTOUCHED = {
    Post.Status.DRAFT, Post.Status.IN_REVIEW, Post.Status.CHANGES_REQUESTED, Post.Status.APPROVED,
    Post.Status.SCHEDULED, Post.Status.CANCELLED,
}  # fmt: skip
OUT = "It went out, or is going out."
CHANGED = "It was changed since it came in."


@dataclass(slots=True)
class _Row:
    """What a row says, as the form's data, and what could not be understood, by the form's field."""

    data: MultiValueDict[str, str] = field(default_factory=MultiValueDict)
    errors: dict[str, str] = field(default_factory=dict)
    zone: str = ""
    intent: str = SAVE


class PostsReader:
    """Judges rows and makes posts of them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.finder = Finder()

    def judge(self, cells: Mapping[str, str]) -> Judged:
        """Tell what would become of a row."""
        row = self._read(cells)
        form = self._form(row)
        errors = self._errors(row, form)
        warnings = (
            [] if errors else [f"{check.message} {check.fix}" for check in form.checks if _is_said(check)]
        )
        return Judged(errors, list(dict.fromkeys(warnings)), self._shown(row, form, cells), _key_of(form))

    def bring_in(self, cells: Mapping[str, str]) -> Made:
        """Write the post. Raises Refused with everything that is wrong."""
        row = self._read(cells)
        form = self._form(row)
        errors = self._errors(row, form)
        if errors:
            raise Refused(" ".join(errors))
        edit = compose_post(
            form.instance,
            words=form.words,
            pictures=form.pictures,
            version=None,
            intent=row.intent,
            now=self.setting.now,
            by=self.setting.by,
        )
        return Made(edit.post.pk, mark_of(edit.post))

    def take_back(self, object_id: uuid.UUID, mark: str) -> str:
        """Put the post in the trash, unless somebody changed it or it is out; return the sentence why it stays."""
        post = Post.objects.filter(pk=object_id).first()
        if post is None or post.trashed_at is not None:
            return ""
        if post.status not in UNTOUCHED:
            return OUT
        if mark_of(post) != mark:
            return CHANGED
        trash_post(post, now=self.setting.now, by=self.setting.by)
        return ""

    # What a row says ------------------------------------------------------------------------------------------------

    def _read(self, cells: Mapping[str, str]) -> _Row:
        row = _Row(zone=current_workspace().zone)
        caption = _with_tags(
            _with_link(cells.get("caption", ""), cells.get("link", "")), cells.get("tags", "")
        )
        title = cells.get("title", "") or (title_of_words(caption)[:TITLE_LENGTH] if caption.strip() else "")
        row.data["title"], row.data["caption"] = title, caption
        campaign = self._found(row, "campaign", cells.get("campaign", ""), self.finder.campaign)
        if campaign is not None:
            row.data["campaign"] = str(campaign.pk)
        elif "campaign" not in row.errors:
            row.data["campaign"] = str(self.setting.options.get("campaign") or "")
        channels = self._found(
            row, "channels", cells.get("channels", ""), lambda text: self.finder.channels(text, campaign)
        )
        row.data.setlist("channels", [str(channel.pk) for channel in channels or []])
        assets = self._found(row, "assets", cells.get("media", ""), self.finder.assets)
        row.data.setlist("media", [str(asset.pk) for asset in assets or []])
        self._read_time(row, cells)
        then = str(self.setting.options.get("then") or SAVE)
        row.intent = SAVE if then == SCHEDULE and not row.data.get("day") else then
        return row

    @staticmethod
    def _found(row: _Row, name: str, text: str, find: Callable[[str], Any]) -> Any:
        if not text.strip():
            return None
        try:
            return find(text.strip())
        except NotFound as problem:
            row.errors[name] = str(problem)
            return None

    def _read_time(self, row: _Row, cells: Mapping[str, str]) -> None:
        day, at, zone = (cells.get(name, "").strip() for name in ("date", "time", "zone"))
        if zone:
            if not clock.is_zone(zone):
                row.errors["zone"] = f"“{zone[:60]}” is no time zone. Write it like Europe/Dublin."
            else:
                row.zone = zone
        if not day:
            if at:
                row.errors["day"] = "It has a time and no day. Write the day too."
            return
        order = str(self.setting.options.get("order") or DMY)
        try:
            moment = read_moment(day, order)
        except Unclear as problem:
            row.errors["day"] = str(problem)
            return
        try:
            if at:
                moment = Moment(moment.day, read_time(at))
        except Unclear as problem:
            row.errors["time"] = str(problem)
            return
        if moment.time is None:
            row.errors["time"] = "It has a day and no time. Write the time too."
            return
        self._take_moment(row, moment)

    @staticmethod
    def _take_moment(row: _Row, moment: Moment) -> None:
        """Put the time into the form; one with an offset from UTC is turned into what clocks in the zone show then."""
        assert moment.time is not None
        wall = datetime.combine(moment.day, moment.time)
        if moment.offset is not None:
            instant = (wall - moment.offset).replace(tzinfo=clock.UTC)
            wall = clock.wall_of(instant, row.zone)
            second = clock.wall_of(instant - timedelta(hours=1), row.zone) == wall
            row.data["fold"] = "1" if second else "0"
        row.data["day"], row.data["time"] = wall.date().isoformat(), f"{wall:%H:%M}"

    # How it is judged -----------------------------------------------------------------------------------------------

    def _form(self, row: _Row) -> PostForm:
        form = PostForm(row.data, zone=row.zone, now=self.setting.now, intent=row.intent)
        form.is_valid()
        return form

    def _errors(self, row: _Row, form: PostForm) -> list[str]:
        """Return every sentence, once: what was not understood instead of what the form makes of it."""
        found = list(row.errors.values())
        spoken = {"day", "time"} if row.errors.keys() & {"day", "time", "zone"} else set()
        for name, sentences in form.errors.items():
            if name in row.errors or name in spoken:
                continue
            for sentence in sentences:
                text = str(sentence)
                if name == "fold":
                    text = f"{text} Write the day with its offset, like {row.data['day']} {row.data['time']}+01:00."
                found.append(text)
        if "channels" in row.errors:  # the form thinks that it goes nowhere
            found = [sentence for sentence in found if not sentence.startswith("It goes nowhere")]
        return list(dict.fromkeys(found))

    def _shown(self, row: _Row, form: PostForm, cells: Mapping[str, str]) -> dict[str, Any]:
        """Return what the preview says."""
        at = form.instance.scheduled_at
        picture = form.pictures[0] if form.pictures else None
        thumb = picture.thumb if picture is not None else None
        return {
            "title": str(row.data.get("title", ""))[:TITLE_LENGTH],
            "words": str(row.data.get("caption", ""))[:160],
            "at": at.isoformat() if at else "",
            "zone": row.zone if at else "",
            "day": " ".join(filter(None, (cells.get("date", ""), cells.get("time", ""))))[:60],
            "where": [channel.network for channel in form.words],
            "channels": cells.get("channels", "")[:80],
            "thumb": str(thumb.pk) if thumb is not None else "",
            "becomes": {"review": "in_review", SCHEDULE: "scheduled"}.get(row.intent, "draft"),
        }


def mark_of(post: Post) -> str:
    """Return what a post looks like to whoever asks whether it was touched: its version and its review."""
    return f"{post.version}:{post.review_status}"


def _key_of(form: PostForm) -> str:
    """Return what two rows share that would send the same words to the same channels at the same time."""
    words = fingerprint(form.instance.caption)
    if not words:
        return ""
    where = ",".join(sorted(channel.pk.hex for channel in form.words))
    return hashlib.sha256(f"{words}|{form.instance.scheduled_at}|{where}".encode()).hexdigest()


def _is_said(check: checks.Check) -> bool:
    """Tell whether a finding is worth a warning in the check: a draft without a channel is nothing special."""
    return check.code != "no_channel"


def _with_link(caption: str, link: str) -> str:
    link = link.strip()
    if not link or link in caption:
        return caption
    return f"{caption}\n\n{link}".strip()


def _with_tags(caption: str, tags: str) -> str:
    """Put the hashtags below the words, those that are not among them already."""
    words = [
        re.sub(r"\s+", "", word.strip().lstrip("#"))
        for word in re.split(r"[,;|\n]|\s+(?=#)|(?<=\S)\s+", tags)
    ]
    there = {found.casefold() for found in re.findall(r"#(\w+)", caption)}
    missing = [f"#{word}" for word in dict.fromkeys(words) if word and word.casefold() not in there]
    return f"{caption}\n\n{' '.join(missing)}".strip() if missing else caption
