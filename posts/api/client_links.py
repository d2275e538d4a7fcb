"""Links by which clients review posts without an account. What opens one is shown once, when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from pydantic import BaseModel, Field

from aura.kit.paging import Sort
from posts.api.shown import posts
from posts.forms.bulk import PostsForm
from posts.forms.client_review import ReviewLinkByProgram
from posts.models import LinkedPost, Post, ReviewLink
from posts.operations import client_review
from workspaces.api.binding import Takes
from workspaces.api.calls import Call
from workspaces.api.paging import Listing
from workspaces.api.schemas import ID, INSTANT, ListQuery, Shown
from workspaces.scope import instance_url

NEWEST = Sort("newest", "Newest first", "id")
ROWS = ReviewLink.objects.all()
MOST = f"{client_review.POSTS_AT_MOST} at most"


class ReviewLinkOut(Shown):
    """A link by which whoever has it reads some posts and says yes, or what should change."""

    id: UUID = Field(description="Its id.", examples=[ID])
    posts: list[UUID] = Field(description="The ids of the posts that it shows, in order.", examples=[[ID]])
    has_password: bool = Field(description="Whether it asks for a password.", examples=[False])
    is_open: bool = Field(description="Whether it leads somewhere.", examples=[True])
    ends_at: datetime = Field(description="When it ends.", examples=[INSTANT])
    revoked_at: datetime | None = Field(description="When somebody ended it before that.", examples=[None])
    created_by: UUID | None = Field(description="The id of whoever made it.", examples=[ID])
    created_at: datetime = Field(description="When it was made.", examples=[INSTANT])


class ReviewLinkMadeOut(ReviewLinkOut):
    """A review link that was just made, with its address."""

    link: str = Field(
        description="Its address, for the client. It is shown this once; empty where the answer is given again for an "
        "`Idempotency-Key`.",
        examples=["https://aura.example.org/review/vJ3kq…/"],
    )


class ReviewLinkQuery(ListQuery):
    """What the list of review links may be asked for."""

    post: UUID | None = Field(None, description="Those that show this post alone.", examples=[ID])
    open: bool | None = Field(
        None, description="Those that lead somewhere (true), or those that have ended.", examples=[True]
    )


REVIEW_LINK = Takes(
    "NewReviewLink",
    ReviewLinkByProgram,
    examples={"posts": [ID], "days": 14, "password": "slow bread", "whole_campaign": False},
    descriptions={
        "posts": f"The ids of the posts that it shows, {MOST}.",
        "password": "What it asks for; tell it to the client apart from the link. Empty: the link is enough.",
        "whole_campaign": "Whether it shows every post in review of the campaign of the first one, too.",
    },
)
MORE_POSTS = Takes(
    "ReviewLinkPosts",
    PostsForm,
    examples={"posts": [ID]},
    descriptions={"posts": f"The ids of the posts that it shows from now on, too: {MOST} in all."},
)


def _members(link: ReviewLink, shows: Iterable[UUID], now: datetime) -> dict[str, Any]:
    return {
        "id": link.pk,
        "posts": list(shows),
        "has_password": bool(link.password),
        "is_open": link.is_open(now),
        "ends_at": link.ends_at,
        "revoked_at": link.revoked_at,
        "created_by": link.created_by_id,
        "created_at": link.created_at,
    }


def _members_of(link: ReviewLink, now: datetime) -> dict[str, Any]:
    shows = LinkedPost.objects.filter(link=link).order_by("id").values_list("post_id", flat=True)
    return _members(link, shows, now)


def _shown(link: ReviewLink, now: datetime) -> ReviewLinkOut:
    return ReviewLinkOut(**_members_of(link, now))


def _shown_at(now: datetime) -> Callable[[ReviewLink], ReviewLinkOut]:
    return partial(_shown, now=now)


@posts.listing("/review-links", ReviewLinkOut, ReviewLinkQuery)
def list_review_links(call: Call, query: ReviewLinkQuery) -> Listing[ReviewLink]:
    """List review links, newest first. Their addresses are told nobody again."""
    rows = ROWS
    if query.post is not None:
        rows = rows.filter(linked__post=query.post)
    if query.open is not None:
        still = ReviewLink.objects.filter(revoked_at=None, ends_at__gt=call.now)
        rows = rows.filter(pk__in=still) if query.open else rows.exclude(pk__in=still)

    def shown_many(page: list[ReviewLink]) -> list[BaseModel]:
        shows: dict[UUID, list[UUID]] = {}
        for linked in LinkedPost.objects.filter(link__in=page).order_by("id"):
            shows.setdefault(linked.link_id, []).append(linked.post_id)
        return [ReviewLinkOut(**_members(one, shows.get(one.pk, []), call.now)) for one in page]

    return Listing(rows, NEWEST, shown_many)


@posts.get("/review-links/{uuid:link_id}", ReviewLinkOut)
def show_review_link(call: Call, link_id: UUID) -> ReviewLinkOut:
    """Show a review link, without its address."""
    return _shown(call.find(ROWS, link_id), call.now)


@posts.post(
    "/review-links",
    ReviewLinkMadeOut,
    takes=REVIEW_LINK,
    status=201,
    at="/review-links/{id}",
    hides=["link"],
)
def make_review_link(call: Call) -> ReviewLinkMadeOut:
    """Make a link by which somebody without an account reads posts and says yes, or what should change.

    Its address is in the answer, this once. Whoever has it reads these posts until it ends.
    """
    said = call.bind(ReviewLinkByProgram()).cleaned_data
    named: list[Post] = said["posts"]
    others = client_review.in_review_beside(named[0]) if said["whole_campaign"] else []
    made = client_review.new_review_link(
        [*named, *others], days=said["days"], password=said["password"], now=call.now, by=call.by
    )
    link = f"{settings.AURA_URL}{instance_url('review:show', made.token)}"
    return ReviewLinkMadeOut(**_members_of(made.link, call.now), link=link)


@posts.post("/review-links/{uuid:link_id}/posts", ReviewLinkOut, takes=MORE_POSTS)
def add_to_review_link(call: Call, link_id: UUID) -> ReviewLinkOut:
    """Let an open link show more posts, at once, for everybody who has it."""
    show = _shown_at(call.now)
    link = call.find(ROWS, link_id, shown=show)
    named: list[Post] = call.bind(PostsForm()).cleaned_data["posts"]
    client_review.add_to_review_link(link, posts=named, now=call.now, by=call.by)
    return show(link)


@posts.remove("/review-links/{uuid:link_id}/posts/{uuid:post_id}")
def take_from_review_link(call: Call, link_id: UUID, post_id: UUID) -> None:
    """Let a link no longer show a post, at once. Refused (409) for its only one: end the link instead."""
    link = call.find(ROWS, link_id, shown=_shown_at(call.now))
    shows = Post.objects.filter(pk__in=LinkedPost.objects.filter(link=link).values("post"))
    post = get_object_or_404(shows, pk=post_id)
    client_review.take_from_review_link(link, post=post, now=call.now, by=call.by)


@posts.remove("/review-links/{uuid:link_id}")
def revoke_review_link(call: Call, link_id: UUID) -> None:
    """End a link at once, for whoever has it open too. It stays in the list, as ended."""
    client_review.revoke_review_link(
        call.find(ROWS, link_id, shown=_shown_at(call.now)), now=call.now, by=call.by
    )
