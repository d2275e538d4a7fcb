"""Pages of brands, among the settings."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import render_page
from campaigns import operations
from campaigns.forms import BrandForm
from campaigns.models import Brand, Campaign
from workspaces.operation import Refused
from workspaces.views.access import can, person_of, require


def _may(request: HttpRequest) -> dict[str, bool]:
    """Return which verbs the person may use on brands; no query."""
    return {verb: can(request, f"campaigns.{verb}_brand") for verb in ("create", "edit", "trash", "restore")}


def _brand(pk: uuid.UUID) -> Brand:
    return get_object_or_404(Brand.objects.select_related("logo__current"), pk=pk)


@require_safe
def list_brands(request: HttpRequest) -> HttpResponse:
    """Show every brand, those in the trash below."""
    rows = (
        Brand.objects.select_related("logo__current")
        .prefetch_related("logo__current__renditions")
        .annotate(open_campaigns=Count("campaigns", filter=Q(campaigns__trashed_at=None)))
        .order_by("name")[:200]
    )
    brands = list(rows)
    context = {
        "nav": "settings",
        "tab": "brands",
        "brands": [brand for brand in brands if not brand.is_trashed],
        "trashed": [brand for brand in brands if brand.is_trashed],
        "may": _may(request),
    }
    return render_page(request, "campaigns/brands.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create_brand(request: HttpRequest) -> HttpResponse:
    """Write a new brand."""
    require(request, "campaigns.create_brand")
    form = BrandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        brand = operations.create_brand(form.instance, by=person_of(request))
        messages.success(request, f"“{brand}” is there.")
        return redirect("campaigns:brands")
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_brand(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a brand."""
    require(request, "campaigns.edit_brand")
    brand = _brand(pk)
    form = BrandForm(request.POST or None, instance=brand)
    if request.method == "POST" and form.is_valid():
        operations.edit_brand(form.instance, by=person_of(request))
        messages.success(request, "Saved.")
        return redirect("campaigns:brands")
    return _form_page(request, form, _brand(pk))


def _form_page(request: HttpRequest, form: BrandForm, brand: Brand | None = None) -> HttpResponse:
    context = {"nav": "settings", "tab": "brands", "form": form, "brand": brand, "may": _may(request)}
    return render_page(request, "campaigns/brand_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_brand(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, listing what goes along and what will not go out; then put the brand in the trash."""
    require(request, "campaigns.trash_brand")
    brand = _brand(pk)
    problem = ""
    if request.method == "POST":
        try:
            operations.trash_brand(brand, now=clock.now(), by=person_of(request))
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, f"“{brand}” is in the trash.")
            return redirect("campaigns:brands")
    campaigns = list(Campaign.objects.filter(brand=brand, trashed_at=None).order_by("-id"))
    planned, total = operations.promises([campaign.pk for campaign in campaigns])
    context = {
        "nav": "settings",
        "tab": "brands",
        "brand": brand,
        "campaigns": campaigns,
        "promises": planned,
        "more_promises": max(0, total - len(planned)),
        "problem": problem,
    }
    return render_page(request, "campaigns/brand_confirm.html", context, status=409 if problem else 200)


@require_POST
def restore_brand(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a brand back from the trash."""
    brand = _brand(pk)
    try:
        operations.restore_brand(brand, now=clock.now(), by=person_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"“{brand}” is back, with the campaigns that went with it.")
    return redirect("campaigns:brands")
