"""A person with a browser, in a thread: writes posts and uploads pictures while the web server is being killed.

Only what was answered with a yes goes into the journal; what broke off is tried again under another name.
"""

from __future__ import annotations

import hashlib
import http.cookiejar
import json
import random
import re
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import Any

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        """A redirect is the answer."""


class Client(threading.Thread):
    """Runs until `stopping` is set. `said_yes` counts what was acknowledged, `broke_off` what was not."""

    def __init__(self, base: str, slug: str, made: dict[str, Any], journal: Path, posts: int) -> None:
        super().__init__(daemon=True)
        self.base, self.slug, self.made, self.journal, self.posts = base, slug, made, journal, posts
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar), _StayHere())
        self.stopping = threading.Event()
        self.plays = False  # of several channels each post goes to one, and nothing is uploaded
        self.said_yes = {"post": 0, "upload": 0}
        self.broke_off = 0
        self.refused: list[str] = []

    def ask(self, path: str, data: bytes | None = None, kind: str = "") -> tuple[int, str]:
        """Return status and body of one request. Raises OSError when it breaks off."""
        request = urllib.request.Request(self.base + path, data=data)
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with self.opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode(errors="replace")

    def token(self, path: str) -> str:
        """Return the CSRF token of a page. Raises OSError when there is none."""
        status, body = self.ask(path)
        found = TOKEN.search(body)
        if found is None:
            raise OSError(f"{path} answered {status} without a form")
        return found[1]

    def form(self, path: str, **fields: Any) -> int:
        """Send a form; return the status."""
        fields["csrfmiddlewaretoken"] = self.token(path)
        status, body = self.ask(path, urllib.parse.urlencode(fields, doseq=True).encode())
        if status >= 400:
            self.refused.append(f"{path}: {status} {plain(body)}")
        return status

    def sign_in(self, email: str, password: str) -> None:
        """Sign in, however long the web server takes to come up."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.form("/account/login/", login=email, password=password) == 302:
                    return
            except (OSError, HTTPException):
                pass
            time.sleep(0.3)
        raise SystemExit(f"Could not sign in: {self.refused[-1:]}")

    def run(self) -> None:
        """Write, write, write and upload, in turns."""
        while not self.stopping.is_set():
            try:
                for _ in range(3):
                    if self.said_yes["post"] < self.posts:
                        self.write()
                if not self.plays:
                    self.upload()
            except (OSError, ValueError, HTTPException):
                self.broke_off += 1
                time.sleep(0.2)
            time.sleep(1 if self.plays else 0.05)

    def write(self) -> None:
        """Write a post and publish it at once."""
        mark = uuid.uuid4().hex[:12]
        title = f"Written {mark}"
        fields = {"title": title, "caption": f"Bread, slowly: rye{mark}.", "intent": "publish"}
        made, channels = self.made, self.made["channels"]
        wanted = fields | {
            "campaign": made["campaign"],
            "channels": [random.choice(channels)] if self.plays else channels,
            "media": made["pictures"],
        }
        if self.form(f"/w/{self.slug}/posts/new/", **wanted) == 302:
            self.note("post", title=title)

    def upload(self) -> None:
        """Upload a picture that nobody has uploaded before."""
        path, picture, border = f"/w/{self.slug}/media/upload/", png(), uuid.uuid4().hex
        token = self.token(path)
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n',
            f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n',
            "Content-Type: image/png\r\n\r\n",
        ]
        body = "".join(parts).encode() + picture + f"\r\n--{border}--\r\n".encode()
        status, text = self.ask(path, body, f"multipart/form-data; boundary={border}")
        if status == 200:
            self.note("upload", sha256=hashlib.sha256(picture).hexdigest())
        else:
            self.refused.append(f"{path}: {status} {plain(text)}")

    def note(self, what: str, **fields: str) -> None:
        """Write down, before anything else, that the server said yes."""
        with self.journal.open("a") as file:
            file.write(json.dumps({"what": what, **fields}) + "\n")
        self.said_yes[what] += 1


def plain(page: str) -> str:
    """Return the words in the middle of a page, as far as they fit a line."""
    text = re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page)
    return " ".join(text.split())[:400]


def png() -> bytes:
    """Return a small picture of one random colour."""
    colour = uuid.uuid4().bytes[:3]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + colour * 8 for _ in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    note = b"Comment\0" + uuid.uuid4().hex.encode()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", note)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
