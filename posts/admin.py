"""Channels, posts and the ledger in the admin: read by staff, changed by the operations of the pages."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from aura.kit import clock
from campaigns.models import Campaign
from posts import admin_agreeing, admin_kept  # noqa: F401  # its pages, cut off by noun
from posts.forms.channels import ChannelForm, asked_of
from posts.forms.post import PostForm
from posts.models import (
    Attempt,
    CalendarFeed,
    Channel,
    Connecting,
    Fit,
    LinkAnswer,
    LinkDay,
    NetworkApp,
    Post,
    PostingSlot,
    PostMedia,
    Preflight,
    SandboxPost,
    Series,
    SeriesDate,
    ShortLink,
    Snippet,
    Target,
    TargetFigure,
    TargetMedia,
)
from posts.networks import get_network
from posts.operations import channels, confirming, scheduling, trash, writing
from workspaces.admin_base import (
    IN_TRASH,
    ReadOnlyAdmin,
    ReadOnlyInline,
    WorkspaceAdmin,
    operation_action,
    set_aside_filter,
)
from workspaces.operation import Staff
from workspaces.scope import current_workspace

if TYPE_CHECKING:
    _PostModelForm = forms.ModelForm[Post]
else:
    _PostModelForm = forms.ModelForm

GIVEN_UP = Q(
    Exists(Attempt.objects.filter(target=OuterRef("pk"), code="quarantined")), status=Target.Status.FAILED
)
"""Targets that took a worker down, or raised, every time they were picked up."""


@admin.register(Channel)
class ChannelAdmin(WorkspaceAdmin):
    """Channels. Their secrets are shown on no page of the admin."""

    form = ChannelForm
    related = ["brand", "created_by"]
    list_display = ["name", "network", "brand", "status", "problem", "last_sent_at", "trashed_at"]
    list_filter = ["status", "network", IN_TRASH]
    search_fields = ["name", "brand__name"]
    ordering = ["name", "id"]
    actions = [
        operation_action(channels.pause_channel, "Pause: hold back what is due", "paused."),
        operation_action(channels.resume_channel, "Resume", "in use again."),
        operation_action(channels.trash_channel, "Put in the trash", "put in the trash."),
        operation_action(channels.restore_channel, "Restore from the trash", "restored."),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A channel is connected on its own page, where its secret is shown once."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what every channel has, what its network asks for, and where it stands."""
        asked = list(self._asked(obj))
        return [
            (None, {"fields": ["name", "brand", "spacing_seconds"]}),
            ("Approval", {"fields": ["approval", "approver"]}),
            *([(get_network(obj.network).name, {"fields": asked})] if asked else []),
            (
                "Where it stands",
                {
                    "fields": [
                        "network", "status", "problem", "not_before", "last_sent_at", "ends_at", "created_by",
                        "created_at", "trashed_at",
                    ]
                },
            ),
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nobody moves a channel to another network."""
        return [*super().get_readonly_fields(request, obj), "network"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form with the questions of the channel's network among its fields."""
        asked = copy.deepcopy(self._asked(obj))
        kwargs["form"] = type("ChannelForm", (ChannelForm,), asked)
        return super().get_form(request, obj, change=change, **kwargs)

    @staticmethod
    def _asked(channel: Channel | None) -> dict[str, forms.Field]:
        """Return the network's own fields, by name."""
        return asked_of(channel) if channel is not None else {}

    def save_by(self, obj: Any, form: forms.ModelForm[Any], *, by: Staff, change: bool) -> None:
        """Save by the operation of the page."""
        channels.edit_channel(obj, by=by)


class PostAdminForm(_PostModelForm):
    """Words and campaign of a post. The composer's own form judges them together with all that stays as it is."""

    seen_version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Post
        fields = PostForm.Meta.fields
        widgets = PostForm.Meta.widgets
        error_messages = PostForm.Meta.error_messages

    judged: PostForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        saved = kwargs.get("instance")
        if saved is not None and not saved._state.adding:
            kwargs["initial"] = {"seen_version": saved.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Judge the whole post as the composer does; its findings stand beside the words."""
        cleaned = super().clean() or self.cleaned_data
        self.judged = self._whole()
        if not self.errors:
            for name, errors in self.judged.errors.items():
                self.add_error(name if name in self.fields else None, list(errors))
        return cleaned

    def _whole(self) -> PostForm:
        saved = None if self.instance._state.adding else Post.objects.get(pk=self.instance.pk)
        kept = PostForm(instance=saved, zone=current_workspace().zone, now=clock.now())
        campaign: Campaign | None = self.cleaned_data.get("campaign")
        data: MultiValueDict[str, str] = MultiValueDict(
            {
                "campaign": [str(campaign.pk)] if campaign else [],
                "title": [self.cleaned_data.get("title", "")],
                "caption": [self.cleaned_data.get("caption", "")],
                "version": [str(self.cleaned_data.get("seen_version") or "")],
                "channels": [str(pk) for pk in kept.initial.get("channels", [])],
                "media": [str(pk) for pk in kept.initial.get("assets", [])],
                **{name: [str(kept.initial[name])] for name in ("day", "time") if name in kept.initial},
                **{voice.field.html_name: [voice.field.value() or ""] for voice in kept.voices},
            }
        )
        goes_out = saved is not None and saved.status == Post.Status.SCHEDULED
        return PostForm(data, instance=saved, zone=kept.zone, now=kept.now, strict=goes_out)


class TargetInline(ReadOnlyInline):
    """Where the post goes, and how that stands."""

    model = Target
    fields = ["channel", "part", "own_words", "status", "sentence", "due_at", "remote_url"]
    related = ["channel", "post"]
    show_change_link = True


class MediaInline(ReadOnlyInline):
    """The post's pictures, in order."""

    model = PostMedia
    fields = ["asset", "position"]
    related = ["asset", "post"]


@admin.register(Post)
class PostAdmin(WorkspaceAdmin):
    """Posts: words and campaign are edited; channels, pictures and time in the composer; the rest by actions."""

    form = PostAdminForm
    related = ["campaign", "created_by"]
    autocomplete_fields = ["campaign"]
    list_display = ["title", "campaign", "status", "scheduled_at", "created_by", "created_at", "trashed_at"]
    list_filter = ["status", "review_status", IN_TRASH]
    search_fields = ["title", "caption", "campaign__name"]
    ordering = ["-id"]
    inlines = [TargetInline, MediaInline]
    fieldsets = [
        (None, {"fields": ["title", "caption", "campaign", "seen_version"]}),
        ("Time", {"fields": ["scheduled_at", "wall_time", "zone", "published_at"]}),
        ("Review", {"fields": ["review_status", "review_note", "approved_by"]}),
        (
            "Where it stands",
            {"fields": ["status", "version", "created_by", "created_at", "updated_at", "trashed_at"]},
        ),
    ]
    actions = [
        operation_action(scheduling.unschedule_post, "Take off the schedule", "taken off the schedule."),
        operation_action(scheduling.cancel_post, "Call off what is not out yet", "called off."),
        operation_action(trash.trash_post, "Put in the trash", "put in the trash."),
        operation_action(trash.restore_post, "Restore from the trash", "restored, unscheduled."),
        operation_action(trash.purge_post, "Delete for good (from the trash)", "deleted for good."),
    ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show targets and pictures of a post that exists."""
        return super().get_inlines(request, obj) if obj else []

    def save_by(self, obj: Any, form: Any, *, by: Staff, change: bool) -> None:
        """Save by the operation of the composer, with channels, pictures and time as they are."""
        judged: PostForm = form.judged
        if change:
            writing.edit_post(
                judged.instance,
                words=judged.words,
                pictures=judged.pictures,
                version=judged.seen_version,
                by=by,
            )
        else:
            saved = writing.create_post(judged.instance, words={}, pictures=[], by=by)
            obj.pk, obj.workspace = saved.pk, saved.workspace


class AttemptInline(ReadOnlyInline):
    """What was tried."""

    model = Attempt
    fields = [
        "number",
        "kind",
        "outcome",
        "sentence",
        "code",
        "by",
        "started_at",
        "ended_at",
    ]
    ordering = ["number"]


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    """Posts on their channels. Whether one is live is answered one by one, on the page of the post."""

    related = ["post", "channel"]
    list_display = ["post", "channel", "part", "status", "sentence", "due_at", "tries", "published_at"]
    list_filter = [set_aside_filter(GIVEN_UP), "status", "channel__network"]
    search_fields = ["post__title", "channel__name", "remote_id"]
    ordering = ["-id"]
    inlines = [AttemptInline]
    actions = [
        operation_action(confirming.retry_target, "Try again (failed or missed)", "will be tried again."),
    ]


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """The ledger."""

    related = ["target__post", "target__channel"]
    list_display = ["target", "number", "kind", "outcome", "sentence", "code", "by", "started_at"]
    list_filter = ["outcome", "kind"]
    search_fields = ["target__post__title", "key", "code"]
    ordering = ["-id"]


@admin.register(TargetFigure)
class TargetFigureAdmin(ReadOnlyAdmin):
    """How posts do. Why figures are missing stands in the progress of the target."""

    related = ["target__post", "target__channel"]
    list_display = ["target", "figure", "total", "fetched_at"]
    list_filter = ["figure"]
    search_fields = ["target__post__title", "target__channel__name"]
    ordering = ["-id"]


@admin.register(Snippet)
class SnippetAdmin(ReadOnlyAdmin):
    """Words that come again in posts."""

    related = ["created_by"]
    list_display = ["name", "kind", "created_by", "created_at"]
    list_filter = ["kind"]
    search_fields = ["name", "words"]
    ordering = ["-id"]


@admin.register(ShortLink)
class ShortLinkAdmin(ReadOnlyAdmin):
    """Short links, and where they lead."""

    related = ["target__post", "target__channel"]
    list_display = ["token", "url", "target", "created_at"]
    search_fields = ["=token", "url", "target__post__title"]
    ordering = ["-id"]


@admin.register(LinkDay)
class LinkDayAdmin(ReadOnlyAdmin):
    """How often short links were followed, by day."""

    related = ["link"]
    list_display = ["link", "day", "clicks"]
    search_fields = ["=link__token", "link__url"]
    ordering = ["-id"]


@admin.register(SandboxPost)
class SandboxPostAdmin(ReadOnlyAdmin):
    """What the sandbox received."""

    related = ["channel"]
    list_display = ["__str__", "channel", "received_at"]
    search_fields = ["key", "channel__name"]
    ordering = ["-id"]


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    """Posts that come again."""

    related = ["pattern", "created_by"]
    list_display = ["__str__", "first_date", "last_date", "count", "due_at", "paused_at", "ended_at"]
    list_filter = ["unit"]
    search_fields = ["pattern__title"]
    ordering = ["-id"]


@admin.register(SeriesDate)
class SeriesDateAdmin(ReadOnlyAdmin):
    """Dates of series, and what was made for each."""

    related = ["series__pattern", "post"]
    list_display = ["date", "series", "post", "sentence"]
    search_fields = ["post__title", "series__pattern__title"]
    ordering = ["-id"]


@admin.register(PostingSlot)
class PostingSlotAdmin(ReadOnlyAdmin):
    """Times of the week at which channels post."""

    related = ["channel"]
    list_display = ["__str__", "channel"]
    list_filter = ["weekday"]
    search_fields = ["channel__name"]
    ordering = ["-id"]


@admin.register(NetworkApp)
class NetworkAppAdmin(ReadOnlyAdmin):
    """Keys of apps. Their secrets are shown on no page."""

    related = ["changed_by"]
    fields = ["place", "network", "client_id", "changed_by", "changed_at"]
    list_display = ["place", "network", "client_id", "changed_by", "changed_at"]
    list_filter = ["network"]
    search_fields = ["place", "client_id"]
    ordering = ["place", "id"]


@admin.register(Connecting)
class ConnectingAdmin(ReadOnlyAdmin):
    """Connections that people have begun and not finished yet."""

    related = ["channel", "created_by"]
    fields = ["network", "channel", "created_by", "returned_at", "ends_at"]
    list_display = ["network", "channel", "created_by", "returned_at", "ends_at"]
    search_fields = ["network", "created_by__email"]
    ordering = ["-id"]


@admin.register(Fit)
class FitAdmin(ReadOnlyAdmin):
    """Cuts that go out instead of a picture on one channel."""

    related = ["target__post", "target__channel", "asset"]
    list_display = ["target", "asset", "place"]
    search_fields = ["target__post__title", "asset__title", "place"]
    ordering = ["-id"]


@admin.register(LinkAnswer)
class LinkAnswerAdmin(ReadOnlyAdmin):
    """What links in posts answered."""

    list_display = ["url", "status", "says", "looked_at", "due_at", "tries"]
    list_filter = ["status"]
    search_fields = ["url"]
    ordering = ["-id"]


@admin.register(Preflight)
class PreflightAdmin(ReadOnlyAdmin):
    """Scheduled posts looked at again before their time."""

    related = ["post"]
    list_display = ["post", "moment", "for_at", "blocks", "looked_at", "due_at", "tries"]
    list_filter = ["blocks", "moment"]
    search_fields = ["post__title"]
    ordering = ["-id"]


@admin.register(PostMedia)
class PostMediaAdmin(ReadOnlyAdmin):
    """Pictures of posts."""

    related = ["post", "asset"]
    list_display = ["post", "asset", "position"]
    search_fields = ["post__title", "asset__title"]
    ordering = ["-id"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Secret links to the calendar: whose they are, never what they are."""

    list_display = ("created_by", "created_at")
    search_fields = ("created_by__email",)
    exclude = ("token_hash",)
    ordering = ("-id",)
    related = ("created_by",)


@admin.register(TargetMedia)
class TargetMediaAdmin(ReadOnlyAdmin):
    """Pictures that one channel shows of its own."""

    related = ["target__post", "target__channel", "asset"]
    list_display = ["target", "asset", "position"]
    search_fields = ["target__post__title", "asset__title"]
    ordering = ["-id"]
