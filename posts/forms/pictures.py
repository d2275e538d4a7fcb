"""Pictures and films of a post: assets in the order in which a form sends their ids."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from media_library.lists import SHOWN
from media_library.models import Asset
from posts.fitting import Pair, place_of


def assets_with_files() -> QuerySet[Asset]:
    """Return the assets with everything that showing or judging them reads: three queries for any number."""
    assets: QuerySet[Asset] = Asset.objects.select_related("current__stored_file").prefetch_related(
        "current__renditions"
    )
    return assets


class MediaField(forms.Field):
    """Assets in the order in which their ids are sent."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "unknown": "Pick pictures that are in this workspace.",
        "unreadable": "%(asset)s could not be read. Take it out, or upload it again.",
        "text": "%(asset)s is a text, not a picture or film. Take it out.",
        "kind": "%(asset)s is no picture or film, and posts are made of these. Take it out.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.kept: frozenset[uuid.UUID] = frozenset()  # already in the post: may stay, even out of the trash

    def to_python(self, value: Any) -> list[Asset]:
        """Return the assets, each once, in order. Raises ValidationError for one that is not here."""
        try:
            ids = list(dict.fromkeys(uuid.UUID(str(item)) for item in value or []))
        except ValueError:
            raise ValidationError(self.error_messages["unknown"], code="unknown") from None
        rows = assets_with_files().filter(Q(trashed_at=None) | Q(pk__in=self.kept), pk__in=ids)
        found: dict[uuid.UUID, Asset] = {asset.pk: asset for asset in rows} if ids else {}
        if len(found) != len(ids):
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return [found[pk] for pk in ids]

    def validate(self, value: list[Asset]) -> None:
        """Refuse too many, texts, and files that could not be read."""
        super().validate(value)
        most = settings.AURA_MEDIA_PER_POST
        if len(value) > most:
            raise ValidationError(
                f"A post takes {most} pictures or films. Take out {len(value) - most}.", code="too_many"
            )
        for asset in value:
            if asset.is_text:
                raise ValidationError(self.error_messages["text"], code="text", params={"asset": asset})
            if asset.kind not in SHOWN:
                raise ValidationError(self.error_messages["kind"], code="kind", params={"asset": asset})
            if asset.status == Asset.Status.FAILED:
                raise ValidationError(
                    self.error_messages["unreadable"], code="unreadable", params={"asset": asset}
                )


class FitsField(forms.Field):
    """Cuts that go out instead of a picture on a channel, each sent as `channel:asset:place`."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[Pair, str]:
        """Return them by channel and asset; what names no place that Aura cuts for is left out."""
        found: dict[Pair, str] = {}
        for item in value or []:
            channel, _, rest = str(item).partition(":")
            asset, _, place = rest.partition(":")
            with suppress(ValueError):
                if place_of(place):
                    found[uuid.UUID(channel), uuid.UUID(asset)] = place
        return found


def ids_of(values: Iterable[Any]) -> list[uuid.UUID]:
    """Return those of the values that are ids, in order."""
    found = []
    for value in values:
        with suppress(ValueError):
            found.append(uuid.UUID(str(value)))
    return found


def assets_in_order(ids: Iterable[Any], known: Mapping[uuid.UUID, Asset] | None = None) -> list[Asset]:
    """Return those of the assets that this workspace has, in the order given; ids that are none are left out.

    `known` are assets that were loaded already, with what `assets_with_files` gives them.
    """
    found = dict(known or {})
    wanted = ids_of(ids)
    if missing := set(wanted) - set(found):
        found |= {asset.pk: asset for asset in assets_with_files().filter(pk__in=missing)}
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


def rearranged(media: Sequence[str], verb: str, about: Sequence[str]) -> list[str]:
    """Return ids of pictures in their order once some are taken out ("remove"), or the first moved earlier or later."""
    ids = list(dict.fromkeys(media))
    if verb == "remove":
        return [pk for pk in ids if pk not in about]
    pk = about[0]
    if pk in ids and verb in {"earlier", "later"}:
        place = ids.index(pk)
        ids.remove(pk)
        ids.insert(max(place - 1, 0) if verb == "earlier" else place + 1, pk)
    return ids
