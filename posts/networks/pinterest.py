"""Pinterest: pins on one board, with one image, a carousel or a film.

https://developers.pinterest.com/docs/api/v5 (openapi read 2026-11-20). Images are fetched from us, films go in bytes.
No key tells two requests for the same pin apart: after no clear answer the pins of the board are read.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings as instance

from aura.kit import egress
from posts.networks import graph, matching, oauth, refusing
from posts.networks.base import (
    Absent,
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
    OutgoingMedia,
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
from posts.networks.calling import answered, asked, call, multipart, rest_after, written
from posts.networks.connecting import Account, lasts_until, merged
from posts.networks.figures import Figure
from posts.networks.matching import Seen

SITE = "https://www.pinterest.com"
SCOPES = ("boards:read", "pins:read", "pins:write", "user_accounts:read")
PATIENCE = 20
"""Seconds for a question, or for what may be repeated."""
UPLOAD_SECONDS = 90
"""Longest time for the bytes of a film; the claim lasts longer."""
POLLS_AT_MOST = 60
ROWS = 250
PAGES_AT_MOST = 4
SETTLES = timedelta(seconds=30)
"""For so long a missing pin proves nothing."""
NOT_FETCHED = 235
"""Pinterest's code for an image that it could not fetch."""
COUNTS: Mapping[str, Figure] = {
    "impression": Figure.IMPRESSIONS,
    "save": Figure.SAVES,
    "outbound_click": Figure.CLICKS,
    "reaction": Figure.LIKES,
    "comment": Figure.COMMENTS,
}
Said = dict[str, Any] | Rejected | RetryAfter


class PinterestForm(forms.Form):
    """Which board pins go to."""

    board = forms.CharField(
        label="Board",
        max_length=180,
        required=False,
        help_text="Its name as it stands on Pinterest. Empty: you choose it when you come back. Connect each board by "
        "itself: Pinterest renews the access of one connection at a time.",
    )


class Pinterest(Network):
    """Pins on one board."""

    slug: ClassVar[str] = "pinterest"
    name: ClassVar[str] = "Pinterest"
    retry_class: ClassVar[RetryClass] = RetryClass.RECONCILE
    needs_public_media: ClassVar[bool] = True
    settings_form: ClassVar[type[forms.Form]] = PinterestForm
    fixed_settings: ClassVar[frozenset[str]] = frozenset({"board"})
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    app_help: ClassVar[str] = (
        "On developers.pinterest.com, under “My apps”, connect an app. Its page shows the app ID and secret; add the "
        "callback below to its redirect links. With trial access its pins are seen by nobody else."
    )
    renew_ahead: ClassVar[timedelta] = timedelta(days=3)

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The board, and whose it is."""
        board, who = settings.get("board"), settings.get("username")
        return f"{board} of @{who}" if board and who else self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, one shape in a carousel, and whether Pinterest can fetch the images from here."""
        found = super().validate(outgoing)
        images = [item for item in outgoing.media if not item.is_video]
        shapes = {(item.width, item.height) for item in images}
        if len(images) > 1 and len(shapes) > 1:
            found.append(
                Finding(
                    "carousel_shapes",
                    "media",
                    "Pinterest wants all images of a carousel in the same width and height.",
                    "Cut them for the same place, or keep one.",
                )
            )
        return found + graph.unreachable(images, self.name, self.slug)

    # Before the irreversible request -----------------------------------------------------------------------------

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Hand a film over; images are fetched when the pin is made."""
        film = next((item for item in outgoing.media if item.is_video), None)
        if film is None:
            return Ready(state)
        state = {**state, "polls": 0}
        if not state.get("media_id"):
            made = self._uploaded(outgoing, film, now)
            if not isinstance(made, str):
                return made
            state["media_id"] = made
            save(state)
        return self.poll(outgoing, state, now=now)

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Look how far Pinterest is with the film."""
        said = self._ask(outgoing.credential, f"media/{state['media_id']}", now)
        if isinstance(said, Rejected) and said.code == "not_found":
            film = next(item for item in outgoing.media if item.is_video)
            made = self._uploaded(outgoing, film, now)
            if not isinstance(made, str):
                return made
            return Waiting({"media_id": made}, 5, "Pinterest had forgotten the video and has it again.")
        if not isinstance(said, dict):
            return said
        match said.get("status"):
            case "succeeded":
                return Ready(state)
            case "failed":
                return Rejected(
                    "Pinterest could not use the video.",
                    "bad_video",
                    "Use MP4 with H.264, 4 seconds or longer.",
                )
        polls = state["polls"] = state.get("polls", 0) + 1
        if polls > POLLS_AT_MOST:
            return Rejected(
                "Pinterest has been working on the video for half an hour without an end.",
                "stuck",
                "Send it again; if it happens again, try another copy of the video.",
            )
        return Waiting(state, 5 if polls <= 6 else 30, "Pinterest is working on the video.")

    def _uploaded(
        self, outgoing: Outgoing, film: OutgoingMedia, now: datetime
    ) -> str | Rejected | RetryAfter:
        """Register a film, send its bytes to where Pinterest says, and return what it is called."""
        said = self._judged(
            self._call("POST", "media", outgoing.credential, json_body={"media_type": "video"}), now
        )
        if not isinstance(said, dict):
            return said
        fields, url = said.get("upload_parameters"), str(said.get("upload_url") or "")
        if not (isinstance(fields, dict) and url and said.get("media_id")):
            return RetryAfter(60, "Pinterest did not say where the video goes.")
        body, headers = multipart(
            film,
            field="file",
            fields={str(name): str(value) for name, value in fields.items()},
            boundary=f"aura-{film.sha256[:40]}",
        )
        sent = call("POST", url, body=body, headers=headers, timeout=UPLOAD_SECONDS)
        taken = asked(sent, self.name, now, lambda answer: refusing.refused(answer, self.name))
        return str(said["media_id"]) if isinstance(taken, egress.Response) else taken

    # The irreversible request ------------------------------------------------------------------------------------

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Make the pin."""

        def accepted(said: egress.Response) -> Accepted | Ambiguous:
            pin = str(answered(said).get("id") or "")
            if not pin:
                return Ambiguous("Pinterest said yes without naming the pin.")
            return Accepted(pin, _link(pin), rest_seconds=rest_after(said, now))

        result = self._call(
            "POST",
            "pins",
            outgoing.credential,
            json_body=_pin(outgoing, state),
            timeout=self.timeout_seconds,
        )
        return written(result, self.name, now, accepted=accepted, refused=self._refused)

    def _refused(self, result: egress.Response) -> Rejected | RetryAfter:
        said = answered(result)
        if result.status == 400 and said.get("code") == NOT_FETCHED:
            return graph.not_fetched(self.name)
        if result.status == 404 and said.get("code") == 40:
            return Rejected(
                "Pinterest has no such board any more.",
                "no_board",
                "Connect again and pick a board, then move the posts there.",
                pauses_channel=True,
            )
        return refusing.refused(result, self.name, said.get("message"))

    # After no answer ---------------------------------------------------------------------------------------------

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Read the pins of the board. Pinterest promises no order, so only all of them prove that one is missing."""
        board, bookmark = outgoing.settings.get("account_id", ""), ""
        seen: list[Seen] = []
        for _ in range(PAGES_AT_MOST):
            query = {"page_size": ROWS, **({"bookmark": bookmark} if bookmark else {})}
            said = self._ask(outgoing.credential, f"boards/{board}/pins", now, **query)
            if not isinstance(said, dict) or not isinstance(said.get("items"), list):
                return Unknown("Pinterest could not list the pins of the board.")
            seen += [one for row in said["items"] if (one := _seen(row, outgoing)) is not None]
            bookmark = str(said.get("bookmark") or "")
            if not bookmark:
                break
        latest = sorted(seen, key=lambda one: one.created_at, reverse=True)
        text = f"{outgoing.title} {outgoing.text}"
        found = matching.look(latest, outgoing, text=text, since=since, complete=not bookmark, name=self.name)
        if isinstance(found, Absent) and bookmark:
            return Unknown("The board has so many pins that not all of them were seen.")
        if isinstance(found, Absent) and now - since < SETTLES:
            return Unknown("Pinterest does not list the pin yet.")
        return found

    # Connecting ------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """The page of Pinterest."""
        return oauth.consent_page(
            f"{instance.AURA_NETWORK_URLS['pinterest.signin']}/oauth/",
            app,
            scope=",".join(SCOPES),
            redirect_uri=redirect_uri,
            state=state,
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
        """The code for tokens, and the boards that pins may go to."""
        said = self._granted(
            app,
            now,
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            continuous_refresh="true",
        )
        if not isinstance(said, dict):
            return refusing.settled(said)
        credential = _credential(said, now)
        missing = set(SCOPES) - set(credential["scope"].replace(",", " ").split())
        if credential["scope"] and missing:
            return Rejected(
                f"Pinterest did not grant {', '.join(sorted(missing))}.",
                "permission",
                "Connect again and leave every permission ticked.",
            )
        me = self._ask(credential, "user_account", now)
        if not isinstance(me, dict):
            return refusing.settled(me)
        boards = self._boards(credential, str(me.get("username") or ""), now)
        wanted = str(settings.get("board") or "").strip()
        if isinstance(boards, Rejected) or not wanted:
            return boards
        named = [one for one in boards.accounts if one.settings["board"].casefold() == wanted.casefold()]
        if named:
            return Connected((named[0],))
        return Rejected(
            f"There is no board called {wanted} on this account.",
            "no_board",
            "Leave the field empty to choose from the boards that there are.",
        )

    def _boards(self, credential: Mapping[str, str], who: str, now: datetime) -> Connected | Rejected:
        accounts: list[Account] = []
        bookmark = ""
        for _ in range(PAGES_AT_MOST):
            query = {"page_size": ROWS, **({"bookmark": bookmark} if bookmark else {})}
            said = self._ask(credential, "boards", now, **query)
            if not isinstance(said, dict):
                return refusing.settled(said)
            for row in said.get("items") or []:
                board, name = str(row.get("id") or ""), str(row.get("name") or "")
                known = {"account_id": board, "board": name, "username": who}
                accounts.append(Account(board, f"{name} (@{who})", known, credential))
            bookmark = str(said.get("bookmark") or "")
            if not bookmark:
                break
        if not accounts:
            return Rejected(
                f"@{who} has no board yet.", "no_boards", "Make a board on Pinterest, then connect again."
            )
        return Connected(tuple(accounts))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Another thirty days."""
        if app is None:
            return Rejected(
                "The keys of the Pinterest app are missing.",
                "no_app",
                "Enter them in the settings of channels.",
            )
        token = credential.get("refresh_token", "")
        said = self._granted(app, now, grant_type="refresh_token", refresh_token=token)
        return Renewed(merged(credential, _credential(said, now))) if isinstance(said, dict) else said

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask for the board."""
        said = self._ask(credential, f"boards/{settings.get('account_id', '')}", now)
        if not isinstance(said, dict):
            return said
        return Accepted(
            "", sentence=f"Pinterest answered with the board {said.get('name')}. The channel works."
        )

    # Afterwards ------------------------------------------------------------------------------------------------

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """What Pinterest has counted of a pin since it was made."""
        said = self._ask(credential, f"pins/{remote_id}", now, pin_metrics="true")
        if not isinstance(said, dict):
            return said
        metrics = said.get("pin_metrics")
        lifetime = metrics.get("lifetime_metrics") if isinstance(metrics, dict) else None
        told = lifetime if isinstance(lifetime, dict) else {}
        return Figures(
            {figure: told[name] for name, figure in COUNTS.items() if isinstance(told.get(name), int)}
        )

    # Calls -----------------------------------------------------------------------------------------------------

    def _call(
        self, method: str, path: str, credential: Mapping[str, str], *, timeout: float = PATIENCE, **more: Any
    ) -> egress.Result:
        url = f"{instance.AURA_NETWORK_URLS['pinterest']}/v5/{path}"
        return call(method, url, token=credential.get("access_token", ""), timeout=timeout, **more)

    def _ask(self, credential: Mapping[str, str], path: str, now: datetime, **query: Any) -> Said:
        return self._judged(self._call("GET", path, credential, query=query), now)

    def _judged(self, result: egress.Result, now: datetime) -> Said:
        answer = asked(result, self.name, now, self._refused)
        return answered(answer) if isinstance(answer, egress.Response) else answer

    def _granted(self, app: AppKeys, now: datetime, **form: str) -> Said:
        """Ask for tokens, with the keys of the app as a user name and a password."""
        keys = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode("ascii")
        url = f"{instance.AURA_NETWORK_URLS['pinterest']}/v5/oauth/token"
        result = call("POST", url, form=form, headers={"Authorization": f"Basic {keys}"}, timeout=PATIENCE)
        answer = asked(result, self.name, now, _not_granted)
        if not isinstance(answer, egress.Response):
            return answer
        said = answered(answer)
        return said if said.get("access_token") else RetryAfter(60, "Pinterest gave no complete answer.")


def _not_granted(answer: egress.Response) -> Rejected:
    return Rejected(
        "Pinterest did not accept the connection.",
        "bad_code",
        "Connect again. If it happens twice, compare the keys and the callback address of the app.",
        pauses_channel=True,
    )


def _credential(said: Mapping[str, Any], now: datetime) -> dict[str, str]:
    return {
        "access_token": str(said.get("access_token") or ""),
        "refresh_token": str(said.get("refresh_token") or ""),
        "expires_at": lasts_until(now, said.get("expires_in")),
        "refresh_expires_at": lasts_until(now, said.get("refresh_token_expires_in")),
        "scope": str(said.get("scope") or ""),
    }


def _pin(outgoing: Outgoing, state: State) -> dict[str, Any]:
    """Return what makes the pin."""
    media = outgoing.media
    if state.get("media_id"):
        source: dict[str, Any] = {
            "source_type": "video_id",
            "media_id": state["media_id"],
            "cover_image_key_frame_time": 1,
        }
    elif len(media) > 1:
        source = {"source_type": "multiple_image_urls", "items": [{"url": item.url} for item in media]}
    else:
        source = {"source_type": "image_url", "url": media[0].url}
    alt_text = next((item.alt_text for item in media if item.alt_text), "")
    said = {
        "title": outgoing.title,
        "description": outgoing.text,
        "link": outgoing.link,
        "alt_text": alt_text,
    }
    pin = {name: value for name, value in said.items() if value}
    return {"board_id": outgoing.settings.get("account_id", ""), "media_source": source, **pin}


def _seen(row: object, outgoing: Outgoing) -> Seen | None:
    """Read one pin of the board. How many files it has is not told, so they are taken to fit."""
    if not isinstance(row, dict):
        return None
    try:
        at = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return None
    pin, text = str(row.get("id") or ""), f"{row.get('title') or ''} {row.get('description') or ''}"
    return Seen(pin, text, len(outgoing.media), at if at.tzinfo else at.replace(tzinfo=UTC), _link(pin))


def _link(pin: str) -> str:
    return f"{SITE}/pin/{pin}/"
