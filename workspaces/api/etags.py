"""ETags: reading again costs nothing, and nobody overwrites what they have not seen.

A tag is `"<version>.<hash of the answer>"`, the hash alone where an object has no version. `If-None-Match` compares all
of it, as an answer also tells things that are no part of the version. `If-Match` compares the version alone, so the tag
of a sparse answer is as good as any; where there is no version it takes the tag of the whole answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model
from django.http import HttpRequest
from pydantic import BaseModel

from aura.kit.problems import StaleVersion

M = TypeVar("M", bound=Model)
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
STALE = "Somebody changed “{}” since you read it. Read it again, then change it."


def tag_of(body: bytes, version: int | None) -> str:
    """Return the tag of an answer."""
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    return f'"{version}.{digest}"' if version is not None else f'"{digest}"'


def is_known(request: HttpRequest, tag: str) -> bool:
    """Tell whether whoever asks has this answer already (`If-None-Match`)."""
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    if not given:
        return False
    return given.strip() == "*" or tag.strip('"') in _TAG.findall(given)


def refuse_stale(request: HttpRequest, thing: M, shown: Callable[[M], BaseModel] | None = None) -> None:
    """Raise StaleVersion where `If-Match` names another version than the one that is saved.

    What has no version is compared as it is `shown`; what is shown nowhere has no tag that could be the right one.
    """
    given = request.headers.get("If-Match", "")
    if not given or given.strip() == "*":
        return
    tags, version = _TAG.findall(given), getattr(thing, "version", None)
    if version is not None:
        known = str(version) in {tag.partition(".")[0] for tag in tags}
    else:
        known = shown is not None and tag_of(shown(thing).model_dump_json().encode(), None).strip('"') in tags
    if not known:
        raise StaleVersion(STALE.format(thing))
