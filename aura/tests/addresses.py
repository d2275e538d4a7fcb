"""Every address of this instance, found by asking the resolver: a new one is tested without anybody asking for it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from campaigns.models import Brand, Campaign
from imports.models import Import, ImportRow
from media_library.models import Album, Asset, Rendition, SavedFilter, UploadSession
from posts.models import (
    Channel,
    Connecting,
    LinkAnswer,
    Post,
    PostingSlot,
    ReviewLink,
    Series,
    Snippet,
    Target,
)
from workspaces.models import (
    ApiToken,
    Comment,
    Invitation,
    Membership,
    Notification,
    WebhookDelivery,
    WebhookEndpoint,
    Workspace,
)
from workspaces.scope import no_workspace, use_workspace

# Whose id an address takes, by the longest beginning of its name that fits.
OBJECTS: dict[str, type[Model]] = {
    "campaigns:": Campaign,
    "campaigns:brand": Brand,
    "imports:": Import,
    "imports:row": ImportRow,
    "media:": Asset,
    "media:edit-album": Album,
    "media:delete-album": Album,
    "media:delete-filter": SavedFilter,
    "media:rendition": Rendition,
    "media:finish-direct": UploadSession,
    "media:session": UploadSession,
    "posts:": Post,
    "posts:channel": Channel,
    "posts:channel_slot_remove": PostingSlot,
    "posts:snippet_": Snippet,
    "posts:channel_pick": Connecting,
    "posts:confirm": Target,
    "posts:leave": Target,
    "posts:leave_part": Target,
    "posts:link_picture": LinkAnswer,
    "posts:resume_campaign": Campaign,
    "posts:series": Series,
    "posts:resend": Target,
    "posts:retry": Target,
    "posts:review-link": ReviewLink,
    "posts:review-links-of-post": Post,
    "review:": Post,
    "review:picture": Rendition,
    "workspace:comment_": Comment,
    "workspace:member_": Membership,
    "workspace:notification_": Notification,
    "workspace:invitation_": Invitation,
    "workspace:token_": ApiToken,
    "workspace:webhook": WebhookEndpoint,
    "workspace:delivery": WebhookDelivery,
}
# What other arguments are, by (name of the address, name of the argument).
WORDS: dict[tuple[str, str], str] = {
    ("posts:channel_create", "network"): "webhook",
    ("posts:channel_app", "network"): "webhook",
    ("posts:channel_app_remove", "network"): "webhook",
    ("imports:example", "kind"): "posts",
    ("feeds:calendar", "token"): "no-such-link",
    ("links:follow", "token"): "no-such-link",
    ("people:invitation", "token"): "no-such-invitation",
    ("public:media", "token"): "no-such-link",
    ("posts:version", "number"): "1",
    ("posts:restore-version", "number"): "1",
    ("review:show", "token"): "no-such-link",
    ("review:post", "token"): "no-such-link",
    ("review:answer", "token"): "no-such-link",
    ("review:picture", "token"): "no-such-link",
    ("media:fit", "key"): "link-card",
    ("media:show-version", "number"): "1",
    ("media:retry-version", "number"): "1",
    ("media:drop-version", "number"): "1",
    ("account_confirm_email", "key"): "no-such-key",
    ("account_reset_password_from_key", "uidb36"): "0",
    ("account_reset_password_from_key", "key"): "no-such-key",
}
# What needs no sign-in, and why.
PUBLIC: dict[str, str] = {
    "health": "for load balancers; says nothing but alive",
    "health-ready": "for monitors; names failing parts without figures",
    "people:start": "leads to sign-in, or on",
    "people:invitation": "its secret is in the address",
    "feeds:calendar": "its secret is in the address",
    "links:follow": "people who read a post follow its links",
    "public:media": "its signature is in the address",
    "review:show": "its secret is in the address",
    "review:post": "its secret is in the address",
    "review:answer": "its secret is in the address",
    "review:picture": "its secret is in the address",
    "account_login": "the way in",
    "account_logout": "leads to sign-in who is out already",
    "account_signup": "the way in, where it is open",
    "account_inactive": "says that an account is switched off",
    "account_email_verification_sent": "says that a mail was sent",
    "account_confirm_email": "its secret is in the address",
    "account_reset_password": "the way back in",
    "account_reset_password_done": "says that a mail was sent",
    "account_reset_password_from_key": "its secret is in the address",
    "account_reset_password_from_key_done": "leads to sign-in",
    "account_confirm_login_code": "part of signing in",
    "mfa_authenticate": "part of signing in",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern of the URLconf: its full name, and the names of its arguments."""

    name: str
    route: str
    arguments: tuple[str, ...]

    @property
    def namespace(self) -> str:
        return self.name.partition(":")[0] if ":" in self.name else ""

    @property
    def is_of_workspace(self) -> bool:
        return self.namespace in settings.WORKSPACE_NAMESPACES

    @property
    def is_of_admin(self) -> bool:
        return self.namespace == "admin" or self.route.startswith("admin/")

    def model(self) -> type[Model]:
        fitting = [start for start in OBJECTS if self.name.startswith(start)]
        if not fitting:
            raise LookupError(f"{self.name} takes an id: say whose in OBJECTS of aura/tests/addresses.py.")
        return OBJECTS[max(fitting, key=len)]

    def values(self, world: dict[type[Model], Any] | None) -> dict[str, Any]:
        """Return the arguments: ids of rows of `world`, or ids that nobody has."""
        values: dict[str, Any] = {}
        for argument in self.arguments:
            if argument == "pk":
                values["pk"] = world[self.model()].pk if world is not None else uuid.uuid4()
            elif (self.name, argument) in WORDS:
                values[argument] = WORDS[self.name, argument]
            else:
                raise LookupError(
                    f"{self.name} takes {argument!r}: say what that is in WORDS of aura/tests/addresses.py."
                )
        return values

    def path(
        self, workspace: Workspace | str | None = None, world: dict[type[Model], Any] | None = None
    ) -> str:
        """Return the path: below the workspace (or the slug) given, else of the instance."""
        values = self.values(world)
        if isinstance(workspace, Workspace):
            with use_workspace(workspace):
                return reverse(self.name, kwargs=values)
        with no_workspace():
            path = reverse(self.name, kwargs=values)
        return f"/w/{workspace}{path}" if workspace else path


def _patterns(resolver: URLResolver, namespace: str, route: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        below = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            arguments = tuple(entry.pattern.regex.groupindex)
            yield Address(f"{namespace}{entry.name or ''}", below, arguments)
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _patterns(entry, inner, below)


@cache
def every_address() -> tuple[Address, ...]:
    """Return every page: not the admin's own views, which `admin_paths` makes, nor the API (`test_api`)."""
    return tuple(a for a in _patterns(get_resolver(), "", "") if a.namespace not in {"admin", "api"})


def admin_paths(world: dict[type[Model], Any]) -> list[str]:
    """Return the paths of every page of the admin, outside any workspace."""
    paths = ["/admin/", "/admin/health/", "/admin/password_change/", "/admin/jsi18n/"]
    with no_workspace():
        for model in admin.site._registry:
            place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            paths += [reverse(f"{place}_changelist"), reverse(f"{place}_add")]
            row = world.get(model)
            if row is not None:
                paths += [
                    reverse(f"{place}_{page}", args=[row.pk]) for page in ("change", "history", "delete")
                ]
    return paths


@cache
def partial_names() -> frozenset[str]:
    """Return the names of all partials of our templates, which are ids in the page."""
    found: set[str] = set()
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        found.update(re.findall(r"\{% partialdef ([-\w]+)", path.read_text()))
    return frozenset(found)


def pages(
    client: Client, workspace: Workspace, world: dict[type[Model], Any], **query: str
) -> Iterator[tuple[str, HttpResponse]]:
    """Get every page of the workspace and the instance, and every part of it that htmx would ask for."""
    for address in every_address():
        if address.is_of_admin or address.name == "account_logout":
            continue
        path = address.path(workspace if address.is_of_workspace else None, world)
        response = client.get(path, query)
        yield path, response
        if response.status_code != 200 or response.streaming:
            continue
        text = response.content.decode()
        for part in sorted(partial_names()):
            if f'id="{part}"' in text:
                headers = {"HX-Request": "true", "HX-Target": part}
                yield f"{path} #{part}", client.get(path, query, headers=headers)
