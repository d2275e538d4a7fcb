"""Where input about a webhook is judged: by the page, and by the API."""

from __future__ import annotations

from typing import Any

from django import forms

from aura.kit import addresses
from workspaces import events
from workspaces.models import WebhookDelivery, WebhookEndpoint


def _choices() -> list[tuple[str, str]]:
    return [(kind.name, kind.label) for kind in events.kinds()]


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address, and what it wants to hear of."""

    events = forms.MultipleChoiceField(
        label="What it is told of",
        choices=_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one thing that it is told of.",
            "invalid_choice": "There is no event called %(value)s. Choose from the list.",
        },
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "events")
        widgets = {"url": forms.URLInput(attrs={"placeholder": "https://example.com/aura"})}

    def clean_url(self) -> str:
        """Take only addresses that may be called."""
        return addresses.clean_address(self.cleaned_data["url"])

    def clean_events(self) -> list[str]:
        """Keep each once, in the order of the list."""
        wanted = set(self.cleaned_data["events"])
        return [kind.name for kind in events.kinds() if kind.name in wanted]

    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the choices by the room that they belong to: `box` is the widget, `name` what receivers read."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for box in self["events"]:
            name = str(box.data["value"])
            groups.setdefault(events.get_kind(name).group, []).append({"box": box, "name": name})
        return list(groups.items())


class LogFilter(forms.Form):
    """Which messages of a webhook are shown; what means nothing narrows nothing."""

    event = forms.ChoiceField(
        label="Event",
        required=False,
        choices=lambda: [("", "Every event"), *_named(), (events.TEST, events.TEST)],
    )
    status = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any state"), *WebhookDelivery.Status.choices],
    )


def _named() -> list[tuple[str, str]]:
    return [(kind.name, kind.name) for kind in events.kinds()]
