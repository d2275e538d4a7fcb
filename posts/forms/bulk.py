"""The forms of what is done with many posts: which ones, and how."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from campaigns.models import Campaign
from posts.forms.pictures import ids_of
from posts.models import Post

AT_MOST = 500
TOO_MANY = f"At most {AT_MOST} posts at once. Narrow the list, then do it again."


class PostsField(forms.ModelMultipleChoiceField):
    """The posts that are meant, in the order in which they are named; each once."""

    def __init__(self) -> None:
        super().__init__(
            Post.objects.none(),
            error_messages={
                "required": "Name the posts.",
                "list": "Name the posts in a list.",
                "invalid_choice": "There is no post %(value)s here. Leave it out.",
            },
        )

    def clean(self, value: Any) -> list[Post]:  # type: ignore[override]  # django-stubs: a queryset
        """Return them. Raises ValidationError for too many, and for what is no id, before any is looked for."""
        sent = list(value or [])
        if len(sent) > AT_MOST:
            raise forms.ValidationError(TOO_MANY, code="too_many")
        ids = list(dict.fromkeys(ids_of(sent)))
        if len(ids_of(sent)) < len(sent):
            raise forms.ValidationError("One of these is no id. Write a list of ids.", code="no_id")
        found = {post.pk: post for post in super().clean(ids)}
        return [found[pk] for pk in ids]


class PostsForm(forms.Form):
    """Judges which posts a program means."""

    posts = PostsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posts"].queryset = Post.objects.all()  # type: ignore[attr-defined]


class MovePostsForm(forms.Form):
    """By how many days, to which time of day, or both."""

    days = forms.IntegerField(
        label="By so many days",
        required=False,
        min_value=-366,
        max_value=366,
        help_text="7 is a week later, -1 the day before. Empty: they stay on their days.",
        error_messages={
            "invalid": "Write a number of days, such as 7.",
            "min_value": "Pick a year (366 days) or less.",
            "max_value": "Pick a year (366 days) or less.",
        },
    )
    at = forms.TimeField(
        label="To this time",
        required=False,
        widget=forms.TimeInput,
        help_text="Empty: each keeps its own.",
        error_messages={"invalid": "Write the time like 07:30."},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for at least one of the two."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("days") and cleaned.get("at") is None:
            self.add_error("days", "Write by how many days, or pick a time.")
        return cleaned


class CampaignOfPostsForm(forms.Form):
    """The campaign that they belong to from now on."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        empty_label="Pick a campaign",
        error_messages={
            "required": "Pick the campaign they go to.",
            "invalid_choice": "Pick a campaign that is in this workspace.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        over = Q(status=Campaign.Status.COMPLETED)
        running = Campaign.objects.filter(~over, trashed_at=None, archived_at=None)
        self.fields["campaign"].queryset = running.order_by("name", "id")  # type: ignore[attr-defined]


class MovePostsByProgram(PostsForm, MovePostsForm):
    """Which posts, and how far."""


class CampaignOfPostsByProgram(PostsForm, CampaignOfPostsForm):
    """Which posts, and to which campaign."""
