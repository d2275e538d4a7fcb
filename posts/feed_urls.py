"""The one address of posts that needs no sign-in: the calendar that a secret link leads to."""

from django.urls import path

from posts.views import exports

app_name = "feeds"
urlpatterns = [path("calendar/<str:token>.ics", exports.feed, name="calendar")]
