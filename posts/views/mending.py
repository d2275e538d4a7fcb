"""What the buttons of the composer change in what is typed, nothing being saved: the way that needs no script.

A button is `name="change"` with a verb and what it is about, such as `remove:<asset>` or `at:2026-03-13T07:30`; of
other pictures than the shared ones the field is named, too (`remove:<asset>@media_<channel>`).
"""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from datetime import datetime

from django.http import HttpRequest, QueryDict

from aura.kit.problems import Refused
from media_library.models import Asset
from media_library.operations import request_fits
from posts.fitting import place_of
from posts.forms.pictures import rearranged
from posts.models import Channel
from posts.operations.channels import resume_channel
from posts.views.acting import person_of
from posts.views.mending_parts import VERBS, mend_parts, spare_channel


def mended(request: HttpRequest) -> QueryDict:
    """Return what was typed, changed as the button says; a verb that is unknown changes nothing.

    "campaign" asks for the same words with the channels of the campaign that was chosen.
    """
    data = request.POST
    verb, _, about = str(data["change"]).partition(":")
    changed = data.copy()
    if verb in {"earlier", "later", "remove"}:
        ids, _, name = about.partition("@")
        name = name if name.startswith("media_") else "media"
        changed.setlist(name, rearranged(data.getlist(name), verb, ids.split(",")))
    elif verb == "strike":
        for name in [name for name in data if name == "media" or name.startswith("media_")]:
            changed.setlist(name, rearranged(data.getlist(name), "remove", about.split(",")))
    elif verb == "spare":
        spare_channel(changed, about)
    elif verb in VERBS:
        mend_parts(changed, verb, about)
    elif verb == "drop":
        changed.setlist("channels", [pk for pk in data.getlist("channels") if pk != about])
    elif verb == "at":
        with suppress(ValueError):
            wall = datetime.fromisoformat(about)
            changed["day"], changed["time"], changed["fold"] = f"{wall:%Y-%m-%d}", f"{wall:%H:%M}", ""
    elif verb in {"fit", "whole"}:
        _choose_cut(request, changed, verb, about)
    elif verb == "unlink" and about:
        _take_link_out(changed, about)
    elif verb == "resume":
        _resume(request, about)
    return changed


def _take_link_out(changed: QueryDict, link: str) -> None:
    """Take a link out of all words with the blank before it; one that only begins like it stays."""
    alone = rf"{re.escape(link)}(?=$|[\s.,;:!?…'\"»”’)<>“])"
    written = re.compile(rf"^{alone}[^\S\n]*|[^\S\n]?{alone}", re.MULTILINE)
    for name in list(changed):
        if name == "caption" or name.startswith(("words_", "part_", "comment_")):
            lines = (written.sub("", text).split("\n") for text in changed.getlist(name))
            changed.setlist(name, ["\n".join(line.rstrip() for line in text) for text in lines])


def _choose_cut(request: HttpRequest, changed: QueryDict, verb: str, about: str) -> None:
    pair, _, place = _pair_of(about)
    kept = [cut for cut in changed.getlist("fit") if _pair_of(cut)[0] != pair]
    if verb == "fit" and _cut(request, pair, place):
        kept.append(about)
    changed.setlist("fit", kept)


def _pair_of(about: str) -> tuple[str, str, str]:
    """Part `channel:asset:place` into the pair, the colon, and the place."""
    channel, _, rest = about.partition(":")
    asset, colon, place = rest.partition(":")
    return f"{channel}:{asset}", colon, place


def _cut(request: HttpRequest, pair: str, key: str) -> bool:
    """Have the library cut the picture for the place; tell whether it does."""
    place = place_of(key)
    with suppress(ValueError, Asset.DoesNotExist, Refused):
        asset = Asset.objects.select_related("current").get(pk=uuid.UUID(pair.partition(":")[2]))
        if place is not None:
            request_fits(asset, placements=[place], by=person_of(request))
            return True
    return False


def _resume(request: HttpRequest, about: str) -> None:
    with suppress(ValueError, Channel.DoesNotExist, Refused):
        resume_channel(Channel.objects.get(pk=uuid.UUID(about)), by=person_of(request))
