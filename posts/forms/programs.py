"""The form of a post as programs fill it in: the composer's, with names and an instant that a program has at hand."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

from aura.kit import clock
from posts.fitting import measures_of
from posts.forms.pictures import MediaField
from posts.forms.post import PUBLISH, REVIEW, SAVE, SCHEDULE, PostForm
from posts.forms.targets import TargetSent, TargetsField, spread
from posts.models import Channel, Post, Target
from posts.models.review_link import NOTE_LENGTH
from posts.networks import connectable
from posts.parts import Own
from workspaces.scope import current_workspace

WRITE_INSTANT = "Write an instant as 2026-03-09T10:00:00Z."
PAST = "That time has passed. Pick a later one."
NO_ZONE = "There is no such zone. Write one as Europe/Dublin."
INTENTS = {
    str(Post.Status.DRAFT): SAVE,
    str(Post.Status.IN_REVIEW): REVIEW,
    str(Post.Status.SCHEDULED): SCHEDULE,
}
_NAMED = {"channels": "targets", "assets": "media", "day": "scheduled_at", "time": "scheduled_at"}
_AGE = timedelta(days=365 * 200)  # nobody plans further, and zones can still tell what clocks show


class WhenField(forms.DateTimeField):
    """An instant; without an offset it is what clocks show, in a zone that stands beside it."""

    widget = (
        forms.TextInput
    )  # one that keeps microseconds, so that an instant that is not sent stays what it is

    def to_python(self, value: Any) -> datetime | None:
        """Return it as it was sent, aware or naive. Raises ValidationError for what is no time."""
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            found = parse_datetime(str(value).strip())
        except ValueError:
            found = None
        if found is None or abs(found.replace(tzinfo=UTC) - clock.now()) > _AGE:
            raise ValidationError(WRITE_INSTANT, code="invalid")
        return found

    def prepare_value(self, value: Any) -> Any:
        """Show an instant as it is, not as clocks of some zone would show it."""
        return value


def instant_in(at: datetime, zone: str) -> datetime:
    """Return the instant that was sent. Raises ValidationError where clocks of the zone never show it, or twice."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    try:
        return clock.instant_of(at, zone)
    except clock.TimeTwice as twice:
        both = " or ".join(f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (twice.first, twice.second))
        raise ValidationError(f"Clocks in {zone} show this twice. Send one instant: {both}.") from None
    except clock.NoSuchTime as problem:
        raise ValidationError(str(problem)) from None


def zone_field() -> forms.CharField:
    """Return the field of a zone."""
    return forms.CharField(required=False, max_length=64)


def _clean_zone(sent: str | None) -> str:
    zone = sent or current_workspace().zone
    if not clock.is_zone(zone):
        raise ValidationError(NO_ZONE)
    return zone


class PostByProgram(PostForm):
    """Judges a post that a program sends, by every rule of the composer.

    `targets` are the composer's channels, `media` its pictures, `scheduled_at` its day and time; `platform` stands for
    every channel of that network that may speak for the campaign. `status` says what is to become of a new post.
    `awaits_files`: pictures come with it that are not kept yet, so networks are not asked yet what they would take.
    """

    targets = TargetsField(required=False)
    media = MediaField()  # type: ignore[assignment]  # a field of the form, which Django takes out of the class
    platform = forms.ChoiceField(
        required=False,
        choices=lambda: [(one.slug, one.name) for one in connectable()],
        error_messages={"invalid_choice": "There is no such network. Look at the description of this call."},
    )
    scheduled_at = WhenField(required=False)
    zone = zone_field()  # type: ignore[assignment]  # likewise
    status = forms.ChoiceField(
        required=False,
        choices=[(value, value) for value in INTENTS],
        initial=str(Post.Status.DRAFT),
        error_messages={"invalid_choice": "A new post is draft, in_review or scheduled."},
    )

    def __init__(self, *args: Any, awaits_files: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.awaits_files = awaits_files
        for name in ("day", "time", "fold"):
            del self.fields[name]
        self._channels = self.fields.pop("channels")
        self.fields["media"] = self.fields.pop("assets")
        for name in ("channels", "assets"):
            self.initial[_NAMED[name]] = self.initial.get(name, [])
        self.initial["scheduled_at"] = self.instance.scheduled_at
        self.initial["zone"] = self.instance.zone or self.zone

    def add_prefix(self, field_name: str) -> str:
        """Programs send what the fields are called."""
        return field_name

    def add_error(self, field: str | None, error: Any) -> None:
        """Say it where the program sent it; a channel's own words are said beside the targets."""
        name = _NAMED.get(field or "", field)
        super().add_error("targets" if name and name.startswith("words_") else name, error)

    def full_clean(self) -> None:
        """Spread what was sent of single channels over the composer's fields, then judge them all."""
        if self.is_bound:
            with suppress(ValidationError):  # which the field itself will raise
                stored = {channel.pk: own for channel, own in self._stored_own.items()}
                spread(self.fields["targets"].clean(self.data.get("targets")), self._sent, stored)
        super().full_clean()

    def clean_targets(self) -> list[Channel]:
        """Return the channels that are meant."""
        self._said: list[TargetSent] = self.cleaned_data["targets"]
        return list(self._channels.clean([str(one.channel) for one in self._said]))

    def clean_zone(self) -> str:
        """Take the workspace's zone where none was sent."""
        return _clean_zone(self.cleaned_data.get("zone"))

    def clean(self) -> dict[str, Any]:
        """Find out what is meant, then judge it as the composer does."""
        if not self.instance.pk or self.instance._state.adding:
            self.intent = INTENTS.get(self.cleaned_data.get("status") or "", SAVE)
            self.strict = self.intent == SCHEDULE
        self.cleaned_data["channels"] = self._channels_meant()
        self.cleaned_data["assets"] = self.cleaned_data.get("media") or []
        cleaned = super().clean()
        self._clean_cuts()
        return cleaned

    def _clean_cuts(self) -> None:
        """Refuse cuts of what is not shown there, and those that no picture of its size gives."""
        shared = {asset.pk: asset for asset in self.pictures}
        own = {channel.pk: one for channel, one in self.all_own.items()}
        for said in getattr(self, "_said", ()):
            there = own.get(said.channel, Own())
            shown = shared | {asset.pk: asset for asset in there.every_picture}
            for asset, place in said.fits.items():
                if asset not in shown:
                    self.add_error("targets", f"fits names {asset}, which is not shown there. Take it out.")
                elif measures_of(shown[asset], place) is None:
                    self.add_error(
                        "targets", f"{shown[asset]} cannot be cut for {place}. Choose another place."
                    )

    def _channels_meant(self) -> list[Channel]:
        named = list(self.cleaned_data.get("targets") or [])
        platform = self.cleaned_data.get("platform")
        if not platform:
            return named
        if named:
            self.add_error("platform", "Send a platform or targets, not both.")
            return []
        campaign = self.cleaned_data.get("campaign")
        meant = [one for one in self.all_channels if one.network == platform and one.speaks_for(campaign)]
        if not meant:
            self.add_error(
                "platform", "No channel of this network speaks for this campaign. Connect one in Settings."
            )
        return meant

    def _clean_time(self) -> None:
        if {"scheduled_at", "zone"} & set(self.errors):
            return
        sent, zone = self.cleaned_data.get("scheduled_at"), self.cleaned_data["zone"]
        before = self.instance.scheduled_at
        if sent is None:
            if self.intent == SCHEDULE or (self.strict and self.intent == SAVE):
                self.add_error("scheduled_at", "Say when it goes out.")
            self.instance.scheduled_at, self.instance.wall_time, self.instance.zone = None, "", ""
            return
        try:
            at = instant_in(sent, zone)
        except ValidationError as problem:
            self.add_error("scheduled_at", problem)
            return
        if at <= self.now and self.intent != PUBLISH and (self.strict or at != before):
            self.add_error("scheduled_at", PAST)
        wall = clock.wall_of(at, zone).replace(microsecond=0)
        self.instance.scheduled_at, self.instance.wall_time, self.instance.zone = at, wall.isoformat(), zone

    def _judge(self) -> None:
        strict, self.strict = self.strict, self.strict and not self.awaits_files
        super()._judge()
        self.strict = strict


class WhenForm(forms.Form):
    """Judges the time for which a post is to be scheduled. After `is_valid()`, `at` is the instant and `zone` whose."""

    at = WhenField(error_messages={"required": "Say when it goes out.", "invalid": WRITE_INSTANT})
    zone = zone_field()

    def clean_zone(self) -> str:
        """Take the workspace's zone where none was sent."""
        return _clean_zone(self.cleaned_data.get("zone"))

    def clean(self) -> dict[str, Any]:
        """Find the instant."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "at" in cleaned and "zone" in cleaned:
            try:
                cleaned["at"] = instant_in(cleaned["at"], cleaned["zone"])
            except ValidationError as problem:
                self.add_error("at", problem)
        return cleaned


class MoveByProgram(WhenForm):
    """Judges the other time that a post gets: one that is still to come."""

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Find the instant; refuse one that has passed."""
        cleaned = super().clean()
        if "at" in cleaned and "at" not in self.errors and cleaned["at"] <= self.now:
            self.add_error("at", PAST)
        return cleaned


class NoteForm(forms.Form):
    """Judges what somebody says who sends a post back."""

    note = forms.CharField(
        max_length=NOTE_LENGTH,
        error_messages={
            "required": "Say what should change.",
            "max_length": f"Keep the note to {NOTE_LENGTH} characters.",
        },
    )


class TargetForm(forms.Form):
    """Judges which target of a post is meant."""

    target = forms.ModelChoiceField(
        Target.objects.none(),
        error_messages={
            "required": "Say which target is meant.",
            "invalid_choice": "Name a target of this post.",
        },
    )

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = post.targets.select_related("channel")  # type: ignore[attr-defined]


class LiveForm(TargetForm):
    """Judges which target of a post is live, and where."""

    url = forms.CharField(required=False, max_length=500)
