"""What test_versions kills while another version comes in: `prepare|upload|edit|again`."""

from __future__ import annotations

from media_library import operations
from media_library.models import Asset, AssetVersion
from media_library.tests import killed, pictures
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace


def asset() -> Asset:
    """Return the one asset."""
    with use_workspace(killed.workspace()):
        return Asset.objects.select_related("current").get()


def prepare() -> None:
    """Upload a picture and make it ready."""
    killed.post("upload/", files=pictures.Named(pictures.encoded(width=600, height=400), "one.jpg"))
    killed.due("make_renditions")


def upload() -> None:
    """Send another version, and make it."""
    killed.post(f"{asset().pk}/versions/", file=pictures.Named(pictures.encoded(seed=2), "two.jpg"))
    killed.due("make_version")


def edit() -> None:
    """Ask for an edit, and make it."""
    with use_workspace(killed.workspace()):
        operations.edit_picture(asset(), recipe={"turn": 90}, by=SYSTEM)
    killed.due("make_version")


def again() -> None:
    """Do what a client and a worker do after that, and two days later; say what is there then."""
    with use_workspace(killed.workspace()):
        edited = AssetVersion.objects.exclude(made_from=None).exists()
    if not edited:
        upload()
    killed.release(AssetVersion)
    killed.due("make_version")
    killed.days_later()
    shown = asset().current
    with use_workspace(killed.workspace()):
        versions = AssetVersion.objects.count()
    killed.tell(shown=shown.number if shown else None, versions=versions)


if __name__ == "__main__":
    killed.main(prepare=prepare, upload=upload, edit=edit, again=again)
