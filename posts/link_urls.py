"""Where short links lead on; open to anybody."""

from django.urls import path

from posts.views import links

app_name = "links"
urlpatterns = [path("<slug:token>", links.follow, name="follow")]
