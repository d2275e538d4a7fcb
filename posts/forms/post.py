"""The form of a post: its words, where it goes, its media, and when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.datastructures import MultiValueDict

from aura.kit import clock
from campaigns.models import Campaign
from media_library.lists import SHOWN
from media_library.models import Asset
from posts import checks
from posts.fitting import Fits, Pair, fits_of, place_of
from posts.models import Channel, Post
from posts.models.post import CAPTION_LENGTH
from posts.models.target import NO_PART

SAVE, REVIEW, SCHEDULE, PUBLISH = "save", "review", "schedule", "publish"
INTENTS = {SAVE, REVIEW, SCHEDULE, PUBLISH}
FOLDS = [("0", "The first, before the clocks go back"), ("1", "The second, after they went back")]


def assets_with_files() -> QuerySet[Asset]:
    """Return the assets with everything that showing or judging them reads: three queries for any number."""
    assets: QuerySet[Asset] = Asset.objects.select_related("current__stored_file").prefetch_related(
        "current__renditions"
    )
    return assets


class MediaField(forms.Field):
    """Assets in the order in which their ids are sent."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "unknown": "Pick pictures that are in this workspace.",
        "unreadable": "%(asset)s could not be read. Take it out, or upload it again.",
        "text": "%(asset)s is a text, not a picture or film. Take it out.",
        "kind": "%(asset)s is no picture or film, and posts are made of these. Take it out.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.kept: frozenset[uuid.UUID] = frozenset()  # already in the post: may stay, even out of the trash

    def to_python(self, value: Any) -> list[Asset]:
        """Return the assets, each once, in order. Raises ValidationError for one that is not here."""
        try:
            ids = list(dict.fromkeys(uuid.UUID(str(item)) for item in value or []))
        except ValueError:
            raise ValidationError(self.error_messages["unknown"], code="unknown") from None
        rows = assets_with_files().filter(Q(trashed_at=None) | Q(pk__in=self.kept), pk__in=ids)
        found: dict[uuid.UUID, Asset] = {asset.pk: asset for asset in rows} if ids else {}
        if len(found) != len(ids):
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return [found[pk] for pk in ids]

    def validate(self, value: list[Asset]) -> None:
        """Refuse too many, texts, and files that could not be read."""
        super().validate(value)
        most = settings.AURA_MEDIA_PER_POST
        if len(value) > most:
            raise ValidationError(
                f"A post takes {most} pictures or films. Take out {len(value) - most}.", code="too_many"
            )
        for asset in value:
            if asset.is_text:
                raise ValidationError(self.error_messages["text"], code="text", params={"asset": asset})
            if asset.kind not in SHOWN:
                raise ValidationError(self.error_messages["kind"], code="kind", params={"asset": asset})
            if asset.status == Asset.Status.FAILED:
                raise ValidationError(
                    self.error_messages["unreadable"], code="unreadable", params={"asset": asset}
                )


class FitsField(forms.Field):
    """Cuts that go out instead of a picture on a channel, each sent as `channel:asset:place`."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[Pair, str]:
        """Return them by channel and asset; what names no place that Aura cuts for is left out."""
        found: dict[Pair, str] = {}
        for item in value or []:
            channel, _, rest = str(item).partition(":")
            asset, _, place = rest.partition(":")
            with suppress(ValueError):
                if place_of(place):
                    found[uuid.UUID(channel), uuid.UUID(asset)] = place
        return found


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Post]
else:
    _ModelForm = forms.ModelForm


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as it stands in the form: not saved, perhaps not valid."""

    post: Post
    campaign: Campaign | None
    words: dict[Channel, str]
    pictures: list[Asset]
    has_minute: bool = False
    """Whether the post's time is typed in full; else it is noon of the day, or none."""
    fits: Fits = field(default_factory=dict)

    def before_rules(self, now: datetime) -> checks.Subject:
        """Return it as the rules of typing judge it."""
        return checks.Subject(
            self.post,
            self.campaign,
            self.words,
            self.pictures,
            at=self.post.scheduled_at,
            is_exact=self.has_minute,
            fits=self.fits,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class Voice:
    """One channel in the form: the field of its own words, whether it is ticked, and whether it is offered."""

    channel: Channel
    field: forms.BoundField
    is_chosen: bool
    is_offered: bool


class PostForm(_ModelForm):
    """Judges a post for one of four intents: save a draft, ask for review, schedule, publish.

    A draft may be unfinished: limits of networks are shown and do not stop it. What is scheduled or published has
    to fit. `zone` is the workspace's, `now` the present instant; `strict` says that saving keeps it scheduled.
    After `is_valid()`: `instance` carries words, campaign and time, `words` the channels with their own words,
    `pictures` the assets in order, `seen_version` the version the person had open.
    """

    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Pick channels that are in this workspace.",
            "invalid_pk_value": "Pick channels that are in this workspace.",
            "invalid_list": "Pick channels that are in this workspace.",
        },
    )
    assets = MediaField()
    fits = FitsField(required=False)
    day = forms.DateField(
        required=False, widget=forms.DateInput, error_messages={"invalid": "Write the day like 2026-03-13."}
    )
    time = forms.TimeField(
        required=False, widget=forms.TimeInput, error_messages={"invalid": "Write the time like 07:30."}
    )
    fold = forms.ChoiceField(
        label="Which of the two",
        required=False,
        choices=FOLDS,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Say whether you mean the first or the second."},
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Post
        fields = ["campaign", "title", "caption"]
        widgets = {"caption": forms.Textarea(attrs={"rows": 8})}
        error_messages = {
            "title": {
                "required": "Give it a title, so that people find it.",
                "max_length": "A title has at most %(limit_value)s characters, this one has %(show_value)s.",
            },
            "caption": {
                "max_length": "The words have at most %(limit_value)s characters, these are %(show_value)s.",
            },
            "campaign": {
                "required": "Pick the campaign it belongs to.",
                "invalid_choice": "Pick a campaign that is in this workspace.",
            },
        }

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        instance: Post | None = None,
        zone: str,
        now: datetime,
        intent: str = SAVE,
        strict: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.zone, self.now, self.intent = zone, now, intent
        self.strict = strict or intent in {SCHEDULE, PUBLISH}
        self.twice: clock.TimeTwice | None = None
        self.checks: list[checks.Check] = []
        super().__init__(data, instance=instance, initial={**_initial_of(instance, zone), **(initial or {})})
        mine = self.instance.campaign_id
        open_ones = Q(trashed_at=None, archived_at=None) & ~Q(status=Campaign.Status.COMPLETED)
        offered = Campaign.objects.filter(open_ones | Q(pk=mine)).select_related("brand")
        self.fields["campaign"].queryset = offered  # type: ignore[attr-defined]
        self.all_campaigns: list[Campaign] = list(offered)
        choices = [(campaign.pk, str(campaign)) for campaign in self.all_campaigns]
        self.fields["campaign"].choices = [("", "Pick a campaign"), *choices]  # type: ignore[attr-defined]
        self.known_assets: dict[uuid.UUID, Asset] = {}
        chosen = self.initial.get("channels", [])
        self.fields["channels"].queryset = Channel.objects.filter(  # type: ignore[attr-defined]
            Q(trashed_at=None) | Q(pk__in=chosen)
        )
        self.all_channels: list[Channel] = list(self.fields["channels"].queryset)  # type: ignore[attr-defined]
        own = self.initial.get("own_words", {})
        for channel in self.all_channels:
            self.fields[words_name(channel)] = forms.CharField(
                label=f"Words for {channel}",
                required=False,
                max_length=CAPTION_LENGTH,
                initial=own.get(channel.pk, ""),
                widget=forms.Textarea(attrs={"rows": 6}),
                error_messages={
                    "max_length": "The words have at most %(limit_value)s characters, these are %(show_value)s."
                },
            )
        assets: MediaField = self.fields["assets"]  # type: ignore[assignment]
        assets.kept = frozenset(self.initial.get("assets", []))

    def add_prefix(self, field_name: str) -> str:
        """Call the assets `media` in the page, as the library's picker does; `media` of a form is something else."""
        sent_as = {"assets": "media", "fits": "fit"}.get(field_name)
        return sent_as or super().add_prefix(field_name)

    def clean_caption(self) -> str:
        """Keep line ends as one character, as networks count them."""
        return _lines(self.cleaned_data.get("caption"))

    # What was judged --------------------------------------------------------------------------------------------

    @property
    def words(self) -> dict[Channel, str]:
        """The chosen channels with their own words, "" for the shared ones; before validation as far as readable."""
        chosen = self.cleaned_data.get("channels") or [] if hasattr(self, "cleaned_data") else []
        return {channel: self.cleaned_data.get(words_name(channel), "") for channel in chosen}

    @property
    def pictures(self) -> list[Asset]:
        """The assets in order; those that were readable."""
        return list(self.cleaned_data.get("assets") or [])

    @property
    def chosen_fits(self) -> dict[Pair, str]:
        """The cuts that go out instead of pictures, as sent or stored."""
        return FitsField(required=False).to_python(self["fits"].value())

    @property
    def seen_version(self) -> int | None:
        """The version of the post that the person had open."""
        version: int | None = self.cleaned_data.get("version")
        return version

    def clean(self) -> dict[str, Any]:
        """Judge what needs more than one field: the time, the brand, and the networks' limits."""
        super().clean()
        for channel in self.all_channels:
            name = words_name(channel)
            self.cleaned_data[name] = _lines(self.cleaned_data.get(name))
        self._clean_time()
        return self.cleaned_data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self._judge()

    def _clean_time(self) -> None:
        day, at = self.cleaned_data.get("day"), self.cleaned_data.get("time")
        failed = {"day", "time"} & set(self.errors)
        if not failed and bool(day) != bool(at):
            self.add_error("time" if day else "day", "Pick a time too." if day else "Pick a day too.")
        elif day and at:
            self._take_time(datetime.combine(day, at.replace(second=0, microsecond=0)))
        elif not failed:
            if self.intent == SCHEDULE or (self.strict and self.intent == SAVE):
                self.add_error("day", "Pick a day and a time.")
            self.instance.scheduled_at, self.instance.wall_time, self.instance.zone = None, "", ""

    def _take_time(self, wall: datetime) -> None:
        before = self.instance.scheduled_at
        fold = self.cleaned_data.get("fold")
        same_wall = self.instance.wall_time == wall.isoformat() and self.instance.zone == self.zone
        try:
            instant = clock.instant_of(wall, self.zone, fold=int(fold) if fold else None)
        except clock.NoSuchTime as problem:
            self.add_error("time", str(problem))
            return
        except clock.TimeTwice as problem:
            self.twice = problem
            if not (same_wall and before in {problem.first, problem.second}):
                if "fold" not in self.errors:
                    self.add_error("fold", str(problem))
                return
            instant = before  # asked and answered when it was set
        if instant <= self.now and self.intent != PUBLISH and (self.strict or instant != before):
            self.add_error("time", "That time has passed. Pick a later one.")
        self.instance.scheduled_at = instant
        self.instance.wall_time = wall.isoformat()
        self.instance.zone = self.zone

    def _judge(self) -> None:
        """Find what stands in the way, and refuse it where the post is to go out."""
        campaign = self.cleaned_data.get("campaign")
        now_or_then = self.now if self.intent == PUBLISH else self.instance.scheduled_at
        moment = checks.Moment.SCHEDULING if self.strict else checks.Moment.TYPING
        self.checks = checks.findings(
            checks.Subject(
                self.instance,
                campaign,
                self.words,
                self.pictures,
                moment,
                at=now_or_then,
                now=self.now,
                fits=self.chosen_fits,
            )
        )
        for check in self.checks:
            if not check.blocks or not (self.strict or check.code == "wrong_brand"):
                continue
            self.add_error(self._field_of(check), check.sentence)

    def _field_of(self, check: checks.Check) -> str:
        place = check.field.split(".")[0]
        if place == "media":
            return "assets"
        if place != "text":
            return place
        own = words_name(check.channel) if check.channel is not None else ""
        return own if self.cleaned_data.get(own) else "caption"

    # For pages --------------------------------------------------------------------------------------------------

    @property
    def chosen_campaign(self) -> Campaign | None:
        """The campaign in its field at this moment, None without one."""
        wanted = str(self["campaign"].value() or "")
        return next((campaign for campaign in self.all_campaigns if str(campaign.pk) == wanted), None)

    @property
    def voices(self) -> list[Voice]:
        """Every channel, for the ticks and tabs of the composer.

        Offered are those that speak for the campaign; one that is ticked stays, so that a person can take it out.
        """
        campaign = self.chosen_campaign
        ticked = {str(value) for value in self["channels"].value() or []}
        return [
            Voice(
                channel,
                self[words_name(channel)],
                is_chosen=str(channel.pk) in ticked,
                is_offered=str(channel.pk) in ticked or channel.speaks_for(campaign),
            )
            for channel in self.all_channels
        ]

    @property
    def has_branded_channels(self) -> bool:
        """Whether another campaign could mean other channels."""
        return any(channel.brand_id for channel in self.all_channels)

    def drafted(self) -> Draft:
        """Return what is in the fields at this moment, right or wrong: for the preview, counters and findings."""
        at, has_minute = self._drafted_time()
        post = Post(
            pk=self.instance.pk,
            title=self["title"].value() or "",
            caption=_lines(self["caption"].value()).strip(),
            scheduled_at=at,
        )
        words = {
            voice.channel: _lines(voice.field.value()).strip() for voice in self.voices if voice.is_chosen
        }
        return Draft(post, self.chosen_campaign, words, self.chosen_pictures, has_minute, self.chosen_fits)

    def _drafted_time(self) -> tuple[datetime | None, bool]:
        """Return the time in the fields and whether it is whole; else noon of the day, which is enough for rights."""
        with suppress(ValidationError, clock.WallTimeProblem):
            day = self.fields["day"].clean(self["day"].value())
            if day is None:
                return None, False
            with suppress(ValidationError, clock.WallTimeProblem):
                at = self.fields["time"].clean(self["time"].value())
                if at is not None:
                    fold = 1 if self["fold"].value() == "1" else 0
                    return clock.instant_of(datetime.combine(day, at), self.zone, fold=fold), True
            return clock.instant_of(datetime.combine(day, time(12)), self.zone, fold=0), False
        return None, False

    @property
    def chosen_pictures(self) -> list[Asset]:
        """The assets to show in the strip, in the order sent or stored; unknown ids are left out."""
        if self.is_bound and hasattr(self, "cleaned_data") and "assets" in self.cleaned_data:
            return self.pictures
        return assets_in_order(self["assets"].value() or [], self.known_assets)


def _lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n")


def words_name(channel: Channel) -> str:
    """Return the name of the field that holds the channel's own words."""
    return f"words_{channel.pk.hex}"


def ids_of(values: Iterable[Any]) -> list[uuid.UUID]:
    """Return those of the values that are ids, in order."""
    found = []
    for value in values:
        with suppress(ValueError):
            found.append(uuid.UUID(str(value)))
    return found


def assets_in_order(ids: Iterable[Any], known: Mapping[uuid.UUID, Asset] | None = None) -> list[Asset]:
    """Return those of the assets that this workspace has, in the order given; ids that are none are left out.

    `known` are assets that were loaded already, with what `assets_with_files` gives them.
    """
    found = dict(known or {})
    wanted = ids_of(ids)
    if missing := set(wanted) - set(found):
        found |= {asset.pk: asset for asset in assets_with_files().filter(pk__in=missing)}
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


def _initial_of(post: Post | None, zone: str) -> dict[str, Any]:
    """What the fields show that the model does not hold by itself. Empty for a post that is not saved yet."""
    if post is None or post._state.adding:
        return {}
    targets = [target for target in post.targets.all() if target.status not in NO_PART]
    initial: dict[str, Any] = {
        "channels": [target.channel_id for target in targets],
        "own_words": {target.channel_id: target.own_words for target in targets},
        "assets": [use.asset_id for use in post.media.all()],
        "fits": [f"{channel.hex}:{asset.hex}:{place}" for (channel, asset), place in fits_of(post).items()],
        "version": post.version,
    }
    if post.scheduled_at is not None:
        wall = clock.wall_of(post.scheduled_at, zone)
        initial |= {"day": wall.date(), "time": time(wall.hour, wall.minute)}
    return initial
