"""Addresses of the library, below the workspace."""

from django.urls import path

from media_library.views import asset, files, library, upload

app_name = "media"
urlpatterns = [
    path("", library.list_assets, name="list"),
    path("upload/", upload.upload, name="upload"),
    path("pick/", library.pick, name="pick"),
    path("renditions/<uuid:pk>/", files.rendition, name="rendition"),
    path("<uuid:pk>/", asset.detail, name="detail"),
    path("<uuid:pk>/alt-text/", asset.alt_text, name="alt-text"),
    path("<uuid:pk>/file/", files.file, name="file"),
    path("<uuid:pk>/trash/", asset.trash, name="trash"),
    path("<uuid:pk>/restore/", asset.restore, name="restore"),
    path("<uuid:pk>/retry/", asset.retry, name="retry"),
    path("<uuid:pk>/purge/", asset.purge, name="purge"),
]
