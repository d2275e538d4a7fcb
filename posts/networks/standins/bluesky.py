"""A personal data server of one account, with the video service beside it: sessions, blobs, records, film jobs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from aura.kit import textcount
from posts.networks.standins.service import NOT_FOUND, Answer, Call, Published, Service

DID = "did:plc:aurora"
HANDLE = "aurora.bsky.social"
APP_PASSWORD = "abcd-efgh-ijkl-mnop"  # noqa: S105 - of a fake network
OWN_PASSWORD = "the account's own"  # noqa: S105
PEOPLE = {"ann.example": "did:plc:ann", HANDLE: DID}
TID = re.compile(r"[234567a-j][234567a-z]{12}")
POST = "app.bsky.feed.post"


class _No(Exception):
    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = Answer.json({"error": error, "message": message}, status)


class Bluesky(Service):
    """Refuses what the real one refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.session = 0
        self.blobs: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.updates = 0
        """How often a record was replaced by another one: never, for a post of ours."""
        self.job_polls = 1
        """How often a film is still at work before it is done."""

    def publishes(self, call: Call) -> bool:
        """Only writing the record cannot be taken back."""
        return call.path == "/xrpc/com.atproto.repo.putRecord"

    def perform(self, call: Call) -> Answer:
        """Answer one call."""
        name = call.path.removeprefix("/xrpc/")
        verb = {
            "com.atproto.server.createSession": ("POST", self._create_session),
            "com.atproto.server.refreshSession": ("POST", self._refresh_session),
            "com.atproto.server.getSession": ("GET", self._get_session),
            "com.atproto.server.getServiceAuth": ("GET", self._service_auth),
            "com.atproto.identity.resolveHandle": ("GET", self._resolve),
            "com.atproto.repo.uploadBlob": ("POST", self._upload),
            "com.atproto.repo.putRecord": ("POST", self._put),
            "com.atproto.repo.getRecord": ("GET", self._get),
            "app.bsky.feed.getPosts": ("GET", self._posts),
            "app.bsky.actor.searchActorsTypeahead": ("GET", self._find),
            "app.bsky.video.uploadVideo": ("POST", self._upload_video),
            "app.bsky.video.getJobStatus": ("GET", self._job_status),
        }.get(name)
        if verb is None or verb[0] != call.method:
            return NOT_FOUND
        try:
            return verb[1](call)
        except _No as no:
            return no.answer

    # Sessions

    def token(self, scope: str, seconds: int) -> str:
        """A token that says what it is, as far as this fake is concerned."""
        said = {"scope": scope, "sub": DID, "n": self.session, "exp": int(self.clock().timestamp()) + seconds}
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in ({"alg": "none"}, said, {"seal": "fake"})
        )

    def _said(self, token: str) -> dict[str, Any]:
        try:
            part = token.split(".")[1]
            said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            raise _No("InvalidToken", "Token could not be verified") from None
        if said["exp"] < self.clock().timestamp():
            raise _No("ExpiredToken", "Token has expired")
        return said

    def _check(self, call: Call) -> None:
        if not call.token:
            raise _No("AuthMissing", "Authentication Required", 401)
        if self._said(call.token)["scope"] not in ("com.atproto.appPass", "com.atproto.access"):
            raise _No("InvalidToken", "Bad token scope")

    def _opened(self, scope: str) -> Answer:
        self.session += 1
        services = [
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.url},
        ]
        return Answer.json(
            {
                "did": DID,
                "handle": HANDLE,
                "active": True,
                "accessJwt": self.token(scope, 7_200),
                "refreshJwt": self.token("com.atproto.refresh", 90 * 86_400),
                "didDoc": {"id": DID, "service": services},
            }
        )

    def _create_session(self, call: Call) -> Answer:
        if call.json.get("identifier") != HANDLE:
            raise _No("AuthenticationRequired", "Invalid identifier or password", 401)
        if call.json.get("password") == APP_PASSWORD:
            return self._opened("com.atproto.appPass")
        if call.json.get("password") == OWN_PASSWORD:
            return self._opened("com.atproto.access")
        raise _No("AuthenticationRequired", "Invalid identifier or password", 401)

    def _refresh_session(self, call: Call) -> Answer:
        said = self._said(call.token)
        if said["scope"] != "com.atproto.refresh" or said["n"] != self.session:
            raise _No("ExpiredToken", "Token has been revoked")
        return self._opened("com.atproto.appPass")

    def _get_session(self, call: Call) -> Answer:
        self._check(call)
        return Answer.json({"did": DID, "handle": HANDLE, "active": True})

    def _service_auth(self, call: Call) -> Answer:
        self._check(call)
        home = f"did:web:{self.endpoint.replace(':', '%3A')}"
        seconds = int(call.query.get("exp", "0")) - int(self.clock().timestamp())
        if call.query.get("aud") != home or not 0 < seconds <= 3_600:
            raise _No("InvalidRequest", "Bad audience or expiration")
        return Answer.json({"token": self.token(f"service:{call.query.get('lxm')}", seconds)})

    def _resolve(self, call: Call) -> Answer:
        did = PEOPLE.get(call.query.get("handle", ""))
        if did is None:
            raise _No("InvalidRequest", "Unable to resolve handle")
        return Answer.json({"did": did})

    def _find(self, call: Call) -> Answer:
        self._check(call)
        begun = call.query.get("q", "").lower()
        found = [
            {"did": did, "handle": handle, "displayName": handle.partition(".")[0].title()}
            for handle, did in PEOPLE.items()
            if begun and handle.startswith(begun)
        ]
        return Answer.json({"actors": found[: int(call.query.get("limit", "10"))]})

    # Blobs and films

    def _keep(self, content: bytes, mime: str) -> dict[str, Any]:
        cid = "bafkrei" + hashlib.sha256(content).hexdigest()
        self.blobs[cid] = {"size": len(content), "mime": mime, "content": content}
        return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(content)}

    def _upload(self, call: Call) -> Answer:
        self._check(call)
        mime = call.headers.get("content-type", "")
        if not mime or not call.body:
            raise _No("InvalidRequest", "Request encoding (Content-Type) required but not provided")
        return Answer.json({"blob": self._keep(call.body, mime)})

    def _upload_video(self, call: Call) -> Answer:
        if self._said(call.token)["scope"] != "service:com.atproto.repo.uploadBlob":
            raise _No("unauthorized", "Bad service token", 401)
        if call.query.get("did") != DID or call.headers.get("content-type") != "video/mp4":
            raise _No("InvalidRequest", "Only MP4 of the account itself")
        name = hashlib.sha256(call.body).hexdigest()[:12]
        if name in self.jobs:
            known = {"error": "already_exists", "message": "Video already processed", "jobId": name}
            return Answer.json(known | {"did": DID, "state": "JOB_STATE_COMPLETED"}, 409)
        self.jobs[name] = {"left": self.job_polls, "content": call.body, "failed": ""}
        return Answer.json({"jobId": name, "did": DID, "state": "JOB_STATE_CREATED"})

    def _job_status(self, call: Call) -> Answer:
        name = call.query.get("jobId", "")
        if name not in self.jobs:
            raise _No("InvalidRequest", "Unknown job")
        job = self.jobs[name]
        told: dict[str, Any] = {"jobId": name, "did": DID, "state": "JOB_STATE_ENCODING", "progress": 40}
        if job["failed"]:
            told |= {"state": "JOB_STATE_FAILED", "error": "ffmpeg", "message": job["failed"]}
        elif job["left"]:
            job["left"] -= 1
        else:
            told |= {"state": "JOB_STATE_COMPLETED", "blob": self._keep(job["content"], "video/mp4")}
        return Answer.json({"jobStatus": told})

    # Records

    def _put(self, call: Call) -> Answer:
        self._check(call)
        asked = call.json
        rkey, record = str(asked.get("rkey")), asked.get("record")
        if asked.get("repo") != DID or asked.get("collection") != POST or not isinstance(record, dict):
            raise _No("InvalidRequest", "Input must have a repo, a collection and a record")
        if not TID.fullmatch(rkey):
            raise _No("InvalidRequest", "Invalid record key")
        self._judge(record)
        uri, cid = f"at://{DID}/{POST}/{rkey}", _cid(record)
        if uri not in self.records:
            media = tuple(str(link) for link in _links(record.get("embed")))
            parent = record.get("reply", {}).get("parent", {}).get("uri", "")
            self.posts.append(Published(uri, rkey, record["text"], media, parent, {"record": record}))
        elif _cid(self.records[uri]) != cid:
            self.updates += 1
        self.records[uri] = record
        return Answer.json({"uri": uri, "cid": cid, "validationStatus": "valid"})

    def _get(self, call: Call) -> Answer:
        asked = call.query
        uri = f"at://{asked.get('repo')}/{asked.get('collection')}/{asked.get('rkey')}"
        if uri not in self.records:
            raise _No("RecordNotFound", f"Could not locate record: {uri}")
        record = self.records[uri]
        return Answer.json({"uri": uri, "cid": _cid(record), "value": record})

    def _posts(self, call: Call) -> Answer:
        self._check(call)
        uri = call.query.get("uris", "")
        told = {
            "uri": uri,
            "likeCount": 5,
            "repostCount": 2,
            "quoteCount": 1,
            "replyCount": 4,
            "bookmarkCount": 0,
        }
        return Answer.json({"posts": [told] if uri in self.records else []})

    def _judge(self, record: dict[str, Any]) -> None:
        """What the lexicon of a post asks for."""
        text = record.get("text")
        bad = f"Invalid {POST} record: Record/"
        if record.get("$type") != POST or not isinstance(text, str):
            raise _No("InvalidRequest", f"{bad}text must be a string")
        if textcount.count(text, "graphemes") > 300 or textcount.count(text, "bytes") > 3_000:
            raise _No("InvalidRequest", f"{bad}text must not be longer than 300 graphemes")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", str(record.get("createdAt"))):
            raise _No("InvalidRequest", f"{bad}createdAt must be an valid atproto datetime")
        for facet in record.get("facets", []):
            self._judge_facet(text.encode(), facet)
        for one in record.get("reply", {}).values():
            known = self.records.get(one.get("uri"))
            if known is None or _cid(known) != one.get("cid"):
                raise _No("InvalidRequest", f"{bad}reply is not a strong reference")
        self._judge_embed(record.get("embed"), bad)

    def _judge_facet(self, text: bytes, facet: dict[str, Any]) -> None:
        """A facet points at whole letters, and at what it says it is."""
        piece = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]]
        (feature,) = facet["features"]
        words = piece.decode("utf-8", "replace")
        right = {
            "app.bsky.richtext.facet#link": str(feature.get("uri", "")).endswith(words),
            "app.bsky.richtext.facet#mention": words[:1] == "@"
            and str(feature.get("did")).startswith("did:"),
            "app.bsky.richtext.facet#tag": words[:1] in "#＃" and words[1:] == feature.get("tag"),
        }
        if not words or "\ufffd" in words or not right.get(feature["$type"]):
            raise _No("InvalidRequest", "Bad facet")

    def _judge_embed(self, embed: Any, bad: str) -> None:
        if embed is None:
            return
        match embed.get("$type"):
            case "app.bsky.embed.images":
                images = embed["images"]
                if not 0 < len(images) <= 4 or any(not isinstance(one.get("alt"), str) for one in images):
                    raise _No("InvalidRequest", f'{bad}embed/images must have the property "alt"')
                self._judge_blobs([one["image"] for one in images], "image/", 2_000_000)
            case "app.bsky.embed.video":
                self._judge_blobs([embed["video"]], "video/mp4", 300_000_000)
            case "app.bsky.embed.external":
                card = embed["external"]
                if any(not isinstance(card.get(name), str) for name in ("uri", "title", "description")):
                    raise _No("InvalidRequest", f"{bad}embed/external must have the property")
                self._judge_blobs([card["thumb"]] if "thumb" in card else [], "image/", 1_000_000)
            case other:
                raise _No("InvalidRequest", f"{bad}embed {other}")

    def _judge_blobs(self, blobs: list[dict[str, Any]], mime: str, most: int) -> None:
        for blob in blobs:
            kept = self.blobs.get(blob["ref"]["$link"])
            if kept is None:
                raise _No("InvalidRequest", f"Could not find blob: {blob['ref']['$link']}")
            if kept["size"] != blob["size"] or kept["mime"] != blob["mimeType"]:
                raise _No("InvalidMimeType", "Referenced blob does not match stored blob")
            if not kept["mime"].startswith(mime):
                raise _No("InvalidMimeType", f"Wrong type of blob: {kept['mime']}")
            if kept["size"] > most:
                raise _No("BlobTooLarge", f"This file is too large: {kept['size']}")


def _cid(record: dict[str, Any]) -> str:
    return "bafyrei" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _links(value: Any) -> list[str]:
    """The blobs that an embed names."""
    if isinstance(value, dict):
        found = [value["ref"]["$link"]] if value.get("$type") == "blob" else []
        return found + [link for inner in value.values() for link in _links(inner)]
    return [link for inner in value for link in _links(inner)] if isinstance(value, list) else []
