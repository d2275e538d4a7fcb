"""The form of what is still to go out below a post that is out: words of later parts, and of the first comment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from posts.checks import capabilities_of, counter_of, outgoing_of
from posts.checks.sizes import Counter
from posts.models import Post, Target
from posts.models.post import CAPTION_LENGTH
from posts.networks import get_network
from posts.parts import Saying, numbered


def name_of(target: Target) -> str:
    """Return the name of the field of a target's words."""
    return f"words_{target.pk.hex}"


class RestForm(forms.Form):
    """Judges words by the networks' limits, as they go out in a moment: what would be refused is not saved.

    `rest` are the targets with their channel and `pictures`, `numbers` the number and total of those that say them.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        post: Post,
        rest: Sequence[Target],
        numbers: dict[Any, tuple[int, int]],
    ) -> None:
        super().__init__(data, initial={"version": post.version})
        self.post, self.rest, self.numbers = post, rest, numbers
        for target in rest:
            self.fields[name_of(target)] = forms.CharField(
                label=f"Words of {target.place}",
                required=False,
                max_length=CAPTION_LENGTH,
                initial=target.own_words,
                widget=forms.Textarea,
                error_messages={
                    "max_length": "The words have at most %(limit_value)s characters, these are %(show_value)s."
                },
            )

    @property
    def words(self) -> dict[Any, str]:
        """The words by target, once they are judged."""
        return {target.pk: self.cleaned_data[name_of(target)] for target in self.rest}

    def clean(self) -> dict[str, Any]:
        """Ask each part's network."""
        super().clean()
        for target in self.rest:
            name = name_of(target)
            if name in self.errors:
                continue
            words = (self.cleaned_data.get(name) or "").replace("\r\n", "\n").strip()
            self.cleaned_data[name] = words
            pictures = tuple(getattr(target, "pictures", ()))
            if not words and not pictures:
                self.add_error(name, "Write something, or leave this part out.")
                continue
            said = Saying(f"parts.{target.position}.", self._said(target, words), pictures, target.as_comment)
            outgoing = outgoing_of(self.post, target.channel, said)
            for finding in get_network(target.channel.network).validate(outgoing):
                if finding.blocks and finding.field == "text":
                    self.add_error(name, f"{finding.message} Shorten it.")
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
