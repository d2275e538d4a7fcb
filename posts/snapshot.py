"""What is promised: the words, media and channels of a post as one dictionary, and the hash of it.

Approval binds to the hash, and the publishing engine compares it inside the claim, so what goes out is what was
approved. Alternative texts belong to the asset, not to the post, and do not count.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from posts.models import Post, PostMedia, Target
from posts.models.target import NO_PART


def content_of(post: Post) -> dict[str, Any]:
    """Return what the post says, as plain JSON: title, caption, media in order, own words by channel.

    Each medium is `[asset id, SHA-256 of its bytes]`; targets that were cancelled or taken out do not count. Two
    queries.
    """
    media = PostMedia.objects.filter(post=post).order_by("position", "id")
    targets = Target.objects.filter(post=post).exclude(status__in=NO_PART)
    return {
        "title": post.title,
        "caption": post.caption,
        "media": [
            [str(asset), sha256 or ""]
            for asset, sha256 in media.values_list("asset_id", "asset__current__stored_file__sha256")
        ],
        "targets": {
            str(channel): own_words
            for channel, own_words in targets.order_by("channel_id").values_list("channel_id", "own_words")
        },
    }


def hash_of(content: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a content: the same content always has the same hash."""
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def content_hash(post: Post) -> str:
    """Return the hash of what the post says now: what an approval is bound to."""
    return hash_of(content_of(post))


def is_approved(post: Post) -> bool:
    """Tell whether the post, as it is now, is what somebody approved."""
    return post.review_status == Post.Review.APPROVED and post.approved_hash == content_hash(post)


def changes_between(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what differs between two contents in words: title, caption, media, channels, own words."""
    found = [name for name in ("title", "caption", "media") if old.get(name) != new.get(name)]
    before, after = old.get("targets", {}), new.get("targets", {})
    if set(before) != set(after):
        found.append("channels")
    if any(before[channel] != after[channel] for channel in set(before) & set(after)):
        found.append("own words")
    return found
