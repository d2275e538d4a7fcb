"""The record of a post, made of what was uploaded and found out before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from posts.networks import link_card
from posts.networks.bluesky.facets import facets_of
from posts.networks.values import Outgoing, OutgoingMedia, State

POST = "app.bsky.feed.post"


def record_of(outgoing: Outgoing, state: State, created_at: datetime) -> dict[str, Any]:
    """The post, whole: made once, then only repeated."""
    text = link_card.text_of(outgoing)
    stamp = created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": stamp}
    people = state.get("people", {})
    if facets := facets_of(text, people.get):
        record["facets"] = facets
    if outgoing.settings.get("language"):
        record["langs"] = [outgoing.settings["language"]]
    if "reply" in state:
        record["reply"] = state["reply"]
    if "job" in state:
        film = next(item for item in outgoing.media if item.is_video)
        record["embed"] = {
            "$type": "app.bsky.embed.video",
            "video": state["job"]["blob"],
            "alt": film.alt_text,
            **_shape(film),
        }
    elif state.get("blobs"):
        pictures = [item for item in outgoing.media if item.is_image]
        record["embed"] = {
            "$type": "app.bsky.embed.images",
            "images": [
                {"image": blob, "alt": item.alt_text, **_shape(item)}
                for item, blob in zip(pictures, state["blobs"], strict=True)
            ],
        }
    elif "card" in state:
        record["embed"] = {"$type": "app.bsky.embed.external", "external": state["card"]}
    return record


def _shape(item: OutgoingMedia) -> dict[str, Any]:
    if not item.width or not item.height:
        return {}
    return {"aspectRatio": {"width": item.width, "height": item.height}}
