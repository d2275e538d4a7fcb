"""The main pages of a demo workspace by name, for the tests that look at all of them."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

OUTSIDE = ("signin", "signup", "reset")
"""Pages for people who are not signed in."""


def ask(folder: Path, query: str, *values: object) -> str:
    """Return the first value of a query on an instance's database, ids as addresses have them."""
    with sqlite3.connect(f"file:{folder}/aura.sqlite3?mode=ro", uri=True) as database:
        row = database.execute(query, values).fetchone()
    assert row is not None, query
    return str(row[0])


def _id(folder: Path, query: str, *values: object) -> str:
    return str(uuid.UUID(ask(folder, query, *values)))


def post(folder: Path, status: str) -> str:
    """Return the id of the newest demo post in a state."""
    query = "SELECT id FROM posts_post WHERE status = ? AND trashed_at IS NULL ORDER BY id DESC LIMIT 1"
    return _id(folder, query, status)


def places(folder: Path) -> dict[str, str]:
    """Return name → address of every main page, the ones outside the workspace last."""
    campaign = _id(
        folder, "SELECT id FROM campaigns_campaign WHERE status = 'in_progress' ORDER BY id LIMIT 1"
    )
    asset = _id(
        folder,
        "SELECT asset_id FROM posts_postmedia JOIN posts_post p ON p.id = post_id ORDER BY p.id LIMIT 1",
    )
    inside = {
        "home": "home/",
        "calendar": "calendar/",
        "calendar-week": "calendar/?view=week",
        "calendar-list": "calendar/?view=list",
        "posts": "posts/",
        "post-published": f"posts/{post(folder, 'published')}/",
        "post-confirm": f"posts/{post(folder, 'needs_confirmation')}/",
        "composer": f"posts/{post(folder, 'scheduled')}/edit/",
        "composer-new": "posts/new/",
        "move": f"posts/{post(folder, 'scheduled')}/move/",
        "campaigns": "campaigns/",
        "campaign": f"campaigns/{campaign}/",
        "campaign-edit": f"campaigns/{campaign}/edit/",
        "brands": "brands/",
        "media": "media/",
        "upload": "media/upload/",
        "asset": f"media/{asset}/",
        "search": "search/?q=rye",
        "notifications": "notifications/",
        "settings": "settings/",
        "people": "settings/people/",
        "channels": "settings/channels/",
        "webhooks": "settings/webhooks/",
        "webhook-new": "settings/webhooks/new/",
        "activity": "settings/activity/",
        "sandbox": "sandbox/",
    }
    outside = {
        "workspaces": "/workspaces/",
        "profile": "/profile/",
        "signin": "/account/login/",
        "signup": "/account/signup/",
        "reset": "/account/password/reset/",
    }
    return {name: f"/w/demo/{path}" for name, path in inside.items()} | outside
