"""The forms of a channel as programs fill them in: the page's, with what a network asks for in objects of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aura.kit import clock
from aura.kit.shaped import ShapedField
from posts.forms.channels import ChannelForm, NetworkAppForm
from posts.forms.programs import NO_ZONE, zone_field
from posts.models import Channel, NetworkApp
from posts.networks import connectable, get_network
from posts.networks.base import ConnectsBy, Network

WHICH = "Say which network. `GET networks` lists them, with what each asks for."
NO_FIELD = "There is no such field here. `GET networks` lists those of each network."
NO_OBJECT = "Write an object here, with the names of fields as its members."
STAYS = "It stays as it is: another account is another channel."
NOBODY = "Nobody is asked by name here. Send `approval` as person with it, or leave this out."
_STAND_IN = "sandbox"  # whose form judges the rest where no network is named


class AskedField(ShapedField):
    """What a network asks for: an object of its fields. Whoever knows the network judges them."""

    shape = {"type": "object", "additionalProperties": {"type": ["string", "boolean", "null"]}}

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> dict[str, Any]:  # type: ignore[override]  # django-stubs: a text
        """Return what was sent. Raises ValidationError for what is no object."""
        sent = super().to_python(value)
        if sent is None:
            return {}
        if not isinstance(sent, dict):
            raise ValidationError(NO_OBJECT, code="shape")
        return sent


def _written(fields: Mapping[str, forms.Field], sent: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what was sent as a browser would send it, and what is wrong with its members."""
    written: dict[str, Any] = {}
    wrong = []
    for name, value in sent.items():
        is_flag = isinstance(fields.get(name), forms.BooleanField)
        if name not in fields:
            wrong.append(f"{name[:100]}: {NO_FIELD}")
        elif value is not None and not isinstance(value, bool if is_flag else str):
            wrong.append(f"{name}: {'Write true or false.' if is_flag else 'Write text here, in quotes.'}")
        else:
            written[name] = "on" if value is True else value or ""
    return written, wrong


def _typed(network: Network, sent: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the secrets that were sent, judged by the network's form of them, and what is wrong with them."""
    kind = network.sign_in_form or forms.Form
    written, wrong = _written(kind().fields, sent)
    form = kind(written)
    if wrong or form.is_valid():
        return ({} if wrong else form.cleaned_data), wrong
    return {}, [f"{name}: {sentence}" for name, said in form.errors.items() for sentence in said]


class SignInByProgram(forms.Form):
    """Judges what signs a channel in again. After `is_valid()`, `typed` is what the network is tried with."""

    sign_in = AskedField()

    def __init__(self, *args: Any, network: Network, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = network

    def clean_sign_in(self) -> dict[str, Any]:
        """Let the network judge it."""
        self.typed, wrong = _typed(self.network, self.cleaned_data["sign_in"])
        if wrong:
            raise ValidationError(wrong)
        return self.typed


class ChannelByProgram(ChannelForm):
    """Judges a channel that a program sends, by every rule of the page.

    `settings` are the network's own fields, by name: those that are not sent stay. `sign_in` are those that are secret;
    after `is_valid()`, `typed` is what the network is tried with. `sent` is the network that was named for a new
    channel, whatever it may be.
    """

    network = forms.ChoiceField(  # type: ignore[assignment]  # a field of the form, which Django takes out of the class
        choices=lambda: [(one.slug, one.name) for one in connectable()],
        error_messages={"required": WHICH, "invalid_choice": WHICH},
    )
    zone = zone_field()  # type: ignore[assignment]  # a program writes it, where a page offers a list
    settings = AskedField()
    sign_in = AskedField()

    def __init__(self, *args: Any, sent: Any = "", instance: Channel | None = None, **kwargs: Any) -> None:
        self._is_known = instance is not None or sent in [one.slug for one in connectable()]
        instance = instance or Channel(network=sent if self._is_known else _STAND_IN)
        super().__init__(*args, instance=instance, **kwargs)
        self.kind = get_network(instance.network)
        self.typed: dict[str, Any] = {}
        if not instance._state.adding:
            del self.fields["network"], self.fields["sign_in"]

    def full_clean(self) -> None:
        """Put what was sent for the network where its fields look for it, then judge all of it."""
        self._wrong: list[str] = []
        if self.is_bound and self._is_known:
            with suppress(ValidationError):  # which the field itself will raise
                sent = self.fields["settings"].clean(self.data.get("settings"))
                fields = self.kind.settings_form().fields
                written, self._wrong = _written(fields, sent)
                for name, value in written.items():
                    if name in self._asked:
                        self.data[name] = value  # type: ignore[index]  # it is bound to a dictionary of its own
                    elif value != self.instance.settings.get(name, ""):
                        self._wrong.append(f"{name}: {STAYS}")
        super().full_clean()

    def add_error(self, field: str | None, error: Any) -> None:
        """Say what a network's field lacks where the program sent it, and once."""
        if field not in self._asked:
            super().add_error(field, error)
            return
        problem = error if isinstance(error, ValidationError) else ValidationError(error)
        said = list(self.errors.get("settings", []))
        new = [f"{field}: {sentence}" for sentence in problem.messages]
        if any(sentence.startswith(f"{field}: ") for sentence in self._wrong):
            new = []  # what was sent there is no text
        new = [sentence for sentence in new if sentence not in said]
        self.cleaned_data.pop(field, None)
        if new:
            super().add_error("settings", new)

    def clean_zone(self) -> str:
        """Take a zone, or none for the workspace's."""
        zone = str(self.cleaned_data["zone"] or "")
        if zone and not clock.is_zone(zone):
            raise ValidationError(NO_ZONE)
        return zone

    def judge_approver(self, cleaned: dict[str, Any]) -> None:
        """Refuse a person whom nobody would ask, instead of forgetting them."""
        sent = str(self.data.get("approver") or "")
        if cleaned.get("approval") == Channel.Approval.PERSON or sent in {
            "",
            str(self.instance.approver_id or ""),
        }:
            super().judge_approver(cleaned)
        elif "approver" not in self.errors:
            self.add_error("approver", NOBODY)

    def clean(self) -> dict[str, Any]:
        """Let the network judge its own part, and what signs in there."""
        cleaned = super().clean()
        if self._wrong:
            self.add_error("settings", self._wrong)
        if "sign_in" in self.fields and "sign_in" in cleaned and self._is_known:
            self.typed, wrong = _typed(self.kind, cleaned["sign_in"])
            if wrong:
                self.add_error("sign_in", wrong)
        return cleaned


class NetworkAppByProgram(NetworkAppForm):
    """Judges keys of an app that a program sends, by every rule of the page. `app` is what is kept of that network."""

    network = forms.ChoiceField(
        choices=lambda: [(one.slug, one.name) for one in connectable() if one.needs_app],
        error_messages={"required": WHICH, "invalid_choice": "This network needs no keys of an app."},
    )

    def __init__(self, *args: Any, app: NetworkApp | None, **kwargs: Any) -> None:
        super().__init__(*args, instance=app, **kwargs)


def needs_person(network: Network) -> bool:
    """Tell whether somebody has to go to the network and say yes there."""
    return network.connects_by is ConnectsBy.OAUTH
