"""What people may send to the library, judged here for every door."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from aura.kit.files import HashedUpload, TooLarge, megabytes
from media_library.formats import image
from media_library.formats.header import Header
from media_library.models import Asset


class UploadForm(forms.Form):
    """One file. `cleaned_data["file"]` is the judged upload, `header` what its content says it is.

    A client that may send the same file twice (a retry after a broken connection) names the upload by a key of its
    own making; the second one gets the answer of the first.
    """

    file = forms.FileField(
        allow_empty_file=True,
        max_length=None,
        error_messages={
            "required": "Choose a picture first.",
            "invalid": "That did not arrive as a file. Try again.",
        },
    )
    upload_key = forms.CharField(
        required=False,
        max_length=64,
        error_messages={
            "max_length": "The key of the upload is longer than 64 characters. Send a shorter one."
        },
    )

    header: Header

    def clean_file(self) -> UploadedFile:
        """Judge the content; the name and the media type of the client are not looked at."""
        upload: UploadedFile = self.cleaned_data["file"]
        if not isinstance(upload, HashedUpload):
            raise ValidationError("That did not arrive as a file. Try again.")
        limit = image.largest_bytes()
        if (upload.size or 0) > limit:
            raise TooLarge(f"It is larger than {megabytes(limit)}, the limit here. Make it smaller first.")
        try:
            self.header = image.judge(upload)  # type: ignore[arg-type]
        except image.Unusable as problem:
            raise ValidationError(str(problem)) from None
        return upload


class AssetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Title and description of an asset."""

    class Meta:
        model = Asset
        fields = ("title", "alt_text")
        widgets = {"alt_text": forms.Textarea(attrs={"rows": 3})}
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
