"""Mentions: whom "@Bob" means in the open workspace, and how what somebody said is shown."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe

from workspaces.models import Membership, User
from workspaces.scope import current_workspace

MENTIONED_AT_MOST = 50
OFFERED_AT_MOST = 8


def _handles(user: User) -> set[str]:
    """Return what a person can be called after the @, in lower case: name, first name, e-mail, what is before its @."""
    name = " ".join(user.name.split())
    called = {name, name.split(" ")[0], user.email, user.email.split("@")[0]}
    return {handle.casefold() for handle in called if handle}


def _called(people: Iterable[User]) -> dict[str, User]:
    """Return who is meant by each handle; one that could mean two people means nobody."""
    found: dict[str, list[User]] = defaultdict(list)
    for user in people:
        for handle in _handles(user):
            found[handle].append(user)
    return {handle: users[0] for handle, users in found.items() if len(users) == 1}


def _members() -> list[User]:
    here = Membership.objects.filter(workspace=current_workspace(), user__is_active=True)
    return [member.user for member in here.select_related("user")]


def mentioned_in(text: str) -> dict[str, User]:
    """Return the members that a text mentions, by how it does: {"@Bob Cullen": bob}; a query where there is an @.

    The longest name that fits counts. Whoever is no member is only words.
    """
    if "@" not in text:
        return {}
    called = _called(_members())
    if not called:
        return {}
    names = "|".join(re.escape(handle) for handle in sorted(called, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w@.])@({names})(?!\w|@|[.-]\w)", re.IGNORECASE)
    found: dict[str, User] = {}
    for match in pattern.finditer(text):
        user = called.get(match[1].casefold())
        if user is not None and len(found) < MENTIONED_AT_MOST:
            found[match[0]] = user
    return found


def kept(found: dict[str, User]) -> list[dict[str, str]]:
    """Return mentions as a comment keeps them."""
    return [{"as": words, "id": str(user.pk)} for words, user in found.items()]


def ids_in(mentions: Any) -> set[uuid.UUID]:
    """Return the ids of those whom a comment mentions."""
    return {uuid.UUID(one["id"]) for one in mentions}


def shown(text: str, mentions: Any) -> SafeString:
    """Return what somebody said as paragraphs, with the mentions in it marked; everything else is only words."""
    escaped = escape(text)
    words = {str(one.get("as", "")) for one in mentions if isinstance(one, dict)} - {""}
    if words:
        marks = "|".join(re.escape(escape(word)) for word in sorted(words, key=len, reverse=True))
        escaped = mark_safe(re.sub(marks, r"<b>\g<0></b>", escaped))  # noqa: S308 - escaped above, and so are the marks
    return mark_safe(linebreaks(escaped, autoescape=False))  # noqa: S308 - the same text in paragraphs


def offered(typed: str) -> list[str]:
    """Return how members can be mentioned whose name or e-mail begins as what is typed, at most eight."""
    people = sorted(_members(), key=lambda user: str(user).casefold())
    called, wanted = _called(people), " ".join(typed.split()).casefold()
    found = []
    for user in people:
        if not any(handle.startswith(wanted) for handle in _handles(user)):
            continue
        name = " ".join(user.name.split())
        found.append(name if called.get(name.casefold()) == user else user.email)
    return found[:OFFERED_AT_MOST]
