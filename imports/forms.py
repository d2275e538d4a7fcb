"""The forms of an import: the file, its columns, and what is done with its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import forms

from aura.kit.shaped import ShapedField
from imports import days
from imports.kinds import Kind
from imports.looking import Look
from imports.models import Import
from imports.reading import ENCODINGS
from workspaces.operation import Actor

LEFT_OUT = ("", "Leave out")


class ColumnsForm(forms.Form):
    """Says what each column becomes. After `is_valid()`: `mapping` in the order of the headings, `choices` as JSON.

    `order` is asked where the days of the file can be read in two ways, and never guessed.
    """

    order = forms.ChoiceField(
        label="Which order are the days in?",
        required=False,
        choices=list(days.ORDERS.items()),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Say whether the day or the month comes first."},
    )
    keep = forms.BooleanField(label="Remember this for sheets with the same columns", required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        source: Import,
        kind: Kind,
        look: Look,
        by: Actor,
    ) -> None:
        self.source, self.kind, self.look = source, kind, look
        super().__init__(data, initial={"keep": True, "order": source.options.get("order")})
        choices = [LEFT_OUT, *((column.key, column.word) for column in kind.columns)]
        for number, heading in enumerate(source.headings):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=f"{heading} becomes",
                required=False,
                choices=choices,
                initial=source.mapping[number] if number < len(source.mapping) else "",
                error_messages={"invalid_choice": "Pick one of the list."},
            )
        self.options = kind.options(data, initial=source.options, by=by)
        self.fields["order"].required = False

    @property
    def columns(self) -> list[tuple[str, list[str], forms.BoundField]]:
        """Every column: its heading, its first values, its field."""
        return [
            (heading, self.look.values(number)[:3], self[f"column_{number}"])
            for number, heading in enumerate(self.source.headings)
        ]

    @property
    def recognised(self) -> int:
        """How many columns become something."""
        return sum(1 for number in range(len(self.source.headings)) if self[f"column_{number}"].value())

    @property
    def mapping(self) -> list[str]:
        """What every heading becomes."""
        return [
            self.cleaned_data.get(f"column_{number}") or "" for number in range(len(self.source.headings))
        ]

    @property
    def choices(self) -> dict[str, Any]:
        """What was chosen beside the columns, as the row keeps it."""
        order = self.cleaned_data.get("order") or ""
        return {**self.options.cleaned_data, **({"order": order} if order else {})}

    def is_valid(self) -> bool:
        """Judge the columns and the kind's own choices."""
        if all([super().is_valid(), self.options.is_valid()]):
            self._ask_for_the_rest()
        return not self.errors and not self.options.errors

    def _ask_for_the_rest(self) -> None:
        """Refuse to leave out of every row what none can do without: it would be found out row by row."""
        for column in self.kind.columns:
            if (
                column.instead
                and column.key not in self.mapping
                and not self.options.cleaned_data.get(column.key)
            ):
                self.options.add_error(column.key, column.instead)

    def clean(self) -> dict[str, Any]:
        """Refuse one thing twice, and days whose order nobody has said."""
        super().clean()
        seen: dict[str, str] = {}
        for number, key in enumerate(self.mapping):
            if key and key in seen:
                column = self.kind.column(key)
                self.add_error(
                    f"column_{number}",
                    f"“{seen[key]}” is {column.word.lower() if column else key} already. Pick one of the two.",
                )
            elif key:
                seen[key] = self.source.headings[number]
        if not seen:
            self.add_error(None, "Say of one column at least what it is.")
        self._clean_order()
        return self.cleaned_data

    def _clean_order(self) -> None:
        days_in = self.day_values(self.mapping)
        possible = days.orders_of(days_in)
        if not days.needs_order(days_in):
            return
        said = self.cleaned_data.get("order")
        if len(possible) == 1:
            self.cleaned_data["order"] = possible.pop()
        elif not said and "order" not in self.errors:
            example = next((text for text in days_in if days.needs_order([text])), "")
            self.add_error(
                "order", f"{example} can be two days. Say whether the day or the month comes first."
            )

    def day_values(self, mapping: Sequence[str]) -> list[str]:
        """Return the days in the file's beginning."""
        keys = {column.key for column in self.kind.columns if column.is_day}
        return [
            value for number, key in enumerate(mapping) if key in keys for value in self.look.values(number)
        ]

    @property
    def asks_order(self) -> bool:
        """Whether the page asks for the order of day and month."""
        if self.is_bound:
            mapping = [
                str(self[f"column_{number}"].value() or "") for number in range(len(self.source.headings))
            ]
        else:
            mapping = list(self.source.mapping)
        found = self.day_values(mapping)
        return days.needs_order(found) and len(days.orders_of(found)) != 1


class EncodingForm(forms.Form):
    """Says in which encoding a CSV is read."""

    encoding = forms.ChoiceField(
        label="Letters look wrong? Read it as",
        choices=list(ENCODINGS.items()),
        error_messages={"invalid_choice": "Pick one of the list.", "required": "Pick one of the list."},
    )


class BeginForm(forms.Form):
    """Says whether rows come in without those that are wrong."""

    only_whole = forms.BooleanField(
        label="All or none: if one row cannot come in, none stays", required=False
    )


class SentFileForm(forms.Form):
    """Says of a file that a program sends what its rows become."""

    kind = forms.CharField(max_length=40, error_messages={"required": "Say what its rows become."})


class SentColumnsForm(forms.Form):
    """What a program says of the columns. `ColumnsForm` judges it, as it judges what a person picked."""

    mapping = forms.JSONField(required=False)
    order = forms.CharField(required=False, max_length=10)
    options = forms.JSONField(required=False)

    def clean_mapping(self) -> list[str]:
        """Refuse what is no list of texts; what is not sent is what was recognised."""
        mapping = self.cleaned_data["mapping"]
        if mapping is None:
            mapping = self.initial.get("mapping", [])
        if not isinstance(mapping, list) or not all(isinstance(one, str) for one in mapping):
            raise forms.ValidationError("Write a list of texts here, one for each heading.")
        return mapping

    def clean_options(self) -> dict[str, Any]:
        """Refuse what is no object of plain values."""
        options = self.cleaned_data["options"]
        if options is None:
            return {}
        plain = (str, int, type(None))
        if not isinstance(options, dict) or not all(isinstance(one, plain) for one in options.values()):
            raise forms.ValidationError("Write an object here, with a text for each choice.")
        return options


class CellsField(ShapedField):
    """The cells of one row."""

    shape = {"type": "array", "items": {"type": "string"}}


class SentRowForm(forms.Form):
    """The cells of one row as a program sends them, in the order of the headings. `RowForm` judges them."""

    cells = CellsField(error_messages={"required": "Write a list of texts here, one for each heading."})

    def __init__(self, *args: Any, source: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source

    def clean_cells(self) -> list[str]:
        """Refuse what is no list of texts, and a change in a column that becomes nothing."""
        cells = self.cleaned_data["cells"]
        if not isinstance(cells, list) or not all(isinstance(one, str) for one in cells):
            raise forms.ValidationError("Write a list of texts here, one for each heading.")
        headings, before = self.source.headings, self.initial["cells"]
        if len(cells) > max(len(headings), len(before)):
            raise forms.ValidationError(
                f"There are {len(headings)} headings and {len(cells)} cells. Send as many."
            )
        for heading, key, cell, old in zip_longest(
            headings, self.source.mapping, cells, before, fillvalue=""
        ):
            if not key and cell != old:
                raise forms.ValidationError(f"“{heading}” becomes nothing here, so its cell stays as it is.")
        return cells


class RowForm(forms.Form):
    """The cells of one row, to be put right by hand."""

    def __init__(
        self, data: Any = None, *, headings: Sequence[str], mapping: Sequence[str], cells: Sequence[str]
    ) -> None:
        super().__init__(data)
        self.cells = list(cells)
        self.numbers = [number for number, key in enumerate(mapping) if key]
        for number in self.numbers:
            value = cells[number] if number < len(cells) else ""
            lines = len(value) > 80 or "\n" in value
            self.fields[f"cell_{number}"] = forms.CharField(
                label=headings[number],
                required=False,
                max_length=20_000,
                initial=value,
                widget=forms.Textarea(attrs={"rows": 4}) if lines else forms.TextInput(),
                error_messages={"max_length": "At most %(limit_value)s characters, this has %(show_value)s."},
            )

    @classmethod
    def of_cells(cls, sent: Sequence[str], **of_row: Any) -> RowForm:
        """Return the form as a browser would send it with these cells in it."""
        return cls({f"cell_{number}": cell for number, cell in enumerate(sent)}, **of_row)

    @property
    def corrected(self) -> list[str]:
        """The whole row with what was typed."""
        cells = self.cells + [""] * (max(self.numbers, default=-1) + 1 - len(self.cells))
        for number in self.numbers:
            cells[number] = self.cleaned_data[f"cell_{number}"].replace("\r\n", "\n")
        return cells


def sentences_of(*forms_: forms.Form) -> str:
    """Return what is wrong with these forms, on one line."""
    return " ".join(
        str(sentence) for form in forms_ for sentences in form.errors.values() for sentence in sentences
    )


def data_of(mapping: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a browser would send for these columns: for the command, which binds the same form."""
    return {f"column_{number}": key for number, key in enumerate(mapping)} | {"keep": "on"} | dict(values)
