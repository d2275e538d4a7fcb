"""The one address of this instance to which every network sends people back."""

from django.urls import path

from posts.views import connecting

app_name = "connect"
urlpatterns = [path("callback/", connecting.callback, name="callback")]
