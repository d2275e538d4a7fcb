"""What a program sends of a thread whose beginning is out: for each part that is to change, what it says and shows.

Only its shape is judged here: it is spread over the fields of the page's own form, which judges it.
"""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic import ValidationError as WrongShape

from aura.kit.shaped import ShapedField
from posts.forms.rest import MARK, RestForm, media_name, name_of, shown_by
from posts.forms.targets import sentences_of
from posts.models import Target

_ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
_PARTS = "Write a list of objects, each with its `target` and what is to change of it."
NOT_OPEN = (
    "This post has no target {} that is still to go out below one that is out. Read its targets again: what is out, or "
    "on its way, stays as it is."
)


class RestSent(BaseModel):
    """A later part, or the first comment, that is not out yet. What is not sent stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: UUID = Field(description="The id of its target.", examples=[_ID])
    own_words: str | None = Field(None, description="What it says.", examples=["And it lasts a week."])
    media: list[UUID] | None = Field(
        None, description="The ids of its pictures and films, in order. A comment has none.", examples=[[_ID]]
    )


_MANY = TypeAdapter(list[RestSent])


class RestField(ShapedField):
    """The parts that are to change, each once."""

    shape = {"type": "array", "items": RestSent.model_json_schema()}

    def to_python(self, value: Any) -> list[RestSent]:  # type: ignore[override]  # django-stubs: a text
        """Return what was sent of each part. Raises ValidationError for another shape, and a part named twice."""
        items = super().to_python(value)
        if not isinstance(items, list | None) or not all(isinstance(one, dict) for one in items or []):
            raise ValidationError(_PARTS, code="shape")
        try:
            found = _MANY.validate_json(json.dumps(items or []))
        except WrongShape as problem:
            raise ValidationError(sentences_of(problem), code="shape") from None
        if len({one.target for one in found}) < len(found):
            raise ValidationError("A target comes twice. Name each once.", code="twice")
        return found


class RestByProgram(RestForm):
    """Judges what a program sends of what is still to go out, by every rule of its page."""

    parts = RestField(error_messages={"required": "Say what is to change of which part."})

    def full_clean(self) -> None:
        """Spread what was sent over the fields of the page, judge them, and say what is wrong beside `parts`."""
        if self.is_bound:
            self._spread()
        super().full_clean()
        for target in self.rest:
            for sentence in self.errors.pop(name_of(target), []):
                self.add_error("parts", f"{target.place}: {sentence}")

    def _spread(self) -> None:
        data = cast(MultiValueDict[str, Any], self.data)
        self._sent = data
        data[MARK] = "on"
        open_ones = {target.pk: target for target in self.rest}
        for target in self.rest:
            data.setlist(media_name(target), [str(asset.pk) for asset in shown_by(target)])
        try:
            said: list[RestSent] = self.fields["parts"].clean(data.get("parts"))
        except forms.ValidationError:  # which the field itself will raise
            return
        for one in said:
            part = open_ones.get(one.target)
            if part is not None and one.own_words is not None:
                data[name_of(part)] = one.own_words
            if part is not None and one.media is not None:
                data.setlist(media_name(part), [str(pk) for pk in one.media])

    def clean_parts(self) -> list[RestSent]:
        """Refuse what is not among them, and pictures of a comment."""
        said: list[RestSent] = self.cleaned_data["parts"]
        open_ones: dict[Any, Target] = {target.pk: target for target in self.rest}
        for one in said:
            if one.target not in open_ones:
                raise ValidationError(NOT_OPEN.format(one.target), code="not_open")
            if one.media and open_ones[one.target].as_comment:
                raise ValidationError(
                    "A first comment shows no pictures. Leave its media out.", code="comment"
                )
        return said
