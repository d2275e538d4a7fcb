"""Facebook Pages: words, links, images, films, reels and first comments.

https://developers.facebook.com/docs/pages-api (read 2026-11-20). A post is made unpublished first, so its id is known
before anybody sees it; publishing it is one request that may be repeated without a second post, and afterwards its
`is_published` tells what is so. Images go out in bytes; films are fetched from us where Facebook reaches this Aura.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.conf import settings as instance

from aura.kit import egress
from posts.networks import facebook_login, graph, meta_comments, meta_login
from posts.networks.base import (
    Absent,
    Accepted,
    Ambiguous,
    AppKeys,
    Connected,
    ConnectsBy,
    Figures,
    Finding,
    Found,
    Network,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Preparation,
    Ready,
    Reconciliation,
    Rejected,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
    Waiting,
)
from posts.networks.calling import answered, call, multipart, written
from posts.networks.containers import POLLS_AT_MOST, WAITS
from posts.networks.figures import Figure
from posts.networks.graph import Door
from posts.networks.meta_comments import is_comment

SITE = "https://www.facebook.com"
UPLOAD_SECONDS = 90
"""Longest time for the bytes of a film; the claim lasts longer."""
BAD_VIDEO = "bad_video"
COUNTS: tuple[tuple[str, Figure], ...] = (
    ("post_media_view", Figure.IMPRESSIONS),
    ("post_total_media_view_unique", Figure.REACH),
    ("post_clicks", Figure.CLICKS),
)

Kind = Literal["feed", "video", "reel"]
Save = Callable[[State], None]


def kind_of(outgoing: Outgoing) -> Kind:
    """Return which of Facebook's ways a post goes: an upright film of 3 to 90 seconds is a reel."""
    film = next((item for item in outgoing.media if item.is_video), None)
    if film is None:
        return "feed"
    upright = film.width and film.height and 0.5 <= film.width / film.height <= 0.6 and film.height >= 960
    return "reel" if upright and film.seconds and 3 <= film.seconds <= 90 else "video"


class Facebook(Network):
    """Posts as one Page."""

    slug: ClassVar[str] = "facebook"
    name: ClassVar[str] = "Facebook"
    retry_class: ClassVar[RetryClass] = RetryClass.RECONCILE
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    publish_scopes: ClassVar[frozenset[str]] = frozenset({"pages_manage_posts"})
    app_help: ClassVar[str] = (
        "On developers.facebook.com, make an app with the use case “Manage everything on your Page”. Its basic "
        "settings show the app ID and secret; add the callback below under “Facebook Login”."
    )

    def door(
        self,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        now: datetime,
        timeout: float = graph.PATIENCE,
        *,
        host: str = "facebook",
    ) -> Door:
        """The Graph API, or the host that takes films."""
        url = f"{instance.AURA_NETWORK_URLS[host]}/{graph.VERSION}"
        page, token = str(settings.get("account_id", "")), credential.get("access_token", "")
        return Door(self.name, url, now, page, token, timeout=timeout)

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The Page."""
        return str(settings.get("page", "")) or self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits; a comment is words alone."""
        found = super().validate(replace(outgoing, text=outgoing.words))
        return found + meta_comments.without_files(outgoing, self.name)

    # Before the irreversible request -----------------------------------------------------------------------------

    def prepare(self, outgoing: Outgoing, state: State, *, save: Save, now: datetime) -> Preparation:
        """Make the post, unpublished, with its files."""
        if is_comment(outgoing):
            return Ready(state)
        state = {**state, "polls": 0}
        if state.get("id"):
            there = self._is_there(self.door(outgoing.settings, outgoing.credential, now), state["id"])
            if isinstance(there, Rejected | RetryAfter):
                return there
            if not there:
                state = {}
        kept = bool(state.get("id"))
        prepared = self._advance(outgoing, state, save, now)
        if kept and isinstance(prepared, Rejected) and prepared.code == BAD_VIDEO:
            return self._advance(outgoing, {}, save, now)  # An earlier try's was no good: another one.
        return prepared

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Look how far Facebook is with the film."""
        return self._advance(outgoing, dict(state), lambda _reached: None, now)

    def _is_there(self, door: Door, id_: str) -> bool | Rejected | RetryAfter:
        """Tell whether what an earlier try made is there still."""
        result = door.get(id_, fields="id")
        if isinstance(result, egress.Response) and not result.ok and graph.Problem.of(result, self.name).gone:
            return False
        said = door.judged(result)
        return True if isinstance(said, dict) else said

    def _advance(self, outgoing: Outgoing, state: State, save: Save, now: datetime) -> Preparation:
        door = self.door(outgoing.settings, outgoing.credential, now)
        match kind_of(outgoing):
            case "feed":
                return self._post(door, outgoing, state, save)
            case "video":
                return self._video(door, outgoing, state, save)
            case "reel":
                return self._reel(door, outgoing, state, save)

    def _post(self, door: Door, outgoing: Outgoing, state: State, save: Save) -> Preparation:
        photos: list[str] = state.setdefault("photos", [])
        resumed = bool(photos)
        for item in outgoing.media[len(photos) :]:
            made = self._photo(door, item)
            if not isinstance(made, str):
                return made
            photos.append(made)
            save(state)
        if not state.get("id"):
            form: dict[str, Any] = {"message": outgoing.words, "published": "false"}
            if outgoing.link and not outgoing.media:
                form |= {"message": outgoing.text, "link": outgoing.link}
            for number, photo in enumerate(photos):
                form[f"attached_media[{number}]"] = json.dumps({"media_fbid": photo})
            made = door.made(door.tell(f"{door.account}/feed", **form))
            if isinstance(made, Rejected) and resumed and not made.pauses_channel:
                # The try before may have died with a post that nobody sees, and a photo is attached only once.
                state["photos"] = []
                save(state)
                return self._post(door, outgoing, state, save)
            if not isinstance(made, str):
                return made
            state["id"] = made
            save(state)
        return Ready(state)

    def _photo(self, door: Door, item: OutgoingMedia) -> str | Rejected | RetryAfter:
        """Hand an image over without showing it to anybody."""
        fields = {"published": "false"}
        if item.alt_text:
            fields["alt_text_custom"] = item.alt_text
        return door.made(door.judged(self._sent(door, "photos", item, fields, UPLOAD_SECONDS)))

    def _sent(
        self, door: Door, edge: str, item: OutgoingMedia, fields: Mapping[str, str], timeout: float
    ) -> egress.Result:
        body, headers = multipart(item, field="source", fields=fields, boundary=f"aura-{item.sha256[:40]}")
        url = f"{door.url}/{door.account}/{edge}"
        return call("POST", url, token=door.token, body=body, headers=headers, timeout=timeout)

    def _video(self, door: Door, outgoing: Outgoing, state: State, save: Save) -> Preparation:
        if not state.get("id"):
            film = outgoing.media[0]
            fields = {"description": outgoing.words, "published": "false"}
            if outgoing.title:
                fields["title"] = outgoing.title
            films = self.door(outgoing.settings, outgoing.credential, door.now, host="facebook.video")
            if graph.fetches(self.slug):
                made = films.made(films.tell(f"{films.account}/videos", file_url=film.url, **fields))
            else:
                made = films.made(films.judged(self._sent(films, "videos", film, fields, UPLOAD_SECONDS)))
            if not isinstance(made, str):
                return made
            state["id"] = made
            save(state)
        said = self._status(door, state["id"])
        if not isinstance(said, dict):
            return said
        return self._when(state, said.get("video_status"), done="ready")

    def _reel(self, door: Door, outgoing: Outgoing, state: State, save: Save) -> Preparation:
        if not state.get("id"):
            said = door.tell(f"{door.account}/video_reels", upload_phase="start")
            if not isinstance(said, dict):
                return said
            reel = str(said.get("video_id") or "")
            problem = self._upload(door, outgoing.media[0], reel)
            if problem is not None:  # Without its bytes it is worth nothing: another one is begun next time.
                return problem
            state["id"] = reel
            save(state)
        said = self._status(door, state["id"])
        if not isinstance(said, dict):
            return said
        return self._when(state, _phase(said, "uploading_phase"), done="complete")

    def _upload(self, door: Door, item: OutgoingMedia, reel: str) -> Rejected | RetryAfter | None:
        url = f"{instance.AURA_NETWORK_URLS['facebook.upload']}/video-upload/{graph.VERSION}/{reel}"
        if graph.fetches(self.slug):
            headers = {"Authorization": f"OAuth {door.token}", "file_url": item.url}
            result = call("POST", url, headers=headers, timeout=graph.PATIENCE)
        else:
            result = graph.handed_over(url, item, door.token, UPLOAD_SECONDS)
        said = door.judged(result)
        return None if isinstance(said, dict) else said

    def _status(self, door: Door, video: str) -> dict[str, Any] | Rejected | RetryAfter:
        """Return how far a film is, in Facebook's phases."""
        said = door.ask(video, fields="status")
        if not isinstance(said, dict):
            return said
        status = said.get("status")
        return status if isinstance(status, dict) else {}

    def _when(self, state: State, reached: object, *, done: str) -> Preparation:
        if reached == done:
            return Ready(state)
        if reached in ("error", "expired"):
            return Rejected(
                "Facebook could not use the video.",
                BAD_VIDEO,
                "Use MP4 with H.264 and AAC, then send it again.",
            )
        polls = state["polls"] = state.get("polls", 0) + 1
        if polls > POLLS_AT_MOST:
            return Rejected(
                "Facebook has been working on the video for half an hour without an end.",
                "stuck",
                "Send it again; if it happens again, try another copy of the video.",
            )
        seconds = WAITS[polls - 1] if polls <= len(WAITS) else 60
        return Waiting(state, seconds, "Facebook is working on the video.")

    # The irreversible request ------------------------------------------------------------------------------------

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Let people see what was made, or write a comment."""
        if is_comment(outgoing):
            door = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds)
            return meta_comments.publish(door, outgoing, now=now)
        door = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds * 3 / 4)
        kind, id_ = kind_of(outgoing), str(state["id"])
        if kind == "reel":
            result = door.post(
                f"{door.account}/video_reels",
                upload_phase="finish",
                video_id=id_,
                video_state="PUBLISHED",
                description=outgoing.words,
                **({"title": outgoing.title} if outgoing.title else {}),
            )
        else:
            result = door.post(id_, **{"is_published" if kind == "feed" else "published": "true"})

        def accepted(said: egress.Response) -> Accepted | Ambiguous:
            if answered(said).get("success") is not True:
                return Ambiguous("Facebook gave an answer that does not say whether it is published.")
            quick = self.door(outgoing.settings, outgoing.credential, now, self.timeout_seconds / 4)
            remote_id, url = self._named(quick, kind, id_)
            return Accepted(remote_id, url, rest_seconds=graph.pause_of(said))

        return written(
            result, self.name, now, accepted=accepted, refused=lambda said: graph.in_doubt(said, self.name)
        )

    def _named(self, door: Door, kind: Kind, id_: str) -> tuple[str, str]:
        """Return what a published post is called and where it stands; nice to have, it is out without."""
        result = door.get(id_, fields="permalink_url" if kind == "feed" else "permalink_url,post_id")
        said = answered(result) if isinstance(result, egress.Response) and result.ok else {}
        post = str(said.get("post_id") or "")
        named = f"{door.account}_{post}" if post and "_" not in post else post or id_
        return named, _link(said) or (f"{SITE}/reel/{id_}" if kind == "reel" else "")

    # After no answer ---------------------------------------------------------------------------------------------

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Ask what was made whether it is published."""
        door = self.door(outgoing.settings, outgoing.credential, now)
        if is_comment(outgoing):
            return self._look_below(door, outgoing, since=since, now=now)
        id_, kind = str(state.get("id") or ""), kind_of(outgoing)
        if not id_:
            return Unknown()
        fields = {"feed": "is_published", "video": "published", "reel": "status"}[kind]
        said = door.ask(id_, fields=fields)
        if not isinstance(said, dict):
            return Unknown(f"Facebook could not be asked: {said.sentence}")
        live = _is_out(said) if kind == "reel" else said.get(fields)
        if live is True:
            return Found(*self._named(door, kind, id_))
        if live is False and now - since >= graph.SETTLES:
            return Absent("Facebook has the post ready and has not published it.")
        return Unknown("Facebook has not decided about the post yet.")

    def _look_below(
        self, door: Door, outgoing: Outgoing, *, since: datetime, now: datetime
    ) -> Reconciliation:
        def ours(row: Mapping[str, Any]) -> bool:
            author = row.get("from")
            return not isinstance(author, dict) or author.get("id") == door.account

        return meta_comments.look(
            door,
            outgoing,
            words="message",
            at="created_time",
            author="from",
            ours=ours,
            since=since,
            now=now,
            order="reverse_chronological",
        )

    # Connecting ------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """The page of Facebook."""
        url = f"{instance.AURA_NETWORK_URLS['facebook.signin']}/{graph.VERSION}/dialog/oauth"
        return meta_login.page(url, app, facebook_login.SCOPES, redirect_uri=redirect_uri, state=state)

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
        """The code for tokens of all the Pages that the person looks after."""
        door = self.door({}, {}, now)
        return facebook_login.exchange(door, app, code=code, redirect_uri=redirect_uri)

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask the Page for its name."""
        door = self.door(settings, credential, now)
        said = door.ask(door.account, fields="id,name")
        if not isinstance(said, dict):
            return said
        return Accepted("", sentence=f"Facebook answered as {said.get('name', '')}. The channel works.")

    # Afterwards ------------------------------------------------------------------------------------------------

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """What stands below the post, and its insights where Facebook has them: it renames these now and then."""
        door = self.door(settings, credential, now)
        post = "_" in remote_id  # else it is a film that Facebook has not named the post of
        likes = "reactions" if post else "likes"
        fields = [f"{edge}.summary(total_count).limit(0)" for edge in (likes, "comments")]
        said = door.ask(remote_id, fields=",".join([*fields, "shares"] if post else fields))
        if not isinstance(said, dict):
            return said
        totals = {
            Figure.LIKES: _total(said.get(likes)),
            Figure.COMMENTS: _total(said.get("comments")),
        }
        if isinstance(shares := said.get("shares"), dict):
            totals[Figure.SHARES] = shares.get("count")
        for metric, figure in COUNTS if post else ():
            told = graph.insights(door, remote_id, {metric: figure})
            if isinstance(told, Figures):
                totals |= told.totals
        return Figures({figure: total for figure, total in totals.items() if isinstance(total, int)})


def _phase(status: Mapping[str, Any], name: str) -> object:
    phase = status.get(name)
    return phase.get("status") if isinstance(phase, dict) else None


def _is_out(said: Mapping[str, Any]) -> bool | None:
    """Tell from its phases whether a reel is out; None while Facebook is at it: then it was told to publish it."""
    status = said.get("status")
    if not isinstance(status, dict):
        return None
    if _phase(status, "publishing_phase") == "complete":
        return True
    untouched = _phase(status, "processing_phase") == _phase(status, "publishing_phase") == "not_started"
    return False if untouched else None


def _link(said: Mapping[str, Any]) -> str:
    """Return the link of a post; that of a film begins at the site."""
    link = str(said.get("permalink_url") or "")
    return f"{SITE}{link}" if link.startswith("/") else link


def _total(edge: object) -> object:
    summary = edge.get("summary") if isinstance(edge, dict) else None
    return summary.get("total_count") if isinstance(summary, dict) else None
