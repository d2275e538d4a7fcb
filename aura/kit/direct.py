"""Files that a browser puts into the object store by itself, and copies within that store.

A presigned form lets its holder write one key with one size, again and again until it ends. What lies there is
therefore never judged where it lies: it is copied to a key that no form names first.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage

from aura.kit.files import asking_storage
from aura.kit.parts import MISSING
from aura.kit.problems import Refused

TYPE = "application/octet-stream"  # whatever the browser thinks that it sends: nothing is served from there
_CHANGED = {"PreconditionFailed", "412"}


@dataclass(frozen=True)
class Form:
    """Where to post a file, and the fields to send before it."""

    url: str
    fields: dict[str, str]


def takes_forms(storage: Storage) -> bool:
    """Tell whether browsers can post to this storage: an object store, and not one that files are moving to."""
    return getattr(storage, "bucket", None) is not None


def form_for(storage: Storage, key: str, *, size: int, seconds: int) -> Form:
    """Return a form that writes exactly `size` bytes under exactly this key, for so many seconds."""
    bucket: Any = storage.bucket  # type: ignore[attr-defined]
    fixed = {"Content-Type": TYPE, "success_action_status": "204"}
    made = bucket.meta.client.generate_presigned_post(
        bucket.name,
        key,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", size, size]],
        ExpiresIn=seconds,
    )
    return Form(made["url"], made["fields"])


def take_over(storage: Storage, source: str, target: str, *, size: int) -> None:
    """Copy what was posted under `source` to `target`, which only we write.

    Raises FileNotFoundError where nothing is there, Refused where it has another size or is being replaced.
    """
    bucket: Any = storage.bucket  # type: ignore[attr-defined]
    with _asking(source):
        there = bucket.meta.client.head_object(Bucket=bucket.name, Key=source)
        if there["ContentLength"] != size:
            raise Refused("Another size arrived than was announced. Upload the file once more.")
        _copy(bucket, source, target, CopySourceIfMatch=there["ETag"])


def copy_within(storage: Storage, source: str, target: str, size: int) -> None:
    """Copy `source`, which only we write, to `target` and check that it arrived whole. Safe to repeat."""
    bucket: Any = storage.bucket  # type: ignore[attr-defined]
    kind = mimetypes.guess_type(target)[0] or TYPE
    with _asking(source):
        _copy(bucket, source, target, MetadataDirective="REPLACE", ContentType=kind)
        arrived = bucket.meta.client.head_object(Bucket=bucket.name, Key=target)["ContentLength"]
    if arrived != size:
        raise OSError(f"{target} has {arrived} bytes in the storage, {size} were to be copied.")


def _copy(bucket: Any, source: str, target: str, **more: str) -> None:
    there = {"Bucket": bucket.name, "Key": source}
    bucket.meta.client.copy_object(Bucket=bucket.name, Key=target, CopySource=there, **more)


@contextmanager
def _asking(key: str) -> Iterator[None]:
    from botocore.exceptions import ClientError  # a heavy import that only S3 needs

    with asking_storage():
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in MISSING:
                raise FileNotFoundError(key) from error
            if code in _CHANGED:
                raise Refused("The file was replaced on its way. Upload it once more.") from error
            raise
