"""Template tags that know what a workspace is."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import template
from django.conf import settings
from django.template import Context
from django.urls import get_script_prefix

from workspaces import scope
from workspaces.context import Tab, tabs_of_settings
from workspaces.models import Workspace

register = template.Library()


@register.simple_tag
def instance_url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a page of the instance (sign-in, account), from inside or outside a workspace."""
    return scope.instance_url(name, *args, **kwargs)


@register.simple_tag
def workspace_url(workspace: Workspace) -> str:
    """Return the address of a workspace's first page, from inside or outside any."""
    with scope.use_workspace(workspace):
        return get_script_prefix()


@register.simple_tag(takes_context=True)
def may_sign_up(context: Context) -> bool:
    """Tell whether whoever reads this page could make an account now."""
    return bool(get_adapter().is_open_for_signup(context["request"]))


@register.simple_tag
def takes_people() -> bool:
    """Tell whether an invitation lets somebody make an account here; `AURA_SIGNUP=closed` lets nobody."""
    return settings.AURA_SIGNUP != "closed"


@register.simple_tag
def keeps_mails() -> bool:
    """Tell whether mails are kept for staff to read, as no mail server is set."""
    return not settings.EMAIL_URL


@register.simple_tag
def settings_tabs(current: str) -> list[Tab]:
    """Return the tabs of the settings for _tabs.html; `current` is the key of the page that is open."""
    return tabs_of_settings(current)
