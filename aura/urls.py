"""Every address. Below /w/<slug>/ the middleware has taken the prefix off before these are matched."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("aura.health")),
    path("", include("workspaces.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("", include("aura.styleguide")))
