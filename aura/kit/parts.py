"""Files read in parts: an object store is asked for the bytes that are wanted, and for nothing else.

Its own file objects fetch all of a file before the first byte is given, which a film of 200 MB is too large for.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.core.files.storage import Storage

from aura.kit.moving import MovingStorage

MISSING = {"404", "NoSuchKey", "NotFound"}


class Stream(Protocol):
    """What is read and closed, forwards only."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many of the bytes that are left; all of them without a number."""

    def close(self) -> None:
        """Let go of it."""


class _Part:
    """The next `left` bytes of an open file, as a file that ends there."""

    def __init__(self, file: Any, left: int) -> None:
        self.file, self.left = file, left

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(min(size if size >= 0 else self.left, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def open_part(storage: Storage, key: str, first: int = 0, last: int | None = None) -> Stream:
    """Return the bytes of a file from `first` to `last`, both included, or to its end.

    Raises FileNotFoundError where there is none.
    """
    if isinstance(storage, MovingStorage):
        storage = storage.where(key)
    if bucket := getattr(storage, "bucket", None):
        return _fetched(bucket, key, f"bytes={first}-{'' if last is None else last}")
    file = storage.open(key)
    file.seek(first)
    return file if last is None else _Part(file, last - first + 1)


def _fetched(bucket: Any, key: str, asked: str) -> Stream:
    from botocore.exceptions import ClientError  # a heavy import that only S3 needs

    try:
        stream: Stream = bucket.Object(key).get(Range=asked)["Body"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError(key) from error
        raise
    return stream
