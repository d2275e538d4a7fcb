"""What test_fits kills while it cuts: `prepare|cut|again`."""

from __future__ import annotations

import io

from PIL import Image

from media_library import operations
from media_library.models import Asset, Rendition
from media_library.placements import by_key
from media_library.tests import killed, pictures
from workspaces.operation import SYSTEM
from workspaces.scope import use_workspace


def prepare() -> None:
    """Upload a picture, make it ready, and ask for a cut of it."""
    out = io.BytesIO()
    Image.effect_noise((800, 800), 60).convert("RGB").save(out, "JPEG")
    killed.post("upload/", files=pictures.Named(out.getvalue(), "one.jpg"))
    killed.due("make_renditions")
    with use_workspace(killed.workspace()):
        asset = Asset.objects.select_related("current").get()
        operations.request_fits(asset, placements=[by_key("google-square")], by=SYSTEM)  # type: ignore[list-item]


def again() -> None:
    """Do what a worker finds after the lease has ended, and two days later; say what is there then."""
    killed.release(Rendition)
    killed.due("make_fit")
    killed.days_later()
    with use_workspace(killed.workspace()):
        status = Rendition.objects.get(preset="fit:google-square").status
    killed.tell(status=status)


if __name__ == "__main__":
    killed.main(prepare=prepare, cut=lambda: killed.due("make_fit"), again=again)
