"""Notifications: told in the transaction that causes them, collapsed while unread, read, and in time forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F

from aura.kit import clock
from workspaces import notices, roles
from workspaces.models import Mail, Membership, Notification, User
from workspaces.models.notification import SENTENCE_LENGTH, WORDS_LENGTH
from workspaces.operation import Actor, operation
from workspaces.operations.mail import absolute_url, keep_letter
from workspaces.scope import current_workspace, every_workspace, instance_url

MAILED_AGAIN = timedelta(hours=1)
"""What happens again while a person has not looked is mailed at most this often."""
KEPT_FOR = timedelta(days=90)


def members_who_may(name: str) -> list[Membership]:
    """Return the memberships of the open workspace whose role includes the operation `name`, with their users."""
    minimum = roles.RIGHTS[name].minimum
    allowed = [role for role in roles.Role.values if minimum is None or roles.at_least(role, minimum)]
    here = Membership.objects.filter(workspace=current_workspace(), role__in=allowed, user__is_active=True)
    return list(here.select_related("user").order_by("created_at"))


@dataclass(frozen=True, slots=True)
class _Notice:
    """What is told, to whomever."""

    kind: notices.Kind
    subject_type: str
    subject_id: Any
    says: dict[str, Any]
    at: datetime

    @property
    def unread(self) -> models.QuerySet[Notification]:
        """The notifications of this kind about this thing that nobody has read yet."""
        return Notification.objects.filter(
            kind=self.kind.slug, subject_type=self.subject_type, subject_id=self.subject_id, read_at=None
        )

    def row(self, user: User) -> Notification:
        """Return the notification for one person, not saved."""
        return Notification(
            person=user,
            kind=self.kind.slug,
            subject_type=self.subject_type,
            subject_id=self.subject_id,
            at=self.at,
            **self.says,
        )


def notify(
    people: Iterable[User | None],
    kind: str,
    *,
    subject: models.Model,
    sentence: str,
    url: str,
    words: str = "",
    by: object,
    now: datetime | None = None,
) -> None:
    """Tell people that something happened to `subject`: in Aura, by e-mail, as each has chosen.

    `sentence` says it whole ("Bob asks you to approve “Launch day”"), `words` is what somebody wrote, `url` the path to
    go to. Only active members of the open workspace are told, never whoever did it (`by`: an actor, or SYSTEM). Call
    it in the transaction that caused it. Raises KeyError for a kind that nobody has registered.
    """
    actor = by if isinstance(by, User) else getattr(by, "user", None)
    wanted = {user.pk for user in people if user is not None and user != actor}
    if not wanted:
        return
    told = notices.get_kind(kind)
    notice = _Notice(
        told,
        subject._meta.label_lower,
        subject.pk,
        {
            "sentence": _clip(sentence, SENTENCE_LENGTH),
            "words": _clip(words, WORDS_LENGTH),
            "url": url[:500],
            "actor": actor,
        },
        now or clock.now(),
    )
    members = Membership.objects.filter(
        workspace=current_workspace(), user__in=wanted, user__is_active=True
    ).select_related("user")
    wishes = [(member.user, notices.wish_of(member.user, told)) for member in members.order_by("pk")]
    with transaction.atomic():
        rested = _keep(notice, [user for user, wish in wishes if wish.in_aura])
        mailed = [user for user, wish in wishes if wish.by_mail and user.pk not in rested]
        if mailed and notices.are_mailed():
            _mail(notice, mailed)


def _keep(notice: _Notice, users: list[User]) -> set[Any]:
    """Write the notification of each, or bring up to date the one that is unread; return who was mailed just now."""
    ids = [user.pk for user in users]
    held = notice.unread.filter(person__in=ids).order_by("pk").select_for_update(of=("self",))
    known = dict(held.values_list("person_id", "mailed_at"))
    if known:
        notice.unread.filter(person__in=known).update(times=F("times") + 1, at=notice.at, **notice.says)
    new = [notice.row(user) for user in users if user.pk not in known]
    if new:  # somebody else may tell the same person of the same thing at this moment: then once is enough
        Notification.objects.bulk_create(new, ignore_conflicts=True)
    since = notice.at - MAILED_AGAIN
    return {pk for pk, mailed_at in known.items() if mailed_at is not None and mailed_at > since}


def _mail(notice: _Notice, users: list[User]) -> None:
    workspace = current_workspace()
    words = {
        "sentence": notice.says["sentence"],
        "words": notice.says["words"],
        "workspace": workspace,
        "url": absolute_url(notice.says["url"]),
        "choose_url": absolute_url(f"{instance_url('people:profile')}#notices"),
    }
    for user in users:
        keep_letter("emails/notice.txt", to=user.email, context=words, workspace=workspace)
    notice.unread.filter(person__in=[user.pk for user in users]).update(mailed_at=notice.at)


def _clip(text: str, length: int) -> str:
    """Return a text on one line, cut to a length with a mark that it was."""
    line = " ".join(text.replace("\x00", "").split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def settle_notices(subject: models.Model, kinds: Collection[str], *, now: datetime | None = None) -> None:
    """Take what was told of a thing as read by everybody, because somebody has seen to it; part of that operation."""
    of_it = Notification.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    of_it.filter(kind__in=kinds, read_at=None).update(read_at=now or clock.now())


def forget_notices(subject: models.Model) -> None:
    """Delete what was told of a thing that is deleted for good; part of that operation."""
    Notification.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).delete()


def forget_notices_of(membership: Membership) -> None:
    """Delete what somebody was told in the open workspace, which they leave, and mails that wait to tell them."""
    Notification.objects.filter(person=membership.user_id).delete()
    waiting = Mail.objects.filter(workspace=membership.workspace_id, to=membership.user.email)
    waiting.filter(status=Mail.Status.PENDING).delete()


@operation
def read_notices(
    user: User, *, only: Notification | None = None, now: datetime | None = None, by: Actor
) -> int:
    """Mark what a person was told in the open workspace as read, all of it or `only` one; return how many."""
    unread = Notification.objects.filter(person=user, read_at=None)
    if only is not None:
        unread = unread.filter(pk=only.pk)
    # What is told anew at this very moment stays unread, and nobody waits for anybody in a circle.
    ids = list(unread.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    return Notification.objects.filter(pk__in=ids, read_at=None).update(read_at=now or clock.now())


@operation
def choose_notices(user: User, *, choices: dict[str, tuple[bool, bool]], by: Actor) -> User:
    """Save where a person wants to hear of each kind: {kind: (in Aura, by e-mail)}; other kinds stay as they were."""
    fresh = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    kept = fresh.notices if isinstance(fresh.notices, dict) else {}
    user.notices = kept | {slug: list(ways) for slug, ways in choices.items()}
    user.save(update_fields=["notices"])
    return user


def forget_old_notices(now: datetime | None = None) -> int:
    """Delete what was told more than 90 days before `now`; return how many."""
    with every_workspace("notifications run out in every workspace alike"):
        return Notification.objects.filter(at__lt=(now or clock.now()) - KEPT_FOR).delete()[0]
