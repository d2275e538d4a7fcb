"""Files on their way in: a cap before any byte is stored, a hash on the way, and a storage that survives a power cut.

A view that takes files says so with `@accepts_files`. For every other route file parts are thrown away unread into
any file, and for people who are not signed in nothing is read at all. `BodyCapMiddleware` answers by the declared
length, before CSRF protection would read the body (it reads all of it first, trust.md finding 9); `CapHandler`
counts the bytes that really come.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aura.kit.bodies import TOO_SLOW
from aura.kit.problems import Refused, TooLarge, Unavailable, json_problem, problem_response, wants_json
from aura.kit.testing_points import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024
FORM_OVERHEAD = 64 * 1024  # fields, boundaries and part headers beside the files of one form
ANONYMOUS_BODY = 64 * 1024  # sign-in, sign-up and reset forms are below 4 kB
TEMPORARY_SUFFIX = ".upload"
PART_SUFFIX = ".part"
SLOWEST = 2_000  # bytes a second below which a body is given up, after GRACE seconds
GRACE = 30.0
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EIO}

View = TypeVar("View", bound=Callable[..., Any])


class NoSpace(Unavailable):
    """The disk is full or broken; the sentence says so (503)."""


class TooSlow(Refused):
    """The body came too slowly to be waited for (408)."""

    status = 408
    code = "TOO_SLOW"


def megabytes(size: int) -> str:
    """Return a size in bytes as people read it: "340 kB", "9.4 MB", "10 MB", "1.2 GB"."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)} kB"
    if size >= 1_000_000_000:
        return f"{size / 1_000_000_000:.1f}".removesuffix(".0") + " GB"
    return f"{size / 1_000_000:.1f}".removesuffix(".0") + " MB"


@dataclass(frozen=True)
class UploadRule:
    """What a route takes: at most `files` files of at most `file_bytes()` bytes each, and `together()` bytes in all.

    `limit_of` tells by its beginning how large a file of its kind may be, where kinds differ.
    """

    file_bytes: Callable[[], int]
    files: int
    together: Callable[[], int] | None = None
    limit_of: Callable[[bytes], int] | None = None

    def body_bytes(self) -> int:
        """Return the largest body of one request, in bytes."""
        return (self.together() if self.together else self.file_bytes() * self.files) + FORM_OVERHEAD


@dataclass(frozen=True)
class RefusedFile:
    """A file of the request that was not stored, with the sentence that says why."""

    name: str
    problem: Refused


def accepts_files(
    *,
    file_bytes: Callable[[], int],
    files: int = 1,
    together: Callable[[], int] | None = None,
    limit_of: Callable[[bytes], int] | None = None,
) -> Callable[[View], View]:
    """Declare that a view takes uploads (see UploadRule). Limits are called for each request: they are settings."""
    return accepts(UploadRule(file_bytes, files, together, limit_of))


def accepts(rule: UploadRule) -> Callable[[View], View]:
    """Declare that a view takes uploads by this rule."""

    def declare(view: View) -> View:
        view.upload_rule = rule  # type: ignore[attr-defined]
        return view

    return declare


def accepts_body(most: int) -> Callable[[View], View]:
    """Declare that a view reads bodies of up to `most` bytes by itself, as they come (a part of a file)."""

    def declare(view: View) -> View:
        view.body_limit = most  # type: ignore[attr-defined]
        return view

    return declare


def _body_limit(request: HttpRequest) -> int:
    """Return the most bytes of a body that is no form with files."""
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return ANONYMOUS_BODY
    match = request.resolver_match
    own = getattr(match.func, "body_limit", None) if match else None
    return own or settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 1_000_000


def rule_of(request: HttpRequest) -> UploadRule | None:
    """Return the rule of the view that will serve the request, or None: no files here, or nobody signed in."""
    match = request.resolver_match
    rule = getattr(match.func, "upload_rule", None) if match else None
    signed_in = getattr(getattr(request, "user", None), "is_authenticated", False)
    return cast("UploadRule | None", rule) if signed_in else None


def refused_files(request: HttpRequest) -> list[RefusedFile]:
    """Return the files of this request that were over a limit while the others were kept."""
    return list(getattr(request, "_refused_files", []))


def upload_stopped(request: HttpRequest) -> Refused | None:
    """Return why reading the body was given up (disk full, too slow), or None."""
    return getattr(request, "_upload_stopped", None)


class HashedUpload(TemporaryUploadedFile):
    """An uploaded file on disk together with the SHA-256 of its bytes. The name is the client's: never trust it."""

    sha256: str = ""
    stored_as: str = ""  # the key of ours under which the object store has these very bytes already

    def __init__(
        self, name: str, content_type: str, charset: str | None, extra: dict[str, Any] | None
    ) -> None:
        folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        file = tempfile.NamedTemporaryFile(prefix="in-", suffix=TEMPORARY_SUFFIX, dir=folder)  # noqa: SIM115
        super(TemporaryUploadedFile, self).__init__(file, name, content_type, 0, charset, extra)


def kept(name: str, chunks: Iterable[bytes], *, most: int) -> HashedUpload:
    """Return what came by another way than a form (an address, an archive, a folder) as an upload on disk.

    Raises TooLarge beyond `most` bytes and NoSpace when the disk is full; nothing is left behind then.
    """
    upload, digest, size = HashedUpload(name, "", None, None), hashlib.sha256(), 0
    try:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge(f"It is larger than {megabytes(most)}, the limit here. Make it smaller first.")
            digest.update(chunk)
            upload.write(chunk)
        upload.flush()  # type: ignore[attr-defined]
    except OSError as error:
        upload.close()
        if error.errno in _NO_SPACE:
            raise no_space() from error
        raise
    except BaseException:
        upload.close()
        raise
    upload.seek(0)
    upload.size, upload.sha256 = size, digest.hexdigest()
    return upload


class CapHandler(FileUploadHandler):
    """The one upload handler: streams to a temporary file, hashes on the way, and stops at the cap.

    Memory: one chunk. A file over its limit is dropped and remembered in `refused_files(request)`; the others go
    on. Where no files are taken, none is ever opened.
    """

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.rule: UploadRule | None = None
        self.upload: HashedUpload | None = None
        self.refused: list[RefusedFile] = []
        self.total = 0
        self.count = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 Django's name for it
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Look up the rule of the route and start the clock."""
        assert self.request is not None
        self.rule = rule_of(self.request)
        self.started = time.monotonic()
        self.request._refused_files = self.refused  # type: ignore[attr-defined]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a temporary file for the next part, or skip the part."""
        super().new_file(*args, **kwargs)
        self.digest = hashlib.sha256()
        self.size = self.limit = 0
        self.count += 1
        if self.rule is None:
            raise SkipFile
        if self.count > self.rule.files:
            self._refuse(
                TooLarge(f"{self.rule.files} files at a time is the limit. Send this one on its own.")
            )
        with self._disk():
            self.upload = HashedUpload(
                self.file_name or "file", self.content_type or "", self.charset, self.content_type_extra
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Count, hash and write one chunk."""
        assert self.rule is not None
        assert self.upload is not None
        if self.size == 0:
            limit_of = self.rule.limit_of
            self.limit = limit_of(raw_data) if limit_of else self.rule.file_bytes()
        self.size += len(raw_data)
        self.total += len(raw_data)
        if self.size > self.limit:
            self._refuse(
                TooLarge(f"It is larger than {megabytes(self.limit)}, the limit here. Make it smaller first.")
            )
        waited = time.monotonic() - self.started
        if waited > GRACE and self.total < waited * SLOWEST:
            self._stop(
                TooSlow("The file came too slowly and was given up. Try again on a better connection.")
            )
        self.digest.update(raw_data)
        with self._disk():
            self.upload.write(raw_data)  # type: ignore[union-attr]

    def file_complete(self, file_size: int) -> HashedUpload:
        """Hand over the finished file."""
        assert self.upload is not None
        upload, self.upload = self.upload, None
        with self._disk():
            upload.flush()  # type: ignore[attr-defined]
        upload.seek(0)
        upload.size = self.size
        upload.sha256 = self.digest.hexdigest()
        return upload

    def upload_interrupted(self) -> None:
        """Drop what came of a file that never ended."""
        self._drop()

    def _drop(self) -> None:
        if self.upload is not None:
            self.upload.close()
            self.upload = None

    def _refuse(self, problem: Refused) -> None:
        self.refused.append(RefusedFile(self.file_name or "file", problem))
        self._drop()
        raise SkipFile

    def _stop(self, problem: Refused) -> None:
        self.request._upload_stopped = problem  # type: ignore[union-attr]
        self._drop()
        raise StopUpload(connection_reset=True)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            logger.error("An upload could not be kept: %s", error.strerror)
            self._stop(no_space())


def no_space() -> NoSpace:
    """Return the refusal for a full or broken disk."""
    return NoSpace("There is no room left to store files. Tell whoever runs this Aura, then try again.")


class BodyCapMiddleware:
    """Answers a body that is too large before anything reads it. Stands before CSRF protection.

    413 with the sentence that names the limit; 411 for a body of unknown length, which WSGI cannot carry.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; a body that was given up on the way (see `bodies`) is answered 408."""
        response = self.get_response(request)
        if TOO_SLOW in request.META:
            return refusal(request, TooSlow("The request came too slowly and was given up. Try again."))
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return the refusal, or None to go on."""
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return refusal(request, Refused("Say how long the body is: send a Content-Length."), 411)
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return refusal(request, Refused("The Content-Length is not a number."), 400)
        rule = rule_of(request) if request.content_type == "multipart/form-data" else None
        if rule is not None:
            limit = rule.body_bytes()
            named = f"{megabytes(rule.file_bytes())} a file"
        else:
            limit = _body_limit(request)
            named = megabytes(limit)
        if length <= limit:
            return None
        return refusal(request, TooLarge(f"That is larger than Aura takes here: the limit is {named}."), 413)


def refusal(request: HttpRequest, problem: Refused, status: int | None = None) -> HttpResponse:
    """Return a refused upload as the client reads it: a page, or problem details for a program.

    The connection is closed after it, because the body was not read.
    """
    status = status or problem.status
    if status in (413, 503):
        response = problem_response(request, problem)
    elif wants_json(request):
        response = json_problem(status, problem.code, str(problem))
    else:
        response = render(request, "400.html", {"sentence": str(problem)}, status=status)
    response["Connection"] = "close"
    return response


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class DurableFileSystemStorage(FileSystemStorage):
    """Local files that are whole or absent, also after a power cut (trust.md finding 7).

    Written as `<name>.<random>.part`, fsynced, renamed, and the folder fsynced. A key names one content for ever,
    so writing it again replaces it with the same bytes.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return the name as it is: keys are ours and unique."""
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        self._make_folder(target.parent)
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART_SUFFIX}")
        try:
            self._write_part(part, content)
            failpoint("upload.after_part")
            os.rename(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _fsync_folder(target.parent)
        failpoint("upload.after_rename")
        return name

    def _write_part(self, part: Path, content: File[Any]) -> None:
        source = getattr(content, "temporary_file_path", None)
        if source is not None:
            with contextlib.suppress(OSError):  # another file system: copied below
                os.rename(source(), part)
                self._seal(part)
                return
        with open(part, "xb") as file:
            content.seek(0)
            shutil.copyfileobj(cast("IO[bytes]", content), file, CHUNK)
        self._seal(part)

    def _seal(self, part: Path) -> None:
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fchmod(handle, self.file_permissions_mode or 0o640)
            os.fsync(handle)
        finally:
            os.close(handle)

    def _make_folder(self, folder: Path) -> None:
        missing = [folder]
        while not missing[-1].parent.exists():
            missing.append(missing[-1].parent)
        for each in reversed(missing):
            if not each.exists():
                each.mkdir(exist_ok=True, mode=self.directory_permissions_mode or 0o750)
                _fsync_folder(each.parent)


class LocalFile(File):  # type: ignore[type-arg]
    """A finished file on disk, to be moved (not copied) into the storage where the file system allows."""

    def __init__(self, path: Path) -> None:
        super().__init__(open(path, "rb"), name=path.name)  # noqa: SIM115
        self._path = path

    def temporary_file_path(self) -> str:
        """Return the path, as uploaded files of Django do."""
        return str(self._path)


@contextlib.contextmanager
def asking_storage() -> Iterator[None]:
    """Turn what an object store raises when it does not answer into Unavailable (503, with a sentence).

    Its library is imported only where it is in use, so its errors are looked up when one arrives.
    """
    try:
        yield
    except Exception as error:
        families = {base.__module__.partition(".")[0] for base in type(error).__mro__}
        if not families & {"botocore", "boto3", "s3transfer"}:
            raise
        logger.error("The storage did not answer: %s", error)
        raise Unavailable("The storage does not answer just now. Try again in a minute.") from error


def store(storage: Storage, key: str, content: File[Any], size: int) -> None:
    """Put `content` (of `size` bytes) under `key` and check that it arrived whole.

    Safe to repeat: a key stands for one content. Raises NoSpace when the disk is full, Unavailable
    when an object store does not answer, OSError when the storage kept something else than what was sent.
    """
    try:
        with asking_storage():
            kept = storage.save(key, content)
            if kept != key:  # an object store that does not overwrite: an earlier try had arrived
                storage.delete(kept)
                if storage.size(key) != size:  # with other bytes, of another release say: this try counts
                    storage.delete(key)
                    content.seek(0)
                    storage.save(key, content)
            arrived = storage.size(key)
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise no_space() from error
        raise
    if arrived != size:
        raise OSError(f"{key} has {arrived} bytes in the storage, {size} were sent.")


def new_temporary_path(suffix: str = "") -> Path:
    """Return an unused path in the folder for temporary files; whatever stays there is swept after a day."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    return folder / f"work-{secrets.token_hex(12)}{suffix}"


def sweep_temporary_files(older_than: float) -> int:
    """Delete temporary files of ours that are older than so many seconds; return how many."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    swept = 0
    for path in [*folder.glob(f"in-*{TEMPORARY_SUFFIX}"), *folder.glob("work-*")]:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()
                swept += 1
    return swept
