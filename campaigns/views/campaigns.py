"""Pages of campaigns: list, page, writing, and the verbs of its life."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aura.kit import clock, paging
from aura.kit.htmx import render_page
from campaigns import lists, operations, sections
from campaigns.days import Days
from campaigns.forms import CampaignForm
from campaigns.models import Campaign
from workspaces.operation import Refused, StaleVersion
from workspaces.scope import current_workspace
from workspaces.views.access import can, person_of, require

VERBS = [
    "create_campaign", "edit_campaign", "duplicate_campaign", "start_campaign", "complete_campaign", "archive_campaign",
    "unarchive_campaign", "trash_campaign", "restore_campaign", "purge_campaign",
]  # fmt: skip


def _may(request: HttpRequest, campaign: Campaign | None = None) -> dict[str, bool]:
    """Return which verbs the person may use here; no query."""
    return {verb.split("_")[0]: can(request, f"campaigns.{verb}", campaign) for verb in VERBS}


def _campaign(pk: uuid.UUID) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("brand", "created_by"), pk=pk)


@require_safe
def list_campaigns(request: HttpRequest) -> HttpResponse:
    """Show campaigns: searched, filtered, sorted, paged; all of it in the address."""
    asked = lists.read(request.GET)
    page = paging.page(lists.campaigns(asked), asked.sort, request.GET)
    counts = operations.counts([campaign.pk for campaign in page.rows])
    today = clock.wall_of(clock.now(), current_workspace().zone).date()
    context = {
        "nav": "campaigns",
        "asked": asked,
        "rows": [(campaign, Days.of(campaign, today), counts.get(campaign.pk, {})) for campaign in page.rows],
        "links": page.links(request.GET),
        "shelves": lists.SHELVES,
        "sorts": lists.SORTS,
        "statuses": Campaign.Status.choices,
        "brands": lists.brands(),
        "categories": lists.categories(),
        "tags": lists.tags(),
        "may": _may(request),
        "trash_days": operations.TRASH_DAYS,
    }
    return render_page(request, "campaigns/list.html", context, part="campaign-rows")


@require_safe
def show_campaign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one campaign: its brief, and what apps above know of it."""
    campaign = _campaign(pk)
    now = clock.now()
    voice = list(campaign.voice_tags.values_list("word", flat=True))
    statuses = operations.counts([campaign.pk]).get(campaign.pk, {})
    zone = current_workspace().zone
    today = clock.wall_of(now, zone).date()
    built = sections.built(sections.Shown(campaign, statuses, now, today, zone))
    allowed = _may(request, campaign)
    # A dialog has no room for the list of what will not go out: then the page asks.
    planned = any(statuses.get(status) for status in ("scheduled", "publishing", "partly_published"))
    context = {
        "nav": "campaigns",
        "campaign": campaign,
        "days": Days.of(campaign, today),
        "voice": voice,
        "tags": list(campaign.tags.values_list("word", flat=True)),
        "missing": campaign.missing_in_brief(len(voice)),
        "aside": [one for one in built if one.section.aside],
        "sections": [one for one in built if not one.section.aside],
        "may": allowed,
        "asks_on_page": planned,
        "dialogs": [] if planned and not campaign.is_trashed else _dialogs(campaign, allowed),
        "trash_days": operations.TRASH_DAYS,
    }
    return render_page(request, "campaigns/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Write a new campaign."""
    require(request, "campaigns.create_campaign")
    form = CampaignForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            campaign = operations.create_campaign(
                form.instance,
                voice_tags=form.cleaned_data["voice_tags"],
                tags=form.cleaned_data["tags"],
                now=clock.now(),
                by=person_of(request),
            )
            messages.success(request, f"“{campaign}” is there.")
            return redirect(campaign)
    elif request.method == "GET":
        form = _new_form(request)
    return _form_page(request, form, status=422 if form.errors else 200)


def _new_form(request: HttpRequest) -> CampaignForm:
    """Return an empty form that starts from the only brand, or the one in the address."""
    brands = lists.brands()
    wanted = request.GET.get("brand", "")
    brand = next((one for one in brands if str(one.pk) == wanted), brands[0] if len(brands) == 1 else None)
    if brand is None:
        return CampaignForm()
    return CampaignForm(initial={"brand": brand.pk, "guardrails": brand.guardrails}, voice=brand.voice_tags)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a campaign. A stale save shows what the other person wrote beside what was typed."""
    campaign = _campaign(pk)
    require(request, "campaigns.edit_campaign", campaign)
    voice = list(campaign.voice_tags.values_list("word", flat=True))
    labels = list(campaign.tags.values_list("word", flat=True))
    if request.method != "POST":
        return _form_page(request, CampaignForm(instance=campaign, voice=voice, labels=labels), campaign)
    form = CampaignForm(request.POST, instance=campaign, voice=voice, labels=labels)
    if not form.is_valid():
        return _form_page(request, form, _campaign(pk), status=422)
    try:
        operations.edit_campaign(
            form.instance,
            version=form.cleaned_data["version"] or 0,
            voice_tags=form.cleaned_data["voice_tags"],
            tags=form.cleaned_data["tags"],
            now=clock.now(),
            by=person_of(request),
        )
    except StaleVersion as stale:
        return _stale_page(request, form, pk, str(stale))
    messages.success(request, "Saved.")
    return redirect(campaign)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people wrote differently."""

    label: str
    theirs: str
    yours: str


def _stale_page(request: HttpRequest, form: CampaignForm, pk: uuid.UUID, sentence: str) -> HttpResponse:
    """Show the form as typed with what is saved now beside it; saving again is then a choice."""
    saved = _campaign(pk)
    now_saved = CampaignForm(
        instance=saved,
        voice=list(saved.voice_tags.values_list("word", flat=True)),
        labels=list(saved.tags.values_list("word", flat=True)),
    )
    differences = []
    for bound in form.visible_fields():
        before = now_saved[bound.name].initial
        if bound.field.has_changed(before, bound.data):
            theirs = now_saved[bound.name].value()
            shown = saved.brand.name if bound.name == "brand" else bound.field.prepare_value(theirs)
            yours = form.instance.brand.name if bound.name == "brand" else bound.data
            differences.append(
                Difference(str(bound.label), str(shown if shown is not None else ""), str(yours or ""))
            )
    typed = request.POST.copy()
    typed["version"] = str(saved.version)
    again = CampaignForm(typed, instance=_campaign(pk))
    again.is_valid()
    return _form_page(request, again, saved, status=409, stale=sentence, differences=differences)


def _form_page(
    request: HttpRequest,
    form: CampaignForm,
    campaign: Campaign | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "nav": "campaigns",
        "form": form,
        "campaign": campaign,
        "categories": lists.categories(),
        **more,
    }
    return render_page(request, "campaigns/form.html", context, status=status)


@require_POST
def duplicate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a copy and open it for writing."""
    copy = operations.duplicate_campaign(_campaign(pk), now=clock.now(), by=person_of(request))
    messages.success(request, f"“{copy}” has the same brief. Give it a name and days of its own.")
    return redirect("campaigns:edit", copy.pk)


def _simple(
    request: HttpRequest, pk: uuid.UUID, verb: Callable[..., Campaign], said: str, **more: Any
) -> HttpResponse:
    """Run a verb and go to the campaign's page; a refusal is said there."""
    campaign = _campaign(pk)
    try:
        verb(campaign, now=clock.now(), by=person_of(request), **more)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said.format(campaign))
    return redirect(campaign)


@require_POST
def start(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Start the campaign."""
    return _simple(request, pk, operations.start_campaign, "“{}” is running.")


@require_POST
def unarchive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the campaign out of the archive."""
    return _simple(
        request,
        pk,
        operations.unarchive_campaign,
        "“{}” is out of the archive. Its posts wait for new times.",
    )


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring the campaign back from the trash."""
    return _simple(request, pk, operations.restore_campaign, "“{}” is back. Its posts wait for new times.")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something is put away: on a page, or in a dialog of the campaign's page."""

    key: str
    title: str
    words: str
    yes: str
    no: str
    url: str

    @property
    def dialog(self) -> str:
        """The id of its dialog."""
        return f"ask-{self.key}"


def _questions(campaign: Campaign) -> dict[str, Question]:
    days = operations.TRASH_DAYS
    trash_words = (
        "Its posts go with it, and pictures that nothing else uses. "
        f"You can bring all of it back for {days} days."
    )
    return {
        "complete": Question(
            "complete",
            f"Complete “{campaign}”?",
            "It stays readable, and nothing more goes out from it.",
            "Complete it",
            "Keep it running",
            reverse("campaigns:complete", args=[campaign.pk]),
        ),
        "archive": Question(
            "archive",
            f"Archive “{campaign}”?",
            "It leaves the list and stays readable. You can take it out of the archive at any time.",
            "Archive it",
            "Keep it here",
            reverse("campaigns:archive", args=[campaign.pk]),
        ),
        "delete": Question(
            "delete",
            f"Put “{campaign}” in the trash{' with everything in it' if campaign.has_started else ''}?",
            trash_words,
            "Put it in the trash",
            "Keep it",
            reverse("campaigns:delete", args=[campaign.pk]),
        ),
        "purge": Question(
            "purge",
            f"Delete “{campaign}” for good?",
            "Its brief and its posts are gone then. Nobody can bring them back.",
            "Delete it for good",
            "Keep it in the trash",
            reverse("campaigns:purge", args=[campaign.pk]),
        ),
    }


def _dialogs(campaign: Campaign, allowed: dict[str, bool]) -> list[Question]:
    """Return the questions that the person may be asked as things stand."""
    questions = _questions(campaign)
    if campaign.is_trashed:
        return [questions["purge"]] if allowed["purge"] else []
    asked = [questions["delete"]] if allowed["trash"] else []
    if not campaign.archived_at:
        asked += [questions["archive"]] if allowed["archive"] else []
        running = campaign.status == Campaign.Status.IN_PROGRESS
        asked += [questions["complete"]] if running and allowed["complete"] else []
    return asked


def _asked(
    request: HttpRequest,
    pk: uuid.UUID,
    key: str,
    verb: Callable[..., Campaign],
    said: str,
    *,
    then: str = "",
    **more: Any,
) -> HttpResponse:
    """Ask on GET, listing what will not go out; on POST do it."""
    campaign = _campaign(pk)
    require(request, f"campaigns.{verb.__name__}", campaign)
    problem = ""
    if request.method == "POST":
        try:
            verb(campaign, now=clock.now(), by=person_of(request), **more)
        except Refused as refused:
            problem = str(refused)
        else:
            messages.success(request, said.format(campaign))
            return redirect(then or campaign.get_absolute_url())
    planned, total = ([], 0) if key == "purge" else operations.promises([campaign.pk])
    context = {
        "nav": "campaigns",
        "campaign": campaign,
        "question": _questions(campaign)[key],
        "promises": planned,
        "more_promises": max(0, total - len(planned)),
        "problem": problem,
    }
    return render_page(request, "campaigns/confirm.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then complete the campaign."""
    return _asked(request, pk, "complete", operations.complete_campaign, "“{}” is completed.")


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then archive the campaign."""
    return _asked(request, pk, "archive", operations.archive_campaign, "“{}” is in the archive.")


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then put the campaign in the trash with everything in it."""
    said = f"“{{}}” is in the trash. You can bring it back for {operations.TRASH_DAYS} days."
    then = reverse("campaigns:list")
    return _asked(request, pk, "delete", operations.trash_campaign, said, then=then, with_contents=True)


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete a campaign in the trash for good."""
    then = f"{reverse('campaigns:list')}?show=trash"
    return _asked(request, pk, "purge", operations.purge_campaign, "“{}” is gone.", then=then)
