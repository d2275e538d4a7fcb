"""The form of what is still to go out below a post that is out: words and pictures of later parts, the first comment.

Beside the words each part has `media_<target>`, once for each picture in order; a form without the field `shows` says
nothing about pictures. What the buttons change needs no script (`mended`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from aura.kit import clock
from media_library.models import Asset
from posts.checks import capabilities_of, counter_of, outgoing_of
from posts.checks.sizes import Counter
from posts.forms.pictures import MediaField, ids_of, rearranged
from posts.models import Post, Target
from posts.models.post import CAPTION_LENGTH
from posts.networks import get_network
from posts.parts import Saying, numbered
from workspaces.scope import current_workspace

MARK = "shows"
"""The field by which a form says something about pictures."""


def name_of(target: Target) -> str:
    """Return the name of the field of a target's words."""
    return f"words_{target.pk.hex}"


def media_name(target: Target) -> str:
    """Return the name of the fields of a target's pictures."""
    return f"media_{target.pk.hex}"


def mended(sent: QueryDict, rest: Sequence[Target]) -> QueryDict:
    """Return what was typed, changed as its button says: a picture moved or taken out, or what is ticked put in.

    A picture is named `earlier:<asset>@media_<target>`, as in the composer; `take:media_<target>` puts in what is
    ticked in the library, which is sent as `media`.
    """
    verb, _, about = str(sent.get("change", "")).partition(":")
    asset, _, name = about.rpartition("@")
    changed = sent.copy()
    if name in {media_name(target) for target in rest}:
        if verb == "take":
            changed.setlist(name, list(dict.fromkeys([*sent.getlist(name), *sent.getlist("media")])))
        else:
            changed.setlist(name, rearranged(sent.getlist(name), verb, [asset]))
    return changed


def shown_by(target: Target) -> Sequence[Asset]:
    """Return the pictures that a part shows as it is stored."""
    return tuple(getattr(target, "pictures", ()))


class RestForm(forms.Form):
    """Judges what is said by the networks' limits, as it goes out in a moment: what would be refused is not saved.

    `rest` are the targets with their channel and `pictures`, `numbers` the number and total of those that say them.
    `typed` is what was sent with a button that saves nothing: it is shown, and not judged.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        post: Post,
        rest: Sequence[Target],
        numbers: dict[Any, tuple[int, int]],
        typed: QueryDict | None = None,
    ) -> None:
        version = post.version if typed is None else typed.get("version", "")
        super().__init__(data, initial={"version": version})
        self.post, self.rest, self.numbers = post, rest, numbers
        self.known_assets = {asset.pk: asset for target in rest for asset in shown_by(target)}
        self._sent = data if typed is None else typed
        words = {target.pk: target.own_words for target in rest}
        if typed is not None:
            words = {target.pk: typed.get(name_of(target), "") for target in rest}
        for target in rest:
            self.fields[name_of(target)] = forms.CharField(
                label=f"Words of {target.place}",
                required=False,
                max_length=CAPTION_LENGTH,
                initial=words[target.pk],
                widget=forms.Textarea,
                error_messages={
                    "max_length": "The words have at most %(limit_value)s characters, these are %(show_value)s."
                },
            )

    @property
    def words(self) -> dict[Any, str]:
        """The words by target, once they are judged."""
        return {target.pk: self.cleaned_data[name_of(target)] for target in self.rest}

    @property
    def says_pictures(self) -> bool:
        """Whether what was sent says anything about pictures."""
        return self._sent is not None and MARK in self._sent

    def ids_of(self, target: Target) -> list[uuid.UUID]:
        """Return the ids of the pictures that a part shows as it stands in the form, in order."""
        if not self.says_pictures or target.as_comment:
            return [asset.pk for asset in shown_by(target)]
        return list(dict.fromkeys(ids_of(self._sent.getlist(media_name(target)))))

    @property
    def wanted(self) -> list[uuid.UUID]:
        """The ids of all pictures in the form."""
        return [pk for target in self.rest for pk in self.ids_of(target)]

    def pictures_of(self, target: Target) -> list[Asset]:
        """Return the pictures that a part shows as it stands in the form; of `known_assets`, the page's to load."""
        return [self.known_assets[pk] for pk in self.ids_of(target) if pk in self.known_assets]

    @property
    def pictures(self) -> dict[Any, list[Asset]] | None:
        """The pictures by target, once they are judged; None where nothing was said about them."""
        if not self.says_pictures:
            return None
        return {target.pk: self.pictures_of(target) for target in self.rest if not target.as_comment}

    def _judge_pictures(self, target: Target) -> bool:
        """Judge other pictures than a part has; tell whether there are any. Raises ValidationError."""
        if self.ids_of(target) == [asset.pk for asset in shown_by(target)]:
            return False
        field = MediaField()
        field.kept = frozenset(asset.pk for asset in shown_by(target))
        assets: list[Asset] = field.clean(self._sent.getlist(media_name(target)))
        self.known_assets |= {asset.pk: asset for asset in assets}
        today = clock.wall_of(clock.now(), current_workspace().zone).date()
        for asset in assets:
            if asset.has_expired(today):
                raise forms.ValidationError(f"“{asset}” may not be used any more. Take another picture.")
        return True

    def clean(self) -> dict[str, Any]:
        """Ask each part's network."""
        super().clean()
        for target in self.rest:
            name = name_of(target)
            if name in self.errors:
                continue
            words = (self.cleaned_data.get(name) or "").replace("\r\n", "\n").strip()
            self.cleaned_data[name] = words
            try:
                shows_others = self._judge_pictures(target)
            except forms.ValidationError as problem:
                self.add_error(name, problem)
                continue
            pictures = tuple(self.pictures_of(target))
            if not words and not pictures:
                self.add_error(name, "Write something, or leave this part out.")
                continue
            said = Saying(f"parts.{target.position}.", self._said(target, words), pictures, target.as_comment)
            outgoing = outgoing_of(self.post, target.channel, said)
            for finding in get_network(target.channel.network).validate(outgoing):
                if finding.blocks and finding.field == "text":
                    self.add_error(name, f"{finding.message} Shorten it.")
                elif finding.blocks and shows_others and finding.field.startswith("media"):
                    self.add_error(name, f"{finding.message} {finding.fix}".strip())
        return self.cleaned_data

    def _said(self, target: Target, words: str) -> str:
        number, total = self.numbers.get(target.pk, (1, 1))
        return numbered(words, number, total) if total > 1 else words

    def counter(self, target: Target) -> Counter | None:
        """Return how much room there is for what is in the field."""
        can = capabilities_of(target.channel)
        limit = (can.comment if target.as_comment else None) or can.counter
        if limit is None:
            return None
        number, total = self.numbers.get(target.pk, (1, 1))
        words = str(self[name_of(target)].value() or "")
        return counter_of(target.channel, words, limit, number=number, total=total)
