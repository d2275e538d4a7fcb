"""The media library: assets, their versions, the files behind them and what is derived from them."""

from media_library.models.asset import ALT_TEXT_LENGTH, TITLE_LENGTH, Asset, AssetVersion
from media_library.models.file import FileDeletion, StoredFile
from media_library.models.group import (
    Album,
    AlbumAsset,
    AssetTag,
    SavedFilter,
    Tag,
)
from media_library.models.likeness import NotDuplicate
from media_library.models.rendition import Rendition
from media_library.models.session import UploadSession
from media_library.models.total import QuotaFull, StoredTotal, room_used
from media_library.models.use import Place, Reuse, Use

__all__ = [
    "ALT_TEXT_LENGTH",
    "TITLE_LENGTH",
    "Album",
    "AlbumAsset",
    "Asset",
    "AssetTag",
    "AssetVersion",
    "FileDeletion",
    "NotDuplicate",
    "Place",
    "QuotaFull",
    "Rendition",
    "Reuse",
    "SavedFilter",
    "StoredFile",
    "StoredTotal",
    "Tag",
    "UploadSession",
    "Use",
    "room_used",
]
