"""Addresses of the library, below the workspace."""

from django.urls import path

from media_library.views import asset, files, fits, groups, library, many, replacing, upload, versions, words

app_name = "media"
urlpatterns = [
    path("", library.list_assets, name="list"),
    path("upload/", upload.upload, name="upload"),
    path("upload/address/", upload.from_address, name="upload-address"),
    path("noticed/", upload.noticed, name="noticed"),
    path("pick/", library.pick, name="pick"),
    path("write/", words.write, name="write"),
    path("many/", many.change, name="change-many"),
    path("many.zip", many.download, name="download-many"),
    path("tags/", groups.tags, name="tags"),
    path("albums/", groups.albums, name="albums"),
    path("albums/<uuid:pk>/", groups.edit_album, name="edit-album"),
    path("albums/<uuid:pk>/delete/", groups.delete_album, name="delete-album"),
    path("filters/", groups.save_filter, name="save-filter"),
    path("filters/<uuid:pk>/delete/", groups.delete_filter, name="delete-filter"),
    path("renditions/<uuid:pk>/", files.rendition, name="rendition"),
    path("<uuid:pk>/", asset.detail, name="detail"),
    path("<uuid:pk>/focal-point/", fits.focal_point, name="focal-point"),
    path("<uuid:pk>/fits/", fits.request_fits, name="request-fits"),
    path("<uuid:pk>/fits/stop/", fits.stop, name="stop-fits"),
    path("<uuid:pk>/fits.zip", fits.download_all, name="fits-zip"),
    path("<uuid:pk>/fits/<slug:key>/", fits.download, name="fit"),
    path("<uuid:pk>/edit/", versions.edit_picture, name="edit-picture"),
    path("<uuid:pk>/versions/", versions.add_version, name="add-version"),
    path("<uuid:pk>/versions/<int:number>/show/", versions.show_version, name="show-version"),
    path("<uuid:pk>/versions/<int:number>/retry/", versions.retry_version, name="retry-version"),
    path("<uuid:pk>/versions/<int:number>/drop/", versions.drop_version, name="drop-version"),
    path("<uuid:pk>/replace/", replacing.replace, name="replace"),
    path("<uuid:pk>/sort/", groups.sort, name="sort"),
    path("<uuid:pk>/keep-both/", upload.keep_both, name="keep-both"),
    path("<uuid:pk>/alt-text/", asset.alt_text, name="alt-text"),
    path("<uuid:pk>/file/", files.file, name="file"),
    path("<uuid:pk>/trash/", asset.trash, name="trash"),
    path("<uuid:pk>/restore/", asset.restore, name="restore"),
    path("<uuid:pk>/retry/", asset.retry, name="retry"),
    path("<uuid:pk>/purge/", asset.purge, name="purge"),
]
