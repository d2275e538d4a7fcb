"""A site on this machine that links lead to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Page(BaseHTTPRequestHandler):
    """Answers a GET with what `page` of a subclass returns for its path: status, headers, body."""

    def page(self) -> tuple[int, dict[str, str], bytes]:
        """Return what is at `self.path`."""
        return 200, {}, b""

    def do_GET(self) -> None:
        status, headers, body = self.page()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(pages: type[Page], settings: Any) -> Iterator[str]:
    """Serve these pages, let Aura call them, and give their address."""
    server = HTTPServer(("127.0.0.1", 0), pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AURA_EGRESS_ALLOW = [f"127.0.0.1:{server.server_port}"]
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
