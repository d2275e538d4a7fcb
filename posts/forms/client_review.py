"""What members and clients type about review links."""

from __future__ import annotations

from typing import Any

from django import forms

from aura.kit import clock
from posts.forms.bulk import PostsField
from posts.models import LinkedPost, Post, ReviewLink
from posts.models.review_link import DAYS_AT_MOST, LASTS, NOTE_LENGTH
from workspaces.models.workspace import validate_plain_text


class LinkForm(forms.Form):
    """How long a link lasts, whether it asks for a password, and what it shows."""

    days = forms.IntegerField(
        label="Days until it ends",
        min_value=1,
        max_value=DAYS_AT_MOST,
        initial=LASTS.days,
        error_messages={
            "max_value": f"Pick {DAYS_AT_MOST} days or fewer.",
            "min_value": "Pick a day or more.",
        },
    )
    password = forms.CharField(
        label="Password",
        required=False,
        max_length=100,
        min_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Tell it apart from the link. Empty: the link is enough.",
        error_messages={"min_length": "Use 6 letters or more."},
    )
    whole_campaign = forms.BooleanField(
        label="With every post of its campaign that is in review", required=False
    )


class ReviewLinkByProgram(LinkForm):
    """As `LinkForm`, for posts that a program names."""

    posts = PostsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posts"].queryset = Post.objects.all()  # type: ignore[attr-defined]


class SendForm(LinkForm):
    """As `LinkForm`, for posts that were picked one by one: a new link, or one that is open."""

    whole_campaign = None  # type: ignore[assignment]
    link = forms.ModelChoiceField(
        ReviewLink.objects.none(),
        label="On which link",
        required=False,
        empty_label="A new one",
        help_text="One that is open shows them at its address at once; days and password stay as they are.",
        error_messages={"invalid_choice": "This link has ended. Make a new one."},
    )
    field_order = ["link", "days", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        links = ReviewLink.objects.filter(revoked_at=None, ends_at__gt=clock.now())
        links = links.select_related("created_by").order_by("-id")
        field: Any = self.fields["link"]
        field.queryset = links
        titles: dict[object, list[str]] = {}
        for one in LinkedPost.objects.filter(link__in=links).select_related("post").order_by("id"):
            titles.setdefault(one.link_id, []).append(one.post.title)
        field.label_from_instance = lambda link: _named(titles.get(link.pk, []))


def _named(titles: list[str]) -> str:
    """Return what a link is called: by its first post, and how many there are beside that."""
    first = titles[0] if titles else "Nothing any more"
    return f"{first} and {len(titles) - 1} more" if len(titles) > 1 else first


class AnswerForm(forms.Form):
    """A client's answer: who they are, and what they have to say."""

    name = forms.CharField(
        label="Your name",
        max_length=60,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Say who you are."},
    )
    note = forms.CharField(
        label="Comment",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"Keep it to {NOTE_LENGTH} characters."},
    )
    answer = forms.ChoiceField(choices=[("approve", "Approve"), ("changes", "Ask for changes")])

    def clean(self) -> dict[str, Any]:
        """Ask for words where something should change."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "changes" and not cleaned.get("note", "").strip():
            self.add_error("note", "Say what should change.")
        return cleaned
