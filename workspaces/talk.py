"""What the page of a thing shows of what was said about it, and of its history.

A thing that people talk about is made known from `apps.py`, once, with `register(Subject(...))`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString

from workspaces.mentions import shown
from workspaces.models import Activity, ActivitySubject, Comment, User, WorkspaceModel
from workspaces.operation import may
from workspaces.sentences import said

COMMENTS_AT_MOST = 200
ENTRIES_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of text of a thing that a remark can be about: what it is called, and what it says now."""

    label: str
    text: str


def _nowhere(thing: Any) -> dict[str, Place]:
    return {}


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing that people talk about: where its page is, where a remark is sent, and what texts it has."""

    model: type[WorkspaceModel]
    url: Callable[[Any], str]
    comment_url: Callable[[Any], str]
    places: Callable[[Any], dict[str, Place]] = _nowhere


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a kind of thing known; from `apps.py`."""
    _subjects[subject.model._meta.label_lower] = subject


def kind_of(thing: WorkspaceModel | Comment | type[WorkspaceModel]) -> Subject:
    """Return the kind of a thing, or of what a comment is about. Raises KeyError for one that nobody talks about."""
    return _subjects[thing.subject_type if isinstance(thing, Comment) else thing._meta.label_lower]


def is_known(thing: WorkspaceModel) -> bool:
    """Tell whether people talk about this kind of thing."""
    return thing._meta.label_lower in _subjects


# Words that a remark is about ---------------------------------------------------------------------------------------


def flat(text: str) -> str:
    """Return a text with every run of white space as one space: how quotes are kept and compared."""
    return " ".join(text.replace("\x00", "").split())


def find_words(quote: str, text: str, near: int | None = None) -> int | None:
    """Return where a quote stands in a text (both flat), of several places the one closest to `near`; None: nowhere."""
    starts: list[int] = []
    start = text.find(quote)
    while quote and start >= 0 and len(starts) < 100:
        starts.append(start)
        start = text.find(quote, start + 1)
    return min(starts, key=lambda at: abs(at - (near or 0))) if starts else None


def locate(
    quote: str, places: dict[str, Place], *, place: str = "", near: int | None = None
) -> tuple[str, int] | None:
    """Return in which text words stand, and from which letter on; the text that is asked for comes first."""
    for key in sorted(places, key=lambda one: one != place):
        at = find_words(flat(quote), flat(places[key].text), near)
        if at is not None:
            return key, at
    return None


# Conversations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A remark as the page shows it, and what this person may do with it."""

    comment: Comment
    html: SafeString
    may_edit: bool
    may_delete: bool


@dataclass(slots=True)
class Conversation:
    """A remark with its answers. `label` names the text that its quote is of; `has_changed`: the words are gone."""

    first: Said
    may_resolve: bool
    label: str = ""
    has_changed: bool = False
    replies: list[Said] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """What was typed and could not be taken: the judged form, and what it was about ("" a new remark, an id else)."""

    form: Any
    at: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """All that a page shows of what was said about one thing."""

    open: Sequence[Conversation]
    resolved: Sequence[Conversation]
    count: int
    comment_url: str
    back: str
    has_places: bool
    failed: Failed | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An entry of the activity, and what it says of the thing after the name."""

    entry: Activity
    words: str


def talk_about(
    subject: WorkspaceModel,
    person: User,
    *,
    role: str,
    back: str = "",
    trail: str = "",
    failed: Failed | None = None,
) -> Talk:
    """Return what was said about a thing, conversations oldest first; one query, of the newest COMMENTS_AT_MOST.

    `back` is the page that forms lead back to, `trail` the query of its address.
    """
    kind = kind_of(subject)
    places = kind.places(subject)
    rows = Comment.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    rows = rows.select_related("created_by", "resolved_by", "parent").order_by("-id")[:COMMENTS_AT_MOST]
    found = list(reversed(rows))
    conversations: dict[Any, Conversation] = {}
    for comment in found:
        first = comment.parent or comment
        if first.pk not in conversations:
            conversations[first.pk] = _conversation(first, places, person, role)
        if comment.parent is not None:
            conversations[first.pk].replies.append(_said(comment, person, role))
    ordered = sorted(conversations.values(), key=lambda one: one.first.comment.pk)
    return Talk(
        open=[one for one in ordered if one.first.comment.resolved_at is None],
        resolved=[one for one in ordered if one.first.comment.resolved_at is not None],
        count=sum(comment.removed_at is None for comment in found),
        comment_url=f"{kind.comment_url(subject)}{trail}",
        back=back or f"{kind.url(subject)}{trail}",
        has_places=any(place.text.strip() for place in places.values()),
        failed=failed,
    )


def _said(comment: Comment, person: User, role: str) -> Said:
    is_there = comment.removed_at is None
    return Said(
        comment,
        shown(comment.body, comment.mentions),
        is_there and comment.created_by_id == person.pk,
        is_there and may(person, "workspaces.delete_comment", comment, role=role),
    )


def _conversation(first: Comment, places: dict[str, Place], person: User, role: str) -> Conversation:
    begun = Conversation(
        _said(first, person, role),
        may_resolve=may(person, "workspaces.resolve_comment", first, role=role),
    )
    if first.quote:
        place = places.get(first.place)
        begun.label = place.label if place else ""
        begun.has_changed = place is None or find_words(first.quote, flat(place.text)) is None
    return begun


def entries_about(subject: WorkspaceModel) -> QuerySet[Activity]:
    """Return what was done with a thing, alone or among many, without an order."""
    kind, key = subject._meta.label_lower, subject.pk
    among = ActivitySubject.objects.filter(subject_type=kind, subject_id=key).values("activity")
    return Activity.objects.filter(Q(subject_type=kind, subject_id=key) | Q(pk__in=among))


def done_with(subject: WorkspaceModel, entry: Activity) -> Done:
    """Return an entry about a thing with its words there."""
    return Done(entry, said(entry, "it" if entry.subject_id == subject.pk else entry.subject_name))


def history_of(subject: WorkspaceModel) -> list[Done]:
    """Return what was done with a thing, alone or among many, newest first; one query."""
    rows = entries_about(subject).select_related("actor").order_by("-id")[:ENTRIES_AT_MOST]
    return [done_with(subject, entry) for entry in rows]
