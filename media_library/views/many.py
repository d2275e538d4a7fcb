"""Many assets at once: one operation on all that is ticked, or all of them in one ZIP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from aura.kit import clock
from aura.kit.htmx import htmx_of
from aura.kit.problems import Refused
from media_library import lists, operations, zips
from media_library.forms import FitsForm
from media_library.models import Asset
from media_library.selection import ManyAlbumForm, ManyRightsForm, ManyTagsForm, Selection, SelectionForm
from media_library.views.common import back_to, user_of
from workspaces.context import WRITE
from workspaces.models import User
from workspaces.views.access import require

Act = Callable[[Sequence[Asset], Any, User], operations.Done]


@dataclass(frozen=True)
class Verb:
    """What can be done with many: the operation, the form that says how, and the words for what it did.

    `done` is said of those that changed, `left` of those that were left alone; `stays` tells that they are still
    where they were, so that a page that is open need not be made anew.
    """

    operation: str
    act: Act
    done: str
    left: str
    form: type[forms.BaseForm] = field(default=forms.Form)
    heading: str = ""
    word: str = ""
    stays: bool = True


VERBS: dict[str, Verb] = {
    "tag": Verb(
        "tag_assets",
        lambda assets, form, by: operations.tag_assets(assets, add=form.cleaned_data["tags"], by=by),
        "tagged",
        "would have more than 30 tags",
        ManyTagsForm,
        "Add tags",
        "Add",
    ),
    "untag": Verb(
        "tag_assets",
        lambda assets, form, by: operations.tag_assets(assets, remove=form.cleaned_data["tags"], by=by),
        "without these tags",
        "would have more than 30 tags",
        ManyTagsForm,
        "Take tags off",
        "Take off",
    ),
    "put": Verb(
        "add_to_album",
        lambda assets, form, by: operations.add_to_album(form.cleaned_data["album"], assets=assets, by=by),
        "in the album",
        "",
        ManyAlbumForm,
        "Put into an album",
        "Put in",
    ),
    "take": Verb(
        "take_out_of_album",
        lambda assets, form, by: operations.take_out_of_album(
            form.cleaned_data["album"], assets=assets, by=by
        ),
        "taken out of the album",
        "not in it",
        ManyAlbumForm,
        "Take out of an album",
        "Take out",
    ),
    "rights": Verb(
        "set_rights",
        lambda assets, form, by: operations.set_rights(assets, rights=form.rights, by=by),
        "with these rights",
        "",
        ManyRightsForm,
        "Set rights",
        "Set them",
    ),
    "cut": Verb(
        "request_many_fits",
        lambda assets, form, by: operations.request_many_fits(
            assets, placements=form.cleaned_data["places"], by=by
        ),
        "being cut",
        "too small, or no picture that is ready",
        FitsForm,
        "Make cuts",
        "Cut them",
    ),
    "trash": Verb(
        "trash_assets",
        lambda assets, form, by: operations.trash_assets(assets, by=by),
        "in the trash for 30 days",
        "there already, or made by others: an editor can put those there",
        stays=False,
    ),
    "restore": Verb(
        "restore_assets",
        lambda assets, form, by: operations.restore_assets(assets, by=by),
        "back",
        "not in the trash, or made by others: an editor can bring those back",
        stays=False,
    ),
}


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Do one thing with all that is ticked."""
    verb = VERBS.get(request.POST.get("verb", ""))
    require(request, f"media_library.{verb.operation if verb else 'tag_assets'}")
    ticked = SelectionForm(request.POST)
    if request.POST.get("verb") == "write" and ticked.is_valid():
        return _write(request, ticked)
    form = verb.form(request.POST) if verb else forms.Form(request.POST)
    if not (ticked.is_valid() & form.is_valid()) or verb is None:
        return _again(request, ticked, verb, form)
    chosen = ticked.selection(now=clock.now())
    if not chosen.assets:
        return _again(request, ticked, verb, form, sentence="None of these is here any more. Tick others.")
    made = verb.act(chosen.assets, form, user_of(request))
    _say(request, verb, made, chosen)
    if htmx_of(request) is not None and verb.stays:
        return HttpResponse()  # the sentence comes along; what is ticked stays ticked
    return redirect(back_to(request, reverse("media:list")))


def _say(request: HttpRequest, verb: Verb, made: operations.Done, chosen: Selection) -> None:
    """Say how many changed, and how many did not and why."""
    number = len(made.changed)
    if number:
        messages.success(request, f"{_things(number)} {'is' if number == 1 else 'are'} {verb.done}.")
    if made.left:
        number = len(made.left)
        was = "was" if number == 1 else "were"
        messages.warning(request, f"{_things(number)} {was} left alone: {verb.left}.")
    if chosen.missing:
        is_or_are = "is" if chosen.missing == 1 else "are"
        messages.warning(request, f"{_things(chosen.missing)} {is_or_are} not here any more.")


def _write(request: HttpRequest, ticked: SelectionForm) -> HttpResponse:
    """Lead on to a new post that holds what is ticked, or as much of it as a post takes."""
    assets = ticked.selection(now=clock.now()).assets
    at_most: int = settings.AURA_MEDIA_PER_POST
    if len(assets) > at_most:
        messages.warning(
            request, f"A post takes {at_most}, so it has the newest {at_most} of those you ticked."
        )
    chosen = urlencode([("media", str(asset.pk)) for asset in assets[:at_most]])
    return redirect(f"{WRITE.url}?{chosen}")


def _things(number: int) -> str:
    return "One thing" if number == 1 else f"{number:,} things"


def _again(
    request: HttpRequest,
    ticked: SelectionForm,
    verb: Verb | None,
    form: forms.BaseForm,
    *,
    sentence: str = "",
) -> HttpResponse:
    """Ask again on a page of its own, with everything that was ticked and typed; to htmx, only say what is missing."""
    sentences = [sentence] if sentence else []
    sentences += [str(each) for one in (ticked, form) for errors in one.errors.values() for each in errors]
    if verb is None:
        sentences.append("Choose what to do with them.")
    if htmx_of(request) is not None:
        for each in dict.fromkeys(sentences):
            messages.error(request, each)
        return HttpResponse(status=422)
    chosen = ticked.selection(now=clock.now()) if ticked.is_valid() else Selection([])
    shown = Asset.objects.filter(pk__in=[asset.pk for asset in chosen.assets[: lists.TO_SHOW]])
    context = {
        "nav": "media",
        "ticked": ticked,
        "form": form,
        "verb": verb,
        "key": request.POST.get("verb", ""),
        "sentences": dict.fromkeys(sentences),
        "number": len(chosen.assets),
        "assets": lists.with_pictures(shown).order_by("-id"),
        "next": back_to(request, reverse("media:list")),
    }
    return render(request, "media_library/many.html", context, status=422)


@require_POST
def download(request: HttpRequest) -> HttpResponseBase:
    """Serve what is ticked in one ZIP, made while it is sent: clean copies, and texts as they are."""
    ticked = SelectionForm(request.POST)
    if not ticked.is_valid():
        return _again(request, ticked, None, forms.Form())
    chosen = ticked.selection(now=clock.now())
    entries, without = zips.entries_of(chosen.assets)
    if not entries:
        raise Refused("No copy to download is ready yet. Try again in a moment.")
    return zips.response([*entries, *zips.note(without)], name="Media")
