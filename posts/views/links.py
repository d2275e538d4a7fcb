"""Short links: anybody follows them, nobody signs in."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aura.kit import clock
from posts.operations.links import follow_link

_PREVIEW = re.compile(
    r"bot|crawl|spider|preview|facebookexternalhit|embed|slurp|curl|python|^$", re.IGNORECASE
)
"""Networks fetch each link once or often to draw its card: that is nobody's click."""


@login_not_required
@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to where a short link goes."""
    person = request.method == "GET" and not _PREVIEW.search(request.headers.get("user-agent", ""))
    url = follow_link(token, now=clock.now(), counts=person)
    if not url:
        raise Http404
    answer = HttpResponseRedirect(url)
    answer["Referrer-Policy"] = "no-referrer-when-downgrade"
    return answer
