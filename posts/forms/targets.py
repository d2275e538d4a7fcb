"""What a program sends of each channel of a post: its id alone, or an object with what is its own there.

Nothing is judged here but its shape: it is spread over the composer's own fields, which judge it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic import ValidationError as WrongShape

from aura.kit.shaped import ShapedField
from media_library.fits import PLACES
from posts.forms import own as own_form
from posts.parts import Own

_ID = "019ac3f0-1f4e-7cc3-98c4-dc0c0c07398f"
_CHANNEL = "Write the id of a channel, or an object with its `channel` and what is its own there."
_SAID = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such member here. Look at the description of this call.",
    "uuid_parsing": "Write an id here, in quotes.",
    "uuid_type": "Write an id here, in quotes.",
    "string_type": "Write text here, in quotes.",
    "bool_type": "Write true or false.",
    "list_type": "Write a list here.",
    "dict_type": "Write an object here.",
    "model_type": "Write an object here.",
    "literal_error": "Aura cuts for no such place. Its places are in the description of this call.",
}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PartSent(_Sent):
    """A later part of a thread."""

    words: str = Field("", description="What it says.", examples=["And it lasts a week."])
    media: list[UUID] = Field(
        [], description="The ids of its pictures and films, in order.", examples=[[_ID]]
    )


class TargetSent(_Sent):
    """A channel, with what is its own there. What is not sent stays as it is."""

    channel: UUID = Field(description="The id of the channel.", examples=[_ID])
    own_words: str | None = Field(
        None,
        description="What it says there in place of the caption; empty for the caption.",
        examples=["Rye is back."],
    )
    media: list[UUID] | None = Field(
        None,
        description="The ids of what it shows there in place of the post's own; null for the post's.",
        examples=[[_ID]],
    )
    parts: list[PartSent] = Field(
        [],
        description="What follows the post there, as a thread, in order.",
        examples=[[{"words": "And it lasts a week.", "media": []}]],
    )
    numbered: bool = Field(
        False, description="Whether each part of the thread ends with 2/3.", examples=[False]
    )
    first_comment: str = Field(
        "", description="The first comment below the post; empty for none.", examples=["Baked on Rye Street."]
    )
    fits: dict[UUID, Literal[tuple(place.key for place in PLACES)]] = Field(  # type: ignore[valid-type]
        {},
        description="The cuts that go out in place of pictures: the place that each is cut for, by the picture's id.",
        examples=[{_ID: "instagram-post"}],
    )

    def says(self, name: str) -> bool:
        """Tell whether this was sent."""
        return name in self.model_fields_set


_MANY = TypeAdapter(list[TargetSent])
_OWN = {"media", "parts", "numbered", "first_comment"}


def _shape() -> dict[str, Any]:
    """Return the schema of one item, with what it refers to in its place."""
    made = TargetSent.model_json_schema()
    made["properties"]["parts"]["items"] = made.pop("$defs")["PartSent"]
    return {"anyOf": [{"type": "string", "format": "uuid"}, made]}


class TargetsField(ShapedField):
    """The channels of a post, each once."""

    shape = {"type": "array", "items": _shape()}

    def to_python(self, value: Any) -> list[TargetSent]:  # type: ignore[override]  # django-stubs: a text
        """Return what was sent of each channel. Raises ValidationError for another shape, and a channel named twice."""
        items = super().to_python(value)
        if not isinstance(items, list | None) or not all(isinstance(one, str | dict) for one in items or []):
            raise ValidationError(_CHANNEL, code="shape")
        whole = [{"channel": one} if isinstance(one, str) else one for one in items or []]
        try:
            found = _MANY.validate_json(json.dumps(whole))
        except WrongShape as problem:
            raise ValidationError(sentences_of(problem), code="shape") from None
        if len({one.channel for one in found}) < len(found):
            raise ValidationError("A channel comes twice. Name each once.", code="twice")
        return found


def sentences_of(problem: WrongShape) -> list[str]:
    """Return what is wrong with the shape of what was sent, place by place."""
    said = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False)[:20]:
        where = ".".join(str(part) for part in error["loc"])
        said.append(f"{where}: {_SAID.get(error['type'], 'This cannot be read. Look at its description.')}")
    return list(dict.fromkeys(said))


def spread(sent: Sequence[TargetSent], data: MultiValueDict[str, Any], stored: Mapping[UUID, Own]) -> None:
    """Write what was sent into the fields of the composer; `stored` is what channels have of their own so far.

    The fields are filled with what is stored before. Where nothing of their own is sent, the form says nothing of it.
    """
    for one in sent:
        if one.says("own_words"):
            data[f"words_{one.channel.hex}"] = one.own_words or ""
        if one.says("fits"):
            kept = [cut for cut in data.getlist("fits") if not str(cut).startswith(one.channel.hex)]
            cuts = [f"{one.channel.hex}:{asset.hex}:{place}" for asset, place in one.fits.items()]
            data.setlist("fits", [*kept, *cuts])
    if not any(one.model_fields_set & _OWN for one in sent):
        return
    for one in sent:
        before = stored.get(one.channel, Own())
        pictures = one.media
        if not one.says("media"):
            pictures = None if before.pictures is None else [asset.pk for asset in before.pictures]
        parts = [(part.words, part.media) for part in one.parts]
        if not one.says("parts"):
            parts = [(part.words, [asset.pk for asset in part.pictures]) for part in before.parts]
        own_form.tell(
            data,
            one.channel,
            pictures=pictures,
            parts=parts,
            comment=one.first_comment if one.says("first_comment") else before.comment,
            numbered=one.numbered if one.says("numbered") else before.numbered,
        )
