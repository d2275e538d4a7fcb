"""Calls to the server that keeps an account, and to the video service; and what their refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings as django_settings

from aura.kit import egress
from posts.networks.base import Network, OutgoingMedia, Rejected, RetryAfter
from posts.networks.calling import WAIT, answered, asked, call, stream
from posts.networks.refusing import CONNECT, refused

UPLOAD_SECONDS = 100
"""Longest time for one file; the engine's lease is longer."""

Answer: TypeAlias = egress.Response | Rejected | RetryAfter


class Calls:
    """Calls for one channel. What is the session's goes to the server that keeps the account."""

    def __init__(
        self, network: Network, settings: Mapping[str, Any], credential: Mapping[str, str], now: datetime
    ) -> None:
        self.network = network
        self.did = str(settings.get("did", ""))
        self.home = credential.get("server") or str(settings.get("server", ""))
        self.token = credential.get("access_token", "")
        self.now = now

    def make(
        self,
        method: str,
        name: str,
        *,
        at: str = "",
        token: str | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> egress.Result:
        """Make one call, to the account's server unless another one is named."""
        return call(
            method,
            f"{at or self.home}/xrpc/{name}",
            token=self.token if token is None else token,
            timeout=self.network.timeout_seconds if timeout is None else timeout,
            **options,
        )

    def ask(self, method: str, name: str, **options: Any) -> Answer:
        """Make a call that may be repeated."""
        return asked(self.make(method, name, **options), self.network.name, self.now, refusal)

    def record(self, uri: str) -> dict[str, str] | Rejected | RetryAfter:
        """Look a record up by its address, at://did/collection/rkey."""
        repo, collection, rkey = (*uri.removeprefix("at://").split("/"), "", "")[:3]
        query = {"repo": repo, "collection": collection, "rkey": rkey}
        answer = self.ask("GET", "com.atproto.repo.getRecord", query=query)
        if not isinstance(answer, egress.Response):
            return answer
        found = answered(answer)
        if not found.get("uri") or not found.get("cid"):
            return RetryAfter(WAIT, "Bluesky gave no complete answer. Nothing was published.")
        return {"uri": str(found["uri"]), "cid": str(found["cid"])}

    def upload(self, body: Any, mime: str, size: int) -> dict[str, Any] | Rejected | RetryAfter:
        """Upload a picture and return its blob."""
        answer = self.ask(
            "POST",
            "com.atproto.repo.uploadBlob",
            body=body,
            headers={"Content-Type": mime, "Content-Length": str(size)},
            timeout=UPLOAD_SECONDS,
        )
        if not isinstance(answer, egress.Response):
            return answer
        blob = answered(answer).get("blob")
        if isinstance(blob, dict):
            return blob
        return RetryAfter(WAIT, "Bluesky took a file without giving it a name. Nothing was published.")

    def upload_film(self, item: OutgoingMedia) -> dict[str, Any] | Rejected | RetryAfter:
        """Hand a film to the video service, which keeps it in the account by a token for just that."""
        home = urlsplit(self.home).netloc.replace(":", "%3A")
        allowed = {
            "aud": f"did:web:{home}",
            "lxm": "com.atproto.repo.uploadBlob",
            "exp": int(self.now.timestamp()) + 1_800,
        }
        granted = self.ask("GET", "com.atproto.server.getServiceAuth", query=allowed)
        if not isinstance(granted, egress.Response):
            return granted
        result = self.make(
            "POST",
            "app.bsky.video.uploadVideo",
            at=django_settings.AURA_NETWORK_URLS["bluesky.video"],
            token=str(answered(granted).get("token") or ""),
            query={"did": self.did, "name": f"{item.sha256[:32]}.mp4"},
            body=stream(item),
            headers={"Content-Type": item.mime, "Content-Length": str(item.size)},
            timeout=UPLOAD_SECONDS,
        )
        if isinstance(result, egress.Response) and result.status == 409:
            job = job_of(result)  # The same film was uploaded before: its job is named in the refusal.
            if job.get("id"):
                return job
        answer = asked(result, self.network.name, self.now, refusal)
        if not isinstance(answer, egress.Response):
            return answer
        job = job_of(answer)
        if job.get("id"):
            return job
        return RetryAfter(WAIT, "Bluesky took the film without giving it a name. Nothing was published.")

    def film_job(self, name: str) -> dict[str, Any] | Rejected | RetryAfter:
        """How far a film is; with its blob once it is ready."""
        answer = self.ask(
            "GET",
            "app.bsky.video.getJobStatus",
            at=django_settings.AURA_NETWORK_URLS["bluesky.video"],
            token="",
            query={"jobId": name},
        )
        if not isinstance(answer, egress.Response):
            return answer
        job = job_of(answer)
        if job.get("state") == "JOB_STATE_FAILED" and not job.get("blob"):
            words = f": “{job['said']}”" if job.get("said") else ""
            return Rejected(
                f"Bluesky could not use the film{words}.", "mediarefusal", "Use another film, as MP4."
            )
        return job


def job_of(answer: egress.Response) -> dict[str, Any]:
    """Read a job of the video service, which stands in the answer or below `jobStatus`."""
    told = answered(answer)
    inner = told.get("jobStatus")
    told = inner if isinstance(inner, dict) else told
    job = {"id": told.get("jobId"), "state": told.get("state"), "blob": told.get("blob")}
    job["said"] = str(told.get("message") or told.get("error") or "")[:160].strip(" .!")
    return {name: value for name, value in job.items() if value}


def refusal(answer: egress.Response) -> Rejected | RetryAfter:
    """Say what a no means, by the names that the lexicons give to errors."""
    told = answered(answer)
    match told.get("error"):
        case "ExpiredToken":
            return RetryAfter(
                WAIT, "The session with Bluesky has ended and is being renewed. Nothing was sent."
            )
        case "RecordNotFound":
            return Rejected(
                "Bluesky does not have the post that this one answers.",
                "not_found",
                "Look whether it was deleted there.",
            )
        case "InvalidToken" | "AccountTakedown" | "AccountDeactivated" | "AccountSuspended":
            return Rejected(
                "Bluesky does not accept this sign-in any more.", "signed_out", CONNECT, pauses_channel=True
            )
    return refused(answer, "Bluesky", told.get("message") or told.get("error"))
