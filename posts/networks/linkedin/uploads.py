"""Files on their way to LinkedIn: initialise, put the bytes (a film in parts), finish, wait until they are usable.

A file in the state: {kind, urn, url | parts + etags + token, sent, ready}. Films go in passes of a few parts, so that
no pass outlives the engine's lease; what a pass has brought there is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aura.kit import egress
from posts.networks import uploading
from posts.networks.calling import WAIT, answered, stream
from posts.networks.linkedin.calls import Calls, urn_path
from posts.networks.values import Outgoing, OutgoingMedia, Preparation, Rejected, RetryAfter, State

PASS_BYTES = 32_000_000
"""How much of a film goes up before the engine is given the word again."""
_NO_NAME = "LinkedIn took a file without giving it a name. Nothing was published."
_Problem = Rejected | RetryAfter


def advance(
    outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None], *, owner: str
) -> Preparation:
    """Bring the files of a post nearer to being usable; `Ready` once all of them are."""
    return uploading.advance(
        outgoing,
        state,
        save,
        begin=lambda item: begin(item, calls, owner),
        send=lambda item, one: _send(item, one, calls),
        look=lambda one: _status(one, calls),
        name="LinkedIn",
        by="part by part",
    )


def begin(item: OutgoingMedia, calls: Calls, owner: str) -> dict[str, Any] | _Problem:
    """Tell LinkedIn of a file; return how to send it."""
    kind = "images" if item.is_image else "videos" if item.is_video else "documents"
    wanted: dict[str, Any] = {"owner": owner}
    if kind == "videos":
        wanted |= {"fileSizeBytes": item.size, "uploadCaptions": False, "uploadThumbnail": False}
    answer = calls.ask(
        "POST", f"/rest/{kind}?action=initializeUpload", json_body={"initializeUploadRequest": wanted}
    )
    if not isinstance(answer, egress.Response):
        return answer
    value = answered(answer).get("value")
    value = value if isinstance(value, dict) else {}
    urn = value.get(kind.removesuffix("s"))
    if not urn:
        return RetryAfter(WAIT, _NO_NAME)
    begun: dict[str, Any] = {"kind": kind, "urn": str(urn), "sent": False, "ready": False}
    if kind != "videos":
        return {**begun, "url": str(value.get("uploadUrl", ""))}
    parts = [
        {"url": str(one["uploadUrl"]), "first": int(one["firstByte"]), "last": int(one["lastByte"])}
        for one in value.get("uploadInstructions", [])
    ]
    return {**begun, "parts": parts, "etags": [], "token": str(value.get("uploadToken") or "")}


def _send(item: OutgoingMedia, one: dict[str, Any], calls: Calls) -> dict[str, Any] | _Problem:
    """Put the bytes; of a film, as many parts as one pass takes."""
    if one["kind"] != "videos":
        answer = calls.put(one["url"], stream(item), item.size)
        return {**one, "sent": True} if isinstance(answer, egress.Response) else answer
    etags = list(one["etags"])
    gone = 0
    for part in one["parts"][len(etags) :]:
        if gone >= PASS_BYTES:
            return {**one, "etags": etags}
        size = part["last"] - part["first"] + 1
        answer = calls.put(part["url"], stream(item, start=part["first"], length=size), size)
        if not isinstance(answer, egress.Response):
            return answer
        etags.append(answer.headers.get("etag", "").strip('"'))
        gone += size
    finish = {"video": one["urn"], "uploadToken": one["token"], "uploadedPartIds": etags}
    answer = calls.ask(
        "POST", "/rest/videos?action=finalizeUpload", json_body={"finalizeUploadRequest": finish}
    )
    return {**one, "etags": etags, "sent": True} if isinstance(answer, egress.Response) else answer


def _status(one: dict[str, Any], calls: Calls) -> dict[str, Any] | _Problem:
    """Find out whether a file can be used. A member may not be allowed to ask: then it is taken as usable."""
    answer = calls.ask("GET", f"/rest/{one['kind']}/{urn_path(one['urn'])}")
    if isinstance(answer, Rejected) and answer.code == "forbidden":
        return {**one, "ready": True}
    if not isinstance(answer, egress.Response):
        return answer
    status = answered(answer).get("status")
    if status in ("PROCESSING_FAILED", "FAILED"):
        return Rejected(
            "LinkedIn could not use one of the files.",
            "media_refused",
            "Use another file, or convert this one.",
        )
    return {**one, "ready": status == "AVAILABLE"}
