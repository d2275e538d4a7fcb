"""The verbs of the library."""

from media_library.operations.assets import (
    edit_asset,
    purge_asset,
    purge_expired,
    restore_asset,
    retry_asset,
    trash_asset,
)
from media_library.operations.fits import drop_fits, give_up_fit, make_fit, request_fits, set_focal_point
from media_library.operations.groups import (
    create_album,
    delete_album,
    delete_filter,
    edit_album,
    save_filter,
    set_albums,
    set_tags,
)
from media_library.operations.renditions import give_up_renditions, make_renditions
from media_library.operations.storage import (
    Findings,
    check_storage,
    delete_file,
    drop_stale_upload,
    queue_workspace_files,
)
from media_library.operations.uploads import Outcome, Received, add_upload, keep_both, receive_upload

__all__ = [
    "Findings",
    "Outcome",
    "Received",
    "add_upload",
    "check_storage",
    "create_album",
    "delete_album",
    "delete_file",
    "delete_filter",
    "drop_fits",
    "drop_stale_upload",
    "edit_album",
    "edit_asset",
    "give_up_fit",
    "give_up_renditions",
    "keep_both",
    "make_fit",
    "make_renditions",
    "purge_asset",
    "purge_expired",
    "queue_workspace_files",
    "receive_upload",
    "request_fits",
    "restore_asset",
    "retry_asset",
    "save_filter",
    "set_albums",
    "set_focal_point",
    "set_tags",
    "trash_asset",
]
