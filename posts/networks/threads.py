"""Threads: posts, carousels and threads by containers of the Threads API.

https://developers.facebook.com/docs/threads (read 2026-11-20). The token stands among the parameters, as documented.
Files are fetched from us. Its text counts emoji by their bytes (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings as instance

from posts.networks import graph, meta_login
from posts.networks.base import (
    Accepted,
    AppKeys,
    Connected,
    ConnectsBy,
    Figures,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Rejected,
    Renewed,
    RetryAfter,
)
from posts.networks.connecting import Account
from posts.networks.containers import ROWS, ContainerNetwork, Form
from posts.networks.figures import Figure
from posts.networks.graph import Door
from posts.networks.refusing import settled

VERSION = "v1.0"
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_insights",
    "threads_read_replies",
)
COUNTS: Mapping[str, Figure] = {
    "views": Figure.IMPRESSIONS,
    "likes": Figure.LIKES,
    "replies": Figure.COMMENTS,
    "reposts": Figure.SHARES,
    "quotes": Figure.SHARES,
    "shares": Figure.SHARES,
}
_REASONS: Mapping[str, tuple[str, str]] = {
    "FAILED_DOWNLOADING_VIDEO": (
        "It could not fetch the video from this Aura.",
        "Check that links to its files open from outside, then send it again.",
    ),
    "FAILED_PROCESSING_AUDIO": ("It cannot read the sound of the video.", "Use AAC, mono or stereo."),
    "FAILED_PROCESSING_VIDEO": ("It cannot read the video.", "Use MP4 or MOV with H.264."),
    "INVALID_ASPEC_RATIO": ("The shape of the video is not taken.", "Crop it, 9:16 is best."),
    "INVALID_BIT_RATE": ("The video has too many bits a second.", "Use a smaller copy."),
    "INVALID_DURATION": ("The video is too long or too short.", "Use a cut of up to 5 minutes."),
    "INVALID_FRAME_RATE": ("The frame rate of the video is not taken.", "Use 23 to 60 frames a second."),
    "INVALID_AUDIO_CHANNELS": ("The sound of the video has too many channels.", "Use mono or stereo."),
    "INVALID_AUDIO_CHANNEL_LAYOUT": ("The sound of the video is not taken.", "Use mono or stereo."),
}


class Threads(ContainerNetwork):
    """Posts as one Threads profile."""

    slug: ClassVar[str] = "threads"
    name: ClassVar[str] = "Threads"
    needs_public_media: ClassVar[bool] = True
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    app_help: ClassVar[str] = (
        "On developers.facebook.com, make an app with the use case “Access the Threads API”. Its settings show the "
        "Threads app ID and secret; add the callback below to the redirect addresses."
    )
    renew_ahead: ClassVar[timedelta] = timedelta(days=10)
    makes: ClassVar[str] = "threads"
    publishes: ClassVar[str] = "threads_publish"
    status_field: ClassVar[str] = "status"
    reason_field: ClassVar[str] = "error_message"
    words_field: ClassVar[str] = "text"

    def door(
        self,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        now: datetime,
        timeout: float = graph.PATIENCE,
    ) -> Door:
        """The Threads API."""
        url = f"{instance.AURA_NETWORK_URLS['threads']}/{VERSION}"
        token = credential.get("access_token", "")
        return Door(self.name, url, now, self.account(settings), token, False, timeout)

    def form_of_file(self, item: OutgoingMedia) -> Form:
        """An image or a video by its address, with its description."""
        kind, field = ("VIDEO", "video_url") if item.is_video else ("IMAGE", "image_url")
        form = {"media_type": kind, field: item.url}
        return {**form, "alt_text": item.alt_text} if item.alt_text else form

    def form_of_post(self, outgoing: Outgoing, children: list[str]) -> Form:
        """A text, one file or a carousel, perhaps as an answer to the part before it."""
        words = outgoing.words
        if children:
            form: Form = {"media_type": "CAROUSEL", "children": ",".join(children)}
        elif outgoing.media:
            form = self.form_of_file(outgoing.media[0])
        else:
            form = {"media_type": "TEXT"}
        if words:
            form["text"] = words
        if outgoing.reply_to is not None:
            form["reply_to_id"] = outgoing.reply_to.remote_id
        return form

    def recent(self, door: Door, outgoing: Outgoing) -> dict[str, Any] | Rejected | RetryAfter:
        """The profile's posts, or its replies."""
        edge, more = ("threads", "") if outgoing.reply_to is None else ("replies", ",replied_to")
        return door.ask(f"{door.account}/{edge}", fields=f"id,text,{self.row_fields}{more}", limit=ROWS)

    def reason(self, said: str) -> Rejected | RetryAfter:
        """What the container's error message means."""
        if said in _REASONS:
            sentence, fix = _REASONS[said]
            return Rejected(f"Threads refused the video. {sentence}", said.lower(), fix)
        return super().reason(said)

    # Connecting ------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """The page of Threads."""
        url = f"{instance.AURA_NETWORK_URLS['threads.signin']}/oauth/authorize"
        return meta_login.page(url, app, SCOPES, redirect_uri=redirect_uri, state=state)

    def exchange(
        self,
        app: AppKeys,
        settings: Mapping[str, Any],
        *,
        code: str,
        redirect_uri: str,
        verifier: str,
        now: datetime,
    ) -> Connected | Rejected:
        """The code for a token of an hour, that for one of sixty days, and whose it is."""
        door = Door(self.name, instance.AURA_NETWORK_URLS["threads"], now)
        result = door.post(
            "oauth/access_token",
            client_id=app.client_id,
            client_secret=app.client_secret,
            grant_type="authorization_code",
            redirect_uri=redirect_uri,
            code=meta_login.bare(code),
        )
        short = meta_login.granted(result, self.name)
        if isinstance(short, Rejected):
            return short
        long = door.ask(
            "access_token",
            grant_type="th_exchange_token",
            client_secret=app.client_secret,
            access_token=short["access_token"],
        )
        if not isinstance(long, dict):
            return settled(long)
        credential = {**meta_login.credential(long, now=now), "scope": " ".join(SCOPES)}
        me = self.door({}, credential, now).ask("me", fields="id,username")
        if not isinstance(me, dict):
            return settled(me)
        who, name = str(me.get("id") or ""), str(me.get("username") or "")
        return Connected((Account(who, f"@{name}", {"account_id": who, "username": name}, credential),))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Another sixty days."""
        url, token = instance.AURA_NETWORK_URLS["threads"], credential.get("access_token", "")
        door = Door(self.name, url, now, token=token, in_header=False)
        return meta_login.renewed(door, "refresh_access_token", "th_refresh_token", credential)

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        """How many posts a day this profile may make."""
        door = self.door(settings, credential, now)
        return graph.posts_per_day(door.ask(f"{door.account}/threads_publishing_limit", fields="config"))

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask whose token it is."""
        said = self.door(settings, credential, now).ask("me", fields="id,username")
        if not isinstance(said, dict):
            return said
        return Accepted("", sentence=f"Threads answered as @{said.get('username', '')}. The channel works.")

    # Afterwards ------------------------------------------------------------------------------------------------

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """What Threads counts of one post."""
        return graph.insights(self.door(settings, credential, now), remote_id, COUNTS)
