"""Whose yes a post still lacks: the one place that pages, forms, operations and the engine ask.

A workspace has a rule and so has each channel; a post has to fulfil those of its workspace and of every channel it
goes to, so the stricter one holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from aura.kit.paging import ListedRows
from posts.models import Approval, Channel, Post, Target
from posts.models.target import NO_PART
from posts.snapshot import content_hash
from workspaces.models import Membership, User
from workspaces.models.workspace import AsksForApproval
from workspaces.operation import may
from workspaces.scope import current_workspace

Asks = AsksForApproval.Approval
Rules = frozenset[str]
"""What channels ask for: values of `Asks`."""
_STRICT = [Asks.NONE, Asks.ANYONE, Asks.OTHER, Asks.PERSON]
_SETTLED = NO_PART | {Target.Status.PUBLISHED}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one of them asks for; `channel` None: the workspace."""

    asks: str
    person: uuid.UUID | None
    channel: Channel | None


@dataclass(frozen=True, slots=True)
class Lack:
    """A rule that is not fulfilled. `person` is who has to say yes; `is_able` False: they cannot any more."""

    rule: Rule
    person: User | None = None
    is_able: bool = True

    @property
    def place(self) -> str:
        """Where the rule is from, as it follows a sentence: " for The feed", "" for the workspace."""
        return f" for {self.rule.channel}" if self.rule.channel is not None else ""

    @property
    def sentence(self) -> str:
        """What is missing, without its full stop."""
        if self.rule.asks == Asks.ANYONE:
            return f"Nobody has approved it{self.place}"
        if self.rule.asks == Asks.OTHER:
            return f"Somebody other than its author has to approve it{self.place}"
        if self.is_able:
            return f"{self.person} has to approve it{self.place}"
        who = str(self.person) if self.person else "The person who has left"
        return f"{who} had to approve it{self.place} and cannot any more"

    @property
    def remedy(self) -> str:
        """What to do about it, without its full stop."""
        if self.is_able:
            return "Ask for a review" if self.rule.asks != Asks.PERSON else f"Ask {self.person}"
        where = f"on the page of {self.rule.channel}" if self.rule.channel else "in the settings"
        return f"An owner or admin can name somebody else {where}"

    def is_met_by(self, person: User | None, *, is_others: bool) -> bool:
        """Tell whether a yes of this person, or of Aura itself, would be what is missing."""
        if self.rule.asks == Asks.PERSON:
            return person is not None and person.pk == self.rule.person
        return self.rule.asks == Asks.ANYONE or is_others


def rules_of(channels: Iterable[Channel]) -> list[Rule]:
    """Return what the open workspace and these channels ask for, the strictest first; no query."""
    workspace = current_workspace()
    found = [Rule(workspace.approval, workspace.approver_id, None)]
    found += [Rule(channel.approval, channel.approver_id, channel) for channel in channels]
    asking = [rule for rule in found if rule.asks != Asks.NONE]
    return sorted(asking, key=lambda rule: -_STRICT.index(Asks(rule.asks)))


def channels_of(post: Post) -> list[Channel]:
    """Return the channels to which the post is still to go; no query where its targets are loaded."""
    loaded = getattr(post, "_prefetched_objects_cache", {}).get("targets")
    if loaded is None:
        loaded = Target.objects.filter(post=post).select_related("channel").order_by("channel__name", "id")
    going = [one for one in loaded if one.status not in _SETTLED]
    return list({target.channel_id: target.channel for target in going}.values())


def lacking(post: Post, channels: Iterable[Channel] | None = None, *, exactly: bool = True) -> list[Lack]:
    """Return what the post lacks to go out on these channels (all of its own), the strictest first.

    A yes counts for exactly what was approved; pages, which only tell, may leave that comparison out (an edit ends
    every yes): no query where nobody is asked, else one to six.
    """
    rules = rules_of(channels_of(post) if channels is None else channels)
    if not rules:
        return []
    given = _standing(post, anew=exactly)
    approved = post.review_status == Post.Review.APPROVED
    if exactly and (given or approved):
        now_says = content_hash(post)
        given = [yes for yes in given if yes.content_hash == now_says]
        approved = approved and post.approved_hash == now_says
    missing = [rule for rule in rules if not _is_met(rule, given, approved=approved)]
    return _named(_without_what_comes_along(missing, post), post)


def with_yes(posts: QuerySet[Post]) -> QuerySet[Post]:
    """Add who said yes to each post and who has to, so that `lacking` and `names_of_yes` ask pages nothing more."""
    workspace = current_workspace()
    yes = Approval.objects.filter(post=OuterRef("pk"), ended_at=None).order_by("id")
    by_channels = Target.objects.filter(post=OuterRef("pk"), channel__approver__isnull=False).order_by()
    of_channels = by_channels.annotate(role=_role_of("channel__approver"))
    name = ("pk", "email", "name", "role")
    posts = posts.annotate(
        yes_rows=ListedRows(yes, "by_id", "by_name", "is_others"),
        approver_rows=ListedRows(of_channels, *(f"channel__approver__{one}" for one in name[:3]), "role"),
    )
    if workspace.approver_id is None:
        return posts
    named = User.objects.filter(pk=workspace.approver_id).annotate(role=_role_of("pk")).order_by()
    return posts.annotate(named_row=ListedRows(named, *name))


def _standing(post: Post, *, anew: bool) -> list[Approval]:
    """Return the yeses that nothing has ended; one query, unless they came with the post and are not asked `anew`."""
    rows = getattr(post, "yes_rows", None)
    if rows is None or anew:
        return list(Approval.objects.filter(post=post, ended_at=None).defer("content").order_by("id"))
    return [
        Approval(by_id=by and uuid.UUID(by), by_name=name, is_others=bool(others))
        for by, name, others in rows
    ]


def _role_of(person: str) -> Subquery:
    here = Membership.objects.filter(
        workspace=current_workspace(), user=OuterRef(person), user__is_active=True
    )
    return Subquery(here.order_by().values("role")[:1])


def _without_what_comes_along(missing: Sequence[Rule], post: Post) -> list[Rule]:
    """Leave out the rules that the yes for a stricter one fulfils as well: only that one is worth asking for."""
    stricter = [rule for rule in missing if rule.asks != Asks.ANYONE]
    by_person = [rule for rule in stricter if rule.asks == Asks.PERSON]
    if any(rule.person not in (None, post.created_by_id) for rule in by_person):
        return by_person
    return stricter or list(missing)


def _is_met(rule: Rule, given: Sequence[Approval], *, approved: bool) -> bool:
    if rule.asks == Asks.PERSON:
        return rule.person is not None and any(yes.by_id == rule.person for yes in given)
    if rule.asks == Asks.OTHER:
        return any(yes.is_others for yes in given)
    return approved or bool(given)


def _people(ids: set[uuid.UUID], post: Post) -> dict[uuid.UUID, tuple[User, str | None]]:
    """Return these people, each with the role they have here; one query, none where they came with the post."""
    rows = [*getattr(post, "approver_rows", ()), *getattr(post, "named_row", ())]
    came = {
        uuid.UUID(pk): (User(pk=uuid.UUID(pk), email=email, name=name), role)
        for pk, email, name, role in rows
    }
    if ids <= came.keys():
        return came
    known = User.objects.filter(pk__in=ids).annotate(role_here=_role_of("pk"))
    return {user.pk: (user, user.role_here) for user in known}


def _named(missing: Sequence[Rule], post: Post) -> list[Lack]:
    ids = {rule.person for rule in missing if rule.asks == Asks.PERSON and rule.person is not None}
    people = _people(ids, post)
    found = []
    for rule in missing:
        wanted = rule.person if rule.asks == Asks.PERSON else None
        person, role = people.get(wanted, (None, None)) if wanted else (None, None)
        able = rule.asks != Asks.PERSON or (
            person is not None and role is not None and may(person, "posts.approve_post", role=role)
        )
        found.append(Lack(rule, person, able))
    return found


def said(lacks: Sequence[Lack], *, asked: bool = False) -> str:
    """Return what is missing in whole sentences: the strictest, and everybody who is named.

    `asked`: a review is asked for already, so that nobody is told to ask.
    """
    if not lacks:
        return ""
    told = [lack for lack in lacks if lack.rule.asks == Asks.PERSON] or list(lacks[:1])
    seen: dict[object, Lack] = {}
    for lack in told:
        seen.setdefault(lack.rule.person or lack.rule.channel, lack)
    return " ".join(
        f"{lack.sentence}." if asked and lack.is_able else f"{lack.sentence}. {lack.remedy}."
        for lack in seen.values()
    )


def why_not(lacks: Sequence[Lack], person: User | None, *, is_others: bool) -> str:
    """Return why a yes of this person would not help, "" where it would, or where nobody asks for any."""
    if not lacks or any(lack.is_met_by(person, is_others=is_others) for lack in lacks):
        return ""
    if any(lack.rule.asks == Asks.PERSON for lack in lacks):
        return said(lacks)
    return "Somebody else has to approve what you wrote."


def lacking_among(posts: QuerySet[Post], asked: AsksForApproval) -> QuerySet[Post]:
    """Return those of the posts that lack what a workspace or a channel asks for; as a condition, for many at once."""
    if asked.approval == Asks.NONE:
        return posts.none()
    if asked.approval == Asks.ANYONE:
        return posts.exclude(review_status=Post.Review.APPROVED)
    needed = Q(is_others=True) if asked.approval == Asks.OTHER else Q(by=asked.approver_id, by__isnull=False)
    return posts.exclude(Exists(Approval.objects.filter(needed, post=OuterRef("pk"), ended_at=None)))


# As conditions of a query ---------------------------------------------------------------------------------------------


NEVER: Final = Q(pk__in=[])
"""Of no post: Django leaves out of the query what it is a condition for."""


def rules_of_channels() -> frozenset[str]:
    """Return what channels ask for beyond their workspace; one query.

    Most workspaces have few such channels or none, and conditions without them are short: so they are asked for first.
    """
    asking = Channel.objects.exclude(approval=Asks.NONE).order_by()
    return frozenset(asking.values_list("approval", flat=True).distinct())


def lacks_a_yes(rules: Rules) -> Q:
    """Return the condition of posts that lack something their workspace or one of their channels asks for.

    `rules` are those of `rules_of_channels`.
    """
    anyone = _on_channel(Asks.ANYONE, rules)
    workspace = current_workspace()
    if workspace.approval == Asks.ANYONE:
        anyone = Q()
    unheard = ~Q(review_status=Post.Review.APPROVED) & ~Q(Exists(_given()))
    return (anyone & unheard) | _lacks_others(rules) | _lacks_named(rules)


def waits_for(person: User, rules: Rules) -> Q:
    """Return the condition of posts in review to which a yes of this person would help: `why_not`, for many at once.

    Whether the person may say yes at all is their role's matter. `rules` are those of `rules_of_channels`.
    """
    workspace = current_workspace()
    if workspace.approval in (Asks.NONE, Asks.ANYONE) and not rules & {Asks.OTHER, Asks.PERSON}:
        return ~NEVER  # anybody's yes helps
    wanted = NEVER
    if Asks.PERSON in rules:
        mine = _named_channels().filter(channel__approver=person.pk)
        wanted = Q(Exists(mine)) & ~Q(Exists(_given().filter(by=person.pk)))
    if workspace.approval == Asks.PERSON and workspace.approver_id == person.pk:
        wanted |= ~Q(Exists(_given().filter(by=person.pk)))
    others, named = _lacks_others(rules), _lacks_named(rules)
    for_all = (others & ~Q(created_by=person.pk)) | ~(others | named)
    return wanted | (~_lacks_one_who_is_not_its_author(rules) & for_all)


def _given() -> QuerySet[Approval]:
    return Approval.objects.filter(post=OuterRef("pk"), ended_at=None)


def _going() -> QuerySet[Target]:
    return Target.objects.filter(post=OuterRef("pk"), position=0).exclude(status__in=_SETTLED)


def _on_channel(asks: str, rules: Rules) -> Q:
    return Q(Exists(_going().filter(channel__approval=asks))) if asks in rules else NEVER


def _named_channels() -> QuerySet[Target]:
    return _going().filter(channel__approval=Asks.PERSON)


def _lacks_others(rules: Rules) -> Q:
    """Posts for which somebody other than the author has to say yes, and nobody has."""
    asked = _on_channel(Asks.OTHER, rules)
    if current_workspace().approval == Asks.OTHER:
        asked = Q()
    return asked & ~Q(Exists(_given().filter(is_others=True)))


def _silent_channels() -> QuerySet[Target]:
    """The targets of a post whose channel names somebody who has not said yes, or who is gone."""
    said = Approval.objects.filter(post=OuterRef("post"), by=OuterRef("channel__approver"), ended_at=None)
    return _named_channels().exclude(Exists(said))


def _lacks_named(rules: Rules) -> Q:
    """Posts for which one person has to say yes, and has not."""
    lacks = Q(Exists(_silent_channels())) if Asks.PERSON in rules else NEVER
    workspace = current_workspace()
    if workspace.approval == Asks.PERSON:
        if workspace.approver_id is None:
            return Q(pk__isnull=False)
        lacks |= ~Q(Exists(_given().filter(by=workspace.approver_id)))
    return lacks


def _lacks_one_who_is_not_its_author(rules: Rules) -> Q:
    """As `_lacks_named`, where that person is there and did not write the post: then only theirs is asked for."""
    lacks = NEVER
    if Asks.PERSON in rules:
        silent = _silent_channels().filter(channel__approver__isnull=False)
        by_another = silent.exclude(channel__approver=OuterRef("created_by"))
        lacks = Q(Exists(by_another)) | (Q(created_by=None) & Q(Exists(silent)))
    workspace = current_workspace()
    if workspace.approval == Asks.PERSON and workspace.approver_id is not None:
        unheard = ~Q(Exists(_given().filter(by=workspace.approver_id)))
        lacks |= unheard & ~Q(created_by=workspace.approver_id)
    return lacks


def names_of_yes(post: Post) -> str:
    """Return who approved what a post says, clients too; "" for one that is not approved. One query at most."""
    if post.review_status != Post.Review.APPROVED:
        return ""
    return ", ".join(dict.fromkeys(yes.by_name for yes in _standing(post, anew=False)))
