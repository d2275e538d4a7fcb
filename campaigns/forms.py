"""The one place where brands and campaigns are judged."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from aura.kit.words import WordsField
from campaigns.models import VOICE_TAGS_AT_MOST, Brand, Campaign
from media_library.models import Asset

TAGS_AT_MOST = 20
COLOURS_AT_MOST = 8
LOGOS_AT_MOST = 60
_COLOUR = re.compile(r"^#[0-9a-f]{6}$")


class ColoursField(WordsField):
    """Colours as #rrggbb with commas between them."""

    def clean(self, value: Any) -> Any:
        """Return the list of colours, lower-cased. Raises ValidationError naming the first that is none."""
        words = super().clean(value)
        wrong = [word for word in words if not _COLOUR.match(word)]
        if wrong:
            raise ValidationError(
                f"“{wrong[0]}” is not a colour Aura knows. Write it like #f3a24a.", code="colour"
            )
        return words


class PickField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of a list; what is no id at all is refused like an id that is not in the list."""

    def to_python(self, value: Any) -> Any:
        """Return the chosen row, or None. Raises ValidationError for anything that is not offered."""
        try:
            return super().to_python(value)
        except ValidationError:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


class CurrencyField(forms.CharField):
    """Three letters, in capitals however they were typed."""

    def to_python(self, value: Any) -> str:
        """Return the letters in capitals."""
        return str(super().to_python(value) or "").strip().upper()


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]
    """A brand as a person writes it."""

    voice_tags = WordsField(
        label="How it sounds",
        at_most=VOICE_TAGS_AT_MOST,
        help_text="Words with commas between them. New campaigns start with these.",
    )
    colours = ColoursField(
        label="Colours", at_most=COLOURS_AT_MOST, what="colour", help_text="Like #f3a24a, #2b2520."
    )

    class Meta:
        model = Brand
        fields = ["name", "about", "voice_tags", "guardrails", "colours", "logo"]
        labels = {"about": "What it is", "guardrails": "What it never says or shows"}
        help_texts = {"guardrails": "", "logo": "Pictures come from Media."}
        field_classes = {"logo": PickField}
        error_messages = {"name": {"required": "Give the brand a name."}}
        widgets = {
            "about": forms.Textarea(attrs={"rows": 3}),
            "guardrails": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, offers_all: bool = False, **kwargs: Any) -> None:
        """`offers_all`: any picture may be the logo, where a page shows a list of the newest."""
        super().__init__(*args, **kwargs)
        logo: Any = self.fields["logo"]
        pictures = Asset.objects.filter(kind=Asset.Kind.IMAGE, status=Asset.Status.READY, trashed_at=None)
        if not offers_all:
            newest = list(pictures.order_by("-id").values_list("pk", flat=True)[:LOGOS_AT_MOST])
            pictures = pictures.filter(Q(pk__in=newest) | Q(pk=self.instance.logo_id)).order_by("-id")
        logo.queryset = pictures
        logo.empty_label = "No logo"
        logo.error_messages["invalid_choice"] = "Pick a picture of the library that is ready."


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """A campaign as a person writes it, with its tags as lines of words.

    `voice` and `labels` give the words of a saved campaign. The two lists are in `cleaned_data` beside the instance.
    """

    voice_tags = WordsField(
        label="How it sounds",
        at_most=VOICE_TAGS_AT_MOST,
        help_text="Up to eight words or short phrases, with commas between them.",
    )
    tags = WordsField(label="Tags", at_most=TAGS_AT_MOST, help_text="To find it by. Commas between them.")
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Campaign
        fields = [
            "name", "brand", "goal", "overview", "target_audience", "guardrails", "voice_tags", "start_date",
            "end_date", "budget", "currency", "category", "tags",
        ]  # fmt: skip
        labels = {
            "overview": "What it is about",
            "target_audience": "Who it is for",
            "guardrails": "What it must not say",
            "start_date": "First day",
            "end_date": "Last day",
        }
        help_texts = {
            "goal": "In one sentence, with a number if there is one.",
            "overview": "What happens, what is offered, what people should remember.",
        }
        error_messages = {
            "name": {"required": "Give the campaign a name."},
            "brand": {
                "required": "Pick the brand that speaks.",
                "invalid_choice": "Pick a brand from the list.",
            },
            "start_date": {"invalid": "Write the day as 2026-03-09, or pick it."},
            "end_date": {"invalid": "Write the day as 2026-03-29, or pick it."},
            "budget": {
                "invalid": "Write the budget as a number, such as 3400 or 3400.50.",
                "min_value": "A budget is zero or more.",
                "max_decimal_places": "Two digits after the point are enough.",
            },
        }
        field_classes = {"currency": CurrencyField, "brand": PickField}
        widgets = {
            "overview": forms.Textarea(attrs={"rows": 4}),
            "target_audience": forms.Textarea(attrs={"rows": 3}),
            "guardrails": forms.Textarea(attrs={"rows": 3}),
            "start_date": forms.DateInput,
            "end_date": forms.DateInput,
        }

    def __init__(
        self, *args: Any, voice: list[str] | None = None, labels: list[str] | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "voice_tags": voice or [],
            "tags": labels or [],
            **({} if kwargs.get("instance") is None else {"version": kwargs["instance"].version}),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        brand: Any = self.fields["brand"]
        brand.queryset = Brand.objects.filter(Q(trashed_at=None) | Q(pk=self.instance.brand_id)).order_by(
            "name"
        )
        brand.empty_label = "Pick a brand"
        self.fields["currency"].widget.attrs.update(autocapitalize="characters", list="currencies")

    def clean(self) -> dict[str, Any]:
        """Judge the days together."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            shown = f"{first.day} {first:%B %Y}"
            self.add_error("end_date", f"The end is before the start. Pick {shown} or a later day.")
        return data
