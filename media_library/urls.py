"""Addresses of the library, below the workspace."""

from django.urls import path

from media_library import views

app_name = "media"
urlpatterns = [
    path("", views.list_assets, name="list"),
    path("upload/", views.upload, name="upload"),
    path("pick/", views.pick, name="pick"),
    path("renditions/<uuid:pk>/", views.rendition, name="rendition"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/alt-text/", views.alt_text, name="alt-text"),
    path("<uuid:pk>/file/", views.file, name="file"),
    path("<uuid:pk>/trash/", views.trash, name="trash"),
    path("<uuid:pk>/restore/", views.restore, name="restore"),
    path("<uuid:pk>/retry/", views.retry, name="retry"),
    path("<uuid:pk>/purge/", views.purge, name="purge"),
]
