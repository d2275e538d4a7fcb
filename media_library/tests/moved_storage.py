"""What test_moving runs as its own process, so that it can be killed: moves what is in DATA/old to DATA/new."""

from __future__ import annotations

from django.conf import settings

backend = "aura.kit.files.DurableFileSystemStorage"
for name in ("old", "new"):
    settings.STORAGES[name] = {"BACKEND": backend, "OPTIONS": {"location": str(settings.DATA_DIR / name)}}
settings.STORAGES["default"] = {"BACKEND": "aura.kit.moving.MovingStorage"}
settings.AURA_STORAGE_FROM = "local"

from django.core.files.storage import default_storage, storages  # noqa: E402
from django.core.management import call_command  # noqa: E402

from media_library.tests import killed, pictures  # noqa: E402


def prepare() -> None:
    """Upload three pictures and make them ready, their files in the old storage."""
    for number in range(3):
        killed.post("upload/", files=pictures.Named(pictures.encoded(seed=number), f"{number}.jpg"))
    killed.due("make_renditions")
    (settings.DATA_DIR / "new").rename(settings.DATA_DIR / "old")


def look() -> None:
    """Say whether rows and files agree, and how many files are where."""
    call_command("check_storage", hashes=True)
    folder = str(killed.workspace().pk)
    for name in ("old", "new"):
        try:
            print(name, len(storages[name].listdir(folder)[1]))
        except FileNotFoundError:
            print(name, 0)
    assert default_storage.exists(f"{folder}/{default_storage.listdir(folder)[1][0]}")


def again() -> None:
    """Look, move what is left, and look once more."""
    look()
    call_command("move_storage")
    look()


if __name__ == "__main__":
    killed.main(prepare=prepare, again=again, move=lambda: call_command("move_storage"))
