"""What is promised: the words, media and channels of a post as one dictionary, and the hash of it.

Approval binds to the hash, and the publishing engine compares it inside the claim, so what goes out is what was
approved. Alternative texts belong to the asset, not to the post, and do not count.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from posts.fitting import fits_of
from posts.models import Post, PostMedia, Target, TargetMedia
from posts.models.target import NO_PART

FORMAT = 2
"""Of what `content_of` returns. 1 had no `own`; a content without one has the same hash in both."""


def content_of(post: Post) -> dict[str, Any]:
    """Return what the post says, as plain JSON: title, caption, media in order, own words by channel, cuts.

    Each medium is `[asset id, SHA-256 of its bytes]`. `own` is there where a channel has more of its own:
    `{channel: {"media": […], "parts": [{"words", "media"}, …], "comment": "…", "numbered": true}}`, without `media`
    where it shows the shared ones. Targets that were cancelled or taken out do not count. Two queries, one more where
    a channel shows pictures of its own.
    """
    media = PostMedia.objects.filter(post=post).order_by("position", "id")
    targets = Target.objects.filter(post=post).exclude(status__in=NO_PART)
    rows = list(targets.order_by("channel_id", "as_comment", "position"))
    own = _own_of(rows)
    cuts = {f"{channel}:{asset}": place for (channel, asset), place in fits_of(post).items()}
    return {
        **({"fits": cuts} if cuts else {}),  # only where there are any, so that it is told from none
        "format": FORMAT,
        "title": post.title,
        "caption": post.caption,
        "media": [
            [str(asset), sha256 or ""]
            for asset, sha256 in media.values_list("asset_id", "asset__current__stored_file__sha256")
        ],
        "targets": {str(row.channel_id): row.own_words for row in rows if not row.position},
        **({"own": own} if own else {}),
    }


def _own_of(targets: list[Target]) -> dict[str, dict[str, Any]]:
    """Return what channels have beside their own words; their targets come in order, the post itself first."""
    shown: dict[uuid.UUID, list[list[str]]] = {}
    if any(target.position or target.has_own_media for target in targets):
        uses = TargetMedia.objects.filter(target__in=targets).order_by("position", "id")
        for target_id, asset, sha256 in uses.values_list(
            "target_id", "asset_id", "asset__current__stored_file__sha256"
        ):
            shown.setdefault(target_id, []).append([str(asset), sha256 or ""])
    found: dict[str, dict[str, Any]] = {}
    for target in targets:
        own = found.setdefault(str(target.channel_id), {})
        media = shown.get(target.pk, [])
        if target.as_comment:
            own["comment"] = target.own_words
        elif target.position:
            own.setdefault("parts", []).append({"words": target.own_words, "media": media})
        else:
            own |= {"numbered": True} if target.numbered else {}
            own |= {"media": media} if target.has_own_media else {}
    return {channel: own for channel, own in found.items() if own}


def hash_of(content: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a content: the same content always has the same hash, whatever its format."""
    said = {name: value for name, value in content.items() if name != "format"}
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def content_hash(post: Post) -> str:
    """Return the hash of what the post says now: what an approval is bound to."""
    return hash_of(content_of(post))


def is_approved(post: Post) -> bool:
    """Tell whether the post, as it is now, is what somebody approved."""
    return post.review_status == Post.Review.APPROVED and post.approved_hash == content_hash(post)


def changes_between(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what differs between two contents in words: title, caption, media, channels, own words and the rest."""
    found = [name for name in ("title", "caption", "media") if old.get(name) != new.get(name)]
    before, after = old.get("targets", {}), new.get("targets", {})
    if old.get("fits") != new.get("fits"):
        found.append("cuts of pictures")
    if set(before) != set(after):
        found.append("channels")
    if any(before[channel] != after[channel] for channel in set(before) & set(after)):
        found.append("own words")
    mine, yours = old.get("own", {}), new.get("own", {})
    for name, words in (
        ("media", "own pictures"),
        ("parts", "parts"),
        ("comment", "first comment"),
        ("numbered", "numbering"),
    ):
        both = set(mine) | set(yours)
        if any(mine.get(one, {}).get(name) != yours.get(one, {}).get(name) for one in both):
            found.append(words)
    return found


MEMBERS = {
    "title": "title",
    "caption": "caption",
    "media": "media",
    "cuts of pictures": "fits",
    "channels": "channels",
    "own words": "own_words",
    "own pictures": "own_media",
    "parts": "parts",
    "first comment": "first_comment",
    "numbering": "numbered",
}
"""What programs call each of the words that `changes_between` returns."""
