"""Many posts at once: one operation on all that is ticked, or on everything that fits the filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from aura.kit.htmx import render_page
from posts import lists
from posts.forms.bulk import AT_MOST, TOO_MANY, CampaignOfPostsForm, MovePostsForm
from posts.models import Post
from posts.operations import bulk
from posts.views import review_links
from posts.views.acting import back_to, needs_of, person_of, posts_in, refused
from workspaces.models import User
from workspaces.operation import Refused
from workspaces.views.access import require

NAMED = 10  # posts that were left alone and are named with the reason
SHOWN = 8  # titles beside a question
CLIENT = "client"  # the verb that makes a link for somebody without an account


@dataclass(frozen=True)
class Verb:
    """What can be done with many posts: the operation, the words for what it did, and the form that asks how."""

    operation: str
    act: Callable[[Sequence[Post], Any, User], bulk.Done]
    done: str
    form: type[forms.Form] = field(default=forms.Form)
    heading: str = ""
    word: str = ""


VERBS: dict[str, Verb] = {
    "approve": Verb("approve_posts", lambda posts, form, by: bulk.approve_posts(posts, by=by), "approved"),
    "unschedule": Verb(
        "unschedule_posts",
        lambda posts, form, by: bulk.unschedule_posts(posts, by=by),
        "taken off the schedule",
    ),
    "cancel": Verb("cancel_posts", lambda posts, form, by: bulk.cancel_posts(posts, by=by), "called off"),
    "move": Verb(
        "move_posts",
        lambda posts, form, by: bulk.move_posts(
            posts, days=form.cleaned_data["days"] or 0, at=form.cleaned_data["at"], by=by
        ),
        "moved",
        MovePostsForm,
        "Move",
        "Move them",
    ),
    "campaign": Verb(
        "put_into_campaign",
        lambda posts, form, by: bulk.put_into_campaign(form.cleaned_data["campaign"], posts=posts, by=by),
        "in the campaign",
        CampaignOfPostsForm,
        "Another campaign for",
        "Put them there",
    ),
    "trash": Verb("trash_posts", lambda posts, form, by: bulk.trash_posts(posts, by=by), "in the trash"),
    "restore": Verb("restore_posts", lambda posts, form, by: bulk.restore_posts(posts, by=by), "back"),
}


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Do one thing with all that is ticked; where it has to be said how, ask first."""
    key = request.POST.get("verb", "")
    verb = VERBS.get(key)
    if verb is None and key != CLIENT:
        raise Http404("There is no such verb.")
    require(request, f"posts.{verb.operation if verb else 'make_review_link'}")
    back = back_to(request, reverse("posts:list"))
    posts = _chosen(request)
    if not posts:
        messages.warning(request, "Tick some posts first.")
        return redirect(back)
    if len(posts) > AT_MOST:
        return refused(request, Refused(TOO_MANY), back)
    if verb is None:
        return review_links.send(request, posts, back=back)
    asks = verb.form is not forms.Form
    form = verb.form(request.POST if not asks or "said" in request.POST else None)
    if asks and not form.is_valid():
        context = {"nav": "posts", "verb": verb, "key": key, "form": form, "posts": posts, "next": back}
        shown = {"shown": posts[:SHOWN], "more": max(len(posts) - SHOWN, 0)}
        return render_page(request, "posts/many.html", context | shown, status=422 if form.is_bound else 200)
    form.full_clean()
    try:
        done = verb.act(posts, form, person_of(request))
    except Refused as problem:
        return refused(request, problem, back)
    _say(request, verb, done)
    return redirect(back)


def _chosen(request: HttpRequest) -> list[Post]:
    """Return the posts that are ticked, or those that fit the filter in `query`; one more than may be at most."""
    if request.POST.get("fitting"):
        asked = lists.read(QueryDict(request.POST.get("query", "")))
        fitting = lists.posts_for(asked, lists.narrowed(asked), needs_of(request))
        return list(fitting.order_by("id")[: AT_MOST + 1])
    return posts_in(request, at_most=AT_MOST)


def _say(request: HttpRequest, verb: Verb, done: bulk.Done) -> None:
    """Say how many were changed, and which were left alone and why."""
    count = len(done.changed)
    if count:
        messages.success(request, f"{count} {'post' if count == 1 else 'posts'} {verb.done}.")
    if done.reasons:
        more = len(done.reasons) - NAMED
        others = f" And {more} more." if more > 0 else ""
        messages.warning(request, f"Left alone: {' '.join(done.reasons[:NAMED])}{others}")
