"""A fake of Pinterest that follows https://developers.pinterest.com/docs/api/v5 (openapi read 2026-11-20).

Strict: images are really fetched, a carousel has two to five of one size, a film is used only after its bytes arrived
with all the fields that were asked for; a code works once, with the keys of the app as a user name and a password.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from posts.networks.standins.files import fetch, is_video, shape_of
from posts.networks.standins.graph import APP_ID, APP_SECRET
from posts.networks.standins.service import Answer, Call, Published, Service

KEYS = "Basic " + base64.b64encode(f"{APP_ID}:{APP_SECRET}".encode()).decode()
FIELDS = {"key": "uploads/1", "policy": "p-1", "x-amz-signature": "s-1"}


class Refusal(Exception):
    """Ends a call with an error of Pinterest's."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = Answer.json({"code": code, "message": message}, status)


@dataclass(slots=True)
class Film:
    """A registered film: how far it is, and for how many looks it is worked on."""

    status: str = "registered"
    works: int = 0


class PinterestService(Service):
    """A business account, @ryebread, with three boards; its token is `t-1`."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = "boards:read pins:read pins:write user_accounts:read"
        self.tokens: set[str] = {"t-1"}
        self.refreshes: set[str] = {"r-1"}
        self.codes: dict[str, str] = {"code-1": "https://aura.example/callback"}
        self.boards = {"b-1": "Bread", "b-2": "Rolls", "b-3": "Cakes"}
        self.page_size = 2
        self.films: dict[str, Film] = {}
        self.works = 0
        self.remaining = 100
        self._number = 0

    def publishes(self, call: Call) -> bool:
        """Making a pin."""
        return call.method == "POST" and call.path == "/v5/pins"

    def perform(self, call: Call) -> Answer:
        """The calls that are documented."""
        try:
            return self._answer(call)
        except Refusal as refusal:
            return refusal.answer

    def _answer(self, call: Call) -> Answer:
        path = call.path.strip("/").split("/")
        if call.method == "POST" and path == ["bucket"]:
            return self._bytes(call)
        if call.method == "GET" and path == ["oauth"]:
            return self._say_yes(call)
        if call.method == "POST" and path == ["v5", "oauth", "token"]:
            return Answer.json(self._token(call))
        if call.token not in self.tokens:
            raise Refusal(401, 2, "Authentication failed.")
        return self._media(call, path[1:]) if path[1:2] == ["media"] else self._of_account(call, path[1:])

    def _of_account(self, call: Call, path: list[str]) -> Answer:
        match call.method, path:
            case "GET", ["user_account"]:
                return Answer.json({"username": "ryebread", "account_type": "BUSINESS"})
            case "GET", ["boards"]:
                rows = [{"id": pk, "name": name} for pk, name in self.boards.items()]
                return self._page(call, rows)
            case "GET", ["boards", board]:
                return Answer.json({"id": board, "name": self._board(board)})
            case "GET", ["boards", board, "pins"]:
                self._board(board)
                return self._page(call, [self._row(one) for one in self.posts if one.more["board"] == board])
            case "POST", ["pins"]:
                return self._pin(call)
            case "GET", ["pins", pin]:
                return self._show(pin)
        raise Refusal(404, 50, "Not found.")

    def _say_yes(self, call: Call) -> Answer:
        asked = call.query
        if asked.get("client_id") != APP_ID or asked.get("response_type") != "code":
            raise Refusal(400, 1, "Unknown client_id.")
        code = f"code-{self._next() + 100}"
        self.codes[code] = asked["redirect_uri"]
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, call: Call) -> dict[str, Any]:
        form = call.form
        if call.headers.get("authorization") != KEYS:
            raise Refusal(401, 2, "Authentication failed.")
        if form.get("grant_type") == "authorization_code":
            if self.codes.pop(form.get("code", ""), None) != form.get("redirect_uri"):
                raise Refusal(400, 283, "Invalid authorization code.")
        elif form.get("grant_type") != "refresh_token" or form.get("refresh_token") not in self.refreshes:
            raise Refusal(400, 283, "Invalid refresh token.")
        number = self._next()
        access, refresh = f"access-{number}", f"refresh-{number}"
        self.tokens.add(access)
        self.refreshes.add(refresh)
        lasts = {"expires_in": 2_592_000, "refresh_token_expires_in": 5_184_000}
        return {"access_token": access, "refresh_token": refresh, "scope": self.scope, **lasts}

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        begin = int(call.query.get("bookmark") or 0)
        end = begin + min(self.page_size, int(call.query.get("page_size", 25)))
        return Answer.json({"items": rows[begin:end], "bookmark": str(end) if end < len(rows) else None})

    def _board(self, board: str) -> str:
        if board not in self.boards:
            raise Refusal(404, 40, "Board not found.")
        return self.boards[board]

    # Films -----------------------------------------------------------------------------------------------------

    def _media(self, call: Call, path: list[str]) -> Answer:
        if call.method == "GET" and path[-1] in self.films:
            return Answer.json({"media_id": path[-1], "status": self._status(self.films[path[-1]])})
        if call.method != "POST":
            raise Refusal(404, 50, "Media not found.")
        if call.json.get("media_type") != "video":
            raise Refusal(400, 1, "media_type has to be video.")
        media = f"m-{self._next()}"
        self.films[media] = Film(works=self.works)
        upload = {"upload_url": f"{self.url}/bucket", "upload_parameters": {**FIELDS, "media": media}}
        return Answer.json({"media_id": media, "media_type": "video", **upload}, 201)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _bytes(self, call: Call) -> Answer:
        parts = call.parts
        film = self.films.get(parts.get("media", b"").decode())
        if film is None or any(parts.get(name) != value.encode() for name, value in FIELDS.items()):
            return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        film.status = "processing" if is_video(parts.get("file", b"")) else "failed"
        return Answer(204)

    def _status(self, film: Film) -> str:
        if film.status == "processing" and not film.works:
            film.status = "succeeded"
        film.works = max(film.works - 1, 0)
        return film.status

    # Pins ------------------------------------------------------------------------------------------------------

    def _pin(self, call: Call) -> Answer:
        said = call.json
        self._board(str(said.get("board_id")))
        for name, most in (("title", 100), ("description", 800), ("link", 2_048), ("alt_text", 500)):
            if len(str(said.get(name, ""))) > most:
                raise Refusal(400, 1, f"{name} is longer than {most}.")
        source = said.get("media_source") or {}
        match source.get("source_type"):
            case "image_url":
                media: tuple[str, ...] = (str(source.get("url")),)
                self._images(media)
            case "multiple_image_urls":
                media = tuple(str(one.get("url")) for one in source.get("items", []))
                if not 2 <= len(media) <= 5 or len(self._images(media)) > 1:
                    raise Refusal(400, 1, "A carousel has 2 to 5 images of one size.")
            case "video_id":
                film = self.films.get(str(source.get("media_id")))
                if film is None or film.status != "succeeded":
                    raise Refusal(400, 1, "The video is not ready.")
                if not (source.get("cover_image_url") or "cover_image_key_frame_time" in source):
                    raise Refusal(400, 1, "A video needs a cover.")
                media = (str(source["media_id"]),)
            case _:
                raise Refusal(400, 1, "Unknown source_type.")
        id_ = f"pin-{self._next()}"
        at = f"{self.clock():%Y-%m-%dT%H:%M:%S}"
        more = {"board": said["board_id"], "form": said, "at": at}
        pin = Published(id_, id_, said.get("description", ""), media, more=more)
        self.posts.append(pin)
        self.remaining -= 1
        return Answer.json(
            self._row(pin), 201, X_RateLimit_Remaining=str(self.remaining), X_RateLimit_Reset="60"
        )

    def _images(self, urls: tuple[str, ...]) -> set[tuple[int, int]]:
        found = set()
        for url in urls:
            shape = shape_of(fetch(url) or b"")
            if shape is None:
                raise Refusal(400, 235, "Sorry, we could not fetch the image.")
            found.add(shape[1:])
        return found

    def _row(self, pin: Published) -> dict[str, Any]:
        form = pin.more["form"]
        said = {name: form.get(name) for name in ("title", "description", "link", "alt_text", "board_id")}
        return {"id": pin.id, "created_at": pin.more["at"], **said}

    def _show(self, id_: str) -> Answer:
        for pin in self.posts:
            if pin.id == id_:
                counts = {"impression": 9, "save": 2, "outbound_click": 1, "reaction": 3, "comment": 0}
                return Answer.json({**self._row(pin), "pin_metrics": {"lifetime_metrics": counts}})
        raise Refusal(404, 50, "Pin not found.")
