"""What test_kills kills while it makes renditions, or deletes for good: `prepare|make|trash|purge|again`."""

from __future__ import annotations

from media_library import operations
from media_library.models import Asset, FileDeletion
from media_library.tests import killed, pictures
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace


def prepare() -> None:
    """Upload a picture; the worker has not seen it yet."""
    killed.post("upload/", files=pictures.Named(pictures.encoded(), "one.jpg"))


def make() -> None:
    """Do the worker's part."""
    killed.due("make_renditions")


def trash() -> None:
    """Make it ready and put it in the trash."""
    make()
    with use_workspace(killed.workspace()):
        operations.trash_asset(Asset.objects.get(), by=SYSTEM)


def purge() -> None:
    """Delete what is in the trash for good, and its files."""
    with use_workspace(killed.workspace()):
        for asset in Asset.objects.all():
            operations.purge_asset(asset, by=SYSTEM)
    killed.due("delete_file")


def look() -> None:
    """Say what is there, before anything is set right."""
    with use_workspace(killed.workspace()):
        killed.tell(assets=list(Asset.objects.values_list("status", flat=True)))


def again() -> None:
    """Say what is there at once, and again once a worker came by after the lease, and days later."""
    look()
    killed.release(Asset, FileDeletion)
    make()
    killed.days_later()
    look()


if __name__ == "__main__":
    killed.main(prepare=prepare, make=make, trash=trash, purge=purge, again=again)
