"""Logs: one line a record, as JSON or for people, with the id of the request and the workspace, and without secrets.

Whatever comes from outside may hold line ends, terminal codes or a secret in a link; all of it passes `tidy` before it
is written. `configure` is Django's LOGGING_CONFIG; the web server's main process uses it too, without Django.
"""

from __future__ import annotations

import logging.config
import re
import time
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from aura.kit.ids import uuid7
from aura.kit.requests import current_request_id, set_request_id

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_SECRET_KEY = re.compile(
    r"passw|secret|token|authoriz|cookie|credential|api_?key|signature|\bkey$", re.IGNORECASE
)
# Links carry invitation, reset and session keys: anything that long and that mixed is not for a log. Ids are.
_SHORTEST_SECRET = 24
_LONG = re.compile(rf"[A-Za-z0-9_-]{{{_SHORTEST_SECRET},}}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# user:password@ in an address.
_USERINFO = re.compile(r"(\w+://[^\s/:@]*:)[^\s/@]+(?=@)")
# Control characters, line separators, and marks that turn the direction of text around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(_CONTROL.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/static/", "/health", "/favicon")
_HIDDEN = "[hidden]"
_NUMBERS = (bool, int, float)


def _hide_long(match: re.Match[str]) -> str:
    word = match.group()
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return _HIDDEN if mixed and not _UUID.fullmatch(word) else word


def hide_secrets(text: str) -> str:
    """Return `text` without passwords in addresses and without anything that looks like a key or a signed link."""
    return _LONG.sub(_hide_long, _USERINFO.sub(rf"\1{_HIDDEN}", text))


def _escaped(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")


def escape(text: str, *, lines: bool = False) -> str:
    """Return `text` with control characters written out; with `lines`, line ends stay (for tracebacks)."""
    return (_CONTROL_BUT_LINES if lines else _CONTROL).sub(_escaped, text)


def _is_plain(text: str) -> bool:
    """Tell of a short word of letters, digits and signs that it holds nothing to hide and nothing to write out.

    Most values are: no key is that short, no address with a password in it lacks its `://`.
    """
    return len(text) < _SHORTEST_SECRET and text.isascii() and text.isprintable() and "://" not in text


@lru_cache(maxsize=500)
def _names_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


Event = MutableMapping[str, Any]


def add_request(logger: Any, method: str, event: Event) -> Event:
    """Add the id of the request or task that is being served."""
    if request_id := current_request_id():
        event.setdefault("request_id", request_id)
    return event


def tidy(logger: Any, method: str, event: Event) -> Event:
    """Hide secrets and write out control characters, in every value."""
    for key, value in event.items():
        if value is None or isinstance(value, _NUMBERS) or key.startswith("_"):
            continue
        if _names_secret(key):
            event[key] = _HIDDEN
        elif isinstance(value, UUID):
            event[key] = str(value)
        elif type(value) is not str or not _is_plain(value):
            event[key] = escape(hide_secrets(str(value)), lines=key == "exception")
    return event


def for_people(logger: Any, method: str, event: Event) -> str:
    """Render one record as a line a person reads; a traceback follows, indented, so that it cannot pose as a record."""
    event.pop("logger", None)
    head = f"{event.pop('timestamp', '')} {event.pop('level', ''):<7} {event.pop('event', '')}"
    trace = event.pop("exception", "")
    rest = "".join(f" {key}={value}" for key, value in event.items() if value not in (None, ""))
    return head + rest + "".join(f"\n    {line}" for line in trace.splitlines())


def configure(options: dict[str, Any] | None = None) -> None:
    """Set up structlog and the standard library's logging; `options` has `format` (json, text) and `level`."""
    options = options or {}
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        add_request,
    ]
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        tidy,
        structlog.processors.JSONRenderer() if options.get("format") == "json" else for_people,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(dict_config(str(options.get("level", "INFO")), shared, render))
    # No line of ours names the thread, the process or the place in the source: nobody has to find them out for it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None


def dict_config(level: str, shared: list[Any], render: list[Any]) -> dict[str, Any]:
    """Return the configuration of the standard library's logging: everything to standard error, through one pipe."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "aura": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": render,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "aura"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level},
            "django.server": {"handlers": [], "propagate": True},
            # Our own line of a request says the same, with more in it; a crash comes with its traceback.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "boto3": {"level": "WARNING"},
            "s3transfer": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "PIL": {"level": "WARNING"},
        },
    }


class RequestLogMiddleware:
    """Names each request, says so in the answer (`X-Request-ID`), and logs one line about it.

    An id from outside is taken only when a trusted proxy stands before us (AURA_TRUSTED_PROXIES).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        from django.conf import settings

        self.get_response = get_response
        self.trusts_proxy = bool(settings.TRUSTED_PROXIES)
        # The standard library's logger: its records take the shorter way through the same pipe.
        self.log = logging.getLogger("aura.request")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request."""
        started = time.monotonic()
        path = request.path_info  # a workspace's prefix is taken off further in
        set_request_id(self._name(request))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = current_request_id()
            self._say(request, response, path, started)
            return response
        finally:
            set_request_id("")

    def _name(self, request: HttpRequest) -> str:
        given = request.headers.get("X-Request-ID", "") if self.trusts_proxy else ""
        return given if _REQUEST_ID.fullmatch(given) else str(uuid7())

    def _say(self, request: HttpRequest, response: HttpResponseBase, path: str, started: float) -> None:
        status = response.status_code
        workspace = getattr(request, "workspace", None)
        user = getattr(
            request, "_cached_user", None
        )  # named only if somebody looked: no query for a log line
        member = getattr(request, "membership", None)  # a program has one, and no session to look at
        level = logging.ERROR if status >= 500 else logging.DEBUG if path.startswith(_QUIET) else logging.INFO
        told = {
            "method": request.method,
            "path": path[:300],
            "status": status,
            "ms": round((time.monotonic() - started) * 1000),
            "workspace": getattr(workspace, "slug", None),
            "user": getattr(user, "pk", None) or getattr(member, "user_id", None),
        }
        self.log.log(level, "request", extra=told)
