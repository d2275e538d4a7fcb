"""The form of a post: its words, where it goes, its media, and when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

from aura.kit import clock
from campaigns.models import Campaign
from media_library.models import Asset
from posts import checks
from posts.fitting import Fits, Pair, fits_of
from posts.forms import own as own_form
from posts.forms.own import OwnPanel
from posts.forms.pictures import FitsField, MediaField, assets_in_order
from posts.models import Channel, Post, Target
from posts.models.post import CAPTION_LENGTH
from posts.models.target import NO_PART
from posts.parts import NOTHING, Own, OwnOf, own_ids_of, own_of, shared_of

SAVE, REVIEW, SCHEDULE, PUBLISH = "save", "review", "schedule", "publish"
INTENTS = {SAVE, REVIEW, SCHEDULE, PUBLISH}
FOLDS = [("0", "The first, before the clocks go back"), ("1", "The second, after they went back")]


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
    own: OwnOf = field(default_factory=dict)
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
            own=self.own,
        )


@dataclass(frozen=True, slots=True)
class Voice:
    """One channel in the form: the field of its own words, whether it is ticked, offered, and what else it says."""

    channel: Channel
    field: forms.BoundField
    is_chosen: bool
    is_offered: bool
    panel: OwnPanel


class PostForm(_ModelForm):
    """Judges a post for one of four intents: save a draft, ask for review, schedule, publish.

    A draft may be unfinished: limits of networks are shown and do not stop it. What is scheduled or published has
    to fit. `zone` is the workspace's, `now` the present instant; `strict` says that saving keeps it scheduled.
    After `is_valid()`: `instance` carries words, campaign and time, `words` the channels with their own words,
    `pictures` the assets in order, `own` what channels have beside their words (None: the form says nothing about it),
    `seen_version` the version the person had open.
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
        self._judge_pictures = assets.clean
        assets.kept = frozenset(self.initial.get("assets", []))
        self._here = _targets_of(self.instance)
        self.own_ids = [pk for ids in own_ids_of(self._here).values() for pk in ids]
        assets.kept |= frozenset(self.own_ids)

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
    def own(self) -> dict[Channel, Own] | None:
        """What the chosen channels have beside their words; None where the form says nothing about it."""
        if not own_form.is_told(self.data):
            return None
        return {channel: own_form.without_empty(self.all_own[channel]) for channel in self.words}

    @cached_property
    def all_own(self) -> dict[Channel, Own]:
        """The same of every channel, as it stands in the fields or is stored."""
        if self.is_bound and own_form.is_told(self.data):
            return own_form.read(self._sent, self.all_channels, self._load)
        return {channel: self._stored_own.get(channel, NOTHING) for channel in self.all_channels}

    @cached_property
    def _stored_own(self) -> OwnOf:
        """What the channels of the stored post have of their own; nothing is asked where its assets are known."""
        if not any(target.position or target.has_own_media for target in self._here):
            return {}
        return own_of(self.instance, self._here, self.known_assets)

    @property
    def _sent(self) -> MultiValueDict[str, str]:
        return cast("MultiValueDict[str, str]", self.data)

    def _load(self, ids: Iterable[str]) -> list[Asset]:
        return assets_in_order(ids, self.known_assets)

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
        for channel, own in (self.own or {}).items():
            for problem in own_form.problems(self._sent, channel, own, self._judge_pictures):
                self.add_error(words_name(channel), problem)
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
                own=self._stored_own if self.own is None else self.own,
            )
        )
        for check in self.checks:
            if not check.blocks or not (self.strict or check.code == "wrong_brand"):
                continue
            self.add_error(self._field_of(check), check.sentence)

    def _field_of(self, check: checks.Check) -> str:
        place = check.field.split(".")[0]
        if check.channel is not None and place in {"parts", "comment"}:
            return words_name(check.channel)
        if place == "media":
            shows_own = check.channel is not None and self.all_own[check.channel].pictures is not None
            return words_name(check.channel) if check.channel and shows_own else "assets"
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
        shared = _lines(self["caption"].value())
        return [
            Voice(
                channel,
                words,
                is_chosen=str(channel.pk) in ticked,
                is_offered=str(channel.pk) in ticked or channel.speaks_for(campaign),
                panel=own_form.panel_of(channel, _lines(words.value()) or shared, self.all_own[channel]),
            )
            for channel in self.all_channels
            for words in [self[words_name(channel)]]
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
        own = {channel: own_form.without_empty(self.all_own[channel]) for channel in words}
        return Draft(
            post, self.chosen_campaign, words, self.chosen_pictures, own, has_minute, self.chosen_fits
        )

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


def _targets_of(post: Post) -> list[Target]:
    """Return what the post is made of on its channels; nothing of one that is not saved yet."""
    stored = [] if post._state.adding else post.targets.all()
    return [target for target in stored if target.status != Target.Status.TAKEN_OUT]


def _initial_of(post: Post | None, zone: str) -> dict[str, Any]:
    """What the fields show that the model does not hold by itself. Empty for a post that is not saved yet."""
    if post is None or post._state.adding:
        return {}
    themselves = [target for target in _targets_of(post) if not target.position]
    initial: dict[str, Any] = {
        "channels": [target.channel_id for target in themselves if target.status not in NO_PART],
        "own_words": {target.channel_id: target.own_words for target in themselves},
        "assets": shared_of(post),
        "fits": [f"{channel.hex}:{asset.hex}:{place}" for (channel, asset), place in fits_of(post).items()],
        "version": post.version,
    }
    if post.scheduled_at is not None:
        wall = clock.wall_of(post.scheduled_at, zone)
        initial |= {"day": wall.date(), "time": time(wall.hour, wall.minute)}
    return initial
