"""The id of the request (or task) that is being served, for logs, activity and error pages."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the present request or task, or an empty string outside one."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    """Name the present request or task; it lasts until its context ends or the next call."""
    _request_id.set(value)
