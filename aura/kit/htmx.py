"""htmx and plain browsers answered by the same views.

A view fetches, judges and answers as if there were no htmx. `render_page` picks the part that was asked for, and
`HtmxResponseMiddleware` turns redirects into `HX-Redirect`, appends toasts, and says what the answer varies by.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

logger = logging.getLogger(__name__)

VARY = ["HX-Request", "HX-Target"]
_REDIRECTS = {301, 302, 303, 307, 308}


def htmx_of(request: HttpRequest) -> HtmxDetails | None:
    """Return what htmx says about the request, or None when the browser asked by itself or for a whole page."""
    details: HtmxDetails | None = getattr(request, "htmx", None)
    if not details or details.boosted or details.history_restore_request:
        return None
    return details


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    part: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page, or only its partial `part` when htmx asks for exactly that.

    `part` is the name of a partial of the template and the DOM id it is swapped into: htmx asks for it when its
    target has that id. Any other request gets the whole template. Status 422 is how a judged form comes back.
    """
    htmx = htmx_of(request)
    wanted = part and htmx and htmx.target == part
    response = render(request, f"{template}#{part}" if wanted else template, context, status=status)
    patch_vary_headers(response, VARY)
    return response


class HtmxResponseMiddleware:
    """Finishes an answer for htmx; stands inside those of session, messages and htmx, around the workspace.

    - A redirect becomes `HX-Redirect`, only to a place on this site; anything else is refused with a sentence.
    - A redirect to sign-in, because the session ended, becomes 401 and leads back to the page that is open.
    - Messages are appended once, as toasts swapped out of band; app.js shows those of refused requests too.
    - Every HTML page says that it varies by `HX-Request`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request and finish its answer."""
        response = self.get_response(request)
        is_html = response.get("Content-Type", "").startswith("text/html")
        if is_html:
            patch_vary_headers(response, VARY)
        if htmx_of(request) is None:
            return response
        if response.status_code in _REDIRECTS and "Location" in response:
            return _redirect(request, response)
        if is_html and not response.streaming and response.status_code != 204:
            messages = list(get_messages(request))
            if messages:
                response.write(render_to_string("_toasts.html", {"messages": messages, "oob": True}))
                if "Content-Length" in response:
                    response["Content-Length"] = str(len(response.content))
        return response


def _redirect(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Turn a redirect into an `HX-Redirect`, keeping cookies and the other headers of the answer."""
    target = response["Location"]
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        logger.warning("An answer to htmx wanted to lead away from this site.", extra={"path": request.path})
        return HttpResponse(
            "<p data-error>That link leads away from Aura. Open it in a new tab.</p>", status=400
        )
    parts = urlsplit(target)
    if parts.path == resolve_url(settings.LOGIN_URL) and not request.user.is_authenticated:
        target, response.status_code = redirect_to_login(_open_page(request), parts.path)["Location"], 401
    else:
        target, response.status_code = urlunsplit(("", "", parts.path, parts.query, parts.fragment)), 200
    del response["Location"]
    response.content = b""
    response["HX-Redirect"] = target or request.path
    return response


def _open_page(request: HttpRequest) -> str:
    """Return the page the person has open, which is not the part that was asked for."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return htmx.current_url_abs_path or request.get_full_path()
