"""Template tags for campaigns: their posts by state in one line, and their budget."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from aura.kit.states import STATE_LOOKS, look_of
from campaigns.models import Campaign

register = template.Library()

# From what is out to what is only begun; what went wrong stands before what is still open.
ORDER = [
    "published", "partly_published", "publishing", "scheduled", "approved", "in_review", "changes_requested",
    "needs_confirmation", "missed", "failed", "draft", "cancelled",
]  # fmt: skip
GAP = 0.6  # per cent of the line between two states
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def parts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return (status, number) of what is there, in the order of the line."""
    known = {status: at for at, status in enumerate(ORDER)}
    return sorted(
        ((status, number) for status, number in counts.items() if number),
        key=lambda part: known.get(part[0], len(ORDER)),
    )


def words(counts: Mapping[str, int]) -> str:
    """Return the states in words: "13 published, 11 scheduled"."""
    return ", ".join(f"{number} {look_of(status).word.lower()}" for status, number in parts(counts))


@register.simple_tag
def mix(counts: Mapping[str, int]) -> SafeString:
    """Return posts by state as one line of colours, its words for screen readers; nothing for none."""
    shown = parts(counts)
    total = sum(number for _, number in shown)
    if not total:
        return SafeString("")
    room = 100 - GAP * (len(shown) - 1)
    at, bars = 0.0, []
    for status, number in shown:
        width = room * number / total
        bars.append((look_of(status).meaning, f"{at:.2f}", f"{width:.2f}"))
        at += width + GAP
    drawn = format_html_join("", '<rect data-state="{}" x="{}%" width="{}%" height="100%"/>', bars)
    return format_html('<svg class="mix" role="img" aria-label="{}">{}</svg>', words(counts), drawn)


@register.simple_tag
def post_mix(counts: Mapping[str, int]) -> SafeString:
    """Return the line with how many are out of how many: for the list of campaigns."""
    total = sum(counts.values())
    if not total:
        return SafeString('<span class="faint">No posts yet</span>')
    out = counts.get("published", 0) + counts.get("partly_published", 0)
    return format_html('{}<span class="small faint num">{} of {} out</span>', mix(counts), out, total)


@register.simple_tag
def state_parts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return (status, "13 published") for a legend."""
    known = [(status, number) for status, number in parts(counts) if status in STATE_LOOKS]
    return [(status, f"{number} {look_of(status).word.lower()}") for status, number in known]


@register.simple_tag
def budget(campaign: Campaign) -> str:
    """Return the budget as people write it: "€3,400", with cents only where there are any; a dash for none."""
    if campaign.budget is None:
        return "–"
    number = f"{campaign.budget:,.2f}".removesuffix(".00")
    sign = SIGNS.get(campaign.currency)
    return f"{sign}{number}" if sign else f"{number} {campaign.currency}"


@register.simple_tag
def add_post_url(campaign: Campaign) -> str:
    """Return where a post of this campaign is written, or an empty string where this instance writes none."""
    try:
        return f"{reverse('posts:create')}?campaign={campaign.pk}"
    except NoReverseMatch:
        return ""
