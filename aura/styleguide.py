"""The style guide at /styleguide/: every part of the look in every state, made by the tags and pieces pages use.

Only there with AURA_DEBUG=1. It shows no data and needs no workspace.
"""

from datetime import date
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from aura.kit import clock
from aura.kit.htmx import render_page
from aura.kit.states import STATE_LOOKS
from aura.kit.templatetags.ui import PLATFORMS

COLOURS = [
    ("ground", "Frame"),
    ("sheet", "Page"),
    ("card", "Card, menu"),
    ("sunken", "Well"),
    ("line", "Hairline"),
    ("edge", "Control outline"),
    ("ink-3", "Quiet text"),
    ("ink-2", "Second text"),
    ("ink", "Text"),
    ("accent", "Fill"),
    ("accent-line", "Graphic, focus"),
    ("accent-text", "Link"),
    ("accent-soft", "Chosen"),
]
PEOPLE = ["Ama Mensah", "Ruth Barrow", "Dan Kelleher", "Priya Nair", "Tomás Quinn", "Inês Duarte"]
POSTS = [
    ("Launch reel", "in_review", ["instagram", "tiktok"]),
    ("Launch day", "approved", ["instagram", "facebook", "linkedin", "x"]),
    ("The Saturday queue", "failed", ["x"]),
    ("Tasting notes", "publishing", ["bluesky", "mastodon"]),
    ("Walnut rye is back", "published", ["instagram", "threads"]),
]


class Sample(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Campaign name", max_length=120, help_text="People see it in reports.")
    ends = forms.DateField(label="Ends on", required=False)
    goal = forms.ChoiceField(
        label="Goal", choices=[("", "Choose one"), ("sell", "Sell something"), ("known", "Be known")]
    )
    words = forms.CharField(label="Words for X", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    at = forms.TimeField(label="Time", required=False)
    budget = forms.IntegerField(label="Budget", required=False, min_value=0)
    picture = forms.FileField(label="Picture", required=False)
    approve = forms.BooleanField(
        label="Posts need approval", required=False, help_text="Nothing goes out without a yes."
    )
    theme = forms.ChoiceField(
        label="Appearance",
        choices=[("system", "As my device"), ("light", "Light"), ("dark", "Dark")],
        widget=forms.RadioSelect,
    )
    networks = forms.MultipleChoiceField(
        label="Networks",
        choices=[("x", "X"), ("webhook", "Webhook")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean_ends(self) -> date | None:
        """Refuse a day before the sample's start, to have an error to show."""
        ends: date | None = self.cleaned_data["ends"]
        if ends and ends < date(2026, 3, 9):
            raise forms.ValidationError("The end is before the start. Pick a day after 9 March.")
        return ends


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the style guide; with `?frame=workspace` inside the frame of a made-up workspace."""
    filled = {
        "name": "Hot-spring rye",
        "goal": "sell",
        "words": "We can’t dig up the street.",
        "theme": "system",
        "approve": "on",
    }
    wrong = Sample({"name": "", "goal": "", "ends": "2026-03-08", "theme": "system"})
    wrong.is_valid()
    context: dict[str, Any] = {
        "nav": "home",
        "colours": COLOURS,
        "hues": range(1, 7),
        "states": list(STATE_LOOKS),
        "platforms": list(PLATFORMS),
        "people": PEOPLE,
        "posts": [
            SimpleNamespace(title=title, status=status, networks=networks)
            for title, status, networks in POSTS
        ],
        "now": clock.now(),
        "form": Sample(initial=filled),
        "wrong": wrong,
        "tabs": [
            {"url": "#buttons", "word": "All", "current": True, "count": 38},
            {"url": "#buttons", "word": "Drafts", "count": 10},
            {"url": "#buttons", "word": "Failed", "count": 1},
        ],
        "tones": [
            {"level_tag": "success", "text": "Scheduled for Friday at 7:30."},
            {"level_tag": "error", "text": "X is not answering. We try again in 5 minutes."},
            {"level_tag": "warning", "text": "Pinterest signs you out on Saturday."},
            {"level_tag": "info", "text": "Dan changed the words while you wrote."},
        ],
    }
    return render_page(request, "styleguide.html", context)


urlpatterns = [path("styleguide/", styleguide, name="styleguide")]
