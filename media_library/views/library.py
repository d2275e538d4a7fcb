"""The library as a list, and as something to pick from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_safe

from aura.kit import clock
from aura.kit.htmx import htmx_of, render_page
from media_library import filters, formats, intake, lists, operations, placements
from media_library.forms import SavedFilterForm, most_bytes
from media_library.models import Album, Asset
from media_library.selection import AT_MOST, ManyRightsForm, ManyTagsForm
from media_library.views.common import may_do, user_of
from workspaces.models import User
from workspaces.scope import current_workspace

TO_PICK = 24
FACETS = [
    ("kind", "Kind", [(key, str(Asset.Kind(key).label)) for key in (*lists.KINDS, *Asset.TEXT_KINDS)]),
    ("fits", "Fits", [(one.key, one.name) for one in placements.often()]),
    ("shape", "Shape", [(key, str(word)) for key, word in Asset.Shape.choices]),
    ("flaw", "Needs a look", list(filters.FLAWS.items())),
]
MORE_FACETS = [
    ("scale", "Longer side", [(key, str(word)) for key, word in Asset.Scale.choices]),
    ("weight", "File", [(key, str(word)) for key, word in Asset.Weight.choices]),
]
SWATCHES = {
    "red": "#c03a35", "orange": "#dd7a2c", "brown": "#7d4a2a", "yellow": "#e3bd3b",
    "green": "#5f8a45", "teal": "#4f9a94", "blue": "#3f6fae", "purple": "#7a569c",
    "pink": "#d78ca4", "black": "#232020", "grey": "#8b8886", "white": "#f4f1ec",
}  # fmt: skip


@require_safe
def list_assets(request: HttpRequest) -> HttpResponse:
    """Show the library as it is asked for; htmx may ask for the results, or for the next page of the grid alone."""
    now, asked = clock.now(), filters.read(request.GET)
    rows = asked.rows(now=now)
    page = lists.page_of(asked, rows, request.GET)
    context = {
        "nav": "media",
        "page": page,
        "asked": asked,
        "may_upload": may_do(request, "add_upload"),
        "may_write": may_do(request, "tag_assets"),
    }
    htmx = htmx_of(request)
    if htmx and htmx.target == "media-more":
        return render_page(request, "media_library/list.html", context, part="media-more")
    album = Album.objects.filter(pk=asked.album).select_related("parent").first() if asked.album else None
    members = User.objects.filter(memberships__workspace=current_workspace())
    person = members.filter(pk=asked.by).first() if asked.by else None
    choices = lists.choices(user_of(request))
    offered = {tag.name for tag in choices.tags}
    figures = None if asked.narrowed else lists.figures(now)
    fitting = lists.fitting(rows) if asked.narrowed else None
    in_trash = asked.state == "trash"
    context |= {
        "alone": htmx is not None and htmx.target == "media-results",
        "figures": figures,
        "fitting": fitting,
        "all_of_them": lists.fitting(rows) if in_trash else figures.kept if figures else fitting,
        "at_once": AT_MOST,
        "many": {"tags": ManyTagsForm(auto_id="many_%s"), "rights": ManyRightsForm(auto_id="many_%s")},
        "often": placements.often(),
        "places": placements.by_platform(),
        "most": lists.FITTING_AT_MOST - 1,
        "choices": choices,
        "other_tags": [name for name in asked.tag if name not in offered],
        "chips": asked.chips(album=album, person=str(person or "")),
        "album": album,
        "facets": _facets(asked, FACETS),
        "more_facets": _facets(asked, MORE_FACETS),
        "more_asked": any(getattr(asked, name) for name in filters.FIGURES),
        "uses": {"": "Whenever", **filters.USES},
        "states": filters.STATES,
        "sorts": asked.orders,
        "swatches": [(key, word, SWATCHES[key]) for key, word in Asset.Colour.choices],
        "save_form": SavedFilterForm(initial={"query": asked.address()}),
        "goes_direct": operations.goes_direct(),
        "largest": most_bytes(),
        "largest_picture": formats.image.largest_bytes(),
        "accept": intake.accept(),
    }
    return render_page(request, "media_library/list.html", context, part="media-results")


def _facets(
    asked: filters.Filter, facets: list[tuple[str, str, list[tuple[str, str]]]]
) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Return what is ticked: the name in the address, the heading, each value with its word and whether it is on."""
    return [
        (name, heading, [(key, word, key in getattr(asked, name)) for key, word in values])
        for name, heading, values in facets
    ]


@require_GET
def pick(request: HttpRequest) -> HttpResponse:
    """Show pictures and films to choose from, for the composer; only what is ready or on its way."""
    asked = filters.Filter(q=filters.read(request.GET).q, kind=lists.SHOWN)
    page = lists.page_of(asked, asked.rows(now=clock.now()), request.GET, size=TO_PICK)
    return render_page(request, "media_library/pick.html", {"page": page, "nav": "media"}, part="media-pick")
