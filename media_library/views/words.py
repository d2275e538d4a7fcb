"""Words in the library: written, shown with their lengths, changed, downloaded."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from media_library import operations, text_limits, uses
from media_library.about import kept_about
from media_library.forms import RIGHTS, WordsForm, WordsPageForm
from media_library.models import Asset
from media_library.operations.words import WORDS_EDITED
from media_library.views.around import around, talk_of
from media_library.views.common import may_do, user_of
from workspaces.views.access import require


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Show the form for new words, and keep them."""
    require(request, "media_library.write_words")
    form = WordsForm(request.POST if request.method == "POST" else None, initial={"kind": Asset.Kind.AD_COPY})
    if request.method == "POST" and form.is_valid():
        asset = operations.write_words(form.instance, by=user_of(request))
        messages.success(request, f"“{asset.title}” is kept.")
        return redirect(asset)
    context = {"nav": "media", "form": form, "kinds": kinds(form["body"].value() or "")}
    return render(request, "media_library/write.html", context, status=422 if form.errors else 200)


def page(request: HttpRequest, asset: Asset, **more: object) -> HttpResponse:
    """Show words that are kept, and save what was changed in them.

    With `more`, which joins the template's context, something else on the page was sent and is wrong.
    """
    form = WordsPageForm(request.POST if request.method == "POST" and not more else None, instance=asset)
    if request.method == "POST" and not more and form.is_valid():
        operations.edit_asset(form.instance, fields=WORDS_EDITED, by=user_of(request))
        messages.success(request, "Saved.")
        return redirect(asset)
    if form.errors:
        asset.refresh_from_db(fields=["kind", "title", "body", *RIGHTS])
    context = {
        "nav": "media",
        "asset": asset,
        "form": form,
        "kinds": kinds(form["body"].value() or ""),
        "lengths": text_limits.lengths_of(asset.body, [asset.kind]),
        "characters": len(asset.body.replace("\r\n", "\n")),
        "places": uses.places_of(asset),
        "starts": uses.starts_of(asset) if not asset.trashed_at else [],
        **kept_about(asset),
        "may_edit": may_do(request, "edit_asset"),
        "may_trash": may_do(request, "trash_asset", asset),
        "may_purge": may_do(request, "purge_asset"),
        **around(request, asset),
        **talk_of(request, asset),
        **more,
    }
    return render(request, "media_library/words.html", context, status=422 if form.errors or more else 200)


def kinds(text: str) -> list[tuple[str, list[text_limits.Length]]]:
    """Return for every kind of words how long a text is at its places: the form shows those of the chosen one."""
    return [(kind.value, text_limits.lengths_of(text, [kind])) for kind in Asset.TEXT_KINDS]
