"""The library as a list, and as something to pick from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from media_library import lists
from media_library.formats import image
from media_library.views.common import may_do


@require_safe
def list_assets(request: HttpRequest) -> HttpResponse:
    """Show the library, newest first; htmx may ask for the grid alone."""
    page = lists.page_of(
        query=request.GET.get("q", ""),
        state=request.GET.get("state", ""),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "nav": "media",
        "page": page,
        "states": lists.STATES,
        "figures": lists.figures(clock.now()),
        "may_upload": may_do(request, "add_upload"),
        "largest": image.largest_bytes(),
    }
    return render_page(request, "media_library/list.html", context, part="media-grid")


@require_GET
def pick(request: HttpRequest) -> HttpResponse:
    """Show pictures to choose from, for the composer; only what is ready or on its way."""
    page = lists.page_of(query=request.GET.get("q", ""), cursor=request.GET.get("cursor", ""), size=24)
    return render_page(request, "media_library/pick.html", {"page": page, "nav": "media"}, part="media-pick")
