"""What a person fills in to connect a Bluesky account."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings as django_settings

from aura.kit import addresses


class BlueskyForm(forms.Form):
    """Whose repository, and where it is kept."""

    handle = forms.CharField(
        label="Handle",
        max_length=253,
        widget=forms.TextInput(attrs={"placeholder": "aurora.bsky.social", "autocapitalize": "none"}),
        help_text="As it stands in the profile, without the @.",
    )
    server = forms.CharField(
        label="Server",
        required=False,
        max_length=200,
        help_text="Leave it as it is, unless the account is kept on a server of your own.",
    )
    language = forms.RegexField(
        r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        label="Language",
        required=False,
        max_length=20,
        help_text="Of the posts, in letters such as en or pt-BR. It helps people who filter by language.",
        error_messages={"invalid": "Write letters such as en or pt-BR."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["server"].initial = django_settings.AURA_NETWORK_URLS["bluesky"]

    def clean_handle(self) -> str:
        """Take it as it is copied: with an @, or with marks of direction around it."""
        typed = "".join(one for one in self.cleaned_data["handle"] if unicodedata.category(one)[0] != "C")
        handle = typed.strip().removeprefix("@").lower()
        return handle if "." in handle or "@" in handle else f"{handle}.bsky.social"

    def clean_server(self) -> str:
        """Take a host or an address and keep its beginning: https://host."""
        typed = self.cleaned_data["server"].strip() or django_settings.AURA_NETWORK_URLS["bluesky"]
        parts = urlsplit(addresses.clean_address(typed if "://" in typed else f"https://{typed}"))
        return f"{parts.scheme}://{parts.netloc.lower()}"


class BlueskySignInForm(forms.Form):
    """An app password, which can be taken back and cannot change the account."""

    password = forms.CharField(
        label="App password",
        max_length=100,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Make one in Bluesky under Settings, Privacy and security, App passwords. "
        "Aura uses it once and does not keep it.",
    )
