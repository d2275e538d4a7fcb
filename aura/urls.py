"""Every address. Below /w/<slug>/ the middleware has taken the prefix off before these are matched."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from aura.admin import health_page

handler429 = "aura.kit.problems.too_many"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one sign-in, with its limits and second factor

urlpatterns = [
    path("", include("aura.health")),
    path("", include("workspaces.urls")),
    path("account/", include("allauth.urls")),
    path("admin/health/", admin.site.admin_view(health_page), name="staff-health"),
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="staff-password",
    ),
    path("admin/", admin.site.urls),
    path("api/v1/", include("aura.api")),
    path("imports/", include("imports.urls")),
    path("media/", include("media_library.urls")),
    path("", include("campaigns.urls")),
    path("", include("posts.urls")),
    path("connect/", include("posts.callback_urls")),
    path("r/", include("posts.link_urls")),
    path("feeds/", include("posts.feed_urls")),
    path("review/", include("posts.review_urls")),
    path("public/", include("media_library.public_urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("", include("aura.styleguide")))
