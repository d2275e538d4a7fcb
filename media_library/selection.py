"""Many assets at once: what was ticked, and what is to be done with it, judged here for every door."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from aura.kit.files import TooLarge
from aura.kit.words import WordsField
from media_library import filters
from media_library.forms import RIGHTS, FitsForm
from media_library.models import Album, Asset
from media_library.models.group import TAGS_AT_MOST

AT_MOST = 500
TOO_MANY = f"{AT_MOST} at once is the most. Tick fewer, or narrow the list with a filter first."
NOTHING = "Nothing is ticked. Tick what you mean first."


class IdsField(forms.Field):
    """The ids of what is ticked, as a list of UUIDs, each once."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[uuid.UUID]:
        """Return the ids. Raises ValidationError for what is none."""
        try:
            return list(dict.fromkeys(uuid.UUID(str(text)) for text in value or []))
        except ValueError:
            raise ValidationError("One of these is nothing of the library. Tick them again.") from None


@dataclass(frozen=True)
class Selection:
    """What was ticked, newest first; `missing` counts ids that the open workspace does not have (any more)."""

    assets: list[Asset]
    missing: int = 0


class SelectionForm(forms.Form):
    """What is ticked: each by its id, or (`fitting`) everything that fits the filter in `query`."""

    asset = IdsField(required=False)
    fitting = forms.BooleanField(required=False, widget=forms.HiddenInput)
    query = forms.CharField(
        required=False, widget=forms.HiddenInput
    )  # sent along with every list, however narrow

    def clean(self) -> dict[str, Any]:
        """Ask for something to be ticked. Raises TooLarge for more than AT_MOST."""
        if not self.errors and not self.cleaned_data["fitting"] and not self.cleaned_data["asset"]:
            raise ValidationError(NOTHING)
        if len(self.cleaned_data.get("asset", [])) > AT_MOST:
            raise TooLarge(TOO_MANY)
        return self.cleaned_data

    def selection(self, *, now: datetime) -> Selection:
        """Return what a valid form means, two queries at most. Raises TooLarge for more than AT_MOST."""
        ids = self.cleaned_data["asset"]
        if self.cleaned_data["fitting"]:
            asked = filters.read(QueryDict(self.cleaned_data["query"].removeprefix("?")))
            rows = asked.rows(now=now)
        else:
            rows = Asset.objects.filter(pk__in=ids)
        assets = list(rows.select_related("current").order_by("-id")[: AT_MOST + 1])
        if len(assets) > AT_MOST:
            raise TooLarge(TOO_MANY)
        return Selection(assets, 0 if self.cleaned_data["fitting"] else len(ids) - len(assets))


class ManyTagsForm(forms.Form):
    """The tags to add to many, or to take off them."""

    tags = WordsField(label="Tags", at_most=TAGS_AT_MOST)

    def clean_tags(self) -> list[str]:
        """Ask for a tag: commas alone are none."""
        words: list[str] = self.cleaned_data["tags"]
        if not words:
            raise ValidationError("Type a tag first.")
        return words


class ManyAlbumForm(forms.Form):
    """The album that many go into, or leave."""

    album = forms.ModelChoiceField(
        Album.objects.none(),
        empty_label="Choose one",
        error_messages={
            "required": "Choose an album first.",
            "invalid_choice": "This album is gone. Choose another one.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["album"].queryset = Album.objects.order_by("name", "id")  # type: ignore[attr-defined]


class ManyRightsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rights of many: what is filled in is set on all of them, what is empty stays, unless it is to be cleared."""

    clear = forms.MultipleChoiceField(
        label="Or empty these",
        required=False,
        choices=[
            ("author", "Author"), ("licence", "Licence"), ("source", "Source"), ("expires_date", "Last day"),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Only rights can be emptied here."},
    )  # fmt: skip

    class Meta:
        model = Asset
        fields = RIGHTS
        widgets = {"expires_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {"source": "", "expires_date": ""}

    def clean(self) -> dict[str, Any]:
        """Ask for something to be changed, and not both ways."""
        data = super().clean() or self.cleaned_data
        filled = {name for name in RIGHTS if data.get(name)}
        clear = set(data.get("clear", []))
        if not self.errors and not filled and not clear:
            raise ValidationError("Fill in what is to be set on all of them.")
        for name in filled & clear:
            self.add_error(name, "This is filled in and to be emptied. Choose one.")
        return data

    @property
    def rights(self) -> dict[str, Any]:
        """What a valid form sets on all of them."""
        data = self.cleaned_data
        emptied = {name: None if name == "expires_date" else "" for name in data["clear"]}
        return {name: data[name] for name in RIGHTS if data.get(name)} | emptied


class MediaField(forms.ModelMultipleChoiceField):
    """What a program means: things of the library in the order in which they are named, each once."""

    def __init__(self) -> None:
        super().__init__(
            Asset.objects.none(),
            error_messages={
                "required": "Name the things of the library that are meant.",
                "list": "Name the things of the library in a list.",
                "invalid_choice": "There is no %(value)s in the library. Leave it out.",
            },
        )

    def clean(self, value: Any) -> list[Asset]:  # type: ignore[override]  # django-stubs: a queryset
        """Return them. Raises ValidationError for too many, and for what is no id, before any is looked for."""
        sent = list(value or [])
        if len(sent) > AT_MOST:
            raise ValidationError(f"{AT_MOST} at once is the most. Send them in several calls.")
        try:
            ids = list(dict.fromkeys(uuid.UUID(str(text)) for text in sent))
        except ValueError:
            raise ValidationError("One of these is no id. Write a list of ids.") from None
        found = {asset.pk: asset for asset in super().clean(ids)}
        return [found[pk] for pk in ids]


class MediaForm(forms.Form):
    """Which things of the library a program means."""

    media = MediaField()  # type: ignore[assignment]  # a form has no media of its own here

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["media"].queryset = Asset.objects.select_related("current")  # type: ignore[attr-defined]


class TagsOfMediaForm(MediaForm, ManyTagsForm):
    """Which, and the tags."""


class RightsOfMediaForm(ManyRightsForm, MediaForm):
    """Which, and their rights."""


class FitsOfMediaForm(MediaForm, FitsForm):
    """Which, and the places to cut them for."""
