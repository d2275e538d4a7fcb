"""Another asset instead of one, everywhere: chosen, listed, confirmed. And pictures that look alike, two by two."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from media_library import filters, lists, operations, similar, uses
from media_library.forms import OtherForm, ReplaceForm
from media_library.models import Asset
from media_library.operations.replacing import why_not
from media_library.views.common import asset_or_404, may_do, user_of
from workspaces.views.access import require

TO_CHOOSE = 24
LISTED = 50


@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose another asset (`with=`), see what becomes of every place, and do it."""
    asset = asset_or_404(pk)
    require(request, "media_library.replace_asset", asset)
    sent = request.POST if request.method == "POST" else request.GET
    other = _other(sent.get("with", ""))
    reason = why_not(asset, other) if other else ""
    if other is None or reason:
        return _choose(
            request, asset, reason or ("Choose another one first." if request.method == "POST" else "")
        )
    may_trash = asset.trashed_at is None and may_do(request, "trash_asset", asset)
    if request.method == "POST":
        form = ReplaceForm(request.POST)
        trash = may_trash and form.is_valid() and form.cleaned_data["trash"]
        done = operations.replace_asset(asset, other=other, trash=trash, by=user_of(request))
        messages.success(request, _told(asset, done, trashed=trash))
        return redirect(other)
    changes, total = uses.plan_of(asset, other, by=user_of(request), limit=LISTED)
    context = {
        "nav": "media",
        "asset": asset,
        "other": other,
        "changes": changes,
        "more": total - len(changes),
        "replaced": total - sum(change.stays for change in changes),
        "may_trash": may_trash,
        "trash": "trash" in request.GET,
    }
    return render(request, "media_library/replace.html", context)


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show pictures that look the same, side by side."""
    page = similar.pairs(_id(request.GET.get("after", "")))
    context = {"nav": "media", "page": page, "may_edit": may_do(request, "replace_asset")}
    return render(request, "media_library/duplicates.html", context)


@require_POST
def different(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that two pictures that look alike are different."""
    asset = asset_or_404(pk)
    require(request, "media_library.mark_different", asset)
    form = OtherForm(request.POST)
    if not form.is_valid():
        raise Http404("The other one is not here.")
    other = form.cleaned_data["other"]
    operations.mark_different(asset, other=other, by=user_of(request))
    messages.success(request, f"“{asset}” and “{other}” are kept apart.")
    after = _id(request.POST.get("after", ""))
    return redirect(reverse("media:duplicates") + (f"?after={after}" if after else ""))


def _choose(request: HttpRequest, asset: Asset, reason: str) -> HttpResponse:
    asked = filters.Filter(q=filters.read(request.GET).q, kind=(asset.kind,))
    rows = asked.rows(now=clock.now()).filter(status=Asset.Status.READY).exclude(pk=asset.pk)
    context = {
        "nav": "media",
        "asset": asset,
        "reason": reason,
        "page": lists.page_of(asked, rows, request.GET, size=TO_CHOOSE),
        "alike": [] if asked.q else [other for other, _ in similar.near(asset, limit=6)],
        "count": uses.plan_of(asset, None, by=user_of(request), limit=1)[1],
    }
    return render(request, "media_library/replace_choose.html", context, status=422 if reason else 200)


def _other(text: str) -> Asset | None:
    pk = _id(text)
    return lists.with_pictures(Asset.objects.filter(pk=pk)).first() if pk else None


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _told(asset: Asset, done: operations.Replaced, *, trashed: bool) -> str:
    places = f"{done.replaced} place{'' if done.replaced == 1 else 's'}"
    said = f"“{asset}” is replaced in {places}."
    if done.stayed:
        said += f" It stays in {done.stayed} that {'is' if done.stayed == 1 else 'are'} out."
    return f"{said} It is in the trash now." if trashed else said
