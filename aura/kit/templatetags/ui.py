"""Template tags for the small parts of every page: icons, states, fields, times, people."""

import zlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from aura.kit import clock
from aura.kit.addresses import NOT_OPEN
from aura.kit.markup import filled
from aura.kit.states import look_of

register = template.Library()

# What a network or ad platform is called, and the symbol it has: in platforms.svg ("p-…") or lucide.svg ("i-…").
PLATFORMS: dict[str, tuple[str, str]] = {
    "instagram": ("Instagram", "p-instagram"),
    "facebook": ("Facebook", "p-facebook"),
    "x": ("X", "p-x"),
    "twitter": ("X", "p-x"),
    "tiktok": ("TikTok", "p-tiktok"),
    "pinterest": ("Pinterest", "p-pinterest"),
    "threads": ("Threads", "p-threads"),
    "youtube": ("YouTube", "p-youtube"),
    "bluesky": ("Bluesky", "p-bluesky"),
    "mastodon": ("Mastodon", "p-mastodon"),
    "reddit": ("Reddit", "p-reddit"),
    "snapchat": ("Snapchat", "p-snapchat"),
    "linkedin": ("LinkedIn", "p-linkedin"),
    "google_ads": ("Google Ads", "p-googleads"),
    "meta": ("Meta", "p-meta"),
    "microsoft_ads": ("Microsoft Ads", "p-microsoft"),
    "amazon_ads": ("Amazon Ads", "p-amazon"),
    "email": ("Email", "i-mail"),
    "sandbox": ("Sandbox", "i-flask-conical"),
    "webhook": ("Webhook", "i-webhook"),
    "by_hand": ("By hand", "i-hand"),
}
_SPRITES = {"i": "icons/lucide.svg", "p": "icons/platforms.svg", "s": "icons/states.svg"}


@lru_cache(1024)  # a month has hundreds, of a few kinds
def _svg(symbol: str, *, css: str = "", label: str = "") -> SafeString:
    """Return one symbol of a sprite; with a label it is a picture with a name, without one decoration."""
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        static(_SPRITES[symbol[0]]),
        symbol,
    )


@register.simple_tag
def icon(name: str, label: str = "", **attrs: str) -> SafeString:
    """Return a Lucide icon. `class=` adds CSS classes; `label=` names it where no word stands beside it."""
    return _svg(f"i-{name}", css=attrs.get("class", ""), label=label)


@register.simple_tag
def logo() -> SafeString:
    """Return the mark of Aura, decorative: the word stands beside it."""
    return format_html(
        '<svg class="logo" aria-hidden="true"><use href="{}#aura"/></svg>', static(_SPRITES["s"])
    )


@register.simple_tag
def platform(network: str, *, badge: bool = False, decorative: bool = False) -> SafeString:
    """Return the grey glyph of a network; `badge=True` sets it in its square, `decorative=True` leaves out its name."""
    name, symbol = PLATFORMS.get(str(network), (str(network).replace("_", " ").capitalize(), "i-globe"))
    svg = _svg(symbol, label="" if decorative else name)
    return format_html('<span class="platform">{}</span>', svg) if badge else svg


@register.filter
def platform_name(network: str) -> str:
    """Return what a network or ad platform is called."""
    return PLATFORMS.get(str(network), (str(network).replace("_", " ").capitalize(), ""))[0]


@register.filter
def marked(number: int) -> str:
    """Return a whole number with its thousands marked: "3,912"; counter.js writes them alike."""
    return f"{number:,}"


@register.simple_tag
@lru_cache(256)
def state_glyph(status: str, word: str = "") -> SafeString:
    """Return the shape of a status alone, its word for screen readers: for the month and other tight places."""
    look = look_of(status)
    svg = _svg(f"s-{look.shape}", label=word or look.word)
    return format_html('<span class="state" data-state="{}">{}</span>', look.meaning, svg)


@register.simple_tag
def state_label(status: str, word: str = "") -> SafeString:
    """Return shape and word of a status: for lists and tables."""
    look = look_of(status)
    svg = _svg(f"s-{look.shape}")
    return format_html(
        '<span class="state" data-state="{}">{}{}</span>', look.meaning, svg, word or look.word
    )


@register.simple_tag
def state_chip(status: str, word: str = "") -> SafeString:
    """Return shape and word of a status on its tint: for headings."""
    look = look_of(status)
    svg = _svg(f"s-{look.shape}")
    return format_html(
        '<span class="state soft" data-state="{}">{}{}</span>', look.meaning, svg, word or look.word
    )


@register.filter
def state_key(status: str) -> str:
    """Return the `data-state` of a status, for a row or card that carries its colour."""
    return look_of(status).meaning


@register.filter
def state_word(status: str) -> str:
    """Return the word of a status."""
    return look_of(status).word


def _in_zone(instant: datetime, zone: str) -> datetime:
    """Return the instant on the clocks of `zone`, or of the zone that is active."""
    return instant.astimezone(ZoneInfo(zone)) if zone else timezone.localtime(instant)


def _day(local: date) -> str:
    """Return "Tue 14 Oct", with the year when it is not the present one."""
    this_year = timezone.localtime(clock.now()).year
    return f"{local:%a} {local.day} {local:%b}" + ("" if local.year == this_year else f" {local.year}")


def _time(instant: datetime, shown: str) -> SafeString:
    return filled('<time datetime="{}">{}</time>', instant.isoformat(), shown)


@register.simple_tag
def wall(instant: datetime | None, zone: str = "", *, show_zone: bool = False) -> str:
    """Return an instant as clocks show it: "Tue 14 Oct 10:00"; `show_zone=True` adds the zone's name.

    It is shown in the active zone (the workspace's), or in the one given. Nothing for None.
    """
    if instant is None:
        return ""
    local = _in_zone(instant, zone)
    named = f" {zone or timezone.get_current_timezone_name()}" if show_zone else ""
    return _time(instant, f"{_day(local)} {local:%H:%M}{named}")


@register.simple_tag
def wall_day(when: date | datetime | None, zone: str = "") -> str:
    """Return the day of an instant, or a date, as "Tue 14 Oct". Nothing for None."""
    if when is None:
        return ""
    if not isinstance(when, datetime):
        return format_html('<time datetime="{}">{}</time>', when.isoformat(), _day(when))
    return _time(when, _day(_in_zone(when, zone)))


@register.simple_tag
def wall_time(instant: datetime | None, zone: str = "") -> str:
    """Return the time of day of an instant as "10:00". Nothing for None."""
    return "" if instant is None else _time(instant, f"{_in_zone(instant, zone):%H:%M}")


@register.filter
def initials(who: Any) -> str:
    """Return one or two capital letters for a person, a workspace or any name."""
    name = str(getattr(who, "name", "") or getattr(who, "email", "") or who or "").split("@")[0]
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.filter
def hue(of: Any) -> int:
    """Return a hue from 1 to 6 that always stays the same for one id, or for the object that has it."""
    return zlib.crc32(str(getattr(of, "pk", of)).encode()) % 6 + 1


_NATIVE: list[tuple[type[forms.Widget], str, str]] = [  # most special first
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.TimeInput, "time", "%H:%M"),
]


def _kind(widget: forms.Widget) -> str:
    """Return which part of _field.html draws the widget; date and time inputs become the browser's own."""
    for cls, input_type, pattern in _NATIVE:
        if isinstance(widget, cls):
            vars(widget).update(input_type=input_type, format=pattern)
            return "input"
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.ClearableFileInput):
        widget.template_name = (
            "django/forms/widgets/file.html"  # "clear" is a button of its own, where offered
        )
    return "input"


def _for_staff(bound: BoundField, page: Mapping[str, Any]) -> str:
    """Return what only whoever runs this Aura can do about an address that is refused, "" for everybody else."""
    if not bound.errors or not getattr(getattr(page.get("request"), "user", None), "is_staff", False):
        return ""
    for problem in bound.errors.as_data():
        if problem.code == NOT_OPEN and problem.params:
            end = problem.params["endpoint"]
            return f"You run this Aura: add {end} to AURA_EGRESS_ALLOW and start it again, then it may be called."
    return ""


@register.simple_tag(takes_context=True)
def field(
    context: Mapping[str, Any],
    bound: BoundField,
    *,
    label: str = "",
    hint: str | None = None,
    hide_label: bool = False,
    optional: bool = True,
    switch: bool = False,
    aside: str = "",
    aside_url: str = "",
    **attrs: Any,
) -> str:
    """Draw a form field: label, control, hint and error, tied together for screen readers.

    `label` and `hint` replace the field's own, `hint=""` leaves it out. `hide_label` keeps the label for screen
    readers only. `optional=False` leaves out the word beside a field that may stay empty. `switch` draws a tick as
    a switch. `aside` is a short link beside the label, to `aside_url`. Everything else becomes an attribute of the
    control, with `_` written as `-`: `data_limit=280`.
    """
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    kind = _kind(widget)
    hint = str(bound.help_text) if hint is None else hint
    base = bound.auto_id or bound.html_name
    described = [f"{base}-hint"] * bool(hint) + [f"{base}-error"] * bool(bound.errors)
    given = {key.replace("_", "-"): value for key, value in attrs.items() if value not in (None, False)}
    classes = [str(widget.attrs.get("class", "")), str(given.pop("class", ""))]
    if kind == "input" and getattr(widget, "input_type", "") != "range":
        classes.insert(0, "input")
    if bound.errors:
        classes.append("bad")
    given["class"] = " ".join(filter(None, classes)) or None
    given["aria-describedby"] = " ".join(described) or None
    given["aria-invalid"] = "true" if bound.errors else None
    given = {key: value for key, value in given.items() if value is not None}
    shown = {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "hint": hint,
        "hide_label": hide_label,
        "optional": optional and kind == "input" and not hide_label and not bound.field.required,
        "switch": switch,
        "aside": aside,
        "aside_url": aside_url,
        "base": base,
        "control": "" if kind == "choices" else bound.as_widget(attrs=given),
        "described": " ".join(described),
        "for_staff": _for_staff(bound, context),
    }
    return render_to_string("_field.html", shown)


_TONES = {"success": "good", "warning": "warn", "error": "bad"}


@register.filter
def toast_tone(level: str) -> str:
    """Return the CSS class of a message's level: good, warn, bad or note."""
    return _TONES.get(level, "note")


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text, to walk over them in a template."""
    return text.split()
