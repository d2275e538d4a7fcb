"""Addresses of Home, posts, calendar and channels, below the workspace."""

from django.urls import include, path

from posts.views import calendar, composer, home, many, pauses, posts, series, targets

app_name = "posts"
urlpatterns = [
    path("", include("posts.channel_urls")),
    path("", include("posts.export_urls")),
    path("home/", home.show_home, name="home"),
    path("calendar/", calendar.show_calendar, name="calendar"),
    path("pauses/", pauses.show, name="pauses"),
    path("pauses/everything/", pauses.pause_all, name="pause_all"),
    path("pauses/everything/resume/", pauses.resume_all, name="resume_all"),
    path("pauses/campaign/", pauses.pause_one, name="pause_one"),
    path("pauses/campaign/<uuid:pk>/resume/", pauses.resume_one, name="resume_campaign"),
    path("posts/", posts.list_posts, name="list"),
    path("posts/new/", composer.create, name="create"),
    path("posts/preview/", composer.preview, name="preview"),
    path("posts/change/", many.change, name="change-many"),
    path("posts/<uuid:pk>/", posts.show_post, name="detail"),
    path("posts/<uuid:pk>/edit/", composer.edit, name="edit"),
    path("posts/<uuid:pk>/comment/", posts.comment, name="comment"),
    path("posts/<uuid:pk>/live/", posts.live, name="live"),
    path("posts/<uuid:pk>/around/", composer.around, name="around"),
    path("posts/<uuid:pk>/duplicate/", posts.duplicate, name="duplicate"),
    path("posts/<uuid:pk>/submit/", posts.submit, name="submit"),
    path("posts/<uuid:pk>/approve/", posts.approve, name="approve"),
    path("posts/<uuid:pk>/request-changes/", posts.request_changes, name="request-changes"),
    path("posts/<uuid:pk>/publish/", posts.publish, name="publish"),
    path("posts/<uuid:pk>/move/", posts.move, name="move"),
    path("posts/<uuid:pk>/unschedule/", posts.unschedule, name="unschedule"),
    path("posts/<uuid:pk>/cancel/", posts.cancel, name="cancel"),
    path("posts/<uuid:pk>/repeat/", series.repeat, name="repeat"),
    path("posts/<uuid:pk>/carry-on/", series.carry, name="carry_on"),
    path("series/", series.list_series, name="series_list"),
    path("series/<uuid:pk>/", series.show, name="series"),
    path("series/<uuid:pk>/pause/", series.pause, name="series_pause"),
    path("series/<uuid:pk>/resume/", series.resume, name="series_resume"),
    path("series/<uuid:pk>/end/", series.end, name="series_end"),
    path("posts/<uuid:pk>/delete/", posts.delete, name="delete"),
    path("posts/<uuid:pk>/restore/", posts.restore, name="restore"),
    path("posts/targets/<uuid:pk>/confirm/", targets.confirm, name="confirm"),
    path("posts/targets/<uuid:pk>/resend/", targets.resend, name="resend"),
    path("posts/targets/<uuid:pk>/retry/", targets.retry, name="retry"),
    path("posts/targets/<uuid:pk>/leave/", targets.leave, name="leave"),
]
