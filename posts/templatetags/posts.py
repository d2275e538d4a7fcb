"""Template tags for posts: their card, their thumbnail, their networks."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from aura.kit import clock
from aura.kit.markup import address_of, filled, joined
from aura.kit.states import look_of
from aura.kit.templatetags.ui import platform, state_glyph, wall, wall_time
from posts import cards
from posts.models import Post
from workspaces import sentences
from workspaces.models import Activity

register = template.Library()
SELECTED = mark_safe(" selected")
CLASH = format_html('<span class="clash warn">{}</span>', "Close to another")


@register.simple_tag
def post_networks(post: Post) -> SafeString:
    """Return the glyphs of the networks a post goes to."""
    return _networks(tuple(cards.networks_of(post)))


@lru_cache(1024)  # of a month's posts many go to the same
def _networks(networks: tuple[str, ...]) -> SafeString:
    glyphs = format_html_join("", "{}", ((platform(network),) for network in networks))
    return format_html('<span class="platforms">{}</span>', glyphs)


@register.simple_tag
def options(rows: Iterable[Any], chosen: Any) -> SafeString:
    """Return an `<option>` for each of these rows, by its id; the chosen one is selected. There can be hundreds."""
    shown = ((row.pk, SELECTED if row.pk == chosen else "", row) for row in rows)
    return joined('<option value="{}"{}>{}</option>', shown)


@register.simple_tag
def wall_text(instant: str, zone: str) -> str:
    """Return an instant that was kept as text, as clocks in the zone show it."""
    return wall(datetime.fromisoformat(instant), zone)


@register.simple_tag
def post_thumb(post: Any, *, small: bool = False) -> str:
    """Return the picture of a post that came through `cards.with_cards`; decorative, its title stands beside it."""
    if post.cover_id and post.cover_status != "failed":  # what nearly all have, hundreds of times on a page
        return filled(
            '<img class="thumb{}" src="{}" alt="" width="96" height="96" loading="lazy" decoding="async">',
            " small" if small else "",
            address_of("media:rendition", post.cover_id),
        )
    context = {
        "url": "",
        "state": post.cover_status or "",
        "kind": post.cover_kind or "",
        "small": small,
    }
    return render_to_string("_thumb.html", context)


@register.simple_tag
def post_card(
    post: Any,
    zone: str,
    *,
    move: bool = False,
    query: str = "",
    tall: bool = False,
    day: bool = False,
    clashes: Collection[Any] = (),
    held: Mapping[Any, str] | None = None,
) -> SafeString:
    """Return the smallest form of a post, as an `<li>`: picture, time, where, state, title.

    `move` lets it be dragged, or moved by a link (`query` is the calendar's own, for the answer); `day` shows the
    day beside the time; `clashes` are the ids of posts that come too close to another one, `held` the
    words for those that are held back, by id.
    """
    moving = other_way = ""
    if move and post.status in cards.EDITABLE:
        url = filled("{}{}", address_of("posts:move", post.pk), query)
        word = "Move" if post.scheduled_at else "Place it"
        moving = filled(' data-draggable data-move-url="{}" data-version="{}"', url, post.version)
        other_way = filled(
            '<a class="post__move" href="{}">{}<span class="sr"> {}</span></a>', url, word, post.title
        )
    clash = CLASH if post.pk in clashes else ""
    if holds := (held or {}).get(post.pk, ""):
        clash = filled('{}<span class="clash warn">{}</span>', clash, holds)
    return filled(
        '<li class="post{}" id="post-{}" data-state="{}"{}>{}<span class="when">{}{}{}</span>'
        '<a href="{}" draggable="false">{}</a>{}{}</li>',
        " tall" if tall and post.cover_id else "",
        post.pk,
        look_of(post.status).meaning,
        moving,
        post_thumb(post),
        (wall(post.scheduled_at, zone) if day else wall_time(post.scheduled_at, zone)),
        post_networks(post),
        state_glyph(post.status),
        address_of("posts:detail", post.pk),
        post.title,
        clash,
        other_way,
    )


@register.simple_tag
def channel_glyph(channel: Any, *, badge: bool = False) -> SafeString:
    """Return the glyph of a channel's network; by hand shows the network it stands for."""
    return platform(cards.network_of(channel), badge=badge)


@register.filter
def said(entry: Activity, it: str) -> str:
    """Return what an entry of the activity says after the person's name; `it` is what it calls the thing."""
    return sentences.said(entry, it)


@register.filter
def safe_link(url: str) -> str:
    """Return an address of the web or of this site, "" for anything that a browser would run or open otherwise."""
    is_here = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if is_here or url.startswith(("https://", "http://")) else ""


@register.filter
def ago(instant: datetime) -> str:
    """Return how long ago an instant was, in its largest unit: "a moment ago", "5 minutes ago"."""
    passed = clock.now() - instant
    return "a moment ago" if passed < timedelta(minutes=1) else f"{timesince(instant, depth=1)} ago"
