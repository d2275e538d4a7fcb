"""What people talk about here: posts, their title, the words for everyone and those for one channel."""

from __future__ import annotations

from django.urls import reverse

from posts.models import Post, Target
from posts.models.target import NO_PART
from workspaces.talk import Place, Subject


def place_of(target: Target) -> str:
    """Return the key of the words that a post has for one channel, or that a part of it has there."""
    return target.spot


def places_of(post: Post) -> dict[str, Place]:
    """Return the texts of a post that a remark can be about; no query where its targets are loaded."""
    places = {"caption": Place("Words for everyone", post.caption), "title": Place("Title", post.title)}
    if hasattr(post, "_prefetched_objects_cache") and "targets" in post._prefetched_objects_cache:
        targets = list(post.targets.all())
    else:
        targets = list(post.targets.select_related("channel"))
    for target in targets:
        if target.own_words and target.status not in NO_PART:
            places[place_of(target)] = Place(f"Words for {target.place}", target.own_words)
    return places


SUBJECT = Subject(
    Post,
    url=lambda post: reverse("posts:detail", args=[post.pk]),
    comment_url=lambda post: reverse("posts:comment", args=[post.pk]),
    places=places_of,
)
