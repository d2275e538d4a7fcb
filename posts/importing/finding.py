"""What the words in a row mean here: which campaign, which channels, which pictures. Each is looked up once."""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Iterable

from campaigns.models import Campaign
from media_library.models import Asset
from posts.models import Channel
from posts.networks import UnknownNetwork, get_network
from workspaces import search

SHORT = {
    "ig": "instagram", "insta": "instagram", "fb": "facebook", "facebookpage": "facebook", "li": "linkedin",
    "twitter": "x", "tw": "x", "masto": "mastodon", "bsky": "bluesky", "hand": "by_hand", "byhand": "by_hand",
    "manual": "by_hand", "pin": "pinterest", "yt": "youtube", "tt": "tiktok",
}  # fmt: skip
SEPARATORS = re.compile(r"[,;|+\n]")  # of channels in a cell
NAMED = 5  # of what there is, in a sentence
NAME_LENGTH = 80  # of what a row calls something, in a sentence


class NotFound(Exception):
    """Nothing here is called that, or too many things are; `str()` is the sentence."""


def plain(text: str) -> str:
    """Return a name as it is compared: without case, and with single spaces."""
    return " ".join(text.casefold().split())


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _did_you_mean(wanted: str, names: Iterable[str], what: str) -> str:
    names, wanted = list(names), wanted[:NAME_LENGTH]
    close = difflib.get_close_matches(plain(wanted), [plain(name) for name in names], 1, 0.6)
    if close:
        meant = next(name for name in names if plain(name) == close[0])
        return f"Did you mean “{meant}”?"
    if not names:
        return f"There is no {what} yet. Make one first."
    listed = ", ".join(f"“{name}”" for name in names[:NAMED])
    return (
        f"There {'is' if len(names) == 1 else 'are'} {listed}{' and others' if len(names) > NAMED else ''}."
    )


class Finder:
    """Finds by name in the open workspace. Lives for one batch of rows."""

    def __init__(self) -> None:
        self._campaigns: list[Campaign] | None = None
        self._channels: list[Channel] | None = None
        self._assets: dict[str, Asset | str] = {}

    def campaign(self, name: str) -> Campaign:
        """Return the campaign of this name or id. Raises NotFound."""
        if self._campaigns is None:
            self._campaigns = list(Campaign.objects.filter(trashed_at=None).order_by("name", "id")[:2000])
        found = [each for each in self._campaigns if plain(each.name) == plain(name) or str(each.pk) == name]
        if len(found) > 1:
            open_ones = [each for each in found if each.archived_at is None]
            found = open_ones if len(open_ones) == 1 else found
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(f"{len(found)} campaigns are called “{name[:NAME_LENGTH]}”. Rename all but one.")
        there = _did_you_mean(name, (each.name for each in self._campaigns), "campaign")
        raise NotFound(f"No campaign is called “{name[:NAME_LENGTH]}”. {there}")

    def channels(self, text: str, campaign: Campaign | None) -> list[Channel]:
        """Return the channels that the text names, by their names or by their networks. Raises NotFound."""
        if self._channels is None:
            self._channels = list(Channel.objects.filter(trashed_at=None).order_by("name"))
        whole = [each for each in self._channels if plain(each.name) == plain(text)]
        if len(whole) == 1:
            return whole
        names = [part.strip() for part in SEPARATORS.split(text) if part.strip()]
        return list(dict.fromkeys(self._channel(name, campaign) for name in names))

    def _channel(self, name: str, campaign: Campaign | None) -> Channel:
        assert self._channels is not None
        for fits in (
            lambda each: plain(each.name) in {plain(name), plain(name.lstrip("@"))} or str(each.pk) == name,
            lambda each: (
                _bare(name) in {_bare(each.network), _bare(_network_name(each))}
                or SHORT.get(_bare(name)) == each.network
            ),
        ):
            found = [each for each in self._channels if fits(each)]
            if len(found) > 1:
                found = [each for each in found if each.speaks_for(campaign)] or found
            if len(found) == 1:
                return found[0]
            if found:
                listed = ", ".join(f"“{each.name}”" for each in found[:NAMED])
                raise NotFound(f"“{name[:NAME_LENGTH]}” can be {listed}. Write the name of the channel.")
        there = _did_you_mean(name, (each.name for each in self._channels), "channel")
        raise NotFound(f"No channel is called “{name[:NAME_LENGTH]}”. {there}")

    def assets(self, text: str) -> list[Asset]:
        """Return the assets that the text names: by id, title or file name. Raises NotFound."""
        try:
            return [self._asset(text)]
        except NotFound:
            names = [part.strip() for part in re.split(r"[|;\n]", text) if part.strip()]
            if len(names) < 2:
                names = [part.strip() for part in text.split(",") if part.strip()]
            if len(names) < 2:
                raise
        return list(dict.fromkeys(self._asset(name) for name in names))

    def _asset(self, name: str) -> Asset:
        key = plain(name)
        if key not in self._assets:
            self._assets[key] = self._look_for(name)
        found = self._assets[key]
        if isinstance(found, str):
            raise NotFound(found)
        return found

    @staticmethod
    def _look_for(name: str) -> Asset | str:
        assets = Asset.objects.filter(trashed_at=None).select_related("current")
        try:
            found = list(assets.filter(pk=uuid.UUID(name)))
        except ValueError:
            near = list(assets.filter(pk__in=search.ids("asset", name, 200)))
            wanted = plain(name)
            names = {
                each: {plain(each.title), plain(each.current.original_name if each.current else "")}
                for each in near
            }
            found = [each for each in near if wanted in names[each]]
            if not found and "." not in wanted:
                found = [each for each in near if wanted in {part.rpartition(".")[0] for part in names[each]}]
        if len(found) == 1:
            return found[0]
        if found:
            return f"{len(found)} assets in the library are called “{name[:NAME_LENGTH]}”. Write the id of yours."
        return f"“{name[:NAME_LENGTH]}” is not in the library. Upload it, or correct its name."


def _network_name(channel: Channel) -> str:
    try:
        return get_network(channel.network).name
    except UnknownNetwork:
        return channel.network
