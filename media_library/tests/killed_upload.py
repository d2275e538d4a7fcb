"""What test_restart kills while it uploads: `prepare|upload|again`."""

from __future__ import annotations

import json

from media_library.models import Asset, StoredFile
from media_library.tests import killed, pictures
from workspaces.scope import use_workspace


def upload() -> None:
    """Send one picture with a key, and print the answer: what was acknowledged."""
    answer = killed.post("upload/", files=pictures.Named(pictures.encoded(), "one.jpg"), upload_key="the-key")
    print(json.dumps({"status": answer.status_code, "added": "Added" in answer.content.decode()}), flush=True)


def again() -> None:
    """Say what is promised after the kill, send it again, do the worker's part, and say what is there then."""
    killed.tell()
    upload()
    killed.due("make_renditions", "delete_file")
    with use_workspace(killed.workspace()):
        assets = list(Asset.objects.values_list("status", flat=True))
        files = list(StoredFile.objects.values_list("status", flat=True))
    killed.tell(assets=assets, files=files)


if __name__ == "__main__":
    killed.main(upload=upload, again=again)
