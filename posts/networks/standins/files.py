"""Files at public addresses, as an instance of Aura serves them, for fake networks to fetch."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen

from PIL import Image

from posts.networks.values import OutgoingMedia


class Files:
    """A server of files on 127.0.0.1, started and stopped by `with`. `fetched` lists what was asked for."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, bytes]] = {}
        self.fetched: list[str] = []

    def __enter__(self) -> Self:
        """Start on a free port."""
        files = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                files.fetched.append(self.path)
                mime, body = files._files.get(self.path, ("text/html", b""))
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", mime)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def add(
        self, body: bytes, mime: str, *, seconds: float | None = None, alt_text: str = ""
    ) -> OutgoingMedia:
        """Serve these bytes and return the file as a network gets it."""
        path = f"/file-{len(self._files) + 1}"
        self._files[path] = (mime, body)
        width = height = None
        if mime.startswith("image/"):
            width, height = Image.open(BytesIO(body)).size
        return OutgoingMedia(
            mime=mime,
            size=len(body),
            sha256="00",
            url=f"http://127.0.0.1:{self._server.server_address[1]}{path}",
            open=lambda: BytesIO(body),
            name=path[1:],
            width=width,
            height=height,
            seconds=seconds,
            alt_text=alt_text,
        )

    def image(
        self, width: int = 80, height: int = 80, form: str = "JPEG", alt_text: str = ""
    ) -> OutgoingMedia:
        """Serve an image that is really one."""
        made = BytesIO()
        Image.new("RGB", (width, height), "peru").save(made, form)
        return self.add(made.getvalue(), f"image/{form.lower()}", alt_text=alt_text)

    def video(self, seconds: float = 12.0, size: int = 4_000) -> OutgoingMedia:
        """Serve what begins like an MP4."""
        return self.add(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * size, "video/mp4", seconds=seconds)


def fetch(url: str) -> bytes | None:
    """Fetch a file as a network does; None where its address leads nowhere."""
    if not url.startswith(("http://", "https://")):
        return None
    try:
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - the scheme is checked above
            body: bytes = answer.read()
            return body
    except (URLError, OSError, ValueError):
        return None


def shape_of(body: bytes) -> tuple[str, int, int] | None:
    """Return format, width and height of an image, None where it is none."""
    try:
        image = Image.open(BytesIO(body))
    except (OSError, ValueError):
        return None
    return str(image.format), image.width, image.height


def is_video(body: bytes) -> bool:
    """Whether these bytes begin like MP4 or MOV."""
    return body[4:8] == b"ftyp"
