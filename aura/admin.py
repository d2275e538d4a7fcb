"""The page that tells staff how the instance is: /admin/health/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aura import health
from aura.kit import clock, jobs
from media_library.models import Asset, FileDeletion
from posts.admin import GIVEN_UP
from posts.models import Target
from workspaces.models import Lease, Mail

COUNTED_TO = 1000


@dataclass(frozen=True, slots=True)
class Pile:
    """Rows that wait for a person: how many, in words, and the list that shows them."""

    words: str
    count: int
    url: str

    @property
    def number(self) -> str:
        """The count as it is shown; large ones are not counted to the end."""
        return f"{COUNTED_TO}+" if self.count > COUNTED_TO else str(self.count)


PILES: list[tuple[str, type[Model], Q, dict[str, str]]] = [
    ("Posts that Aura gave up on", Target, GIVEN_UP, {"aside": "yes"}),
    (
        "Posts that somebody has to confirm",
        Target,
        Q(status=Target.Status.NEEDS_CONFIRMATION),
        {"status__exact": Target.Status.NEEDS_CONFIRMATION},
    ),
    (
        "Files that could not be read",
        Asset,
        Q(status=Asset.Status.FAILED),
        {"status__exact": Asset.Status.FAILED},
    ),
    (
        "Mails that did not go out, or nobody knows",
        Mail,
        Q(status__in=[Mail.Status.FAILED, Mail.Status.UNKNOWN]),
        {"aside": "yes"},
    ),
    ("Mails that are kept", Mail, Q(status=Mail.Status.KEPT), {"status__exact": Mail.Status.KEPT}),
    (
        "Files that cannot be deleted",
        FileDeletion,
        Q(tries__gt=jobs.QUARANTINE_AFTER),
        {"tries__gt": str(jobs.QUARANTINE_AFTER)},
    ),
]
"""What is counted for staff: words, model, condition, and the query of the list in the admin that shows the same."""


def piles() -> list[Pile]:
    """Count what waits for a person, in every workspace: the middleware has opened them all to staff."""
    counted = []
    for words, model, condition, query in PILES:
        rows = model._default_manager.filter(condition).values("pk")
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        url = f"{reverse(name)}?{urlencode(query)}"
        counted.append(Pile(words, rows[: COUNTED_TO + 1].count(), url))
    return counted


def figures_of(part: health.Part) -> list[tuple[str, Any]]:
    """Return a part's figures as (words, value), without the tables that stand by themselves."""
    plain = {name: value for name, value in part.figures.items() if not isinstance(value, dict | list)}
    shown = []
    for name, value in plain.items():
        if name.endswith("_bytes") or name == "bytes":
            gigabytes = f"{value / 1e9:,.1f} GB"
            shown.append((name.removesuffix("_bytes").replace("_", " "), gigabytes))
        else:
            unit = {"ms": "answered in", "oldest_seconds": "oldest has waited"}.get(
                name, name.replace("_", " ")
            )
            suffix = " ms" if name == "ms" else " s" if name.endswith("_seconds") else ""
            shown.append((unit, f"{value}{suffix}"))
    return shown


@never_cache
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Show staff how each part is, who works, what waits, and what was set aside."""
    parts = health.report()
    tables = {
        name: value
        for part in parts
        for name, value in part.figures.items()
        if isinstance(value, dict | list)
    }
    context = {
        **admin.site.each_context(request),
        "title": "How it runs",
        "parts": [{"name": part.name, "ok": part.ok, "figures": figures_of(part)} for part in parts],
        "workers": tables.get("workers", []),
        "queues": sorted(dict(tables.get("ages", {})).items()),
        "leases": Lease.objects.order_by("name"),
        "piles": piles(),
        "now": clock.now(),
    }
    return render(request, "admin/health.html", context)
