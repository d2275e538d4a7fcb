"""The verbs of the library."""

from media_library.operations.assets import (
    edit_asset,
    purge_asset,
    purge_expired,
    restore_asset,
    retry_asset,
    trash_asset,
)
from media_library.operations.renditions import give_up_renditions, make_renditions
from media_library.operations.storage import (
    Findings,
    check_storage,
    delete_file,
    drop_stale_upload,
    queue_workspace_files,
)
from media_library.operations.uploads import Outcome, Received, add_upload, receive_upload

__all__ = [
    "Findings",
    "Outcome",
    "Received",
    "add_upload",
    "check_storage",
    "delete_file",
    "drop_stale_upload",
    "edit_asset",
    "give_up_renditions",
    "make_renditions",
    "purge_asset",
    "purge_expired",
    "queue_workspace_files",
    "receive_upload",
    "restore_asset",
    "retry_asset",
    "trash_asset",
]
