"""A made-up network with accounts, played over real HTTP: OAuth with PKCE, two pages, tokens that end, figures."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django import forms

from aura.kit import egress
from posts import networks
from posts.networks.base import (
    Accepted,
    AppKeys,
    Capabilities,
    Connected,
    ConnectsBy,
    Figures,
    Network,
    Outcome,
    Outgoing,
    Rejected,
    Renewed,
    RetryAfter,
    RetryClass,
    State,
)
from posts.networks.calling import answered, asked, call, rest_after, written
from posts.networks.connecting import Account, lasts_until
from posts.networks.figures import Figure
from posts.networks.standin import StandIn
from posts.networks.standins.service import NOT_FOUND, Answer, Call, Published, Service

SLUG = "made_up"


class Town(Service):
    """What runs at the other end. Codes, refresh tokens and access tokens are good once, as the strict ones do it."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = [("p1", "Barrow & Rye")]
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.refreshes: list[str] = []
        """Each refresh token that was used, in order."""
        self.refresh_token = "r1"
        self.seconds = 7200
        self.limit = 500
        self.refuses_refresh = False
        self.keeps_refresh = True
        """Whether a refresh token stays good after it was used."""
        self.posted_with: list[str] = []
        self.headers: dict[str, str] = {}

    def say_yes(self, url: str, *, code: str = "c1") -> dict[str, str]:
        """Do what a person does on the network's page; return what the browser carries back."""
        asked_for = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.codes[code] = asked_for
        return {"code": code, "state": asked_for["state"]}

    def publishes(self, call: Call) -> bool:
        return call.path == "/posts"

    def perform(self, call: Call) -> Answer:
        match call.method, call.path:
            case "POST", "/token":
                return self._token(call.form)
            case "GET", "/limits":
                return Answer.json({"length": self.limit}) if call.token in self.tokens else self._no()
            case "POST", "/posts":
                if call.token not in self.tokens:
                    return self._no()
                self.posted_with.append(call.token)
                made = Published(f"n{len(self.posts) + 1}", call.json["key"], call.json["text"])
                self.posts.append(made)
                return Answer(201, Answer.json({"id": made.id}).body, dict(self.headers))
            case "GET", "/figures":
                return Answer.json({"likes": 12, "views": 340}) if call.token in self.tokens else self._no()
        return NOT_FOUND

    def _no(self) -> Answer:
        return Answer.json({"error": "token"}, 401)

    def _token(self, form: dict[str, str]) -> Answer:
        if form.get("client_secret") != "hush, hush":
            return Answer.json({"error": "client"}, 401)
        if form.get("grant_type") == "refresh_token":
            self.refreshes.append(form["refresh_token"])
            if self.refuses_refresh or form["refresh_token"] != self.refresh_token:
                return Answer.json({"error": "grant"}, 400)
            return self._fresh()
        began = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if began is None or (began["challenge"], began["back"]) != (challenge, form["back"]):
            return Answer.json({"error": "grant"}, 400)
        return self._fresh()

    def _fresh(self) -> Answer:
        number = len(self.tokens) + 1
        if not self.keeps_refresh:
            self.refresh_token = f"r{number + 1}"
        self.tokens.add(f"token-{number}")
        said = {
            "token": f"token-{number}",
            "refresh": self.refresh_token,
            "seconds": self.seconds,
            "pages": self.pages,
        }
        return Answer.json(said)


class Asked(forms.Form):
    """What it asks before one goes there."""

    street = forms.CharField(label="Street", max_length=40, required=False)
    tone = forms.CharField(label="Tone", max_length=40, required=False)


class MadeUp(Network):
    """The adapter. `town` is where it calls."""

    slug: ClassVar[str] = SLUG
    name: ClassVar[str] = "Made up"
    retry_class: ClassVar[RetryClass] = RetryClass.HUMAN
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    settings_form: ClassVar[type[forms.Form]] = Asked
    fixed_settings: ClassVar[frozenset[str]] = frozenset({"street"})
    needs_app: ClassVar[bool] = True
    app_help: ClassVar[str] = "Make one in the town hall."
    spacing_seconds: ClassVar[int] = 0
    timeout_seconds: ClassVar[int] = 10

    def __init__(self, town: str) -> None:
        self.town = town

    def capabilities(self, settings: Mapping[str, Any]) -> Capabilities:
        return networks.facts.capabilities_of("mastodon").told(settings.get("learned") or {})

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        asked_for = {"client": app.client_id, "back": redirect_uri, "state": state, "challenge": challenge}
        return f"{self.town}/yes?{urlencode(asked_for)}"

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
        form = {"code": code, "back": redirect_uri, "verifier": verifier, "client_secret": app.client_secret}
        answer = self._tokens(form, now)
        if isinstance(answer, Rejected | RetryAfter):
            return (
                answer if isinstance(answer, Rejected) else Rejected(answer.sentence, "later", "Begin again.")
            )
        said, credential = answer
        return Connected(tuple(Account(pk, name, {"page": pk}, credential) for pk, name in said["pages"]))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        if not credential.get("refresh_token"):
            return None
        form = {"grant_type": "refresh_token", "refresh_token": credential["refresh_token"]}
        answer = self._tokens({**form, "client_secret": app.client_secret if app else ""}, now)
        return answer if isinstance(answer, Rejected | RetryAfter) else Renewed(answer[1])

    def _tokens(
        self, form: dict[str, str], now: datetime
    ) -> tuple[dict[str, Any], dict[str, str]] | Rejected | RetryAfter:
        result = asked(
            call("POST", f"{self.town}/token", form=form, timeout=10), self.name, now, self._refused
        )
        if not isinstance(result, egress.Response):
            return result
        said = answered(result)
        credential = {"access_token": said["token"], "refresh_token": said["refresh"]}
        return said, {**credential, "expires_at": lasts_until(now, said["seconds"])}

    def _refused(self, response: egress.Response) -> Rejected:
        return Rejected(
            "The town does not let us in any more.", "token", "Connect it again.", pauses_channel=True
        )

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        answer = call("GET", f"{self.town}/limits", token=credential["access_token"], timeout=10)
        ok = isinstance(answer, egress.Response) and answer.ok
        return {"text": answered(answer)["length"]} if ok and isinstance(answer, egress.Response) else None

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        body = {"key": outgoing.key, "text": outgoing.text}
        token = outgoing.credential["access_token"]
        result = call("POST", f"{self.town}/posts", json_body=body, token=token, timeout=10)
        return written(result, self.name, now, accepted=lambda r: self._live(r, now), refused=self._refused)

    def _live(self, response: egress.Response, now: datetime) -> Accepted:
        return Accepted(answered(response)["id"], rest_seconds=rest_after(response, now))

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        if self.learn(settings, credential, now=now) is None:
            return Rejected("The town does not know us.", "token", "Connect it again.")
        return Accepted("", sentence="The town answered. The channel works.")

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        result = call("GET", f"{self.town}/figures", token=credential["access_token"], timeout=10)
        answer = asked(result, self.name, now, self._refused)
        if not isinstance(answer, egress.Response):
            return answer
        said = answered(answer)
        return Figures({Figure.LIKES: said["likes"], Figure.IMPRESSIONS: said["views"]})


@contextmanager
def open_town(settings: Any, monkeypatch: Any) -> Iterator[tuple[Town, StandIn]]:
    """Let the made-up network be one of Aura's, with its town running."""
    town = Town()
    with StandIn(service=town) as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        monkeypatch.setitem(networks._NETWORKS, SLUG, MadeUp(town.url))
        yield town, stand_in
