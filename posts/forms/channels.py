"""The forms of a channel: its name and brand, and what its network asks for; and of the keys of an app."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms

from campaigns.models import Brand
from posts.models import Channel, NetworkApp
from posts.networks import get_network
from posts.networks.base import ConnectsBy
from posts.spacing import default_spacing
from workspaces.forms import ApprovalFields, zone_choices, zone_field
from workspaces.scope import current_workspace

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Channel]
    _AppForm = forms.ModelForm[NetworkApp]
else:
    _ModelForm = _AppForm = forms.ModelForm


def asked_of(channel: Channel) -> dict[str, forms.Field]:
    """Return the questions of a channel's network, by name; an account stays where it is."""
    network = get_network(channel.network)
    fixed = network.fixed_settings if channel.account_id else frozenset()
    fields = network.settings_form(initial=channel.settings).fields
    return {name: field for name, field in fields.items() if name not in fixed}


class ChannelForm(ApprovalFields, _ModelForm):
    """Judges a channel. The network's own questions become fields of this form, its answers `channel.settings`.

    The instance says which network it is; nobody moves a channel to another one, nor to another account. Where an
    account has a name, the channel's may stay empty.
    """

    zone = zone_field("Clocks of its posting times", required=False)

    class Meta:
        model = Channel
        fields = ["name", "brand", "spacing_seconds", "zone", "approval", "approver"]
        labels = {"approval": "Who has to approve what goes out here"}
        help_texts = {
            "name": "How your team calls it. It stands beside each post.",
            "spacing_seconds": "Posts that are due together go out this far apart.",
            "approval": "What the workspace asks for holds as well. Scheduled posts that lack the yes then wait.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = get_network(self.instance.network)
        self._asked = tuple(asked_of(self.instance))
        for name, field in asked_of(self.instance).items():
            field.required = False  # the network's form judges it, with its own words
            self.fields[name] = field
            self.initial[name] = self.instance.settings.get(name, field.initial)
        if self.instance._state.adding and self.network.connects_by is not ConnectsBy.FORM:
            self.fields["name"].required = False
            self.fields["name"].help_text = "How your team calls it. Empty: the name of the account."
        brand, spacing = self.fields["brand"], self.fields["spacing_seconds"]
        if isinstance(brand, forms.ModelChoiceField):
            brand.queryset = Brand.objects.filter(trashed_at=None, archived_at=None)
            brand.empty_label = "Any brand"
        spacing.max_value = 3600  # type: ignore[attr-defined]
        spacing.widget.attrs |= {"min": 0, "max": 3600}
        spacing.required = False
        if "approval" in self.fields:
            self.fields["approval"].required = False
            rules = Channel.Approval.choices
            self.fields["approval"].choices = [("none", "As the workspace asks"), *rules[1:]]  # type: ignore[attr-defined]
            self.offer_approvers(current_workspace())
        zones = self.fields["zone"]
        zones.choices = [("", "The workspace’s"), *zone_choices()]  # type: ignore[attr-defined]
        if self.instance._state.adding and not self.is_bound:
            self.initial["spacing_seconds"] = default_spacing(self.instance.network)

    @property
    def network_fields(self) -> list[forms.BoundField]:
        """The fields that belong to the network."""
        return [self[name] for name in self._asked]

    @property
    def choices(self) -> dict[str, Any]:
        """What was chosen for the channel, beside what its network asks for."""
        return {name: getattr(self.instance, name) for name in self.Meta.fields}

    def clean_spacing_seconds(self) -> int:
        """Take the network's own spacing where nothing was written; refuse more than an hour."""
        seconds = self.cleaned_data["spacing_seconds"]
        if seconds is None:
            return default_spacing(self.instance.network)
        if seconds > 3600:
            raise forms.ValidationError("Pick an hour (3,600 seconds) or less.")
        return int(seconds)

    def clean_approval(self) -> str:
        """Leave the rule as it is where none was sent."""
        return str(self.cleaned_data["approval"] or self.instance.approval)

    def clean(self) -> dict[str, Any]:
        """Let the network judge its own part."""
        cleaned = super().clean() or self.cleaned_data
        if "approver" in self.fields:
            self.judge_approver(cleaned)
        data: Any = copy(self.data)
        if self.instance.account_id:
            for name in self.network.fixed_settings:
                data[self.add_prefix(name)] = self.instance.settings.get(name, "")
        own = self.network.settings_form(data=data, files=self.files, prefix=self.prefix)
        if own.is_valid():
            self.instance.settings = {**self.instance.settings, **own.cleaned_data}
        for name, errors in own.errors.as_data().items():
            self.add_error(None if name == "__all__" else name, errors)  # type: ignore[arg-type]  # a list, too
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The name is unique on a network among what is not in the trash: a constraint over three columns of which
        # the form shows one.
        return super()._get_validation_exclusions() - {"network", "trashed_at"}  # type: ignore[misc, no-any-return]


class NetworkAppForm(_AppForm):
    """Keys of an app. The secret is never shown again: an empty one keeps what is there."""

    secret = forms.CharField(
        label="Secret of the app",
        max_length=1000,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = NetworkApp
        fields = ["client_id"]
        widgets = {"client_id": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.secret:
            self.fields["secret"].help_text = "One is kept. Leave this empty to keep it."

    def clean_secret(self) -> str:
        """Ask for a secret where none is kept, or where it belonged to another app."""
        secret = str(self.cleaned_data["secret"])
        if not secret and not self.instance.secret:
            raise forms.ValidationError("Paste the secret of the app.")
        if not secret and "client_id" in self.changed_data:
            raise forms.ValidationError("This is another app. Paste its secret too.")
        return secret
