"""Snippets: their list, their form, and what the composer offers to put in."""

from __future__ import annotations

import re
import uuid
from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from aura.kit.htmx import render_page
from aura.kit.problems import Refused
from posts.forms.snippets import SnippetForm
from posts.models import Post, Snippet
from posts.networks.judging import HASHTAG
from posts.operations.snippets import SNIPPETS_AT_MOST, create_snippet, delete_snippet, edit_snippet
from workspaces.views.access import can, person_of, require

LOOKED_AT = 100  # posts whose hashtags are offered
OFFERED = 12
PAGE = "posts/snippets.html"


@require_safe
def list_snippets(request: HttpRequest) -> HttpResponse:
    """Show every snippet, by kind."""
    rows = list(Snippet.objects.select_related("created_by")[:SNIPPETS_AT_MOST])
    context = {
        "nav": "posts",
        "rows": rows,
        "deletable": {row.pk for row in rows if can(request, "posts.delete_snippet", row)},
        "may_write": can(request, "posts.create_snippet"),
    }
    return render_page(request, PAGE, context)


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Answer what the composer offers to put in: snippets, and the hashtags that recent posts use most."""
    recent = (
        Post.objects.filter(trashed_at=None).order_by("-id").values_list("caption", flat=True)[:LOOKED_AT]
    )
    used = Counter(tag for caption in recent for tag in dict.fromkeys(re.findall(HASHTAG, caption)))
    context = {
        "rows": list(Snippet.objects.all()[:SNIPPETS_AT_MOST]),
        "hashtags": [tag for tag, _ in used.most_common(OFFERED)],
    }
    return render_page(request, "posts/_snippets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Keep new words."""
    require(request, "posts.create_snippet")
    return _form(request, Snippet(words=request.GET.get("words", "")))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change words that are kept."""
    require(request, "posts.edit_snippet")
    return _form(request, get_object_or_404(Snippet, pk=pk))


def _form(request: HttpRequest, snippet: Snippet) -> HttpResponse:
    is_new = snippet._state.adding
    form = SnippetForm(request.POST if request.method == "POST" else None, instance=snippet)
    if request.method == "POST" and form.is_valid():
        try:
            (create_snippet if is_new else edit_snippet)(form.instance, by=person_of(request))
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"“{form.instance}” is kept.")
            return redirect("posts:snippets")
    context = {"nav": "posts", "form": form, "snippet": None if is_new else snippet}
    return render_page(request, "posts/snippet.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, and then throw words away."""
    snippet = get_object_or_404(Snippet, pk=pk)
    require(request, "posts.delete_snippet", snippet)
    if request.method != "POST":
        return render_page(request, "posts/snippet_delete.html", {"nav": "posts", "snippet": snippet})
    delete_snippet(snippet, by=person_of(request))
    messages.success(request, f"“{snippet}” is gone. Posts that have these words keep them.")
    return redirect("posts:snippets")
