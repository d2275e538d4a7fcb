"""The form of a new API token: what it is called, what it may do at most, what for, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from workspaces.forms import roles_up_to
from workspaces.models import ApiToken
from workspaces.narrowing import EVERYTHING, PUBLISH, WORDS, includes
from workspaces.roles import Role, a, at_least

RESOURCES = [
    "campaigns",
    "posts",
    "media",
    "channels",
    "comments",
    "imports",
    "webhooks",
    "workspace",
    "members",
    "tokens",
    "notifications",
]
LASTS = [("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until somebody revokes it")]
_NEEDS = {
    PUBLISH: Role.EDITOR,
    "channels:write": Role.ADMIN,
    "comments:write": Role.VIEWER,
    "webhooks:write": Role.ADMIN,
    "workspace:write": Role.ADMIN,
    "members:write": Role.ADMIN,
    "tokens:write": Role.ADMIN,
    "notifications:write": Role.VIEWER,
}


@dataclass(frozen=True, slots=True)
class Tick:
    """One box of the table of words: its word, what it allows, and whether it is ticked."""

    word: str
    what: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of it; `writing` says what writing is there where that is not plain."""

    name: str
    writing: str
    ticks: Sequence[Tick | None]


class ApiTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new token. Roles above one's own are not offered; words that the role could never use are refused."""

    scopes = forms.MultipleChoiceField(
        label="What it is for",
        choices=[(EVERYTHING, "Everything its role may do"), *WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one thing that it is for.",
            "invalid_choice": "%(value)s is nothing that a token can be for. Pick from the list.",
        },
    )
    lasts = forms.ChoiceField(label="It works for", choices=LASTS, required=False, initial="90")

    class Meta:
        model = ApiToken
        fields = ["name", "role"]
        labels = {"name": "Name", "role": "It may do no more than"}
        help_texts = {"name": "Say what uses it, such as “Nightly report”."}

    def __init__(self, *args: Any, giver_role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.TypedChoiceField)
        role.choices = roles_up_to(giver_role)
        self.initial["role"] = Role.EDITOR if at_least(giver_role, Role.EDITOR) else giver_role
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_scopes(self) -> list[str]:
        """Say everything as one word."""
        words: list[str] = self.cleaned_data["scopes"]
        return [EVERYTHING] if EVERYTHING in words else [word for word in WORDS if word in words]

    def clean(self) -> dict[str, Any]:
        """Refuse words that the role could never use: nobody is to wonder later why it does not work."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role, words = cleaned.get("role"), cleaned.get("scopes") or []
        for word in words if role else []:
            least = _NEEDS.get(word, Role.CONTRIBUTOR if word.endswith(":write") else Role.VIEWER)
            if not at_least(str(role), least):
                raise ValidationError(
                    {
                        "role": f"To {_lower(WORDS[word])} takes at least {a(least)}. Pick that, or leave it out."
                    }
                )
        return cleaned

    def fill(self, now: datetime) -> ApiToken:
        """Return the token as it was chosen at `now`, not saved."""
        token: ApiToken = self.instance
        days = self.cleaned_data["lasts"]
        token.scopes = self.cleaned_data["scopes"]
        token.expires_at = now + timedelta(days=int(days)) if days else None
        return token

    @property
    def ticks(self) -> list[Line]:
        """Return the lines of the table of words, each with its two ticks; publishing has one of its own."""
        held = set(self["scopes"].value() or [])
        lines = []
        for resource in RESOURCES:
            read, write = f"{resource}:read", f"{resource}:write"
            name = WORDS[read].removeprefix("Read ").capitalize()
            writing = "" if WORDS[write].startswith("Write ") else WORDS[write]
            both = [Tick(read, "read", read in held), Tick(write, "write", write in held)]
            lines.append(Line(name, writing, both))
            if resource == "posts":
                lines.append(Line(WORDS[PUBLISH], "", [None, Tick(PUBLISH, "write", PUBLISH in held)]))
        return lines

    @property
    def is_for_everything(self) -> bool:
        """Tell whether everything is ticked."""
        return EVERYTHING in set(self["scopes"].value() or [])


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def said_words(words: list[str]) -> list[str]:
    """Return what a token is for, in words that a person reads: writing says reading too."""
    if EVERYTHING in words:
        return ["Everything its role may do"]
    return [
        said
        for word, said in WORDS.items()
        if word in words and not (word.endswith(":read") and includes(set(words) - {word}, word))
    ]
