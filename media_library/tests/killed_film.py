"""What test_film_restart kills while it makes a film ready: `prepare|make|again`."""

from __future__ import annotations

from media_library.models import Asset, Rendition
from media_library.tests import films, killed, pictures
from workspaces.scope import use_workspace


def prepare() -> None:
    """Upload one film."""
    killed.post("upload/", files=pictures.Named(films.film("mov", sound=True), "opening.mov"))


def make() -> None:
    """Do the worker's part."""
    killed.due("make_renditions")


def look() -> None:
    """Say what is there."""
    with use_workspace(killed.workspace()):
        asset = Asset.objects.get()
        made = sorted(Rendition.objects.filter(status="ready").values_list("preset", flat=True))
    killed.tell(status=asset.status, runs=asset.duration, made=made)


def again() -> None:
    """Do what a worker finds after the lease has ended, and days later; say what is there before and then."""
    killed.release(Asset)
    look()
    make()
    killed.days_later()
    look()


if __name__ == "__main__":
    killed.main(prepare=prepare, make=make, again=again)
