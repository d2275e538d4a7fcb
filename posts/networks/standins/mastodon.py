"""A Mastodon server of one account: apps, OAuth with PKCE, media that take a moment, statuses with Idempotency-Key."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import urlencode

from aura.kit import textcount
from posts.networks.standins.service import NOT_FOUND, Answer, Call, Published, Service

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
VIDEO_TYPES = ("video/mp4", "video/quicktime", "video/webm")
TOKEN = "mastodon-token"  # noqa: S105 - of a fake network


def _no(status: int, words: str) -> Answer:
    return Answer.json({"error": words}, status)


class Mastodon(Service):
    """Refuses what the real one refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.max_characters = 500
        self.processing_polls = 1
        """How often a film answers 206 before it is ready."""
        self.tokens = {TOKEN: "read:accounts read:statuses write:media write:statuses"}
        self.apps: dict[str, dict[str, str]] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.people = {"ann@bread.social": "Ann Rye", "annika": "Annika", "bo@crumb.example": "Bo"}
        """Accounts that its search knows, each with its name."""
        self.remaining: int | None = None
        """Statuses that may still be posted, told in headers; None: no headers."""

    def publishes(self, call: Call) -> bool:
        """Only a new status cannot be taken back."""
        return call.method == "POST" and call.path == "/api/v1/statuses"

    def forget_keys(self) -> None:
        """An hour goes by."""
        self.keys.clear()

    def perform(self, call: Call) -> Answer:
        """Answer one call: to anybody, or to whoever holds a token with the scope it needs."""
        return self._to_anybody(call) or self._to_a_token(call)

    def _to_anybody(self, call: Call) -> Answer | None:
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["api", "v1", "apps"]:
                return self._register(call)
            case "GET", ["oauth", "authorize"]:
                return self._authorize(call)
            case "POST", ["oauth", "token"]:
                return self._token(call)
            case "GET", ["api", "v2", "instance"]:
                return Answer.json({"domain": self.endpoint, "configuration": self._configuration()})
        return None

    def _to_a_token(self, call: Call) -> Answer:
        scopes = self.tokens.get(call.token)
        if scopes is None:
            return _no(401, "The access token is invalid")
        match call.method, call.path.strip("/").split("/"):
            case "GET", ["api", "v1", "accounts", "verify_credentials"]:
                needed, answer = "read:accounts", lambda: Answer.json(self._account())
            case "GET", ["api", "v1", "accounts", "search"]:
                needed, answer = "read:accounts", lambda: self._search(call)
            case "GET", ["api", "v1", "accounts", "17", "statuses"]:
                needed, answer = "read:statuses", lambda: self._list(call)
            case "POST", ["api", "v2", "media"]:
                needed, answer = "write:media", lambda: self._upload(call)
            case "GET", ["api", "v1", "media", name]:
                needed, answer = "write:media", lambda: self._media(name)
            case "POST", ["api", "v1", "statuses"]:
                needed, answer = "write:statuses", lambda: self._post(call)
            case "GET", ["api", "v1", "statuses", name]:
                needed, answer = "read:statuses", lambda: self._show(name)
            case _:
                return NOT_FOUND
        if needed not in scopes.split():
            return _no(403, "This action is outside the authorized scopes")
        return answer()

    # Connecting

    def _register(self, call: Call) -> Answer:
        asked = call.form
        if not asked.get("client_name") or not asked.get("redirect_uris"):
            return _no(422, "Validation failed: Application name can't be blank")
        name = f"client-{len(self.apps) + 1}"
        self.apps[name] = {**asked, "secret": f"{name}-secret"}
        return Answer.json({"id": "1", "client_id": name, "client_secret": f"{name}-secret"})

    def _authorize(self, call: Call) -> Answer:
        asked = call.query
        app = self.apps.get(asked.get("client_id", ""))
        if app is None or asked.get("redirect_uri") != app["redirect_uris"]:
            return _no(400, "The redirect uri included is not valid.")
        if asked.get("response_type") != "code" or not set(asked.get("scope", "").split()) <= set(
            app["scopes"].split()
        ):
            return _no(400, "The requested scope is invalid, unknown, or malformed.")
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, call: Call) -> Answer:
        asked = call.form
        app = self.apps.get(asked.get("client_id", ""))
        if app is None or asked.get("client_secret") != app["secret"]:
            return Answer.json({"error": "invalid_client"}, 401)
        granted = self.codes.pop(asked.get("code", ""), None)
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if (
            granted is None
            or asked.get("grant_type") != "authorization_code"
            or granted["redirect_uri"] != asked.get("redirect_uri")
            or granted.get("code_challenge") != challenge
        ):
            words = "The provided authorization grant is invalid, expired, revoked"
            return Answer.json({"error": "invalid_grant", "error_description": words}, 400)
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = granted["scope"]
        return Answer.json({"access_token": token, "token_type": "Bearer", "scope": granted["scope"]})

    def _account(self) -> dict[str, Any]:
        return {"id": "17", "username": "aurora", "acct": "aurora", "url": f"{self.url}/@aurora"}

    def _search(self, call: Call) -> Answer:
        begun = call.query.get("q", "").lower()
        if not begun:
            return _no(400, "Missing search")
        found = [
            {"id": str(n), "acct": acct, "display_name": name}
            for n, (acct, name) in enumerate(self.people.items())
            if acct.startswith(begun) or name.lower().startswith(begun)
        ]
        return Answer.json(found[: int(call.query.get("limit", "40"))])

    def _configuration(self) -> dict[str, Any]:
        return {
            "statuses": {
                "max_characters": self.max_characters,
                "max_media_attachments": 4,
                "characters_reserved_per_url": 23,
            },
            "media_attachments": {
                "supported_mime_types": [*IMAGE_TYPES, *VIDEO_TYPES, "audio/mpeg"],
                "image_size_limit": 16_777_216,
                "video_size_limit": 103_809_024,
                "description_limit": 1_500,
            },
        }

    # Publishing

    def _upload(self, call: Call) -> Answer:
        parts = call.parts
        if "file" not in parts:
            return _no(422, "Validation failed: File can't be blank")
        head = call.body.split(b'name="file"', 1)[1].split(b"\r\n\r\n", 1)[0].decode()
        mime = head.partition("Content-Type: ")[2]
        if mime not in IMAGE_TYPES + VIDEO_TYPES:
            return _no(422, "Validation failed: File content type is invalid")
        name = str(100 + len(self.media))
        film = mime in VIDEO_TYPES
        self.media[name] = {
            "waits": self.processing_polls if film else 0,
            "size": len(parts["file"]),
            "sha256": hashlib.sha256(parts["file"]).hexdigest(),
            "alt": parts.get("description", b"").decode(),
            "used": False,
            "film": film,
        }
        url = None if film else f"{self.url}/{name}"
        return Answer.json({"id": name, "url": url}, 202 if film else 200)

    def _media(self, name: str) -> Answer:
        item = self.media.get(name)
        if item is None:
            return _no(404, "Record not found")
        if item["waits"]:
            item["waits"] -= 1
            return Answer.json({"id": name, "url": None}, 206)
        return Answer.json({"id": name, "url": f"{self.url}/{name}"})

    def _post(self, call: Call) -> Answer:
        asked, key = call.json, call.headers.get("idempotency-key", "")
        if key and key in self.keys:
            return self._show(self.keys[key])
        names = [str(name) for name in asked.get("media_ids") or []]
        text = str(asked.get("status") or "")
        known = [self.media[name] for name in names if name in self.media and not self.media[name]["used"]]
        if len(known) != len(names):
            return _no(422, "Validation failed: Media attachments are not valid")
        if any(item["waits"] for item in known):
            return _no(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        if len(names) > 4 or (len(names) > 1 and any(item["film"] for item in known)):
            return _no(422, "Cannot attach a video to a post that already contains images")
        if not text.strip() and not names:
            return _no(422, "Validation failed: Text can't be blank")
        warning = str(asked.get("spoiler_text") or "")
        if textcount.count(warning + text, textcount.Rule.URL23) > self.max_characters:
            return _no(422, f"Validation failed: Text character limit of {self.max_characters} exceeded")
        if asked.get("visibility") not in (None, "public", "unlisted", "private", "direct"):
            return _no(422, "Validation failed: Visibility is not included in the list")
        parent = str(asked.get("in_reply_to_id") or "")
        if parent and not any(one.id == parent for one in self.posts):
            return _no(404, "Record not found")
        for item in known:
            item["used"] = True
        name = str(1_000 + len(self.posts))
        more = {"asked": asked, "at": self.clock()}
        self.posts.append(Published(name, key, text, tuple(names), parent, more))
        if key:
            self.keys[key] = name
        if self.remaining is not None:
            self.remaining -= 1
        return self._show(name)

    def _show(self, name: str) -> Answer:
        for one in self.posts:
            if one.id == name:
                return Answer.json(self._status(one), 200, **self._limits())
        return _no(404, "Record not found")

    def _limits(self) -> dict[str, str]:
        if self.remaining is None:
            return {}
        reset = self.clock().replace(microsecond=0)
        return {
            "X_RateLimit_Remaining": str(self.remaining),
            "X_RateLimit_Reset": reset.replace(minute=0, second=0).isoformat().replace("+00:00", "Z"),
        }

    def _list(self, call: Call) -> Answer:
        limit = min(int(call.query.get("limit", "20")), 40)
        newest = self.posts[::-1]
        following = f'<{self.url}{call.path}?max_id=1>; rel="next"' if len(newest) > limit else ""
        return Answer.json([self._status(one) for one in newest[:limit]], Link=following)

    def _status(self, one: Published) -> dict[str, Any]:
        return {
            "id": one.id,
            "url": f"{self.url}/@aurora/{one.id}",
            "created_at": one.more["at"].isoformat().replace("+00:00", "Z"),
            "content": as_html(one.text),
            "media_attachments": [{"id": name} for name in one.media],
            "in_reply_to_id": one.reply_to or None,
            "favourites_count": 3,
            "reblogs_count": 2,
            "replies_count": 1,
        }


def as_html(text: str) -> str:
    """What a server makes of a text: paragraphs, links with hidden beginnings, mentions without their server."""

    def link(found: re.Match[str]) -> str:
        shown = found.group().removeprefix("https://")
        return (
            f'<a href="{found.group()}"><span class="invisible">https://</span>'
            f'<span class="ellipsis">{shown[:30]}</span><span class="invisible">{shown[30:]}</span></a>'
        )

    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"https://[^\s<]+", link, escaped)
    escaped = re.sub(
        r"(?<!\w)@(\w+)@[\w.-]+", r'<span class="h-card"><a href="x">@<span>\1</span></a></span>', escaped
    )
    paragraphs = escaped.split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br />')}</p>" for part in paragraphs)
