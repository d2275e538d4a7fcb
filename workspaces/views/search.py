"""Search and jump: the rows of the palette, and the same as a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from aura.kit.htmx import render_page
from workspaces import search
from workspaces.context import SETTINGS, Link, Shell
from workspaces.search import Found

EACH = 6
EACH_ON_PAGE = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind under their heading."""

    key: str
    heading: str
    icon: str
    rows: list[Found]


def _matches(link: Link, words: list[str]) -> bool:
    """Tell whether each typed word begins a word of the link."""
    own = f"{link.word} {link.does}".lower().split()
    return bool(words) and all(any(one.startswith(typed) for one in own) for typed in words)


@require_safe
def search_all(request: HttpRequest) -> HttpResponse:
    """Find campaigns, posts, media, and places to go; for the palette fewer of each than on the page."""
    query = request.GET.get("q", "").strip()[: search.QUERY_LENGTH]
    words = query.lower().split()
    shell = Shell(request)
    places = [link for link in (*shell.places, SETTINGS) if link.url and _matches(link, words)]
    makings = [link for link in shell.makings if _matches(link, words)]
    each = EACH if request.htmx else EACH_ON_PAGE  # type: ignore[attr-defined]
    groups = [Group(kind.key, kind.heading, kind.icon, rows) for kind, rows in search.find(query, each)]
    context = {"query": query, "groups": groups, "places": places, "makings": makings}
    return render_page(request, "search.html", context, part="search-results")
