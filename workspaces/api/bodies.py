"""What a call was sent: JSON or a form with files, read once, and refused where it cannot be read (400, 413, 415)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from aura.kit.files import refused_files, upload_stopped
from workspaces.api.problems import Invalid, Malformed, WrongMediaType

DEEPEST = 50
"""Levels of a body. What reads or writes it later goes down as far, and has no more room than Python gives."""
JSON, FORM = "application/json", "multipart/form-data"


@dataclass(frozen=True)
class Body:
    """The members that were sent, and the files, by the names of their parts."""

    members: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[UploadedFile]] = field(default_factory=dict)
    digest: str = ""
    is_form: bool = False


def read(request: HttpRequest, *, files: bool = False) -> Body:
    """Read the body of a call, an empty one as no members; `files` says that a form is taken as well as JSON."""
    kind = request.content_type
    if files and kind == FORM:
        return _form(request)
    if not int(request.META.get("CONTENT_LENGTH") or 0):
        return Body()
    if kind != JSON:
        ways = f"{JSON} or {FORM}" if files else JSON
        raise WrongMediaType(f"Send the body as {ways}, and say so in Content-Type.")
    raw = request.body
    return Body(_object(raw), digest=hashlib.sha256(raw).hexdigest())


def _object(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once_each)
    except RecursionError:
        raise Malformed("The JSON is nested too deeply.") from None
    except UnicodeDecodeError:
        raise Malformed("The JSON is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The JSON cannot be read: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except ValueError as error:  # NaN, a name that comes twice, a number of thousands of digits
        raise Malformed(f"The JSON cannot be read: {error}.") from None
    if isinstance(value, dict | list) and _is_deep(value):
        raise Malformed("The JSON is nested too deeply.")
    if not isinstance(value, dict):
        raise Malformed("Send a JSON object, with the names of fields as its members.")
    wrong = {name for name, member in value.items() if not all(map(_is_text, _texts(name, member)))}
    if wrong:
        raise Invalid({name.encode("ascii", "replace").decode(): [NO_TEXT] for name in sorted(wrong)})
    return value


NO_TEXT = "It holds a character that no text can hold. Take it out."


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [each for several in inner for each in several if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice in one object")
    return found


def _texts(*values: Any) -> Iterator[str]:
    """Yield every text in nested values, names included."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def _is_text(text: str) -> bool:
    """Tell whether databases take it: no NUL, no half of a pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _form(request: HttpRequest) -> Body:
    members: dict[str, Any] = {}
    for name, values in request.POST.lists():
        members[name.removesuffix("[]")] = values if name.endswith("[]") or len(values) > 1 else values[0]
    files: dict[str, list[UploadedFile]] = {}
    for name, uploads in request.FILES.lists():
        files.setdefault(name.removesuffix("[]"), []).extend(uploads)
    stopped = upload_stopped(request)
    if stopped is not None:
        raise stopped
    refused = refused_files(request)
    if refused:
        raise refused[0].problem
    members.pop("csrfmiddlewaretoken", None)
    hashes = {
        name: [str(getattr(one, "sha256", one.name)) for one in uploads] for name, uploads in files.items()
    }
    digest = hashlib.sha256(json.dumps([members, hashes], sort_keys=True).encode()).hexdigest()
    return Body(members, files, digest, is_form=True)
