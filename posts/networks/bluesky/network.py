"""Bluesky: a record in the account's own repository, under a name of our own.

https://docs.bsky.app and the lexicons of com.atproto and app.bsky (read 2026-11-20). The whole record, its name (a TID)
and its `createdAt` are made and kept before anything is sent, and written by `putRecord`: the same record under the
same name again has the same CID and changes nothing, so repeating is safe for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms

from aura.kit import addresses, egress
from posts.networks import link_card
from posts.networks.base import (
    FIND_SECONDS,
    FOUND_AT_MOST,
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
    Person,
    Preparation,
    Ready,
    Reconciliation,
    Rejected,
    Renewed,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
    Waiting,
)
from posts.networks.bluesky.calls import Calls, refusal
from posts.networks.bluesky.facets import mentioned
from posts.networks.bluesky.forms import BlueskyForm, BlueskySignInForm
from posts.networks.bluesky.keys import claims, ends, record_key
from posts.networks.bluesky.record import POST, record_of
from posts.networks.calling import WAIT, answered, asked, call, rest_after, stream, written
from posts.networks.connecting import Account, merged
from posts.networks.figures import Figure
from posts.networks.refusing import CONNECT, refused, settled

ASK_AGAIN = 5
THUMB_BYTES = 1_000_000
"""Largest picture of a link card (lexicon app.bsky.embed.external)."""
FULL_ACCESS = "com.atproto.access"
"""The scope of a session that was opened with the account's own password."""


class Bluesky(Network):
    """Publishes on Bluesky. Safe to repeat for ever: a post has its name before it is sent."""

    slug: ClassVar[str] = "bluesky"
    name: ClassVar[str] = "Bluesky"
    sends_card: ClassVar[bool] = True
    retry_class: ClassVar[RetryClass] = RetryClass.IDEMPOTENT
    settings_form: ClassVar[type[forms.Form]] = BlueskyForm
    fixed_settings: ClassVar[frozenset[str]] = frozenset({"handle", "server"})
    sign_in_form: ClassVar[type[forms.Form] | None] = BlueskySignInForm
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.PASSWORD
    renew_ahead: ClassVar[timedelta] = timedelta(minutes=30)

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The handle."""
        return f"@{settings['handle']}" if settings.get("handle") else self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, with the link counted where it stands in the words."""
        return super().validate(replace(outgoing, text=link_card.text_of(outgoing)))

    # Publishing ----------------------------------------------------------------------------------------------------

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Upload the files, find whom the text mentions and what it answers, and make the record, once."""
        if "record" in state:
            return Ready(state)
        if "created_at" not in state:
            state = {**state, "created_at": now.isoformat()}
            save(state)
        calls = Calls(self, outgoing.settings, outgoing.credential, now)
        for step in (self._upload_pictures, self._make_card, self._resolve, self._find_parents):
            reached = step(outgoing, state, calls, save)
            if not isinstance(reached, dict):
                return reached
            state = reached
        film = next((item for item in outgoing.media if item.is_video), None)
        if film is not None and "job" not in state:
            job = calls.upload_film(film)
            if not isinstance(job, dict):
                return job
            state = {**state, "job": job}
            save(state)
        return self.poll(outgoing, state, now=now)

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Ask whether the film is ready, then put the record together."""
        if "record" in state:
            return Ready(state)
        job = state.get("job")
        if job is not None and not job.get("blob"):
            calls = Calls(self, outgoing.settings, outgoing.credential, now)
            told = calls.film_job(job["id"])
            if not isinstance(told, dict):
                return told
            state = {**state, "job": {**job, **told}}
            if not told.get("blob"):
                return Waiting(state, ASK_AGAIN, "Bluesky is still working on the film.")
        created_at = datetime.fromisoformat(state["created_at"])
        rkey = record_key(created_at, f"{outgoing.target_id} {outgoing.key}")
        return Ready({**state, "rkey": rkey, "record": record_of(outgoing, state, created_at)})

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Put the record under its name."""
        did = str(outgoing.settings.get("did", ""))
        calls = Calls(self, outgoing.settings, outgoing.credential, now)
        result = calls.make(
            "POST",
            "com.atproto.repo.putRecord",
            json_body={"repo": did, "collection": POST, "rkey": state["rkey"], "record": state["record"]},
        )

        def accepted(answer: egress.Response) -> Accepted | Ambiguous:
            uri = answered(answer).get("uri")
            if not uri:
                return Ambiguous("Bluesky took the post and did not say as what.")
            url = self._url(outgoing.settings, str(uri))
            return Accepted(str(uri), url, "Published on Bluesky.", rest_after(answer, now))

        return written(result, self.name, now, accepted=accepted, refused=refusal)

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Look the name up: the repository is exact, so a miss is proof."""
        if "rkey" not in state:
            return Absent("It never came to be sent.")
        calls = Calls(self, outgoing.settings, outgoing.credential, now)
        answer = calls.record(f"at://{outgoing.settings.get('did', '')}/{POST}/{state['rkey']}")
        if isinstance(answer, Rejected) and answer.code == "not_found":
            return Absent("It is not on Bluesky.")
        if not isinstance(answer, dict):
            return Unknown("Bluesky could not be asked whether it has the post.")
        return Found(answer["uri"], self._url(outgoing.settings, answer["uri"]), "Found on Bluesky.")

    def _url(self, settings: Mapping[str, Any], uri: str) -> str:
        who = settings.get("handle") or settings.get("did")
        return f"https://bsky.app/profile/{who}/post/{uri.rpartition('/')[2]}"

    # What is prepared, step by step: each returns the state it reached, and passes over what is in it already ------

    def _upload_pictures(
        self, outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None]
    ) -> State | Rejected | RetryAfter:
        pictures = [item for item in outgoing.media if item.is_image]
        blobs = list(state.get("blobs", []))
        for item in pictures[len(blobs) :]:
            blob = calls.upload(stream(item), item.mime, item.size)
            if not isinstance(blob, dict):
                return blob
            blobs.append(blob)
            state = {**state, "blobs": blobs}
            save(state)
        return state

    def _make_card(
        self, outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None]
    ) -> State | Rejected | RetryAfter:
        url = link_card.link_of(outgoing)
        if not url or "card" in state:
            return state
        card = link_card.card_for(outgoing, url)
        made: dict[str, Any] = {"uri": url, "title": card.title, "description": card.description}
        picture = link_card.picture_of(card, max_bytes=THUMB_BYTES)
        if picture is not None:
            blob = calls.upload(picture.content, picture.mime, len(picture.content))
            if isinstance(blob, dict):
                made["thumb"] = blob
        state = {**state, "card": made}
        save(state)
        return state

    def _resolve(
        self, outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None]
    ) -> State | Rejected | RetryAfter:
        people = dict(state.get("people", {}))
        for handle in mentioned(link_card.text_of(outgoing)):
            if handle not in people:
                answer = calls.ask("GET", "com.atproto.identity.resolveHandle", query={"handle": handle})
                if isinstance(answer, RetryAfter):
                    return answer
                # Nobody of that name: the words stay plain.
                people[handle] = answered(answer).get("did") if isinstance(answer, egress.Response) else None
        return {**state, "people": people} if people else state

    def _find_parents(
        self, outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None]
    ) -> State | Rejected | RetryAfter:
        if outgoing.reply_to is None or "reply" in state:
            return state
        found = {}
        for part, uri in (("root", outgoing.reply_to.root_id), ("parent", outgoing.reply_to.remote_id)):
            one = calls.record(uri)
            if not isinstance(one, dict):
                return one
            found[part] = {"uri": one["uri"], "cid": one["cid"]}
        return {**state, "reply": found}

    # Connecting ----------------------------------------------------------------------------------------------------

    def sign_in(
        self, settings: Mapping[str, Any], secrets: Mapping[str, str], *, now: datetime
    ) -> Connected | Rejected:
        """Open a session. Its refresh token renews itself, so the password is not kept."""
        result = call(
            "POST",
            f"{settings['server']}/xrpc/com.atproto.server.createSession",
            json_body={"identifier": settings["handle"], "password": secrets["password"]},
            timeout=self.timeout_seconds,
        )
        answer = asked(result, self.name, now, _not_signed_in)
        if not isinstance(answer, egress.Response):
            return settled(answer)
        session = answered(answer)
        access, did = str(session.get("accessJwt") or ""), str(session.get("did") or "")
        if not access or not did:
            return Rejected(
                "This server does not answer as one of Bluesky's kind.", "no_server", "Check the server."
            )
        if claims(access).get("scope") == FULL_ACCESS:
            return Rejected(
                "That is the account's own password, which Aura does not take.",
                "own_password",
                "Make an app password in Bluesky and enter that.",
            )
        handle = str(session.get("handle") or settings["handle"])
        known = {**settings, "did": did, "handle": handle}
        credential = _credential(session) | {"server": _home(session) or str(settings["server"])}
        return Connected((Account(did, f"@{handle}", known, credential),))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter:
        """Renew the session; both tokens are new afterwards."""
        result = call(
            "POST",
            f"{settings['server']}/xrpc/com.atproto.server.refreshSession",
            token=credential.get("refresh_token", ""),
            timeout=self.timeout_seconds,
        )
        answer = asked(result, self.name, now, _session_ended)
        if not isinstance(answer, egress.Response):
            return answer
        fresh = _credential(answered(answer))
        if not fresh.get("access_token"):
            return RetryAfter(WAIT, "Bluesky renewed the session without saying with what.")
        return Renewed(merged(credential, fresh))

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask whose session it is."""
        answer = Calls(self, settings, credential, now).ask("GET", "com.atproto.server.getSession")
        if not isinstance(answer, egress.Response):
            return answer
        if answered(answer).get("active") is False:
            return Rejected(
                f"The account {self.describe(settings)} is not active.",
                "inactive",
                "Sign in to Bluesky and look at the account.",
                pauses_channel=True,
            )
        return Accepted("", sentence=f"Signed in as {self.describe(settings)}.")

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter:
        """Likes, reposts and quotes, replies, bookmarks; Bluesky counts no views."""
        calls = Calls(self, settings, credential, now)
        answer = calls.ask("GET", "app.bsky.feed.getPosts", query={"uris": remote_id})
        if not isinstance(answer, egress.Response):
            return answer
        posts = answered(answer).get("posts")
        if not isinstance(posts, list) or not posts or not isinstance(posts[0], dict):
            return Rejected("Bluesky does not have this post any more.", "not_found")
        told = {name: number for name, number in posts[0].items() if isinstance(number, int)}
        totals = {
            kind: sum(told[name] for name in names if name in told)
            for kind, names in (
                (Figure.LIKES, ("likeCount",)),
                (Figure.SHARES, ("repostCount", "quoteCount")),
                (Figure.COMMENTS, ("replyCount",)),
                (Figure.SAVES, ("bookmarkCount",)),
            )
            if any(name in told for name in names)
        }
        return Figures(totals)

    def find_people(
        self, typed: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> list[Person] | Rejected | RetryAfter:
        """Those whose handle or name begins so, as Bluesky's own composer offers them."""
        answer = Calls(self, settings, credential, now).ask(
            "GET",
            "app.bsky.actor.searchActorsTypeahead",
            query={"q": typed, "limit": FOUND_AT_MOST},
            timeout=FIND_SECONDS,
        )
        if not isinstance(answer, egress.Response):
            return answer
        actors = answered(answer).get("actors")
        return [
            Person(str(one["handle"]), str(one.get("displayName") or ""))
            for one in (actors if isinstance(actors, list) else [])
            if isinstance(one, dict) and one.get("handle")
        ]


def _credential(session: Mapping[str, Any]) -> dict[str, str]:
    access, renewing = str(session.get("accessJwt") or ""), str(session.get("refreshJwt") or "")
    return {
        "access_token": access,
        "refresh_token": renewing,
        "expires_at": ends(access),
        "refresh_expires_at": ends(renewing),
        "scope": str(claims(access).get("scope") or ""),
    }


def _home(session: Mapping[str, Any]) -> str:
    """The server that keeps the account, from its DID document; "" where that does not say."""
    document = session.get("didDoc")
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            url = str(service.get("serviceEndpoint", ""))
            try:
                addresses.check_url(url)
            except ValueError:
                return ""
            return url.rstrip("/")
    return ""


def _not_signed_in(answer: egress.Response) -> Rejected | RetryAfter:
    told = answered(answer)
    if told.get("error") == "AuthFactorTokenRequired":
        return Rejected(
            "Bluesky asks for a second step, which only the account's own password needs.",
            "own_password",
            "Make an app password in Bluesky and enter that.",
        )
    if answer.status in (400, 401):
        return Rejected(
            "Bluesky does not know this handle with this password.",
            "wrong_password",
            "Check the handle, and make a new app password if need be.",
        )
    return refused(answer, "Bluesky", told.get("message"))


def _session_ended(answer: egress.Response) -> Rejected | RetryAfter:
    if answer.status in (400, 401):
        return Rejected("The session with Bluesky has ended.", "signed_out", CONNECT, pauses_channel=True)
    return refusal(answer)
