"""Mastodon, and servers that speak its API: each is a network of its own, found by the address a person types.

https://docs.joinmastodon.org/methods/ (apps, oauth, media, statuses, accounts, instance; read 2026-11-20). A status
is sent with an `Idempotency-Key`, which the server keeps for an hour once it has kept the status; after that the
account's own list of statuses is asked.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from aura.kit import addresses, egress
from posts.networks import oauth
from posts.networks.base import (
    FIND_SECONDS,
    FOUND_AT_MOST,
    Accepted,
    Ambiguous,
    AppKeys,
    Connected,
    ConnectsBy,
    Figures,
    Finding,
    Network,
    Outcome,
    Outgoing,
    Person,
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
from posts.networks.calling import WAIT, answered, asked, call, multipart, rest_after, written
from posts.networks.connecting import Account
from posts.networks.figures import Figure
from posts.networks.matching import Seen, instant, look
from posts.networks.refusing import refused, settled

SCOPES = "read:accounts read:statuses write:media write:statuses"
UPLOAD_SECONDS = 100
"""Longest time for one file; the engine's lease is longer."""
ASK_AGAIN = 5
"""Seconds between questions whether a file is ready."""
LISTED = 40
"""Most statuses in one list."""


class MastodonForm(forms.Form):
    """Which server, and how statuses look there."""

    server = forms.CharField(
        label="Server",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "mastodon.social", "autocapitalize": "none"}),
        help_text="The part of the account's name after the second @. Another server needs a channel of its own.",
    )
    visibility = forms.ChoiceField(
        label="Visible to",
        required=False,
        choices=[
            ("public", "Everybody, also in public lists"),
            ("unlisted", "Everybody, but not in public lists"),
            ("private", "Followers"),
        ],
    )
    language = forms.RegexField(
        r"^[a-z]{2,3}$",
        label="Language",
        required=False,
        help_text="Two or three letters, for example en. Empty: as set in the account.",
        error_messages={"invalid": "Write two or three small letters, for example en."},
    )
    warning = forms.CharField(
        label="Content warning",
        required=False,
        max_length=200,
        help_text="Stands above each post, which opens when somebody clicks. Mostly left empty.",
    )

    def clean_server(self) -> str:
        """Take a host or an address and keep its beginning: https://host."""
        typed = self.cleaned_data["server"].strip()
        parts = urlsplit(
            addresses.clean_address(typed if "://" in typed else f"https://{typed.rpartition('@')[2]}")
        )
        return f"{parts.scheme}://{parts.netloc.lower()}"

    def clean_visibility(self) -> str:
        """Everybody, where nothing was picked."""
        return self.cleaned_data["visibility"] or "public"


class Mastodon(Network):
    """Publishes statuses on a Mastodon server. Safe to repeat for an hour: the server knows our key."""

    slug: ClassVar[str] = "mastodon"
    name: ClassVar[str] = "Mastodon"
    retry_class: ClassVar[RetryClass] = RetryClass.IDEMPOTENT
    key_lives: ClassVar[timedelta | None] = timedelta(minutes=50)
    settings_form: ClassVar[type[forms.Form]] = MastodonForm
    fixed_settings: ClassVar[frozenset[str]] = frozenset({"server"})
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The account, or the server while none is connected."""
        host = _host(str(settings.get("server", "")))
        name = settings.get("username")
        return f"@{name}@{host}" if name and host else host or self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits; a content warning counts as text, and so does a link."""
        warning = str(outgoing.settings.get("warning") or "")
        return super().validate(replace(outgoing, text=(warning if outgoing.words else "") + outgoing.words))

    # Publishing ----------------------------------------------------------------------------------------------------

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Upload the files, in order, each with its description; what is uploaded already is kept."""
        uploaded = list(state.get("media", []))
        for item in outgoing.media[len(uploaded) :]:
            body, headers = multipart(
                item,
                field="file",
                fields={"description": item.alt_text} if item.alt_text else {},
                boundary=f"aura{item.sha256[:32]}",
            )
            answer = self._ask(
                "POST",
                "/api/v2/media",
                outgoing,
                now,
                body=body,
                headers=headers,
                timeout=UPLOAD_SECONDS,
            )
            if not isinstance(answer, egress.Response):
                return answer
            name = str(answered(answer).get("id") or "")
            if not name:
                return RetryAfter(
                    WAIT, "The server took a file without giving it a name. Nothing was published."
                )
            uploaded.append({"id": name, "ready": answer.status == 200})
            state = {**state, "media": uploaded}
            save(state)
        return self.poll(outgoing, state, now=now)

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Ask for each file that is not ready yet (206: the server still works on it)."""
        media = []
        for item in state.get("media", []):
            if not item["ready"]:
                answer = self._ask("GET", f"/api/v1/media/{item['id']}", outgoing, now)
                if isinstance(answer, Rejected):
                    return replace(answer, code="media_refused", fix="Use another file, or convert this one.")
                if not isinstance(answer, egress.Response):
                    return answer
                item = {**item, "ready": answer.status == 200}
            media.append(item)
        state = {**state, "media": media}
        if all(item["ready"] for item in media):
            return Ready(state)
        return Waiting(state, ASK_AGAIN, f"{self._place(outgoing.settings)} is still working on the files.")

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """One POST with our key."""
        settings = outgoing.settings
        status: dict[str, Any] = {
            "status": outgoing.words,
            "media_ids": [item["id"] for item in state.get("media", [])],
            "visibility": settings.get("visibility") or "public",
        }
        if settings.get("language"):
            status["language"] = settings["language"]
        if settings.get("warning"):
            status["spoiler_text"] = settings["warning"]
        if outgoing.reply_to:
            status["in_reply_to_id"] = outgoing.reply_to.remote_id
        result = call(
            "POST",
            _server(settings, outgoing.credential) + "/api/v1/statuses",
            token=outgoing.credential.get("access_token", ""),
            json_body=status,
            headers={"Idempotency-Key": outgoing.key},
            timeout=self.timeout_seconds,
        )
        place = self._place(settings)

        def accepted(answer: egress.Response) -> Accepted | Ambiguous:
            kept = answered(answer)
            if not kept.get("id"):
                return Ambiguous(f"{place} took the post and did not say as what.")
            url = _url(kept.get("url"))
            return Accepted(str(kept["id"]), url, f"Published on {place}.", rest_after(answer, now))

        return written(result, place, now, accepted=accepted, refused=lambda no: _refused(no, place))

    def remote_id_in(self, url: str, settings: Mapping[str, Any]) -> str:
        """Return the number at the end of a status's address; only on its own server it is the one that counts."""
        there = urlsplit(url)
        found = re.fullmatch(r"/@[^/@]+/(\d+)/?", there.path)
        return found[1] if found and there.netloc == _host(str(settings.get("server", ""))) else ""

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Read the newest statuses of the account."""
        place = self._place(outgoing.settings)
        account = outgoing.settings.get("account_id")
        answer = self._ask(
            "GET",
            f"/api/v1/accounts/{account}/statuses",
            outgoing,
            now,
            query={"limit": LISTED, "exclude_reblogs": "true"},
        )
        listed = answer.json() if isinstance(answer, egress.Response) else None
        if not isinstance(answer, egress.Response) or not isinstance(listed, list):
            return Unknown(f"{place} could not be asked whether it has the post.")
        seen = [one for one in map(_seen, listed) if one is not None]
        complete = len(seen) == len(listed) and 'rel="next"' not in answer.headers.get("link", "")
        return look(seen, outgoing, text=outgoing.words, since=since, complete=complete, name=place)

    # Connecting ----------------------------------------------------------------------------------------------------

    def app_keys_for(self, settings: Mapping[str, Any]) -> str:
        """Each server has its own."""
        return f"{self.slug}:{_host(str(settings.get('server', '')))}"

    def register_app(self, settings: Mapping[str, Any], *, redirect_uri: str) -> AppKeys | Rejected:
        """Make this Aura known to the server; nobody has to enter keys."""
        place = self._place(settings)
        result = call(
            "POST",
            f"{settings['server']}/api/v1/apps",
            form={"client_name": "Aura", "redirect_uris": redirect_uri, "scopes": SCOPES},
            timeout=self.timeout_seconds,
        )
        if not isinstance(result, egress.Response) or result.status == 404 or result.status >= 500:
            return Rejected(
                f"{place} does not answer as a Mastodon server.", "no_server", "Check the name of the server."
            )
        if not result.ok:
            return _refused(result, place)
        made = answered(result)
        if not made.get("client_id") or not made.get("client_secret"):
            return Rejected(f"{place} gave Aura no keys.", "no_server", "Check the name of the server.")
        return AppKeys(str(made["client_id"]), str(made["client_secret"]))

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """The server's own page. Servers older than 4.3 know no PKCE and pass its words over."""
        return oauth.consent_page(
            f"{settings['server']}/oauth/authorize",
            app,
            scope=SCOPES,
            redirect_uri=redirect_uri,
            state=state,
            challenge=challenge,
        )

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
        """Fetch a token (it does not end) and ask whose it is."""
        place = self._place(settings)
        result = call(
            "POST",
            f"{settings['server']}/oauth/token",
            form={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
                "scope": SCOPES,
            },
            timeout=self.timeout_seconds,
        )
        answer = asked(result, place, now, lambda no: _refused(no, place))
        if not isinstance(answer, egress.Response):
            return settled(answer)
        granted = answered(answer)
        token = str(granted.get("access_token") or "")
        if not token:
            return Rejected(f"{place} gave Aura no access.", "no_token", "Connect once more.")
        credential = {
            "access_token": token,
            "scope": str(granted.get("scope") or ""),
            "server": str(settings["server"]),
        }
        who = self._who(settings, credential, now)
        if not isinstance(who, dict):
            return settled(who)
        known = {**settings, "account_id": str(who["id"]), "username": str(who.get("username") or "")}
        return Connected((Account(str(who["id"]), self.describe(known), known, credential),))

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        """Read the limits of this server."""
        result = call("GET", _server(settings, credential) + "/api/v2/instance", timeout=self.timeout_seconds)
        if not isinstance(result, egress.Response) or not result.ok:
            return None
        configuration = answered(result).get("configuration")
        if not isinstance(configuration, dict):
            return None
        statuses, media = configuration.get("statuses"), configuration.get("media_attachments")
        statuses, media = (part if isinstance(part, dict) else {} for part in (statuses, media))
        types = media.get("supported_mime_types")
        types = [str(one) for one in types] if isinstance(types, list) else []
        said = {
            "text": statuses.get("max_characters"),
            "images_max": statuses.get("max_media_attachments"),
            "image_bytes_max": media.get("image_size_limit"),
            "video_bytes_max": media.get("video_size_limit"),
            "alt_max": media.get("description_limit"),
            "image_types": [one for one in types if one.startswith("image/")],
            "video_types": [one for one in types if one.startswith("video/")],
        }
        return {name: value for name, value in said.items() if value}

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask whose token it is."""
        who = self._who(settings, credential, now)
        if not isinstance(who, dict):
            return who
        return Accepted("", _url(who.get("url")), f"Signed in as {self.describe(settings)}.")

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter:
        """Favourites, boosts and replies; a server counts no views."""
        answer = self._get(f"/api/v1/statuses/{remote_id}", settings, credential, now)
        if not isinstance(answer, egress.Response):
            return answer
        told = answered(answer)
        names = {
            Figure.LIKES: "favourites_count",
            Figure.SHARES: "reblogs_count",
            Figure.COMMENTS: "replies_count",
        }
        return Figures({kind: told[name] for kind, name in names.items() if isinstance(told.get(name), int)})

    def find_people(
        self, typed: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> list[Person] | Rejected | RetryAfter:
        """Those that the server knows; it asks no other one for them."""
        answer = self._ask(
            "GET",
            "/api/v1/accounts/search",
            Outgoing("", "", "", settings=settings, credential=credential),
            now,
            timeout=FIND_SECONDS,
            query={"q": typed, "limit": FOUND_AT_MOST, "resolve": "false"},
        )
        if not isinstance(answer, egress.Response):
            return answer
        listed = answer.json()
        return [
            Person(str(one["acct"]), str(one.get("display_name") or ""))
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, dict) and one.get("acct")
        ]

    # Calls ---------------------------------------------------------------------------------------------------------

    def _place(self, settings: Mapping[str, Any]) -> str:
        return _host(str(settings.get("server", ""))) or self.name

    def _who(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], now: datetime
    ) -> dict[str, Any] | Rejected | RetryAfter:
        answer = self._get("/api/v1/accounts/verify_credentials", settings, credential, now)
        if not isinstance(answer, egress.Response):
            return answer
        who = answered(answer)
        if who.get("id"):
            return who
        return RetryAfter(WAIT, f"{self._place(settings)} did not say whose account this is.")

    def _get(
        self, path: str, settings: Mapping[str, Any], credential: Mapping[str, str], now: datetime
    ) -> egress.Response | Rejected | RetryAfter:
        return self._ask("GET", path, Outgoing("", "", "", settings=settings, credential=credential), now)

    def _ask(
        self,
        method: str,
        path: str,
        outgoing: Outgoing,
        now: datetime,
        *,
        timeout: float | None = None,
        **options: Any,
    ) -> egress.Response | Rejected | RetryAfter:
        """Make a call that may be repeated."""
        place = self._place(outgoing.settings)
        result = call(
            method,
            _server(outgoing.settings, outgoing.credential) + path,
            token=outgoing.credential.get("access_token", ""),
            timeout=self.timeout_seconds if timeout is None else timeout,
            **options,
        )
        return asked(result, place, now, lambda no: _refused(no, place))


def _server(settings: Mapping[str, Any], credential: Mapping[str, str]) -> str:
    """Return where calls go: the server that gave the token, whatever the settings say since."""
    return credential.get("server") or str(settings.get("server", ""))


def _host(server: str) -> str:
    return urlsplit(server).netloc


def _refused(answer: egress.Response, place: str) -> Rejected:
    told = answered(answer)
    return refused(answer, place, told.get("error_description") or told.get("error"))


def _url(said: object) -> str:
    return said if isinstance(said, str) and said.startswith(("https://", "http://")) else ""


def _seen(status: Any) -> Seen | None:
    """Read one status of a list; None where it is not what it should be."""
    if not isinstance(status, dict) or not status.get("id"):
        return None
    created_at = instant(status.get("created_at"))
    if created_at is None:
        return None
    text = re.sub(r"<br\s*/?>|</p>", "\n", str(status.get("content") or ""))
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return Seen(
        str(status["id"]),
        text,
        len(status.get("media_attachments") or []),
        created_at,
        _url(status.get("url")),
        str(status.get("in_reply_to_id") or ""),
    )
