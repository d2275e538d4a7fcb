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
    sort_asset,
)
from media_library.operations.many import (
    add_to_album,
    request_many_fits,
    restore_assets,
    set_rights,
    tag_assets,
    take_out_of_album,
    trash_assets,
)
from media_library.operations.remaking import Queued, Which, remake_renditions
from media_library.operations.renditions import give_up_renditions, make_renditions
from media_library.operations.replacing import Replaced, mark_different, replace_asset
from media_library.operations.sessions import add_part, begin_upload, drop_session, end_upload, put_together
from media_library.operations.storage import (
    Findings,
    check_storage,
    delete_file,
    drop_stale_upload,
    queue_workspace_files,
)
from media_library.operations.uploads import Outcome, Received, add_upload, keep_both, receive_upload
from media_library.operations.versions import (
    add_version,
    drop_version,
    edit_picture,
    give_up_version,
    make_version,
    receive_version,
    retry_version,
    show_version,
)
from media_library.operations.words import write_words

__all__ = [
    "Findings",
    "Outcome",
    "Queued",
    "Received",
    "Replaced",
    "Which",
    "add_part",
    "add_to_album",
    "add_upload",
    "add_version",
    "begin_upload",
    "check_storage",
    "create_album",
    "delete_album",
    "delete_file",
    "delete_filter",
    "drop_fits",
    "drop_session",
    "drop_stale_upload",
    "drop_version",
    "edit_album",
    "edit_asset",
    "edit_picture",
    "end_upload",
    "give_up_fit",
    "give_up_renditions",
    "give_up_version",
    "keep_both",
    "make_fit",
    "make_renditions",
    "make_version",
    "mark_different",
    "purge_asset",
    "purge_expired",
    "put_together",
    "queue_workspace_files",
    "receive_upload",
    "receive_version",
    "remake_renditions",
    "replace_asset",
    "request_fits",
    "request_many_fits",
    "restore_asset",
    "restore_assets",
    "retry_asset",
    "retry_version",
    "save_filter",
    "set_albums",
    "set_focal_point",
    "set_rights",
    "set_tags",
    "show_version",
    "sort_asset",
    "tag_assets",
    "take_out_of_album",
    "trash_asset",
    "trash_assets",
    "write_words",
]
