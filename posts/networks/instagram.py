"""Instagram: images, reels, carousels and first comments of a professional account, by its own login.

https://developers.facebook.com/docs/instagram-platform (read 2026-11-20). Images are JPEG and always fetched from us;
films are fetched too, and handed over in bytes where this Aura has no address that Instagram reaches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings as instance

from posts.networks import graph, meta_comments, meta_login
from posts.networks.base import (
    Accepted,
    AppKeys,
    Connected,
    ConnectsBy,
    Figures,
    Finding,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Preparation,
    Ready,
    Reconciliation,
    Rejected,
    Renewed,
    RetryAfter,
    State,
)
from posts.networks.connecting import Account
from posts.networks.containers import ROWS, ContainerNetwork, Form, Save
from posts.networks.figures import Figure
from posts.networks.graph import Door
from posts.networks.meta_comments import is_comment
from posts.networks.refusing import settled

SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)
COUNTS: Mapping[str, Figure] = {
    "views": Figure.IMPRESSIONS,
    "reach": Figure.REACH,
    "likes": Figure.LIKES,
    "comments": Figure.COMMENTS,
    "shares": Figure.SHARES,
    "saved": Figure.SAVES,
}
UPLOAD_SECONDS = 90
"""Longest time for the bytes of a film; the claim lasts longer."""
_SUBCODE = re.compile(r"\b2207\d{3}\b")


class Instagram(ContainerNetwork):
    """Posts as one professional account."""

    slug: ClassVar[str] = "instagram"
    name: ClassVar[str] = "Instagram"
    needs_public_media: ClassVar[bool] = True
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    publish_scopes: ClassVar[frozenset[str]] = frozenset({"instagram_business_content_publish"})
    app_help: ClassVar[str] = (
        "On developers.facebook.com, make an app and add Instagram with “API setup with Instagram login”. That page "
        "shows the Instagram app ID and secret; add the callback below under “Business login settings”."
    )
    renew_ahead: ClassVar[timedelta] = timedelta(days=10)
    makes: ClassVar[str] = "media"
    publishes: ClassVar[str] = "media_publish"
    status_field: ClassVar[str] = "status_code"
    reason_field: ClassVar[str] = "status"
    words_field: ClassVar[str] = "caption"

    def door(
        self,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        now: datetime,
        timeout: float = graph.PATIENCE,
    ) -> Door:
        """The Instagram API."""
        url = f"{instance.AURA_NETWORK_URLS['instagram']}/{graph.VERSION}"
        token = credential.get("access_token", "")
        return Door(self.name, url, now, self.account(settings), token, timeout=timeout)

    def form_of_file(self, item: OutgoingMedia) -> Form:
        """An image with its description, or a video of a carousel."""
        if not item.is_video:
            form = {"image_url": item.url}
            return {**form, "alt_text": item.alt_text} if item.alt_text else form
        if self.uploads(item):
            return {"media_type": "VIDEO", "upload_type": "resumable"}
        return {"media_type": "VIDEO", "video_url": item.url}

    def form_of_post(self, outgoing: Outgoing, children: list[str]) -> Form:
        """An image, a reel or a carousel."""
        words = {"caption": outgoing.words} if outgoing.words else {}
        if children:
            return {"media_type": "CAROUSEL", "children": ",".join(children), **words}
        item = outgoing.media[0]
        form = {**self.form_of_file(item), **words}
        return {**form, "media_type": "REELS", "share_to_feed": "true"} if item.is_video else form

    def recent(self, door: Door, outgoing: Outgoing) -> dict[str, Any] | Rejected | RetryAfter:
        """The account's media."""
        return door.ask(f"{door.account}/media", fields=f"id,caption,{self.row_fields}", limit=ROWS)

    def reason(self, said: str) -> Rejected | RetryAfter:
        """A container's status names the code of its error."""
        found = _SUBCODE.search(said)
        problem = graph.Problem(subcode=int(found.group()) if found else 0, message=said)
        if problem.subcode in graph.NOT_NOW or problem.subcode == 2207053:
            return graph.not_done(self.name)
        if problem.subcode == graph.NOT_FETCHED:
            return graph.not_fetched(self.name)
        return graph.of_content(problem, self.name)

    def uploads(self, item: OutgoingMedia) -> bool:
        """Films, where Instagram cannot fetch them."""
        return item.is_video and not graph.fetches(self.slug)

    def upload(self, door: Door, item: OutgoingMedia, container: str) -> Rejected | RetryAfter | None:
        """Stream a film to where Meta takes large files."""
        url = f"{instance.AURA_NETWORK_URLS['facebook.upload']}/ig-api-upload/{graph.VERSION}/{container}"
        said = door.judged(graph.handed_over(url, item, door.token, UPLOAD_SECONDS))
        return None if isinstance(said, dict) else said

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits; a comment is words alone."""
        return super().validate(outgoing) + meta_comments.without_files(outgoing, self.name)

    def unreachable(self, outgoing: Outgoing) -> list[Finding]:
        """Only images have to be fetched."""
        images = [item for item in outgoing.media if not item.is_video]
        return graph.unreachable(images, self.name, self.slug)

    # The first comment -----------------------------------------------------------------------------------------

    def prepare(self, outgoing: Outgoing, state: State, *, save: Save, now: datetime) -> Preparation:
        """A comment needs no container."""
        return Ready(state) if is_comment(outgoing) else super().prepare(outgoing, state, save=save, now=now)

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """A comment, or a container."""
        if not is_comment(outgoing):
            return super().publish(outgoing, state, now=now)
        door = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds)
        return meta_comments.publish(door, outgoing, now=now)

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Among the comments of the post, or by the container."""
        if not is_comment(outgoing):
            return super().reconcile(outgoing, state, since=since, now=now)
        who = outgoing.settings.get("username")
        return meta_comments.look(
            self.door(outgoing.settings, outgoing.credential, now),
            outgoing,
            words="text",
            at="timestamp",
            author="username",
            ours=lambda row: row.get("username") in (None, who),
            since=since,
            now=now,
        )

    # Connecting ------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """The page of Instagram."""
        url = f"{instance.AURA_NETWORK_URLS['instagram.signin']}/oauth/authorize"
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
        result = Door(self.name, instance.AURA_NETWORK_URLS["instagram.token"], now).post(
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
        said = short.get("permissions") or SCOPES
        scopes = said.split(",") if isinstance(said, str) else [str(one) for one in said]
        if "instagram_business_content_publish" not in scopes:
            return Rejected(
                "Instagram was not allowed to let Aura publish.",
                "permission",
                "Connect again and leave every permission ticked.",
            )
        long = Door(self.name, instance.AURA_NETWORK_URLS["instagram"], now).ask(
            "access_token",
            grant_type="ig_exchange_token",
            client_secret=app.client_secret,
            access_token=short["access_token"],
        )
        if not isinstance(long, dict):
            return settled(long)
        credential = {**meta_login.credential(long, now=now), "scope": " ".join(scopes)}
        return self._whose(credential, now)

    def _whose(self, credential: Mapping[str, str], now: datetime) -> Connected | Rejected:
        me = self.door({}, credential, now).ask("me", fields="user_id,username,account_type")
        if not isinstance(me, dict):
            return settled(me)
        if str(me.get("account_type") or "").upper() == "PERSONAL":
            return Rejected(
                f"@{me.get('username')} is a personal account, and Instagram lets only professional ones be posted to.",
                "personal_account",
                "Make it a business or creator account in Instagram’s settings, then connect again.",
            )
        who, name = str(me.get("user_id") or me.get("id") or ""), str(me.get("username") or "")
        return Connected((Account(who, f"@{name}", {"account_id": who, "username": name}, credential),))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Another sixty days. Instagram documents the token as a parameter here."""
        url, token = instance.AURA_NETWORK_URLS["instagram"], credential.get("access_token", "")
        door = Door(self.name, url, now, token=token, in_header=False)
        return meta_login.renewed(door, "refresh_access_token", "ig_refresh_token", credential)

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        """How many posts a day this account may make."""
        door = self.door(settings, credential, now)
        said = door.ask(f"{door.account}/content_publishing_limit", fields="config,quota_usage")
        return graph.posts_per_day(said)

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask whose token it is."""
        said = self.door(settings, credential, now).ask("me", fields="user_id,username")
        if not isinstance(said, dict):
            return said
        return Accepted("", sentence=f"Instagram answered as @{said.get('username', '')}. The channel works.")

    # Afterwards ------------------------------------------------------------------------------------------------

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """What Instagram counts of one post."""
        return graph.insights(self.door(settings, credential, now), remote_id, COUNTS)
