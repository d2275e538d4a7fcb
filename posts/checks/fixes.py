"""What leads out of a finding with one click: for each code of a finding, the ways that are offered with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from aura.kit import clock
from media_library.models import Asset
from posts.checks.check import Check, Way
from posts.checks.sizes import capabilities_of
from posts.checks.subject import Subject
from posts.fitting import best_place
from posts.models import Channel


@dataclass(frozen=True, slots=True)
class Offer:
    """What the person who looks may do: `composing` where a composer holds the post."""

    composing: bool
    resume: bool = False
    connect: bool = False


Fix = Callable[[Check, Subject, Offer], Way | None]


def with_ways(found: Sequence[Check], subject: Subject, offer: Offer) -> list[Check]:
    """Return the findings, each with its ways out; no query beyond those of the rules."""
    return [replace(check, ways=_ways_of(check, subject, offer)) for check in found]


def _ways_of(check: Check, subject: Subject, offer: Offer) -> tuple[Way, ...]:
    made = (fix(check, subject, offer) for fix in FIXES.get(check.code, ()))
    return tuple(way for way in made if way is not None)


# The ways ---------------------------------------------------------------------------------------------------------


def describe_picture(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Open the window, or page, in which a picture is described."""
    if not check.assets:
        return None
    asset = check.assets[0]
    label = "Describe the first" if len(check.assets) > 1 else "Describe it"
    return Way(label, href=reverse("media:alt-text", args=[asset.pk]), describe=asset)


def take_media_out(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Take the files it is about out where they stand, on that channel alone; without one, out of the whole post."""
    if check.channel is None and check.assets and offer.composing:
        return Way("Take it out", change="strike:" + ",".join(str(asset.pk) for asset in check.assets))
    return _without(check.assets, offer, check, subject)


def make_it_fit(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Let the library cut the picture for the channel's network, and send that cut there."""
    if not check.assets or check.channel is None or not offer.composing:
        return None
    asset = check.assets[0]
    place = best_place(asset, capabilities_of(check.channel))
    if place is None or subject.fits.get((check.channel.pk, asset.pk)) == place.key:
        return None
    return Way("Make it fit", change=f"fit:{check.channel.pk.hex}:{asset.pk.hex}:{place.key}")


def take_extra_media_out(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Take out what is more than the network takes, from the end; of pictures and films together the films."""
    if check.channel is None:
        return None
    can = capabilities_of(check.channel)
    media = _shown_at(check, check.channel, subject)
    films = [asset for asset in media if asset.kind == Asset.Kind.VIDEO]
    pictures = [asset for asset in media if asset.kind == Asset.Kind.IMAGE]
    extra = {
        "too_many_files": media[can.media_max or 0 :],
        "too_many_images": pictures[can.images_max or 0 :],
        "too_many_videos": films[can.videos_max or 0 :],
        "mixed_media": films,
    }[check.code]
    return _without(extra, offer, check, subject)


def _shown_at(check: Check, channel: Channel, subject: Subject) -> Sequence[Asset]:
    """Return the pictures of the part that a finding is about."""
    said = next((one for one, _ in subject.outgoings_on(channel) if one.place == _place_of(check)), None)
    return said.pictures if said is not None else ()


def _place_of(check: Check) -> str:
    """Return "parts.1." of "parts.1.media.0", "" for the post itself."""
    names = check.field.split(".")
    return {"parts": ".".join(names[:2]) + ".", "comment": "comment."}.get(names[0], "")


def _field_of(check: Check, subject: Subject) -> str:
    """Return the name of the composer's field for the pictures that a finding is about, "" for the shared ones."""
    if check.channel is None:
        return ""
    place = _place_of(check)
    if place.startswith("parts."):
        return f"media_{check.channel.pk.hex}_{place.split('.')[1]}"
    own = subject.own.get(check.channel)
    return f"media_{check.channel.pk.hex}" if own is not None and own.pictures is not None else ""


def _without(assets: Sequence[Asset], offer: Offer, check: Check, subject: Subject) -> Way | None:
    """Take pictures out; shared ones stay on the other channels, as this one gets pictures of its own."""
    if not assets or not offer.composing:
        return None
    label = "Take it out" if len(assets) == 1 else f"Take out the last {len(assets)}"
    about, field = ",".join(str(asset.pk) for asset in assets), _field_of(check, subject)
    if field:
        return Way(label, change=f"remove:{about}@{field}")
    if check.channel is not None and len(subject.words) > 1:
        return Way(f"{label} on {check.channel}", change=f"spare:{check.channel.pk.hex}:{about}")
    return Way(label, change=f"remove:{about}")


def write_own_words(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Open the own words of the channel, to be made shorter or other than for everyone."""
    if check.channel is None or not offer.composing:
        return None
    if place := _place_of(check):
        key = check.channel.pk.hex
        part = f"id_part_{key}_{place.split('.')[1]}" if place.startswith("parts.") else f"id_comment_{key}"
        return Way("Shorten it", href=f"#{part}")
    label = f"{'Other words' if check.code == 'same_words' else 'Shorten it'} for {check.channel}"
    return Way(label, href=f"#id_words_{check.channel.pk.hex}", words_for=check.channel)


def split_into_parts(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Make a thread of words that are too long, where the network has threads."""
    if check.channel is None or not offer.composing or _place_of(check):
        return None
    threads = capabilities_of(check.channel).threads
    return Way("Split it into parts", change=f"split:{check.channel.pk.hex}") if threads else None


def take_part_out(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Take a part out that the network has no place for."""
    place = _place_of(check)
    if check.channel is None or not offer.composing or not place.startswith("parts."):
        return None
    return Way("Take the part out", change=f"part-out:{check.channel.pk.hex}:{place.split('.')[1]}")


def go_to(label: str, place: str) -> Fix:
    """Return a fix that leads to a field of the composer."""

    def lead(check: Check, subject: Subject, offer: Offer) -> Way | None:
        return Way(label, href=f"#{place}") if offer.composing else None

    return lead


def move_to_free_time(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Give it the next time that is free on all its channels."""
    at = subject.free_at if offer.composing else None
    if at is None:
        return None
    wall, planned = clock.wall_of(at, subject.zone), clock.wall_of(subject.at or at, subject.zone)
    day = "" if wall.date() == planned.date() else f"{wall:%a} {wall.day} {wall:%b}, "
    return Way(f"Move it to {day}{wall:%H:%M}", change=f"at:{wall:%Y-%m-%dT%H:%M}")


def take_channel_out(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Let the post not go to this channel."""
    if check.channel is None or not offer.composing:
        return None
    return Way(f"Take {check.channel} out", change=f"drop:{check.channel.pk}")


def resume_channel(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Resume the channel, for whoever may."""
    if check.channel is None or not offer.resume:
        return None
    if offer.composing:
        return Way("Resume it", change=f"resume:{check.channel.pk}")
    return Way("Resume it", action=reverse("posts:channel_resume", args=[check.channel.pk]))


def open_connection(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Lead to the channel's page, for whoever may connect it."""
    if check.channel is None or not offer.connect:
        return None
    return Way("Open the connection", href=reverse("posts:channel", args=[check.channel.pk]))


def open_link(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Open the link, to see what it says."""
    return Way("Open it", href=check.about, outside=True)


def take_link_out(check: Check, subject: Subject, offer: Offer) -> Way | None:
    """Take the link out of the words everywhere."""
    return Way("Take it out", change=f"unlink:{check.about}") if offer.composing else None


_FILE: tuple[Fix, ...] = (take_media_out, take_channel_out)
_EXTRA: tuple[Fix, ...] = (take_extra_media_out, take_channel_out)
_TITLE: tuple[Fix, ...] = (go_to("Go to the title", "id_title"),)
_WORDS: tuple[Fix, ...] = (write_own_words, take_channel_out)

FIXES: dict[str, tuple[Fix, ...]] = {
    "no_channel": (go_to("Pick a channel", "composer-channels"),),
    "campaign_closed": (go_to("Pick another campaign", "id_campaign"),),
    "no_description": (describe_picture,),
    "alt_missing": (describe_picture, take_channel_out),
    "alt_too_long": (describe_picture, take_channel_out),
    "rights_ended": (take_media_out,),
    "channel_gone": (take_channel_out,),
    "channel_broken": (open_connection, take_channel_out),
    "may_not_post": (open_connection, take_channel_out),
    "sign_in_ends": (open_connection, take_channel_out),
    "channel_paused": (resume_channel, take_channel_out),
    "wrong_brand": (take_channel_out,),
    "text_too_long": (split_into_parts, *_WORDS),
    "no_threads": (take_part_out, take_channel_out),
    "too_many_hashtags": _WORDS,
    "too_many_mentions": _WORDS,
    "empty": (go_to("Write something", "id_caption"), take_channel_out),
    "title_missing": _TITLE,
    "title_too_long": _TITLE,
    "media_missing": (go_to("Add a picture or film", "media"), take_channel_out),
    "too_many_files": _EXTRA,
    "too_many_images": _EXTRA,
    "too_many_videos": _EXTRA,
    "mixed_media": _EXTRA,
    "wrong_type": (make_it_fit, *_FILE),
    "wrong_shape": (make_it_fit, *_FILE),
    "file_too_large": (make_it_fit, *_FILE),
    "video_too_long": _FILE,
    "video_too_short": _FILE,
    "link_gone": (open_link, take_link_out),
    "not_approved": (lambda check, subject, offer: Way("Look at the review", href="#review"),),
    "day_is_full": (move_to_free_time, take_channel_out),
    "quiet_time": (move_to_free_time,),
    "too_close": (move_to_free_time,),
    "same_words": (write_own_words,),
}
"""The ways out by the code of a finding, the best first."""
