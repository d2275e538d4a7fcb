"""A fake of Facebook Pages that follows https://developers.facebook.com/docs/pages-api (read 2026-11-20).

Strict: only Pages with the right task have a token that writes; a photo is attached once, and only while unpublished;
films are really fetched, or have to arrive whole; a reel is published only with all its bytes, a film only when ready.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from posts.networks.standins.files import fetch, is_video, shape_of
from posts.networks.standins.graph import APP_ID, APP_SECRET, GraphService, Refusal, Token
from posts.networks.standins.service import Call, Published

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "read_insights",
)


@dataclass(slots=True)
class Thing:
    """What was made on a Page: a post, a photo, a film or a reel, seen by nobody until it is `live`."""

    id: str
    kind: str
    page: str
    form: dict[str, Any]
    live: bool = False
    works: int = 0
    bytes: int = 0
    broken: bool = False


class FacebookService(GraphService):
    """The Page “Rye & Co”, whose token is `t-1`, and a person who looks after more than one."""

    scopes = SCOPES

    def __init__(self) -> None:
        super().__init__()
        self.things: dict[str, Thing] = {}
        self.permissions = dict.fromkeys(SCOPES, "granted")
        self.pages: list[dict[str, Any]] = [
            {"id": "17841", "name": "Rye & Co", "tasks": ["CREATE_CONTENT", "ANALYZE"]},
            {"id": "17842", "name": "Rolls", "tasks": ["MANAGE", "CREATE_CONTENT"]},
            {"id": "17843", "name": "Only looking", "tasks": ["ANALYZE"]},
        ]
        self.page_size = 2

    def publishes(self, call: Call) -> bool:
        """Showing what was made, or commenting."""
        if call.method != "POST":
            return False
        form = call.form
        return (
            call.path.endswith("/comments")
            or form.get("upload_phase") == "finish"
            or "true" in (form.get("is_published"), form.get("published"))
        )

    def answer(self, call: Call) -> dict[str, Any]:
        """The calls that are documented."""
        match call.method, call.path.strip("/").split("/"):
            case "GET", ["v25.0", "oauth", "access_token"]:
                return self._token(call)
            case "POST", ["video-upload", "v25.0", reel]:
                return self._upload(call, reel)
            case method, ["v25.0", *path]:
                token = self.caller(call)
                if token.kind == "page" or self.token_of(call) == "t-1":
                    return self._of_page(call, method, path, token)
                return self._of_person(call, method, path)
        raise Refusal(2500, "Unknown path components", status=404)

    # The person ------------------------------------------------------------------------------------------------

    def _token(self, call: Call) -> dict[str, Any]:
        query = call.query
        if query.get("grant_type") == "fb_exchange_token":
            if (query.get("client_id"), query.get("client_secret")) != (APP_ID, APP_SECRET):
                raise Refusal(101, "Error validating application. Cannot get application info")
            short = self.tokens.get(query.get("fb_exchange_token", ""))
            if short is None or short.kind != "short":
                raise Refusal(190, "Invalid OAuth access token")
            return {"access_token": self.grant("long"), "token_type": "bearer", "expires_in": 5_183_944}
        self.spend_code(call, query)
        return {"access_token": self.grant("short"), "token_type": "bearer", "expires_in": 3_600}

    def _of_person(self, call: Call, method: str, path: list[str]) -> dict[str, Any]:
        match method, path:
            case "GET", ["me", "permissions"]:
                rows = [{"permission": name, "status": how} for name, how in self.permissions.items()]
                return {"data": rows}
            case "GET", ["me", "accounts"]:
                begin = int(call.query.get("after") or 0)
                end = begin + self.page_size
                rows = [
                    {**page, "access_token": self.grant("page", page["id"])} for page in self.pages[begin:end]
                ]
                said: dict[str, Any] = {"data": rows}
                if end < len(self.pages):
                    said["paging"] = {"cursors": {"after": str(end)}, "next": "https://graph.example/"}
                return said
        raise Refusal(200, "A Page access token is required for this call", status=403)

    # The Page --------------------------------------------------------------------------------------------------

    def _of_page(self, call: Call, method: str, path: list[str], token: Token) -> dict[str, Any]:
        match method, path:
            case "GET", [page] if page == token.account:
                return {"id": page, "name": "Rye & Co"}
            case "POST", [page, edge] if page == token.account:
                self.caller(call, "pages_manage_posts")
                return self._make(call, edge, token)
            case _, [post, "comments"]:
                return self._comments(call, self._published(post), token)
            case "GET", [post, "insights"]:
                self.caller(call, "read_insights")
                if call.query.get("metric") == "post_clicks":
                    raise Refusal(100, "The value must be a valid insights metric")
                self._published(post)
                return {"data": [{"name": call.query["metric"], "values": [{"value": 7}]}]}
            case "POST", [thing]:
                self.caller(call, "pages_manage_posts")
                return self._show(self._thing(thing), call.form)
            case "GET", [thing]:
                return self._read(self._thing(thing))
        raise Refusal(100, "Unsupported request", subcode=33)

    def _make(self, call: Call, edge: str, token: Token) -> dict[str, Any]:
        match edge:
            case "feed":
                return self._feed(call.form, token)
            case "photos":
                parts = call.parts
                shape = shape_of(parts.get("source", b""))
                if shape is None or len(parts["source"]) > 10_000_000:
                    raise Refusal(324, "Missing or invalid image file")
                form = {name: value.decode() for name, value in parts.items() if name != "source"}
                return {"id": self._kept("photo", token, form).id}
            case "videos":
                parts = call.parts
                form = call.form if not parts else {}
                form |= {name: value.decode() for name, value in parts.items() if name != "source"}
                body = fetch(form["file_url"]) if "file_url" in form else parts.get("source")
                if body is None:
                    raise Refusal(389, "Unable to fetch video file from URL.")
                film = self._kept("video", token, form)
                film.bytes, film.broken = len(body), not is_video(body)
                if form.get("published") != "false":
                    self._show(film, {"published": "true"})
                return {"id": film.id}
            case "video_reels" if call.form.get("upload_phase") == "start":
                reel = self._kept("reel", token, {})
                return {"video_id": reel.id, "upload_url": f"{self.url}/video-upload/v25.0/{reel.id}"}
            case "video_reels" if call.form.get("upload_phase") == "finish":
                reel = self._thing(call.form.get("video_id", ""))
                if not reel.bytes or reel.broken:
                    raise Refusal(6000, "There was a problem uploading your video file")
                reel.form = dict(call.form)
                return self._show(reel, {"published": "true"})
        raise Refusal(100, "Unsupported post request", subcode=33)

    def _feed(self, form: dict[str, str], token: Token) -> dict[str, Any]:
        named = sorted(name for name in form if name.startswith("attached_media["))
        photos = [str(json.loads(form[name]).get("media_fbid")) for name in named]
        if not (form.get("message") or form.get("link") or photos):
            raise Refusal(100, "One of message, link or media has to be given")
        for photo in photos:
            thing = self.things.get(photo)
            if thing is None or thing.kind != "photo" or thing.form.get("published") != "false":
                raise Refusal(100, "Photos should be unpublished to be attached", subcode=1366046)
            if any(photo in one.form.get("photos", ()) for one in self.things.values()):
                raise Refusal(100, "This photo is attached to another post already", subcode=1366051)
        post = self._kept("post", token, {**form, "photos": photos})
        if form.get("published") != "false":
            self._show(post, {"is_published": "true"})
        return {"id": post.id}

    def _kept(self, kind: str, token: Token, form: dict[str, Any]) -> Thing:
        id_ = self.new_id()
        made = Thing(f"{token.account}_{id_}" if kind == "post" else id_, kind, token.account, form)
        made.works = self.works
        self.things[made.id] = made
        return made

    def _upload(self, call: Call, id_: str) -> dict[str, Any]:
        self.caller(call, "pages_manage_posts")
        reel = self._thing(id_)
        if not call.headers.get("authorization", "").startswith("OAuth "):
            raise Refusal(190, "The upload wants OAuth", status=401)
        if "file_url" in call.headers:
            body = fetch(call.headers["file_url"])
            if body is None:
                raise Refusal(389, "Unable to fetch video file from URL.")
        else:
            body = call.body
            if call.headers.get("offset") != "0" or call.headers.get("file_size") != str(len(body)):
                raise Refusal(100, "offset and file_size do not fit the bytes")
        reel.bytes, reel.broken = len(body), not is_video(body)
        return {"success": True}

    def _show(self, thing: Thing, form: dict[str, str]) -> dict[str, Any]:
        """Publish, once: a second time changes nothing."""
        if form.get("is_published" if thing.kind == "post" else "published") != "true":
            raise Refusal(100, "Nothing to change")
        if thing.kind == "video" and (thing.works or thing.broken):
            raise Refusal(100, "The video is not ready to be published")
        if not thing.live:
            thing.live = True
            text = thing.form.get("message") or thing.form.get("description", "")
            media = tuple(thing.form.get("photos", ())) if thing.kind == "post" else (thing.id,)
            more = {"at": self.time, "form": thing.form, "kind": thing.kind}
            self.posts.append(Published(thing.id, thing.id, text, media, more=more))
        return {"success": True}

    # What is read ----------------------------------------------------------------------------------------------

    def _thing(self, id_: str) -> Thing:
        thing = self.things.get(id_)
        if thing is None:
            raise Refusal(100, "Object does not exist", subcode=33)
        return thing

    def _published(self, id_: str) -> Published:
        bare = id_.removeprefix("17841_")
        for one in self.posts:
            if one.id in (id_, bare):
                return one
        raise Refusal(100, "Object does not exist", subcode=33)

    def _read(self, thing: Thing) -> dict[str, Any]:
        counts = {"reactions": 5, "likes": 5, "comments": 2}
        said: dict[str, Any] = {
            name: {"data": [], "summary": {"total_count": number}} for name, number in counts.items()
        }
        said["id"] = thing.id
        if thing.kind == "post":
            link = f"https://www.facebook.com/{thing.id}"
            return {**said, "is_published": thing.live, "permalink_url": link, "shares": {"count": 1}}
        busy = thing.works > 0
        thing.works = max(thing.works - 1, 0)
        if thing.kind == "video":
            status: dict[str, Any] = {
                "video_status": "error" if thing.broken else "processing" if busy else "ready"
            }
        else:
            uploaded = "error" if thing.broken else "in_progress" if busy or not thing.bytes else "complete"
            status = {
                "uploading_phase": {"status": uploaded},
                "processing_phase": {"status": "complete" if thing.live else "not_started"},
                "publishing_phase": {"status": "complete" if thing.live else "not_started"},
            }
        return {**said, "status": status, "published": thing.live, "permalink_url": f"/watch/{thing.id}/"}

    def _comments(self, call: Call, post: Published, token: Token) -> dict[str, Any]:
        self.caller(call, "pages_manage_engagement" if call.method == "POST" else "pages_read_engagement")
        if call.method == "GET":
            below = [one for one in reversed(self.posts) if one.reply_to == post.id]
            return {
                "data": [
                    {
                        "id": one.id,
                        "message": one.text,
                        "created_time": one.more["at"],
                        "from": {"id": token.account},
                    }
                    for one in below
                ]
            }
        words = call.form.get("message", "")
        if not words:
            raise Refusal(100, "The parameter message is required")
        made = Published(f"{post.id}_{self.new_id()}", words, words, reply_to=post.id, more={"at": self.time})
        self.posts.append(made)
        return {"id": made.id}
