"""What the fakes of Meta's networks share: tokens, errors in Meta's own shape, and containers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from posts.networks.standins.files import fetch
from posts.networks.standins.service import Answer, Call, Published, Service

APP_ID, APP_SECRET = "4242", "app-secret"


class Refusal(Exception):
    """Ends a call with an error of the Graph API."""

    def __init__(
        self, code: int, message: str, *, subcode: int = 0, status: int = 400, **headers: str
    ) -> None:
        super().__init__(message)
        error: dict[str, Any] = {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AbCdEf",
        }
        if subcode:
            error["error_subcode"] = subcode
        self.answer = Answer.json({"error": error}, status, **headers)


@dataclass(slots=True)
class Token:
    """An access token: whose it is, what it may, whether it still lives."""

    account: str
    scopes: set[str]
    kind: str = "long"
    expired: bool = False


@dataclass(slots=True)
class Container:
    """A container with what it was made of."""

    id: str
    owner: str
    form: dict[str, str]
    status: str = "FINISHED"
    reason: str = ""
    works: int = 0
    """Looks for which it stays IN_PROGRESS."""
    uploaded: int = 0
    children: list[str] = field(default_factory=list)


class GraphService(Service):
    """A fake of one of Meta's networks. Its calls are methods of a subclass, chosen by `perform`."""

    scopes: tuple[str, ...] = ()
    quota = 0

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, Token] = {"t-1": Token("17841", set(self.scopes))}
        self.codes: dict[str, str] = {"code-1": "https://aura.example/callback"}
        self.containers: dict[str, Container] = {}
        self.works = 0
        """For how many looks a new container stays IN_PROGRESS."""
        self.usage: dict[str, int] | None = None
        """What X-Business-Use-Case-Usage says of the account."""
        self.refuses: list[Refusal] = []
        """What the next publishing calls are refused with."""
        self._number = 1000

    def new_id(self) -> str:
        """Return an id as Meta gives them."""
        self._number += 1
        return f"17{self._number}"

    @property
    def time(self) -> str:
        """The instant of a post as Meta writes it."""
        return f"{self.clock():%Y-%m-%dT%H:%M:%S+0000}"

    def perform(self, call: Call) -> Answer:
        """Answer, with an error of Meta's where something is not as documented."""
        try:
            if call.method == "GET" and call.path.endswith(("/oauth/authorize", "/dialog/oauth")):
                return self.say_yes(call)
            if self.publishes(call) and self.refuses:
                raise self.refuses.pop(0)
            said = self.answer(call)
        except Refusal as refusal:
            return refusal.answer
        done = Answer.json(said)
        if self.usage:
            done.headers["X-Business-Use-Case-Usage"] = json.dumps({"17841": [self.usage]})
        return done

    def answer(self, call: Call) -> dict[str, Any]:
        """Do what the call asks for and return the fields of the answer. Raises Refusal."""
        raise NotImplementedError

    # Who calls -------------------------------------------------------------------------------------------------

    def caller(self, call: Call, scope: str = "") -> Token:
        """Return whose token it is. Raises Refusal."""
        token = self.tokens.get(self.token_of(call))
        if token is None:
            raise Refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if token.expired:
            raise Refusal(190, "Error validating access token: Session has expired", subcode=463, status=401)
        if scope and scope not in token.scopes:
            raise Refusal(10, "Application does not have permission for this action", status=403)
        return token

    def token_of(self, call: Call) -> str:
        """Return the token a call came with."""
        return call.token

    def say_yes(self, call: Call) -> Answer:
        """The page where a person says yes, at once. Raises Refusal."""
        asked = call.query
        if asked.get("client_id") != APP_ID or asked.get("response_type") != "code":
            raise Refusal(101, "Invalid App ID")
        if strange := set(asked.get("scope", "").split(",")) - set(self.scopes):
            raise Refusal(100, f"Invalid Scopes: {strange}")
        code = f"code-{self.new_id()}"
        self.codes[code] = asked["redirect_uri"]
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{back}#_"})

    def spend_code(self, call: Call, fields: dict[str, str]) -> None:
        """Take a code once, from the right app, with the address it was made for. Raises Refusal."""
        if (fields.get("client_id"), fields.get("client_secret")) != (APP_ID, APP_SECRET):
            raise Refusal(101, "Error validating application. Cannot get application info")
        if self.codes.pop(fields.get("code", ""), None) != fields.get("redirect_uri"):
            raise Refusal(100, "Invalid verification code format.", subcode=36009)

    def grant(self, kind: str, account: str = "17841") -> str:
        """Return a new token."""
        name = f"{kind}-token-{len(self.tokens) + 1}"
        self.tokens[name] = Token(account, set(self.scopes), kind)
        return name

    def lengthen(self, call: Call, grant: str, kind: str) -> dict[str, Any]:
        """Turn a token into one of sixty days. Raises Refusal."""
        if call.query.get("grant_type") != grant:
            raise Refusal(100, "Unsupported grant type")
        token = self.caller(call)
        if token.kind != kind:
            raise Refusal(190, f"The token is not {kind}-lived")
        return {"access_token": self.grant("long"), "token_type": "bearer", "expires_in": 5_183_944}

    # Containers ------------------------------------------------------------------------------------------------

    def fetched(self, form: dict[str, str], name: str) -> bytes:
        """Fetch the file that a form names. Raises Refusal."""
        body = fetch(form.get(name, ""))
        if body is None:
            raise Refusal(9004, "The media could not be fetched from this URI", subcode=2207052)
        return body

    def contain(self, owner: str, form: dict[str, str], **more: Any) -> dict[str, Any]:
        """Make a container."""
        made = Container(self.new_id(), owner, form, works=self.works, **more)
        self.containers[made.id] = made
        return {"id": made.id}

    def children_of(self, token: Token, form: dict[str, str], least: int, most: int) -> list[str]:
        """Return the containers of a carousel. Raises Refusal."""
        ids = [one for one in form.get("children", "").split(",") if one]
        if not least <= len(ids) <= most:
            raise Refusal(100, f"A carousel has {least} to {most} children", subcode=2207028)
        for one in ids:
            child = self.containers.get(one)
            if child is None or child.owner != token.account or child.form.get("is_carousel_item") != "true":
                raise Refusal(100, "Unsupported child of a carousel", subcode=2207028)
            if child.status != "FINISHED" or child.works:
                raise Refusal(9007, "The media is not ready for publishing", subcode=2207027)
        return ids

    def look(self, container: Container) -> str:
        """Return a container's status, one look further on."""
        if container.works and container.status == "FINISHED":
            container.works -= 1
            return "IN_PROGRESS"
        return container.status

    def publish(self, token: Token, id_: str, **more: Any) -> Published:
        """Put a container's post on the network, once. Raises Refusal."""
        container = self.containers.get(id_)
        if container is None or container.owner != token.account:
            raise Refusal(24, "The media cannot be found", subcode=2207006)
        if container.status == "EXPIRED":
            raise Refusal(-2, "The media has expired", subcode=2207020)
        if container.status == "PUBLISHED":
            raise Refusal(24, "The media was published already", subcode=2207006)
        if container.status != "FINISHED" or container.works:
            raise Refusal(9007, "The media is not ready for publishing", subcode=2207027)
        if self.quota and len(self.posts) >= self.quota:
            raise Refusal(9, "The maximum of posts in 24 hours is reached", subcode=2207042, status=403)
        container.status = "PUBLISHED"
        media = tuple(container.children or [id_]) if container.form.get("media_type") != "TEXT" else ()
        more = {"at": self.time, "form": container.form, "owner": token.account, **more}
        post = Published(self.new_id(), id_, container.form.get("text", ""), media, more=more)
        self.posts.append(post)
        return post
