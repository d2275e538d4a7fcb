"""X for one account: OAuth with PKCE and tokens that work once, media in segments, posts, short links, rate limits."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aura.kit import textcount
from posts.networks.standins.service import NOT_FOUND, Answer, Call, Published, Service

ACCOUNT = "77"
APP = ("x-client", "x-secret")
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
TOKEN = "x-token"  # noqa: S105 - of a fake network
SEGMENT_LIMIT = 5_000_000


def _no(status: int, title: str, detail: str) -> Answer:
    return Answer.json({"title": title, "detail": detail, "status": status, "type": "about:blank"}, status)


class X(Service):
    """Refuses what the real one refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, tuple[str, datetime | None]] = {TOKEN: (SCOPES, None)}
        self.codes: dict[str, dict[str, str]] = {}
        self.renewals: dict[str, str] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.polls = 1
        """How often a film is still in progress."""
        self.refuses_twins = False
        self.subscription = "None"
        self.remaining: int | None = None
        """Posts left in this quarter of an hour, told in headers; None: no headers."""
        self.credits = True

    def publishes(self, call: Call) -> bool:
        """Only a new post cannot be taken back."""
        return call.method == "POST" and call.path == "/2/tweets"

    def perform(self, call: Call) -> Answer:
        """Answer one call."""
        if call.path == "/i/oauth2/authorize":
            return self._authorize(call)
        if call.path == "/2/oauth2/token":
            return self._token(call)
        scope, ends = self.tokens.get(call.token, ("", None))
        if not scope or (ends is not None and ends <= self.clock()):
            return _no(401, "Unauthorized", "Unauthorized")
        if not self.credits:
            return _no(402, "CreditsDepleted", "Your enrolled account does not have any credits")
        match call.method, call.path.strip("/").split("/")[1:]:
            case "GET", ["users", "me"]:
                data = {"id": ACCOUNT, "username": "aurora", "name": "Aurora"}
                fields = call.query.get("user.fields", "")
                more = {"subscription_type": self.subscription} if "subscription_type" in fields else {}
                return Answer.json({"data": data | more})
            case "GET", ["users", "77", "tweets"]:
                return self._list(call)
            case "GET", ["tweets", name]:
                return self._show(name)
            case "POST", ["tweets"]:
                return self._post(call)
            case _, ["media", *rest] if "media.write" in scope.split():
                return self._media(call, rest)
        return NOT_FOUND

    # Connecting

    def _authorize(self, call: Call) -> Answer:
        asked = call.query
        if asked.get("client_id") != APP[0] or asked.get("code_challenge_method") != "S256":
            return _no(400, "Invalid Request", "Something went wrong")
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, call: Call) -> Answer:
        asked = call.form
        wanted = "Basic " + base64.b64encode(":".join(APP).encode()).decode()
        if call.headers.get("authorization") != wanted:
            words = "Missing valid authorization header"
            return Answer.json({"error": "unauthorized_client", "error_description": words}, 401)
        if asked.get("grant_type") == "refresh_token":
            scope = self.renewals.pop(asked.get("refresh_token", ""), None)
        else:
            granted = self.codes.pop(asked.get("code", ""), {})
            proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
            right = granted.get("code_challenge") == challenge
            right = right and granted.get("redirect_uri") == asked.get("redirect_uri")
            scope = granted.get("scope") if right else None
        if scope is None:
            words = "Value passed for the token was invalid."
            return Answer.json({"error": "invalid_request", "error_description": words}, 400)
        name = f"token-{len(self.tokens) + 1}"
        self.tokens[name] = (scope, self.clock() + timedelta(hours=2))
        made = {"token_type": "bearer", "access_token": name, "expires_in": 7_200, "scope": scope}
        if "offline.access" in scope:
            self.renewals[f"renew-{name}"] = scope
            made["refresh_token"] = f"renew-{name}"
        return Answer.json(made)

    # Media

    def _media(self, call: Call, rest: list[str]) -> Answer:
        match call.method, rest:
            case "POST", ["upload", "initialize"]:
                return self._initialize(call.json)
            case "POST", ["upload", name, "append"] if name in self.media:
                return self._append(self.media[name], call)
            case "POST", ["upload", name, "finalize"] if name in self.media:
                return self._finalize(name, self.media[name])
            case "GET", ["upload"] if call.query.get("command") == "STATUS":
                name = call.query.get("media_id", "")
                return self._status(name, self.media[name]) if name in self.media else NOT_FOUND
            case "POST", ["metadata"] if call.json.get("id") in self.media:
                item = self.media[call.json["id"]]
                item["alt"] = call.json.get("metadata", {}).get("alt_text", {}).get("text", "")
                if len(item["alt"]) > 1_000 or not item["kind"].startswith("image/"):
                    return _no(400, "Invalid Request", "alt_text is not valid")
                return Answer.json({"data": {"id": call.json["id"]}})
        return NOT_FOUND

    def _initialize(self, asked: dict[str, Any]) -> Answer:
        kinds = {"tweet_image": "image/", "tweet_gif": "image/gif", "tweet_video": "video/"}
        kind, mime = str(asked.get("media_category")), str(asked.get("media_type"))
        size = asked.get("total_bytes")
        if kind not in kinds or not mime.startswith(kinds[kind]) or not isinstance(size, int) or size < 1:
            return _no(400, "Invalid Request", "One or more parameters to your request was invalid.")
        name = str(900 + len(self.media))
        self.media[name] = {
            "kind": mime,
            "size": size,
            "segments": {},
            "done": False,
            "waits": 0,
            "alt": "",
            "bad": "",
        }
        return Answer.json({"data": {"id": name, "media_key": f"3_{name}", "expires_after_secs": 86_400}})

    def _append(self, item: dict[str, Any], call: Call) -> Answer:
        parts = call.parts
        index = parts.get("segment_index", b"").decode()
        if not index.isdigit() or "media" not in parts or len(parts["media"]) > SEGMENT_LIMIT:
            return _no(400, "Invalid Request", "segment_index or media is not valid")
        item["segments"][int(index)] = parts["media"]
        return Answer.json({"data": {"expires_at": 1}})

    def _finalize(self, name: str, item: dict[str, Any]) -> Answer:
        whole = b"".join(item["segments"][number] for number in sorted(item["segments"]))
        if sorted(item["segments"]) != list(range(len(item["segments"]))) or len(whole) != item["size"]:
            return _no(400, "Invalid Request", "Segments do not add up to provided total file size.")
        item["done"], item["content"] = True, whole
        if item["kind"].startswith("video/"):
            item["waits"] = self.polls
            waits = {"state": "pending", "check_after_secs": 2}
            return Answer.json({"data": {"id": name, "size": item["size"], "processing_info": waits}})
        return Answer.json({"data": {"id": name, "size": item["size"]}})

    def _status(self, name: str, item: dict[str, Any]) -> Answer:
        if item["bad"]:
            told: dict[str, Any] = {"state": "failed", "error": {"code": 1, "message": item["bad"]}}
        elif item["waits"]:
            item["waits"] -= 1
            told = {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
        else:
            told = {"state": "succeeded", "progress_percent": 100}
        return Answer.json({"data": {"id": name, "processing_info": told}})

    # Posts

    def _post(self, call: Call) -> Answer:
        asked = call.json
        text, names = str(asked.get("text") or ""), asked.get("media", {}).get("media_ids", [])
        limit = 280 if self.subscription == "None" else 25_000
        if not text and not names:
            return _no(400, "Invalid Request", "text or media is required")
        if textcount.count(text, textcount.Rule.WEIGHTED) > limit:
            return _no(403, "Forbidden", "Your Tweet text is too long.")
        known = [self.media.get(name, {"done": False, "kind": "", "waits": 1}) for name in names]
        if any(not item["done"] or item["waits"] for item in known) or len(names) > 4:
            errors = [{"message": "Your media IDs are invalid."}]
            return Answer.json({"errors": errors, "title": "Invalid Request", "detail": "invalid"}, 400)
        if len(names) > 1 and any(not item["kind"].startswith("image/") for item in known):
            return _no(400, "Invalid Request", "Photos and videos cannot be mixed")
        if asked.get("reply_settings") not in (None, "following", "mentionedUsers"):
            return _no(400, "Invalid Request", "reply_settings is not valid")
        parent = asked.get("reply", {}).get("in_reply_to_tweet_id", "")
        if parent and not any(one.id == parent for one in self.posts):
            return _no(
                403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        if self.refuses_twins and any(one.text == text for one in self.posts):
            return _no(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        name = str(5_000 + len(self.posts))
        more = {"asked": asked, "at": self.clock()}
        self.posts.append(Published(name, name, text, tuple(names), parent, more))
        return Answer.json({"data": {"id": name, "text": text}}, 201, **self._limits())

    def _limits(self) -> dict[str, str]:
        if self.remaining is None:
            return {}
        self.remaining -= 1
        soon = int(self.clock().timestamp()) + 600
        return {
            "x_rate_limit_limit": "100",
            "x_rate_limit_remaining": str(self.remaining),
            "x_rate_limit_reset": str(soon),
            "x_user_limit_24hour_remaining": "900",
            "x_user_limit_24hour_reset": str(soon + 80_000),
        }

    def _show(self, name: str) -> Answer:
        if not any(one.id == name for one in self.posts):
            return Answer.json({"errors": [{"title": "Not Found Error", "detail": "Could not find tweet"}]})
        counts = {"retweet_count": 4, "reply_count": 2, "like_count": 9, "quote_count": 1}
        counts |= {"bookmark_count": 3, "impression_count": 1_200}
        return Answer.json({"data": {"id": name, "public_metrics": counts}})

    def _list(self, call: Call) -> Answer:
        start = datetime.fromisoformat(call.query.get("start_time", "2006-03-21T00:00:00Z"))
        count = int(call.query.get("max_results", "10"))
        if not 5 <= count <= 100:
            return _no(400, "Invalid Request", "max_results is not between 5 and 100")
        found = [one for one in self.posts[::-1] if one.more["at"] >= start]
        meta = {"result_count": len(found[:count]), **({"next_token": "n"} if len(found) > count else {})}
        rows = [self._row(one) for one in found[:count]]
        return Answer.json({**({"data": rows} if rows else {}), "meta": meta})

    def _row(self, one: Published) -> dict[str, Any]:
        text = html.escape(re.sub(r"https?://\S+", "https://t.co/abc123", one.text), quote=False)
        row: dict[str, Any] = {
            "id": one.id,
            "text": f"{text} https://t.co/media1" if one.media else text,
            "created_at": one.more["at"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        if one.media:
            row["attachments"] = {"media_keys": [f"3_{name}" for name in one.media]}
        if one.reply_to:
            row["referenced_tweets"] = [{"type": "replied_to", "id": one.reply_to}]
            row["text"] = f"@aurora {row['text']}"
        return row
