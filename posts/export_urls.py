"""Addresses of posts as files and of the calendar's secret link; part of the namespace `posts`."""

from django.urls import path

from posts.views import exports

urlpatterns = [
    path("posts/posts.csv", exports.posts_csv, name="csv"),
    path("calendar/calendar.ics", exports.calendar_file, name="ics"),
    path("calendar/link/", exports.link, name="feed"),
    path("calendar/link/end/", exports.end_link, name="feed-end"),
]
