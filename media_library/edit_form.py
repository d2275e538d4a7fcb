"""The form of an edit: what people choose, judged and written as a recipe."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from media_library import edits
from media_library.formats import image, lettering

WORDS_LENGTH = 80
_CROP = ("left", "top", "width", "height")
_OUTSIDE = (
    "What is kept has to lie in the picture: left and width, top and height come to 100 percent at most."
)
_SHARE = dict.fromkeys(
    ("required", "invalid", "min_value", "max_value"), "Give a number from 0 to 100 percent."
)
_SIDE = dict.fromkeys(("required", "invalid", "min_value", "max_value"), "Keep between 1 and 100 percent.")


def _number(label: str, low: int, high: int, initial: int, *, slides: bool = False) -> forms.IntegerField:
    kind: type[forms.NumberInput] = _Slider if slides else forms.NumberInput
    sentence = dict.fromkeys(
        ("required", "invalid", "min_value", "max_value"),
        f"Give a whole number from {low} to {high} percent.",
    )
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, initial=initial, widget=kind, error_messages=sentence
    )


class _Slider(forms.NumberInput):
    input_type = "range"


def _place(initial: str) -> forms.ChoiceField:
    wrong = {"invalid_choice": "Pick one of the places.", "required": "Pick one of the places."}
    return forms.ChoiceField(
        label="Where", choices=list(edits.PLACES.items()), initial=initial, error_messages=wrong
    )


class EditForm(forms.Form):
    """Cut, turn, brightness, words and a logo. `cleaned_data["recipe"]` is what the child makes of them."""

    left = forms.FloatField(min_value=0, max_value=99, initial=0, error_messages=_SHARE)
    top = forms.FloatField(min_value=0, max_value=99, initial=0, error_messages=_SHARE)
    width = forms.FloatField(min_value=1, max_value=100, initial=100, error_messages=_SIDE)
    height = forms.FloatField(min_value=1, max_value=100, initial=100, error_messages=_SIDE)
    turn = forms.TypedChoiceField(
        choices=list(edits.TURNS.items()),
        coerce=int,
        initial=0,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Pick one of the turns.", "required": "Pick one of the turns."},
    )
    brightness = _number("Brightness", 30, 200, 100, slides=True)
    words = forms.CharField(
        required=False,
        initial="",
        max_length=WORDS_LENGTH,
        error_messages={"max_length": f"Keep the words to {WORDS_LENGTH} letters."},
    )
    words_place = _place("lower-middle")
    words_size = _number("How wide", 5, 95, 60)
    words_dark = forms.BooleanField(label="Dark letters", required=False, initial=False)
    logo = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": "This logo is gone. Pick another one."}
    )
    logo_place = _place("lower-right")
    logo_size = _number("How wide", 5, 60, 20)

    def __init__(self, data: Any = None, *, recipe: edits.Recipe) -> None:
        super().__init__(data, initial=initial_of(recipe))
        self.logos = {str(logo.pk): logo for logo in edits.logos(also=self.initial.get("logo"))}
        offered = [(pk, logo.title) for pk, logo in self.logos.items()]
        self.fields["logo"].choices = [("", "None"), *offered]  # type: ignore[attr-defined]
        for name in _CROP:
            self.fields[name].widget.attrs["step"] = "any"

    def clean_words(self) -> str:
        """Refuse letters that the typeface has no sign for, rather than draw boxes."""
        words = " ".join(str(self.cleaned_data["words"]).split())
        missing = lettering.unknown(words, image.FONTS)
        if missing:
            raise ValidationError(
                f"The typeface has no sign for {' '.join(missing[:5])}. Write it in Latin letters."
            )
        return words

    def clean(self) -> dict[str, Any]:
        """Put the recipe together."""
        data = super().clean() or {}
        if self.errors:
            return data
        if data["left"] + data["width"] > 100.05 or data["top"] + data["height"] > 100.05:
            raise ValidationError(_OUTSIDE)
        recipe: edits.Recipe = {}
        crop = [round(data[name] / 100, 5) for name in _CROP]
        if crop[2] < 1 or crop[3] < 1:
            recipe["crop"] = crop
        if data["turn"]:
            recipe["turn"] = data["turn"]
        if data["brightness"] != 100:
            recipe["brightness"] = data["brightness"]
        if data["words"]:
            recipe["text"] = {
                "words": data["words"],
                "place": data["words_place"],
                "size": data["words_size"],
                "dark": data["words_dark"],
            }
        logo = self.logos.get(data["logo"])
        if logo is not None:
            recipe["logo"] = {
                "asset": str(logo.pk),
                "version": str(logo.current_id),
                "place": data["logo_place"],
                "size": data["logo_size"],
            }
        if not recipe:
            raise ValidationError("Nothing is changed yet. Cut it, turn it, or put something on it.")
        return {**data, "recipe": recipe}


def whole_of(recipe: edits.Recipe) -> dict[str, Any]:
    """Return every field of the form as it is for a recipe: what that says, and what it leaves as it was."""
    return {name: field.initial for name, field in EditForm.base_fields.items()} | initial_of(recipe)


def initial_of(recipe: edits.Recipe) -> dict[str, Any]:
    """Return what the form shows for a recipe."""
    shown: dict[str, Any] = {}
    if "crop" in recipe:
        shown |= {name: round(share * 100, 3) for name, share in zip(_CROP, recipe["crop"], strict=True)}
    for name in ("turn", "brightness"):
        if name in recipe:
            shown[name] = recipe[name]
    if "text" in recipe:
        text = recipe["text"]
        shown |= {"words": text["words"], "words_place": text["place"]}
        shown |= {"words_size": text["size"], "words_dark": text["dark"]}
    if "logo" in recipe:
        logo = recipe["logo"]
        shown |= {"logo": logo["asset"], "logo_place": logo["place"], "logo_size": logo["size"]}
    return shown
