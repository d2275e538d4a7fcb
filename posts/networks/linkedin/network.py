"""LinkedIn: posts of a member or of a page.

Posts, images, videos and comments of the versioned API (learn.microsoft.com/linkedin, read 2026-11-20). LinkedIn knows
no key of ours. What a page has posted can be listed, so after no clear answer it is looked for; what a member has
posted cannot (the scope for it is closed), so a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

from django import forms
from django.conf import settings as django_settings

from aura.kit import egress
from posts.networks import link_card, oauth
from posts.networks.base import (
    Accepted,
    Ambiguous,
    AppKeys,
    Connected,
    ConnectsBy,
    Figures,
    Finding,
    HandOver,
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
from posts.networks.figures import Figure
from posts.networks.linkedin import uploads
from posts.networks.linkedin.calls import NAME, Calls, outcome_of, refusal, twin_of, urn_path
from posts.networks.linkedin.little import escaped, plain
from posts.networks.matching import Seen, instant, look
from posts.networks.refusing import settled
from posts.networks.values import OutgoingMedia

MEMBER, PAGE = "member", "page"
SCOPES = {
    MEMBER: "openid profile w_member_social",
    PAGE: "r_organization_social w_organization_social rw_organization_admin",
}
THUMB_BYTES = 5_000_000
PAGES = 20
"""Most pages whose names are asked for."""
LISTED = 50


class LinkedInForm(forms.Form):
    """As whom posts go out."""

    speaks_as = forms.ChoiceField(
        label="Post as",
        choices=[(MEMBER, "Myself, a member"), (PAGE, "A page that I look after")],
        help_text="LinkedIn tells nobody what a member has posted. So where a post of a member had no clear answer, "
        "you are asked to look; for pages Aura looks by itself.",
    )


class LinkedIn(Network):
    """Publishes on LinkedIn."""

    slug: ClassVar[str] = "linkedin"
    name: ClassVar[str] = NAME
    sends_card: ClassVar[bool] = True
    mentions_help: ClassVar[str] = (
        "LinkedIn lets only its partners look people up, and links nobody that is typed. Write the name as it is."
    )
    retry_class: ClassVar[RetryClass] = RetryClass.HUMAN
    settings_form: ClassVar[type[forms.Form]] = LinkedInForm
    fixed_settings: ClassVar[frozenset[str]] = frozenset({"speaks_as"})
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.OAUTH
    needs_app: ClassVar[bool] = True
    app_help: ClassVar[str] = (
        "Make an app at linkedin.com/developers and add the products “Share on LinkedIn” and “Sign In with LinkedIn "
        "using OpenID Connect” for members, or “Community Management API” for pages."
    )
    renew_ahead: ClassVar[timedelta] = timedelta(days=7)

    def retry_class_of(self, settings: Mapping[str, Any]) -> RetryClass:
        """Only what a page has posted can be listed."""
        return RetryClass.RECONCILE if _is_page(settings) else RetryClass.HUMAN

    def needed_scopes(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Posting as a member and as a page are two permissions."""
        return frozenset({"w_organization_social" if _is_page(settings) else "w_member_social"})

    def describe(self, settings: Mapping[str, Any]) -> str:
        """The name of the member or page."""
        name = str(settings.get("name") or "")
        return f"{name} (page)" if name and _is_page(settings) else name or self.name

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """The general limits, with the link counted where it stands in the words."""
        return super().validate(replace(outgoing, text=link_card.text_of(outgoing)))

    # Publishing ----------------------------------------------------------------------------------------------------

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Upload the files; without any, read the card of the first link, which LinkedIn does not do by itself."""
        calls = self._calls(outgoing.credential, now)
        if outgoing.reply_to is None and "card" not in state and (url := link_card.link_of(outgoing)):
            state = {**state, "card": self._card(outgoing, url, calls)}
            save(state)
        return uploads.advance(outgoing, state, calls, save, owner=_author(outgoing.settings))

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Send the next parts, or ask how far the files are."""
        calls = self._calls(outgoing.credential, now)
        return uploads.advance(outgoing, state, calls, lambda state: None, owner=_author(outgoing.settings))

    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Make one post, or one comment below it."""
        calls = self._calls(outgoing.credential, now)
        if outgoing.reply_to is not None:
            return self._comment(outgoing, outgoing.reply_to.remote_id, calls)
        post: dict[str, Any] = {
            "author": _author(outgoing.settings),
            "commentary": escaped(link_card.text_of(outgoing)),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if content := _content(outgoing, state):
            post["content"] = content
        result = calls.make("POST", "/rest/posts", json_body=post)

        def accepted(answer: egress.Response) -> Accepted | Ambiguous:
            urn = answer.headers.get("x-restli-id", "")
            if not urn:
                return Ambiguous("LinkedIn took the post and did not say as what.")
            return Accepted(urn, _url(urn), "Published on LinkedIn.", rest_after(answer, now))

        def said_no(answer: egress.Response) -> Outcome:
            twin = twin_of(answer)
            return refusal(answer) if twin is None else self._twin(outgoing, twin, calls)

        return outcome_of(result, written(result, self.name, now, accepted=accepted, refused=said_no), now)

    def _twin(self, outgoing: Outgoing, urn: str, calls: Calls) -> Outcome:
        """The same words are there already: ours if an earlier request had no clear answer and they can be seen."""
        url = _url(urn) if urn else ""
        if not outgoing.doubtful:
            where = f": {url}" if url else ""
            return Rejected(
                f"LinkedIn has a post with the same words already{where}.",
                "duplicate",
                "Change the words, then send it again.",
            )
        if urn and isinstance(calls.ask("GET", f"/rest/posts/{urn_path(urn)}"), egress.Response):
            return Accepted(urn, url, "LinkedIn had it from the try before.")
        return HandOver("LinkedIn says that it has this post already. Look whether it is live.")

    def _comment(self, outgoing: Outgoing, urn: str, calls: Calls) -> Outcome:
        comment = {
            "actor": _author(outgoing.settings),
            "object": urn,
            "message": {"text": outgoing.words},
        }
        result = calls.make("POST", f"/rest/socialActions/{urn_path(urn)}/comments", json_body=comment)

        def accepted(answer: egress.Response) -> Accepted | Ambiguous:
            made = answered(answer)
            name = made.get("commentUrn") or made.get("$URN") or answer.headers.get("x-restli-id")
            if not name:
                return Ambiguous("LinkedIn took the comment and did not say as what.")
            return Accepted(str(name), _url(urn), "Commented on LinkedIn.", rest_after(answer, calls.now))

        return outcome_of(
            result, written(result, self.name, calls.now, accepted=accepted, refused=refusal), calls.now
        )

    def remote_id_in(self, url: str, settings: Mapping[str, Any]) -> str:
        """Return the URN in a post's address; the one to share has only its number."""
        plain = unquote(url)
        if urn := re.search(r"urn:li:(?:activity|share|ugcPost):\d+", plain):
            return urn[0]
        number = re.search(r"[-_](activity|share|ugcPost)-(\d+)", plain)
        return f"urn:li:{number[1]}:{number[2]}" if number else ""

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """List the newest posts of a page, or the comments below its post."""
        if not _is_page(outgoing.settings):
            return Unknown("LinkedIn tells nobody what a member has posted.")
        calls = self._calls(outgoing.credential, now)
        if outgoing.reply_to is not None:
            path = (
                f"/rest/socialActions/{urn_path(outgoing.reply_to.remote_id)}/comments?start=0&count={LISTED}"
            )
            read: Callable[[Any], Seen | None] = _seen_comment
            words = outgoing.words
        else:
            author = urn_path(_author(outgoing.settings))
            path = f"/rest/posts?q=author&author={author}&sortBy=CREATED&start=0&count={LISTED}"
            read = _seen
            words = link_card.text_of(outgoing)
        answer = calls.ask("GET", path, headers={"X-RestLi-Method": "FINDER"})
        listed = answered(answer).get("elements") if isinstance(answer, egress.Response) else None
        if not isinstance(listed, list):
            return Unknown("LinkedIn could not be asked whether it has the post.")
        seen = [one for one in map(read, listed) if one is not None]
        complete = len(seen) == len(listed) < LISTED
        return look(seen, outgoing, text=words, since=since, complete=complete, name=self.name)

    def _card(self, outgoing: Outgoing, url: str, calls: Calls) -> dict[str, Any]:
        """Make a link's card; with its picture only if all of it goes well."""
        card = link_card.card_for(outgoing, url)
        made = {"source": url, "title": card.title, "description": card.description}
        picture = link_card.picture_of(card, max_bytes=THUMB_BYTES)
        if picture is not None:
            size = len(picture.content)
            begun = uploads.begin(OutgoingMedia(picture.mime, size, ""), calls, _author(outgoing.settings))
            if isinstance(begun, dict) and isinstance(
                calls.put(begun["url"], picture.content, size), egress.Response
            ):
                made["thumbnail"] = begun["urn"]
        return made

    # Connecting ----------------------------------------------------------------------------------------------------

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """LinkedIn's page. It knows PKCE for apps on devices only; ours proves itself by its secret."""
        return oauth.consent_page(
            f"{_sign_in_page()}/oauth/v2/authorization",
            app,
            scope=SCOPES[PAGE if _is_page(settings) else MEMBER],
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
        """Fetch a token, then ask who the member is or which pages the member looks after."""
        asked_for = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        credential = self._token(app, asked_for, now)
        if not isinstance(credential, dict):
            return settled(credential)
        calls = self._calls(credential, now)
        accounts = self._pages(calls) if _is_page(settings) else self._member(calls)
        if not isinstance(accounts, dict):
            return settled(accounts)
        if not accounts:
            return Rejected(
                "This member looks after no page on LinkedIn.",
                "no_page",
                "Ask an administrator of the page for the role, then connect again.",
            )
        return Connected(
            tuple(
                Account(urn, name, {**settings, "author": urn, "name": name}, credential)
                for urn, name in accounts.items()
            )
        )

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Renew where LinkedIn gave something to renew with, which it does for apps of partners only."""
        renewing = credential.get("refresh_token")
        if not renewing or app is None:
            return None
        fresh = self._token(app, {"grant_type": "refresh_token", "refresh_token": renewing}, now)
        return Renewed(merged(credential, fresh)) if isinstance(fresh, dict) else fresh

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Ask for the name that posts go out under."""
        calls = self._calls(credential, now)
        if _is_page(settings):
            answer = calls.ask("GET", f"/rest/organizations/{_author(settings).rpartition(':')[2]}")
        else:
            answer = calls.ask("GET", "/v2/userinfo")
        if not isinstance(answer, egress.Response):
            return answer
        return Accepted("", sentence=f"LinkedIn takes posts of {self.describe(settings)}.")

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """What LinkedIn counts for a page; of a member's posts it tells nothing."""
        if not _is_page(settings):
            return None
        kind = "ugcPosts" if ":ugcPost:" in remote_id else "shares"
        path = (
            "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
            f"&organizationalEntity={urn_path(_author(settings))}&{kind}=List({urn_path(remote_id)})"
        )
        answer = self._calls(credential, now).ask("GET", path)
        if not isinstance(answer, egress.Response):
            return answer
        rows = answered(answer).get("elements")
        if not isinstance(rows, list) or not rows:
            return Figures({})
        told = rows[0].get("totalShareStatistics", {})
        names = {
            Figure.IMPRESSIONS: "impressionCount",
            Figure.REACH: "uniqueImpressionsCount",
            Figure.LIKES: "likeCount",
            Figure.COMMENTS: "commentCount",
            Figure.SHARES: "shareCount",
            Figure.CLICKS: "clickCount",
        }
        return Figures({kind: told[name] for kind, name in names.items() if isinstance(told.get(name), int)})

    # Calls ---------------------------------------------------------------------------------------------------------

    def _calls(self, credential: Mapping[str, str], now: datetime) -> Calls:
        return Calls(credential, now, timeout=self.timeout_seconds)

    def _token(
        self, app: AppKeys, asked_for: Mapping[str, str], now: datetime
    ) -> dict[str, str] | Rejected | RetryAfter:
        result = call(
            "POST",
            f"{_sign_in_page()}/oauth/v2/accessToken",
            form={**asked_for, "client_id": app.client_id, "client_secret": app.client_secret},
            timeout=self.timeout_seconds,
        )
        return oauth.granted(result, self.name, now)

    def _member(self, calls: Calls) -> dict[str, str] | Rejected | RetryAfter:
        answer = calls.ask("GET", "/v2/userinfo")
        if not isinstance(answer, egress.Response):
            return answer
        who = answered(answer)
        if not who.get("sub"):
            return RetryAfter(WAIT, "LinkedIn did not say whose account this is.")
        return {f"urn:li:person:{who['sub']}": str(who.get("name") or NAME)}

    def _pages(self, calls: Calls) -> dict[str, str] | Rejected | RetryAfter:
        path = "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED"
        answer = calls.ask("GET", path)
        if not isinstance(answer, egress.Response):
            return answer
        rows = answered(answer).get("elements")
        urns = [str(row.get("organization")) for row in rows if row.get("organization")] if rows else []
        pages = {}
        for urn in list(dict.fromkeys(urns))[:PAGES]:
            told = calls.ask("GET", f"/rest/organizations/{urn.rpartition(':')[2]}")
            named = answered(told).get("localizedName") if isinstance(told, egress.Response) else None
            pages[urn] = str(named or urn)
        return pages


def _sign_in_page() -> str:
    url: str = django_settings.AURA_NETWORK_URLS["linkedin.signin"]
    return url


def _is_page(settings: Mapping[str, Any]) -> bool:
    return settings.get("speaks_as") == PAGE


def _author(settings: Mapping[str, Any]) -> str:
    return str(settings.get("author", ""))


def _url(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}"


def _content(outgoing: Outgoing, state: State) -> dict[str, Any]:
    """What stands below the words: one file, several pictures, or the card of a link."""
    files = state.get("files", [])
    if len(files) > 1:
        images = [
            {"id": one["urn"], **({"altText": item.alt_text} if item.alt_text else {})}
            for item, one in zip(outgoing.media, files, strict=True)
        ]
        return {"multiImage": {"images": images}}
    if files:
        (item,) = outgoing.media
        media = {"id": files[0]["urn"]}
        if item.is_image:
            media |= {"altText": item.alt_text} if item.alt_text else {}
        elif title := outgoing.title or item.name:
            media["title"] = title
        return {"media": media}
    return {"article": state["card"]} if "card" in state else {}


def _seen(post: Any) -> Seen | None:
    if not isinstance(post, dict) or not post.get("id"):
        return None
    created_at = _moment(post.get("publishedAt") or post.get("createdAt"))
    if created_at is None:
        return None
    content = post.get("content") or {}
    media = (
        len(content["multiImage"].get("images", [])) if "multiImage" in content else int("media" in content)
    )
    urn = str(post["id"])
    return Seen(urn, plain(str(post.get("commentary") or "")), media, created_at, _url(urn))


def _seen_comment(comment: Any) -> Seen | None:
    if not isinstance(comment, dict):
        return None
    name = comment.get("commentUrn") or comment.get("$URN") or comment.get("id")
    created_at = _moment((comment.get("created") or {}).get("time"))
    if not name or created_at is None:
        return None
    words = str((comment.get("message") or {}).get("text") or "")
    return Seen(str(name), words, 0, created_at, _url(str(comment.get("object") or "")))


def _moment(said: object) -> datetime | None:
    """Read an instant in milliseconds."""
    if isinstance(said, int) and not isinstance(said, bool):
        return datetime.fromtimestamp(said / 1000, UTC)
    return instant(said)
