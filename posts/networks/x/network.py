"""X: posts of one account.

https://docs.x.com (posts, media, OAuth 2.0, rate limits, prices; read 2026-11-20). X knows no key of ours; it refuses
the same words twice, for a while. After no clear answer the account's own posts are listed (which costs a little).
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from django import forms
from django.conf import settings as django_settings

from aura.kit import egress, textcount
from posts.networks import oauth
from posts.networks.base import (
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
    Preparation,
    Reconciliation,
    Rejected,
    Renewed,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
)
from posts.networks.calling import WAIT, answered, call, rest_after, written
from posts.networks.connecting import Account, merged
from posts.networks.facts import capabilities_of
from posts.networks.figures import Figure
from posts.networks.matching import EARLIER, Seen, instant, look
from posts.networks.refusing import settled
from posts.networks.x import uploads
from posts.networks.x.calls import NAME, Calls, is_twin

SCOPES = "tweet.read tweet.write users.read media.write offline.access"
LONG_TEXT = 25_000
"""Characters of a post of an account that pays (S: X's help pages)."""
LISTED = 50


class XForm(forms.Form):
    """Who may answer."""

    replies = forms.ChoiceField(
        label="Who may reply",
        required=False,
        choices=[
            ("", "Everybody"),
            ("following", "Accounts that this one follows"),
            ("mentionedUsers", "Accounts that the post mentions"),
        ],
    )


class X(Network):
    """Publishes on X."""

    slug: ClassVar[str] = "x"
    name: ClassVar[str] = NAME
    mentions_help: ClassVar[str] = (
        "X asks money for looking people up. Write the handle as it is; X links it."
    )
    retry_class: ClassVar[RetryClass] = RetryClass.RECONCILE
    settings_form: ClassVar[type[forms.Form]] = XForm
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    publish_scopes: ClassVar[frozenset[str]] = frozenset({"tweet.write"})
    app_help: ClassVar[str] = (
        "Make an app at developer.x.com with OAuth 2.0, of the type “Web App”, with the right to read and write; "
        "X takes its price for each post from that app's credits."
    )
    renew_ahead: ClassVar[timedelta] = timedelta(minutes=30)

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The account."""
        return f"@{settings['username']}" if settings.get("username") else self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, with the link counted; and that a link makes a post dear."""
        found = super().validate(replace(outgoing, text=outgoing.words))
        can = capabilities_of(self.slug)
        if can.cost and can.cost_with_link and textcount.links(outgoing.words):
            found.append(
                Finding(
                    "cost",
                    "text",
                    f"X takes ${can.cost_with_link / 1000:.2f} for a post with a link "
                    f"(${can.cost / 1000:.3f} without).",
                    "Leave the link out, if it is not needed here.",
                    blocks=False,
                )
            )
        return found

    # Publishing ----------------------------------------------------------------------------------------------------

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Upload the files, each with its description."""
        return uploads.advance(outgoing, state, self._calls(outgoing.credential, now), save)

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Send the next pieces, or ask how far the files are."""
        return uploads.advance(outgoing, state, self._calls(outgoing.credential, now), lambda state: None)

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Make one post."""
        calls = self._calls(outgoing.credential, now)
        post: dict[str, Any] = {"text": outgoing.words}
        if files := state.get("files"):
            post["media"] = {"media_ids": [one["id"] for one in files]}
        if outgoing.reply_to is not None:
            post["reply"] = {"in_reply_to_tweet_id": outgoing.reply_to.remote_id}
        if outgoing.settings.get("replies"):
            post["reply_settings"] = outgoing.settings["replies"]
        result = calls.make("POST", "/2/tweets", json_body=post)

        def accepted(answer: egress.Response) -> Accepted | Ambiguous:
            data = answered(answer).get("data")
            name = str(data.get("id") or "") if isinstance(data, dict) else ""
            if not name:
                return Ambiguous("X took the post and did not say as what.")
            url = _url(outgoing.settings, name)
            return Accepted(name, url, "Published on X.", rest_after(answer, now))

        def said_no(answer: egress.Response) -> Outcome:
            if not is_twin(answer):
                return calls.refusal(answer)
            if outgoing.doubtful:
                return Ambiguous("X says that it has the same words already, perhaps from the try before.")
            return Rejected(
                "X has a post with the same words already.",
                "duplicate",
                "Change the words, then send it again.",
            )

        return written(result, self.name, now, accepted=accepted, refused=said_no)

    def remote_id_in(self, url: str, settings: Mapping[str, Any]) -> str:
        """Return the number that stands at the end of a post's address."""
        found = re.search(r"^https://(?:[a-z]+\.)?(?:x|twitter)\.com/[^/]+/status/(\d+)", url)
        return found[1] if found else ""

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """List what the account has posted since just before the attempt."""
        settings = outgoing.settings
        start = (since - EARLIER).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = self._calls(outgoing.credential, now).ask(
            "GET",
            f"/2/users/{settings.get('account_id', '')}/tweets",
            query={
                "start_time": start,
                "max_results": LISTED,
                "exclude": "retweets",
                "tweet.fields": "created_at,attachments,referenced_tweets,note_tweet",
            },
        )
        told = answered(answer) if isinstance(answer, egress.Response) else {}
        meta = told.get("meta")
        listed = told.get("data", [])
        if not isinstance(meta, dict) or not isinstance(listed, list):
            return Unknown("X could not be asked whether it has the post.")
        seen = [one for one in (_seen(row, outgoing) for row in listed) if one is not None]
        complete = len(seen) == len(listed) and not meta.get("next_token")
        return look(seen, outgoing, text=outgoing.words, since=since, complete=complete, name=self.name)

    # Connecting ----------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """X's own page."""
        return oauth.consent_page(
            f"{django_settings.AURA_NETWORK_URLS['x.signin']}/i/oauth2/authorize",
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
        """Fetch the tokens and ask whose they are."""
        asked_for = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        credential = self._token(app, asked_for, now)
        if not isinstance(credential, dict):
            return settled(credential)
        who = self._who(credential, now)
        if not isinstance(who, dict):
            return settled(who)
        known = {**settings, "account_id": str(who["id"]), "username": str(who.get("username") or "")}
        return Connected((Account(str(who["id"]), self.describe(known), known, credential),))

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Renew the access, which lasts two hours. What renews it works once and is new each time."""
        renewing = credential.get("refresh_token")
        if not renewing or app is None:
            return None
        fresh = self._token(app, {"grant_type": "refresh_token", "refresh_token": renewing}, now)
        return Renewed(merged(credential, fresh)) if isinstance(fresh, dict) else fresh

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        """Accounts that pay X may write longer posts."""
        who = self._who(credential, now)
        if not isinstance(who, dict):
            return None
        pays = str(who.get("subscription_type") or "None") != "None"
        return {"text": LONG_TEXT} if pays else {}

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask whose access it is."""
        who = self._who(credential, now)
        return (
            Accepted("", sentence=f"Signed in as @{who.get('username')}.") if isinstance(who, dict) else who
        )

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter:
        """What X counts of a post."""
        answer = self._calls(credential, now).ask(
            "GET", f"/2/tweets/{remote_id}", query={"tweet.fields": "public_metrics"}
        )
        if not isinstance(answer, egress.Response):
            return answer
        data = answered(answer).get("data")
        told = data.get("public_metrics") if isinstance(data, dict) else None
        if not isinstance(told, dict):
            return Rejected("X does not have this post any more.", "not_found")
        names = {
            Figure.IMPRESSIONS: ("impression_count",),
            Figure.LIKES: ("like_count",),
            Figure.COMMENTS: ("reply_count",),
            Figure.SHARES: ("retweet_count", "quote_count"),
            Figure.SAVES: ("bookmark_count",),
        }
        return Figures(
            {
                kind: sum(told[name] for name in counted if isinstance(told.get(name), int))
                for kind, counted in names.items()
                if any(isinstance(told.get(name), int) for name in counted)
            }
        )

    # Calls ---------------------------------------------------------------------------------------------------------

    def _calls(self, credential: Mapping[str, str], now: datetime) -> Calls:
        return Calls(credential, now, timeout=self.timeout_seconds)

    def _who(self, credential: Mapping[str, str], now: datetime) -> dict[str, Any] | Rejected | RetryAfter:
        answer = self._calls(credential, now).ask(
            "GET", "/2/users/me", query={"user.fields": "subscription_type"}
        )
        if not isinstance(answer, egress.Response):
            return answer
        who = answered(answer).get("data")
        if isinstance(who, dict) and who.get("id"):
            return who
        return RetryAfter(WAIT, "X did not say whose account this is.")

    def _token(
        self, app: AppKeys, asked_for: Mapping[str, str], now: datetime
    ) -> dict[str, str] | Rejected | RetryAfter:
        """Fetch tokens. An app with a secret proves itself by it, one without names itself."""
        pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
        proof = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        result = call(
            "POST",
            f"{django_settings.AURA_NETWORK_URLS['x']}/2/oauth2/token",
            form={**asked_for, "client_id": app.client_id},
            headers=proof if app.client_secret else None,
            timeout=self.timeout_seconds,
        )
        return oauth.granted(result, self.name, now)


def _url(settings: Mapping[str, Any], name: str) -> str:
    return f"https://x.com/{settings.get('username') or 'i'}/status/{name}"


def _seen(post: Any, outgoing: Outgoing) -> Seen | None:
    """Read one post of the list. Links are short there, `&` is written out, and an answer may begin with our name."""
    if not isinstance(post, dict) or not post.get("id"):
        return None
    created_at = instant(post.get("created_at"))
    if created_at is None:
        return None
    text = str((post.get("note_tweet") or {}).get("text") or post.get("text") or "")
    parents = [
        one
        for one in post.get("referenced_tweets") or []
        if isinstance(one, dict) and one.get("type") == "replied_to"
    ]
    own_name = f"@{outgoing.settings.get('username')}"
    if parents and not outgoing.text.startswith(own_name):
        text = re.sub(rf"^{re.escape(own_name)}\s+", "", text)
    name = str(post["id"])
    return Seen(
        name,
        html.unescape(text),
        len((post.get("attachments") or {}).get("media_keys") or []),
        created_at,
        _url(outgoing.settings, name),
        str(parents[0].get("id") or "") if parents else "",
    )
