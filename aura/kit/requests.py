"""A request as the server takes it, and the id of the one (or the task) that is being served: for logs and activity."""

from contextvars import ContextVar
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """A request whose address is UTF-8, whatever its `Content-Type` says.

    Django would read it by any codec that is named there; some decode no text, and break it before anybody looks.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # a parameter in letters that nobody knows
            self.content_type, self.content_params = "", {}


_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the present request or task, or an empty string outside one."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the present request or task; it lasts until its context ends or the next call."""
    _request_id.set(value)
