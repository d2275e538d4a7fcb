"""JSON into the app's own Form, and the Form into the schema that describes it: no rule is written twice.

A body is put over what the form would show: the defaults of a new object, or the object as it is. So POST and PATCH
are what a person does who opens the page, changes some fields and saves. Members that the form has no field for, and
members of another type, are refused before it judges.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from aura.kit.shaped import ShapedField
from aura.kit.words import WordsField
from workspaces.api.bodies import Body
from workspaces.api.problems import Invalid
from workspaces.forms import ZoneField

F = TypeVar("F", bound=forms.BaseForm)
UNKNOWN = "There is no such field here. Look at the description of this call."
NOT_FIELD = "__all__"


@dataclass(frozen=True)
class Takes:
    """What a call takes: some fields of a form, each with an example; `examples` names them and their order.

    `optional` are those that may be left out although the form asks for them, because the call knows a default.
    """

    name: str
    form: type[forms.BaseForm]
    examples: Mapping[str, Any]
    optional: Collection[str] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def schema(self, *, partly: bool = False) -> dict[str, Any]:
        """Return the JSON schema of a body; `partly` for a PATCH, which needs none of the members."""
        fields = {name: self.form.base_fields[name] for name in self.examples}  # type: ignore[attr-defined]
        required = [
            name
            for name, one in fields.items()
            if one.required and one.initial is None and name not in self.optional
        ]
        described: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: _described(one, self.examples[name], self.descriptions.get(name, ""))
                for name, one in fields.items()
            },
        }
        if required and not partly:
            described["required"] = required
        return described

    def bind(self, start: F, body: Body, *, partly: bool = False) -> F:
        """Return `start` (unbound) bound to what it would show with the body over it, and judged.

        Raises Invalid with what the form says, field by field. `partly`: a body without any member is refused.
        """
        unknown = [name for name in body.members if name not in self.examples]
        unknown += [name for name in body.files if name not in self.files]
        if unknown:
            raise Invalid({name[:100]: [UNKNOWN] for name in unknown})
        if partly and not body.members:
            raise Invalid({}, "Send at least one member that is to change.")
        data: MultiValueDict[str, Any] = MultiValueDict()
        wrong: dict[str, list[str]] = {}
        for name, one in start.fields.items():
            if name not in body.members:
                _show(data, name, one, start[name].initial)
                continue
            kind = _kind(one)
            sent = body.members[name]
            if body.is_form:
                sent = kind.from_form(sent)
            if not kind.fits(sent) and (sent is not None or kind is _FLAG):
                wrong[name] = [kind.sentence]
            elif sentence := _too_long(one, sent):
                wrong[name] = [sentence]
            else:
                _show(data, name, one, sent)
        if wrong:
            raise Invalid(wrong)
        start.data, start.is_bound = data, True
        start.files = MultiValueDict({name: list(uploads) for name, uploads in body.files.items()})  # type: ignore[assignment]
        if not start.is_valid():
            raise Invalid(sentences(start))
        return start


def _too_long(one: forms.Field, sent: Any) -> str:
    """Return what is wrong with a text past the limit that the contract names, "" with none.

    A form counts without the blanks around it, which no schema can say.
    """
    longest = getattr(one, "max_length", None)
    if longest is None or not isinstance(sent, str) or len(sent) <= longest:
        return ""
    return f"Write at most {longest:,} characters here, blanks around them counted. These are {len(sent):,}."


def need_no_member(body: Body) -> None:
    """Raise Invalid for a body of a call that takes none."""
    if body.members:
        raise Invalid({name[:100]: [UNKNOWN] for name in list(body.members)[:20]})


def sentences(form: forms.BaseForm) -> dict[str, list[str]]:
    """Return what a form has to say, field by field; what is about no field alone stands under an empty name."""
    return {
        "" if name == NOT_FIELD else name: [str(sentence) for sentence in found]
        for name, found in form.errors.items()
    }


@dataclass(frozen=True)
class _Kind:
    """What JSON holds for a kind of form field."""

    schema: Mapping[str, Any]
    fits: Callable[[Any], bool]
    sentence: str
    from_form: Callable[[Any], Any] = lambda value: value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_written(value: Any) -> bool:
    """Tell whether it is a text that says something: what is left empty in JSON is null, as the contract says."""
    return isinstance(value, str) and bool(value.strip())


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, str | int | Decimal) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_whole(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_whole, value))


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [part for part in str(value).split(",") if part.strip()]


def _or_nothing(value: Any) -> Any:
    return None if value == "" else value


def _as_flag(value: Any) -> Any:
    return {"true": True, "false": False}.get(str(value).lower(), value)


def _as_whole(value: Any) -> Any:
    return int(value) if str(value).lstrip("-").isdecimal() and len(str(value)) < 20 else value


def _anything(value: Any) -> bool:
    return True


def _list_of(items: Mapping[str, str], sentence: str) -> _Kind:
    return _Kind({"type": "array", "items": dict(items)}, _are_texts, sentence, _as_list)


_TEXT = _Kind({"type": "string"}, _is_text, "Write text here, in quotes.")
_FLAG = _Kind({"type": "boolean"}, _is_flag, "Write true or false.", _as_flag)
_WHOLE = _Kind({"type": "integer"}, _is_whole, "Write a whole number here.", _as_whole)
_ID = {"type": "string", "format": "uuid"}
# The first class that fits: subclasses before what they are made from.
_KINDS: Sequence[tuple[type[forms.Field], _Kind]] = (
    (WordsField, _list_of({"type": "string"}, "Write a list of texts here.")),
    (forms.JSONField, _Kind({}, _anything, "")),
    (forms.NullBooleanField, _FLAG),
    (forms.BooleanField, _FLAG),
    (forms.DecimalField, _Kind({"type": ["string", "number"]}, _is_number, "Write a number here.")),
    (forms.FloatField, _Kind({"type": "number"}, _is_number, "Write a number here.")),
    (forms.IntegerField, _WHOLE),
    (
        forms.DateTimeField,
        _Kind(
            {"type": "string", "format": "date-time"},
            _is_written,
            "Write an instant as 2026-03-09T10:00:00Z.",
            _or_nothing,
        ),
    ),
    (
        forms.DateField,
        _Kind({"type": "string", "format": "date"}, _is_written, "Write the day as 2026-03-09.", _or_nothing),
    ),
    (
        forms.TimeField,
        _Kind({"type": "string", "format": "time"}, _is_written, "Write the time as 10:00.", _or_nothing),
    ),
    (forms.ModelMultipleChoiceField, _list_of(_ID, "Write a list of ids here.")),
    (forms.ModelChoiceField, _Kind(_ID, _is_written, "Write an id here, in quotes.", _or_nothing)),
    (
        forms.TypedMultipleChoiceField,
        _Kind(
            {"type": "array", "items": {"type": "integer"}},
            _are_whole,
            "Write a list of whole numbers here.",
            lambda value: [_as_whole(one) for one in _as_list(value)],
        ),
    ),
    (forms.MultipleChoiceField, _list_of({"type": "string"}, "Write a list of texts here.")),
)


_IDS = _list_of(_ID, "Write a list of ids here.")


def _sends_several(one: forms.Field) -> bool:
    """Tell whether a browser sends a value of this field as several of one name."""
    several = isinstance(one, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
    return several or isinstance(one.widget, forms.MultipleHiddenInput)


def _kind(one: forms.Field) -> _Kind:
    if isinstance(one, ShapedField):
        return _Kind(one.shape, _anything, "", one.from_form)
    if isinstance(one.widget, forms.MultipleHiddenInput):
        return _IDS
    if isinstance(one, forms.TypedChoiceField) and one.coerce is int:
        return _WHOLE
    return next((kind for of_class, kind in _KINDS if isinstance(one, of_class)), _TEXT)


def _described(one: forms.Field, example: Any, description: str) -> dict[str, Any]:
    """Return the schema of one member: its type, what the form's own label and help say, and an example."""
    schema: dict[str, Any] = json.loads(json.dumps(_kind(one).schema))
    choices = getattr(one, "choices", None) if not isinstance(one, forms.ModelChoiceField) else None
    if choices and not isinstance(
        one, ZoneField
    ):  # zones are as many as the machine knows; none differ by form
        target = schema.get("items", schema)
        values = [value for value, _ in choices if value not in {"", None} or not one.required]
        target["enum"] = [value if target["type"] == "integer" else str(value) for value in values]
    longest = getattr(one, "max_length", None)
    if longest and schema.get("type") == "string":
        schema["maxLength"] = longest
    kinds = schema.get("type")
    if not one.required and kinds and kinds != "boolean":
        schema["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
        if "enum" in schema:
            schema["enum"].append(None)
    words = [str(part).rstrip(".") for part in (one.label, one.help_text) if part]
    schema["description"] = description or f"{'. '.join(words)}."
    if isinstance(one, WordsField):  # no maxItems: what comes twice, or is empty, does not count
        schema["description"] += f" At most {one.at_most} different ones."
    if one.initial is not None and not callable(one.initial):
        schema["default"] = one.initial
    schema["examples"] = [example]
    return schema


def _show(data: MultiValueDict[str, Any], name: str, one: forms.Field, value: Any) -> None:
    """Put a value where the form looks for it, written as a browser would send it; nothing where it is empty."""
    if value is None or value is False or isinstance(value, UploadedFile):
        return
    if _sends_several(one):
        data.setlist(name, [_written(part) for part in value])
    elif isinstance(one, forms.JSONField):
        data[name] = json.dumps(value, default=str)
    else:
        data[name] = _written(one.prepare_value(value))


def _written(value: Any) -> str:
    if value is True:
        return "on"
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(getattr(value, "pk", value))
