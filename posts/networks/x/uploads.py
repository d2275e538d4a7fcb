"""Files on their way to X: initialise, append in segments, finalise, wait, describe.

A file in the state: {id, segments, sent, ready, wait}. Films go in passes of a few segments, so that no pass outlives
the engine's lease; what a pass has brought there is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aura.kit import egress
from posts.networks import uploading
from posts.networks.calling import WAIT, answered, multipart
from posts.networks.values import Outgoing, OutgoingMedia, Preparation, Rejected, RetryAfter, State
from posts.networks.x.calls import Calls

SEGMENT = 4_000_000
"""Bytes of one piece; X takes up to 5 MB."""
PASS_BYTES = 32_000_000
"""How much of a film goes up before the engine is given the word again."""
UPLOAD_SECONDS = 60
LONGEST = 60
"""Seconds between two questions, whatever X asks for."""
_Problem = Rejected | RetryAfter


def advance(outgoing: Outgoing, state: State, calls: Calls, save: Callable[[State], None]) -> Preparation:
    """Bring the files of a post nearer to being usable; `Ready` once all of them are."""
    return uploading.advance(
        outgoing,
        state,
        save,
        begin=lambda item: _begin(item, calls),
        send=lambda item, one: _send(item, one, calls),
        look=lambda one: _status(one, calls),
        name="X",
        by="piece by piece",
    )


def _begin(item: OutgoingMedia, calls: Calls) -> dict[str, Any] | _Problem:
    kind = "tweet_video" if item.is_video else "tweet_gif" if item.mime == "image/gif" else "tweet_image"
    wanted = {"media_type": item.mime, "total_bytes": item.size, "media_category": kind}
    answer = calls.ask("POST", "/2/media/upload/initialize", json_body=wanted)
    if not isinstance(answer, egress.Response):
        return answer
    name = _data(answer).get("id")
    if not name:
        return RetryAfter(WAIT, "X took a file without giving it a name. Nothing was published.")
    return {"id": str(name), "segments": 0, "sent": False, "ready": False, "wait": uploading.ASK_AGAIN}


def _send(item: OutgoingMedia, one: dict[str, Any], calls: Calls) -> dict[str, Any] | _Problem:
    """Append the next segments, as many as one pass takes; after the last one finalise, and describe a picture."""
    segments, gone = int(one["segments"]), 0
    while segments * SEGMENT < item.size:
        if gone >= PASS_BYTES:
            return {**one, "segments": segments}
        start = segments * SEGMENT
        size = min(SEGMENT, item.size - start)
        body, headers = multipart(
            item,
            field="media",
            fields={"segment_index": str(segments)},
            boundary=f"aura{item.sha256[:32]}",
            start=start,
            length=size,
        )
        answer = calls.ask(
            "POST",
            f"/2/media/upload/{one['id']}/append",
            body=body,
            headers=headers,
            timeout=UPLOAD_SECONDS,
        )
        if not isinstance(answer, egress.Response):
            return answer
        segments, gone = segments + 1, gone + size
    answer = calls.ask("POST", f"/2/media/upload/{one['id']}/finalize")
    if not isinstance(answer, egress.Response):
        return answer
    if item.is_image and item.alt_text:
        described = {"id": one["id"], "metadata": {"alt_text": {"text": item.alt_text}}}
        said = calls.ask("POST", "/2/media/metadata", json_body=described)
        if isinstance(said, RetryAfter):
            return said
    return _progress({**one, "segments": segments, "sent": True}, answer)


def _status(one: dict[str, Any], calls: Calls) -> dict[str, Any] | _Problem:
    answer = calls.ask("GET", "/2/media/upload", query={"command": "STATUS", "media_id": one["id"]})
    return _progress(one, answer) if isinstance(answer, egress.Response) else answer


def _progress(one: dict[str, Any], answer: egress.Response) -> dict[str, Any] | _Problem:
    """Read how far X is; without any word of it the file is ready."""
    told = _data(answer).get("processing_info")
    if not isinstance(told, dict) or told.get("state") == "succeeded":
        return {**one, "ready": True}
    if told.get("state") == "failed":
        error = told.get("error")
        words = str(error.get("message") or "").strip(" .!")[:160] if isinstance(error, dict) else ""
        because = f": “{words}”" if words else ""
        return Rejected(
            f"X could not use one of the files{because}.",
            "media_refused",
            "Use another file, or convert this one.",
        )
    wait = told.get("check_after_secs")
    return {**one, "wait": min(max(wait, 1), LONGEST) if isinstance(wait, int) else uploading.ASK_AGAIN}


def _data(answer: egress.Response) -> dict[str, Any]:
    data = answered(answer).get("data")
    return data if isinstance(data, dict) else {}
