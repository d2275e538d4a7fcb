"""What people may send to the library, judged here for every door."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from aura.kit.addresses import clean_address
from aura.kit.files import HashedUpload, TooLarge, megabytes
from aura.kit.words import WordsField
from media_library import archives, filters, fits, formats, placements
from media_library.models import Album, Asset, SavedFilter
from media_library.models.group import TAGS_AT_MOST
from media_library.names import title_of_words

RIGHTS = ("author", "licence", "source", "expires_date")
_KEY_TOO_LONG = {"max_length": "The key of the upload is longer than 64 characters. Send a shorter one."}
_PERCENT = dict.fromkeys(
    ("required", "invalid", "min_value", "max_value"), "A point lies between 0 and 100 percent."
)


class UploadForm(forms.Form):
    """One file. `cleaned_data["file"]` is the judged upload, `description` what its content says it is.

    A client that may send the same file twice (a retry after a broken connection) names the upload by a key of its
    own making; the second one gets the answer of the first.
    """

    file = forms.FileField(
        allow_empty_file=True,
        max_length=None,
        error_messages={
            "required": "Choose a file first.",
            "invalid": "That did not arrive as a file. Try again.",
        },
    )
    upload_key = forms.CharField(
        required=False,
        max_length=64,
        error_messages=_KEY_TOO_LONG,
    )

    description: formats.Description

    def clean_file(self) -> UploadedFile:
        """Judge the content; the name and the media type of the client are not looked at."""
        upload: UploadedFile = self.cleaned_data["file"]
        if not isinstance(upload, HashedUpload):
            raise ValidationError("That did not arrive as a file. Try again.")
        try:
            kind = formats.format_of(upload)  # type: ignore[arg-type]
            limit = kind.largest_bytes()
            if (upload.size or 0) > limit:
                raise TooLarge(
                    f"It is larger than {megabytes(limit)}, the limit here. Make it smaller first."
                )
            self.description = kind.judge(upload)  # type: ignore[arg-type]
        except formats.Unusable as problem:
            raise ValidationError(str(problem)) from None
        return upload


class KeyForm(forms.Form):
    """The key that a client gave an upload."""

    upload_key = forms.CharField(required=False, max_length=64, error_messages=_KEY_TOO_LONG)


class SentUploadForm(KeyForm):
    """What a program says of the files it sends."""

    keep_both = forms.BooleanField(required=False)


class RemakeForm(forms.Form):
    """What a program has made anew."""

    which = forms.ChoiceField(
        choices=[("failed", "What could not be made"), ("all", "Everything")],
        error_messages={
            "required": "Say what to make anew: failed or all.",
            "invalid_choice": "Say what to make anew: failed or all.",
        },
    )


class OtherForm(forms.Form):
    """Another thing of the library, beside the one that is looked at."""

    other = forms.ModelChoiceField(
        Asset.objects.none(),
        error_messages={
            "required": "Say which other one is meant.",
            "invalid_choice": "There is no such thing in the library. Choose another.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = Asset.objects.all()  # type: ignore[attr-defined]


class ReplaceForm(forms.Form):
    """Whether what was replaced goes to the trash."""

    trash = forms.BooleanField(required=False, initial=False)


class SessionForm(KeyForm):
    """What a client says of a file before it sends it, in parts or past Aura."""

    filename = forms.CharField(required=False, max_length=None)
    size = forms.IntegerField(
        min_value=1, error_messages={"min_value": "The file is empty. Choose another one."}
    )

    def clean_size(self) -> int:
        """Refuse what no kind of file may have. Raises TooLarge."""
        size: int = self.cleaned_data["size"]
        if size > most_bytes():
            raise TooLarge(
                f"It is larger than {megabytes(most_bytes())}, the most that Aura takes. Make it smaller first."
            )
        return size


def most_bytes() -> int:
    """Return the most bytes of any one file, packed or not."""
    return max(formats.largest_bytes(), archives.largest_bytes())


class AddressForm(forms.Form):
    """The address of a file to fetch."""

    address = forms.CharField(
        label="From an address",
        max_length=2048,
        error_messages={
            "required": "Type the address of a file, like https://example.com/picture.jpg.",
            "max_length": "This address is longer than 2,048 characters. Use a shorter one.",
        },
        widget=forms.URLInput(
            attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def clean_address(self) -> str:
        """Judge the address by its form; where it leads is judged when it is asked."""
        return clean_address(self.cleaned_data["address"])


class KeepBothForm(forms.Form):
    """What a second asset of the same bytes is called; `file` is the stored file that was sent once more."""

    file = forms.UUIDField(required=False, error_messages={"invalid": "Upload the file once more."})
    name = forms.CharField(required=False)
    upload_key = forms.CharField(required=False, max_length=64, error_messages=_KEY_TOO_LONG)


class AssetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Title, description and rights of an asset."""

    class Meta:
        model = Asset
        fields = ("title", "alt_text", *RIGHTS)
        widgets = {
            "alt_text": forms.Textarea(attrs={"rows": 3}),
            "expires_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        labels = {"title": "Name", "alt_text": "Describe it for people who cannot see it"}


class AltTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """The description alone, edited where the asset is used."""

    class Meta:
        model = Asset
        fields = ("alt_text",)
        widgets = {"alt_text": forms.Textarea(attrs={"rows": 2})}
        labels = {"alt_text": "Describe it for people who cannot see it"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None:  # several of them stand on one page
            kwargs.setdefault("auto_id", f"id_%s_{instance.pk}")
        super().__init__(*args, **kwargs)


class WordsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Words for an ad or a post: what they are, the words themselves, and a name, made of the first words if empty."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[(kind.value, kind.label) for kind in Asset.TEXT_KINDS],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say what kind of words these are.",
            "invalid_choice": "Pick ad copy, headline, description or call to action.",
        },
    )

    body = Asset._meta.get_field("body").formfield(
        label="Words",
        help_text="",
        required=True,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write the words first."},
    )
    title = Asset._meta.get_field("title").formfield(
        label="Name", required=False, help_text="To find it by. Left empty, it is the first words."
    )

    class Meta:
        model = Asset
        fields = ("kind", "body", "title")
        widgets = {"expires_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def clean(self) -> dict[str, Any]:
        """Name what has no name by its first words."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("title"):
            cleaned["title"] = title_of_words(cleaned.get("body", ""))
        return cleaned


class WordsPageForm(WordsForm):
    """The same on the page of the words, with their rights."""

    class Meta(WordsForm.Meta):
        fields = (*WordsForm.Meta.fields, *RIGHTS)  # type: ignore[assignment]


class TagsForm(forms.Form):
    """The tags of an asset, in one line. `cleaned_data["tags"]` is the list of tidy words."""

    tags = WordsField(label="Tags", at_most=TAGS_AT_MOST)


class AlbumForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and place of an album."""

    class Meta:
        model = Album
        fields = ("name", "parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Album.objects.exclude(pk=self.instance.pk)
        field = forms.ModelChoiceField(
            others.order_by("name", "id"),
            required=False,
            label="Inside",
            empty_label="Nothing, it stands at the top",
            error_messages={"invalid_choice": "Pick an album that is here."},
        )
        self.fields["parent"] = field


class AlbumsForm(forms.Form):
    """The albums that an asset is in."""

    albums = forms.ModelMultipleChoiceField(
        Album.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "One of these albums is gone. Look at the list again.",
            "invalid_pk_value": "One of these albums is gone. Look at the list again.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["albums"].queryset = Album.objects.order_by("name", "id")  # type: ignore[attr-defined]


class SavedFilterForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of a filter, and who sees it; the filter itself comes from the address, read anew."""

    class Meta:
        model = SavedFilter
        fields = ("name", "query", "is_shared")
        widgets = {"query": forms.HiddenInput}

    def clean_query(self) -> str:
        """Return the filter as it stands in an address, without what is none of its choices."""
        asked = filters.read(QueryDict(str(self.cleaned_data["query"]).removeprefix("?")))
        if not asked.narrowed:
            raise ValidationError("Nothing is filtered yet. Choose something first, then save it.")
        return asked.address().removeprefix("?")


class FocalForm(forms.Form):
    """The focal point in percent: `across` from the left, `down` from the top."""

    across = forms.FloatField(min_value=0, max_value=100, error_messages=_PERCENT)
    down = forms.FloatField(min_value=0, max_value=100, error_messages=_PERCENT)

    @property
    def shares(self) -> tuple[float, float]:
        """A valid point as shares of width and height."""
        return self.cleaned_data["across"] / 100, self.cleaned_data["down"] / 100


class FitsForm(forms.Form):
    """Which places to cut for, singly or all of a platform; `cleaned_data["places"]` are places.

    `size` is that of the one picture to cut: of a platform, the places that it is too small for are left out then.
    """

    places = forms.MultipleChoiceField(
        choices=[(place.key, place.name) for place in fits.PLACES],
        required=False,
        error_messages={"invalid_choice": "Aura knows no place %(value)s."},
    )
    platforms = forms.MultipleChoiceField(
        choices=[(platform, platform) for platform in placements.PLATFORMS],
        required=False,
        error_messages={"invalid_choice": "Aura knows no platform %(value)s."},
    )

    def __init__(self, *args: Any, size: tuple[int, int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size = size

    def clean(self) -> dict[str, Any]:
        """Return the places in the order of the table, as `places`."""
        given = super().clean() or {}
        if self.errors:
            return given
        keys, platforms = set(given["places"]), set(given["platforms"])
        chosen = [one for one in fits.PLACES if one.key in keys or self._is_meant(one, platforms)]
        if not chosen and platforms:
            raise ValidationError("The picture is too small for every place there. Upload a larger one.")
        if not chosen:
            raise ValidationError("Choose at least one place.")
        return {**given, "places": chosen}

    def _is_meant(self, placement: fits.Place, platforms: set[str]) -> bool:
        return placement.platform in platforms and (self.size is None or placement.suits(*self.size))
