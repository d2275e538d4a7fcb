"""The page of what is still to go out below a post that is out: what is out is only shown, the rest can be changed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from aura.kit.htmx import render_page
from media_library import lists as library
from media_library.models import Asset
from posts.checks.sizes import Counter
from posts.forms.pictures import assets_with_files
from posts.forms.rest import RestForm, media_name, mended, name_of
from posts.models import Channel, Post, Target
from posts.operations import rest
from posts.parts import numbers_of, targets_in_order
from posts.views.acting import act, get_post, page_of, person_of, version_in
from posts.views.picking import TO_PICK, picker_for
from workspaces.operation import Refused, StaleVersion
from workspaces.scope import current_workspace
from workspaces.views.access import can, require


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing on a channel: its words to read, or the field and the room for them.

    Beside a field, `words` and `other_pictures` are what somebody else saved there meanwhile. `pictures` None: it
    cannot have any.
    """

    target: Target
    words: str
    field: forms.BoundField | None = None
    counter: Counter | None = None
    media_name: str = ""
    pictures: list[Asset] | None = None
    other_pictures: list[Asset] | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A channel on which something is still to go out, with all that belongs there, in order."""

    channel: Channel
    pieces: list[Piece] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a thread whose beginning is out, and save other words for what is not."""
    require(request, "posts.edit_rest")
    post = get_post(pk)
    targets = targets_in_order(post)
    mine = rest.rest_of(targets)
    numbers = numbers_of(targets)
    if request.method != "POST" or "change" in request.POST:
        typed = mended(request.POST, mine) if request.method == "POST" else None
        form = RestForm(None, post=post, rest=mine, numbers=numbers, typed=typed)
        return _page(request, post, targets, form)
    form = RestForm(request.POST, post=post, rest=mine, numbers=numbers)
    if not form.is_valid():
        return _page(request, post, targets, form, status=422)
    try:
        edited = rest.edit_rest(
            post, words=form.words, pictures=form.pictures, version=version_in(request), by=person_of(request)
        )
    except StaleVersion as problem:
        again = request.POST.copy()
        again["version"] = str(post.version)
        form = RestForm(again, post=post, rest=mine, numbers=numbers)
        form.is_valid()
        form.add_error(None, f"{problem} Look at it once more, then save: what you wrote is still here.")
        return _page(request, post, targets, form, status=409)
    except Refused as problem:
        form.add_error(None, str(problem))
        return _page(request, post, targets, form, status=409)
    messages.success(request, "Saved. What is out stays as it is.")
    if edited.voided:
        messages.warning(
            request, "It was approved before this changed: the rest waits until it is approved again."
        )
    if edited.unscheduled:
        messages.warning(
            request, "It does not go out by itself any more. Whoever may publish is told, and sends it."
        )
    return redirect(page_of(post))


@require_POST
def leave(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Leave one part out."""
    target = get_object_or_404(Target.objects.select_related("post", "channel"), pk=pk)
    return act(
        request,
        lambda: rest.leave_part(target, by=person_of(request)),
        f"{target.place} stays out. The rest goes on.",
        back=page_of(target.post),
    )


def _page(
    request: HttpRequest, post: Post, targets: list[Target], form: RestForm, *, status: int = 200
) -> HttpResponse:
    library_page, loaded = library.first_page_with(form.wanted, assets_with_files(), size=TO_PICK)
    form.known_assets |= {asset.pk: asset for asset in loaded}
    open_ones = {target.pk for target in form.rest}
    threads: dict[uuid.UUID, Thread] = {target.channel_id: Thread(target.channel) for target in form.rest}
    for target in targets:
        if target.channel_id in threads:
            is_open = target.pk in open_ones
            if is_open:
                typed = form[name_of(target)]
                theirs = target.own_words if status == 409 and typed.value() != target.own_words else ""
                strip = None if target.as_comment else form.pictures_of(target)
                was = list(getattr(target, "pictures", ()))
                other = was if status == 409 and strip is not None and strip != was else None
                piece = Piece(target, theirs, typed, form.counter(target), media_name(target), strip, other)
            else:
                piece = Piece(target, target.snapshot.get("text") or target.says(post))
            threads[target.channel_id].pieces.append(piece)
    context = {
        "nav": "posts",
        "post": post,
        "form": form,
        "threads": list(threads.values()),
        "zone": current_workspace().zone,
        "may_leave": can(request, "posts.leave_part"),
        "may_publish": can(request, "posts.publish_post"),
        **picker_for(library_page),
    }
    return render_page(request, "posts/rest.html", context, status=status)
