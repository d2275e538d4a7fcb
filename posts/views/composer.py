"""The composer: write a post, see how it looks, and say when it goes out."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_POST, require_safe

from aura.kit import clock
from aura.kit.htmx import htmx_of, render_page
from aura.kit.ids import uuid7
from media_library import lists as library
from posts import cards, checks
from posts.agreement import names_of_yes, rules_of
from posts.checks.fixes import with_ways
from posts.forms.pictures import assets_with_files, ids_of
from posts.forms.post import INTENTS, PUBLISH, REVIEW, SAVE, SCHEDULE, PostForm
from posts.models import Post, Snippet
from posts.models.review_link import NOTE_LENGTH
from posts.operations.composing import compose_post
from posts.operations.drafts import drafts_of, drop_draft
from posts.operations.link_answers import ask_about
from posts.operations.writing import Edit, may_schedule
from posts.parts import Own
from posts.views.acting import get_post, may_of, offer_of, page_of, person_of, role_of, with_ledger
from posts.views.keeping import fields_of, writing_of
from posts.views.looks import look_of
from posts.views.mending import mended
from posts.views.picking import TO_PICK, picker_for
from posts.views.posts import can_be_changed, live_context
from posts.views.slots import next_slot
from posts.words import finished_links_in
from workspaces.operation import Refused, StaleVersion, may
from workspaces.scope import current_workspace

PARTS = ["composer-preview", "composer-checks", "composer-limits"]
CHANNELS = "composer-channels"
AROUND = timedelta(days=2)
NEIGHBOURS = 3
ASKABLE = {Post.Status.DRAFT, Post.Status.CHANGES_REQUESTED}


def create(request: HttpRequest) -> HttpResponse:
    """Write a new post. `campaign`, `day`, `time`, `channel`, `media` and `words` in the address are filled in."""
    if not may_of(request)["create"]:
        raise PermissionDenied(
            "Your role here does not include writing. An owner or admin can change your role."
        )
    return _compose(request, None)


def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a post that is not out yet; what is out is only shown."""
    post = get_post(pk, for_writing=person_of(request))
    if not may_of(request, post)["edit"]:
        raise PermissionDenied(
            "Your role here does not include writing. An owner or admin can change your role."
        )
    if request.method != "POST" and not can_be_changed(post, clock.now()):
        return redirect(page_of(post))
    return _compose(request, with_ledger(post))


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Answer how the words in the form would look, what is wrong with them, and how much room is left.

    Where another campaign was chosen, htmx asks for the channels that it may use instead.
    """
    form = PostForm(
        request.POST, instance=_asked_for(request), zone=current_workspace().zone, now=clock.now()
    )
    if may_of(request)["edit"]:
        draft = form.drafted()
        typed = [draft.post.caption, *draft.words.values()]
        ask_about([" ".join(finished_links_in(text)) for text in typed], now=form.now)
    context = _looks(request, form) | {
        "form": form,
        "zone": form.zone,
        "oob": True,
        "most": settings.AURA_MEDIA_PER_POST,
        "may_connect": _may_connect(request),
    }
    htmx = htmx_of(request)
    parts = [CHANNELS] if htmx and htmx.target == CHANNELS else PARTS
    return HttpResponse(
        "".join(render_to_string(f"posts/composer.html#{part}", context, request) for part in parts)
    )


def _asked_for(request: HttpRequest) -> Post | None:
    """Return an empty post with the id in the address: so much has to be known of it, not to be its own neighbour."""
    with suppress(ValueError):
        return Post(pk=uuid.UUID(request.GET.get("post", "")))
    return None


@require_safe
def around(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the part of the composer that shows what else goes out about that time."""
    post = get_post(pk)
    context = {"post": post, "around": _around(post), "zone": current_workspace().zone}
    return HttpResponse(render_to_string("posts/composer.html#composer-around", context, request))


def _compose(request: HttpRequest, post: Post | None) -> HttpResponse:
    now, zone = clock.now(), current_workspace().zone
    if request.method != "POST":
        return _open(request, post, zone=zone, now=now)
    intent = request.POST.get("intent", SAVE)
    intent = intent if intent in INTENTS else SAVE
    form = PostForm(
        request.POST,
        instance=post,
        zone=zone,
        now=now,
        intent=intent,
        strict=post is not None and post.status == Post.Status.SCHEDULED and may_schedule(person_of(request)),
    )
    if "change" in request.POST:
        data = mended(request)
        if request.POST["change"] == "slot":
            slot = next_slot(request, data.getlist("channels"), now=now, but=post.pk if post else None)
            for name, value in (slot or {}).items():
                data[name] = value
        form = PostForm(data, instance=post, zone=zone, now=now)
        return _page(request, form, post and get_post(post.pk))
    if not form.is_valid():
        return _page(request, form, post and get_post(post.pk), status=422)
    try:
        edit = compose_post(
            form.instance,
            words=form.words,
            pictures=form.pictures,
            own=form.own,
            version=form.seen_version,
            intent=intent,
            fits=form.chosen_fits,
            now=now,
            by=person_of(request),
        )
    except StaleVersion as problem:
        return _stale(request, form, get_post(form.instance.pk), str(problem))
    except Refused as problem:
        form.add_error(None, str(problem))
        return _page(request, form, post and get_post(post.pk), status=409)
    drop_draft(post, writing=writing_of(request), by=person_of(request))
    _say(request, edit, intent, zone, is_new=post is None)
    return redirect("posts:detail" if intent == PUBLISH else "posts:edit", edit.post.pk)


def _open(request: HttpRequest, post: Post | None, *, zone: str, now: datetime) -> HttpResponse:
    """Show the post as it is, or, where the person asks for it, as they left it unsaved."""
    left = drafts_of(person_of(request), post)
    asked = request.GET.get("kept", "")
    kept = next((draft for draft in left if asked in ("1", str(draft.writing))), None)
    if kept is None:
        form = PostForm(instance=post, zone=zone, now=now, initial=_asked(request, zone))
        return _page(request, form, post, left=left)
    data = fields_of(kept)
    form = PostForm(data, instance=post, zone=zone, now=now)
    if post is None or data.get("version") == str(post.version):
        return _page(request, form, post, kept=kept, taken_up=True)
    form.is_valid()
    sentence = "Somebody else saved this post after you wrote this."
    return _stale(request, form, get_post(post.pk), sentence, data, kept=kept, taken_up=True)


def _asked(request: HttpRequest, zone: str) -> dict[str, Any]:
    """What a link fills in: a campaign, a day of the calendar, pictures or words of the library."""
    initial: dict[str, Any] = {}
    if campaign := request.GET.get("campaign"):
        initial["campaign"] = campaign
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        pass
    else:
        initial |= {"day": day, "time": request.GET.get("time", "09:00")}
    if channels := ids_of(request.GET.getlist("channel")):
        initial["channels"] = channels
    if pictures := request.GET.getlist("media"):
        initial["assets"] = pictures[: settings.AURA_MEDIA_PER_POST]
    if kept := Snippet.objects.filter(pk__in=ids_of(request.GET.getlist("snippet"))).first():
        initial["caption"] = kept.words
    if words := library.words_of(request.GET.get("words", "")):
        initial["caption"] = words
    return initial


def _say(request: HttpRequest, edit: Edit, intent: str, zone: str, *, is_new: bool) -> None:
    post = edit.post
    if intent == PUBLISH:
        messages.success(request, f"“{post}” is on its way.")
    elif intent == SCHEDULE and post.scheduled_at:
        wall = clock.wall_of(post.scheduled_at, zone)
        messages.success(request, f"“{post}” goes out {wall:%A} {wall.day} {wall:%B}, {wall:%H:%M}.")
    elif intent == REVIEW:
        messages.success(request, f"“{post}” waits for a yes.")
    else:
        messages.success(request, "Draft saved." if is_new else "Saved.")
    if edit.voided:
        messages.warning(
            request, f"It was approved before {_and(edit.voided)} changed. Ask for a review again."
        )
    if edit.unscheduled:
        messages.warning(request, "It is off the schedule now. Somebody who may schedule has to do it again.")


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two people wrote differently."""

    label: str
    theirs: str
    yours: str


def _stale(
    request: HttpRequest,
    form: PostForm,
    saved: Post,
    sentence: str,
    typed_in: MultiValueDict[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """Show what was typed with what somebody else saved beside it; saving again is then a choice."""
    theirs = PostForm(instance=saved, zone=form.zone, now=form.now)
    now_saved, typed = theirs.drafted(), form.drafted()
    pairs = [
        ("Title", now_saved.post.title, typed.post.title),
        ("Words for everyone", now_saved.post.caption, typed.post.caption),
        ("Campaign", str(now_saved.campaign or ""), str(typed.campaign or "")),
        ("Channels", _names(now_saved.words), _names(typed.words)),
        *(
            (f"Words for {channel}", now_saved.words[channel], own)
            for channel, own in typed.words.items()
            if channel in now_saved.words
        ),
        *(
            (f"What follows on {channel}", _following(now_saved.own.get(channel)), _following(own))
            for channel, own in typed.own.items()
            if channel in now_saved.words
        ),
        ("Pictures", _names(now_saved.pictures), _names(typed.pictures)),
        ("Time", _time(theirs), _time(form)),
    ]
    data: MultiValueDict[str, str] = (request.POST if typed_in is None else typed_in).copy()
    data["version"] = str(saved.version)
    again = PostForm(data, instance=get_post(saved.pk), zone=form.zone, now=form.now)
    differences = [Difference(*pair) for pair in pairs if pair[1].strip() != pair[2].strip()]
    return _page(request, again, saved, status=409, stale=sentence, differences=differences, **more)


def _following(own: Own | None) -> str:
    """Return what a channel has beside its words, to be read beside another version of it."""
    if own is None:
        return ""
    said = [*(part.words or _names(part.pictures) for part in own.parts), own.comment]
    shown = [f"Pictures: {_names(own.pictures)}"] if own.pictures is not None else []
    return "\n".join(filter(None, [*shown, *said]))


def _names(things: Any) -> str:
    return ", ".join(str(thing) for thing in things)


def _time(form: PostForm) -> str:
    day, at = form["day"].value() or "", form["time"].value() or ""
    return f"{day} {str(at)[:5]}".strip()


def _looks(request: HttpRequest, form: PostForm) -> dict[str, Any]:
    """Return what is computed from the words in the form: counters, findings, previews."""
    draft, voices = form.drafted(), form.voices
    subject = draft.before_rules(form.now)
    counters = checks.counters_of(draft.post, draft.words, draft.own)
    links = {link.url: link for link in subject.links}
    looks = [look_of(draft, channel, links) for channel in draft.words]
    return {
        "draft": draft,
        "counters": counters,
        "over": {counter.channel.pk for counter in counters if counter.over},
        "checks": with_ways(checks.findings(subject), subject, offer_of(request, composing=True)),
        "looks": looks,
        "alike": cards.alike(draft.words),
        "card_may_come": any(look.card and look.card.may_come(form.now) for look in looks),
        "voices": voices,
        "offered": [voice for voice in voices if voice.is_offered],
    }


def _page(
    request: HttpRequest, form: PostForm, post: Post | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    allowed = may_of(request, post)
    library_page = _library(form)
    shown = live_context(request, post) if post is not None else {}
    lacks = shown["lacks"] if post is not None and "lacks" in shown else rules_of(form.drafted().words)
    context = {
        "nav": "posts",
        "form": form,
        "post": post,
        "may": allowed,
        "may_connect": _may_connect(request),
        "zone": form.zone,
        "now_here": f"{clock.wall_of(form.now, form.zone):%Y-%m-%dT%H:%M}",
        "city": form.zone.split("/")[-1].replace("_", " "),
        "may_schedule_it": allowed["schedule"] and not lacks,
        "may_ask": post is None
        or post.status in ASKABLE
        or (post.status == Post.Status.APPROVED and bool(lacks)),
        "approval_required": bool(lacks),
        **picker_for(library_page),
        "note_length": NOTE_LENGTH,
        "writing": more["kept"].writing if "kept" in more else request.POST.get("writing") or uuid7(),
        "around": None,  # asked for by the page itself, once it is there
        **_looks(request, form),
        **more,
    }
    if post is not None:
        context |= shown
        # Asked for by the page itself, too.
        is_other = post.review_status != Post.Review.APPROVED and getattr(post, "lost_a_yes", True)
        context |= {"is_other": is_other, "approved_by": names_of_yes(post)}
    return render_page(request, "posts/composer.html", context, status=status)


def _may_connect(request: HttpRequest) -> bool:
    return may(person_of(request), "posts.create_channel", role=role_of(request))


def _library(form: PostForm) -> library.Page:
    """Return what is offered to pick from, and let the form know those assets and its own: two queries in all."""
    wanted = (
        (form["assets"].value() or []) if not hasattr(form, "cleaned_data") else [a.pk for a in form.pictures]
    )
    asked_for = dict.fromkeys([*ids_of(wanted), *form.own_ids])
    page, loaded = library.first_page_with(asked_for, assets_with_files(), size=TO_PICK)
    form.known_assets |= {asset.pk: asset for asset in loaded}
    return page


def _around(post: Post) -> list[Post]:
    """Return what else goes out about that time; two queries, none without a time."""
    if post.scheduled_at is None:
        return []
    at = post.scheduled_at
    near = Post.objects.filter(scheduled_at__gte=at - AROUND, scheduled_at__lte=at + AROUND, trashed_at=None)
    rows = list(cards.with_cards(near.exclude(pk=post.pk).order_by("scheduled_at", "id"))[:20])
    timed = [(row.scheduled_at, row.pk, row) for row in rows if row.scheduled_at]
    nearest = sorted(timed, key=lambda one: abs(one[0] - at))[:NEIGHBOURS]
    return [row for _, _, row in sorted(nearest)]
