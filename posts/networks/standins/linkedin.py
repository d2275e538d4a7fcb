"""LinkedIn for one member who looks after two pages: versioned calls, uploads in steps, little text that bites."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlencode

from posts.networks.facts import LINKEDIN_VERSION
from posts.networks.standins.service import NOT_FOUND, Answer, Call, Published, Service

MEMBER = "urn:li:person:m-1"
PAGES = {"urn:li:organization:11": "Aurora Coffee", "urn:li:organization:12": "Aurora Bread"}
APP = ("app-id", "app-secret")
TOKENS = {
    "member-token": "openid profile w_member_social",
    "page-token": "r_organization_social w_organization_social rw_organization_admin",
}
PART = 200_000
_WORDS = re.compile(
    r"\{hashtag\|\\#\|(?P<tag>(?:[^\\|{}]|\\.)*)\}|\\(?P<kept>.)|(?P<bad>[|{}@\[\]()<>#*_~\\])", re.DOTALL
)


class _No(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = Answer.json({"status": status, "code": code, "message": message}, status)


def as_read(commentary: str) -> str:
    """What people read: everything from the first reserved character that is not escaped on is silently lost."""
    text, end = [], 0
    for found in _WORDS.finditer(commentary):
        text.append(commentary[end : found.start()])
        if found["bad"]:
            return "".join(text)
        text.append(f"#{found['tag']}" if found["tag"] is not None else found["kept"])
        end = found.end()
    return "".join([*text, commentary[end:]])


class LinkedIn(Service):
    """Refuses what the real one refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = dict(TOKENS)
        self.codes: dict[str, dict[str, str]] = {}
        self.renewals: dict[str, str] = {}
        self.gives_refresh_tokens = False
        self.files: dict[str, dict[str, Any]] = {}
        self.polls = 1
        """How often a file is still being worked on."""
        self.refuses_twins = False
        self.shows_posts = True
        """Whether a single post can be read (the URN that a refusal names may be a ghost)."""

    def publishes(self, call: Call) -> bool:
        """A post, or a comment."""
        return call.method == "POST" and (call.path == "/rest/posts" or call.path.endswith("/comments"))

    def perform(self, call: Call) -> Answer:
        """Answer one call."""
        try:
            if call.path.startswith("/oauth/v2/"):
                return self._authorize(call) if call.method == "GET" else self._token(call)
            if call.path.startswith("/up/"):
                return self._put(call)
            scope = self.tokens.get(call.token)
            if scope is None:
                raise _No(
                    401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"
                )
            if call.path.startswith("/rest/"):
                self._check_headers(call)
            return self._rest(call, scope.split())
        except _No as no:
            return no.answer

    def _check_headers(self, call: Call) -> None:
        version = call.headers.get("linkedin-version")
        if not version:
            raise _No(400, "VERSION_MISSING", "A version must be present. Please specify a version.")
        if version != LINKEDIN_VERSION:
            raise _No(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if call.headers.get("x-restli-protocol-version") != "2.0.0":
            raise _No(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")

    def _rest(self, call: Call, scopes: list[str]) -> Answer:
        match call.method, [unquote(part) for part in call.path.strip("/").split("/")]:
            case "GET", ["v2", "userinfo"]:
                _allow(scopes, "openid")
                return Answer.json({"sub": MEMBER.rpartition(":")[2], "name": "Ann Aurora"})
            case "GET", ["rest", "organizationAcls"]:
                _allow(scopes, "rw_organization_admin")
                rows = [{"organization": urn, "role": "ADMINISTRATOR", "state": "APPROVED"} for urn in PAGES]
                return Answer.json({"elements": rows})
            case "GET", ["rest", "organizations", name]:
                _allow(scopes, "rw_organization_admin")
                return Answer.json({"localizedName": PAGES[f"urn:li:organization:{name}"]})
            case "GET", ["rest", "organizationalEntityShareStatistics"]:
                _allow(scopes, "rw_organization_admin")
                return self._statistics(call)
            case _, ["rest", "images" | "videos" | "documents" as kind, *name]:
                return self._file(call, kind, name, scopes)
            case "POST", ["rest", "posts"]:
                return self._post(call, scopes)
            case "GET", ["rest", "posts", *name]:
                _allow(scopes, "r_organization_social")
                return self._posts(call, name)
            case _, ["rest", "socialActions", urn, "comments"]:
                return self._comments(call, urn, scopes)
        return NOT_FOUND

    # Connecting

    def _authorize(self, call: Call) -> Answer:
        asked = call.query
        if asked.get("client_id") != APP[0] or asked.get("response_type") != "code":
            return Answer.json({"error": "invalid_client_id"}, 400)
        if asked.get("scope") not in TOKENS.values():
            return Answer.json({"error": "unauthorized_scope_error"}, 400)
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, call: Call) -> Answer:
        asked = call.form
        if (asked.get("client_id"), asked.get("client_secret")) != APP:
            return Answer.json(
                {"error": "invalid_client", "error_description": "Client authentication failed"}, 401
            )
        if "code_verifier" in asked:
            return Answer.json({"error": "invalid_request", "error_description": "Not enabled for PKCE"}, 400)
        if asked.get("grant_type") == "refresh_token":
            scope = self.renewals.pop(asked.get("refresh_token", ""), None)
        else:
            granted = self.codes.pop(asked.get("code", ""), {})
            same = granted.get("redirect_uri") == asked.get("redirect_uri")
            scope = granted.get("scope") if same else None
        if scope is None:
            words = "The authorization code or refresh token is expired or revoked"
            return Answer.json({"error": "invalid_grant", "error_description": words}, 400)
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = scope
        made: dict[str, Any] = {
            "access_token": token,
            "expires_in": 5_184_000,
            "scope": scope.replace(" ", ","),
        }
        if self.gives_refresh_tokens:
            self.renewals[f"renew-{token}"] = scope
            made |= {"refresh_token": f"renew-{token}", "refresh_token_expires_in": 31_536_000}
        return Answer.json(made)

    # Files

    def _file(self, call: Call, kind: str, name: list[str], scopes: list[str]) -> Answer:
        if call.method == "GET":
            item = self.files.get(name[0] if name else "")
            if item is None:
                raise _No(404, "NOT_FOUND", "Could not find the file")
            if item["sent"] and item["waits"]:
                item["waits"] -= 1
                return Answer.json({"id": name[0], "status": "PROCESSING"})
            return Answer.json({"id": name[0], "status": "AVAILABLE" if item["sent"] else "WAITING_UPLOAD"})
        if call.query.get("action") == "finalizeUpload":
            return self._finalize(call.json.get("finalizeUploadRequest", {}))
        wanted = call.json.get("initializeUploadRequest", {})
        _allow_author(scopes, wanted.get("owner"))
        urn = f"urn:li:{kind.removesuffix('s')}:{len(self.files) + 1}"
        item = {"kind": kind, "owner": wanted["owner"], "content": {}, "sent": False, "waits": self.polls}
        self.files[urn] = item
        value: dict[str, Any] = {kind.removesuffix("s"): urn}
        if kind == "videos":
            size = int(wanted["fileSizeBytes"])
            item["size"] = size
            firsts = range(0, size, PART)
            value |= {
                "uploadToken": f"token-of-{urn}",
                "uploadInstructions": [
                    {
                        "uploadUrl": f"{self.url}/up/{urn}/{number}",
                        "firstByte": first,
                        "lastByte": min(first + PART, size) - 1,
                    }
                    for number, first in enumerate(firsts)
                ],
            }
        else:
            value |= {"uploadUrl": f"{self.url}/up/{urn}/0"}
        return Answer.json({"value": value})

    def _put(self, call: Call) -> Answer:
        _, _, urn, number = call.path.split("/")
        item = self.files.get(urn)
        if item is None or call.method != "PUT":
            raise _No(404, "NOT_FOUND", "No such upload")
        if item["kind"] != "videos" and call.token not in self.tokens:
            raise _No(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        item["content"][int(number)] = call.body
        item["sent"] = item["kind"] != "videos"
        return Answer(201, b"", {"ETag": f'"etag-{urn}-{number}"'})

    def _finalize(self, asked: dict[str, Any]) -> Answer:
        item = self.files.get(asked.get("video", ""))
        if item is None or asked.get("uploadToken") != f"token-of-{asked['video']}":
            raise _No(400, "INVALID_UPLOAD", "Unknown video or token")
        wanted = [f"etag-{asked['video']}-{number}" for number in range(len(item["content"]))]
        whole = sum(len(part) for part in item["content"].values()) == item["size"]
        if asked.get("uploadedPartIds") != wanted or not whole:
            raise _No(400, "INVALID_UPLOAD", "Some parts are missing or out of order")
        item["sent"] = True
        return Answer()

    # Posts

    def _post(self, call: Call, scopes: list[str]) -> Answer:
        asked = call.json
        author = asked.get("author")
        _allow_author(scopes, author)
        if asked.get("lifecycleState") != "PUBLISHED" or asked.get("visibility") != "PUBLIC":
            raise _No(400, "MISSING_FIELD", "lifecycleState and visibility are required")
        if asked.get("distribution", {}).get("feedDistribution") != "MAIN_FEED":
            raise _No(400, "MISSING_FIELD", "distribution is required")
        commentary = str(asked.get("commentary") or "")
        text = as_read(commentary)
        if len(text) > 3_000:
            raise _No(422, "FIELD_LENGTH_TOO_LONG", "commentary must not be longer than 3000 characters")
        twin = next((one for one in self.posts if one.text == text and one.more["author"] == author), None)
        if self.refuses_twins and twin is not None:
            words = f"Content is a duplicate of {twin.id}"
            inner = {"inputErrors": [{"description": "Duplicate post is detected", "code": "DUPLICATE_POST"}]}
            return Answer.json({"status": 422, "message": words, "errorDetails": inner}, 422)
        media = self._media(asked.get("content") or {}, str(author))
        urn = f"urn:li:share:{7_000 + len(self.posts)}"
        more = {"author": author, "asked": asked, "at": self.clock(), "commentary": commentary}
        self.posts.append(Published(urn, urn, text, media, more=more))
        return Answer(201, b"", {"x-restli-id": urn})

    def _media(self, content: dict[str, Any], author: str) -> tuple[str, ...]:
        if "multiImage" in content:
            names = [one["id"] for one in content["multiImage"]["images"]]
            if not 2 <= len(names) <= 20 or not all(":image:" in name for name in names):
                raise _No(400, "INVALID_CONTENT", "multiImage takes 2 to 20 images")
        elif "media" in content:
            names = [content["media"]["id"]]
        elif "article" in content:
            if not content["article"].get("source") or not content["article"].get("title"):
                raise _No(400, "MISSING_FIELD", "article needs a source and a title")
            names = []
        else:
            names = []
        for name in names:
            item = self.files.get(name)
            if item is None or item["owner"] != author:
                raise _No(400, "INVALID_CONTENT_OWNERSHIP", "Media is not owned by the author")
            if not item["sent"] or item["waits"]:
                raise _No(400, "MEDIA_ASSET_PROCESSING_FAILED", "Media is not ready")
        return tuple(names)

    def _posts(self, call: Call, name: list[str]) -> Answer:
        if name:
            one = next((one for one in self.posts if one.id == name[0] and self.shows_posts), None)
            return Answer.json(_row(one)) if one else NOT_FOUND
        if call.query.get("q") != "author" or call.headers.get("x-restli-method") != "FINDER":
            raise _No(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        author, count = call.query.get("author"), int(call.query.get("count", "10"))
        rows = [_row(one) for one in self.posts[::-1] if one.more["author"] == author and not one.reply_to]
        return Answer.json({"elements": rows[:count], "paging": {"start": 0, "count": count}})

    def _comments(self, call: Call, urn: str, scopes: list[str]) -> Answer:
        if call.method == "GET":
            _allow(scopes, "r_organization_social")
            rows = [
                {
                    "commentUrn": one.id,
                    "object": urn,
                    "message": {"text": one.text},
                    "created": {"time": int(one.more["at"].timestamp() * 1000)},
                }
                for one in self.posts
                if one.reply_to == urn
            ]
            return Answer.json({"elements": rows})
        asked = call.json
        _allow_author(scopes, asked.get("actor"))
        if asked.get("object") != urn or not any(one.id == urn for one in self.posts):
            raise _No(404, "NOT_FOUND", "Could not find the entity")
        text = asked.get("message", {}).get("text") or ""
        name = f"urn:li:comment:({urn},{len(self.posts)})"
        more = {"author": asked["actor"], "asked": asked, "at": self.clock()}
        self.posts.append(Published(name, name, text, reply_to=urn, more=more))
        return Answer.json({"commentUrn": name, "object": urn}, 201, x_restli_id=str(len(self.posts)))

    def _statistics(self, call: Call) -> Answer:
        named = call.query.get("shares", "").removeprefix("List(").removesuffix(")")
        if not call.query.get("shares", "").startswith("List(") or not any(
            one.id == named for one in self.posts
        ):
            raise _No(400, "ILLEGAL_ARGUMENT", "shares is not a list of URNs")
        told = {"impressionCount": 900, "uniqueImpressionsCount": 700, "likeCount": 12, "clickCount": 30}
        counts = {**told, "commentCount": 3, "shareCount": 2, "engagement": 0.05}
        return Answer.json({"elements": [{"share": named, "totalShareStatistics": counts}]})


def _allow(scopes: list[str], needed: str) -> None:
    if needed not in scopes:
        raise _No(403, "ACCESS_DENIED", "Not enough permissions to access this resource")


def _allow_author(scopes: list[str], author: object) -> None:
    _allow(scopes, "w_member_social" if author == MEMBER else "w_organization_social")
    if author != MEMBER and author not in PAGES:
        raise _No(403, "ACCESS_DENIED", "The member does not look after this page")


def _row(one: Published) -> dict[str, Any]:
    moment = int(one.more["at"].timestamp() * 1000)
    row = {"id": one.id, "commentary": one.more["commentary"], "createdAt": moment, "publishedAt": moment}
    content = one.more["asked"].get("content")
    return json.loads(json.dumps({**row, **({"content": content} if content else {})}))  # type: ignore[no-any-return]
