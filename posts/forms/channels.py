"""The form of a channel: its name and brand, and what its network asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from campaigns.models import Brand
from posts.models import Channel
from posts.networks import get_network
from posts.spacing import default_spacing
from workspaces.forms import zone_choices, zone_field

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Channel]
else:
    _ModelForm = forms.ModelForm


class ChannelForm(_ModelForm):
    """Judges a channel. The network's own questions become fields of this form, its answers `channel.settings`.

    The instance says which network it is; nobody moves a channel to another one.
    """

    zone = zone_field("Clocks of its posting times", required=False)

    class Meta:
        model = Channel
        fields = ["name", "brand", "spacing_seconds", "zone"]
        help_texts = {
            "name": "How your team calls it. It stands beside each post.",
            "spacing_seconds": "Posts that are due together go out this far apart.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = get_network(self.instance.network)
        self._asked = tuple(self.network.settings_form.base_fields)
        for name, field in self.network.settings_form(initial=self.instance.settings).fields.items():
            field.required = False  # the network's form judges it, with its own words
            self.fields[name] = field
            self.initial[name] = self.instance.settings.get(name, field.initial)
        brand, spacing = self.fields["brand"], self.fields["spacing_seconds"]
        if isinstance(brand, forms.ModelChoiceField):
            brand.queryset = Brand.objects.filter(trashed_at=None, archived_at=None)
            brand.empty_label = "Any brand"
        spacing.max_value = 3600  # type: ignore[attr-defined]
        spacing.widget.attrs |= {"min": 0, "max": 3600}
        spacing.required = False
        zones = self.fields["zone"]
        zones.choices = [("", "The workspace’s"), *zone_choices()]  # type: ignore[attr-defined]
        if self.instance._state.adding and not self.is_bound:
            self.initial["spacing_seconds"] = default_spacing(self.instance.network)

    @property
    def network_fields(self) -> list[forms.BoundField]:
        """The fields that belong to the network."""
        return [self[name] for name in self._asked]

    def clean_spacing_seconds(self) -> int:
        """Take the network's own spacing where nothing was written; refuse more than an hour."""
        seconds = self.cleaned_data["spacing_seconds"]
        if seconds is None:
            return default_spacing(self.instance.network)
        if seconds > 3600:
            raise forms.ValidationError("Pick an hour (3,600 seconds) or less.")
        return int(seconds)

    def clean(self) -> dict[str, Any]:
        """Let the network judge its own part."""
        cleaned = super().clean() or self.cleaned_data
        own = self.network.settings_form(data=self.data, files=self.files, prefix=self.prefix)
        if own.is_valid():
            self.instance.settings = own.cleaned_data
        for name, errors in own.errors.items():
            self.add_error(None if name == "__all__" else name, list(errors))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The name is unique on a network among what is not in the trash: a constraint over three columns of which
        # the form shows one.
        return super()._get_validation_exclusions() - {"network", "trashed_at"}  # type: ignore[misc, no-any-return]
